"""A dot for everything that there is, and on top of them what somebody tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from workbench.views.palette import line
from workbench.views.paper import BLUE, HALO, INK, POINTS, VERMILLION, YELLOW, inked

DOT = "#5B7C99"
RAMP = LinearSegmentedColormap.from_list(
    "accuracy", ["#D9E6F2", "#9CC4E4", "#4F9BD0", "#0072B2", "#08306B"]
)


@dataclass(frozen=True)
class Trials:
    """What a strategy tried: ``cells`` by number in their order, and the one it would choose.

    ``parents`` are the cells that each came from, -1 where it came from none; ``best`` is a cell
    or -1, ``words`` its label.
    """

    strategy: str
    cells: tuple[int, ...]
    parents: tuple[int, ...]
    best: int = -1
    words: str = ""


@inked
def scatter(
    x: Float[np.ndarray, " n"],
    y: Float[np.ndarray, " n"],
    ax: Axes,
    *,
    heights: Float[np.ndarray, " n"] | None = None,
    picked: int | None = None,
    near: Sequence[int] = (),
    marked: Sequence[int] | np.ndarray = (),
    trials: Trials | None = None,
) -> Axes:
    """Dots; ``heights`` colours them by rank, pale to dark.

    ``picked`` is a star, tied to those ``near`` it; ``marked`` are triangles; ``trials`` have
    their strategy's colour and marker, and its choice a diamond with a label.
    """
    size = 6 if len(x) > 1500 else 14
    if heights is None:
        ax.scatter(x, y, s=size, color=DOT, alpha=0.42, linewidths=0)
    else:
        ranks = np.argsort(np.argsort(heights, kind="stable"), kind="stable")
        ax.scatter(x, y, s=size, c=ranks, cmap=RAMP, alpha=0.85, linewidths=0)
    if len(marked):
        ax.scatter(
            x[marked], y[marked], s=30, marker="^", facecolors="white", edgecolors=VERMILLION
        )
    if trials is not None and trials.cells:
        _tried(x, y, ax, trials)
    if picked is not None:
        for other in near:
            ax.plot(x[[picked, other]], y[[picked, other]], color=INK, alpha=0.3, linewidth=0.8)
        ax.plot(x[list(near)], y[list(near)], "o", color="white", mec=INK, ms=4.5, mew=0.9)
        ax.plot(x[picked], y[picked], "*", color=YELLOW, mec=INK, ms=14, mew=1.1, clip_on=False)
    ax.tick_params(labelsize=POINTS)
    return ax


def _tried(
    x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"], ax: Axes, trials: Trials
) -> None:
    look, cells = line(trials.strategy), list(trials.cells)
    kin = [(parent, cell) for parent, cell in zip(trials.parents, cells) if parent >= 0]
    for pair in kin[-60:]:
        ax.plot(x[list(pair)], y[list(pair)], color=look.colour, alpha=0.4, linewidth=0.9)
    ax.plot(
        x[cells], y[cells], look.marker, color=look.colour, ms=5, mec="white", mew=0.6,
        linestyle="none",
    )  # fmt: skip
    if trials.best >= 0:
        place = x[trials.best], y[trials.best]
        ax.plot(*place, "D", color=look.colour, mec="white", ms=8, clip_on=False)
        left = place[0] > (x.min() + x.max()) / 2  # where there is room: not over the edge's dots
        ax.annotate(
            trials.words, place, (-8 if left else 8, 6), textcoords="offset points",
            ha="right" if left else "left", color=look.colour or BLUE, fontsize=POINTS,
            path_effects=HALO, annotation_clip=False,
        )  # fmt: skip
