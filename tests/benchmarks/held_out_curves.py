"""Who foretells best where learning curves end, on held-out curves of a table: rows as JSON.

``python tests/benchmarks/held_out_curves.py 200``: so many curves of the shipped table, from the
first third of their epochs; a further argument is the table's file, or a folder of its parts.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from workbench.estimators.cells_in_table import opened
from workbench.exercises.curve_forecasters import Curves, foretold

KNOWN = 300  # at most: what the regression is fitted to


def main(many: int, path: Path | None) -> list[dict[str, object]]:
    curves = Curves.of(opened(path))
    order = np.random.default_rng(0).permutation(len(curves.scores))
    known = min(KNOWN, len(order) // 2)
    hidden = curves.take(order[known : known + many])
    epochs = curves.scores.shape[1]
    rows = foretold(curves.take(order[:known]), hidden, seen=epochs // 3)
    about = {"epochs": epochs, "known": known, "hidden": len(hidden.scores)}
    return [{**row, **about} for row in rows]


if __name__ == "__main__":
    given = sys.argv[2:3]
    print(json.dumps(main(int(sys.argv[1]), Path(given[0]) if given else None)))
