"""Questions and checks of ``notebooks/08_cell_controllers.ipynb``; its bug hunt is beside 07's."""

from __future__ import annotations

from typing import Any

from workbench.exercises.controller_hunts import hunt
from workbench.exercises.controllers_race import ahead_from, gains, reported
from workbench.exercises.detail_worth import DetailWorth
from workbench.exercises.echo import (
    FIRST,
    SECOND,
    SETTINGS,
    Echo,
    began_with,
    earned,
    earned_table,
    forced,
    reward_at_last,
    small_cells,
    taught,
)
from workbench.exercises.exercise import Case, Exercise, NotAttemptedError, returns
from workbench.exercises.prediction import Prediction
from workbench.exercises.quiz import Question, Quiz
from workbench.exercises.runs import at_least, at_most
from workbench.exercises.same_strategy import same_strategy
from workbench.exercises.winners import Winner
from workbench.history import History

__all__ = [
    "FIRST",
    "SECOND",
    "SETTINGS",
    "DetailWorth",
    "Echo",
    "Winner",
    "ahead_from",
    "began_with",
    "clipped_share",
    "earned",
    "earned_table",
    "forced",
    "gains",
    "hunt",
    "reported",
    "reward_at_last",
    "same_strategy",
    "small_cells",
    "taught",
]

# ------------------------------------------------------------------ the clipped surrogate


def surrogate(r: float, advantage: float, eps: float) -> float:
    """min(r A, clip(r, 1 − ε, 1 + ε) A)."""
    near = min(max(r, 1 - eps), 1 + eps)
    return min(r * advantage, near * advantage)


clipped = Exercise(
    "Write `surrogate(r, advantage, eps)`: what PPO climbs, for one decision.",
    cases=(
        returns(1.2, 1.5, 1.0, 0.2, why="It was good and is already likelier: enough."),
        returns(-0.8, 0.5, -1.0, 0.2, why="It was bad and is already less likely: enough."),
        returns(
            -1.5, 1.5, -1.0, 0.2, why="It was bad and became likelier. That must hurt in full."
        ),
        returns(0.5, 0.5, 1.0, 0.2, why="It was good and became less likely: no mercy either."),
        returns(2.2, 1.1, 2.0, 0.2, why="Within 1 ± ε nothing is cut."),
    ),
    hints=(
        "Two candidates, one with the ratio as it is, one with the ratio cut to 1 ± ε.",
        "`min(max(r, 1 - eps), 1 + eps)` cuts.",
        "The smaller one of the two candidates, whatever the sign of the advantage.",
    ),
    solution=surrogate,
    minutes=6,
)

# ------------------------------------------------------------------ an experiment

TRIALS, LAST, AIM = 400, 100, 0.7


def _late(history: Any) -> str:
    if not isinstance(history, History):
        raise TypeError(f"expected the history of a run, such as panel.history, got {history!r}")
    if not history.told:
        raise NotAttemptedError
    reached = reward_at_last(history, last=LAST)
    return "" if reached >= AIM else f"{reached:.2f}."


sooner = Exercise(
    f"In {TRIALS} trials, let the last {LAST} repeat {100 * AIM:.0f} % of the operations or more, "
    "on average.",
    cases=(
        at_least(TRIALS),
        at_most(TRIALS),
        Case(f"a mean of {AIM} or more over the last {LAST} trials", _late),
    ),
    hints=(
        "What keeps a softmax from making up its mind?",
        "The entropy bonus pays for being undecided. How much may that be worth here?",
        "Try `entropy_weight` 0.05. One seed may be unlucky: try the next.",
    ),
    solution="# in the panel: entropy_weight 0.05, 400 trials; then Run",
    minutes=8,
)

# ------------------------------------------------------------------ a guess

beyond = Prediction(
    "Four passes over a batch, one ratio an architecture of 16 decisions. Of 100 ratios, how many "
    "lie beyond 1 ± 0.2?",
    options=(0, 5, 10, 20, 30, 40, 50, 60, 75, 90),
    label=lambda ratios: f"{ratios:.0f} of 100",
)


def clipped_share(strategy: Any) -> float:
    """The mean share of ratios beyond 1 ± ε, over all updates of a ``PPO``; a fraction.

    Raises ValueError before its first update.
    """
    rows = strategy.inside().get("history: clipped", [])
    if not rows:
        raise ValueError("clipped_share: expected a PPO that has learned at least once")
    return float(sum(row["value"] for row in rows) / len(rows))


# ------------------------------------------------------------------ quizzes

from_before = Quiz(
    Question(
        "REINFORCE without a baseline, all rewards positive. What goes wrong?",
        {
            "the gradient is biased": "Its mean is right for every constant baseline.",
            "whatever was drawn is praised": "Early luck feeds itself; others are not tried.",
            "the rewards are too small": "Ten times the reward is ten times the praise, for all.",
        },
        right="whatever was drawn is praised",
    ),
    Question(
        "How does a controller decide about skip connections from 14 earlier layers?",
        {
            "one softmax over 14 options": "Then exactly one of them would be read.",
            "attention asks about each": "Each answer is drawn by itself, from two states.",
            "it reads all of them": "That would be a DenseNet, without a decision.",
        },
        right="attention asks about each",
    ),
)

old_new = Quiz(
    Question(
        "PPO's first pass over a batch: how large is the ratio r?",
        {
            "1": "Nothing has moved yet, so the gradient is REINFORCE's.",
            "below 1": "It falls only for what becomes less likely, later.",
            "it depends on the advantage": "The ratio compares policies. It knows no rewards.",
        },
        right="1",
    )
)

no_force = Quiz(
    Question(
        "r > 1 + ε and a positive advantage: the gradient of the clipped surrogate is 0. Why?",
        {
            "the decision was bad": "A positive advantage says that it was good.",
            "it was moved far enough for one batch": (
                "The batch was drawn from another policy, and knows little about this one."
            ),
            "Adam would diverge": "It might, but the surrogate knows nothing of Adam.",
        },
        right="it was moved far enough for one batch",
    )
)

memory = Quiz(
    Question(
        "Of two controllers one has no LSTM: a softmax for each decision. What can it not write?",
        {
            "the best cell": "It can: each softmax becomes sure of one option.",
            "several cells whose choices belong together": "It cannot say: if this, then that.",
            "cells of two blocks": "It has a softmax for each of their decisions.",
        },
        right="several cells whose choices belong together",
    )
)
