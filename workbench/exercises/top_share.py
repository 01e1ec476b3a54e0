"""The panel of ``notebooks/13_one_shot_models.ipynb``: how well are the best ranked?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TypeAlias

import ipywidgets as widgets
import numpy as np
from jaxtyping import Int64
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from workbench.exercises.step_ahead import labelled
from workbench.history import Interval, rank_agreement, rank_correlation
from workbench.panels.parts import layout
from workbench.panels.parts.dragged import Dragged
from workbench.views.backdrop import Backdrop
from workbench.views.paper import BLUE, GREY, HALO, INK, LOCK, VERMILLION, axes, figure

STOPS = (1.0, 0.5, 0.25, 0.1, 0.05)
TENTH = 0.1
TOP = 0.05  # what a search would train by itself
RESAMPLES = 200
HALF = 0.5  # cells that compute next to nothing are compared, and left out of the picture


def highest(values: np.ndarray, share: float) -> Int64[np.ndarray, " cells"]:
    """The numbers of the cells of the highest values, the first of equals; two of them at least."""
    ranked: Int64[np.ndarray, " cells"] = np.argsort(-values, kind="stable")
    return ranked[: max(2, round(share * len(values)))]


Pick: TypeAlias = tuple[float, float]  # inherited score and truth of a cell that a learner chose


class TopShare(Dragged[float]):
    """Estimates over the truth; only the truly best share of all cells is compared.

    ``ways`` are estimates of the same cells, by how the supernet was made: one of them is shown,
    ``way`` at first (None: the first). ``truths`` are accuracies in [0, 1], ``parameters`` counts.
    Kendall's τ of estimates and of counts with the truth, over the ``share`` chosen. ``picks`` are
    marked where the first way is shown.
    """

    def __init__(
        self,
        ways: Mapping[str, Iterable[float]],
        truths: Iterable[float],
        parameters: Iterable[float],
        share: float = 1.0,
        *,
        way: str | None = None,
        picks: Iterable[Pick] = (),
    ) -> None:
        self.ways = {name: np.array([*scores], float) for name, scores in ways.items()}
        self.truths, self.parameters = np.array([*truths], float), np.array([*parameters], float)
        self.picks = [*picks]
        seen = self.truths >= HALF
        self._seen = seen if seen.any() else self.truths >= 0
        self._first = next(iter(self.ways))
        self.chooser = layout.field(
            widgets.Dropdown(
                options=[*self.ways], value=way or self._first, description="supernet",
                tooltip="How the supernet was trained whose scores are shown",
            )
        )  # fmt: skip
        self._spread, self._axes = cache(self._interval), cache(self._empty)
        tip = "Which share of the cells is compared, the best"
        super().__init__("best", labelled(STOPS), share, tip=tip, above=(self.chooser,))

    @property
    def way(self) -> str:
        """Which supernet is shown; set it to one of ``ways``."""
        return str(self.chooser.value)

    @way.setter
    def way(self, name: str) -> None:
        if name not in self.ways:
            raise ValueError(f"way: expected one of {[*self.ways]}, got {name!r}")
        self.chooser.value = name

    @property
    def told(self) -> tuple[float, ...]:
        """All cells, and the best tenth."""
        return 1.0, TENTH

    def chosen(self, stop: float) -> Int64[np.ndarray, " cells"]:
        """The numbers of the truly best cells, two at least."""
        return highest(self.truths, stop)

    def tau(self, stop: float) -> tuple[float, float]:
        """Kendall's τ with the truth, of scores and of parameter counts; NaN: all are alike."""
        best = self.chosen(stop)
        truths = self.truths[best]
        return (
            rank_correlation(self.ways[self.way][best], truths),
            rank_correlation(self.parameters[best], truths),
        )

    def interval(self, stop: float) -> Interval:
        """τ of the scores with a 95 % bootstrap interval over the cells compared."""
        return self._spread(self.way, stop)

    def _interval(self, way: str, stop: float) -> Interval:
        best = self.chosen(stop)
        return rank_agreement(self.ways[way][best], self.truths[best], resamples=RESAMPLES).tau

    def right(self) -> tuple[int, int]:
        """How many of the 5 % of highest score are truly among the best 5 %, and of how many."""
        best = self.chosen(TOP)
        return len(set(highest(self.ways[self.way], TOP)) & set(best)), len(best)

    def words(self, stop: float) -> str:
        """The numbers."""
        count, everything = len(self.chosen(stop)), len(self.truths)
        which = f"all {everything}" if count == everything else f"the best {count} of {everything}"
        spread, counted = self.interval(stop), self.tau(stop)[1]
        shared = _two(spread.value)
        if not math.isnan(spread.low):
            shared += f" [{_two(spread.low)}, {_two(spread.high)}]"
        hits, of = self.right()
        return (
            f"{self.way}, {which} cells: τ of inherited scores {shared}, of parameter counts "
            f"{_two(counted)}. Of the {of} that it ranks highest (ringed) {hits} are truly among "
            f"the best {of}."
        )

    def _draw(self, stop: float) -> str:
        best, scores = self.chosen(stop), self.ways[self.way]
        rest = np.setdiff1d(np.arange(len(self.truths)), best)
        x, y, blue = 100 * scores, 100 * self.truths, best[self._seen[best]]
        with LOCK:
            backdrop, ax = self._axes(self.way)
            dots = list[Artist]()
            for cells, colour, alpha in ((rest, GREY, 0.35), (best, BLUE, 0.7)):
                part = cells[self._seen[cells]]
                dots += ax.plot(
                    x[part], y[part], "o", color=colour, alpha=alpha, markersize=4,
                    markeredgewidth=0,
                )  # fmt: skip
            ringed = highest(scores, TOP)
            ringed = ringed[self._seen[ringed]]
            dots += ax.plot(
                x[ringed], y[ringed], "o", markersize=7, markerfacecolor="none",
                markeredgecolor=INK, markeredgewidth=0.8,
            )  # fmt: skip
            told = f"{_blue(x[blue], y[blue], len(rest))} {self.words(stop)}"
            return backdrop.picture(told, [*dots, *self._stars(ax)])

    def _empty(self, way: str) -> tuple[Backdrop, Axes]:
        """The axes for the dots of all cells, wherever the slider is."""
        made, seen = figure(500, 310), self._seen
        (ax,) = axes(made)
        with LOCK:
            dots = list[Artist](ax.plot(100 * self.ways[way][seen], 100 * self.truths[seen], "o"))
            if not seen.all():
                ax.annotate(
                    f"{(~seen).sum()} cells below {100 * HALF:.0f} % are not shown",
                    (0.01, 0.02), xycoords="axes fraction", color=INK, path_effects=HALO,
                )  # fmt: skip
                ax.margins(y=0.12)  # room for it below all dots
            dots += self._stars(ax)
            ax.set(xlabel="accuracy with inherited weights (%)", ylabel="accuracy by the table (%)")
            return Backdrop(made, dots), ax

    def _stars(self, ax: Axes) -> list[Artist]:
        """What a learner picked, where the first way is shown, above all its numbers."""
        places = [(100 * score, 100 * truth) for score, truth in self.picks]
        stars, numbers = list[Artist](), list[Artist]()
        for number, place in enumerate(places if self.way == self._first else [], 1):
            stars += ax.plot(*place, "*", color=VERMILLION, markersize=14, markeredgecolor="white")
            numbers += [
                ax.annotate(
                    str(number), place, xytext=(-8, 5), ha="right", textcoords="offset points",
                    color=VERMILLION, path_effects=HALO,
                )
            ]  # fmt: skip
        return numbers + stars  # so that no number hides another pick


def _blue(scores: np.ndarray, truths: np.ndarray, others: int) -> str:
    """Where the dots lie that are compared (in %), and whether others are there."""
    which = "Blue dots above grey ones" if others else "Blue dots"
    return (
        f"{which}: inherited accuracies of {scores.min():.0f} to {scores.max():.0f} %, where the "
        f"table has {truths.min():.1f} to {truths.max():.1f} %."
    )


def _two(value: float) -> str:
    return "undefined" if math.isnan(value) else f"{value:.2f}".replace("-", "−")
