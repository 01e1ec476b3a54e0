"""The weighted combination of all eleven models, its posterior sampled by MCMC (emcee).

Domhan et al. 2015, equations 1 to 5: f_comb(x|ξ) = Σ_k w_k f_k(x|θ_k), y = f_comb + ε with
ε ~ N(0, σ²), and ξ = (w, θ_1 … θ_11, σ): 48 numbers. An ensemble of walkers wants twice as many of
them as there are numbers, so there are more than a hundred, all computed at once. A walker moves by
the difference of two others (ter Braak 2006): of ten such moves one is accepted, of the usual ones
along a line to another walker (Goodman & Weare 2010) one in thirty.

The prior is uniform: weights, parameters inside their bounds, σ up to 0.2; what ends outside [0, 1]
or lower than it begins is ruled out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import emcee
import numpy as np

from workbench import checks
from workbench.estimators.learning_curves.ensemble import Ensemble, fitted, usable
from workbench.estimators.learning_curves.forecast import Forecast
from workbench.estimators.learning_curves.models import MODELS

LOUDEST = 0.2  # the largest σ: a fifth of all that an accuracy can be
SIZES = [len(model.parameters) for model in MODELS.values()]
CUTS = np.cumsum([len(SIZES), *SIZES])  # where in ξ the weights end, and each model's parameters
NUMBERS = len(SIZES) + sum(SIZES) + 1  # of ξ
WALKERS = 104
KEPT = 400  # samples that make up a forecast


def sample_posterior(
    curve: Iterable[Any], *, epochs: int, steps: int = 600, burn_in: int = 200, seed: int = 0
) -> Forecast:
    """Where a learning curve will be after each epoch up to ``epochs``, by sampling.

    As ``extrapolate``, from the posterior of the weighted combination. Each of the 104 walkers
    makes ``steps`` steps, of which the first ``burn_in`` are dropped (the paper: 2,500 and 500, in
    minutes). They begin around the least-squares fits.

    Raises ValueError as ``extrapolate`` does, and where the burn-in leaves nothing.
    """
    steps = checks.whole("sample_posterior: steps", steps, least=1, most=100_000)
    burn_in = checks.whole("sample_posterior: burn_in", burn_in, least=0, most=steps - 1)
    seed = checks.whole("sample_posterior: seed", seed, least=0)
    seen, trouble = usable(curve, epochs)
    if trouble:
        return Forecast.unknown(seen, epochs, trouble)
    rng = np.random.default_rng(seed)
    begin = _beginnings(fitted(seen, epochs), rng)
    sampler = emcee.EnsembleSampler(
        *(WALKERS, NUMBERS, _Posterior(np.array(seen), epochs)),
        moves=[(emcee.moves.DEMove(), 0.8), (emcee.moves.DESnookerMove(), 0.2)],
        vectorize=True,
    )
    state = np.random.RandomState(rng.integers(2**32)).get_state()  # emcee's kind of generator
    with np.errstate(invalid="ignore"):  # from one place that is ruled out to another
        sampler.run_mcmc(emcee.State(begin, random_state=state), steps)
    chain = sampler.get_chain(discard=burn_in, flat=True)  # (samples, numbers)
    known = sampler.get_log_prob(discard=burn_in, flat=True) > -math.inf
    chain = chain[known]
    if not len(chain):
        return Forecast.unknown(seen, epochs, "no combination of models rises through these points")
    chain = chain[rng.choice(len(chain), min(KEPT, len(chain)), replace=False)]
    future = np.arange(len(seen) + 1.0, epochs + 1)
    means = _combined(chain, future)
    noise = np.repeat(chain[:, -1:] * LOUDEST, len(future), axis=1)
    return Forecast(seen, epochs, means, noise, np.full(len(chain), 1 / len(chain)))


class _Posterior:
    """log p(ξ | y) up to a constant, of all walkers at once; ξ's numbers are in [0, 1]."""

    def __init__(self, seen: Any, epochs: int) -> None:
        self._y = seen
        # the points, and the last epoch: what the prior looks at
        self._x = np.append(np.arange(1.0, len(seen) + 1), float(epochs))

    def __call__(self, xi: Any) -> Any:
        inside = ((xi > 0) & (xi < 1)).all(axis=1)
        found = np.full(len(xi), -math.inf)
        if not inside.any():
            return found
        values = _combined(xi[inside], self._x)  # (walkers, points + 1)
        last, rises = values[:, -1], values[:, -1] >= values[:, 0]
        noise = xi[inside, -1] * LOUDEST
        squares = ((values[:, :-1] - self._y) ** 2).sum(axis=1)
        likely = -squares / (2 * noise**2) - len(self._y) * np.log(noise)
        found[inside] = np.where(rises & (last >= 0) & (last <= 1), likely, -math.inf)
        return found


def _combined(xi: Any, x: Any) -> Any:
    """f_comb(x|ξ) of each walker: (walkers, points)."""
    shares = xi[:, : CUTS[0]]
    weights = shares / shares.sum(axis=1, keepdims=True)
    total = np.zeros((len(xi), len(x)))
    for k, (model, first, end) in enumerate(zip(MODELS.values(), CUTS, CUTS[1:])):
        value = model.value(x, model.at(xi[:, first:end]))
        total += weights[:, k, None] * value  # Domhan et al.: the weighted combination
    return total


def _beginnings(ensemble: Ensemble, rng: np.random.Generator) -> Any:
    """A walker each: parameters spread around the fits as far as the points leave them free."""
    found = rng.uniform(0.01, 0.99, (WALKERS, NUMBERS))
    found[:, : CUTS[0]] = rng.uniform(0.0, 0.1, (WALKERS, CUTS[0]))
    numbers = {name: k for k, name in enumerate(MODELS)}
    best = ensemble.evidence.max() if len(ensemble.evidence) else 0.0
    for fit, evidence, spread in zip(ensemble.fits, ensemble.evidence, ensemble.spreads):
        k = numbers[fit.model.name]
        middle = fit.model.shares(fit.parameters)
        found[:, CUTS[k] : CUTS[k + 1]] = rng.multivariate_normal(middle, spread / 4, WALKERS)
        found[:, k] = rng.uniform(0.2, 0.8, WALKERS) * math.exp(max(evidence - best, -3.0))
    noise = ensemble.noise if ensemble.fits else LOUDEST / 4
    found[:, -1] = noise / LOUDEST * rng.uniform(0.7, 1.5, WALKERS)
    return np.clip(found, 0.001, 0.999)
