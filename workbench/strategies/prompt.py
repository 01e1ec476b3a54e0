"""A search so far as a task in words, for a person or a language model that is the strategy."""

from __future__ import annotations

import inspect
from collections.abc import Hashable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from workbench.protocols import SearchSpace
from workbench.records import Decision, Told
from workbench.spaces.one_decision import steps_of
from workbench.strategies.draws import generator

A = TypeVar("A")

EXAMPLES = 2  # architectures that show how one is spelled
MOST = 100  # trials that are told, the best ones
NAMED = 8  # decisions of the same options that are all named

TASK = """\
You choose neural network architectures, one at a time. Each one that you choose is trained and \
gets a score; higher is better. Find the highest score in as few trials as you can."""
ASKED = """\
Choose one architecture that was not tried yet. Say in a sentence or two why, then write its \
spelling, and nothing else, on a line of its own, as the last line."""


def prompt(space: SearchSpace[A], told: Sequence[Told[A]]) -> str:
    """The space's decisions, how an architecture is spelled, the trials so far, what is asked."""
    parts = [
        TASK,
        "\n".join(["The decisions, and what to choose from:", *_decisions(space.menu())]),
        "\n".join([_spelling(space), *_examples(space)]),
        "\n".join(_trials(space, told)),
        ASKED,
    ]
    return "\n\n".join(parts) + "\n"


def _decisions(menu: Sequence[Decision]) -> Iterator[str]:
    """A line for all that follow one another and have the same options."""
    for options, group in groupby(menu, key=lambda decision: [*map(_said, decision.options)]):
        names = [decision.name for decision in group]
        if len(names) > NAMED:
            names = [*names[: NAMED - 2], f"… ({len(names)} in all)", names[-1]]
        yield f"- {', '.join(names)}: {', '.join(options)}"


def _said(option: Hashable) -> str:
    return {True: "yes", False: "no"}[option] if isinstance(option, bool) else str(option)


def _spelling(space: SearchSpace[A]) -> str:
    """The first sentence of what the space itself says about its spelling, if it does."""
    lines = (inspect.getdoc(type(space).spell) or "").split("\n\n")[0].split()
    said = " ".join(lines).replace("``", "")
    return f"How an architecture is spelled, in one line: {said}".strip().removesuffix(":")


def _examples(space: SearchSpace[A]) -> Iterator[str]:
    for number in range(EXAMPLES):
        arch = space.sample(generator(0, number))
        steps = steps_of(space, arch)
        means = "; ".join(f"{step.name}: {_said(step.options[index])}" for step, index in steps)
        yield f"{space.spell(arch)}\n  means: {means}"


def _trials(space: SearchSpace[A], told: Sequence[Told[A]]) -> Iterator[str]:
    """In the order in which they ended; of very many, the best."""
    if not told:
        yield "No trials so far: this is the first."
        return
    ranked = sorted(told, key=lambda each: each.evaluation.sort_key, reverse=True)
    kept = {id(each) for each in ranked[:MOST]}
    yield "The trials so far" + (f" (the best {MOST} of {len(told)}):" if len(told) > MOST else ":")
    for each in told:
        if id(each) in kept:
            score = f"{each.evaluation.score:.4f}" if each.evaluation.has_score else "no score"
            best = "  (the best)" if each is ranked[0] and each.evaluation.has_score else ""
            yield f"trial {each.trial}: {score}  {space.spell(each.candidate.arch)}{best}"
