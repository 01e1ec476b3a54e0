"""Who said where a curve would end, and how far off each was."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

from workbench import checks
from workbench.estimators.learning_curves import Forecast, extrapolate, is_hopeless
from workbench.history import Row


class Scoreboard:
    """Curves of which the first ``seen`` epochs are known, and what was said of their ends.

    ``best`` is the accuracy to beat, ``delta`` the probability below which a training is stopped.

    Raises ValueError for curves of unlike lengths, or without an end that could be guessed.
    """

    def __init__(
        self,
        curves: Sequence[Sequence[float]],
        *,
        seen: int | None,
        best: float | None,
        delta: float,
    ) -> None:
        given = checks.several("HiddenCurves: curves", curves, "[table.curve(cell, seed=0), …]")
        self.curves = [checks.numbers("HiddenCurves: curves", curve) for curve in given]
        lengths = {len(curve) for curve in self.curves}
        if len(lengths) != 1 or max(lengths) < 2:
            raise ValueError(
                "HiddenCurves: curves: expected curves of as many epochs each, two at least, got "
                f"{sorted(lengths) or 'none'}"
            )
        for curve in self.curves:
            if not all(0 <= score <= 1 for score in curve):
                raise ValueError(
                    "HiddenCurves: curves: expected accuracies in [0, 1], got "
                    f"{min(curve)} … {max(curve)}; divide per cents by 100"
                )
        (self.epochs,) = lengths
        third = max(1, round(self.epochs / 3))
        seen = third if seen is None else seen
        self.seen = checks.whole("HiddenCurves: seen", seen, least=1, most=self.epochs - 1)
        finals = [curve[-1] for curve in self.curves]
        best = max(finals) if best is None else best
        self.best = checks.number("HiddenCurves: best", best, least=0.0, most=1.0)
        self.delta = checks.number("HiddenCurves: delta", delta, above=0.0, most=1.0)
        self.guesses: dict[int, float] = {}
        self.revealed: set[int] = set()
        self._forecasts: dict[tuple[int, int], Forecast] = {}

    def forecast(self, number: int, epoch: int) -> Forecast:
        """What the ensemble makes of the first ``epoch`` epochs of a curve; fitted once."""
        if (number, epoch) not in self._forecasts:
            made = extrapolate(self.curves[number][:epoch], epochs=self.epochs)
            self._forecasts[number, epoch] = made
        return self._forecasts[number, epoch]

    def stopped(self, number: int, epoch: int) -> int | None:
        """The epoch, up to ``epoch``, after which the curve was hopeless; None: it was not."""
        for each in range(self.seen, min(epoch, self.epochs - 1) + 1):
            if is_hopeless(self.forecast(number, each), self.best, delta=self.delta):
                return each
        return None

    def rows(self) -> list[Row]:
        """Who is off by how much on average, in points, over the guessed curves now revealed."""
        return self._rows(sorted(self.revealed & set(self.guesses)), guessed=True)

    def without_guesses(self) -> list[Row]:
        """The same of all curves, for those who guess by rule."""
        return self._rows(list(range(len(self.curves))), guessed=False)

    def _rows(self, numbers: Sequence[int], *, guessed: bool) -> list[Row]:
        said = {"last value": [self.curves[n][self.seen - 1] for n in numbers]}
        said["ensemble"] = [self.forecast(n, self.seen).final for n in numbers]
        if guessed:
            said = {"you": [self.guesses[n] for n in numbers], **said}
        rows = []
        for who, answers in said.items():
            off = [abs(a - self.curves[n][-1]) for n, a in zip(numbers, answers)]
            known = [100 * each for each in off if not math.isnan(each)]
            mean = f"{fmean(known):.1f}" if known else "–"
            rows.append({"who": who, "curves": len(known), "mean error (points)": mean})
        return rows
