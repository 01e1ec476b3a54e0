"""Studies that were made before: of a table, whose curves hold every epoch, and of a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from workbench import checks
from workbench.estimators.fidelity import Fidelity
from workbench.panels.fidelity.study import Study


def table_study(table: Any) -> Study:
    """One training of each cell of a ``Table`` after k epochs, against the mean of the others.

    The others' last epochs: so what is predicted is not part of the truth. A cell with one seed is
    judged by its own end. Costs are epochs.
    """
    rows, truth = list[Any](), list[float]()
    for number, cell in enumerate(table.cells):
        seeds, mean = int(table.runs[number]), table.curve(cell)
        one = table.curve(cell, seed=0)
        rows.append(one)
        rest = (seeds * mean[-1] - one[-1]) / (seeds - 1) if seeds > 1 else one[-1]
        truth.append(float(rest))
    curves = np.array(rows)  # (cells, epochs)
    epochs = curves.shape[1]
    made = f"{len(truth):,} cells of the table, one training each"
    sizes = [float(table.parameters[number]) for number in range(len(truth))]
    study = Study(truth, [float(epochs)] * len(truth), source=made, parameters=sizes)
    for k in range(1, epochs + 1):
        study.add(Fidelity(k), curves[:, k - 1].tolist(), [float(k)] * len(truth))
    return study


def read_study(path: str | Path) -> Study:
    """A study that was recorded: ``truth``, ``cost``, ``source`` and rows of ``fidelities``.

    ``parameters`` may be there as well.

    Raises ValueError for a file that holds none.
    """
    path = checks.path("read_study: path", path)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        study = Study(
            found["truth"],
            found["cost"],
            source=found["source"],
            parameters=found.get("parameters"),
        )
        for row in found["fidelities"]:
            study.add(Fidelity(**row["knobs"]), row["scores"], row["costs"])
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: no recorded study of fidelities: {error!r}") from None
    return study
