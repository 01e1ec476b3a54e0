"""Random perturbation: weights learn under mixtures near the one that α says (SDARTS-RS).

Chen & Hsieh (2020), eq. 4: w̄(α) = argmin_w L_train(w, α + δ), δ uniform in [−ε, ε]. As in the
released code it is the mixture θ that is shaken, then cut to [0, 1] and scaled to sum to 1, and ε
grows over the search.
"""

from __future__ import annotations

import torch
from jaxtyping import Shaped
from torch import Tensor

LEAST = 0.03  # ε at first


def strength(epsilon: float, progress: float) -> float:
    """ε at a point of the search: from 0.03 (or less) up to ``epsilon``."""
    low = min(LEAST, epsilon)
    return low + (epsilon - low) * progress


def perturbed(
    theta: Shaped[Tensor, "edges operations"], epsilon: float, generator: torch.Generator
) -> Shaped[Tensor, "edges operations"]:
    """θ + δ, cut and scaled; of a row that nothing is left of, the highest stays alone."""
    noise = torch.empty_like(theta, requires_grad=False).uniform_(
        -epsilon, epsilon, generator=generator
    )
    shaken = (theta + noise).clamp(0.0, 1.0)
    total = shaken.sum(1, keepdim=True)
    alone = torch.nn.functional.one_hot(theta.argmax(1), theta.shape[1]).to(theta.dtype)
    return torch.where(total > 0, shaken / total.clamp_min(1e-12), alone)
