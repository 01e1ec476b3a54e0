"""Outputs of a network before and after it was changed, as dots around a diagonal."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.backends.backend_agg import FigureCanvasAgg

from workbench.views.paper import BLUE, GREY, LOCK, VERMILLION, axes, developed, figure

BEYOND = 0.15  # how far the axes go beyond the outputs before, in units of their range


class OutputsCompared:
    """One figure for all changes of a network: the same axes, other dots.

    The axes are drawn once, and only the dots anew: that takes a tenth of the time.
    """

    def __init__(self, before: Float[np.ndarray, " outputs"]) -> None:
        self._before = before
        low, high = float(before.min()), float(before.max())
        room = BEYOND * (high - low)
        self._ends = low - room, high + room
        made = figure(380, 270)
        (self._ax,) = axes(made)
        with LOCK:
            ends = [low, high]
            self._ax.plot(ends, ends, color=GREY, linewidth=1, linestyle=":")
            self._dots: dict[bool, Any] = {}
            for close, colour, mark in ((True, BLUE, "o"), (False, VERMILLION, "x")):
                (self._dots[close],) = self._ax.plot(
                    [], [], mark, color=colour, markersize=3.5, alpha=0.5, linestyle="none"
                )
            self._ax.set(
                xlim=(low - 0.1 * room, high + 0.1 * room), ylim=self._ends,
                xlabel="an output before", ylabel="the same output after",
            )  # fmt: skip
            for dots in self._dots.values():
                dots.set_visible(False)
            self._canvas = FigureCanvasAgg(made)
            self._canvas.draw()  # type: ignore[no-untyped-call]
            self._empty = self._canvas.copy_from_bbox(made.bbox)  # type: ignore[no-untyped-call]

    def picture(self, after: Float[np.ndarray, " outputs"], words: str) -> str:
        """Markup; ``words`` follow what is to be seen. Dots beyond the axes lie on their edge."""
        close = bool(np.abs(after - self._before).max() < 0.01 * np.abs(self._before).max())
        seen = "all on the diagonal" if close else "scattered away from the diagonal"
        dots = self._dots[close]
        with LOCK:
            self._canvas.restore_region(self._empty)  # type: ignore[no-untyped-call]
            dots.set_data(self._before, np.clip(after, *self._ends))
            dots.set_visible(True)
            self._ax.draw_artist(dots)
            dots.set_visible(False)
            return developed(self._canvas, f"{after.size} outputs, {seen}. {words}")
