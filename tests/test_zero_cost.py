"""Zero-cost proxies, each against a computation of its own on paper or in NumPy."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from workbench.data import ImageData, Split
from workbench.data.images import assembled, numbered
from workbench.estimators import ZeroCost
from workbench.estimators.proxies import Proxy
from workbench.records import Candidate, Evaluation
from workbench.spaces import DARTSSpace, TopologySpace
from workbench.spaces.topology import Topology
from workbench.training.metrics import cost_of
from workbench.training.zero_cost import (
    SCORES,
    K,
    fisher,
    gradient_norm,
    grasp,
    jacobian_covariance,
    log_determinant,
    naswot,
    snip,
    synflow,
)
from workbench.trial import answer_of

N, SIDE, CLASSES = 3, 2, 4
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, SIDE * SIDE))
LABELS = torch.tensor([0, 3, 1])
IMAGES = torch.tensor(X).view(N, 1, SIDE, SIDE)


def softmax_regression() -> tuple[nn.Module, np.ndarray]:
    network = nn.Sequential(nn.Flatten(), nn.Linear(SIDE * SIDE, CLASSES)).double()
    weight = RNG.normal(size=(CLASSES, SIDE * SIDE))
    with torch.no_grad():
        network[1].weight.copy_(torch.tensor(weight))
        network[1].bias.zero_()
    return network, weight


def probabilities(weight: np.ndarray) -> np.ndarray:
    powers = np.exp(X @ weight.T)
    return powers / powers.sum(1, keepdims=True)


def test_the_slopes_of_softmax_regression_on_paper() -> None:
    """∂L/∂W = mean (p − y) xᵀ, and H V = mean (diag p − p pᵀ) V x xᵀ."""
    network, weight = softmax_regression()
    p = probabilities(weight)
    errors = p - np.eye(CLASSES)[LABELS]
    slope = errors.T @ X / N
    assert gradient_norm(network, IMAGES, LABELS) == pytest.approx(np.linalg.norm(slope))
    assert snip(network, IMAGES, LABELS) == pytest.approx(np.abs(weight * slope).sum())
    curved = sum(
        (np.diag(q) - np.outer(q, q)) @ slope @ np.outer(x, x) for q, x in zip(p, X)
    ) / N  # fmt: skip
    assert grasp(network, IMAGES, LABELS) == pytest.approx(-(weight * curved).sum())
    logits = X @ weight.T
    each = (logits * errors / N) ** 2  # (n, classes): a linear layer's channels
    assert fisher(network, IMAGES, LABELS) == pytest.approx(each.mean(0).sum() / 2)


def test_fisher_adds_up_a_channels_pixels_before_it_squares() -> None:
    """A 1×1 convolution whose two channels' pixels are the logits: a and ∂L/∂a on paper."""
    network = nn.Sequential(nn.Conv2d(1, 2, 1, bias=False), nn.Flatten()).double()
    scales = network[0].weight.detach().flatten().numpy()
    a = np.concatenate([scales[0] * X, scales[1] * X], 1)  # (n, 2 · pixels)
    p = np.exp(a) / np.exp(a).sum(1, keepdims=True)
    slope = (p - np.eye(8)[LABELS]) / N
    sums = (a * slope).reshape(N, 2, -1).sum(2)
    assert fisher(network, IMAGES, LABELS) == pytest.approx((sums**2).mean(0).sum() / 2)


def two_layers() -> nn.Module:
    """Always the same, and each image opens a unit: where none is open, nothing correlates."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        first, second = nn.Linear(4, 6, bias=False), nn.Linear(6, CLASSES, bias=False)
    return nn.Sequential(nn.Flatten(), first, nn.ReLU(), second).double()


def test_synflow_is_conserved_free_of_data_and_of_signs() -> None:
    """Each layer's Σ|W ∂R/∂W| is R; all weights times c: R times c to the depth."""
    network = two_layers()
    before = [w.detach().clone() for w in network.parameters()]
    first, second = (np.abs(w.numpy()) for w in before)
    flow = (second @ first @ np.ones(4)).sum()
    assert synflow(network, IMAGES, LABELS) == pytest.approx(2 * flow)
    for w, kept in zip(network.parameters(), before):
        assert torch.equal(w, kept)  # its absolute values were a copy's
    assert synflow(network, 9 - 7 * IMAGES, LABELS.flip(0)) == pytest.approx(2 * flow)
    with torch.no_grad():
        for w in network.parameters():
            w *= 3 * torch.where(torch.rand_like(w) < 0.5, -1.0, 1.0)
    assert synflow(network, IMAGES, LABELS) == pytest.approx(9 * 2 * flow)


def test_synflow_looks_past_normalisation() -> None:
    """With batch normalisation in the way nothing would grow with the weights."""
    plain = nn.Sequential(nn.Conv2d(1, 2, 1, bias=False), nn.Flatten(), nn.Linear(8, 3, bias=False))
    normed = nn.Sequential(plain[0], nn.BatchNorm2d(2), *plain[1:])
    assert synflow(normed, IMAGES, LABELS) == synflow(plain, IMAGES, LABELS) > 0.0
    assert isinstance(normed[1], nn.BatchNorm2d)


def test_naswots_kernel_counts_what_codes_have_in_common() -> None:
    """PAPERS: codes 1011, 1101, 0010 have K = [[4, 2, 2], [2, 4, 0], [2, 0, 4]], log det log 32."""
    codes = torch.tensor([[1, 0, 1, 1], [1, 1, 0, 1], [0, 0, 1, 0]])
    images = (2.0 * codes - 1).view(3, 1, 2, 2)
    kernel = torch.tensor([[4.0, 2, 2], [2, 4, 0], [2, 0, 4]])
    assert log_determinant(kernel) == pytest.approx(math.log(32))
    for relu in (nn.ReLU(), Functional()):
        network = nn.Sequential(relu, nn.Flatten())
        assert naswot(network, images, LABELS) == pytest.approx(3.465736, abs=1e-6)
    twice = nn.Sequential(nn.ReLU(), nn.Conv2d(1, 1, 1), nn.Flatten(), nn.ReLU())
    with torch.no_grad():
        twice[1].weight.fill_(1.0), twice[1].bias.fill_(-0.5)
    doubled = math.log(32 * 2**3)  # the same codes once more: K is twice as large
    assert naswot(twice, images, LABELS) == pytest.approx(doubled)
    assert naswot(nn.Sequential(nn.ReLU()), images[[0, 1, 1]], LABELS) == -math.inf


class Functional(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.relu(x)


def test_jacobian_covariance_in_numpy() -> None:
    network = two_layers()
    first, second = (w.detach().numpy() for w in network.parameters())
    open_ = (X @ first.T > 0).astype(float)  # (n, hidden)
    rows = (open_ * second.sum(0)) @ first  # ∂(Σ outputs)/∂x
    values = np.linalg.eigvalsh(np.corrcoef(rows)) + K
    expected = -(np.log(values) + 1 / values).sum()
    assert jacobian_covariance(network, IMAGES, LABELS) == pytest.approx(expected, rel=1e-4)
    assert expected <= -N  # log λ + 1/λ is 1 at least
    alike = jacobian_covariance(network, IMAGES[[0, 0, 0]], LABELS)
    assert alike == pytest.approx(-2 / K, rel=0.1)  # two eigenvalues of zero
    with torch.no_grad():
        network[3].weight.zero_()
    assert math.isnan(jacobian_covariance(network, IMAGES, LABELS))


@pytest.mark.parametrize("proxy", SCORES)
def test_a_network_is_left_as_it_came(proxy: str) -> None:
    network = TopologySpace(channels=2, cells=1, stages=2).build(
        Topology(("nor_conv_3x3", "none", "skip_connect") + ("avg_pool_3x3",) * 3), DATA.task
    )
    before = [w.detach().clone() for w in network.parameters()]
    images = torch.randn(8, 1, 8, 8)
    assert math.isfinite(SCORES[proxy](network, images, torch.arange(8) % 3))
    for w, kept in zip(network.parameters(), before):
        assert torch.equal(w, kept)
        assert w.grad is None
    assert all(not part._forward_hooks for part in network.modules())


# ------------------------------------------------------------------ the estimator


def few() -> ImageData:
    rng = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (60, 1, 8, 8), dtype=torch.uint8, generator=rng)
    split = Split(images, torch.arange(60) % 3)
    return assembled("few", split, split, split, classes=numbered(3))


DATA = few()
SPACE = TopologySpace(channels=2, cells=1, stages=2)
DEAD = Topology(("none",) * 6)


def answer(proxy: Proxy, space: Any = SPACE, arch: Any = None, seed: int = 1) -> Evaluation:
    chosen = space.sample(random.Random(3)) if arch is None else arch
    estimator = ZeroCost(space, DATA, proxy=proxy, images=16, device="cpu")
    found = answer_of(estimator.estimate(Candidate(chosen), trial=0, seed=seed))
    return replace(found, seconds=0.0)


def test_counts_are_the_networks() -> None:
    arch = SPACE.sample(random.Random(3))
    needs = cost_of(SPACE, arch, DATA.task)
    for proxy, count in (("parameters", needs.parameters), ("MACs", needs.macs)):
        found = answer(proxy, arch=arch)
        assert found.score == count
        assert found.measures == {"parameters": needs.parameters, "macs": needs.macs}


@pytest.mark.parametrize("proxy", SCORES)
def test_weights_and_images_are_the_trials(proxy: Any) -> None:
    assert answer(proxy, seed=1) == answer(proxy, seed=1)
    assert answer(proxy, seed=1).score != answer(proxy, seed=2).score
    assert math.isfinite(answer(proxy, DARTSSpace(channels=2, cells=3, nodes=1)).score)


def test_a_network_without_a_way_through_has_no_answer_or_nothing() -> None:
    """Dead cells leave the classifier's bias alone: slopes of nothing, codes all alike."""
    plain = TopologySpace(channels=2, cells=1, stages=1)
    assert answer("SynFlow", plain, DEAD).score == 0.0
    assert answer("SNIP", plain, DEAD).score == 0.0
    assert answer("GraSP", plain, DEAD).score == 0.0
    for proxy in ("NASWOT", "Jacobian covariance"):
        assert math.isnan(answer(proxy, plain, DEAD).score)
        assert not answer(proxy, plain, DEAD).has_score
