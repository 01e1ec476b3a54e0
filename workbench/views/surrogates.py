"""What a surrogate predicts of every architecture, against what it is worth."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes

from workbench.views.paper import BLUE, GREY, INK, PALE, POINTS, VERMILLION, inked


@inked
def predicted_against_truth(
    said: Float[np.ndarray, " cells"],
    truth: Float[np.ndarray, " cells"],
    ax: Axes,
    *,
    top: float,
    lowest: float,
) -> Axes:
    """A dot an architecture, fractions drawn in %: predicted to the right, true upwards.

    The ``top`` share of the predictions is filled: red squares, and blue ones where the truth is
    among its own top, too. What is truly below ``lowest`` is left out, and said.
    """
    many = math.ceil(round(top * len(said), 9))
    chosen = said >= np.sort(said)[-many]
    right = chosen & (truth >= np.sort(truth)[-many])
    seen = truth >= lowest
    for which, marker, colour in (
        (seen & ~chosen, "o", PALE),
        (seen & chosen & ~right, "s", VERMILLION),
        (right, "s", BLUE),
    ):
        ax.plot(
            100 * said[which], 100 * truth[which], marker, color=colour, markersize=3.5,
            markeredgewidth=0, linestyle="none",
        )  # fmt: skip
    ends = [100 * float(lowest), 100 * float(truth.max())]
    ax.plot(ends, ends, "--", color=INK, linewidth=1.0)
    ax.set(xlim=(ends[0] - 1, ends[1] + 1), ylim=(ends[0] - 0.5, ends[1] + 0.5))
    out = int((~seen).sum())
    ax.set_xlabel(
        f"predicted accuracy (%); {out} cells truly below {ends[0]:.0f} % left out",
        fontsize=POINTS,
    )
    ax.set_ylabel("true accuracy (%)", fontsize=POINTS)
    ax.tick_params(labelsize=POINTS, colors="#444444")
    ax.grid(color=GREY, alpha=0.15)
    return ax
