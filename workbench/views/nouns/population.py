"""A population: a dot an architecture, over the time of its birth; who dies next, who is best.

Real et al. (2019), algorithm 1: each cycle the best of a random sample has a child, and the
oldest of the population dies, however good it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from workbench.protocols import Rows
from workbench.scales import ACCURACY, ScoreScale
from workbench.views.nouns.scores import best, score
from workbench.views.paper import BLUE, GREEN, INK, VERMILLION, inked


@inked
def population(rows: Rows, ax: Axes, *, scale: ScoreScale = ACCURACY) -> Axes:
    """Rows with ``trial``, ``score`` and ``born`` (or ``age``), perhaps ``sampled``, on ``ax``.

    The oldest stand at the left. A square marks who dies next (the oldest, or the row whose
    ``dies`` is true), a diamond the best, rings those of the last tournament.
    """
    places = [_place(row) for row in rows]
    heights = [scale.times * score(row) for row in rows]
    ax.plot(places, heights, "o", color=BLUE, markersize=5, alpha=0.75, markeredgewidth=0)
    rings = [i for i, row in enumerate(rows) if row.get("sampled")]
    ax.plot(
        [places[i] for i in rings], [heights[i] for i in rings], "o", markersize=10,
        markerfacecolor="none", markeredgecolor=INK, markeredgewidth=1.2,
    )  # fmt: skip
    first, top = _dying(rows), best(rows)
    if first is not None:
        said = f"{'worst' if 'dies' in first else 'oldest'}: trial {first['trial']}"
        _mark(ax, _place(first), scale.times * score(first), "s", VERMILLION, said, above=False)
    if top is not None:
        said = f"best: trial {top['trial']}"
        _mark(ax, _place(top), scale.times * score(top), "D", GREEN, said, above=True)
    ax.margins(x=0.06, y=0.3)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5))  # whatever its height: room is made once
    older = "born in trial" if all("born" in row for row in rows) else "age (steps, oldest left)"
    ax.set_xlabel(older + (", rings: last sample" if rings else ""))
    ax.set_ylabel(scale.label)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    ax.xaxis.set_major_formatter(lambda value, _: f"{abs(value):.0f}")
    return ax


def _place(row: Mapping[str, Any]) -> float:
    return float(row["born"]) if "born" in row else -float(row["age"])


def _dying(rows: Rows) -> Mapping[str, Any] | None:
    if any("dies" in row for row in rows):  # no aging
        return next((row for row in rows if row.get("dies")), None)
    return min(rows, key=_place, default=None)


def _mark(ax: Axes, x: float, y: float, mark: str, colour: str, said: str, *, above: bool) -> None:
    """A mark and its label: above the dot, or below all dots, tied to it by a line."""
    if not math.isfinite(y):  # no score: nowhere to stand
        return
    ax.plot(x, y, mark, color=colour, markersize=8, markeredgecolor="white")
    low, high = sorted(ax.dataLim.intervalx)
    side = "left" if x < (low + high) / 2 else "right"
    if above:
        ax.annotate(
            said, (x, y), (-6 if side == "left" else 6, 9), textcoords="offset points", ha=side,
            va="bottom", color=colour, annotation_clip=False,
        )  # fmt: skip
        return
    corner = (0 if side == "left" else 1, 1)
    tie = {"arrowstyle": "-", "color": colour, "relpos": corner, "shrinkA": 0, "shrinkB": 4}
    ax.annotate(
        said, (x, y), (x, 0.02), textcoords=ax.get_xaxis_transform(), ha=side, va="bottom",
        color=colour, annotation_clip=False, arrowprops=tie,
    )  # fmt: skip


def says(rows: Rows, *, scale: ScoreScale = ACCURACY) -> str:
    """What is to be seen."""
    first, top = _dying(rows), best(rows)
    who = "worst" if first and "dies" in first else "oldest"
    said = f"A population of {len(rows)}, a dot each over its birth"
    said += f"; the {who}, trial {first['trial']}, dies next" if first else ""
    said += f"; the best is trial {top['trial']}, {scale.named(score(top))}" if top else ""
    return said
