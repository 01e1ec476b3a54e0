"""ENAS beside random search with weight sharing, at equal steps of the shared weights.

python tests/benchmarks/enas_at_equal_steps.py [SEEDS]    # 5 seeds: about 5 core minutes

Makes ``enas-at-equal-steps.json`` for notebook 13: a row a seed, the cell that each would choose.
Both supernets make 30 epochs of 40 steps, of 100 images each. Random search asks the finished one
about ``ASKED`` cells, each on the same 1,000 validation images, and chooses the highest. ENAS
spends the steps four at a time on what its controller draws, and chooses among the last ``LATE``
children by the score that each had, on 500 images of its own. What a choice is worth is in the
table.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from workbench.data import ImageData
from workbench.estimators import OneShot, Table
from workbench.estimators.table_training import table_data
from workbench.exercises.equal_steps import FILE
from workbench.recordings import keep
from workbench.records import Told
from workbench.search import finish, search
from workbench.spaces import TopologySpace
from workbench.strategies import RandomSearch, Reinforce

COMMAND = "python tests/benchmarks/enas_at_equal_steps.py"
EPOCHS, BATCH, STEPS, ASKED, LATE = 30, 100, 4, 200, 20
ENAS = {"epochs": 0, "steps": STEPS, "step_rate": 0.05, "same_images": False, "images": 500}


def chosen(space: TopologySpace, told: list[Told[Any]]) -> str:
    """The text of the cell of the highest score."""
    return space.spell(max(told, key=lambda each: each.evaluation.sort_key).candidate.arch)


def searched(space: TopologySpace, data: ImageData, seed: int) -> dict[str, Any]:
    """Both choices of one seed, and the steps that each supernet made."""
    given: dict[str, Any] = {"batch_size": BATCH, "device": "cpu"}
    shared = OneShot(space, data, epochs=EPOCHS, **given)
    alone = finish(search(RandomSearch(space, seed=seed), shared, trials=ASKED, seed=seed))
    steps = EPOCHS * (len(data.train) // BATCH)
    together = OneShot(space, data, **ENAS, **given)
    enas = finish(search(Reinforce(space, seed=seed), together, trials=steps // STEPS, seed=seed))
    late = list(enas.told[-LATE:])
    repeats = len({each.candidate.arch for each in late})
    row = {"seed": seed, "steps": steps, "different": repeats}
    return row | {"ENAS": chosen(space, late), "random search": chosen(space, list(alone.told))}


def main(seeds: int) -> None:
    data, space, rows = table_data(), Table().space, []
    for seed in range(seeds):
        rows.append(searched(space, data, seed))
        print(rows[-1], flush=True)
    with TemporaryDirectory() as folder:
        made = Path(folder) / FILE
        lines = ",\n ".join(json.dumps(row) for row in rows)
        made.write_text(f'{{"command": "{COMMAND}",\n"rows": [\n {lines}]}}\n', encoding="utf-8")
        keep(made, COMMAND)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 5)
