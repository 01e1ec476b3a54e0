"""Eleven models fitted by least squares, weighed by their evidence: a forecast in ten milliseconds.

A stand-in for the posterior of Domhan et al., whose sampling takes a hundred times as long. Around
each fit the likelihood is taken as a normal (Laplace's approximation), with a uniform prior over
the model's bounds: so a model that could be bent to anything weighs less than one that could not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from workbench import checks
from workbench.estimators.learning_curves.fits import CurveFit, fit_model
from workbench.estimators.learning_curves.forecast import Forecast
from workbench.estimators.learning_curves.models import MODELS

FEWEST = 4  # points, as many as a model has parameters at most
MOST = 1_000  # epochs, as far as the models are finite
NOISE = 0.03  # a priori, the standard deviation of an accuracy around its smooth curve
COUNTS = 2.0  # what this is worth, in points
FREE = 3  # parameters that a fit uses up, about


class Ensemble(NamedTuple):
    """The fits that are allowed, the noise that they agree on, and log evidences."""

    fits: list[CurveFit]
    noise: float
    evidence: Any  # (fits,)
    spreads: list[Any]  # of each fit the covariance of its parameters' shares


def extrapolate(curve: Iterable[Any], *, epochs: int) -> Forecast:
    """Where a learning curve will be after each epoch up to ``epochs``, by least squares.

    ``curve`` are the accuracies after epochs 1, 2, …, in [0, 1]. Without an answer (fewer than 4
    points, one that is no number, no model that rises through them) the forecast says so.

    Raises ValueError for accuracies outside [0, 1] and where nothing is left to be predicted.
    """
    seen, trouble = usable(curve, epochs)
    if trouble:
        return Forecast.unknown(seen, epochs, trouble)
    found = fitted(seen, epochs)
    if not found.fits:
        return Forecast.unknown(
            seen, epochs, "no model rises through these points: the curve falls"
        )
    future = np.arange(len(seen) + 1.0, epochs + 1)
    means, deviations = [], []
    for fit, spread in zip(found.fits, found.spreads):
        slopes = fit.model.gradient(future, fit.parameters)  # (future, parameters)
        slopes = slopes * fit.model.stretch(fit.parameters)
        variance = np.einsum("fp,pq,fq->f", slopes, spread, slopes)
        means.append(fit.model.value(future, fit.parameters))
        deviations.append(np.sqrt(variance + found.noise**2))
    weights = np.exp(found.evidence - found.evidence.max())
    return Forecast(
        seen,
        epochs,
        np.array(means),
        np.array(deviations),
        weights / weights.sum(),
        tuple(fit.model.name for fit in found.fits),
    )


def usable(curve: Iterable[Any], epochs: int) -> tuple[tuple[float, ...], str]:
    """The curve as plain numbers, and why nothing can be said of its rest ("": something can)."""
    seen = checks.numbers("curve", curve)
    checks.whole("epochs", epochs, least=len(seen) + 1, most=MOST)
    broken = [epoch for epoch, score in enumerate(seen, 1) if not math.isfinite(score)]
    if broken:
        return seen, f"no number after epoch {broken[0]}"
    if seen and not 0 <= min(seen) <= max(seen) <= 1:
        raise ValueError(f"curve: expected accuracies in [0, 1], got {min(seen)} … {max(seen)}")
    if len(seen) < FEWEST:
        return seen, f"not enough points: {len(seen)}, expected at least {FEWEST}"
    return seen, ""


def fitted(seen: tuple[float, ...], epochs: int) -> Ensemble:
    """All models that may speak: those that end in [0, 1], and not lower than they begin."""
    x = np.arange(1.0, len(seen) + 1)
    ends = np.array([1.0, epochs])
    fits = []
    for model in MODELS.values():
        fit = fit_model(model, seen)
        first, last = model.value(ends, fit.parameters)
        if max(first, 0.0) <= last + 1e-9 and last <= 1:  # the authors' prior
            fits.append(fit)
    if not fits:
        return Ensemble([], math.nan, np.zeros(0), [])
    least = min(fit.squares for fit in fits)
    noise = math.sqrt((least + COUNTS * NOISE**2) / (max(len(seen) - FREE, 0) + COUNTS))
    evidence, spreads = [], []
    for fit in fits:
        stretch = fit.model.stretch(fit.parameters)
        slopes = fit.model.gradient(x, fit.parameters) * stretch / noise
        # of parameters as shares of their ways, where a uniform prior has variance 1/12
        precision = slopes.T @ slopes + 12 * np.eye(len(stretch))
        evidence.append(
            -fit.squares / (2 * noise**2)
            + len(stretch) / 2 * math.log(2 * math.pi)
            - np.linalg.slogdet(precision)[1] / 2
        )
        spreads.append(np.linalg.inv(precision))
    return Ensemble(fits, noise, np.array(evidence), spreads)
