"""The parts of gradient-based search: drawn mixtures, shaken ones, rules for when to stop."""

from __future__ import annotations

import math
from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from workbench.strategies.gradient_based.perturbation import perturbed, strength
from workbench.strategies.gradient_based.relaxations import (
    RELAXATIONS,
    Relaxation,
    concentration,
    dirichlet,
    expected,
    gumbel,
    one_path,
    softmax,
)
from workbench.strategies.gradient_based.stopping import (
    RULES,
    Noted,
    Stopping,
    eigenvalue_rose,
    stable,
    too_many_skips,
)
from workbench.training.partial_channels import beside, shuffled


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def alphas(rows: int = 6, seed: int = 1) -> torch.Tensor:
    return torch.randn(rows, 5, generator=generator(seed), dtype=torch.float64).requires_grad_()


def test_every_name_has_its_function() -> None:
    assert set(get_args(Relaxation)) == set(RELAXATIONS)
    assert set(get_args(Stopping)) == set(RULES)


# ------------------------------------------------------------------ relaxations


@given(st.sampled_from(sorted(RELAXATIONS)), st.integers(0, 99), st.floats(0, 1))
def test_a_mixture_is_a_point_of_the_simplex_that_the_seed_decides(
    name: str, seed: int, progress: float
) -> None:
    relax, alpha = RELAXATIONS[name], 3 * alphas(seed=seed).detach()
    theta = relax(alpha, generator(seed), progress)
    assert torch.equal(theta, relax(alpha, generator(seed), progress))
    assert (theta >= 0).all()
    torch.testing.assert_close(theta.sum(1), torch.ones(6, dtype=torch.float64))


@pytest.mark.parametrize("progress", [0.0, 0.5, 1.0])
def test_gumbel_is_one_hot_with_the_gradient_of_its_softmax(progress: float) -> None:
    alpha = alphas()
    hard = gumbel(alpha, generator(), progress)
    assert torch.equal(hard.detach(), torch.nn.functional.one_hot(hard.argmax(1), 5).double())
    assert set(hard.flatten().tolist()) == {0.0, 1.0}
    # the same numbers again, softly
    noise = torch.empty_like(alpha, requires_grad=False).exponential_(generator=generator())
    soft = ((alpha.log_softmax(1) - noise.log()) / (10.0 - 9.9 * progress)).softmax(1)
    assert torch.equal(hard.argmax(1), soft.argmax(1))
    weights = torch.arange(30.0, dtype=torch.float64).reshape(6, 5).sin()
    found, same = (torch.autograd.grad((theta * weights).sum(), alpha)[0] for theta in (hard, soft))
    torch.testing.assert_close(found, same, rtol=1e-12, atol=1e-14)


def test_one_path_is_drawn_as_the_softmax_says_and_has_its_gradient() -> None:
    row = torch.tensor([[1.0, 0.0, -1.0, 0.5, 2.0]], dtype=torch.float64)
    alpha = row.expand(40_000, 5).clone().requires_grad_()
    theta = one_path(alpha, generator(), 0.3)
    share, probabilities = theta.detach().mean(0), row.softmax(1)[0]
    torch.testing.assert_close(share, probabilities, rtol=0, atol=0.01)
    weights = torch.tensor([1.0, 2.0, 0.5, -1.0, 0.3], dtype=torch.float64)
    found, same = (
        torch.autograd.grad((each * weights).sum(), alpha)[0]
        for each in (theta, softmax(alpha, generator(), 0.0))
    )
    torch.testing.assert_close(found, same)


def test_a_dirichlet_mixture_has_the_published_moments() -> None:
    """At α = 0: mean 1/|O|, variance (|O| − 1) / (|O|² (|O| + 1)); else E θ = β / Σβ."""
    theta = dirichlet(torch.zeros(60_000, 5), generator(), 0.0)
    torch.testing.assert_close(theta.mean(0), torch.full((5,), 0.2), rtol=0, atol=0.005)
    torch.testing.assert_close(theta.var(0), torch.full((5,), 4 / (25 * 6)), rtol=0.03, atol=0)
    row = torch.tensor([[1.0, 0.0, -1.0, 0.5, 2.0]])
    drawn = dirichlet(row.expand(60_000, 5), generator(), 0.0).mean(0)
    torch.testing.assert_close(drawn, expected(row, "dirichlet")[0], rtol=0, atol=0.01)
    assert concentration(row)[0].tolist() == pytest.approx([2.0, 1.0, math.exp(-1), 1.5, 3.0])


def test_a_dirichlet_draw_has_a_pathwise_gradient() -> None:
    """The mean of ∂θ_o/∂α is the derivative of the mean, β / Σβ."""
    row = torch.tensor([[1.0, 0.0, -0.5]], dtype=torch.float64)
    alpha = row.expand(60_000, 3).clone().requires_grad_()
    theta = dirichlet(alpha, generator(), 0.0)
    found = torch.autograd.grad(theta[:, 0].sum(), alpha)[0].mean(0)
    leaf = row.clone().requires_grad_()
    (truth,) = torch.autograd.grad(expected(leaf, "dirichlet")[0, 0], leaf)
    torch.testing.assert_close(found, truth[0], rtol=0, atol=0.01)


# ------------------------------------------------------------------ perturbation


def test_a_perturbed_mixture_stays_near_and_on_the_simplex() -> None:
    theta = torch.randn(50, 5, generator=generator(2)).softmax(1)
    for epsilon in (0.0, 0.03, 0.3, 1.0):
        found = perturbed(theta, epsilon, generator())
        assert (found >= 0).all()
        torch.testing.assert_close(found.sum(1), torch.ones(50))
    torch.testing.assert_close(perturbed(theta, 0.0, generator()), theta)
    assert (perturbed(theta, 0.03, generator()) - theta).abs().max() < 0.2
    assert [strength(0.3, p) for p in (0.0, 1.0)] == pytest.approx([0.03, 0.3])
    assert strength(0.01, 0.5) == pytest.approx(0.01)


def test_of_a_row_that_is_all_gone_the_highest_stays() -> None:
    theta = torch.full((200, 2), 0.5)
    theta[:, 0] += 0.01
    theta[:, 1] -= 0.01
    found = perturbed(theta, 1.0, generator())
    gone = (found == torch.tensor([1.0, 0.0])).all(1)
    assert gone.any()
    torch.testing.assert_close(found.sum(1), torch.ones(200))


def test_perturbation_lets_the_gradient_through() -> None:
    alpha = alphas()
    theta = perturbed(alpha.softmax(1), 0.1, generator())
    (found,) = torch.autograd.grad(theta[:, 0].sum(), alpha)
    assert found.abs().sum() > 0


# ------------------------------------------------------------------ partial channels


def test_channels_are_shuffled_and_pass_by() -> None:
    channels = torch.arange(8.0).reshape(1, 8, 1, 1)
    assert shuffled(channels, 4).flatten().tolist() == [0, 2, 4, 6, 1, 3, 5, 7]
    assert torch.equal(shuffled(channels, 1), channels)
    image = torch.arange(25.0).reshape(1, 1, 5, 5)
    assert torch.equal(beside(image, 1), image)
    assert beside(image, 2)[0, 0].tolist() == [[6, 8, 9], [16, 18, 19], [21, 23, 24]]


# ------------------------------------------------------------------ stopping


def noted(**series: list[float]) -> list[Noted]:
    length = len(next(iter(series.values())))
    rows = [{name: values[i] for name, values in series.items()} for i in range(length)]
    return [
        Noted(int(row.get("skips", 0)), (int(row.get("best", 0)),), row.get("value", math.nan))
        for row in rows
    ]


def test_two_skips_end_a_search_an_epoch_earlier() -> None:
    assert too_many_skips([]) is None
    assert too_many_skips(noted(skips=[0, 1, 1])) is None
    assert too_many_skips(noted(skips=[0, 1, 2])) == 2
    assert too_many_skips(noted(skips=[3])) == 1


def test_ten_epochs_of_one_ranking_end_a_search() -> None:
    assert stable(noted(best=[1] * 9)) is None
    assert stable(noted(best=[1] * 10)) == 10
    assert stable(noted(best=[0, 0, *[1] * 10])) == 12
    assert stable(noted(best=[*[1] * 9, 2])) is None


def test_a_rising_eigenvalue_goes_back_four_epochs() -> None:
    flat = [1.0] * 14
    assert eigenvalue_rose(noted(value=flat)) is None
    # the mean of the last five against that of five, four epochs before: 1.6 / 1
    assert eigenvalue_rose(noted(value=[*flat, 4.0])) == 11
    assert eigenvalue_rose(noted(value=[*flat, 2.4])) is None  # 1.28
    assert eigenvalue_rose(noted(value=[1.0] * 8 + [9.0])) is None  # before epoch 10
    assert eigenvalue_rose(noted(value=[-1.0] * 14 + [4.0])) is None
