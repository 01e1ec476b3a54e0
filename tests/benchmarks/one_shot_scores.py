"""What supernets say of the table's cells: makes ``one-shot-scores.npz`` for notebook 13.

python tests/benchmarks/one_shot_scores.py TO [SEEDS [CELLS]]    # 3 seeds, 500 cells: 12 core min

The cells are all different (``space.canonical``), each in the first spelling that is drawn.
A seed is a supernet of each number of epochs, and three more ways (``exercises.shared_scores``).
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from workbench.estimators import OneShot, Table
from workbench.estimators.table_training import table_data
from workbench.records import Candidate
from workbench.spaces import Topology
from workbench.trial import answer_of

EPOCHS = (3, 10, 30, 100)
COMPARED, BATCH, EDGE, DROPOUT = 30, 100, 0, 0.1


def scores(estimator: OneShot[Any], archs: list[Any], seed: int) -> list[float]:
    """The accuracies of all, with weights of one supernet."""
    for _ in estimator.prepare(seed=seed):
        pass
    return [
        answer_of(estimator.estimate(Candidate(arch), trial=trial, seed=0)).score
        for trial, arch in enumerate(archs)
    ]


def different(table: Table, rng: random.Random, cells: int) -> list[Topology]:
    """So many cells, each in the first spelling that is drawn. Raises ValueError for too many."""
    space, most = table.space, len(table.cells)
    if cells > most:
        raise ValueError(f"cells: expected at most {most}, got {cells}")
    found: dict[str, Topology] = {}
    while len(found) < cells:
        arch = space.sample(rng)
        found.setdefault(space.canonical(arch), arch)
    return [*found.values()]


def main(to: Path, seeds: int, cells: int) -> None:
    data, table = table_data(), Table()
    space = table.space
    rng = random.Random("one-shot scores")
    archs = different(table, rng, cells)
    made: dict[str, list[Any]] = {name: [] for name in ("stale", "few_shot", "dropout")}
    recalibrated: list[list[list[float]]] = [[] for _ in EPOCHS]
    for seed in range(seeds):
        start = time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            for place, epochs in enumerate(EPOCHS):
                given: dict[str, Any] = {"epochs": epochs, "batch_size": BATCH, "device": "cpu"}
                there = Path(folder) / str(epochs)
                estimator = OneShot(space, data, checkpoints=there, **given)
                recalibrated[place].append(scores(estimator, archs, seed))
            same = OneShot(space, data, checkpoints=there, recalibrate=False, **given)
            made["stale"].append(scores(same, archs, seed))
        given["epochs"] = COMPARED
        made["few_shot"].append(scores(OneShot(space, data, split=EDGE, **given), archs, seed))
        dropped = OneShot(space, data, path_dropout=DROPOUT, **given)
        made["dropout"].append(scores(dropped, archs, seed))
        print(f"seed {seed}: {time.process_time() - start:.0f} core seconds", flush=True)
    np.savez_compressed(
        to,
        cells=np.array([space.spell(arch) for arch in archs]),
        epochs=np.array(EPOCHS),
        compared=np.array(COMPARED),
        recalibrated=np.array(recalibrated, np.float32),
        **{name: np.array(rows, np.float32) for name, rows in made.items()},
    )


if __name__ == "__main__":
    asked = sys.argv[1:]
    main(Path(asked[0]), int(asked[1]) if asked[1:] else 3, int(asked[2]) if asked[2:] else 500)
