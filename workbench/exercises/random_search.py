"""Questions and checks of ``notebooks/04_random_search.ipynb``.

The bug hunt's fault: validation and test accuracy of the best trial are tracked as two separate
maxima, so the test images choose too. Public search scripts let them choose, and a maximum over
test accuracies was published (yuhuixu1993/PC-DARTS, issue 53: over epochs; SamsungLabs/
zero-cost-nas, issue 8: over trials, in an example). Of an honest curve somebody noticed that it
falls now and then (google-research/nasbench, issue 11).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import comb

from workbench.exercises.against_chance import (
    HANDS,
    PASTED,
    answers,
    beat_chance,
    stand_in,
    worth,
)
from workbench.exercises.bug_hunt import BugHunt
from workbench.exercises.exercise import Exercise, returns
from workbench.exercises.note import Number
from workbench.exercises.prediction import Prediction
from workbench.exercises.quiz import Question, Quiz
from workbench.exercises.table_searches import (
    about,
    best_told,
    cheap_or_long,
    error_of_best,
    mornings,
    repeats,
    reported,
    searches,
    standard_errors,
    truths_drawn,
    what_made_it_good,
)
from workbench.exercises.time_limit import in_time
from workbench.exercises.winners import Winner

__all__ = [
    "HANDS",
    "PASTED",
    "Winner",
    "about",
    "answers",
    "beat_chance",
    "best_told",
    "cheap_or_long",
    "error_of_best",
    "mornings",
    "repeats",
    "reported",
    "searches",
    "stand_in",
    "standard_errors",
    "truths_drawn",
    "what_made_it_good",
    "worth",
]

# ------------------------------------------------------------------ the best of n


def expected_best(scores: Sequence[Number], n: int) -> float:
    """Mean of the best of n different architectures, drawn blindly from the sorted ``scores``."""
    ways = comb(len(scores), n)  # samples of n
    # the score at place i is the best of a sample whose n - 1 others are among the i before it
    return sum(score * (comb(i, n - 1) / ways) for i, score in enumerate(scores))


LISTING = "Is there a way that does not list every sample? Count those in which one score is best."

best_of_n = Exercise(
    "Write `expected_best(scores, n)`: draw `n` different ones of all `scores` (sorted, the worst "
    "first). How good is the best of them on average?",
    cases=(
        returns(0.5, [0.2, 0.5, 0.8], 1, why="One draw: the mean of all."),
        returns(0.8, [0.2, 0.5, 0.8], 3, why="Who draws all has the best."),
        returns(0.7, [0.2, 0.5, 0.8], 2, why="Three pairs; their best ones are 0.5, 0.8, 0.8."),
        returns(0.6, [0.2, 0.6, 0.6], 2, why="Equal scores are two architectures all the same."),
        in_time(
            returns(260 / 11, range(1, 26), 10, why="There are 3,268,760 samples, equally likely."),
            seconds=0.1,
            why=LISTING,
        ),
        in_time(
            returns(300 * 6467 / 301, range(1, 6467), 300, why="`math.comb` is exact; floats end."),
            why=LISTING,
        ),
    ),
    hints=(
        "How many samples of `n` are there? In how many of them is the best of all? The second?",
        "Place `i` (from 0) is the best of a sample if the `n - 1` others come from the `i` "
        "places before it. `math.comb` counts in how many ways.",
        "`sum(score * (comb(i, n - 1) / comb(len(scores), n)) for i, score in …)`",
    ),
    solution=expected_best,
    minutes=10,
)

# ------------------------------------------------------------------ guesses

luck = Prediction(
    "After all trials: by how many points is the best score seen too high, on average?",
    options=(0, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5),
    label=lambda points: f"{round(points, 1) + 0.0:.1f} points",  # never −0.0
    missed=("too trusting", "too suspicious"),
)


@cache
def how_long(epochs: int) -> Prediction:
    """Your guess at how many of the table's ``epochs`` a trial should last; the same one again."""
    return Prediction(
        "One budget of epochs. How many epochs a trial lead to the best choice?",
        options=lengths(epochs),
        label=lambda each: f"{each:.0f} epoch{'s' * (each != 1)}",
        missed=("too short", "too long"),
    )


def lengths(epochs: int) -> tuple[int, ...]:
    """The divisors of ``epochs``: trainings of which a budget holds a whole number."""
    return tuple(each for each in range(1, epochs + 1) if epochs % each == 0)


# ------------------------------------------------------------------ the bug hunt

Pairs = list[tuple[float, float]]


def best_so_far(validation: Sequence[float], test: Sequence[float]) -> Pairs:
    """Validation and test accuracy of the incumbent, after each trial.

    The incumbent is the best trial so far. Validation accuracy says which one is better.
    """
    best_validation, best_test, curve = 0.0, 0.0, []
    for validated, tested in zip(validation, test):
        best_validation = max(best_validation, validated)
        best_test = max(best_test, tested)
        curve.append((best_validation, best_test))
    return curve


def incumbents(validation: Sequence[float], test: Sequence[float]) -> Pairs:
    """What ``best_so_far`` promises; of equals the first stays."""
    curve: Pairs = []
    for trial in zip(validation, test):
        curve.append(trial if not curve or trial[0] > curve[-1][0] else curve[-1])
    return curve


def newest_incumbents(validation: Sequence[float], test: Sequence[float]) -> Pairs:
    """What ``best_so_far`` promises; of equals the newest is taken."""
    curve: Pairs = []
    for trial in zip(validation, test):
        curve.append(trial if not curve or trial[0] >= curve[-1][0] else curve[-1])
    return curve


hunt = BugHunt(
    "Code like this drew published curves. Write `test(implementation)`: it passes on right code "
    "and fails on this one.",
    suspect=best_so_far,
    right=incumbents,
    another=newest_incumbents,
    allowed="Of equal validation accuracies it takes the newer trial, which nobody forbade.",
    fault=(
        "Two maxima, each by itself: the pair may belong to no trial, and the test images choose "
        "as well. An honest test curve may fall now and then; this one never does."
    ),
    hints=(
        "Do it by hand for two trials. Which numbers make the code and its promise disagree?",
        "Let the second trial win on validation images and lose on test images.",
        "Every pair must be one trial's: `pair in zip(validation, test)`, whatever the scores.",
    ),
    solution=(
        "def test(implementation):\n"
        "    validation, test = [0.90, 0.95, 0.92], [0.94, 0.91, 0.93]\n"
        "    assert implementation(validation, test) == [(0.90, 0.94), (0.95, 0.91), (0.95, 0.91)]"
    ),
    minutes=8,
)

# ------------------------------------------------------------------ quizzes

from_before = Quiz(
    Question(
        "Two papers compare cells. One stacks them six times, the other once. What is compared?",
        {
            "the cells": "The stacks differ as well, and they may do most of the work.",
            "cells and stacks together": "A cell is not a network: its stack is half of the plan.",
            "nothing": "Two networks are compared. It is only unclear what made the difference.",
        },
        right="cells and stacks together",
    ),
    Question(
        "How many different cells does NAS-Bench-201 have?",
        {
            "15,625": "That is how many can be written down. Some compute the same.",
            "it depends on the rule": "6,466 under the published one; others give more, or fewer.",
            "341": "So many let nothing through at all.",
        },
        right="it depends on the rule",
    ),
)

lucky = Quiz(
    Question(
        "The best of 100 trials has 93.0 % on the validation images. What is its true quality?",
        {
            "93.0 %": "The best of many was partly lucky, and luck does not come twice.",
            "probably a little less": (
                "Of all scores the highest was picked. It holds more good luck than bad."
            ),
            "probably a little more": "Then it would have had bad luck, and still won.",
        },
        right="probably a little less",
    )
)

more_trials = Quiz(
    Question(
        "You go from 10 trials to 1,000. What happens to the gap between the best score seen and "
        "what the same pick scores under another seed?",
        {
            "it closes": "More trials are more chances to be lucky, not better measurements.",
            "it stays or grows": "The best of more draws needs more luck to be the best.",
            "it vanishes with a test set": "A test set shows the gap. It does not close it.",
        },
        right="it stays or grows",
    )
)

baseline = Quiz(
    Question(
        "A new strategy finds 94.2 %. What do you ask first?",
        {
            "how long it took": "A good second question. First: is 94.2 % much, in this space?",
            "what random search finds with as many trials": (
                "The space may be so good that blind draws reach as much."
            ),
            "which seed it used": "One seed proves little. But what is the number compared with?",
        },
        right="what random search finds with as many trials",
    )
)
