"""Which architectures a surrogate is asked about: mutants of the best and random ones, or all."""

from __future__ import annotations

import random
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Generic, TypeVar

from workbench.protocols import SearchSpace
from workbench.records import Told

A = TypeVar("A")

BEST = 10  # of what was measured: the parents of mutants


@dataclass(frozen=True)
class Pool(Generic[A]):
    """Architectures not asked about yet; of each mutant the trial of its parent, else None."""

    archs: list[A]
    parents: list[int | None]

    @classmethod
    def of(
        cls,
        space: SearchSpace[A],
        scored: Sequence[Told[A]],
        asked: AbstractSet[A],
        rng: random.Random,
        *,
        size: int,
        everything: list[A] | None,
    ) -> Pool[A]:
        """All of ``everything``, where it is known; else at most ``size`` drawn with ``rng``.

        Half of those are mutants, one decision changed, of the ten best (most of what BANANAS gains
        over other searches comes from this: Schneider et al. 2021, arXiv 2107.07343), half are
        random.
        """
        if everything is not None:
            left = [arch for arch in everything if arch not in asked]
            return cls(left, [None] * len(left))
        best = sorted(scored, key=lambda told: -told.evaluation.score)[:BEST]
        drawn: dict[A, int | None] = {}
        for number in range(size // 2):
            parent = best[number % len(best)]
            drawn.setdefault(space.mutate(parent.candidate.arch, rng), parent.trial)
        for _ in range(size - size // 2):
            drawn.setdefault(space.sample(rng), None)
        left = [arch for arch in drawn if arch not in asked]
        return cls(left, [drawn[arch] for arch in left])


def everything(space: SearchSpace[A]) -> list[A]:
    """Every architecture of the space, in the order of its decisions."""
    found: list[A] = []
    open_: list[tuple[int, ...]] = [()]
    while open_:
        taken = open_.pop()
        decision = space.next_decision(taken)
        if decision is None:
            found.append(space.compose(taken))
        else:
            open_ += [(*taken, index) for index in reversed(range(len(decision.options)))]
    return found
