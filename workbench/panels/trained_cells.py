"""How many trained cells does a surrogate need? A slider, and how well the untrained are ranked.

``Predicted`` is fitted to n random cells of a table, one training each, and ranks all of them by
their encodings alone; the number of parameters, which costs nothing, is what it has to beat.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from workbench import checks
from workbench.estimators.predicted import Predicted, Surrogate
from workbench.estimators.table import Table
from workbench.history import RankAgreement, rank_agreement
from workbench.panels.parts.dragged import Dragged
from workbench.views.paper import axes, figure, picture
from workbench.views.surrogates import predicted_against_truth

STOPS = (10, 20, 50, 100, 200, 500)
TOP = 0.05
RESAMPLES = 50  # for the intervals of a line of text
LOWEST = 2.0  # % of the truths that may lie below the axis


@dataclass(frozen=True, eq=False)
class Ranked:
    """What a surrogate of ``trained`` cells says of all cells, and how well that ranks them."""

    trained: int
    said: Float[np.ndarray, " cells"]
    agreement: RankAgreement


class TrainedCells(Dragged[int]):
    """A slider over the number of trained cells, above predictions against truths of ``table``.

    ``model`` is the regression, as in ``Predicted``. ``ranked`` holds what each stop of the slider
    shows, by its number; ``by_size`` how well the number of parameters ranks.

    Raises ValueError for a table of fewer than 20 cells.
    """

    def __init__(self, table: Table, *, model: Surrogate = "ridge", seed: int = 0) -> None:
        checks.of_type("TrainedCells: table", table, Table)
        seed = checks.whole("TrainedCells: seed", seed, least=0)
        stops = [n for n in STOPS if n <= len(table.keys) // 2]
        if not stops:
            raise ValueError(
                f"TrainedCells: table: expected one of 20 cells or more, got {len(table.keys)}"
            )
        self._truth = np.asarray(table.means, float)
        self.ranked = {n: _ranked(table, model, n, seed) for n in stops}
        sizes = np.asarray(table.parameters, float)
        self.by_size = rank_agreement(sizes, self._truth, top=TOP, resamples=RESAMPLES)
        self.model = model
        super().__init__(
            "trained cells",
            [(f"{n:,}", n) for n in stops],
            stops[0],
            tip="How many cells the surrogate has seen trained",
            setting="TrainedCells: trained",
            label=104,
        )

    @property
    def trained(self) -> int:
        """Where the slider stands; set it to one of its stops."""
        return self.value

    @trained.setter
    def trained(self, n: int) -> None:
        self.value = n

    @property
    def told(self) -> tuple[int, ...]:
        """The fewest trained cells, and the most."""
        return self.stops[0], self.stops[-1]

    def words(self, n: int) -> str:
        """How well the surrogate of ``n`` cells ranks, beside the number of parameters."""
        ours, theirs = self.ranked[n].agreement, self.by_size
        return (
            f"{n:,} of {len(self._truth):,} cells trained ({self.model}): τ = "
            f"{ours.tau.value:.2f}, precision among the top 5 %: "
            f"{100 * ours.precision.value:.0f} %. Parameters alone: τ = {theirs.tau.value:.2f}, "
            f"{100 * theirs.precision.value:.0f} %."
        )

    def _draw(self, n: int) -> str:
        made = figure(460, 320)
        low = float(np.percentile(self._truth, LOWEST))
        predicted_against_truth(
            self.ranked[n].said, self._truth, axes(made)[0], top=TOP, lowest=low
        )
        return picture(made, f"Predictions against truths. {self.words(n)}")


def _ranked(table: Any, model: Surrogate, n: int, seed: int) -> Ranked:
    surrogate: Predicted[Any] = Predicted(table, model=model, trained=n)
    for _ in surrogate.prepare(seed=seed):
        pass
    said = np.asarray(surrogate.predict(table.cells), float)
    truth = np.asarray(table.means, float)
    return Ranked(n, said, rank_agreement(said, truth, top=TOP, resamples=RESAMPLES))
