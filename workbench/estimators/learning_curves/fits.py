"""One model fitted to the points of a curve by least squares, inside the model's bounds.

MINPACK's Levenberg–Marquardt (``scipy.optimize.leastsq``) with our gradients: the authors begin
with it, too. It knows no bounds, so each parameter is a sine of what is moved (James & Roos 1975,
MINUIT), which takes an eighth of the time of SciPy's bounded method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.optimize import leastsq

from workbench import checks
from workbench.estimators.learning_curves.models import CurveModel

CALLS = 25  # of the model, from one start: with 80 no forecast changes by 0.1 points
FAR = 0.03  # from the points, on average: where another start is worth its time
INSIDE = 0.02  # of the way: how far a start keeps off the bounds, where a sine is flat


@dataclass(frozen=True, eq=False)
class CurveFit:
    """A ``model``, its best ``parameters``, and the sum of ``squares`` of what they leave over."""

    model: CurveModel
    parameters: Float[np.ndarray, " parameters"]
    squares: float


def fit_model(model: CurveModel, curve: Any) -> CurveFit:
    """The least-squares fit of ``model`` to the accuracies after epochs 1, 2, …, in [0, 1].

    It climbs from our start, and where that ends more than three points off also from the published
    one, to keep the better end. That may not be the best of all, one reason to ask eleven models.

    Raises ValueError for fewer points than the model has parameters, and for a point that is no
    number.
    """
    checks.of_type("fit_model: model", model, CurveModel)
    y = np.array(checks.numbers("fit_model: curve", curve))
    many = len(model.parameters)
    if len(y) < many or not np.isfinite(y).all():
        raise ValueError(
            f"fit_model: curve: expected at least {many} finite accuracies, as {model.name} has "
            f"{many} parameters, got {y.tolist()}"
        )
    x = np.arange(1.0, len(y) + 1)
    end = _climbed(model, x, y, np.array(model.brief))
    if end.squares <= len(y) * FAR**2:
        return end
    return min(end, _climbed(model, x, y, np.array(model.published)), key=lambda each: each.squares)


def _climbed(model: CurveModel, x: Any, y: Any, start: Any) -> CurveFit:
    def theta(moved: Any) -> Any:
        return model.at((1 + np.sin(moved)) / 2)

    def residuals(moved: Any) -> Any:
        return model.value(x, theta(moved)) - y

    def slopes(moved: Any) -> Any:  # (points, parameters), by the chain rule
        now = theta(moved)
        return model.gradient(x, now) * (model.stretch(now) * np.cos(moved) / 2)

    begin = np.arcsin(2 * np.clip(model.shares(start), INSIDE, 1 - INSIDE) - 1)
    with np.errstate(over="ignore", invalid="ignore"):  # of the covariances, which nobody asks for
        # in full, as it else warns where the calls are used up
        moved = leastsq(residuals, begin, Dfun=slopes, maxfev=CALLS, full_output=True)[0]
    return CurveFit(model, theta(moved), float((residuals(moved) ** 2).sum()))
