"""The Gaussian process against hand-made linear algebra, and what it leaves untouched."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch
from fakes import chains
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize
from scipy.stats import lognorm, norm

from workbench.strategies import gaussian_process
from workbench.strategies.encodings import DecisionRows
from workbench.strategies.gaussian_process import Hyperparameters, fitted, posterior


def observed(n: int, seed: int = 0) -> tuple[Any, Any, Any, int]:
    """Rows, scores and owners of ``n`` chains, and how many decisions there are."""
    space, rng = chains(), random.Random(seed)
    encoding = DecisionRows(space)
    rows, owners = encoding.rows([space.sample(rng) for _ in range(n)])
    truth = np.random.default_rng(seed)
    scores = 0.8 + 0.05 * (rows @ truth.normal(size=rows.shape[1])) + truth.normal(0, 0.01, n)
    return rows, scores, owners, encoding.decisions


def kernel(fit: Hyperparameters, a: Any, b: Any, owners: Any) -> Any:
    """exp(−Σ w 1[≠]), one pair after the other."""
    weights = np.array(fit.weights)[owners]
    return np.array([[np.exp(-np.sum(weights * (x - y) ** 2)) for y in b] for x in a])


def by_hand(fit: Hyperparameters, rows: Any, scores: Any, at: Any, owners: Any) -> Any:
    spread, middle = scores.std(), scores.mean()
    k = kernel(fit, rows, rows, owners) + fit.noise * np.eye(len(rows))
    cross, factor = kernel(fit, at, rows, owners), cho_factor(k, lower=True)
    mean = fit.mean + cross @ cho_solve(factor, (scores - middle) / spread - fit.mean)
    variance = 1 - np.sum(cross * cho_solve(factor, cross.T).T, axis=1)
    return middle + spread * mean, spread * np.sqrt(np.maximum(variance, 0))


@pytest.mark.parametrize("count", [1, 30, 700])  # few at once and many go different ways
def test_the_posterior_is_that_of_a_hand_made_cholesky(count: int) -> None:
    rows, scores, owners, decisions = observed(25 + count)
    weights = tuple(np.linspace(0.05, 0.6, decisions).tolist())
    fit = Hyperparameters(weights, noise=0.02, mean=0.3)
    given = rows[:25], scores[:25], rows[25:], owners
    mean, deviation = posterior(fit, *given)
    expected, spread = by_hand(fit, *given)
    np.testing.assert_allclose(mean, expected, atol=1e-6)
    np.testing.assert_allclose(deviation, spread, atol=1e-6)


def test_very_many_points_are_asked_about_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one by one, though GPyTorch never holds the covariances of all of them."""
    rows, scores, owners, decisions = observed(80)
    fit = Hyperparameters((0.2,) * decisions, noise=0.02)
    given = rows[:25], scores[:25], rows[25:], owners
    whole = posterior(fit, *given, promised=rows[25:28])
    monkeypatch.setattr(gaussian_process, "WHOLE", 20)
    monkeypatch.setattr(gaussian_process, "PART", 9)
    parts = posterior(fit, *given, promised=rows[25:28])
    np.testing.assert_allclose(parts, whole, atol=1e-12)


def test_the_example_of_three_bits() -> None:
    """k = exp(−Hamming), no noise, 000 → 0, 011 → 1: three posteriors worked out by hand."""
    bits = np.array([[0, 0, 0], [0, 1, 1]], dtype=float)
    at = np.array([[0, 0, 1], [1, 1, 1], [1, 0, 0]], dtype=float)
    owners = np.arange(3)
    # targets 0 and 1 have mean and deviation ½: standardised −1 and 1; prior mean 0 is score 0
    fit = Hyperparameters((1.0, 1.0, 1.0), noise=1e-12, mean=-1.0)
    mean, deviation = posterior(fit, bits, np.array([0.0, 1.0]), at, owners)
    np.testing.assert_allclose(mean, [0.324027, 0.367879, 0.0], atol=1e-6)
    np.testing.assert_allclose((deviation / 0.5) ** 2, [0.761594, 0.864665, 0.864665], atol=1e-6)


def test_the_fit_is_the_most_likely_one() -> None:
    """Within 0.002 nats an observation of what SciPy finds with a density written down here."""
    rows, scores, owners, decisions = observed(40)
    fit = fitted(rows, scores, owners, decisions=decisions, most=float(decisions))
    targets = (scores - scores.mean()) / scores.std()
    squares = (rows[:, None] - rows[None]) ** 2  # (n, n, columns)
    differ = np.stack([squares[:, :, owners == d].sum(-1) for d in range(decisions)])

    def negative(theta: Any) -> float:
        scales, noise, mean = theta[:decisions], theta[-2], theta[-1]
        k = np.exp(-np.tensordot(1 / (decisions * scales), differ, 1)) + noise * np.eye(40)
        density = -0.5 * (targets - mean) @ np.linalg.solve(k, targets - mean)
        density -= 0.5 * np.linalg.slogdet(k)[1]
        density += lognorm.logpdf(scales, 1.0).sum() + lognorm.logpdf(noise, 1.0, scale=np.exp(-4))
        return -float(density + norm.logpdf(mean)) / 40

    found = np.array([*(1 / (decisions * np.array(fit.weights))), fit.noise, fit.mean])
    start = np.array([*np.ones(decisions), np.exp(-5), 0.0])
    bounds = [(1e-6, None)] * decisions + [(1e-4, None), (None, None)]
    best = min(minimize(negative, x, bounds=bounds).fun for x in (start, found))
    assert best - 1e-9 <= negative(found) <= best + 2e-3 < negative(start)


def test_what_is_promised_makes_sure_but_neither_better_nor_worse() -> None:
    rows, scores, owners, decisions = observed(40)
    fit = Hyperparameters((0.2,) * decisions, noise=0.02, mean=0.1)
    given = rows[:20], scores[:20], rows[25:], owners
    mean, deviation = posterior(fit, *given)
    same, surer = posterior(fit, *given, promised=rows[20:25])
    np.testing.assert_array_equal(mean, same)
    assert np.all(surer <= deviation + 1e-12)
    assert np.any(surer < deviation - 1e-4)
    everything = rows[:25], np.concatenate([scores[:20], np.zeros(5)]), rows[25:], owners
    spread = scores[:20].std() / everything[1].std()  # deviations do not depend on the scores
    np.testing.assert_allclose(surer, posterior(fit, *everything)[1] * spread, atol=1e-9)


def test_scores_that_are_all_alike_are_survived() -> None:
    rows, _, owners, decisions = observed(12)
    scores = np.full(12, 0.5)
    fit = fitted(rows, scores, owners, decisions=decisions, most=float(decisions))
    mean, _ = posterior(fit, rows, scores, rows, owners)
    np.testing.assert_allclose(mean, 0.5, atol=0.05)


def test_torch_is_left_as_it_was() -> None:
    rows, scores, owners, decisions = observed(30)
    fit = fitted(rows, scores, owners, decisions=decisions, most=float(decisions))
    threads = torch.get_num_threads()
    torch.manual_seed(5)
    state = torch.get_rng_state()
    torch.set_default_dtype(torch.float16)
    torch.set_num_threads(2)
    try:
        with torch.no_grad():
            again = fitted(rows, scores, owners, decisions=decisions, most=float(decisions))
            posterior(fit, rows, scores, rows, owners, promised=rows[:2])
        assert torch.get_default_dtype() == torch.float16
        assert torch.get_num_threads() == 2
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_num_threads(threads)
    assert torch.equal(torch.get_rng_state(), state)
    assert again == fit


def test_one_thread_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    real = gaussian_process._posterior

    def watched(*given: Any) -> Any:
        seen.append(torch.get_num_threads())
        return real(*given)

    monkeypatch.setattr(gaussian_process, "_posterior", watched)
    rows, scores, owners, decisions = observed(8)
    posterior(Hyperparameters((0.2,) * decisions), rows, scores, rows, owners)
    assert seen == [1]
