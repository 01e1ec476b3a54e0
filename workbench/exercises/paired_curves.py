"""Learning curves of children that inherited, each beside the same network from scratch."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean, stdev
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from workbench import checks
from workbench.protocols import Rows
from workbench.views.line_labels import End, label_ends
from workbench.views.paper import BLUE, GREY, HALO, LOCK, VERMILLION, axes, card, figure, picture

COLUMNS = ("mother", "child", "further", "total")
AGAINST = {"further": "equal further epochs", "total": "equal epochs in all"}


class PairedCurves:
    """Pairs of trainings, drawn over epochs in all.

    A row has ``mother`` and ``child`` (curves: accuracies after each epoch; the child's goes on
    where the mother's ended), ``further`` (from scratch, as many epochs as the child had further)
    and ``total`` (from scratch, as many as mother and child had together).

    Raises ValueError without a row, or for one that lacks a curve.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = [checks.of_type("PairedCurves: rows", row, Mapping) for row in rows]
        lacking = [name for row in self.rows for name in COLUMNS if not row.get(name)]
        if lacking or not self.rows:
            raise ValueError(
                f"PairedCurves: rows: expected curves {', '.join(COLUMNS)} in each, got "
                f"{'no ' + repr(lacking[0]) if lacking else 'no row'}"
            )

    def differences(self, against: str) -> list[dict[str, Any]]:
        """A row a pair: its ``seed`` and ``value``, the child's last accuracy less the other's.

        ``against`` is "further" or "total". Raises ValueError for anything else.
        """
        checks.one_of("PairedCurves: against", against, tuple(AGAINST))
        return [
            {"seed": row.get("seed", number), "value": row["child"][-1] - row[against][-1]}
            for number, row in enumerate(self.rows)
        ]

    def wins(self, against: str) -> int:
        """How often the child's last accuracy is above that of ``further`` or of ``total``."""
        return sum(row["value"] > 0 for row in self.differences(against))

    def words(self, against: str) -> str:
        """Wins, ties, and the mean difference with its standard error."""
        values = [row["value"] for row in self.differences(against)]
        ties, many = values.count(0.0), len(values)
        said = f"by {100 * fmean(values):+.1f}".replace("-", "−")
        if many > 1:
            said += f" ± {100 * stdev(values) / many**0.5:.1f}"
        return (
            f"at {AGAINST[against]} the child that inherited is better in {self.wins(against)} of "
            f"{many}, {f'level in {ties}, ' if ties else ''}{said} points"
            f"{' on average (± its standard error)' if many > 1 else ''}"
        )

    def _repr_html_(self) -> str:
        made = figure(680, 260)
        panes = axes(made, columns=2)
        low = min(min(row["mother"] + row["further"]) for row in self.rows)
        with LOCK:
            for ax, against in zip(panes, AGAINST):
                self._draw(ax, against, max(0.0, 100 * low - 8))
        said = "; ".join(self.words(against) for against in AGAINST)
        alt = (
            "Accuracies over epochs. A child's line goes on near where its mother's ended, the "
            f"same network from scratch begins low and climbs. {said[0].upper()}{said[1:]}."
        )
        return card(picture(made, alt) + f"<div>{said[0].upper()}{said[1:]}.</div>")

    def __repr__(self) -> str:
        return "; ".join(self.words(against) for against in AGAINST)

    def _draw(self, ax: Any, against: str, low: float) -> None:
        begun = max(len(row["mother"]) for row in self.rows)
        start = begun if against == "further" else 0
        carried = [[row["mother"][-1], *row["child"]] for row in self.rows]
        lines = (
            ("mother", [row["mother"] for row in self.rows], 1, GREY, "-"),
            ("inherits", carried, begun, BLUE, "-"),
            ("from scratch", [row[against] for row in self.rows], start + 1, VERMILLION, "--"),
        )
        ends = []
        for name, curves, first, colour, dashes in lines:
            if len(curves) > 1:
                for curve in curves:
                    x = range(first, first + len(curve))
                    ax.plot(x, _percent(curve), dashes, color=colour, linewidth=0.8, alpha=0.2)
            middle = _percent(np.median(np.array(curves), 0))
            x = range(first, first + len(middle))
            ax.plot(x, middle, dashes, color=colour, linewidth=2.2, marker="o", markersize=3)
            if name != "mother":
                ends.append(End(x[-1], middle[-1], name, colour))
        most = begun + max(len(row["child"]) for row in self.rows)
        ax.set(
            xlim=(0.5, most + 0.5), ylim=(low, 101), xlabel="epochs, the mother's included",
            ylabel="validation accuracy (%)", title=AGAINST[against],
        )  # fmt: skip
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        low_end = 100 * float(np.median([row["mother"][0] for row in self.rows]))
        ax.annotate(
            "mother", (1, low_end), xytext=(10, 0), textcoords="offset points",
            color="#5E5E5E", va="center", path_effects=HALO,
        )  # fmt: skip
        label_ends(ax, ends)


def _percent(curve: Any) -> list[float]:
    return [100 * score for score in curve]
