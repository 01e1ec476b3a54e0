"""Two sliders of ``notebooks/09_gradient_based_search.ipynb``: how far ahead, and how close by.

``StepAhead`` drags ξ over the DARTS paper's problem of two variables, ``CloseBy`` drags ε over the
finite difference of a small relaxed network.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from workbench.exercises.bilevel import (
    PUBLISHED,
    descent,
    differences,
)
from workbench.panels.parts.dragged import Dragged
from workbench.views.paper import (
    BLUE,
    GREY,
    HALO,
    INK,
    LOCK,
    VERMILLION,
    axes,
    figure,
    picture,
    powers,
)

STOPS = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
REACH = (-2.4, 2.6)  # of both axes
WIDE = 4.5  # a name on the axis of ε reaches from a place to so many times it


def labelled(stops: Iterable[float]) -> list[tuple[str, float]]:
    """Each with its number in three digits."""
    return [(f"{stop:.3g}", stop) for stop in stops]


class StepAhead(Dragged[float]):
    """ξ over figure 2 of the DARTS paper: where descent from (2, −2) comes to rest."""

    def __init__(self, xi: float = 0.0) -> None:
        super().__init__("ξ", labelled(STOPS), xi, tip="How far the step ahead of the weight is")

    @property
    def told(self) -> tuple[float, ...]:
        """ξ = 0, ½, 1."""
        return 0.0, 0.5, 1.0

    def words(self, stop: float) -> str:
        """Where descent comes to rest."""
        alpha, w = descent(stop)[-1]
        return f"ξ = {stop:g}: from (2, −2) to ({alpha:.2f}, {w:.2f})"

    def _draw(self, stop: float) -> str:
        path = np.array(descent(stop))  # (steps, 2)
        made = figure(520, 330)
        (ax,) = axes(made)
        with LOCK:
            ax.plot(REACH, REACH, color=GREY, linewidth=1, linestyle=":")
            ax.plot(*path.T, color=BLUE, linewidth=2)
            ax.plot(*path[0], color=BLUE, marker="o", markersize=6)
            ax.plot(*path[-1], color=BLUE, marker="D", markersize=8)
            ax.plot(1, 1, color=VERMILLION, marker="*", markersize=13, markeredgecolor="white")
            for words, place, colour, shift in (
                ("start", path[0], BLUE, (-8, 6)),
                ("rests here", path[-1], BLUE, (-9, -15)),
                ("solution (1, 1)", (1.0, 1.0), VERMILLION, (-9, 7)),
                ("w = α, best weight", (-1.2, -1.2), GREY, (9, -9)),
            ):
                ax.annotate(
                    words, tuple(place), xytext=shift, textcoords="offset points", color=colour,
                    ha="left" if shift[0] > 0 else "right", path_effects=HALO,
                )  # fmt: skip
            ax.set(xlim=(-2.4, 3.6), ylim=REACH, xlabel="α, architecture", ylabel="w, weight")
        return picture(made, f"A path from (2, −2) to the diagonal w = α. {self.words(stop)}.")


class CloseBy(Dragged[float]):
    """ε over the finite difference: its error on a network with tanh, and on one with ReLU."""

    def __init__(self, seed: int = 0) -> None:
        self.found = differences(seed=seed)
        super().__init__(
            "ε·‖v‖",
            labelled(self.found.epsilons),
            PUBLISHED,
            tip="How far apart the two gradients are taken",
        )

    @property
    def told(self) -> tuple[float, ...]:
        """The published one."""
        return (PUBLISHED,)

    def words(self, stop: float) -> str:
        """Both errors."""
        place = self.found.epsilons.index(stop)
        smooth, kinked = self.found.smooth[place], self.found.kinked[place]
        own = " (published)" if stop == PUBLISHED else ""
        return (
            f"ε = {stop:.1e} / ‖v‖{own}: the second-order term is off by {100 * smooth:.2g} % "
            f"with tanh, by {100 * kinked:.2g} % with ReLU"
        )

    def _draw(self, stop: float) -> str:
        found, (low, high) = self.found, (1e-11, 1e3)  # %
        made = figure(520, 300)
        (ax,) = axes(made)
        with LOCK:
            apart = int(np.argmax(np.divide(found.kinked, found.smooth)))
            for errors, name, colour, dashes, up in (
                (found.smooth, "tanh", BLUE, "-", False),
                (found.kinked, "ReLU", VERMILLION, "--", True),
            ):
                drawn = np.clip(100 * np.asarray(errors), low, high)
                ax.plot(found.epsilons, drawn, color=colour, linestyle=dashes, linewidth=2)
                place = found.epsilons[apart]
                if 1 <= (place / stop if up else stop / place) < WIDE:  # the line would cross it
                    place = stop
                at = apart if up else found.epsilons.index(place)
                ax.annotate(
                    name, (place, drawn[at]), color=colour,
                    xytext=(-6, 4) if up else (6, -6), textcoords="offset points",
                    ha="right" if up else "left", va="bottom" if up else "top",
                )  # fmt: skip
            ax.axvline(stop, color=INK, linewidth=1)
            ax.set(xscale="log", yscale="log", ylim=(low, high))
            powers(ax.xaxis, ax.yaxis)
            ax.set(xlabel="ε · ‖v‖ (log)", ylabel="error of the term (%, log)")
        return picture(made, f"Error of the finite difference over ε. {self.words(stop)}.")
