"""The one-decision rule: what an architecture becomes when one of its decisions changes.

The decisions before it stay; the later ones are kept by name where still valid, vanished ones drop,
and new ones are left to ``otherwise``: a mutant samples them, a neighbour takes their first option.
Only the protocol ``SearchSpace`` is used, so a learner's own space works as well.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeAlias, TypeVar

from workbench.protocols import SearchSpace, Stroll
from workbench.records import Decision

A = TypeVar("A")

Steps: TypeAlias = list[tuple[Decision, int]]  # decisions met, each with the index chosen
Answers: TypeAlias = Mapping[str, Hashable]  # the option chosen, by the decision's name


def first_option(decision: Decision) -> int:
    """What a neighbour answers to a decision that the architecture did not meet before."""
    return 0


def steps_of(space: SearchSpace[A], arch: A) -> Steps:
    """The decisions of an architecture's walk, each with the index chosen, in order.

    Raises ValueError where ``arch`` is not in the space.
    """
    walk, steps = space.begin(), []
    for index in space.decisions(arch):
        if walk.decision is not None:
            steps.append((walk.decision, index))
        walk.take(index)
    return steps


def answers_of(steps: Steps) -> dict[str, Hashable]:
    """The option of each step, by the decision's name."""
    return {decision.name: decision.options[index] for decision, index in steps}


def changed(
    space: SearchSpace[A],
    steps: Steps,
    place: int,
    index: int,
    otherwise: Callable[[Decision], int] = first_option,
) -> A:
    """The architecture of these ``steps`` with option ``index`` at ``place``, by the rule above."""
    walk = space.begin()
    for _, before in steps[:place]:
        walk.take(before)
    walk.take(index)
    return completed(walk, answers_of(steps[place + 1 :]), otherwise)


def completed(
    walk: Stroll[A], answers: Answers, otherwise: Callable[[Decision], int] = first_option
) -> A:
    """Walk on to the end, answering by name where the answer is an option there."""
    while (decision := walk.decision) is not None:
        index = index_of(decision, answers)
        walk.take(otherwise(decision) if index is None else index)
    return walk.arch


def index_of(decision: Decision, answers: Mapping[str, Any]) -> int | None:
    """The option that ``answers`` chose by this decision's name; None where it is none of them."""
    if decision.name in answers and answers[decision.name] in decision.options:
        return decision.options.index(answers[decision.name])
    return None
