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

from workbench.estimators import Table, ZeroCost
from workbench.estimators.table_training import table_data
from workbench.exercises.one_shot_models import asked
from workbench.exercises.proxy_ranks import FILE
from workbench.recordings import keep
from workbench.training.zero_cost import SCORES

COMMAND = "python tests/benchmarks/zero_cost_scores.py"
CELLS = 400


def main() -> None:
    torch.set_num_threads(1)
    table, data, start = Table(), table_data(), time.process_time()
    numbers = sorted(random.Random("zero-cost").sample(range(len(table.cells)), CELLS))
    judges = [ZeroCost(table.space, data, proxy=name, device="cpu") for name in SCORES]
    values = np.array(
        [[asked(judge, table.cells[number], seed=number) for judge in judges] for number in numbers]
    )  # (cells, proxies)
    print(f"{time.process_time() - start:.0f} core seconds, {len(numbers)} cells")
    with TemporaryDirectory() as folder:
        made = Path(folder) / FILE
        cells = np.array([table.space.spell(table.cells[number]) for number in numbers])
        np.savez_compressed(made, cells=cells, proxies=np.array([*SCORES]), values=values)
        keep(made, COMMAND)


if __name__ == "__main__":
    main()
