"""Random search: draw architectures blindly. The baseline of every other claim.

Li & Talwalkar (2019), Random search and reproducibility for neural architecture search.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from workbench.protocols import Rows, SearchSpace
from workbench.records import Candidate, Told

A = TypeVar("A")


class RandomSearch(Generic[A]):
    """Asks about one random architecture after the other, never about the same one twice.

    Each decision is uniform over its options. It finishes (``ask`` gives None for good) when it
    has asked about every architecture of a small space. What it is told changes nothing, but an
    architecture that somebody else asked about is not asked about again.
    """

    def __init__(self, space: SearchSpace[A], *, seed: int = 0) -> None:
        self.space, self.seed = space, seed
        self._rng = random.Random(seed)
        self._asked: set[A] = set()
        # walks, as far as taken, after which every architecture has been asked about
        self._closed: set[tuple[int, ...]] = set()
        self._draws: list[dict[str, Any]] = []

    def ask(self) -> Candidate[A] | None:
        """The next draw; None when every architecture of the space has been asked about."""
        if () in self._closed:
            return None
        arch = self.space.sample(self._rng)
        if arch in self._asked:
            arch = self._unseen()
        self._close(arch)
        return Candidate(arch, reason=f"drawn at random, number {len(self._asked)}")

    def tell(self, told: Told[A]) -> None:
        """Keep the score for ``inside``; the next draw does not depend on it."""
        self._close(told.candidate.arch)
        self._draws.append(
            {
                "trial": told.trial,
                "architecture": self.space.spell(told.candidate.arch),
                "score": told.evaluation.score,
            }
        )

    def inside(self) -> Mapping[str, Rows]:
        """``draws``: trial, architecture and score of everything told, best first."""
        return {"draws": sorted(self._draws, key=lambda row: -row["score"])}

    def _unseen(self) -> A:
        """An architecture not asked about yet: a random walk that keeps to open options."""
        taken: tuple[int, ...] = ()
        while (decision := self.space.next_decision(taken)) is not None:
            options = range(len(decision.options))
            opened = [index for index in options if (*taken, index) not in self._closed]
            taken = (*taken, self._rng.choice(opened))
        return self.space.compose(taken)

    def _close(self, arch: A) -> None:
        """Note that ``arch`` was asked about, and each walk that has no other end left."""
        self._asked.add(arch)
        taken = self.space.decisions(arch)
        self._closed.add(taken)
        while taken:
            taken = taken[:-1]
            decision = self.space.next_decision(taken)
            options = range(len(decision.options) if decision else 0)
            if any((*taken, index) not in self._closed for index in options):
                return
            self._closed.add(taken)
