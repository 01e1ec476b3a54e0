"""Expected improvement against numbers of the literature, SciPy's quadrature and BoTorch."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from workbench.strategies.expected_improvement import (
    expected_improvement,
    gradient,
    log_expected_improvement,
)

MEANS, DEVIATIONS = st.floats(0.5, 1.0), st.floats(0.003, 0.2)


def test_numbers_of_the_literature() -> None:
    assert expected_improvement(0.90, 0.05, 0.88) == pytest.approx(0.03152194, abs=5e-9)
    at_the_best = expected_improvement(0.88, 0.05, 0.88)
    assert at_the_best == pytest.approx(0.05 / math.sqrt(2 * math.pi), abs=1e-12)
    assert at_the_best == pytest.approx(0.01994711, abs=5e-9)


@given(MEANS, DEVIATIONS, st.floats(0.0, 0.02))
def test_it_is_the_integral_of_the_improvement(
    mean: float, deviation: float, margin: float
) -> None:
    level = 0.88 + margin
    integral, _ = quad(
        lambda score: (score - level) * norm.pdf(score, mean, deviation),
        level,
        max(level, mean) + 12 * deviation,
        points=[mean] if mean > level else None,
        epsabs=1e-12,
        limit=200,
    )
    assert expected_improvement(mean, deviation, 0.88, margin=margin) == pytest.approx(
        integral, abs=1e-9
    )


@given(MEANS, DEVIATIONS)
def test_its_gradient_is_that_of_finite_differences(mean: float, deviation: float) -> None:
    step = 1e-5
    by_mean, by_deviation = gradient(mean, deviation, 0.88)
    high, low = (expected_improvement(mean + s, deviation, 0.88) for s in (step, -step))
    assert by_mean == pytest.approx(float(high - low) / (2 * step), abs=1e-4 * 0.01 / deviation)
    high, low = (expected_improvement(mean, deviation + s, 0.88) for s in (step, -step))
    assert by_deviation == pytest.approx(
        float(high - low) / (2 * step), abs=1e-4 * 0.01 / deviation
    )
    assert by_mean >= 0
    assert by_deviation >= 0


@given(MEANS, DEVIATIONS)
def test_its_gradient_is_that_of_the_integral(mean: float, deviation: float) -> None:
    """∂EI/∂μ = P(y > f*), ∂EI/∂σ = E[z 1(z > −u)]: each by quadrature, to 1e-6."""
    u = (mean - 0.88) / deviation
    by_mean, by_deviation = gradient(mean, deviation, 0.88)
    upper = max(-u, 0.0) + 12
    likely = quad(norm.pdf, -u, upper, points=[0.0] if -u < 0 else None, limit=200)[0]
    moment = quad(lambda z: z * norm.pdf(z), -u, upper, limit=200)[0]
    assert by_mean == pytest.approx(likely, abs=1e-6)
    assert by_deviation == pytest.approx(moment, abs=1e-6)


def test_its_logarithm_is_that_of_botorch_where_it_underflows_too() -> None:
    import torch
    from botorch.acquisition.analytic import _log_ei_helper

    z = np.concatenate([-np.logspace(6, -3, 400), np.linspace(0, 6, 50)])
    ours = log_expected_improvement(0.88 + 0.05 * z, np.full_like(z, 0.05), 0.88)
    theirs = _log_ei_helper(torch.from_numpy((0.88 + 0.05 * z - 0.88) / 0.05)) + math.log(0.05)
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-9)
    assert np.all(np.diff(ours) > 0)
    plain = expected_improvement(0.88 + 0.05 * z, 0.05, 0.88)
    visible = plain > 1e-12
    np.testing.assert_allclose(np.exp(ours[visible]), plain[visible], rtol=1e-4)
    assert plain[0] == 0.0


def test_nothing_unknown_leaves_the_plain_difference() -> None:
    np.testing.assert_allclose(
        expected_improvement([0.9, 0.8], [0.0, 0.0], 0.88, margin=0.01), [0.01, 0.0], atol=1e-15
    )
    np.testing.assert_allclose(
        log_expected_improvement([0.9, 0.8], [0.0, 0.0], 0.88), [math.log(0.02), -math.inf]
    )
    by_mean, by_deviation = gradient([0.9, 0.8], [0.0, 0.0], 0.88)
    assert by_mean.tolist() == [1.0, 0.0]
    assert by_deviation.tolist() == [0.0, 0.0]
