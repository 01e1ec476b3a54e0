"""A final accuracy learned from other curves: partial curve and features in, final value out.

Baker, Gupta, Raskar & Naik (2017): support-vector regression on the accuracies so far, their first
and second differences, and features of the architecture, from about a hundred finished trainings.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import NuSVR

from workbench import checks
from workbench.estimators.learning_curves.forecast import Forecast

FEWEST = 10  # finished curves
FOLDS = 5


class CurveRegressor:
    """ν-support-vector regression from the first ``seen`` epochs to the last one.

    ``deviation`` is how far off it is on curves that it was not fitted to (five folds): what makes
    its answer a ``Forecast``.

    Raises ValueError for ``curves`` that are no matrix of finite accuracies, fewer than ten, or no
    longer than ``seen``, and for ``features`` of another number of rows.
    """

    def __init__(
        self,
        curves: Float[np.ndarray, "trainings epochs"],
        features: Float[np.ndarray, "trainings features"],
        *,
        seen: int,
        seed: int = 0,
    ) -> None:
        curves, features = (
            _matrix(f"CurveRegressor: {name}", each)
            for name, each in (("curves", curves), ("features", features))
        )
        self.seen = checks.whole("CurveRegressor: seen", seen, least=1, most=curves.shape[1] - 1)
        seed = checks.whole("CurveRegressor: seed", seed, least=0, most=2**32 - 1)
        if len(curves) < FEWEST or len(features) != len(curves):
            raise ValueError(
                f"CurveRegressor: expected at least {FEWEST} curves and as many rows of features, "
                f"got {len(curves)} and {len(features)}"
            )
        self.epochs = curves.shape[1]
        known, final = _described(curves[:, :seen], features), curves[:, -1]
        self._model = _regression(float(final.std()))
        folds = KFold(FOLDS, shuffle=True, random_state=seed)
        missed = final - cross_val_predict(self._model, known, final, cv=folds)
        self.deviation = float(np.sqrt((missed**2).mean()))
        self._model.fit(known, final)

    def forecast(
        self, curve: Float[np.ndarray, " seen"], features: Float[np.ndarray, " features"]
    ) -> Forecast:
        """What will become of a curve of which ``seen`` epochs are known.

        Only of its last epoch: a straight line leads there.
        """
        known = checks.numbers("CurveRegressor.forecast: curve", curve)
        if len(known) != self.seen or not np.isfinite(known).all():
            return Forecast.unknown(
                known[: self.epochs - 1],
                self.epochs,
                f"expected {self.seen} finite numbers, as it was fitted to, got "
                f"{int(np.isfinite(known).sum())} of {len(known)}",
            )
        row = _described(np.array([known]), np.asarray(features, float)[None])
        final = float(self._model.predict(row)[0])
        share = np.linspace(0, 1, self.epochs - self.seen + 1)[1:]
        return Forecast(
            known,
            self.epochs,
            (known[-1] + share * (final - known[-1]))[None],
            np.full((1, len(share)), self.deviation),
            np.ones(1),
            ("ν-support-vector regression",),
        )


def _regression(spread: float) -> Pipeline:
    return make_pipeline(StandardScaler(), NuSVR(C=max(spread, 1e-3) * 10, nu=0.5))


def _described(curves: Any, features: Any) -> Any:
    """(trainings, inputs): accuracies, their first and second differences, features."""
    return np.hstack([curves, np.diff(curves), np.diff(curves, n=2), features])


def _matrix(what: str, given: Any) -> Any:
    try:
        array = np.asarray(given, float)
    except (TypeError, ValueError):
        array = np.zeros(0)
    if array.ndim != 2 or not np.isfinite(array).all():
        raise ValueError(f"{what}: expected a matrix of finite numbers, a row each, got {given!r}")
    return array
