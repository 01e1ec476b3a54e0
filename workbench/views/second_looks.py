"""What a search saw of its choice, and what a second look at the same choice shows."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from workbench.views.line_labels import End, label_ends
from workbench.views.paper import BLUE, GREY, HALO, INK, PALE, POINTS, VERMILLION, inked

SEEN, AGAIN = VERMILLION, BLUE
POWERS = (1, 10, 100, 1000, 10_000)


@inked
def second_looks(
    seen: Float[np.ndarray, "searches trials"],
    again: Float[np.ndarray, "searches trials"],
    n: int,
    axs: Sequence[Axes],
    *,
    limits: tuple[float, float],
    best: float | None = None,
) -> Sequence[Axes]:
    """On two axes: means over the searches until trial ``n``, and each search's difference there.

    ``seen`` is the best score of the first 1, 2, … trials, ``again`` what the same choice shows
    when it is looked at once more; both fractions. On the left a line each (pale: what is still to
    come), with ``limits`` in % for its height; ``best`` is a fraction to compare with, a dotted
    line across. On the right a dot a search: second look minus first, filled where it is lower.
    """
    left, right = axs
    trials = np.arange(1, seen.shape[1] + 1)
    ends = []
    for heights, colour, dashes, name in (
        (100 * seen.mean(0), SEEN, "-", "best seen"),
        (100 * again.mean(0), AGAIN, "--", "same picks,\nother seeds"),
    ):
        left.plot(trials, heights, dashes, color=PALE, linewidth=1.0)
        left.plot(trials[:n], heights[:n], dashes, color=colour, linewidth=2.2)
        left.plot(n, heights[n - 1], "o", color=colour, markersize=6, clip_on=False)
        ends.append(End(n, heights[n - 1], f"{name}\n{heights[n - 1]:.1f} %", colour))
    left.set(xscale="log", xlim=(0.9, 1.1 * len(trials)), ylim=limits)
    left.set_xticks([each for each in POWERS if each <= len(trials)])
    left.set_xticklabels([f"{each:,}" for each in POWERS if each <= len(trials)])
    left.xaxis.set_minor_locator(NullLocator())
    left.set_xlabel("trials (log scale)", fontsize=POINTS)
    left.set_ylabel("validation accuracy (%)", fontsize=POINTS)
    _gaps(100 * (again - seen), n, right)
    for ax in axs:
        ax.tick_params(labelsize=POINTS, colors="#444444")
    if best is not None and isfinite(best):
        left.axhline(100 * best, color=INK, linewidth=1.0, linestyle=(0, (1, 2)), zorder=1.5)
        ends.append(End(len(trials), 100 * best, f"best cell\n{100 * best:.1f} %", INK))
    label_ends(left, ends)
    return axs


def _gaps(gaps: Float[np.ndarray, "searches trials"], n: int, ax: Axes) -> None:
    """Differences in points at trial ``n``, spread sideways, and their mean.

    The limits are those of all trials, so that only dots move.
    """
    now, reach = gaps[:, n - 1], 1.08 * float(np.abs(gaps).max())
    side = 0.8 * (np.modf(np.arange(len(now)) * 0.6180339887498949)[0] - 0.5)
    ax.axhline(0, color=GREY, linewidth=1.0)
    for below, fill in ((now < 0, AGAIN), (now >= 0, "white")):
        ax.plot(side[below], now[below], "s", color=AGAIN, mfc=fill, markersize=4.5, alpha=0.8)
    ax.plot((-0.5, 0.5), (now.mean(), now.mean()), color=SEEN, linewidth=2.2)
    ax.annotate(
        f"mean {points(float(now.mean()))}", (0.5, now.mean()), (4, 0), color=SEEN,
        textcoords="offset points", va="center", path_effects=HALO, annotation_clip=False,
    )  # fmt: skip
    ax.set(xlim=(-0.6, 1.3), ylim=(-reach, reach), xticks=[])
    ax.spines["bottom"].set_visible(False)
    ax.set_xlabel("a dot a search\n(spread sideways)", fontsize=POINTS, color="#444444", loc="left")
    ax.set_ylabel("other seeds − seen (points)", fontsize=POINTS)


def points(difference: float) -> str:
    """-0.62 -> "−0.6"; no sign before zero."""
    said = f"{difference:+.1f}"
    return said[1:] if float(said) == 0 else said.replace("-", "−")
