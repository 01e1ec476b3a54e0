"""Where a search has been on a line of architectures, and what it has passed by."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from workbench.protocols import Rows
from workbench.scales import ACCURACY, ScoreScale
from workbench.views.paper import BLUE, GREY, inked


@inked
def line_walk(rows: Rows, ax: Axes, *, scale: ScoreScale = ACCURACY) -> Axes:
    """Every ``score`` over its place ``x`` as a grey line; a dot where it was tried.

    Above a dot stands its ``trial`` (None: not tried).
    """
    rows = sorted(rows, key=lambda row: float(row["x"]))
    heights = [scale.times * row["score"] for row in rows]
    ax.plot([row["x"] for row in rows], heights, color=GREY, linewidth=1.2)
    for row, height in zip(rows, heights):
        if row["trial"] is not None:
            ax.plot(row["x"], height, "o", color=BLUE, markersize=7)
            place = (row["x"], height)
            ax.annotate(str(row["trial"]), place, (0, 6), textcoords="offset points", ha="center")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.margins(y=0.15)
    ax.set_xlabel("place on the line")
    ax.set_ylabel(scale.label)
    return ax


def says(rows: Rows) -> str:
    """What is to be seen."""
    tried = sorted((row["trial"], row["x"]) for row in rows if row["trial"] is not None)
    places = ", ".join(str(place) for _, place in tried)
    return (
        f"Accuracies of {len(rows)} architectures along a line; {len(tried)} of them were tried, "
        f"in this order of places: {places}"
    )
