"""Zero-cost proxies against the table: how well each ranks, over all cells and the best tenth.

The scores were recorded (``tests/benchmarks/zero_cost_scores.py``); the truth is the table's, and
so are the two counts. For notebook 13.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from workbench.estimators.table import Table
from workbench.exercises.pictured import Pictured
from workbench.exercises.top_share import TENTH, highest
from workbench.history import Row, rank_agreement
from workbench.recordings import recording
from workbench.views.paper import (
    BLUE,
    INK,
    LOCK,
    VERMILLION,
    axes,
    figure,
    picture,
)

FILE = "zero-cost-scores.npz"
RESAMPLES = 200


class ProxyRanks(Pictured):
    """Spearman's ρ of each proxy, and of two counts, with the truth of the table's cells.

    ``rows``, the best first: ``proxy``, ``rho`` with ``low`` and ``high``, its 95 % bootstrap
    interval over cells, and ``best``, ρ among the best tenth of the cells.
    """

    def __init__(self, table: Table | None = None, *, path: Path | None = None) -> None:
        with np.load(recording(FILE) if path is None else path) as file:
            cells, names, values = (file[name] for name in ("cells", "proxies", "values"))
        table = Table() if table is None else table
        numbers = [table.number(table.space.parse(text)) for text in cells.tolist()]
        self.truths = table.means[numbers]
        columns = dict(zip(names.tolist(), values.T))
        columns |= {"parameters": table.parameters[numbers], "MACs": table.macs[numbers]}
        best = highest(self.truths, TENTH)
        self.rows: tuple[Row, ...] = tuple(
            sorted(
                (self._row(name, column, best) for name, column in columns.items()),
                key=lambda row: -row["rho"],
            )
        )

    def _row(self, name: str, column: np.ndarray, best: np.ndarray) -> Row:
        known = column[np.isfinite(column)]
        lowest = known.min() - 1 if len(known) else 0.0
        column = np.where(np.isfinite(column), column, lowest)  # no answer comes last
        whole = rank_agreement(column, self.truths, resamples=RESAMPLES).rho
        top = rank_agreement(column[best], self.truths[best], resamples=1).rho
        return {
            "proxy": name,
            "rho": whole.value,
            "low": whole.low,
            "high": whole.high,
            "best": top.value,
        }

    def of(self, proxy: str) -> Row:
        """The row of one proxy. Raises ValueError for another name."""
        found = {row["proxy"]: row for row in self.rows}
        if proxy not in found:
            raise ValueError(f"of: proxy: expected one of {sorted(found)}, got {proxy!r}")
        return found[proxy]

    def words(self) -> str:
        """The numbers of the picture."""
        each = ", ".join(
            f"{row['proxy']} {row['rho']:.2f} ({row['best']:.2f})" for row in self.rows
        )
        return (
            f"Spearman's ρ with the truth over {len(self.truths):,} cells, in brackets among the "
            f"best tenth: {each}."
        ).replace("-", "−")

    def _picture(self) -> str:
        made = figure(560, 60 + 30 * len(self.rows))
        (ax,) = axes(made)
        places = np.arange(len(self.rows))[::-1]
        rho, low, high, best = (
            np.array([row[name] for row in self.rows]) for name in ("rho", "low", "high", "best")
        )
        with LOCK:
            ax.errorbar(
                rho, places, xerr=np.clip([rho - low, high - rho], 0, None), fmt="o", color=BLUE,
                markersize=7, label="all cells, 95 % interval",
            )  # fmt: skip
            ax.plot(best, places, "D", color=VERMILLION, markersize=6, label="best tenth")
            ax.axvline(0, color=INK, linewidth=0.8)
            ax.set_yticks(places, [row["proxy"] for row in self.rows])
            ax.set(xlim=(-1, 1), xlabel="Spearman's ρ with the accuracy by the table")
            ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
        return picture(made, f"Two marks a proxy. {self.words()}")
