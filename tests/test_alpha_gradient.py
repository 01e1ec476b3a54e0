"""The gradient of α against analysis: toys, autograd through the unrolled step, another evaluation.

The second-order term is judged alone: it is a few per cent of the gradient, so that a tolerance on
the sum would hide a wrong sign.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
from plain_supernet import PlainSupernet
from plain_supernet import second_order as published
from torch import Tensor
from torch.func import functional_call
from torch.nn import functional

from workbench.records import ImageTask
from workbench.spaces import DARTSSpace
from workbench.strategies.gradient_based.alpha_gradient import (
    AlphaGradient,
    first_order,
    gradient,
    moved,
    second_order,
    unrolled,
)
from workbench.strategies.gradient_based.curvature import dominant_eigenvalue
from workbench.training import Supernet
from workbench.training.randomness import own_draws

Tensors = Mapping[str, Tensor]


def doubles(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


# ------------------------------------------------------------------ toys

W, A, C = doubles(0.3, -1.2, 2.0), doubles(1.0, 0.5, -0.7), doubles(-0.4, 0.9, 0.1)


def train_toy(weights: Tensors, alphas: Tensors) -> Tensor:
    return 0.5 * (weights["w"] - alphas["a"]).square().sum()


def validation_toy(weights: Tensors, alphas: Tensors) -> Tensor:
    return 0.5 * (weights["w"] - C).square().sum()


@pytest.mark.parametrize(("momentum", "decay"), [(0.0, 0.0), (0.9, 3e-2)])
def test_a_quadratic_has_the_gradient_xi_times_the_rest(momentum: float, decay: float) -> None:
    """L_train = ½‖w − α‖², L_val = ½‖w − c‖²: ∇ = ξ (w' − c)."""
    alphas, momenta, xi = {"a": A.clone().requires_grad_()}, {"w": doubles(0.1, 0.2, -0.3)}, 0.25
    found = second_order(
        train_toy, validation_toy, {"w": W}, alphas,
        xi=xi, momenta=momenta, momentum=momentum, decay=decay,
    )  # fmt: skip
    ahead = W - xi * (momentum * momenta["w"] + (W - A) + decay * W)
    torch.testing.assert_close(found.total()["a"], xi * (ahead - C), rtol=1e-11, atol=1e-12)
    assert not found.direct["a"].any()
    assert float(found.train) == pytest.approx(float(train_toy({"w": W}, {"a": A})))  # type: ignore[arg-type]
    assert not first_order(validation_toy, {"w": W}, alphas).total()["a"].any()


def figure_2(alpha: float, w: float, xi: float) -> AlphaGradient:
    """L_train = w² − 2αw + α², L_val = αw − 2α + 1 (Liu et al. 2019, figure 2)."""

    def train(weights: Tensors, alphas: Tensors) -> Tensor:
        return weights["w"] ** 2 - 2 * alphas["a"] * weights["w"] + alphas["a"] ** 2

    def validation(weights: Tensors, alphas: Tensors) -> Tensor:
        return alphas["a"] * weights["w"] - 2 * alphas["a"] + 1

    weights = {"w": torch.tensor(w, dtype=torch.float64)}
    alphas = {"a": torch.tensor(alpha, dtype=torch.float64, requires_grad=True)}
    return second_order(train, validation, weights, alphas, xi=xi)


@pytest.mark.parametrize(("xi", "first"), [(0.0, -4.0), (0.1, -2.8), (0.25, -1.0), (0.5, 2.0)])
def test_figure_2_of_the_paper(xi: float, first: float) -> None:
    """From (2, −2) to α = w = 2 / (1 + 2ξ): (2, 2) by first order, the solution (1, 1) by ξ = ½."""
    alpha, w = 2.0, -2.0
    assert float(figure_2(alpha, w, xi).total()["a"]) == pytest.approx(first, abs=1e-9)
    for _ in range(400):
        alpha -= 0.1 * float(figure_2(alpha, w, xi).total()["a"])
        w -= 0.1 * (2 * w - 2 * alpha)
    assert (alpha, w) == pytest.approx((2 / (1 + 2 * xi),) * 2, abs=1e-6)


def test_a_validation_loss_without_weights_has_no_second_term() -> None:
    alphas = {"a": A.clone().requires_grad_()}
    found = second_order(
        train_toy, lambda weights, alphas: alphas["a"].sum() + 0 * weights["w"].sum(),
        {"w": W}, alphas, xi=0.3,
    )  # fmt: skip
    assert torch.equal(found.total()["a"], torch.ones(3, dtype=torch.float64))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("share", [1.0, 1e-2, 1e-4])
def test_the_smallest_slopes_of_the_weights_are_divided_by_without_harm(
    dtype: torch.dtype, share: float
) -> None:
    """At ‖v‖ = ``share`` of the smallest normal number: 0.01 / ‖v‖ may be infinite there."""
    slope = share * torch.finfo(dtype).tiny
    alphas = {"a": A.to(dtype).requires_grad_()}
    found = second_order(
        train_toy, lambda weights, alphas: slope * weights["w"].sum(), {"w": W.to(dtype)}, alphas,
        xi=0.3,
    )  # fmt: skip
    assert float(found.total()["a"].abs().max()) <= slope  # ξ · v, in exact numbers


# ------------------------------------------------------------------ supernets

SPACE = DARTSSpace(
    channels=4, cells=3, nodes=2,
    operations=("none", "avg_pool_3x3", "skip_connect", "sep_conv_3x3"),
)  # fmt: skip
TASK = ImageTask(1, 5, 5, 3)
XI, MOMENTUM, DECAY = 0.05, 0.9, 3e-4


class Problem:
    """A supernet in float64 in the middle of its training, two batches, α."""

    def __init__(self, space: DARTSSpace) -> None:
        rng = torch.Generator().manual_seed(4)

        def normal(*shape: int) -> Tensor:
            return torch.randn(*shape, generator=rng, dtype=torch.float64)

        with own_draws(3):
            self.net = Supernet(space, TASK).double()
        self.space, self.weights = space, dict(self.net.named_parameters())
        shape = len(space.edges()), len(space.operations)
        self.alphas = {kind: (0.3 * normal(*shape)).requires_grad_() for kind in space.cell_kinds()}
        self.momenta = {name: 0.1 * normal(*w.shape) for name, w in self.weights.items()}
        self.batches = [(normal(8, 1, 5, 5), torch.arange(8).roll(i) % 3) for i in range(2)]

    def loss(self, batch: int) -> Callable[[Tensors, Tensors], Tensor]:
        images, labels = self.batches[batch]

        def loss(weights: Tensors, alphas: Tensors) -> Tensor:
            mixture = {kind: alpha.softmax(1) for kind, alpha in alphas.items()}
            logits = functional_call(self.net, dict(weights), (images, mixture))
            return functional.cross_entropy(logits, labels)

        return loss

    def found(self, epsilon: float = 0.01) -> AlphaGradient:
        return second_order(
            self.loss(0), self.loss(1), self.weights, self.alphas,
            xi=XI, momenta=self.momenta, momentum=MOMENTUM, decay=DECAY, epsilon=epsilon,
        )  # fmt: skip

    def true_term(self) -> Tensor:
        """The second-order term alone, by autograd through the unrolled step."""
        values = [*self.weights.values()]
        loss = self.loss(0)(self.weights, self.alphas)
        steps = torch.autograd.grad(loss, values, create_graph=True)
        ahead = {
            name: w - XI * (MOMENTUM * self.momenta[name] + g + DECAY * w)
            for (name, w), g in zip(self.weights.items(), steps)
        }
        whole = gradient(self.loss(1)(ahead, self.alphas), self.alphas)
        fixed = {name: w.detach() for name, w in ahead.items()}
        direct = gradient(self.loss(1)(fixed, self.alphas), self.alphas)
        return flat({kind: whole[kind] - direct[kind] for kind in whole})


def flat(tensors: Tensors) -> Tensor:
    return torch.cat([tensor.flatten() for tensor in tensors.values()])


def off(term: Tensor, truth: Tensor) -> float:
    return float((term - truth).norm() / truth.norm())


@pytest.fixture
def smooth(monkeypatch: pytest.MonkeyPatch) -> Problem:
    """Without a kink: tanh in the place of ReLU, no max pooling."""
    monkeypatch.setattr(functional, "relu", lambda x, inplace=False: x.tanh())
    return Problem(SPACE)


def test_the_second_term_is_that_of_the_unrolled_step(smooth: Problem) -> None:
    truth = smooth.true_term()
    found = smooth.found()
    term = -XI * flat(found.mixed)
    assert off(term, truth) < 2e-3
    assert off(flat(found.total()) - flat(found.direct), truth) < 2e-3
    # a finite difference between both sides: half the step, a quarter of the error
    errors = [off(-XI * flat(smooth.found(epsilon).mixed), truth) for epsilon in (0.02, 0.01)]
    assert 3.0 < errors[0] / errors[1] < 5.0
    # what must be caught is
    assert off(-term, truth) > 1.0
    assert off(0 * term, truth) == 1.0
    assert off(-XI * perturbed_alphas(smooth), truth) > 5e-3


def perturbed_alphas(problem: Problem) -> Tensor:
    """A published mistake: α is moved along its own gradient together with the weights."""
    train, validation, alphas = problem.loss(0), problem.loss(1), problem.alphas
    steps = gradient(train(problem.weights, alphas), problem.weights)
    ahead = unrolled(problem.weights, steps, XI, problem.momenta, MOMENTUM, DECAY)
    loss = validation(ahead, alphas)
    along, other = gradient(loss, ahead), gradient(validation(ahead, alphas), alphas)
    step = 0.01 / float(flat(along).norm())
    sides = []
    for sign in (step, -step):
        there = {k: (a + sign * other[k]).detach().requires_grad_() for k, a in alphas.items()}
        sides.append(flat(gradient(train(moved(problem.weights, along, sign), there), there)))
    return (sides[0] - sides[1]) / (2 * step)


def test_the_real_supernet_equals_the_published_way_to_compute_it() -> None:
    """ReLU and max pooling: the same finite difference, by a copied model and moved weights."""
    space = DARTSSpace(channels=2, cells=3, nodes=2)
    problem = Problem(space)
    plain = PlainSupernet(space, TASK).double()
    plain.takes(problem.net)
    for tensor in problem.momenta.values():
        tensor.zero_()  # the two hold their weights in other shapes
    optimizer = torch.optim.SGD(plain.parameters(), XI, MOMENTUM, weight_decay=DECAY)
    alphas = problem.alphas
    expected = published(
        plain, optimizer, [*alphas.values()],
        lambda: {kind: alpha.softmax(1) for kind, alpha in alphas.items()},
        *problem.batches, XI,
    )  # fmt: skip
    found = problem.found()
    direct = flat(found.direct)
    theirs = torch.cat([part.flatten() for part in expected]) - direct
    assert off(-XI * flat(found.mixed), theirs) < 1e-6


def test_the_first_order_is_the_plain_gradient_and_asks_for_no_other(smooth: Problem) -> None:
    found = first_order(smooth.loss(1), smooth.weights, smooth.alphas)
    expected = gradient(smooth.loss(1)(smooth.weights, smooth.alphas), smooth.alphas)
    torch.testing.assert_close(flat(found.total()), flat(expected))
    assert all(weight.grad is None for weight in smooth.weights.values())
    assert found.train is None


def peak(compute: Callable[[], Any]) -> int:
    """Bytes saved for the backward pass at the most, each storage once."""
    alive: dict[int, list[int]] = {}
    most = 0

    class Held:
        def __init__(self, tensor: Tensor) -> None:
            self.tensor, self.key = tensor, tensor.untyped_storage().data_ptr()
            entry = alive.setdefault(self.key, [0, tensor.untyped_storage().nbytes()])
            entry[0] += 1
            nonlocal most
            most = max(most, sum(size for _, size in alive.values()))

        def __del__(self) -> None:
            alive[self.key][0] -= 1
            if not alive[self.key][0]:
                del alive[self.key]

    with torch.autograd.graph.saved_tensors_hooks(Held, lambda held: held.tensor):
        compute()
    return most


def test_the_second_order_needs_little_more_memory() -> None:
    problem = Problem(SPACE)

    def first() -> None:
        first_order(problem.loss(1), problem.weights, problem.alphas)
        gradient(problem.loss(0)(problem.weights, problem.alphas), problem.weights)

    assert peak(problem.found) <= 2.2 * peak(first)


# ------------------------------------------------------------------ curvature


@pytest.mark.parametrize(
    "eigenvalues", [(3.0, -1.0, 0.5), (1.0, -4.0, 0.5), (-2.0, -3.0, -1.0), (2.0, -2.0, 0.5)]
)
def test_the_dominant_eigenvalue_is_the_largest_of_the_hessian(eigenvalues: Any) -> None:
    turn = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64,
                                       generator=torch.Generator().manual_seed(0)))[0]  # fmt: skip
    matrix = turn @ torch.diag(doubles(*eigenvalues)) @ turn.T

    def loss(alphas: Tensors) -> Tensor:
        x = torch.cat([alphas["a"].flatten(), alphas["b"]])
        return 0.5 * x @ matrix @ x + x.sum()

    alphas = {"a": torch.zeros(1, 2, dtype=torch.float64), "b": torch.ones(1, dtype=torch.float64)}
    found = dominant_eigenvalue(
        loss, alphas, generator=torch.Generator().manual_seed(1), steps=500, tolerance=1e-9
    )
    assert found == pytest.approx(float(torch.linalg.eigvalsh(matrix)[-1]), abs=1e-4)


def test_a_linear_loss_has_no_curvature() -> None:
    alphas = {"a": torch.ones(2, 2)}
    generator = torch.Generator().manual_seed(0)
    assert dominant_eigenvalue(lambda a: a["a"].sum(), alphas, generator=generator) == 0.0
