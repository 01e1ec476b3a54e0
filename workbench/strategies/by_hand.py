"""A person as the strategy: every architecture is given by hand, or pasted from a language model.

Zheng et al. (2023), Can GPT-4 perform neural architecture search?, put a model in this place.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from typing import Generic, TypeVar

from workbench.protocols import Rows, SearchSpace
from workbench.records import Candidate, Told
from workbench.spaces.one_decision import answers_of, steps_of
from workbench.strategies.lineage import change, shown
from workbench.strategies.pasted_answer import understood
from workbench.strategies.prompt import prompt

A = TypeVar("A")

PATIENCE = 0.1  # seconds that an ask waits for an answer, where somebody is there to give one


class ByHand(Generic[A]):
    """Asks about what ``answer`` was given, in that order; an architecture may come again.

    Alone in a loop it asks about the answers that it has, and has finished when they are used up::

        strategy = ByHand(space)
        strategy.answer(space.parse("…"))
        finish(search(strategy, estimator, trials=1))

    Where somebody is there to answer (``attended`` is True: a ``SearchPanel`` sets it), no answer
    is not the end: ``search`` yields a heartbeat about ten times a second, so that it can be
    stopped, until there is one. ``answer`` may be called from another thread.

    The n-th ask is no function of settings and n, as other strategies' are: a log alone repeats it.
    So a resumed run skips what its log asks and compares nothing; an answer that is given again is
    used up by that, and a script that gives all its answers first can be run again.
    """

    def __init__(self, space: SearchSpace[A]) -> None:
        self.space = space
        self.attended = False  # no setting: who sits there is not part of a run
        self._answers: deque[A] = deque()
        self._told: list[Told[A]] = []
        self._unanswered = False  # the last ask found no answer
        self._given = threading.Condition()

    def answer(self, given: A | str) -> A:
        """Give the next architecture, or a text that spells one; the architecture is returned.

        Of a pasted answer only lines that spell an architecture count, with some words around it;
        of several the last that was not tried yet is taken. Nothing is evaluated.

        Raises ValueError for an architecture of another space, or a text without one: it says what
        is wrong in the line that comes nearest, which options are meant, and gives an example.
        """
        arch = understood(self.space, given, tried=[told.candidate.arch for told in self._told])
        with self._given:
            self._answers.append(arch)
            self._given.notify_all()
        return arch

    @property
    def waiting(self) -> bool:
        """Whether a search has asked and somebody, who is there, has not answered yet."""
        return self.attended and self._unanswered and not self._answers

    def ask(self) -> Candidate[A] | None:
        """The next answer; None where there is none yet."""
        with self._given:
            if self.attended and not self._answers:
                self._given.wait(PATIENCE)
            self._unanswered = not self._answers
            if self._unanswered:
                return None
            arch = self._answers.popleft()
        return Candidate(arch, reason=self._reason(arch))

    def skip(self, candidate: Candidate[A]) -> None:
        """This one was asked before; the next answer, if it is the same, is used up."""
        with self._given:
            if self._answers and self._answers[0] == candidate.arch:
                self._answers.popleft()

    def tell(self, told: Told[A]) -> None:
        """Keep the score, for the prompt and for ``inside``."""
        self.space.decisions(told.candidate.arch)  # raises where it is not in the space
        self._told.append(told)

    def inside(self) -> Mapping[str, Rows]:
        """``history``: score and best so far after each trial. ``draws``: all, the best first."""
        ranked = sorted(self._told, key=lambda told: told.evaluation.sort_key, reverse=True)
        rows, best = [], None
        for step, told in enumerate(self._told, start=1):
            score = shown(told.evaluation)
            if score is not None:
                best = score if best is None else max(best, score)
                rows.append({"step": step, "series": "tried", "value": score})
            if best is not None:
                rows.append({"step": step, "series": "best so far", "value": best})
        return {
            "history": rows,
            "draws": [
                {
                    "trial": told.trial,
                    "architecture": self.space.spell(told.candidate.arch),
                    "score": shown(told.evaluation),
                }
                for told in ranked
            ],
        }

    def prompt(self) -> str:
        """The task and all that was tried, in words: to be copied, for a language model."""
        return prompt(self.space, self._told)

    def _reason(self, arch: A) -> str:
        """By hand, and what it changes against the best so far."""
        again = next((told for told in self._told if told.candidate.arch == arch), None)
        if again is not None:
            return f"by hand: trial {again.trial} once more"
        best = max(self._told, key=lambda told: told.evaluation.sort_key, default=None)
        if best is None:
            return "by hand"
        one, other = (answers_of(steps_of(self.space, a)) for a in (best.candidate.arch, arch))
        return f"by hand; against trial {best.trial}, the best: {change(one, other)}"
