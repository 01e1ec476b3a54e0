"""Predictions against the truth: how far off, and how often within the doubt that was stated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from workbench.protocols import Rows
from workbench.scales import ACCURACY, ScoreScale
from workbench.views.numbers_in_words import many
from workbench.views.paper import BLUE, GREY, INK, SKY, VERMILLION, inked

MOST = 150  # bars: more of them are a smear
FAR = 12  # spans of the middle half of the truths


@inked
def predicted(rows: Rows, ax: Axes, *, scale: ScoreScale = ACCURACY) -> Axes:
    """A dot for each of the ``rows``, its ``mean`` ± 2 ``deviation`` to the right, ``truth`` up.

    On the dashed diagonal a prediction is right. A bar that reaches it held its promise and is
    blue; one that does not is red, its dot hollow. At most the first 150 rows are drawn. A truth
    far below the others is a triangle at the bottom edge with its truth, so that the others keep
    their room.
    """
    shown, below = _apart(list(rows)[:MOST])
    for row in below:
        place, truth = scale.times * row["mean"], scale.times * row["truth"]
        edge = ax.get_xaxis_transform()
        ax.plot(place, 0.02, "v", color=VERMILLION, markerfacecolor="white", transform=edge)
        ax.annotate(
            f"{truth:.0f} {scale.unit}".strip(),
            (place, 0.02),
            (7, 0),
            xycoords=edge,
            textcoords="offset points",
        )
    for row in shown:
        kept = within(row)
        middle, truth = scale.times * row["mean"], scale.times * row["truth"]
        reach = 2 * scale.times * row["deviation"]
        bar, dot = (SKY, BLUE) if kept else (VERMILLION, VERMILLION)
        ax.plot([middle - reach, middle + reach], [truth, truth], color=bar, linewidth=0.8)
        face = dot if kept else "white"
        ax.plot(middle, truth, "o", color=dot, markerfacecolor=face, markersize=4)
    ends = [scale.times * row[name] for row in shown for name in ("mean", "truth")]
    if ends:
        span = [min(ends), max(ends)]
        ax.plot(span, span, color=INK, linestyle="--", linewidth=1.2)
    ax.set_xlabel(f"predicted {scale.label}, ± 2 deviations")
    ax.set_ylabel(f"truth ({scale.unit})" if scale.unit else "truth")
    ax.grid(color=GREY, alpha=0.15)
    return ax


def _apart(rows: Rows) -> tuple[Rows, Rows]:
    """Those to be drawn in their place, and those whose truth is far below all of that."""
    if not rows:
        return [], []
    low, high = np.quantile([row["truth"] for row in rows], (0.25, 0.75))
    least = low - FAR * (high - low)
    below = [row for row in rows if high > low and row["truth"] < least]
    return [row for row in rows if row not in below], below


def within(row: Mapping[str, Any]) -> bool:
    """Whether the ``truth`` of a row lies within two ``deviation`` of its ``mean``."""
    return bool(abs(row["truth"] - row["mean"]) <= 2 * row["deviation"])


def says(rows: Rows, *, scale: ScoreScale = ACCURACY) -> str:
    """What is to be seen."""
    kept, below = sum(map(within, rows)), _apart(list(rows)[:MOST])[1]
    others = "; a red ring is one that does not" if kept < len(rows) else ""
    far = ""
    if len(below) == 1:
        far = "; one of those drawn lies far below the others, a triangle at the edge"
    elif below:
        far = f"; {len(below)} of those drawn lie far below the others, triangles at the edge"
    return (
        f"Predictions against the truth, {min(len(rows), MOST)} of "
        f"{many(len(rows), 'architecture')}, "
        f"around the diagonal; {kept} of {len(rows)} truths lie within two deviations{others}{far}"
    )
