"""A slider of ``notebooks/13_one_shot_models.ipynb``: how well are the best ranked?"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from workbench.exercises.step_ahead import Dragged
from workbench.history import rank_correlation
from workbench.views.paper import BLUE, GREY, LOCK, axes, figure, picture

STOPS = (1.0, 0.5, 0.25, 0.1, 0.05)


class TopShare(Dragged):
    """Estimates over the truth; only the truly best share of all cells is compared.

    ``scores`` are what was estimated, ``truths`` accuracies in [0, 1] and ``parameters`` counts, of
    the same cells. Kendall's τ of scores and of counts with the truth, over the ``share`` chosen.
    """

    def __init__(
        self,
        scores: Iterable[float],
        truths: Iterable[float],
        parameters: Iterable[float],
        share: float = 1.0,
    ) -> None:
        self.scores, self.truths = np.array([*scores], float), np.array([*truths], float)
        self.parameters = np.array([*parameters], float)
        self._falling = np.argsort(-self.truths, kind="stable")
        super().__init__("best", STOPS, share, "Which share of the cells is compared, the best")

    @property
    def told(self) -> tuple[float, ...]:
        """All cells, and the best tenth."""
        return 1.0, 0.1

    def chosen(self, stop: float) -> np.ndarray:
        """The numbers of the truly best cells, two at least."""
        count = max(2, round(stop * len(self.truths)))
        best: np.ndarray = self._falling[:count]
        return best

    def tau(self, stop: float) -> tuple[float, float]:
        """Kendall's τ with the truth, of scores and of parameter counts; NaN: all are alike."""
        best = self.chosen(stop)
        truths = self.truths[best]
        return (
            rank_correlation(self.scores[best], truths),
            rank_correlation(self.parameters[best], truths),
        )

    def words(self, stop: float) -> str:
        """Both numbers."""
        count, everything = len(self.chosen(stop)), len(self.truths)
        which = f"all {everything}" if count == everything else f"the best {count} of {everything}"
        shared, counted = (
            "undefined" if math.isnan(tau) else f"{tau:.2f}".replace("-", "−")
            for tau in self.tau(stop)
        )
        return f"{which} cells: τ of inherited scores {shared}, of parameter counts {counted}"

    def _picture(self, stop: float) -> str:
        best = self.chosen(stop)
        rest = np.setdiff1d(np.arange(len(self.truths)), best)
        made = figure(520, 330)
        (ax,) = axes(made)
        with LOCK:
            for cells, colour, alpha in ((rest, GREY, 0.35), (best, BLUE, 0.7)):
                ax.scatter(
                    100 * self.scores[cells], 100 * self.truths[cells], s=14, color=colour,
                    alpha=alpha, linewidths=0,
                )  # fmt: skip
            ax.set(xlabel="accuracy with inherited weights (%)", ylabel="accuracy by the table (%)")
        return picture(made, f"A dot a cell, those compared in blue. {self.words(stop)}.")
