"""One price, two ways to spend it: the beginning of a long training, or a short one of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from IPython.display import Markdown

from workbench import checks
from workbench.estimators.table import Table
from workbench.estimators.table_file import ACCURACY, TableFile
from workbench.history import Row, rank_correlation

CUT, SHORT, FULL = "cut", "its own schedule", "in full"
WAYS = (CUT, SHORT, FULL)


def cut_or_short(table: Table, longer: TableFile) -> list[Row]:
    """How well short trainings rank cells by where ``longer`` ones of *another* seed end.

    A row ``way, seed, epochs, tau, best``: Kendall's τ over the cells that ``longer`` trained with
    each of its seeds, and over the half of them that ends best. The ways are the long training
    ``cut`` when it has had as many epochs as ``table`` trains for; the table's, whose learning
    rate fell to zero over just these (``its own schedule``); and the long one ``in full``. A row
    has the score of one ``seed``, and its truth is the mean of the other seeds' ends: no score is
    compared with itself.

    Raises ValueError where ``longer`` is not longer, has no two seeds, or fewer than four cells
    in both.
    """
    few, most = table.epochs, longer.epochs
    if most <= few:
        raise ValueError(f"cut_or_short: expected more than {few} epochs, got {most}")
    seeds = checks.wholes("cut_or_short: seeds", sorted(set(longer.seeds.tolist())), least=0)
    curves = {
        (int(cell), int(seed)): curve
        for cell, seed, curve in zip(longer.cells, longer.seeds, longer.curves[ACCURACY])
    }
    cells = [
        number
        for number in range(len(longer.keys))
        if all((number, seed) in curves for seed in seeds)
    ]
    if len(seeds) < 2 or len(cells) < 4:
        raise ValueError(
            "cut_or_short: expected two seeds, and four cells trained with each, got "
            f"{len(seeds)} and {len(cells)}"
        )
    archs = [table.space.parse(longer.spellings[number]) for number in cells]
    rows = list[Row]()
    for seed in seeds:
        mine = np.array([curves[number, seed] for number in cells])  # (cells, epochs)
        truth = np.mean(
            [[curves[number, other][-1] for number in cells] for other in seeds if other != seed],
            axis=0,
        )
        best = np.argsort(-truth, kind="stable")[: len(cells) // 2]
        scores = {
            CUT: (mine[:, few - 1], few),
            SHORT: (np.array([table.curve(arch, seed=seed)[-1] for arch in archs]), few),
            FULL: (mine[:, -1], most),
        }
        rows += [
            {
                "way": way,
                "seed": seed,
                "epochs": epochs,
                "tau": rank_correlation(score, truth),
                "best": rank_correlation(score[best], truth[best]),
            }
            for way, (score, epochs) in scores.items()
        ]
    return rows


def ranks_better(rows: Sequence[Row], way: str, *, over: str, column: str = "tau") -> list[Row]:
    """By how much ``way`` ranks better than ``over``: a row ``seed, value`` for each seed.

    Raises ValueError for a word that is none of the ways.
    """
    values = {}
    for each in (way, over):
        checks.one_of("ranks_better: way", each, WAYS)
        values[each] = {row["seed"]: row[column] for row in rows if row["way"] == each}
    return [
        {"seed": seed, "value": value - values[over][seed]} for seed, value in values[way].items()
    ]


def side_by_side(rows: Sequence[Row]) -> Markdown:
    """What ``cut_or_short`` gives, a line a way: means over the seeds."""
    said: dict[str, Any] = {
        CUT: "the long training, cut",
        SHORT: "a training with its own schedule",
        FULL: "the long training, whole",
    }
    lines = ["| one training | epochs | τ | τ in the better half |", "|:--|--:|--:|--:|"]
    for way in WAYS:
        mine = [row for row in rows if row["way"] == way]
        tau, best = (np.mean([row[name] for row in mine]) for name in ("tau", "best"))
        cells = f"{said[way]} | {mine[0]['epochs']} | {tau:.2f} | {best:.2f}"
        lines.append(f"| {cells} |".replace("| -", "| −"))
    return Markdown("\n".join(lines))  # type: ignore[no-untyped-call]
