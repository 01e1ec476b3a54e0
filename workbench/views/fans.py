"""A learning curve as far as it is known, and a fan of where it may go from there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from workbench.views.line_labels import End, label_ends
from workbench.views.paper import BLUE, GREY, INK, POINTS, PURPLE, SKY, VERMILLION, inked


@inked
def forecast_fan(
    curve: Sequence[float],
    ax: Axes,
    *,
    epochs: int,
    limits: tuple[float, float],
    known: int | None = None,
    fan: Float[np.ndarray, "3 future"] | None = None,
    guess: float | None = None,
    best: float | None = None,
    stopped: int | None = None,
) -> Axes:
    """Accuracies (fractions) after epochs 1, 2, … of ``epochs``; an axis in %, ``limits`` too.

    ``fan`` are the 10 %, 50 % and 90 % quantiles after each epoch from ``known`` on, the number of
    epochs that the forecast knew (None: all of ``curve``): what the curve did after that is drawn
    over it, without dots. ``guess`` is a cross at the last epoch, ``best`` a dotted line across:
    the accuracy to beat. ``stopped`` is the epoch after which the training would have ended.
    """
    known = len(curve) if known is None else known
    places, heights = np.arange(1, len(curve) + 1), 100 * np.array(curve, dtype=float)
    ends = []
    if fan is not None:
        future = np.arange(known, epochs + 1)
        low, middle, high = (np.append(heights[known - 1], 100 * row) for row in fan)
        ax.fill_between(future, low, high, color=SKY, alpha=0.35, linewidth=0)
        ax.plot(future, middle, "--", color=BLUE, linewidth=1.6)
        said = f"median {middle[-1]:.1f} %\n{low[-1]:.0f} to {high[-1]:.0f}"
        ends.append(End(epochs, middle[-1], said, BLUE))
    ax.plot(places[:known], heights[:known], "o-", color=INK, linewidth=1.6, markersize=4)
    if len(curve) > known:
        ax.plot(places[known - 1 :], heights[known - 1 :], "-", color=INK, linewidth=1.6)
    if len(curve) == epochs:
        ends.append(End(epochs, heights[-1], f"it came to {heights[-1]:.1f} %", INK, strong=True))
    if guess is not None:
        ax.plot(epochs, 100 * guess, "X", color=PURPLE, markersize=9, clip_on=False)
        ends.append(End(epochs, 100 * guess, f"you: {100 * guess:.1f} %", PURPLE))
    if best is not None:
        ax.axhline(100 * best, color=GREY, linewidth=1.0, linestyle=(0, (1, 2)))
        ends.append(End(epochs, 100 * best, f"to beat: {100 * best:.1f} %", GREY))
    if stopped is not None:
        ax.axvline(stopped, color=VERMILLION, linewidth=1.6)
        ax.annotate(
            f"stopped after epoch {stopped}", (stopped, 0.03), (4, 0), color=VERMILLION,
            xycoords=("data", "axes fraction"), textcoords="offset points",
        )  # fmt: skip
    ax.set(xlim=(0.5, epochs + 0.5), ylim=limits)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("epochs", fontsize=POINTS)
    ax.set_ylabel("validation accuracy (%)", fontsize=POINTS)
    ax.tick_params(labelsize=POINTS, colors="#444444")
    label_ends(ax, ends)
    return ax
