"""How the mixing weights θ of the edges are drawn from the architecture weights α.

Each function has α, one row an edge, and gives θ of the same shape, differentiable in α. What is
random is drawn from ``generator``; ``progress`` is how far the search is, from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import torch
from jaxtyping import Shaped
from torch import Tensor
from torch.nn import functional

Relaxation: TypeAlias = Literal["softmax", "gumbel", "dirichlet", "one path"]
Table: TypeAlias = Shaped[Tensor, "edges operations"]
HOT, COLD = 10.0, 0.1  # GDAS's temperature, at first and at last


def softmax(alpha: Table, generator: torch.Generator, progress: float) -> Table:
    """θ_o = exp(α_o) / Σ_p exp(α_p) (DARTS, Liu et al. 2019, eq. 2)."""
    return alpha.softmax(1)


def gumbel(alpha: Table, generator: torch.Generator, progress: float) -> Table:
    """One-hot at argmax_o (log p_o + g_o), p the softmax of α, g from Gumbel(0, 1).

    Its gradient is that of softmax((log p + g) / τ); τ falls from 10 to 0.1 (GDAS, Dong & Yang
    2019, eqs. 3–6).
    """
    temperature = HOT + (COLD - HOT) * progress
    noisy = (alpha.log_softmax(1) + _gumbel(alpha, generator)) / temperature
    return _straight_through(noisy.argmax(1), noisy.softmax(1))


def one_path(alpha: Table, generator: torch.Generator, progress: float) -> Table:
    """One-hot at an operation drawn from the softmax of α, whose gradient it has.

    ∂L/∂α_i ≈ Σ_j ∂L/∂θ_j · p_j (δ_ij − p_i) (ProxylessNAS, Cai et al. 2019, eq. 4).
    """
    drawn = (alpha.detach() + _gumbel(alpha, generator)).argmax(1)  # the Gumbel-max trick
    return _straight_through(drawn, alpha.softmax(1))


def dirichlet(alpha: Table, generator: torch.Generator, progress: float) -> Table:
    """θ from Dirichlet(β), β = elu(α) + 1, with its pathwise gradient (DrNAS, Chen et al. 2021).

    A Dirichlet draw is a set of gamma draws over their sum, each of which has such a gradient.
    """
    draws = torch._standard_gamma(concentration(alpha), generator=generator)
    draws = draws.clamp_min(torch.finfo(draws.dtype).tiny)
    return draws / draws.sum(1, keepdim=True)


def concentration(alpha: Table) -> Table:
    """DrNAS's β: 1 at α = 0, where all mixtures are equally likely; never 0."""
    return (functional.elu(alpha) + 1.0).clamp_min(1e-4)


def expected(alpha: Table, relaxation: str) -> Table:
    """The mean of θ: what the supernet is judged by. One-hot draws have the softmax's."""
    if relaxation != "dirichlet":
        return alpha.softmax(1)
    beta = concentration(alpha)
    return beta / beta.sum(1, keepdim=True)  # E[θ_o] = β_o / Σβ


def _straight_through(drawn: Shaped[Tensor, " edges"], probabilities: Table) -> Table:
    """Exactly one-hot forward, the gradient of the ``probabilities`` backward."""
    hot = functional.one_hot(drawn, probabilities.shape[1]).to(probabilities.dtype)
    return hot + (probabilities - probabilities.detach())  # in this order nothing is rounded


def _gumbel(alpha: Table, generator: torch.Generator) -> Table:
    noise = torch.empty_like(alpha, requires_grad=False).exponential_(generator=generator)
    return -noise.clamp_min(torch.finfo(noise.dtype).tiny).log()


RELAXATIONS: dict[str, Callable[[Tensor, torch.Generator, float], Tensor]] = {
    "softmax": softmax,
    "gumbel": gumbel,
    "dirichlet": dirichlet,
    "one path": one_path,
}
