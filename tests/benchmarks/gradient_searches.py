"""DARTS on the table's space and images, ten seeds: what notebook 09 judges by the table.

``python tests/benchmarks/gradient_searches.py`` searches (half an hour on one core) and
keeps in ``workbench/recordings``, a row an epoch, the cell that the search would end in now, by its
text. What it is worth is in the table. The supernet is judged on the first 2,000 validation images.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from workbench.data import ImageData
from workbench.data.images import Split
from workbench.estimators.table_training import table_data, table_space
from workbench.recordings import keep
from workbench.records import Epoch, Mixture
from workbench.spaces import TopologySpace
from workbench.strategies import DifferentiableSearch

FILE = "gradient-searches.json"
COMMAND = "python tests/benchmarks/gradient_searches.py"
SEEDS, EPOCHS, IMAGES = 10, 24, 2_000
SEARCHES: dict[str, dict[str, Any]] = {
    "first order": {"epochs": EPOCHS},
    "second order": {"epochs": EPOCHS, "order": 2},
    "paper": dict(DifferentiableSearch.PRESETS["paper"]),
}


def searched(
    space: TopologySpace, data: ImageData, name: str, *, seed: int, **settings: Any
) -> list[Any]:
    """A row an epoch: the search's name, seed, epoch, cell, accuracy of the supernet, entropy."""
    rows, measures = list[Any](), dict[str, float]()
    for event in DifferentiableSearch(space, data, **settings).events(seed=seed):
        if isinstance(event, Epoch):
            measures = dict(event.measures)
        elif isinstance(event, Mixture):
            cell = space.spell(space.discretised(event.weights))
            numbers = [round(measures[name], 4) for name in ("supernet", "entropy")]
            rows.append([name, seed, event.epoch, cell, *numbers])
    return rows


def written(rows: list[Any], folder: Path) -> Path:
    """The rows as a file."""
    columns = ["search", "seed", "epoch", "cell", "supernet", "entropy"]
    lines = ",\n ".join(json.dumps(row) for row in rows)
    path = folder / FILE
    about = {"command": COMMAND, "operations": table_space().operations, "columns": columns}
    head = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in about.items())
    path.write_text(f'{{{head},\n"rows": [\n {lines}]}}\n', encoding="utf-8")
    return path


def main() -> None:
    data = table_data()
    few = Split(data.validation.images[:IMAGES], data.validation.labels[:IMAGES])
    data = replace(data, validation=few)
    rows = [
        row
        for name, settings in SEARCHES.items()
        for seed in range(SEEDS)
        for row in searched(table_space(), data, name, seed=seed, **settings)
    ]  # fmt: skip
    with TemporaryDirectory() as folder:
        keep(written(rows, Path(folder)), COMMAND)


if __name__ == "__main__":
    main()
