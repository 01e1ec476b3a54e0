"""A line a life: from the trial in which it was born to the one in which it died.

Under aging (Real et al. 2019, algorithm 1) all lines are of one length, P births. Where the worst
dies, a single lucky score lives on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from workbench import checks
from workbench.protocols import Rows
from workbench.scales import ACCURACY, ScoreScale
from workbench.views.paper import BLUE, HALO, PALE, VERMILLION, inked

WIDTHS = {PALE: 1.0, BLUE: 1.6, VERMILLION: 3.2}


@inked
def lifelines(
    rows: Rows,
    ax: Axes,
    *,
    marked: int | None = None,
    said: str = "",
    line: Collection[int] = (),
    scale: ScoreScale = ACCURACY,
) -> Axes:
    """Rows with ``trial``, ``score``, ``born`` and ``died`` (None: lives) as level lines on ``ax``.

    A line's height is the score. The trial ``marked`` is thick and has the label ``said``, those of
    ``line`` (its descendants) are blue, all others pale. A dot ends the line of who still lives, a
    cross stands for who was the worst at birth and died at once.
    """
    checks.whole_or_none("lifelines: marked", marked, least=0)
    checks.text("lifelines: said", said)
    end = max((row["born"] for row in rows), default=0)
    for colour, some in _sorted(rows, marked, line):
        heights = [scale.times * row["score"] for row in some]
        last = [end if row["died"] is None else row["died"] for row in some]
        first = [row["born"] for row in some]
        over = 2.0 + WIDTHS[colour]  # who matters lies on top
        ax.hlines(heights, first, last, colors=colour, linewidth=WIDTHS[colour], zorder=over)
        alive = [height for height, row in zip(heights, some) if row["died"] is None]
        ax.plot([end] * len(alive), alive, "o", color=colour, markersize=4, zorder=over)
        brief = [(row["born"], at) for row, at in zip(some, heights) if row["died"] == row["born"]]
        if brief:
            ax.plot(*zip(*brief), "x", color=colour, markersize=4, zorder=over)
    for row in rows:
        if row["trial"] == marked and said:
            ax.annotate(
                said, (row["born"], scale.times * row["score"]), (0, 6), color=VERMILLION,
                textcoords="offset points", va="bottom", ha="left", path_effects=HALO,
            )  # fmt: skip
    ax.set_xlabel("born … died, in trials")
    ax.set_ylabel(scale.label)
    ax.margins(x=0.02, y=0.12)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    return ax


def _sorted(
    rows: Rows, marked: int | None, line: Collection[int]
) -> Sequence[tuple[str, list[Any]]]:
    """The rows by colour."""
    parts: dict[str, list[Any]] = {PALE: [], BLUE: [], VERMILLION: []}
    for row in rows:
        who = VERMILLION if row["trial"] == marked else BLUE if row["trial"] in line else PALE
        parts[who].append(row)
    return list(parts.items())
