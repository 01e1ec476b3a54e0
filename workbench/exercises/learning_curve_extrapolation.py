"""Questions and checks of ``notebooks/11_learning_curve_extrapolation.ipynb``.

The bug hunt's fault: a trial that goes on begins its learning-rate schedule anew, so that k epochs
and then n − k more are not n epochs. It comes of resuming from weights alone.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

from workbench.estimators import Predicted
from workbench.exercises.bug_hunt import BugHunt
from workbench.exercises.curve_forecasters import (
    TOP,
    Curves,
    as_table,
    foretold_by_seed,
    measured,
    pairs_that_hold,
)
from workbench.exercises.exercise import Exercise, returns
from workbench.exercises.prediction import Prediction
from workbench.exercises.quiz import Question, Quiz
from workbench.exercises.trimming import saved_and_lost, share_saved, sparing, trimmed
from workbench.exercises.winners import Winner
from workbench.history import RankAgreement, Row, rank_agreement

__all__ = [
    "Curves",
    "Winner",
    "as_table",
    "beside_parameters",
    "foretold_by_seed",
    "measured",
    "pairs_that_hold",
    "saved_and_lost",
    "share_saved",
    "sparing",
    "ten_curves",
    "trimmed",
]


def ten_curves(table: Any, *, seed: int = 0, many: int = 10) -> list[tuple[float, ...]]:
    """Single trainings of random cells of a table, none of them at chance."""
    rng, found = random.Random(seed), list[tuple[float, ...]]()
    while len(found) < many:
        cell = table.space.sample(rng)
        if table.space.is_connected(cell) and table.mean(cell) > 0.5:
            found.append(tuple(table.curve(cell, seed=0).tolist()))
    return found


def beside_parameters(
    table: Any, *, trained: int = 500, seeds: Sequence[int] = (0, 1, 2)
) -> list[Row]:
    """By how much a forest of ``trained`` cells ranks all cells better than their sizes do.

    A row a ``seed``: ``tau`` and ``top`` (precision among the top 5 %), each less what the number
    of parameters has.
    """
    sizes, rows = _ranks(table.parameters, table), list[Row]()
    for seed in seeds:
        forest: Predicted[Any] = Predicted(table, model="trees", trained=trained)
        for _ in forest.prepare(seed=seed):
            pass
        ours = _ranks(forest.predict(table.cells), table)
        tau, top = ours.tau.value - sizes.tau.value, ours.precision.value - sizes.precision.value
        rows.append({"seed": seed, "tau": tau, "top": top})
    return rows


def _ranks(said: Any, table: Any) -> RankAgreement:
    return rank_agreement(said, table.means, top=TOP, resamples=1)


# ------------------------------------------------------------------ the criterion, by hand


def chance_above(mean: float, deviation: float, best: float) -> float:
    """P(y > best) of a normal distribution."""
    return (1 - math.erf((best - mean) / (deviation * math.sqrt(2)))) / 2


criterion = Exercise(
    "Write `chance_above(mean, deviation, best)`: the probability that a normally distributed "
    "final accuracy exceeds the best one so far.",
    cases=(
        returns(0.5, 0.8, 0.05, 0.8),
        returns(1 - 0.8413447460685429, 0.8, 0.05, 0.85),
        returns(0.9772498680518208, 0.9, 0.05, 0.8),
    ),
    hints=(
        "How many deviations does `best` lie above `mean`? Call that z.",
        "Φ(z) = (1 + math.erf(z / √2)) / 2 is the probability to end *below*.",
        "`(1 - math.erf((best - mean) / (deviation * math.sqrt(2)))) / 2`",
    ),
    solution=chance_above,
    minutes=6,
)

# ------------------------------------------------------------------ the bug hunt


def rates_of_the_rest(done: int, epochs: int, rate: float) -> list[float]:
    """The learning rates of the epochs that a promoted trial still trains.

    In a training of ``epochs`` epochs, the rate falls along half a cosine from ``rate`` in the
    first epoch towards 0 after the last. ``done`` of them were trained before; what is left goes on
    as if the training had never stopped.
    """
    left = epochs - done
    return [rate * (1 + math.cos(math.pi * epoch / left)) / 2 for epoch in range(left)]


def _rates(done: int, epochs: int, rate: float) -> list[float]:
    every = [rate * (1 + math.cos(math.pi * epoch / epochs)) / 2 for epoch in range(epochs)]
    return every[done:]


def _rates_by_half_angles(done: int, epochs: int, rate: float) -> list[float]:
    angles = (math.pi * epoch / (2 * epochs) for epoch in range(done, epochs))
    return [rate * math.cos(angle) ** 2 for angle in angles]


hunt = BugHunt(
    "Code like this trained promoted candidates. Write `test(implementation)`: it passes on right "
    "code and fails on this one.",
    suspect=rates_of_the_rest,
    right=_rates,
    another=_rates_by_half_angles,
    allowed="It computes the same rates as squares of cosines, which differ in the last digit.",
    fault=(
        "The schedule begins anew with each promotion: at the full rate, and over what is left. "
        "Such a training is not the one that was promised, its curve dips, and every "
        "extrapolation of it is of another curve."
    ),
    hints=(
        "What must k epochs and then n − k more be equal to?",
        "Ask for all rates at once (`done=0`), then for those after 3, and compare.",
        "Compare numbers with `abs(a - b) < 1e-9`, as they may be computed in another order.",
    ),
    solution=(
        "def test(implementation):\n"
        "    whole = implementation(0, 12, 0.1)\n"
        "    rest = implementation(4, 12, 0.1)\n"
        "    assert len(rest) == 8\n"
        "    assert all(abs(a - b) < 1e-9 for a, b in zip(whole[4:], rest))"
    ),
    minutes=6,
)

# ------------------------------------------------------------------ predictions

better_than = Prediction(
    "Take 100 pairs of cells. In how many does the one that leads after a third of the epochs also "
    "lead at the end?",
    options=(50, 55, 60, 65, 70, 75, 80, 85, 90, 95),
    label=lambda pairs: f"{pairs:.0f} of 100",
)

saved = Prediction(
    "The criterion with δ = 5 % stops hopeless trainings of a random search. What share of all "
    "epochs does that save?",
    options=(5, 10, 20, 30, 40, 50, 60, 70),
    label=lambda share: f"{share:.0f} %",
)

# ------------------------------------------------------------------ quizzes

from_before = Quiz(
    Question(
        "A lower fidelity scores every network ten points too low. Is it useless for a search?",
        {
            "yes": "A search only compares. What is subtracted from all changes no comparison.",
            "no, if it keeps the order": "Only the rank correlation with the truth counts.",
        },
        right="no, if it keeps the order",
    ),
    Question(
        "What does Hyperband do about not knowing the right first budget?",
        {
            "it asks for it": "It has brackets so that nobody needs to say.",
            "it tries several": "Each bracket begins at another budget, down to the full one.",
            "it extrapolates": "It never looks ahead; that is this notebook.",
        },
        right="it tries several",
    ),
)

counts = Quiz(
    Question(
        "A stopped training is told with its expected final value. May that value be the best so "
        "far, which later trainings must beat?",
        {
            "yes": "An optimistic forecast would then stop everything that really is better.",
            "no": "Only what was trained to the end counts. The winner was really trained.",
        },
        right="no",
    )
)

speed = Quiz(
    Question(
        "The sum of training losses ranks cells well. What does it say of the final accuracy?",
        {
            "only its rank": "It tells which of two is better, not how good either is.",
            "its negative is the accuracy": "It is not even between 0 and 1.",
        },
        right="only its rank",
    )
)
