"""The gradient of the architecture weights α in DARTS's bilevel problem, to either order.

Liu et al. (2019), eqs. 3–8. Wanted is the α of least L_val(w*(α), α), where w*(α) has the least
L_train(w, α). One step of gradient descent stands in for w*:

    ∇_α L_val(w', α),   w' = w − ξ ∇_w L_train(w, α)                                          (6)
    = ∇_α L_val(w', α) − ξ ∇²_{α,w} L_train(w, α) ∇_{w'} L_val(w', α)                         (7)

where ∇_α on the right sees α alone, and the product with the Hessian is a difference of two
gradients of α, at weights moved a little along v = ∇_{w'} L_val (8). ξ = 0 is the first order.
Everything is a function of weights and α: no model is copied, none is moved and moved back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

Tensors: TypeAlias = Mapping[str, Tensor]
Loss: TypeAlias = Callable[[Tensors, Tensors], Tensor]  # of weights and α


@dataclass(frozen=True, eq=False)
class AlphaGradient:
    """What an alpha step follows: ``direct`` − ξ · ``mixed``, by the names of the tables α.

    ``direct`` is ∇_α L_val at w', ``mixed`` the product of eq. 7 (nothing: first order). The losses
    are those that were met on the way: ``validation`` at w', ``train`` at w (None: not looked at).
    """

    direct: Tensors
    mixed: Tensors
    xi: float
    validation: Tensor
    train: Tensor | None

    def total(self) -> dict[str, Tensor]:
        """The gradient by name."""
        if not self.mixed:
            return dict(self.direct)
        return {name: part - self.xi * self.mixed[name] for name, part in self.direct.items()}


def first_order(validation_loss: Loss, weights: Tensors, alphas: Tensors) -> AlphaGradient:
    """∇_α L_val(w, α): ξ = 0. No gradient of a weight is computed."""
    loss = validation_loss(detached(weights), alphas)
    return AlphaGradient(gradient(loss, alphas), {}, 0.0, loss.detach(), None)


def second_order(
    train_loss: Loss,
    validation_loss: Loss,
    weights: Tensors,
    alphas: Tensors,
    *,
    xi: float,
    momenta: Tensors | None = None,
    momentum: float = 0.0,
    decay: float = 0.0,
    epsilon: float = 0.01,
) -> AlphaGradient:
    """Eq. 7 with the finite difference of eq. 8; ε is ``epsilon`` / ‖v‖.

    w' is where the coming step of the weights, without clipping, would lead: as in the released
    code it has the momentum and the weight decay of the optimiser in it.
    """
    fixed = detached(weights)
    free = {name: tensor.requires_grad_() for name, tensor in detached(weights).items()}
    loss = train_loss(free, detached(alphas))
    ahead = unrolled(fixed, gradient(loss, free), xi, momenta, momentum, decay)
    ahead = {name: tensor.requires_grad_() for name, tensor in ahead.items()}
    validation = validation_loss(ahead, alphas)
    found = gradient(validation, {**_named("alpha", alphas), **_named("weight", ahead)})
    direct = {name: found[f"alpha {name}"] for name in alphas}
    vector = {name: found[f"weight {name}"] for name in ahead}  # v = ∇_{w'} L_val(w', α)
    norm = float(torch.stack(torch._foreach_norm([*vector.values()])).norm())
    if norm < torch.finfo(validation.dtype).tiny:  # v is 0, or as good as: 1 / ‖v‖ may be infinite
        mixed = {name: torch.zeros_like(part) for name, part in direct.items()}
    else:
        step = epsilon / norm
        plus = gradient(train_loss(moved(fixed, vector, step), alphas), alphas)
        minus = gradient(train_loss(moved(fixed, vector, -step), alphas), alphas)
        mixed = {name: (plus[name] - minus[name]) / (2 * step) for name in alphas}  # eq. 8
    return AlphaGradient(direct, mixed, xi, validation.detach(), loss.detach())


def unrolled(
    weights: Tensors,
    gradients: Tensors,
    xi: float,
    momenta: Tensors | None,
    momentum: float,
    decay: float,
) -> dict[str, Tensor]:
    """w' = w − ξ (μ m + ∇_w L_train + λ w): a step of gradient descent with momentum and decay."""
    values = [*weights.values()]
    steps = torch._foreach_add([gradients[name] for name in weights], values, alpha=decay)
    if momenta:
        torch._foreach_add_(steps, [momenta[name] for name in weights], alpha=momentum)
    return dict(zip(weights, torch._foreach_add(values, steps, alpha=-xi)))


def moved(weights: Tensors, vector: Tensors, step: float) -> dict[str, Tensor]:
    """w + step · v."""
    along = [vector[name] for name in weights]
    return dict(zip(weights, torch._foreach_add([*weights.values()], along, alpha=step)))


def gradient(loss: Tensor, of: Tensors) -> dict[str, Tensor]:
    """∂loss/∂(each tensor), by its name; zeros where the loss does not depend on it."""
    if not loss.requires_grad:
        return {name: torch.zeros_like(tensor) for name, tensor in of.items()}
    found = torch.autograd.grad(loss, [*of.values()], allow_unused=True, materialize_grads=True)
    return dict(zip(of, found))


def detached(tensors: Tensors) -> dict[str, Tensor]:
    """The same values, of which no gradient is asked."""
    return {name: tensor.detach() for name, tensor in tensors.items()}


def _named(what: str, tensors: Tensors) -> dict[str, Tensor]:
    return {f"{what} {name}": tensor for name, tensor in tensors.items()}
