"""Which paths of a supernet a step trains: one at random, or what path dropout leaves."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from workbench.spaces.edges import EdgeSpace
from workbench.training.path_cell import Choice


def drop_rate(rate: float, paths: int) -> float:
    """How often each of ``paths`` ways into a state is dropped: all of them with ``rate``.

    Bender et al. (2018), section 3.2: r^{1/k}. No way in is dropped at a rate of 0.
    """
    return rate ** (1 / paths) if rate > 0.0 else 0.0  # r^{1/k}, Bender et al.


def dropped(space: EdgeSpace[Any], rng: random.Random, *, rate: float) -> dict[str, Choice]:
    """Every operation of every edge but *none*, each dropped independently, by kind of cell.

    Operations that are left on an edge are added up, as edges into a state are.
    """
    names = [name for name in space.operations if name != "none"]
    ways = Counter(head for _, head in space.edges())
    return {
        kind: [
            [name for name in names if rng.random() >= drop_rate(rate, ways[head] * len(names))]
            for _, head in space.edges()
        ]
        for kind in space.cell_kinds()
    }
