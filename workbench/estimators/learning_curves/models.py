"""The eleven parametric models of a learning curve (Domhan, Springenberg & Hutter 2015, table 1).

Each says what the validation accuracy is after epoch x = 1, 2, …, and how that changes with its
parameters. The formulas are those of the authors' code; where it and the paper differ, ``ilog2``,
the code has log(1 + x) for the paper's log x, which divides by zero after the first epoch.

The *bounds* are ours: theirs are free, but for a forecast that must lie in [0, 1]. They hold every
published default, and value and gradient are finite in them for every x from 1 to 1,000.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float

from workbench import checks
from workbench.estimators.learning_curves import formulas
from workbench.estimators.learning_curves.formulas import Array

Formula: TypeAlias = Callable[..., tuple[Array, tuple[Array, ...]]]  # of ``formulas``

DECADES = 1000  # upper bound through lower bound, from where on a parameter is moved as a logarithm


@dataclass(frozen=True)
class CurveModel:
    """A parametric curve: its ``formula`` in words, and of each parameter name and bounds.

    ``published`` are the defaults of the authors' code, meant for hundreds of epochs; ``brief``
    are ours, for a curve that has come most of its way within ten. ``ends`` is the parameter that
    the curve tends to as x grows ("": none).
    """

    name: str
    formula: str
    parameters: tuple[str, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    published: tuple[float, ...]
    brief: tuple[float, ...]
    ends: str
    computes: Formula

    def __post_init__(self) -> None:
        for name in ("name", "formula", "ends"):
            checks.text(f"CurveModel: {name}", getattr(self, name))
        checks.several("CurveModel: parameters", self.parameters, '("c", "a")')
        for name in ("lower", "upper", "published", "brief"):
            values = checks.numbers(f"CurveModel: {name}", getattr(self, name))
            if len(values) != len(self.parameters):
                raise ValueError(
                    f"CurveModel: {name}: expected {len(self.parameters)} numbers, one for each "
                    f"of {self.parameters}, got {values}"
                )
            checks.keep(self, **{name: values})
        checks.function("CurveModel: computes", self.computes, "MODELS['pow3'].computes")

    def value(
        self, x: Float[np.ndarray, " points"], theta: Float[np.ndarray, "*many parameters"]
    ) -> Float[np.ndarray, "*many points"]:
        """Accuracy after epochs ``x`` (from 1) for one or many sets of parameters."""
        found: Float[np.ndarray, "*many points"] = self._computed(x, theta)[0]
        return found

    def gradient(
        self, x: Float[np.ndarray, " points"], theta: Float[np.ndarray, "*many parameters"]
    ) -> Float[np.ndarray, "*many points parameters"]:
        """Derivatives of ``value`` by the parameters."""
        value, slopes = self._computed(x, theta)
        return np.stack([np.broadcast_to(slope, value.shape) for slope in slopes], axis=-1)

    def both(
        self, x: Float[np.ndarray, " points"], theta: Float[np.ndarray, " parameters"]
    ) -> tuple[Float[np.ndarray, " points"], Float[np.ndarray, "points parameters"]]:
        """``value`` and ``gradient`` of one set of parameters, at the price of one of them."""
        value, slopes = self.computes(x, *theta)
        gradient = np.empty((len(x), len(slopes)))
        for column, slope in enumerate(slopes):
            gradient[:, column] = slope
        return value, gradient

    def at(
        self, shares: Float[np.ndarray, "*many parameters"]
    ) -> Float[np.ndarray, "*many parameters"]:
        """Parameters from ``shares`` in [0, 1] of the way from their lower to their upper bounds.

        The way of a parameter that spans decades is its logarithm's. Fits move on these ways, and
        a prior is uniform over them.
        """
        lower, upper, long = self._ways
        straight = lower + (upper - lower) * shares
        found: Float[np.ndarray, "*many parameters"] = np.where(long, np.exp(straight), straight)
        return found

    def shares(self, theta: Any) -> Float[np.ndarray, " parameters"]:
        """How far each parameter has come on its way: what ``at`` turns into ``theta``."""
        lower, upper, long = self._ways
        given = np.asarray(theta, float)
        with np.errstate(divide="ignore", invalid="ignore"):
            straight = np.where(long, np.log(given), given)
        found: Float[np.ndarray, " parameters"] = (straight - lower) / (upper - lower)
        return found

    def stretch(self, theta: Float[np.ndarray, " parameters"]) -> Float[np.ndarray, " parameters"]:
        """Derivative of each parameter by its share."""
        lower, upper, long = self._ways
        found: Float[np.ndarray, " parameters"] = (upper - lower) * np.where(long, theta, 1.0)
        return found

    @cached_property
    def _ways(self) -> tuple[Array, Array, Array]:
        lower, upper = np.array(self.lower), np.array(self.upper)
        long = (lower > 0) & (upper > DECADES * np.abs(lower))
        for ends in (lower, upper):
            ends[long] = np.log(ends[long])
        return lower, upper, long

    def _computed(self, x: Array, theta: Array) -> tuple[Array, tuple[Array, ...]]:
        # each parameter as (…, 1), against the points
        return self.computes(x, *(theta[..., i, None] for i in range(theta.shape[-1])))


MODELS: Mapping[str, CurveModel] = MappingProxyType(
    {
        model.name: model
        for model in (
            CurveModel(
                "pow3",
                "c − a x^(−α)",
                ("c", "a", "α"),
                (0.0, 0.0, 0.001),
                (1.0, 2.0, 3.0),
                (0.84, 0.52, 0.01),
                (0.9, 0.5, 0.8),
                "c",
                formulas.pow3,
            ),
            CurveModel(
                "pow4",
                "c − (ax + b)^(−α)",
                ("c", "a", "b", "α"),
                (0.0, 0.1, 0.0, 0.01),
                (1.0, 1000.0, 100.0, 3.0),
                (0.8, 200.0, 0.0, 0.1),
                (0.9, 2.0, 1.0, 0.8),
                "c",
                formulas.pow4,
            ),
            CurveModel(
                "log_power",
                "a / (1 + (x / e^b)^c)",
                ("a", "b", "c"),
                (0.0, -5.0, -5.0),
                (1.0, 10.0, 0.0),
                (0.77, 2.98, -0.51),
                (0.9, 0.0, -1.0),
                "a",
                formulas.log_power,
            ),
            CurveModel(
                "weibull",
                "α − (α − β) e^(−(κx)^δ)",
                ("α", "β", "κ", "δ"),
                (0.0, 0.0, 1e-4, 0.05),
                (1.0, 1.0, 10.0, 5.0),
                (0.7, 0.1, 0.01, 1.0),
                (0.9, 0.2, 0.5, 0.8),
                "α",
                formulas.weibull,
            ),
            CurveModel(
                "mmf",
                "α − (α − β) / (1 + (κx)^δ)",
                ("α", "β", "κ", "δ"),
                (0.0, 0.0, 1e-4, 0.05),
                (1.0, 1.0, 10.0, 5.0),
                (0.7, 0.1, 0.01, 5.0),
                (0.9, 0.3, 0.5, 1.0),
                "α",
                formulas.mmf,
            ),
            CurveModel(
                "janoschek",
                "α − (α − β) e^(−k x^δ)",
                ("α", "β", "k", "δ"),
                (0.0, 0.0, 1e-4, 0.05),
                (1.0, 1.0, 10.0, 5.0),
                (0.73, 0.07, 0.355, 0.46),
                (0.9, 0.2, 0.5, 0.8),
                "α",
                formulas.janoschek,
            ),
            CurveModel(
                "exp4",
                "c − e^(−a x^α + b)",
                ("c", "a", "b", "α"),
                (0.0, 0.0, -5.0, 0.01),
                (1.0, 10.0, 5.0, 3.0),
                (0.7, 0.8, -0.8, 0.3),
                (0.9, 0.8, -0.5, 0.6),
                "c",
                formulas.exp4,
            ),
            CurveModel(
                "ilog2",
                "c − a / log(1 + x)",
                ("c", "a"),
                (0.0, 0.0),
                (2.0, 2.0),
                (0.78, 0.43),
                (0.9, 0.2),
                "c",
                formulas.ilog2,
            ),
            CurveModel(
                "Hill3",
                "θ x^η / (κ^η + x^η)",
                ("θ", "η", "κ"),
                (0.0, 0.01, 0.001),
                (1.0, 5.0, 1000.0),
                (0.772320, 0.586449, 2.460843),
                (0.9, 1.0, 0.5),
                "θ",
                formulas.hill3,
            ),
            CurveModel(
                "vapor pressure",
                "exp(a + b/x + c log x)",
                ("a", "b", "c"),
                (-5.0, -5.0, -0.5),
                (1.0, 1.0, 0.5),
                (-0.622028, -0.470050, 0.042322),
                (-0.3, -0.3, 0.02),
                "",
                formulas.vapor_pressure,
            ),
            CurveModel(
                "loglog_linear",
                "log(a log x + b)",
                ("a", "b"),
                (0.0, 0.1),
                (5.0, 5.0),
                (1.0, 1.0),
                (0.2, 1.8),
                "",
                formulas.loglog_linear,
            ),
        )
    }
)
