"""Questions and checks of ``notebooks/10_lower_fidelity.ipynb``.

``brackets_hunt``: the number of brackets from a floating logarithm, one too few for 3^5 epochs.
Published code has had it (optuna/optuna, pull request 6835; baggepinnen/Hyperopt.jl, pull request
77).
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from functools import cache
from typing import Any

from workbench.estimators.fidelity import Fidelity
from workbench.exercises.bug_hunt import BugHunt
from workbench.exercises.cut_or_short import cut_or_short, ranks_better, side_by_side
from workbench.exercises.equal_seconds import SecondBySecond, leads
from workbench.exercises.exercise import Case, Exercise, returns
from workbench.exercises.prediction import Prediction
from workbench.exercises.quiz import Question, Quiz
from workbench.exercises.time_limit import in_time
from workbench.exercises.winners import Winner
from workbench.panels.fidelity.recorded_study import read_study
from workbench.panels.fidelity.study import Study
from workbench.recordings import recording
from workbench.strategies.brackets import hyperband_brackets
from workbench.views.numbers_in_words import many as count

__all__ = [
    "SecondBySecond",
    "Winner",
    "bracket_zero",
    "brackets_hunt",
    "cheap",
    "cut_or_short",
    "from_before",
    "how_often_cut",
    "hyperband_brackets",
    "leads",
    "nobody_waits",
    "ranks_better",
    "rungs",
    "side_by_side",
    "some_curves",
    "tau_guess",
    "underestimates",
]

# ------------------------------------------------------------------ curves of a table


def some_curves(table: Any, *, many: int = 27, seed: int = 0) -> list[list[float]]:
    """One training each of ``many`` cells, every epoch."""
    cells = random.Random(seed).sample(list(table.cells), min(many, len(table.cells)))
    return [[float(score) for score in table.curve(cell, seed=0)] for cell in cells]


def how_often_cut(
    curves: Sequence[Sequence[float]],
    *,
    many: int = 27,
    eta: int = 3,
    firsts: Sequence[int] = (1, 8),
    draws: int = 1000,
) -> str:
    """In how many draws of ``many`` curves the first rung cuts the one that is best in the end.

    A rung after so many epochs as ``firsts`` says keeps the best 1/``eta``.
    """
    chance, cut = random.Random(0), dict.fromkeys(firsts, 0)
    for _ in range(draws):
        drawn = chance.sample(list(curves), min(many, len(curves)))
        winner = max(drawn, key=lambda curve: curve[-1])
        for epochs in cut:
            ahead = sum(curve[epochs - 1] > winner[epochs - 1] for curve in drawn)
            cut[epochs] += ahead >= len(drawn) // eta
    shares = ", ".join(
        f"after {count(epochs, 'epoch')} in {100 * times / draws:.0f} %"
        for epochs, times in cut.items()
    )
    return f"{draws:,} draws of {many} cells; a first rung cuts the eventual winner {shares}"


# ------------------------------------------------------------------ exercise 1


def bracket(starts: int, first: int, most: int, eta: int) -> list[tuple[int, int]]:
    """(how many, epochs) of each rung, until nobody can be cut, or ``most`` epochs are reached."""
    rungs = [(starts, first)]
    while rungs[-1][0] // eta >= 1 and rungs[-1][1] * eta <= most:
        many, epochs = rungs[-1]
        rungs.append((many // eta, epochs * eta))
    return rungs


rungs = Exercise(
    "Write `bracket(starts, first, most, eta)`: the list of `(how many, epochs)` of successive "
    "halving's rungs. At each one the best 1/`eta`, rounded down, go on for `eta` times as many "
    "epochs. It ends where nobody is left to go on, or that would be more than `most` epochs.",
    cases=tuple(
        in_time(case, why="What must change from rung to rung, so that the loop ends?")
        for case in (
            returns([(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)], 81, 1, 81, 3, why="Four times."),
            returns(
                [(34, 3), (11, 9), (3, 27), (1, 81)], 34, 3, 81, 3, why="34 / 3, rounded down."
            ),
            returns([(8, 1), (4, 2), (2, 4), (1, 8)], 8, 1, 8, 2, why="Halves."),
            returns([(5, 81)], 5, 81, 81, 3, why="They have all the epochs, so nobody is cut."),
            returns([(2, 5)], 2, 5, 100, 3, why="Two cannot be cut to a third."),
        )
    ),
    hints=(
        "The first rung is `(starts, first)`. What must be true for another one to follow?",
        "Divide with `//`, multiply with `*`; stop where `many // eta` is 0, or the epochs are too "
        "many.",
        "`while many // eta >= 1 and epochs * eta <= most: many, epochs = many // eta, …`",
    ),
    solution=bracket,
    minutes=8,
)

# ------------------------------------------------------------------ exercise 2

COST, TAU = 0.05, 0.5  # what is asked for: at most such a share, at least such a τ


@cache
def _study() -> Study:
    """What counts: a few trained by the learner may rank well by luck."""
    return read_study(recording("digits-fidelities.json"))


def _recorded(fidelity: Any) -> str:
    if not isinstance(fidelity, Fidelity):
        return f"expected a Fidelity, got {fidelity!r}"
    said = f"{fidelity.words}: not recorded. The points in the picture are."
    return "" if _study().point(fidelity) else said


def _ranks_well(fidelity: Fidelity) -> str:
    point = _study().point(fidelity)
    if point is None or point.agreement.tau.value >= TAU:
        return ""
    return f"{fidelity.words} ranks with τ = {point.agreement.tau.value:.2f}."


def _cheap_enough(fidelity: Fidelity) -> str:
    point = _study().point(fidelity)
    if point is None or point.cost <= COST:
        return ""
    return f"{fidelity.words} costs {100 * point.cost:.0f} % of full training."


cheap = Exercise(
    f"Find a fidelity that costs at most {100 * COST:.0f} % of full training and ranks with "
    f"τ ≥ {TAU:g}: write it as `Fidelity(epochs, filters_share=…)`, and so on.",
    cases=(
        Case("a recorded fidelity", _recorded),
        Case(f"τ ≥ {TAU:g}", _ranks_well),
        Case(f"at most {100 * COST:.0f} % of the cost", _cheap_enough),
    ),
    hints=(
        "Savings multiply: half of a half is a quarter. Which knob saves twice by itself?",
        "No single knob gets there. Turn several of them to one half.",
        "Half the epochs, half the images, half the filters, half the cells.",
    ),
    solution="mine = Fidelity(4, train_share=0.5, filters_share=0.5, cells_share=0.5)",
    minutes=8,
)


# ------------------------------------------------------------------ bug hunts


def halvings(most_epochs: int, eta: int) -> int:
    """How often 1/eta of ``most_epochs`` whole epochs can be taken, and at least 1 is left."""
    return int(math.log(most_epochs) / math.log(eta))


def halvings_by_multiplying(most_epochs: int, eta: int) -> int:
    """What ``halvings`` promises, in whole numbers. Raises ValueError where no epoch is left."""
    if most_epochs < 1:
        raise ValueError(f"most_epochs: expected at least 1, got {most_epochs}")
    found = 0
    while eta ** (found + 1) <= most_epochs:
        found += 1
    return found


def halvings_by_dividing(most_epochs: int, eta: int) -> int:
    """What ``halvings`` promises: divided, rounded down each time. Raises ValueError as well."""
    if most_epochs < 1:
        raise ValueError(f"most_epochs: expected at least 1, got {most_epochs}")
    found = 0
    while most_epochs >= eta:
        most_epochs, found = most_epochs // eta, found + 1
    return found


brackets_hunt = BugHunt(
    "Hyperband has one bracket more than `halvings` says. For 81 epochs and η = 3 there are five, "
    "as published. Write `test(implementation)`: it passes on right code and fails on this one.",
    suspect=halvings,
    right=halvings_by_multiplying,
    another=halvings_by_dividing,
    allowed="It divides instead of multiplying, which comes to the same.",
    fault=(
        "A quotient of two rounded logarithms falls just below a whole number, and `int` cuts it "
        "off: for 3⁵ = 243 epochs it says 4. What goes missing is the bracket that begins with the "
        "most candidates, and nothing warns. Optuna's pull request 6835 and Hyperopt.jl's 77 "
        "describe it."
    ),
    hints=(
        "Which inputs have an answer that you know without a logarithm?",
        "Powers of η are their own logarithm: try all of 3¹, 3², 3³, …",
        "`implementation(243, 3)` should be 5.",
    ),
    solution=(
        "def test(implementation):\n"
        "    for power in range(1, 12):\n"
        "        assert implementation(3**power, 3) == power"
    ),
    minutes=6,
)

# ------------------------------------------------------------------ guesses and questions

from_before = Quiz(
    Question(
        "Why does the highest of many scores shrink when its cell is trained again?",
        {
            "It was chosen for its luck": "Its truth stays, its luck is drawn anew.",
            "Training wears it out": "The cell is trained from new weights; nothing is worn.",
        },
        "It was chosen for its luck",
    ),
    Question(
        "A table answers each query with one training of a cell. What does a search never see?",
        {
            "A cell's truth": "It is the mean over seeds, which no query tells.",
            "A cell's learning curve": "A query tells all of its epochs.",
        },
        "A cell's truth",
    ),
)

tau_guess = Prediction(
    "How well do scores after 1 of 12 epochs rank the cells? Kendall's τ with the end:",
    options=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    label=lambda value: f"{value:.2f}",
)

underestimates = Quiz(
    Question(
        "Every early score is 10 points too low, alike for all. What does halving lose?",
        {
            "Nothing": "Only the order decides who goes on, and the order is the same.",
            "10 points": "The winner is trained to the end, where its score is right again.",
            "It cuts the wrong ones": "Who was ahead by 2 points is still ahead by 2.",
        },
        "Nothing",
    )
)

bracket_zero = Quiz(
    Question(
        "What is Hyperband's bracket 0?",
        {
            "Random search": "It cuts nobody: all are trained to the end.",
            "One candidate": "There are s_max + 1 of them, all with all the epochs.",
            "Every candidate for one epoch": "That is where bracket s_max begins.",
        },
        "Random search",
    )
)

nobody_waits = Quiz(
    Question(
        "Eight workers, and one trial takes ten times as long. Who waits under ASHA?",
        {
            "Nobody": "The best third told so far goes on; the slow one is ranked when it ends.",
            "The seven others": "They would under successive halving, until the rung is complete.",
        },
        "Nobody",
    )
)
