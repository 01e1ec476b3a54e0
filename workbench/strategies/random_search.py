"""Random search: draw architectures blindly. The baseline of every other claim.

Li & Talwalkar (2019), Random search and reproducibility for neural architecture search.
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import nlargest
from typing import Generic, TypeVar

from workbench import checks
from workbench.protocols import Rows, SearchSpace
from workbench.records import Candidate, Told
from workbench.strategies.draws import generator
from workbench.strategies.lineage import shown
from workbench.strategies.unasked import Unasked

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
        self._unasked = Unasked(space)
        self._told: list[Told[A]] = []

    def ask(self) -> Candidate[A] | None:
        """The next draw; None when every architecture of the space has been asked about."""
        arch = self._unasked.draw(generator(self.seed, self._asks))
        if arch is None:
            return None
        self._asks += 1
        self._unasked.asked(arch)
        return Candidate(arch, reason=f"drawn at random, number {self._asks}")

    def skip(self, candidate: Candidate[A]) -> None:
        """This one was asked before: it is not asked about again."""
        self._asks += 1
        self._unasked.asked(candidate.arch)

    def tell(self, told: Told[A]) -> None:
        """Keep the score for ``inside``; the next draw does not depend on it."""
        if told.candidate.arch in self._unasked:
            self.space.decisions(told.candidate.arch)  # raises where it is not in the space
            self._unasked.asked(told.candidate.arch)
        self._told.append(told)

    def inside(self) -> Mapping[str, Rows]:
        """``draws``: trial, architecture and score of what was told, the best 200, best first."""
        best = nlargest(SHOWN, self._told, key=lambda told: told.evaluation.sort_key)
        return {
            "draws": [
                {
                    "trial": told.trial,
                    "architecture": self.space.spell(told.candidate.arch),
                    "score": shown(told.evaluation),
                }
                for told in best
            ]
        }
