"""Gradients against enumeration and against numbers worked out by hand; baselines; rewards."""

from __future__ import annotations

import math
import random
from collections import Counter
from typing import Any

import pytest
import torch
from planted import Layers, Letters
from scipy.stats import chisquare
from test_controller import everything, policies, read, sampled
from thoroughness import so_many

from workbench.records import Decision, Evaluation
from workbench.spaces import TopologySpace
from workbench.strategies.controller import Controller
from workbench.strategies.independent_softmaxes import IndependentSoftmaxes
from workbench.strategies.policy_gradient import clipped_surrogate, expected_reward
from workbench.strategies.rewards import DepthSchedule, MovingAverage, Reward, normalised

KIND = torch.float64


def gradient(policy: Any, objective: torch.Tensor) -> torch.Tensor:
    found = torch.autograd.grad(
        objective, list(policy.parameters()), retain_graph=True, allow_unused=True
    )
    given = zip(found, policy.parameters())
    return torch.cat([(torch.zeros_like(p) if g is None else g).flatten() for g, p in given])


def rewards_of(archs: list[Any]) -> torch.Tensor:
    return torch.tensor([random.Random(repr(arch)).random() for arch in archs], dtype=KIND)


# ------------------------------------------------------------------ the bandit of three arms

BANDIT = Letters(3)
ARMS = [(0,), (1,), (2,)]
REWARDS = torch.tensor([0.6, 0.9, 0.75], dtype=KIND)


@pytest.fixture
def bandit() -> IndependentSoftmaxes:
    policy = IndependentSoftmaxes(BANDIT)
    with torch.no_grad():
        policy.bias.copy_(torch.tensor([[0.2, -0.1, 0.5]]))
    return policy


def test_the_exact_gradient_of_a_bandit(bandit: IndependentSoftmaxes) -> None:
    """∇J = p ⊙ (R − pᵀR); all numbers worked out beside the code."""
    reading = read(bandit, BANDIT, ARMS)
    p = reading.log_probability.exp()
    assert p.tolist() == pytest.approx([0.3235537, 0.2396945, 0.4367518], abs=1e-7)
    exact = gradient(bandit, (p * REWARDS).sum())
    assert exact.tolist() == pytest.approx([-0.0444631, 0.0389693, 0.0054939], abs=1e-7)
    weighted = 3 * p.detach() * REWARDS  # expected_reward takes the mean of three
    assert gradient(bandit, expected_reward(reading.log_probability, weighted)).tolist() == (
        pytest.approx(exact.tolist(), abs=1e-15)
    )


def test_the_variance_of_one_sample_falls_with_a_baseline(bandit: IndependentSoftmaxes) -> None:
    reading = read(bandit, BANDIT, ARMS)
    p = reading.log_probability.exp().detach()
    scores = [gradient(bandit, log) for log in reading.log_probability]  # ∇ ln p_k
    lengths = torch.stack([(score**2).sum() for score in scores])
    best = float((p * lengths * REWARDS).sum() / (p * lengths).sum())
    assert best == pytest.approx(0.745599, abs=5e-7)
    average = float((p * REWARDS).sum())
    assert average == pytest.approx(0.737421, abs=5e-7)
    for baseline, variance in ((0.0, 0.366049), (average, 0.006354), (best, 0.0063107)):
        samples = torch.stack([s * (r - baseline) for s, r in zip(scores, REWARDS)])
        middle = (p[:, None] * samples).sum(0)
        assert middle.tolist() == pytest.approx([-0.0444631, 0.0389693, 0.0054939], abs=1e-7)
        spread = float((p[:, None] * (samples - middle) ** 2).sum())
        assert spread == pytest.approx(variance, abs=5e-7)


def test_entropy_and_its_gradient(bandit: IndependentSoftmaxes) -> None:
    """∂H/∂θ_j = −p_j (ln p_j + H)."""
    entropy = read(bandit, BANDIT, ARMS[:1]).entropy[0]
    assert entropy.item() == pytest.approx(1.0692730, abs=1e-7)
    assert gradient(bandit, entropy).tolist() == pytest.approx(
        [0.0191276, 0.0860784, -0.1052060], abs=1e-7
    )
    thirteen = IndependentSoftmaxes(Letters(13))
    assert read(thirteen, Letters(13), [(4,)]).entropy.item() == pytest.approx(2.564949, abs=1e-6)


# ------------------------------------------------------------------ the controller, enumerated


@pytest.mark.parametrize(
    "space",
    [TopologySpace(nodes=3, operations=("none", "skip_connect", "nor_conv_3x3")), Layers(3)],
    ids=["cells", "anchors"],
)
def test_weighted_by_its_probability_the_gradient_is_exact_whatever_the_baseline(
    space: Any,
) -> None:
    archs = everything(space)
    assert len(archs) <= 64
    rewards = rewards_of(archs)
    for policy in policies(space):
        reading = read(policy, space, archs)
        p = reading.log_probability.exp()
        exact = gradient(policy, (p * rewards).sum())
        assert exact.norm() > 1e-4
        for baseline in (0.0, 0.5, -3.0):
            weights = len(archs) * p.detach() * (rewards - baseline)
            found = gradient(policy, expected_reward(reading.log_probability, weights))
            assert torch.allclose(found, exact, atol=1e-12)


def test_the_sampled_gradient_agrees_along_ten_directions() -> None:
    """20,000 samples (deep); one backward pass an architecture, weighted by how often drawn.

    The directions alone would pass a policy that draws from logits half as large again, so the
    counts are held against the probabilities too.
    """
    space, samples = Layers(3), so_many(2_000, 20_000)
    policy = Controller(space, hidden_size=4, initial_range=0.8)
    archs = everything(space)
    rewards = rewards_of(archs)
    reading = read(policy, space, archs)
    exact = gradient(policy, (reading.log_probability.exp() * rewards).sum())
    counts: Counter[Any] = Counter()
    for first in range(0, samples, 2000):
        counts.update(way.arch for way in sampled(policy, space, seeds=range(first, first + 2000)))
    expected = samples * reading.log_probability.exp().detach()
    seen = torch.tensor([counts[arch] for arch in archs], dtype=KIND)
    assert expected.min() > 5  # as the χ² test asks for
    assert chisquare(seen.numpy(), expected.numpy()).pvalue > 0.01
    baseline = 0.4
    each = torch.stack(
        [
            gradient(policy, log) * (reward - baseline)
            for log, reward in zip(reading.log_probability, rewards)
        ]
    )
    draws = torch.Generator().manual_seed(0)
    for _ in range(10):
        direction = torch.randn(each.shape[1], dtype=KIND, generator=draws)
        along = each @ direction
        mean = float((seen * along).sum() / samples)
        variance = float((seen * (along - mean) ** 2).sum() / samples)
        assert abs(mean - float(exact @ direction)) <= 4 * math.sqrt(variance / samples)


# ------------------------------------------------------------------ PPO


@pytest.mark.parametrize(
    ("ratio", "advantage", "value", "slope"),
    [
        (1.5, 1.0, 1.2, 0.0),
        (0.5, -1.0, -0.8, 0.0),
        (1.5, -1.0, -1.5, -1.0),
        (0.5, 1.0, 0.5, 1.0),
        (1.0, 2.0, 2.0, 2.0),
    ],
)
def test_the_clipped_surrogate(ratio: float, advantage: float, value: float, slope: float) -> None:
    r = torch.tensor([ratio], dtype=KIND, requires_grad=True)
    found = clipped_surrogate(r, torch.tensor([advantage], dtype=KIND), 0.2)
    assert found.item() == pytest.approx(value)
    (found_slope,) = torch.autograd.grad(found.sum(), r)
    assert found_slope.item() == slope
    assert found.item() <= ratio * advantage + 1e-15
    plain = clipped_surrogate(r, torch.tensor([advantage], dtype=KIND), 0.0)
    assert plain.item() == pytest.approx(ratio * advantage)


def test_two_actions_by_hand() -> None:
    """p = (0.5, 0.5) → θ = (ln 3, 0): p = (0.75, 0.25), ratios 1.5 and 0.5; A = (1, −1).

    ε = 0.2: both are beyond, on the side that A wants: values 1.2 and −0.8, gradient 0. With
    A = (−1, 1) both are active: the surrogate is −1.5 and 0.5, and its mean's gradient by θ_0 is
    ½ (−1 · 1.5 · 0.25 + 1 · 0.5 · (−0.75)) = −0.375, since ∂r_a/∂θ_0 = r_a (1[a = 0] − p_0).
    """
    space = Letters(2)
    policy = IndependentSoftmaxes(space)
    old = read(policy, space, [(0,), (1,)]).log_probability.detach()
    with torch.no_grad():
        policy.bias.copy_(torch.tensor([[math.log(3.0), 0.0]]))
    reading = read(policy, space, [(0,), (1,)])
    ratio = (reading.log_probability - old).exp()
    assert ratio.tolist() == pytest.approx([1.5, 0.5])
    good = clipped_surrogate(ratio, torch.tensor([1.0, -1.0], dtype=KIND), 0.2)
    assert good.tolist() == pytest.approx([1.2, -0.8])
    assert gradient(policy, good.mean()).tolist() == [0.0, 0.0]
    bad = clipped_surrogate(ratio, torch.tensor([-1.0, 1.0], dtype=KIND), 0.2)
    assert bad.tolist() == pytest.approx([-1.5, 0.5])
    assert gradient(policy, bad.mean()).tolist() == pytest.approx([-0.375, 0.375])


def test_at_the_old_weights_the_gradient_is_the_policy_gradient() -> None:
    space = Layers(3)
    policy = Controller(space, hidden_size=5, initial_range=0.7)
    archs = [space.sample(random.Random(seed)) for seed in range(6)]
    advantages = rewards_of(archs) - 0.5
    reading = read(policy, space, archs)
    wanted = gradient(policy, expected_reward(reading.log_probability, advantages))
    whole = (reading.log_probability - reading.log_probability.detach()).exp()
    assert whole.tolist() == [1.0] * 6
    found = gradient(policy, clipped_surrogate(whole, advantages, 0.2).mean())
    assert torch.allclose(found, wanted, atol=1e-14)
    each = (reading.decision_logs - reading.decision_logs.detach()).exp()
    gains = clipped_surrogate(each, advantages[reading.owners], 0.2).sum() / 6
    assert torch.allclose(gradient(policy, gains), wanted, atol=1e-14)


# ------------------------------------------------------------------ baselines and rewards


def test_a_baseline_is_of_earlier_rewards_alone() -> None:
    plain = MovingAverage(decay=0.9, corrected=False)
    assert plain.before([1.0, 2.0]) == [0.0, 0.0]
    plain.add([1.0, 2.0])
    assert plain.before([7.0])[0] == pytest.approx(0.9 * 0.1 + 0.2)  # b ← 0.9 b + 0.1 R, twice
    corrected = MovingAverage(decay=0.9, corrected=True)
    assert corrected.before([1.0, 2.0, 6.0]) == [4.0, 3.5, 1.5]  # the mean of the others
    corrected.add([1.0, 2.0])
    assert corrected.before([7.0, 8.0]) == pytest.approx([0.29 / (1 - 0.81)] * 2)
    assert MovingAverage().before([5.0]) == [5.0]  # nothing to compare with: it says nothing


def test_an_advantage_is_as_large_whatever_the_score_s_scale() -> None:
    assert normalised([3.0, -4.0]) == pytest.approx([3 / math.sqrt(12.5), -4 / math.sqrt(12.5)])
    assert normalised([300.0, -400.0]) == pytest.approx(normalised([3.0, -4.0]))
    assert normalised([0.0, 0.0]) == [0.0, 0.0]


def test_rewards_as_published() -> None:
    curve = (0.95, 0.5, 0.6, 0.8, 0.7, 0.75)
    evaluation = Evaluation(0.75, 1.0, curve)
    assert Reward().of(evaluation) == 0.75
    assert Reward(3, 1.0, 5).of(evaluation) == pytest.approx(0.8**3)  # the first has passed
    assert Reward(1, 1.0, 99).of(evaluation) == 0.95
    assert Reward(2, 80.0).of(Evaluation(1 / 62.4, 1.0)) == pytest.approx(80 / 62.4**2)
    assert Reward(3, 1.0, 5).of(Evaluation(0.5, 1.0)) == 0.125  # no curve
    assert Reward(1, 1.0, 2).of(Evaluation(0.5, 1.0, (0.1, math.nan))) == 0.1
    for none in (Evaluation.failed(), Evaluation(math.nan, 1.0), Evaluation(math.inf, 1.0)):
        assert Reward().of(none) is None


def test_the_schedule_of_depths_is_the_published_one() -> None:
    schedule = DepthSchedule(1600, 6, 2)
    depth = Decision("depth", tuple(range(1, 31)))
    found = [depth.options[schedule.forced(depth, ask)] for ask in range(0, 12_800, 100)]
    assert sorted({*found}) == [6, 8, 10, 12, 14, 16, 18, 20]
    assert found.count(6) * 100 == 1600
    few = Decision("depth", (2, 4))
    assert schedule.forced(few, 0) == 1  # 4, the nearest below 6
    assert DepthSchedule(10, 1, 1).forced(few, 0) == 0  # none is below 1
    assert schedule.forced(Decision("depth", ("a", "b")), 0) is None
    assert schedule.forced(Decision("width", (6, 8)), 0) is None
    assert DepthSchedule().forced(depth, 0) is None
