"""Random search: draw architectures blindly. The baseline of every other claim.

Li & Talwalkar (2019), Random search and reproducibility for neural architecture search.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from heapq import nlargest
from typing import Generic, TypeVar

from workbench import checks
from workbench.protocols import Rows, SearchSpace
from workbench.records import Candidate, Decision, Told
from workbench.spaces.one_decision import steps_of
from workbench.strategies.draws import generator

A = TypeVar("A")

SHOWN = 200  # draws in ``inside``, the best ones


class RandomSearch(Generic[A]):
    """Asks about one random architecture after the other, never about the same one twice.

    Each decision is uniform over its options. It finishes (``ask`` gives None for good) when it
    has asked about every architecture of a small space. What it is told changes nothing, but an
    architecture that somebody else asked about is not asked about again.
    """

    def __init__(self, space: SearchSpace[A], *, seed: int = 0) -> None:
        self.space, self.seed = space, checks.whole("RandomSearch: seed", seed)
        self._asks = 0  # also those skipped
        self._asked: set[A] = set()
        self._walked = _Walked(space)
        self._told: list[Told[A]] = []

    def ask(self) -> Candidate[A] | None:
        """The next draw; None when every architecture of the space has been asked about."""
        rng = generator(self.seed, self._asks)
        arch = self.space.sample(rng)
        if arch in self._asked:
            if self._walked.exhausted():
                return None
            arch = self._walked.another(rng)
        self._asks += 1
        self._note(arch)
        return Candidate(arch, reason=f"drawn at random, number {self._asks}")

    def skip(self, candidate: Candidate[A]) -> None:
        """This one was asked before: it is not asked about again."""
        self._asks += 1
        self._note(candidate.arch)

    def tell(self, told: Told[A]) -> None:
        """Keep the score for ``inside``; the next draw does not depend on it."""
        self._told.append(told)
        if told.candidate.arch not in self._asked:
            self.space.decisions(told.candidate.arch)  # raises where it is not in the space
            self._note(told.candidate.arch)

    def inside(self) -> Mapping[str, Rows]:
        """``draws``: trial, architecture and score of what was told, the best 200, best first."""
        best = nlargest(SHOWN, self._told, key=lambda told: told.evaluation.sort_key)
        return {
            "draws": [
                {
                    "trial": told.trial,
                    "architecture": self.space.spell(told.candidate.arch),
                    "score": told.evaluation.score,
                }
                for told in best
            ]
        }

    def _note(self, arch: A) -> None:
        if arch not in self._asked:
            self._asked.add(arch)
            self._walked.add(arch)


class _Walked(Generic[A]):
    """The walks to architectures asked about, looked at only when one is drawn again.

    In a space much larger than the search that never happens, and nothing is computed.
    """

    def __init__(self, space: SearchSpace[A]) -> None:
        self._space = space
        self._new: list[A] = []
        self._closed: set[tuple[int, ...]] = set()  # walks, as far as taken, with no new end left

    def add(self, arch: A) -> None:
        self._new.append(arch)

    def exhausted(self) -> bool:
        """Whether every architecture of the space has been asked about."""
        while self._new:
            self._close(self._new.pop())
        return () in self._closed

    def another(self, rng: random.Random) -> A:
        """An architecture not asked about yet: a random walk that keeps to open options."""
        walk = self._space.begin()
        taken: tuple[int, ...] = ()
        while (decision := walk.decision) is not None:
            taken = (*taken, rng.choice(self._open(taken, decision)))
            walk.take(taken[-1])
        return walk.arch

    def _open(self, taken: tuple[int, ...], decision: Decision) -> list[int]:
        options = range(len(decision.options))
        return [index for index in options if (*taken, index) not in self._closed]

    def _close(self, arch: A) -> None:
        steps = steps_of(self._space, arch)
        taken = tuple([index for _, index in steps])
        self._closed.add(taken)
        for decision, _ in reversed(steps):
            taken = taken[:-1]
            if self._open(taken, decision):
                return
            self._closed.add(taken)
