"""Outputs of a network before and after it was changed, as dots around a diagonal."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from workbench.views.backdrop import Backdrop
from workbench.views.paper import BLUE, GREY, LOCK, VERMILLION, axes, figure

BEYOND = 0.15  # how far the axes go beyond the outputs before, in units of their range


class OutputsCompared:
    """One figure for all changes of a network: the same axes, other dots."""

    def __init__(self, before: Float[np.ndarray, " outputs"]) -> None:
        self._before = before
        low, high = float(before.min()), float(before.max())
        room = BEYOND * (high - low)
        self._ends = low - room, high + room
        made = figure(380, 270)
        (ax,) = axes(made)
        with LOCK:
            ends = [low, high]
            ax.plot(ends, ends, color=GREY, linewidth=1, linestyle=":")
            self._dots: dict[bool, Any] = {}
            for close, colour, mark in ((True, BLUE, "o"), (False, VERMILLION, "x")):
                (self._dots[close],) = ax.plot(
                    [], [], mark, color=colour, markersize=3.5, alpha=0.5, linestyle="none"
                )
            ax.set(
                xlim=(low - 0.1 * room, high + 0.1 * room), ylim=self._ends,
                xlabel="an output before", ylabel="the same output after",
            )  # fmt: skip
            self._axes = Backdrop(made, self._dots.values())

    def picture(self, after: Float[np.ndarray, " outputs"], words: str) -> str:
        """Markup; ``words`` follow what is to be seen. Dots beyond the axes lie on their edge."""
        close = bool(np.abs(after - self._before).max() < 0.01 * np.abs(self._before).max())
        seen = "all on the diagonal" if close else "scattered away from the diagonal"
        dots = self._dots[close]
        with LOCK:
            dots.set_data(self._before, np.clip(after, *self._ends))
            return self._axes.picture(f"{after.size} outputs, {seen}. {words}", [dots])
