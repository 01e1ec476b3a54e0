"""The two-variable bilevel problem of the DARTS paper, and a relaxed network of 120 weights.

Liu et al. (2019), figure 2: L_train = w² − 2αw + α², L_val = αw − 2α + 1. For any α the best weight
is w = α, so the outer problem is the least of α² − 2α + 1: α = w = 1. Descent that looks a step of
size ξ ahead (eqs. 6 and 7) comes to rest at α = w = 2 / (1 + 2ξ) instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from workbench import checks
from workbench.strategies.gradient_based.alpha_gradient import Loss, gradient, second_order

START = (2.0, -2.0)  # (α, w), as in the figure
EPSILONS = tuple(10.0 ** (place / 4) for place in range(-24, 1))  # 1e-6 … 1
PUBLISHED = 0.01  # ε‖v‖ in the paper
IMAGES = 96


def alpha_gradient(alpha: float, w: float, xi: float) -> float:
    """∇_α L_val(w', α) − ξ ∇²_{α,w} L_train · ∇_{w'} L_val(w', α), w' a step of ξ ahead (eq. 7)."""
    ahead = w - xi * 2 * (w - alpha)  # w' = w − ξ ∂L_train/∂w
    return (ahead - 2) - xi * -2 * alpha  # ∂L_val/∂α = w' − 2; ∂²L_train/∂α∂w = −2; v = α


def weight_gradient(alpha: float, w: float) -> float:
    """∂L_train/∂w."""
    return 2 * (w - alpha)


def descent(
    xi: float,
    *,
    steps: int = 400,
    alpha_rate: float = 0.05,
    rate: float = 0.1,
    start: tuple[float, float] = START,
) -> list[tuple[float, float]]:
    """(α, w) before the first step and after each: a step of α, then one of w (algorithm 1).

    Raises ValueError for a ξ below 0 or no step.
    """
    xi = checks.number("descent: xi", xi, least=0.0, below=math.inf)
    steps = checks.whole("descent: steps", steps, least=1)
    alpha, w = start
    path = [start]
    for _ in range(steps):
        alpha -= alpha_rate * alpha_gradient(alpha, w, xi)
        w -= rate * weight_gradient(alpha, w)
        path.append((alpha, w))
    return path


def by_the_library(alpha: float, w: float, xi: float) -> float:
    """The same as ``alpha_gradient`` by the code that searches, with its finite difference."""
    weights = {"w": torch.tensor(w, dtype=torch.float64)}
    alphas = {"α": torch.tensor(alpha, dtype=torch.float64, requires_grad=True)}

    def train(w: Mapping[str, Tensor], a: Mapping[str, Tensor]) -> Tensor:
        return w["w"] ** 2 - 2 * a["α"] * w["w"] + a["α"] ** 2

    def validation(w: Mapping[str, Tensor], a: Mapping[str, Tensor]) -> Tensor:
        return a["α"] * w["w"] - 2 * a["α"] + 1

    return float(second_order(train, validation, weights, alphas, xi=xi).total()["α"])


def at_rest(xi: float) -> float:
    """α = w = 2 / (1 + 2ξ), where both gradients are 0."""
    return 2 / (1 + 2 * xi)


# ------------------------------------------------------------------ the finite difference


@dataclass(frozen=True)
class Difference:
    """How far the second-order term by differences is from the exact one, by ε, in parts of it.

    ``smooth`` has tanh where ``kinked`` has ReLU.
    """

    epsilons: tuple[float, ...]
    smooth: tuple[float, ...]
    kinked: tuple[float, ...]


def differences(*, seed: int = 0, epsilons: Sequence[float] = EPSILONS) -> Difference:
    """Eq. 8 beside autograd through the unrolled step, on a small relaxed network, in float64."""
    errors = []
    for bend in (torch.tanh, functional.relu):
        train, validation, weights, alphas = _relaxed(bend, seed)
        exact = _exact_term(train, validation, weights, alphas)
        found = [
            second_order(train, validation, weights, alphas, xi=1.0, epsilon=epsilon).mixed["α"]
            for epsilon in epsilons
        ]
        errors.append(tuple(float((each - exact).norm() / exact.norm()) for each in found))
    return Difference(tuple(epsilons), *errors)


def _relaxed(
    bend: Callable[[Tensor], Tensor], seed: int
) -> tuple[Loss, Loss, dict[str, Tensor], dict[str, Tensor]]:
    """Two mixed layers of three operations; images of 4 numbers, 3 classes."""
    rng = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=rng, dtype=torch.float64)

    weights = {"first": normal(4, 8), "second": normal(8, 8) / 3, "head": normal(8, 3) / 3}
    alphas = {"α": (0.1 * normal(2, 3)).requires_grad_()}
    batches = [(normal(IMAGES, 4), torch.arange(IMAGES) % 3) for _ in range(2)]

    def loss(batch: int) -> Loss:
        images, labels = batches[batch]

        def of(w: Mapping[str, Tensor], a: Mapping[str, Tensor]) -> Tensor:
            theta = a["α"].softmax(1)
            state = images
            for row, name in zip(theta, ("first", "second")):
                z = state @ w[name]  # (images, 8)
                state = row[0] * bend(z) + row[1] * z  # row[2] is none's
            return functional.cross_entropy(state @ w["head"], labels)

        return of

    return loss(0), loss(1), weights, alphas


def _exact_term(
    train: Loss, validation: Loss, weights: dict[str, Tensor], alphas: dict[str, Tensor]
) -> Tensor:
    """∇²_{α,w} L_train · v, v = ∇_{w'} L_val at w' = w − ∇_w L_train, by a second backward pass."""
    free = {name: w.detach().requires_grad_() for name, w in weights.items()}
    steps = gradient(train(free, alphas), free)
    ahead = {name: (free[name] - steps[name]).detach().requires_grad_() for name in free}
    v = gradient(validation(ahead, alphas), ahead)
    slopes = torch.autograd.grad(train(free, alphas), [*free.values()], create_graph=True)
    along = torch.stack([(slope * v[name]).sum() for name, slope in zip(free, slopes)]).sum()
    (term,) = torch.autograd.grad(along, [alphas["α"]])
    return term
