"""Bug hunts about controllers: what is drawn, and what a reward is compared with.

``hunt``'s fault: the controller takes the likeliest option, where it should draw one. Published
code had it (titu1994/neural-architecture-search, issue 13: the action is the mode of the policy;
kengz/SLM-Lab, pull request 271: an argmax where a categorical distribution should have been).

``baseline_hunt``'s fault: the moving average is updated first, so it holds a share of the reward
that it is compared with. Published code has it (melodyguan/enas: the controller's baseline is
updated before the loss is computed).
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from workbench.exercises.bug_hunt import BugHunt

# ------------------------------------------------------------------ what is drawn


def next_option(logits: Sequence[float], rng: random.Random) -> int:
    """The option that a controller takes at one step, by its place: drawn from its softmax.

    Option k comes with probability exp(logits[k]) / sum of exp(logits). Each call draws anew.
    """
    largest = max(logits)
    weights = [math.exp(logit - largest) for logit in logits]
    probabilities = [weight / sum(weights) for weight in weights]
    best = max(probabilities)
    return rng.choice([place for place, p in enumerate(probabilities) if p == best])


def drawn_option(logits: Sequence[float], rng: random.Random) -> int:
    """What ``next_option`` promises."""
    largest = max(logits)
    weights = [math.exp(logit - largest) for logit in logits]
    return rng.choices(range(len(logits)), weights)[0]


def drawn_with_noise(logits: Sequence[float], rng: random.Random) -> int:
    """What ``next_option`` promises, by Gumbel noise."""
    noisy = [logit - math.log(max(rng.expovariate(1.0), 1e-300)) for logit in logits]
    return noisy.index(max(noisy))


hunt = BugHunt(
    "A controller asks its softmax at each step. Write `test(implementation)`: it passes on right "
    "code and fails on this one. Leave `rng` out, it is handed over.",
    suspect=next_option,
    right=drawn_option,
    another=drawn_with_noise,
    allowed="It adds noise to the logits and takes the largest, which draws just as promised.",
    fault=(
        "It takes the likeliest option, and draws only between equals. So it tries the same "
        "architecture again and again, and REINFORCE never sees what the others would have "
        "scored. Published controllers did that."
    ),
    hints=(
        "What must happen now and then, though it is unlikely?",
        "Call it often with two logits that differ, and look at all that came.",
        "With `[0.0, 1.0]` the first option has probability 0.27. 200 calls never miss it.",
    ),
    solution=(
        "def test(implementation):\n"
        "    drawn = [implementation([0.0, 1.0]) for _ in range(200)]\n"
        "    assert 0 in drawn"
    ),
    minutes=6,
)

# ------------------------------------------------------------------ what a reward is compared with


def advantages(rewards: Sequence[float], decay: float = 0.9) -> list[float]:
    """How far each reward lies above the moving average of the rewards before it.

    The average b becomes decay * b + (1 - decay) * reward after each. Where it starts is left open.
    """
    found, baseline = [], 0.0
    for reward in rewards:
        baseline = decay * baseline + (1 - decay) * reward
        found.append(reward - baseline)
    return found


def advantages_from_a_half(rewards: Sequence[float], decay: float = 0.9) -> list[float]:
    """What ``advantages`` promises; the average starts at 0.5, whatever the rewards are."""
    return _advantages(rewards, decay, 0.5)


def advantages_from_zero(rewards: Sequence[float], decay: float = 0.9) -> list[float]:
    """What ``advantages`` promises; the average starts at 0."""
    return _advantages(rewards, decay, 0.0)


def _advantages(rewards: Sequence[float], decay: float, baseline: float) -> list[float]:
    found = []
    for reward in rewards:
        found.append(reward - baseline)
        baseline = decay * baseline + (1 - decay) * reward
    return found


baseline_hunt = BugHunt(
    "REINFORCE compares each reward with a moving average. Write `test(implementation)`: it "
    "passes on right code and fails on this one.",
    suspect=advantages,
    right=advantages_from_zero,
    another=advantages_from_a_half,
    allowed="Its average starts at 0.5, and the promise leaves the start open.",
    fault=(
        "The average is updated first, so each reward is compared with a share of itself. Then b "
        "depends on what was drawn, and the proof that it leaves the gradient as it is no longer "
        "holds. Here each advantage is `decay` times too small; with decay 0 all are 0, and "
        "nothing is learned. ENAS's code updates its baseline in this order."
    ),
    hints=(
        "Which rewards may a baseline depend on? Which one must it not?",
        "Change one reward alone. By how much must its own advantage change?",
        "`implementation([0.5, 0.6, 0.7])` and `implementation([0.5, 0.6, 0.9])` have the same "
        "baseline at the third reward, so its advantages differ by 0.2.",
    ),
    solution=(
        "def test(implementation):\n"
        "    low = implementation([0.5, 0.6, 0.7])\n"
        "    high = implementation([0.5, 0.6, 0.9])\n"
        "    assert abs((high[2] - low[2]) - 0.2) < 1e-9"
    ),
    minutes=8,
)
