"""What zero-cost proxies say of the table's cells: makes ``zero-cost-scores.npz`` for notebook 13.

python tests/benchmarks/zero_cost_scores.py    # 400 cells: about a core minute

A row a cell, drawn among those that differ, a column a proxy; a proxy's initial weights and
minibatch are drawn by the cell's number.
"""

from __future__ import annotations

import random
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from workbench.data import ImageData
from workbench.data.images import normalised
from workbench.estimators import Table
from workbench.estimators.table_training import table_data
from workbench.exercises.proxy_ranks import FILE
from workbench.recordings import keep
from workbench.spaces import Topology, TopologySpace
from workbench.training.randomness import own_draws, spawned
from workbench.training.zero_cost import SCORES

COMMAND = "python tests/benchmarks/zero_cost_scores.py"
CELLS, IMAGES = 400, 64


def scores(space: TopologySpace, arch: Topology, data: ImageData, seed: int) -> list[float]:
    """All proxies of one untrained network on one minibatch, as ``ZeroCost`` has each of them."""
    streams = spawned(seed)
    with own_draws(streams.weights):
        network = space.build(arch, data.task).train()
    generator = torch.Generator().manual_seed(streams.order)
    chosen = torch.randperm(len(data.train), generator=generator)[:IMAGES]
    images = normalised(data.train.images[chosen], data.mean, data.deviation)
    return [score(network, images, data.train.labels[chosen]) for score in SCORES.values()]


def main() -> None:
    torch.set_num_threads(1)
    table, data, start = Table(), table_data(), time.process_time()
    numbers = sorted(random.Random("zero-cost").sample(range(len(table.cells)), CELLS))
    archs = [table.cells[number] for number in numbers]
    values = [scores(table.space, arch, data, seed) for seed, arch in zip(numbers, archs)]
    print(f"{time.process_time() - start:.0f} core seconds, {len(archs)} cells")
    with TemporaryDirectory() as folder:
        made = Path(folder) / FILE
        cells = np.array([table.space.spell(arch) for arch in archs])
        np.savez_compressed(made, cells=cells, proxies=np.array([*SCORES]), values=np.array(values))
        keep(made, COMMAND)


if __name__ == "__main__":
    main()
