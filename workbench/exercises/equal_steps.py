"""ENAS beside random search with weight sharing, at equal steps of the shared weights.

The choices were recorded (``tests/benchmarks/enas_at_equal_steps.py``); what they are worth is
looked up in the table. For notebook 13.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from workbench.estimators.table import Table
from workbench.exercises.pictured import Pictured
from workbench.history import Interval, Row
from workbench.recordings import recording
from workbench.views.line_labels import End, label_ends
from workbench.views.paper import BLUE, GREY, INK, LOCK, axes, figure, picture

FILE = "enas-at-equal-steps.json"
RACERS = {"random search": (GREY, "s"), "ENAS": (BLUE, "o")}
RESAMPLES = 10_000


class EqualSteps(Pictured):
    """Both choices of each seed, and how much better ENAS's are.

    ``rows``, one a seed: ``seed``, the true accuracy of the choice of each racer by its name, and
    ``value``, their difference, all in [0, 1]. ``difference`` is the mean of those with a 95 %
    bootstrap interval over the seeds; ``steps`` what each supernet was trained for.
    """

    def __init__(self, table: Table | None = None, *, path: Path | None = None) -> None:
        where = recording(FILE) if path is None else path
        found = json.loads(where.read_text(encoding="utf-8"))["rows"]
        self.table = Table() if table is None else table
        self.rows: tuple[Row, ...] = tuple(map(self._judged, found))
        self.steps: int = found[0]["steps"]
        gaps = np.array([row["value"] for row in self.rows])
        drawn = np.random.default_rng(0).choice(gaps, (RESAMPLES, len(gaps)))
        self.difference = Interval.around(float(gaps.mean()), drawn.mean(1))

    def _judged(self, row: Row) -> Row:
        space = self.table.space
        worth = {name: self.table.mean(space.parse(row[name])) for name in RACERS}
        return {"seed": row["seed"], **worth, "value": worth["ENAS"] - worth["random search"]}

    def words(self) -> str:
        """The numbers of the picture."""
        means = [np.mean([row[name] for row in self.rows]) for name in ("ENAS", "random search")]
        wins = sum(row["value"] > 0 for row in self.rows)
        gap, low, high = (f"{100 * end:+.2f}" for end in (self.difference.value, *self._ends()))
        return (
            f"After {self.steps:,} steps of shared training the cells chosen by ENAS are worth "
            f"{100 * means[0]:.2f} % and those by random search {100 * means[1]:.2f} %, means of "
            f"{len(self.rows)} seeds: {gap} points, 95 % interval {low} to {high}. ENAS is ahead "
            f"in {wins} of {len(self.rows)} seeds. All cells of the table: "
            f"{100 * self.table.means.mean():.2f} %."
        ).replace("-", "−")

    def _ends(self) -> tuple[float, float]:
        return self.difference.low, self.difference.high

    def _picture(self) -> str:
        made = figure(560, 280)
        (ax,) = axes(made)
        seeds = [row["seed"] for row in self.rows]
        with LOCK:
            columns = {name: [100 * row[name] for row in self.rows] for name in RACERS}
            ax.vlines(seeds, columns["random search"], columns["ENAS"], color=GREY, linewidth=1)
            for name, (colour, marker) in RACERS.items():
                ax.plot(seeds, columns[name], marker, color=colour, markersize=7, label=name)
            lines = {
                "best of\nthe table": 100 * float(self.table.highest),
                "mean of\nthe table": 100 * float(self.table.means.mean()),
            }
            for height in lines.values():
                ax.axhline(height, color=INK, linewidth=0.8, linestyle=":")
            ax.set_xticks(seeds)
            ax.set(xlabel="seed", ylabel="accuracy by the table (%)")
            ax.margins(x=0.15, y=0.12)
            edge = float(ax.get_xlim()[1])
            label_ends(ax, [End(edge, height, said, INK) for said, height in lines.items()])
            ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
        return picture(made, f"Two marks a seed, joined by a line. {self.words()}")
