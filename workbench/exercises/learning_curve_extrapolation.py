"""Questions and checks of ``notebooks/11_learning_curve_extrapolation.ipynb``.

The bug hunt's fault: a trial that goes on begins its learning-rate schedule anew, so that k epochs
and then n − k more are not n epochs. It comes of resuming from weights alone.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from types import SimpleNamespace
from typing import Any

import numpy as np

from workbench.estimators import Extrapolated
from workbench.exercises.bug_hunt import BugHunt
from workbench.exercises.curve_forecasters import Curves, foretold
from workbench.exercises.exercise import Case, Exercise, NotAttemptedError, returns
from workbench.exercises.prediction import Prediction
from workbench.exercises.quiz import Question, Quiz
from workbench.exercises.table_searches import best_told
from workbench.exercises.winners import Winner
from workbench.history import History, Lap, Row
from workbench.race.planned import STOPPED
from workbench.search import finish, search
from workbench.strategies import RandomSearch

__all__ = [
    "Curves",
    "Winner",
    "as_table",
    "foretold",
    "pairs_that_hold",
    "share_saved",
    "ten_curves",
    "trimmed",
    "winner_of",
]


def ten_curves(table: Any, *, seed: int = 0, many: int = 10) -> list[tuple[float, ...]]:
    """Single trainings of random cells of a table, none of them at chance."""
    rng, found = random.Random(seed), list[tuple[float, ...]]()
    while len(found) < many:
        cell = table.space.sample(rng)
        if table.space.is_connected(cell) and table.mean(cell) > 0.5:
            found.append(tuple(table.curve(cell, seed=0).tolist()))
    return found


def as_table(rows: Sequence[Row]) -> str:
    """What ``foretold`` gives, as Markdown."""
    lines = [
        "| forecaster | τ | mean error (points) | inside the 80 % interval |",
        "|:--|--:|--:|--:|",
    ]
    for row in rows:
        error = "–" if row["error"] is None else f"{row['error']:.1f}"
        inside = "–" if row["inside"] is None else f"{100 * row['inside']:.0f} %"
        lines.append(f"| {row['forecaster']} | {row['tau']:.2f} | {error} | {inside} |")
    return "\n".join(lines)


def pairs_that_hold(curves: Curves, *, seen: int) -> float:
    """Of all pairs of curves, in how many (in %) does the one ahead after ``seen`` end ahead."""
    then, now = curves.scores[:, seen - 1], curves.scores[:, -1]
    one, other = np.triu_indices(len(now), 1)
    ahead, ends = np.sign(then[one] - then[other]), np.sign(now[one] - now[other])
    differ = (ahead != 0) & (ends != 0)
    return float(100 * (ahead == ends)[differ].mean())


def winner_of(history: History[Any], space: Any, images: Any, *, epochs: int, seed: int) -> Winner:
    """The best network that was trained to the end, drawn, with its test score."""
    ran = SimpleNamespace(history=history, space=space)
    return Winner(ran, images, epochs=epochs, seed=seed, more=1)


def share_saved(laps: Sequence[Lap]) -> float:
    """Of a race with and without termination: the median share of epochs saved, in %."""
    plain = {lap.seed: lap.epochs for lap in laps if lap.racer != STOPPED}
    saved = [1 - lap.epochs / plain[lap.seed] for lap in laps if lap.racer == STOPPED]
    return 100 * median(saved)


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

# ------------------------------------------------------------------ how hard to trim


@dataclass(frozen=True)
class Trimmed:
    """A random search whose trainings may be stopped, beside the same one that stops none.

    ``saved`` is the share of all epochs, ``lost`` how much worse its choice truly is, a fraction.
    """

    saved: float
    lost: float
    stopped: int
    trials: int

    def __repr__(self) -> str:
        return (
            f"{self.stopped} of {self.trials} trainings stopped, {100 * self.saved:.0f} % of the "
            f"epochs saved, {100 * self.lost:.2f} points lost"
        )


def trimmed(table: Any, *, delta: float, begin: float, trials: int = 60, seed: int = 0) -> Trimmed:
    """Run both searches on ``table``; ``delta`` and ``begin`` are those of ``Extrapolated``."""
    runs = []
    for estimator in (table, Extrapolated(table, delta=delta, begin=begin)):
        strategy: RandomSearch[Any] = RandomSearch(table.space, seed=seed)
        runs.append(finish(search(strategy, estimator, trials=trials, seed=seed)))
    plain, cut = (table.mean(best_told(run).candidate.arch) for run in runs)
    saved = [told.evaluation.measures["epochs saved"] for told in runs[1].told]
    return Trimmed(
        sum(saved) / (table.epochs * trials), plain - cut, sum(each > 0 for each in saved), trials
    )


def _kept(name: str, holds: Callable[[Trimmed], bool]) -> Case:
    def judge(run: Any) -> str:
        if run is None or run is ...:
            raise NotAttemptedError
        if not isinstance(run, Trimmed):
            return f"expected what lesson.trimmed gives, got {run!r}"
        return "" if holds(run) else f"yours: {run}."

    return Case(name, judge)


half = Exercise(
    "Find a `delta` and a `begin` with which sixty trials save 45 % of the epochs and lose no more "
    "than 0.3 points.",
    cases=(
        _kept("45 % of the epochs saved", lambda run: run.saved >= 0.45),
        _kept("at most 0.3 points lost", lambda run: run.lost <= 0.003),
        _kept("sixty trials", lambda run: run.trials >= 60),
    ),
    hints=(
        "A larger δ stops more. What does it stop by mistake?",
        "An earlier look saves more of each training that it stops.",
        "δ = 0.2 from a third of the epochs on.",
    ),
    solution="lesson.trimmed(table, delta=0.2, begin=1 / 3)",
    minutes=8,
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
    "Of 100 pairs of cells, the one that leads after a third of the epochs also leads at the end "
    "of how many?",
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

crossing = Quiz(
    Question(
        "Two learning curves. Can the one that is behind after four epochs win?",
        {
            "no": "Narrow cells learn fast and end early; wide ones come from behind.",
            "yes, that is common": "Where curves cross, the last value misranks.",
        },
        right="yes, that is common",
    )
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
            "nothing": "It is a rank, in nats: which of two is better, not how good either is.",
            "its negative is the accuracy": "It is not even between 0 and 1.",
        },
        right="nothing",
    )
)
