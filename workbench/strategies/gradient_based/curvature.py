"""The dominant eigenvalue of ∇²_α L_val: sharp minima lose most by discretisation.

Zela et al. (2020), *Understanding and Robustifying Differentiable Architecture Search*, section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor


def dominant_eigenvalue(
    loss: Callable[[Mapping[str, Tensor]], Tensor],
    alphas: Mapping[str, Tensor],
    *,
    generator: torch.Generator,
    steps: int = 100,
    tolerance: float = 1e-5,
) -> float:
    """λ_max of the Hessian of ``loss`` in α, by power iteration on its products H u.

    Power iteration ends at the eigenvalue μ farthest from 0; where that is negative, another on
    H − μ I, whose eigenvalues are all at least 0, ends at λ_max − μ. Where two of opposite signs
    are as far, it ends in between: there ‖Hu‖, which is as far, stands for −μ.
    """
    leaves = {name: alpha.detach().clone().requires_grad_() for name, alpha in alphas.items()}
    points = [*leaves.values()]
    gradients = torch.autograd.grad(loss(leaves), points, create_graph=True)
    flat = torch.cat([part.flatten() for part in gradients])
    start = torch.randn(flat.shape, generator=generator, dtype=flat.dtype, device=flat.device)

    def product(vector: Tensor) -> Tensor:
        if not flat.requires_grad:  # a linear loss
            return torch.zeros_like(vector)
        found = torch.autograd.grad(
            flat, points, vector, retain_graph=True, allow_unused=True, materialize_grads=True
        )
        return torch.cat([part.flatten() for part in found])

    farthest, length = _iterated(product, start, steps, tolerance)
    settled = abs(farthest) >= (1 - tolerance) * length  # the cosine of u and Hu: an eigenvector
    if settled and farthest >= 0.0:
        return farthest
    shift = farthest if settled else -length
    shifted, _ = _iterated(lambda u: product(u) - shift * u, start, steps, tolerance)
    return max(farthest, shifted + shift)  # no uᵀHu is above λ_max


def _iterated(
    product: Callable[[Tensor], Tensor], start: Tensor, steps: int, tolerance: float
) -> tuple[float, float]:
    """The Rayleigh quotient uᵀHu where u ← Hu / ‖Hu‖ has settled, and ‖Hu‖ there."""
    vector, value, length = start / start.norm(), 0.0, 0.0
    for _ in range(steps):
        image = product(vector)
        before, value = value, float(vector @ image)
        norm = image.norm()
        length = float(norm)
        if length == 0.0 or abs(value - before) <= tolerance * abs(value):
            break
        vector = image / norm
    return value, length
