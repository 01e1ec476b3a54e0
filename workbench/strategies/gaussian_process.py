"""A Gaussian process over architectures, for few observations (Rasmussen & Williams 2006, ch. 2).

Posterior at x, of observed targets y at X: μ(x) = m + kₓᵀ(K + σ²I)⁻¹(y − m),
s²(x) = k(x, x) − kₓᵀ(K + σ²I)⁻¹kₓ. GPyTorch computes both, by Cholesky decomposition, and BoTorch
fits the hyperparameters. Double precision, one thread, no random numbers: neither torch's generator
nor its default type is touched. What goes in and comes out are NumPy arrays.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import gpytorch
import numpy as np
import torch
from botorch.models import SingleTaskGP
from botorch.optim.fit import fit_gpytorch_mll_scipy
from gpytorch.constraints import GreaterThan
from gpytorch.kernels import Kernel
from gpytorch.likelihoods import GaussianLikelihood
from gpytorch.means import ConstantMean
from gpytorch.mlls import ExactMarginalLogLikelihood
from gpytorch.priors import LogNormalPrior, NormalPrior
from jaxtyping import Float, Int
from torch import Tensor

from workbench.training.threads import threads

LEAST_NOISE = 1e-4  # variance, of standardised targets; BoTorch's own bound
# GPyTorch holds all covariances of the points that it is asked about, m² of them: 2 GB and 10 s for
# the 15,625 cells of a topology space. So more than WHOLE points are asked about in parts.
WHOLE, PART = 2500, 500
STEPS, CLOSE = 100, 1e-6  # of L-BFGS, at most; relative gain of the last one


@dataclass(frozen=True)
class Hyperparameters:
    """What was fitted. ``mean`` and ``noise`` (a variance) are in standardised targets.

    ``weights``: of each decision, by how much log k falls where two architectures differ in it.
    """

    weights: tuple[float, ...]
    noise: float = 0.01
    mean: float = 0.0


class HammingKernel(Kernel):  # type: ignore[misc]  # GPyTorch has no types
    """k(a, b) = exp(−1/D Σ_i 1[a_i ≠ b_i] / ℓ_i): the exponentiated categorical kernel.

    An architecture is a row in which those of two architectures lie at the squared distance 1 for
    each decision in which they differ (``encodings``), so a matrix product counts the differences;
    ``owners`` names the decision of each column. It is an RBF kernel on one-hot columns, hence
    positive semi-definite, and BoTorch's ``CategoricalKernel``, which compares decision by decision
    (slow for hundreds of columns). ``most`` is D.
    """

    has_lengthscale = True

    def __init__(self, owners: Int[Tensor, " columns"], decisions: int, most: float) -> None:
        super().__init__(
            ard_num_dims=decisions,
            lengthscale_prior=LogNormalPrior(_double(0.0), _double(1.0)),
            lengthscale_constraint=_at_least(1e-6, start=1.0),
        )
        self.ard_num_dims = None  # GPyTorch would expect as many columns as length scales
        self.register_buffer("owners", owners)
        self.most = most

    def forward(
        self, x1: Tensor, x2: Tensor, diag: bool = False, last_dim_is_batch: bool = False
    ) -> Tensor:
        scale = (self.most * self.lengthscale[..., 0, :][..., self.owners]).rsqrt()
        a, b = x1 * scale, x2 * scale  # (n, columns), (m, columns)
        if diag:
            alike: Tensor = (a - b).square().sum(-1).neg().exp()
            return alike
        squares = a.square().sum(-1)[..., None] + b.square().sum(-1)[..., None, :]
        k: Tensor = (squares - 2 * a @ b.mT).clamp_min(0).neg().exp()  # (n, m)
        return k


def fitted(
    rows: Float[np.ndarray, "n columns"],
    scores: Float[np.ndarray, " n"],
    owners: Int[np.ndarray, " columns"],
    *,
    decisions: int,
    most: float,
) -> Hyperparameters:
    """The hyperparameters of highest posterior density, by L-BFGS from one start: no luck in it.

    Priors: ℓ ~ LogNormal(0, 1), so that architectures without a decision in common correlate by
    about e⁻¹ until data say otherwise, whatever the number of decisions; noise ~ LogNormal(−4, 1),
    BoTorch's; constant mean ~ N(0, 1). The signal's variance stays 1, as BoTorch's does, since
    targets are standardised.
    """
    with _quiet():
        model = _model(rows, _standardised(scores)[0], owners, decisions, most, LEAST_NOISE)
        likelihood = ExactMarginalLogLikelihood(model.likelihood, model)
        fit_gpytorch_mll_scipy(likelihood.train(), options={"maxiter": STEPS, "ftol": CLOSE})
        scales = model.covar_module.lengthscale.detach().flatten()
        return Hyperparameters(
            weights=tuple((1 / (most * scales)).tolist()),
            noise=float(model.likelihood.noise.detach()),
            mean=float(model.mean_module.constant.detach()),
        )


def posterior(
    fit: Hyperparameters,
    rows: Float[np.ndarray, "n columns"],
    scores: Float[np.ndarray, " n"],
    at: Float[np.ndarray, "m columns"],
    owners: Int[np.ndarray, " columns"],
    *,
    promised: Float[np.ndarray, "p columns"] | None = None,
) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
    """Mean and deviation of the score (without the noise of a single training) at ``at``.

    ``promised`` are architectures asked about and not told yet: the process believes that they
    will score what it expects of them. So their neighbourhood is better known, and no better or
    worse (kriging believer: Ginsbourger, Le Riche & Carraro 2010).
    """
    targets, middle, spread = _standardised(scores)
    with _quiet(), torch.no_grad():
        mean, deviation = _posterior(fit, rows, targets, at, owners)
        if promised is not None and len(promised):
            believed = _posterior(fit, rows, targets, promised, owners)[0]
            rows, targets = np.concatenate([rows, promised]), np.concatenate([targets, believed])
            deviation = _posterior(fit, rows, targets, at, owners)[1]
    return middle + spread * mean, spread * deviation


def _posterior(
    fit: Hyperparameters, rows: np.ndarray, targets: np.ndarray, at: np.ndarray, owners: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    model = _model(rows, targets, owners, len(fit.weights), 1.0, least=0.0)
    model.covar_module.lengthscale = 1 / _double(fit.weights)
    model.likelihood.noise = _double(fit.noise)
    model.mean_module.constant = _double(fit.mean)
    model.eval()
    size = PART if len(at) > WHOLE else max(1, len(at))
    parts = [model(torch.from_numpy(at[i : i + size])) for i in range(0, len(at), size)]
    mean = torch.cat([part.mean for part in parts])  # Rasmussen & Williams 2006, eq. 2.25
    variance = torch.cat([part.variance for part in parts])  # s²(x): eq. 2.26
    return mean.numpy(), variance.clamp_min(0).sqrt().numpy()


def _model(
    rows: np.ndarray,
    targets: np.ndarray,
    owners: np.ndarray,
    decisions: int,
    most: float,
    least: float,
) -> SingleTaskGP:
    prior = LogNormalPrior(_double(-4.0), _double(1.0))
    noise = GaussianLikelihood(noise_prior=prior, noise_constraint=_at_least(least)).double()
    noise.noise = prior.mode  # now, not when it still is of torch's default type
    return SingleTaskGP(
        torch.from_numpy(rows),
        torch.from_numpy(targets)[:, None],
        likelihood=noise,
        covar_module=HammingKernel(torch.from_numpy(owners), decisions, most).double(),
        mean_module=ConstantMean(constant_prior=NormalPrior(_double(0.0), _double(1.0))).double(),
        outcome_transform=None,
    )


def _at_least(bound: float, *, start: float | None = None) -> GreaterThan:
    """A bound in double precision: GPyTorch rounds it to torch's default type."""
    constraint = GreaterThan(bound, transform=None, initial_value=start)
    constraint.lower_bound = _double(bound)
    return constraint


def _double(value: float | tuple[float, ...]) -> Tensor:
    """Whatever torch's default type is."""
    return torch.tensor(value, dtype=torch.float64)


def _standardised(scores: np.ndarray) -> tuple[np.ndarray, float, float]:
    middle, spread = float(scores.mean()), float(scores.std())
    spread = spread if spread > 1e-12 else 1.0  # all alike: there is no scale to see yet
    return (scores - middle) / spread, middle, spread


@contextmanager
def _quiet() -> Iterator[None]:
    """One thread, exact linear algebra, no warnings of a fit that ended at its last step."""
    exact = gpytorch.settings
    with threads(1), torch.enable_grad(), warnings.catch_warnings(), ExitStack() as settings:
        warnings.simplefilter("ignore")
        # Cholesky at every size: conjugate gradients would draw random vectors
        settings.enter_context(exact.max_cholesky_size(1_000_000))
        settings.enter_context(exact.fast_computations(False, False, False))
        settings.enter_context(exact.fast_pred_var(False))
        yield
