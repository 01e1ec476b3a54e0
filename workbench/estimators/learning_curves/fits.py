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
    """MINPACK asks for residuals and slopes one by one: both are computed at once and kept."""
    last: dict[str, Any] = {"at": b""}

    def computed(moved: Any) -> dict[str, Any]:
        if last["at"] != (at := moved.tobytes()):
            theta = model.at((1 + np.sin(moved)) / 2)
            value, gradient = model.both(x, theta)
            stretch = model.stretch(theta) * np.cos(moved) / 2  # the chain rule
            last.update(at=at, theta=theta, residuals=value - y, slopes=gradient * stretch)
        return last

    begin = np.arcsin(2 * np.clip(model.shares(start), INSIDE, 1 - INSIDE) - 1)
    with np.errstate(over="ignore", invalid="ignore"):  # of the covariances, which nobody asks for
        moved = leastsq(
            lambda moved: computed(moved)["residuals"],
            begin,
            Dfun=lambda moved: computed(moved)["slopes"],  # (points, parameters)
            maxfev=CALLS,
            full_output=True,  # else it warns where the calls are used up
        )[0]
    found = computed(moved)
    return CurveFit(model, found["theta"], float((found["residuals"] ** 2).sum()))
