"""Questions and checks of ``notebooks/07_reinforcement_learning.ipynb``.

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
from typing import Any

from workbench.exercises.bug_hunt import BugHunt
from workbench.exercises.controllers_race import ahead_from, gains, reported
from workbench.exercises.detail_worth import DetailWorth
from workbench.exercises.exercise import Case, Exercise, NotAttemptedError, returns
from workbench.exercises.prediction import Prediction
from workbench.exercises.quiz import Question, Quiz
from workbench.exercises.same_strategy import same_strategy
from workbench.exercises.slot_machines import Learners, learners, sure, two_ways
from workbench.exercises.winners import Winner

__all__ = [
    "DetailWorth",
    "Learners",
    "Winner",
    "ahead_from",
    "gains",
    "learners",
    "reported",
    "same_strategy",
    "sure",
    "two_ways",
]

# ------------------------------------------------------------------ the gradient of one draw


def gradient_of_a_draw(
    p: Sequence[float], rewards: Sequence[float], k: int, b: float
) -> list[float]:
    """(R_k − b) ∇ log p_k, where ∇ log p_k = e_k − p."""
    return [(rewards[k] - b) * ((j == k) - share) for j, share in enumerate(p)]


THIRD = [0.5, 0.25, 0.25]


def _vector(expected: list[float], *arguments: Any, why: str) -> Case:
    """The case that these numbers come back, as a list, a tuple or an array."""
    case = returns(expected, *arguments, why=why)

    def judge(answer: Any) -> str:
        if not callable(answer):
            return case.judge(answer)
        try:
            got = answer(*arguments)
        except NotImplementedError:
            raise NotAttemptedError from None
        near = got is not None and got is not ... and [round(float(x), 9) + 0.0 for x in got]
        return case.judge(lambda *_: near if near else got)

    return Case(case.name, judge)


one_draw = Exercise(
    "Write `gradient_of_a_draw(p, rewards, k, b)`: option `k` was drawn from the softmax `p`. "
    "Return the estimate of the gradient, a number for each logit.",
    cases=(
        _vector([0.5, -0.25, -0.25], THIRD, [1.0, 0.0, 0.0], 0, 0.0, why="∇ log p_k = e_k − p."),
        _vector(
            [0.2, -0.3, 0.1],
            THIRD,
            [1.0, 0.1, 0.0],
            1,
            0.5,
            why="Worse than the baseline: what was drawn becomes less likely, the others more.",
        ),
        _vector(
            [0.0, 0.0, 0.0],
            THIRD,
            [1.0, 0.4, 0.7],
            2,
            0.7,
            why="A reward that equals the baseline teaches nothing.",
        ),
    ),
    hints=(
        "Two factors: how much better than `b` the reward was, and which way ∇ log p_k points.",
        "The derivative of log p_k by logit j is 1 − p_j where j = k, and −p_j elsewhere.",
        "`[(rewards[k] - b) * ((j == k) - p[j]) for j in range(len(p))]`",
    ),
    solution=gradient_of_a_draw,
    minutes=8,
)

# ------------------------------------------------------------------ guesses

shrinks = Prediction(
    "The baseline moves from 0 to the mean reward. How many times smaller does the variance of the "
    "gradient get?",
    options=(1, 2, 5, 10, 20, 50, 100, 200, 500),
    label=lambda times: f"{times:.0f} times",
    log=True,
)

overtakes = Prediction(
    "A table answers 300 times. From which trial on is REINFORCE ahead of random search, in the "
    "median of 100 seeds, and stays ahead?",
    options=(10, 20, 40, 60, 80, 100, 150, 200, 250, 300),
    label=lambda trial: "never" if trial >= 300 else f"trial {trial:.0f}",
    missed=("too early", "too late"),
)

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
    found, baseline = [], rewards[0]
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

# ------------------------------------------------------------------ quizzes

from_before = Quiz(
    Question(
        "In aging evolution a lucky score of 99 % was told. What becomes of it?",
        {
            "its line takes over": "Children inherit the cell and not the luck.",
            "it dies after P births": "Whatever it scored. But the history keeps its score.",
            "it is trained again": "Only if you do so, at the end.",
        },
        right="it dies after P births",
    ),
    Question(
        "What does evolution learn from a child that scores badly?",
        {
            "to avoid its mutation": "It keeps no such record. The next child may repeat it.",
            "nothing lasting": "It is seldom a parent, and gone after P births.",
            "which edge matters": "The population holds cells, and no statistics of edges.",
        },
        right="nothing lasting",
    ),
)

unbiased = Quiz(
    Question(
        "You subtract 100 from every reward. What happens to the expected gradient?",
        {
            "it turns round": "Each estimate may. Their mean cannot: the scores average to 0.",
            "it stays": "The mean of the scores e_k − p is 0, so any constant drops out.",
            "it shrinks": "The variance changes, and grows here. The mean does not change at all.",
        },
        right="it stays",
    )
)

own_share = Quiz(
    Question(
        "Which of these must a baseline never depend on?",
        {
            "the rewards of earlier architectures": "They were known before this one was drawn.",
            "the reward that it is subtracted from": (
                "Then b moves with what was drawn, and no longer drops out of the mean."
            ),
            "the controller's weights": "They do not depend on what is drawn now either.",
        },
        right="the reward that it is subtracted from",
    )
)

sees = Quiz(
    Question(
        "What does the controller get to see of the images?",
        {
            "the training images": "They train the networks that it writes, and never reach it.",
            "nothing": "It reads its own last choice, and is told one number an architecture.",
            "the validation images": "Only as a single accuracy.",
        },
        right="nothing",
    )
)
