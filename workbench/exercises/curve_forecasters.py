"""Who foretells best where learning curves end? Two tasks on curves that nobody was fitted to.

Which of two ends higher (Kendall's τ, and how many of the top 5 % are known), and where does one
end (mean absolute error, and how often the truth lies inside of the 80 % interval).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from workbench import checks
from workbench.estimators.cells_in_table import space_of
from workbench.estimators.learning_curves import (
    CurveRegressor,
    Forecast,
    averaged_training_speed,
    extrapolate,
    last_value,
    training_speed,
)
from workbench.estimators.table_file import ACCURACY, TableFile
from workbench.history import Row, rank_agreement
from workbench.protocols import Rows

LEVELS = (0.1, 0.9)  # between them lie 80 %
TOP = 0.05


@dataclass(frozen=True, eq=False)
class Curves:
    """Trainings: accuracies and losses after each epoch, and what is known of the architecture."""

    scores: Float[np.ndarray, "trainings epochs"]
    losses: Float[np.ndarray, "trainings epochs"]
    features: Float[np.ndarray, "trainings features"]

    @classmethod
    def of(cls, file: TableFile, *, seed: int = 0) -> Curves:
        """One training of each cell in a table's file, which need not be complete.

        The features are the cell's encoding and the logarithm of its parameters.
        """
        checks.of_type("Curves.of: file", file, TableFile)
        rows = np.flatnonzero(file.seeds == checks.whole("Curves.of: seed", seed, least=0))
        if not len(rows):
            raise ValueError(f"Curves.of: seed: no training with seed {seed} in this file")
        space = space_of(file.header)
        cells = [int(file.cells[row]) for row in rows]
        encoded = [space.encode(space.parse(file.spellings[cell])) for cell in cells]
        sizes = np.log(np.maximum(file.parameters[cells], 1.0))
        return cls(
            file.curves[ACCURACY][rows].astype(float),
            file.curves["train loss"][rows].astype(float),
            np.hstack([np.array(encoded), sizes[:, None]]),
        )

    def take(self, rows: Any) -> Curves:
        """Some of them."""
        return Curves(self.scores[rows], self.losses[rows], self.features[rows])


def foretold(
    known: Curves,
    hidden: Curves,
    *,
    seen: int,
    more: Mapping[str, Callable[[tuple[float, ...], int], Forecast]] | None = None,
) -> list[Row]:
    """What each forecaster makes of the first ``seen`` epochs of the ``hidden`` curves.

    Only the regression has seen the ``known`` ones. Rows: ``forecaster``, ``tau`` (with the final
    accuracies), ``top`` (the share of its top 5 % that belong there), ``error`` (mean, in points),
    ``inside`` (the share in the 80 % interval), ``above`` (of those outside, the share that ends
    above it); None where a forecaster says no such thing. ``more`` are further forecasters,
    functions of a beginning and of how many epochs there are.

    Raises ValueError where no epoch is left to be foretold.
    """
    for name, given in (("known", known), ("hidden", hidden)):
        checks.of_type(f"foretold: {name}", given, Curves)
    epochs = hidden.scores.shape[1]
    seen = checks.whole("foretold: seen", seen, least=1, most=epochs - 1)
    final = hidden.scores[:, -1]
    begun = [tuple(row) for row in hidden.scores[:, :seen].tolist()]
    losses = [tuple(row) for row in hidden.losses[:, :seen].tolist()]
    regression = CurveRegressor(known.scores, known.features, seen=seen)
    values = np.array([last_value(curve) for curve in begun])
    rows = [_row("last value", values, final, error=True)]
    by_curve = {"ensemble": lambda curve, epochs: extrapolate(curve, epochs=epochs)}
    for name, forecaster in {**by_curve, **(more or {})}.items():
        rows.append(_of_forecasts(name, [forecaster(each, epochs) for each in begun], final))
    learned = [regression.forecast(np.array(c), f) for c, f in zip(begun, hidden.features)]
    rows.append(_of_forecasts("regression", learned, final))
    speeds: dict[str, Callable[[tuple[float, ...]], float]] = {
        "TSE": training_speed,
        "TSE-E, last epoch": lambda each: training_speed(each, last=1),
        "TSE-EMA, 0.9 on the new": lambda each: averaged_training_speed(each, weight=0.9),
        "TSE-EMA, 0.999 on the old": lambda each: averaged_training_speed(
            each, weight=0.999, on="old"
        ),
    }
    for name, speed in speeds.items():
        rows.append(_row(name, np.array([speed(each) for each in losses]), final, error=False))
    rows.append(_row("parameters", hidden.features[:, -1], final, error=False))
    return rows


def foretold_by_seed(
    file: TableFile, *, known: int, many: int, seen: int, seeds: Sequence[int] = (0, 1, 2)
) -> dict[int, list[Row]]:
    """``foretold`` once for each training seed of a table's file, on the same random cells.

    ``known`` cells teach the regression, ``many`` others are foretold, or as many as there are.
    """
    found = {}
    for seed in seeds:
        curves = Curves.of(file, seed=seed)
        order = np.random.default_rng(0).permutation(len(curves.scores))
        hidden = curves.take(order[known : known + many])
        found[seed] = foretold(curves.take(order[:known]), hidden, seen=seen)
    return found


def as_table(found: Mapping[int, Sequence[Row]]) -> str:
    """What ``foretold_by_seed`` gives as Markdown: means over the training seeds."""
    lines = [
        "| forecaster | τ | of its top 5 % | mean error (points) | inside the 80 % interval |",
        "|:--|--:|--:|--:|--:|",
    ]
    for rows in zip(*found.values()):
        said = (
            _mean(rows, "tau", "{:.2f}"),
            _mean(rows, "top", "{:.0%}"),
            _mean(rows, "error", "{:.1f}"),
            _mean(rows, "inside", "{:.0%}"),
        )
        lines.append(f"| {rows[0]['forecaster']} | {' | '.join(said)} |")
    return "\n".join(lines)


def measured(found: Mapping[int, Sequence[Row]], column: str, one: str, other: str = "") -> Rows:
    """A ``column`` of forecaster ``one``, less that of the ``other``: a row a training seed."""
    rows = []
    for seed, each in found.items():
        by = {row["forecaster"]: row[column] for row in each}
        rows.append({"seed": seed, "value": by[one] - (by[other] if other else 0.0)})
    return rows


def pairs_that_hold(curves: Curves, *, seen: int) -> float:
    """Of all pairs of curves, in how many (in %) does the one ahead after ``seen`` end ahead."""
    then, now = curves.scores[:, seen - 1], curves.scores[:, -1]
    one, other = np.triu_indices(len(now), 1)
    ahead, ends = np.sign(then[one] - then[other]), np.sign(now[one] - now[other])
    differ = (ahead != 0) & (ends != 0)
    return float(100 * (ahead == ends)[differ].mean())


def _mean(rows: Sequence[Row], column: str, written: str) -> str:
    values = [row[column] for row in rows]
    return "–" if None in values else written.format(np.mean(values)).replace("%", " %")


def _of_forecasts(name: str, forecasts: list[Forecast], final: Any) -> Row:
    ends = np.array([each.final for each in forecasts])
    low, high = np.array([each.quantiles(LEVELS)[:, -1] for each in forecasts]).T
    known = np.isfinite(ends)
    inside, over = ((low <= final) & (final <= high))[known], (final > high)[known]
    row = _row(name, ends[known], final[known], error=True)
    above = float(over.sum() / (~inside).sum()) if not inside.all() else None
    return {**row, "inside": float(inside.mean()), "above": above}


def _row(name: str, said: Any, final: Any, *, error: bool) -> Row:
    agreement = rank_agreement(said, final, top=TOP, resamples=1)
    return {
        "forecaster": name,
        "tau": agreement.tau.value,
        "top": agreement.precision.value,
        "error": 100 * float(np.abs(said - final).mean()) if error else None,
        "inside": None,
        "above": None,
    }
