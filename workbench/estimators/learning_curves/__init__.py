"""Where does a learning curve end? Extrapolation from its beginning (Elsken et al. 2019, 4.2).

- ``models``: ``MODELS``, the eleven parametric curves · ``fits``: ``fit_model``, one of them
- ``ensemble``: ``extrapolate``, all of them by least squares
- ``posterior``: ``sample_posterior``, their weighted combination by MCMC
- ``forecast``: ``Forecast``, what either believes · ``is_hopeless``, the criterion to stop
- ``baselines``: ``last_value``, ``training_speed`` and its average
- ``regressor``: ``CurveRegressor``, learned from other curves
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.estimators.learning_curves.baselines import (
        averaged_training_speed,
        last_value,
        training_speed,
    )
    from workbench.estimators.learning_curves.ensemble import extrapolate
    from workbench.estimators.learning_curves.fits import CurveFit, fit_model
    from workbench.estimators.learning_curves.forecast import Forecast, is_hopeless
    from workbench.estimators.learning_curves.models import MODELS, CurveModel
    from workbench.estimators.learning_curves.posterior import sample_posterior
    from workbench.estimators.learning_curves.regressor import CurveRegressor

_ROOMS = {
    "MODELS": "models",
    "CurveFit": "fits",
    "CurveModel": "models",
    "CurveRegressor": "regressor",
    "Forecast": "forecast",
    "averaged_training_speed": "baselines",
    "extrapolate": "ensemble",
    "fit_model": "fits",
    "is_hopeless": "forecast",
    "last_value": "baselines",
    "sample_posterior": "posterior",
    "training_speed": "baselines",
}

__all__ = [
    "MODELS",
    "CurveFit",
    "CurveModel",
    "CurveRegressor",
    "Forecast",
    "averaged_training_speed",
    "extrapolate",
    "fit_model",
    "is_hopeless",
    "last_value",
    "sample_posterior",
    "training_speed",
]

__getattr__ = lazy(__name__, _ROOMS)
