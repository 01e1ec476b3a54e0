"""A table that nobody trained: made up in a moment, but with the traits of a real one.

The accuracy of a cell is a sum over its edges (which operation, and where), with an interaction of
the two edges of a path, squeezed between chance and a little above 0.9; isomorphic cells share it,
since it is a function of the leanest member of their class. Cells without a path from input to
output are at chance. Seeds differ by about ``noise``; early epochs are lower and noisier.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from workbench.estimators.table_file import ACCURACY, FORMAT, VERSION, TableFile
from workbench.estimators.table_maker import unique_cells
from workbench.settings import describe
from workbench.spaces import TopologySpace
from workbench.spaces.topology import Topology

CHANCE = 0.1
WORTH = {
    "none": -0.6,
    "skip_connect": 0.2,
    "nor_conv_1x1": 0.5,
    "nor_conv_3x3": 1.0,
    "avg_pool_3x3": 0.1,
}
PARAMETERS = {"nor_conv_1x1": 80, "nor_conv_3x3": 592}  # at 8 channels
MENU = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3")


def small_space(operations: Sequence[str] = MENU) -> TopologySpace:
    """Three nodes: 64 cells, 26 of which differ."""
    return TopologySpace(
        nodes=3, operations=tuple(operations), channels=8, cells=1, stages=2, reduction="plain"
    )


def truth(space: TopologySpace, arch: Topology) -> float:
    """What a made-up cell is worth when all noise is gone."""
    if not space.is_connected(arch):
        return CHANCE
    total = 0.0
    into: dict[int, float] = {}
    for i, j, operation in arch.edges:
        worth = WORTH[operation]
        total += worth / (1.0 + 0.5 * i)
        total += 0.3 * worth * into.get(i, 0.0)  # what it reads from matters
        into[j] = into.get(j, 0.0) + worth
    return 0.62 + 0.3 / (1.0 + float(np.exp(-0.8 * (total - 1.0))))


def synthetic(
    space: TopologySpace | None = None,
    *,
    seeds: int = 3,
    epochs: int = 12,
    noise: float = 0.006,
    seed: int = 0,
) -> TableFile:
    """All classes of ``space`` (default: ``small_space()``), each with ``seeds`` seeds."""
    space = space or small_space()
    rng = np.random.default_rng(seed)
    work = sorted(unique_cells(space))
    heights = np.array([truth(space, arch) for _, arch in work])
    sizes = np.array(
        [300 + sum(PARAMETERS.get(name, 0) for name in arch.operations) for _, arch in work]
    )
    cells = np.repeat(np.arange(len(work)), seeds)
    final = heights[cells] + noise * rng.normal(size=len(cells))  # (rows,)
    slowness = np.repeat(0.3 + 0.3 * rng.random(len(work)), seeds)[:, None]
    left = np.linspace(1, 0, epochs) if epochs > 1 else np.zeros(1)
    lag = slowness * left**2 + 2 * noise * left * rng.normal(size=(len(cells), epochs))
    validation = final[:, None] - lag * (final[:, None] - CHANCE)  # (rows, epochs)
    test = validation - 0.004 + noise * rng.normal(size=validation.shape)
    train = validation + 0.02
    curves: dict[str, Any] = {}
    for split, accuracy in (("train", train), ("validation", validation), ("test", test)):
        accuracy = accuracy.clip(0.0, 1.0)
        curves[f"{split} accuracy"] = accuracy.astype(np.float32)
        curves[f"{split} loss"] = (-np.log(accuracy.clip(0.01))).astype(np.float32)
    assert ACCURACY in curves
    return TableFile(
        header={
            "format": FORMAT,
            "version": VERSION,
            "space": describe(space),
            "data": {"name": "made up"},
            "recipe": {"epochs": epochs},
            "rule": "published",
            "code": "synthetic",
            "machine": {},
        },
        keys=tuple(key for key, _ in work),
        spellings=tuple(space.spell(arch) for _, arch in work),
        parameters=sizes.astype(np.int64),
        macs=(49 * sizes).astype(np.int64),
        cells=cells.astype(np.int64),
        seeds=np.tile(np.arange(seeds), len(work)).astype(np.int64),
        seconds=(1.0 + sizes[cells] / 1000).astype(np.float32),
        curves=curves,
    )
