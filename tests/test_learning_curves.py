"""The eleven curve models, their fits, and what is believed of the rest of a curve."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.estimators.learning_curves import (
    MODELS,
    CurveRegressor,
    Forecast,
    averaged_training_speed,
    extrapolate,
    fit_model,
    is_hopeless,
    last_value,
    sample_posterior,
    training_speed,
)

# PAPERS section 10: f(1), f(10), f(100) at the defaults of the authors' code
PUBLISHED = {
    "pow3": (0.32, 0.331837, 0.343404),
    "pow4": (0.211296, 0.332376, 0.428553),
    "log_power": (0.138208, 0.319148, 0.536004),
    "weibull": (0.10597, 0.157098, 0.479272),
    "mmf": (0.1, 0.100006, 0.4),
    "janoschek": (0.267226, 0.492917, 0.695551),
    "exp4": (0.498103, 0.608938, 0.681405),
    "ilog2": (0.159641, 0.600676, 0.686828),
    "Hill3": (0.2865, 0.536541, 0.693359),
    "vapor pressure": (0.335519, 0.564631, 0.649321),
    "loglog_linear": (0.0, 1.194706, 1.723689),
}
# The same formulas once more, as they are printed
FORMULAS: dict[str, Any] = {
    "pow3": lambda x, c, a, alpha: c - a * x ** (-alpha),
    "pow4": lambda x, c, a, b, alpha: c - (a * x + b) ** (-alpha),
    "log_power": lambda x, a, b, c: a / (1 + (x / math.e**b) ** c),
    "weibull": lambda x, a, b, k, d: a - (a - b) * math.exp(-((k * x) ** d)),
    "mmf": lambda x, a, b, k, d: a - (a - b) / (1 + (k * x) ** d),
    "janoschek": lambda x, a, b, k, d: a - (a - b) * math.exp(-k * x**d),
    "exp4": lambda x, c, a, b, alpha: c - math.exp(-a * x**alpha + b),
    "ilog2": lambda x, c, a: c - a / math.log(1 + x),
    "Hill3": lambda x, t, e, k: t * x**e / (k**e + x**e),
    "vapor pressure": lambda x, a, b, c: math.exp(a + b / x + c * math.log(x)),
    "loglog_linear": lambda x, a, b: math.log(a * math.log(x) + b),
}
OWN = {
    "pow3": (0.9, 0.6, 0.7),
    "pow4": (0.85, 3.0, 0.5, 0.6),
    "log_power": (0.9, 0.5, -1.2),
    "weibull": (0.9, 0.2, 0.2, 0.8),
    "mmf": (0.9, 0.2, 0.3, 1.4),
    "janoschek": (0.9, 0.2, 0.4, 0.7),
    "exp4": (0.9, 0.6, -0.4, 0.6),
    "ilog2": (0.95, 0.3),
    "Hill3": (0.92, 0.9, 1.5),
    "vapor pressure": (-0.4, -0.6, 0.05),
    "loglog_linear": (0.15, 1.9),
}
EPOCHS = np.arange(1.0, 49.0)
RISING = (0.52, 0.66, 0.70, 0.71, 0.75, 0.76, 0.76, 0.78)

every_model = pytest.mark.parametrize("name", MODELS)


def test_there_are_the_eleven_of_the_paper() -> None:
    assert list(MODELS) == list(PUBLISHED)


@every_model
def test_formulas_are_those_of_the_paper(name: str) -> None:
    model, x = MODELS[name], np.array([1.0, 10.0, 100.0])
    found = model.value(x, np.array(model.published))
    assert found == pytest.approx(PUBLISHED[name], abs=5e-7)
    for theta in (model.published, OWN[name]):
        printed = [FORMULAS[name](each, *theta) for each in x]
        assert model.value(x, np.array(theta)) == pytest.approx(printed, abs=1e-9)


@every_model
def test_each_recovers_its_own_parameters(name: str) -> None:
    model = MODELS[name]
    fit = fit_model(model, model.value(EPOCHS, np.array(OWN[name])))
    assert fit.parameters == pytest.approx(OWN[name], abs=1e-3)
    assert fit.squares < 1e-10


@every_model
@settings(max_examples=20)
@given(shares=st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_values_and_gradients_are_finite_over_the_bounds(name: str, shares: list[float]) -> None:
    model, x = MODELS[name], np.array([1.0, 2.0, 12.0, 200.0, 1000.0])
    lower, upper = np.array(model.lower), np.array(model.upper)
    theta = lower + (upper - lower) * shares[: len(lower)]
    assert np.isfinite(model.value(x, theta)).all()
    assert np.isfinite(model.gradient(x, theta)).all()


@every_model
def test_gradients_are_the_slopes(name: str) -> None:
    model, theta = MODELS[name], np.array(OWN[name])
    x = EPOCHS[:5]
    steps = 1e-6 * np.eye(len(theta))
    slopes = [(model.value(x, theta + s) - model.value(x, theta - s)) / 2e-6 for s in steps]
    assert model.gradient(x, theta) == pytest.approx(np.array(slopes).T, abs=1e-7)
    twice = model.gradient(x, np.stack([theta, theta]))
    assert twice[1] == pytest.approx(model.gradient(x, theta))
    value, gradient = model.both(x, theta)
    assert np.array_equal(value, model.value(x, theta))
    assert np.array_equal(gradient, model.gradient(x, theta))


@every_model
def test_bounds_hold_the_starts(name: str) -> None:
    model = MODELS[name]
    for start in (model.published, model.brief):
        assert all(a <= s <= b for a, s, b in zip(model.lower, start, model.upper))


def test_too_few_points_for_a_model_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 4 finite accuracies, as mmf has 4 parameters"):
        fit_model(MODELS["mmf"], RISING[:3])


# ------------------------------------------------------------------ forecasts


@cache
def by(method: str) -> Forecast:
    if method == "mcmc":
        return sample_posterior(RISING, epochs=24, steps=40, burn_in=20)
    return extrapolate(RISING, epochs=24)


every_method = pytest.mark.parametrize("method", ["least squares", "mcmc"])


@every_method
def test_a_forecast_goes_on_from_the_curve(method: str) -> None:
    forecast = by(method)
    assert forecast.trouble == ""
    assert forecast.seen == RISING
    assert forecast.means.shape[1] == 24 - len(RISING)
    assert forecast.weights.sum() == pytest.approx(1)
    assert 0.75 < forecast.final < 0.87
    low, middle, high = forecast.quantiles()
    assert (low < middle).all()
    assert (middle < high).all()
    assert high[-1] - low[-1] > high[0] - low[0]  # the farther, the less is known


@every_method
def test_the_probability_falls_as_the_bar_rises(method: str) -> None:
    forecast = by(method)
    found = [forecast.above(bar) for bar in (0.0, 0.7, 0.8, 0.9, 1.5)]
    assert found[0] == pytest.approx(1)
    assert found == sorted(found, reverse=True)
    assert found[-1] == pytest.approx(0, abs=1e-9)
    middle = float(forecast.quantiles((0.5,))[0, -1])
    assert forecast.above(middle) == pytest.approx(0.5, abs=1e-6)


def test_a_probability_is_never_above_1() -> None:
    assert extrapolate((1.0,) * 4, epochs=5).above(0.5) == 1  # the sum of its weights is above


def test_a_mixture_by_hand() -> None:
    """Half N(0.4, 0.1), half N(0.8, 0.1): above 0.6 is half of it, 0.4 is its first quartile."""
    means, deviations = np.array([[0.4], [0.8]]), np.full((2, 1), 0.1)
    forecast = Forecast((0.3,), 2, means, deviations, np.array([0.5, 0.5]))
    assert forecast.final == pytest.approx(0.6)
    assert forecast.above(0.6) == pytest.approx(0.5)
    assert forecast.above(0.4) == pytest.approx(0.75, abs=1e-4)
    assert forecast.quantiles((0.25,))[0, 0] == pytest.approx(0.4, abs=1e-4)


def test_the_published_criterion() -> None:
    """N(0.7, 0.05): P(y > 0.8) = 1 − Φ(2) = 0.0228, P(y > 0.78) = 1 − Φ(1.6) = 0.0548."""
    one, deviation = np.array([[0.7]]), np.array([[0.05]])
    forecast = Forecast((0.6,), 2, one, deviation, np.ones(1))
    assert forecast.above(0.8) == pytest.approx(0.02275, abs=1e-5)
    assert is_hopeless(forecast, 0.8)
    assert not is_hopeless(forecast, 0.78)
    assert is_hopeless(forecast, 0.78, delta=0.06)
    assert not is_hopeless(forecast, None)  # nothing to beat yet
    ahead = Forecast((0.85,), 2, one, deviation, np.ones(1))
    assert not is_hopeless(ahead, 0.8)


def test_the_posterior_is_a_function_of_its_seed() -> None:
    again = sample_posterior(RISING, epochs=24, steps=40, burn_in=20)
    assert np.array_equal(again.means, by("mcmc").means)
    other = sample_posterior(RISING, epochs=24, steps=40, burn_in=20, seed=1)
    assert not np.array_equal(other.means, by("mcmc").means)


def test_the_asymptote_of_a_made_up_curve_is_found() -> None:
    """pow3 towards 0.85 with noise of half a point, 16 of 48 epochs."""
    noise = 0.005 * np.random.default_rng(0).normal(size=48)
    curve = MODELS["pow3"].value(EPOCHS, np.array((0.85, 0.5, 0.8))) + noise
    forecast = extrapolate(curve[:16], epochs=48)
    assert forecast.final == pytest.approx(0.83, abs=0.02)
    low, _, high = forecast.quantiles()[:, -1]
    assert low < curve[-1] < high


BAD: dict[str, tuple[Any, str]] = {
    "no points": ((), "not enough points: 0, expected at least 4"),
    "two points": ((0.5, 0.6), "not enough points: 2, expected at least 4"),
    "NaN": ((0.5, 0.6, math.nan, 0.7, 0.7), "no number after epoch 3"),
    "infinite": ((0.5, 0.6, 0.6, 0.7, math.inf), "no number after epoch 5"),
}


@every_method
@pytest.mark.parametrize("bad", BAD)
def test_of_a_bad_curve_nothing_is_said_and_it_is_said_why(method: str, bad: str) -> None:
    curve, trouble = BAD[bad]
    forecast = (sample_posterior if method == "mcmc" else extrapolate)(curve, epochs=12)
    assert forecast.trouble == trouble
    assert math.isnan(forecast.final)
    assert math.isnan(forecast.above(0.5))
    assert np.isnan(forecast.quantiles()).all()
    assert not is_hopeless(forecast, 0.99)


@every_method
@pytest.mark.parametrize(
    ("curve", "low", "high"),
    [((0.1,) * 5, 0.05, 0.15), ((0.0,) * 6, 0.0, 0.1), ((1.0,) * 4, 0.9, 1.0)],
)
def test_a_constant_curve_stays(
    method: str, curve: tuple[float, ...], low: float, high: float
) -> None:
    if method == "mcmc":
        forecast = sample_posterior(curve, epochs=12, steps=30, burn_in=15)
    else:
        forecast = extrapolate(curve, epochs=12)
    assert low <= forecast.final <= high


def test_a_falling_curve_is_not_expected_to_rise() -> None:
    forecast = extrapolate((0.8, 0.7, 0.6, 0.5, 0.4), epochs=12)
    assert forecast.trouble or forecast.final < 0.75


@settings(max_examples=8, deadline=None)
@given(curve=st.lists(st.floats(0, 1), max_size=7))
def test_no_curve_breaks_it(curve: list[float]) -> None:
    forecast = extrapolate(curve, epochs=8)
    if forecast.trouble:
        assert math.isnan(forecast.above(0.5))
    else:
        assert 0 <= forecast.above(0.5) <= 1
        assert np.isfinite(forecast.quantiles()).all()


def test_per_cents_and_finished_curves_are_refused() -> None:
    with pytest.raises(ValueError, match=r"accuracies in \[0, 1\], got 50.0 … 70.0"):
        extrapolate((50.0, 60.0, 65.0, 70.0), epochs=12)
    with pytest.raises(ValueError, match="epochs must be 5"):
        extrapolate((0.5, 0.6, 0.65, 0.7), epochs=4)


# ------------------------------------------------------------------ baselines


def test_training_speed_by_hand() -> None:
    losses = (2.0, 1.0, 0.5)
    assert last_value((0.2, 0.6)) == 0.6
    assert training_speed(losses) == -3.5
    assert training_speed(losses, last=1) == -0.5
    assert training_speed(losses, last=2) == -1.5
    # ema: 2, then 0.1·2 + 0.9·1 = 1.1, then 0.11 + 0.45 = 0.56
    assert averaged_training_speed(losses, weight=0.9) == pytest.approx(-0.56)
    # sum: 2, then 0.5·2 + 1 = 2, then 1 + 0.5 = 1.5
    assert averaged_training_speed(losses, weight=0.5, on="old") == pytest.approx(-1.5)


def test_the_two_averages_are_nearly_the_last_loss_and_nearly_the_sum() -> None:
    losses = 2.3 / np.arange(1.0, 25.0) ** 0.5
    assert averaged_training_speed(losses) == pytest.approx(
        training_speed(losses, last=1), rel=0.01
    )
    old = averaged_training_speed(losses, weight=0.999, on="old")
    assert old == pytest.approx(training_speed(losses), rel=0.02)


@pytest.mark.parametrize("baseline", [last_value, training_speed, averaged_training_speed])
def test_baselines_of_nothing_are_refused(baseline: Any) -> None:
    with pytest.raises(ValueError, match="got none"):
        baseline(())


def test_a_regressor_learns_where_curves_end() -> None:
    rng = np.random.default_rng(0)
    heights = rng.uniform(0.6, 0.9, 60)
    curves = heights[:, None] * (1 - 0.6 * 0.8 ** np.arange(1, 13)) + 0.005 * rng.normal(
        size=(60, 12)
    )
    learned = CurveRegressor(curves[:40], heights[:40, None] ** 2, seen=4)
    forecasts = [learned.forecast(c[:4], h[None] ** 2) for c, h in zip(curves[40:], heights[40:])]
    missed = np.abs([f.final - c[-1] for f, c in zip(forecasts, curves[40:])])
    assert missed.mean() < 0.015  # the last values lie 20 points lower
    assert 0.003 < learned.deviation < 0.03
    assert learned.forecast(curves[0, :3], heights[:1]).trouble
    broken = learned.forecast(np.array([0.5, np.nan, 0.6, 0.6]), heights[:1])
    assert broken.trouble == "expected 4 finite numbers, as it was fitted to, got 3 of 4"


@pytest.mark.filterwarnings("error")
def test_a_regressor_that_never_missed_is_certain() -> None:
    curves = np.tile(np.linspace(0.2, 0.8, 10), (12, 1))
    learned = CurveRegressor(curves, np.ones((12, 2)), seen=4)
    assert learned.deviation == 0
    found = learned.forecast(curves[0, :4], np.ones(2))
    final = found.means[0, -1]
    assert [found.above(final + gap) for gap in (-1e-6, 0.0, 1e-6)] == [1.0, 0.5, 0.0]
    assert found.quantiles()[:, -1] == pytest.approx(0.8)
    assert is_hopeless(found, 0.9)
    assert not is_hopeless(found, 0.7)
