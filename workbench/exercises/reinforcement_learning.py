"""Questions and checks of ``notebooks/07_reinforcement_learning.ipynb``; its hunts are beside."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.exercises.controller_hunts import baseline_hunt, hunt
from workbench.exercises.controllers_race import ahead_from, gains, reported
from workbench.exercises.detail_worth import DetailWorth
from workbench.exercises.exercise import Exercise, returns
from workbench.exercises.prediction import Prediction
from workbench.exercises.quiz import Question, Quiz
from workbench.exercises.same_strategy import same_strategy
from workbench.exercises.slot_machines import (
    Learners,
    as_written,
    learners,
    lost_and_found,
    sure,
    two_ways,
)
from workbench.exercises.winners import Winner
from workbench.panels import ControllerPanel

__all__ = [
    "DetailWorth",
    "Learners",
    "Winner",
    "ahead_from",
    "as_written",
    "baseline_hunt",
    "gains",
    "hunt",
    "learners",
    "lost_and_found",
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


one_draw = Exercise(
    "Write `gradient_of_a_draw(p, rewards, k, b)`: option `k` was drawn from the softmax `p`. "
    "Return the estimate of the gradient, a number for each logit.",
    cases=(
        returns([0.5, -0.25, -0.25], THIRD, [1.0, 0.0, 0.0], 0, 0.0, why="∇ log p_k = e_k − p."),
        returns(
            [0.2, -0.3, 0.1],
            THIRD,
            [1.0, 0.1, 0.0],
            1,
            0.5,
            why="Worse than the baseline: what was drawn becomes less likely, the others more.",
        ),
        returns(
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

# ------------------------------------------------------------------ what it has learned


def most_moved(panel: ControllerPanel) -> float:
    """By how much a probability of the panel's architecture has moved at most since update 0.

    As far as the slider of updates stands. Raises ValueError before a decision is taken.
    """
    if not panel.taken:
        raise ValueError("most_moved: expected an architecture, got none: let the panel write one")
    return max(
        abs(now - then)
        for number in range(len(panel.taken))
        for now, then in zip(panel.softmax(number).shares, panel.softmax(number, update=0).shares)
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
