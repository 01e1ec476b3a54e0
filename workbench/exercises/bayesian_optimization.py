"""Questions and checks of ``notebooks/05_bayesian_optimization.ipynb``.

The bug hunt's fault: the Gaussian process gives variances, expected improvement wants standard
deviations, and nobody took the square root. Published code had it (SMTorg/smt, issue 189: its
efficient global optimisation, and the picture in its documentation). Accuracies are fractions, so
a variance is far smaller than a deviation, and the search turns greedy.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from workbench.exercises.beliefs import Predicted, library_posterior, path_texts, predictions
from workbench.exercises.bug_hunt import BugHunt
from workbench.exercises.cell_line import LINE, CellLine, Measured, line_space
from workbench.exercises.exercise import Exercise, returns
from workbench.exercises.multi_branch_spaces import SideBySide
from workbench.exercises.prediction import Prediction
from workbench.exercises.published_ranking import PublishedRanking
from workbench.exercises.quiz import Question, Quiz
from workbench.exercises.runs import at_most, best_reaches
from workbench.exercises.seed_by_seed import SeedBySeed
from workbench.exercises.trust import Trust
from workbench.exercises.walk_picture import Walk
from workbench.exercises.winners import Winner
from workbench.search import finish, search
from workbench.strategies import BayesianOptimization
from workbench.strategies import expected_improvement as library

__all__ = [
    "LINE",
    "CellLine",
    "Measured",
    "Predicted",
    "PublishedRanking",
    "SeedBySeed",
    "SideBySide",
    "Trust",
    "Walk",
    "Winner",
    "library",
    "library_posterior",
    "line_space",
    "path_texts",
    "predictions",
]

# ------------------------------------------------------------------ expected improvement


def expected_improvement(mean: float, deviation: float, best: float) -> float:
    """E[max(y - best, 0)] of a score y that is normal with this mean and standard deviation."""
    ahead = mean - best
    if deviation == 0:
        return max(ahead, 0.0)
    z = ahead / deviation
    normal = NormalDist()
    return ahead * normal.cdf(z) + deviation * normal.pdf(z)


improvement = Exercise(
    "Write `expected_improvement(mean, deviation, best)` in closed form: how far does a normally "
    "distributed score beat `best` on average, where falling short counts 0?",
    cases=(
        returns(0.019947114, 0.90, 0.05, 0.90, why="Level with the best: half a bell is ahead."),
        returns(0.031521945, 0.90, 0.05, 0.88, why="Ahead by 0.02, and unsure by 0.05."),
        returns(0.011521945, 0.88, 0.05, 0.90, why="Behind by 0.02: it may still win."),
        returns(0.39894228, 0.0, 1.0, 0.0, why="The unit does not matter."),
        returns(0.02, 0.90, 0.0, 0.88, why="Nothing is unknown: it is ahead by 0.02."),
        returns(0.0, 0.80, 0.0, 0.88, why="Nothing is unknown, and it is behind: no improvement."),
    ),
    hints=(
        "With `z = (mean - best) / deviation`: how likely is it ahead at all? That is one term.",
        "`NormalDist().cdf(z)` weighs the lead, `mean - best`. The doubt adds the second term: "
        "`deviation` times the height of the bell, `NormalDist().pdf(z)`.",
        "`(mean - best) * cdf(z) + deviation * pdf(z)`; without doubt, `max(mean - best, 0)`.",
    ),
    solution=expected_improvement,
    minutes=10,
)

# ------------------------------------------------------------------ the bug hunt


def next_candidate(
    means: Sequence[float], variances: Sequence[float], scores: Sequence[float]
) -> int:
    """Which candidate to train next: the number of the one whose expected improvement is highest.

    ``means`` and ``variances`` are the Gaussian process's, one a candidate, for accuracies;
    ``scores`` are the accuracies measured so far.
    """
    best = max(scores)
    gains = [
        library.expected_improvement(mean, spread, best) for mean, spread in zip(means, variances)
    ]
    return int(np.argmax(gains))


def highest_improvement(
    means: Sequence[float], variances: Sequence[float], scores: Sequence[float]
) -> int:
    """What ``next_candidate`` promises; of equals the first."""
    deviations = np.sqrt(np.asarray(variances, float))
    gains = library.expected_improvement(np.asarray(means, float), deviations, max(scores))
    return int(np.argmax(gains))


def highest_log_improvement(
    means: Sequence[float], variances: Sequence[float], scores: Sequence[float]
) -> int:
    """What ``next_candidate`` promises, by logarithms; of equals the last."""
    deviations = np.sqrt(np.asarray(variances, float))
    gains = library.log_expected_improvement(np.asarray(means, float), deviations, max(scores))
    return int(len(gains) - 1 - np.argmax(gains[::-1]))


hunt = BugHunt(
    "Code like this chose the next trial of a published toolbox. Write `test(implementation)`: it "
    "passes on right code and fails on this one.",
    suspect=next_candidate,
    right=highest_improvement,
    another=highest_log_improvement,
    allowed="Of equally promising candidates it takes the last, which nobody forbade.",
    fault=(
        "`expected_improvement` wants a standard deviation and got a variance: the square root is "
        "missing. Doubts of 5 points shrink to 0.25, and the search follows the highest "
        "prediction. The toolbox's own documentation showed a picture of it."
    ),
    hints=(
        "Look at the units. What does the Gaussian process give, what does the improvement want?",
        "A deviation of 0.05 is a variance of 0.0025. Let one candidate be safe, the other wide.",
        "Means 0.91 and 0.90, deviations 0.001 and 0.05, best score 0.905: which one should win?",
    ),
    solution=(
        "def test(implementation):\n"
        "    # a sure gain of half a point, or a wide doubt around just below the best\n"
        "    means, deviations = [0.91, 0.90], [0.001, 0.05]\n"
        "    variances = [deviation**2 for deviation in deviations]\n"
        "    assert implementation(means, variances, [0.85, 0.905]) == 1"
    ),
    minutes=8,
)

# ------------------------------------------------------------------ along the line

TARGET, FEWEST = 0.935, 8
MOMENT_SEED, FEW_SEED = 9, 2  # of the runs on the line: where the first two trials fall
ALONG = {"encoding": "numbers", "initial": 2, "refit": 1}  # settings of every walk on the line
VALLEY = max(place for place, (_, score) in enumerate(LINE) if score < 0.6)


def along(acquisition: str) -> dict[str, Any]:
    """The settings of a panel on the line, with this acquisition."""
    return {**ALONG, "acquisition": acquisition}


def walked(acquisition: Any, *, seed: int, trials: int) -> list[int]:
    """The places on the line that Bayesian optimisation tries, in order."""
    line = CellLine()
    strategy = BayesianOptimization(line, acquisition=acquisition, seed=seed, **ALONG)  # type: ignore[arg-type]
    return places(finish(search(strategy, Measured(line), trials=trials, seed=seed)))


def beyond(tried: Sequence[int]) -> int:
    """The number of the first trial beyond the valley; as many as there are: none of them."""
    return next((n for n, place in enumerate(tried) if place > VALLEY), len(tried))


def reached(tried: Sequence[int]) -> int:
    """The number of the first trial with ``TARGET`` or more; as many as there are: none of them."""
    return next((n for n, place in enumerate(tried) if LINE[place][1] >= TARGET), len(tried))


def places(history: Any) -> list[int]:
    """Where on the line the trials of a run stand, in the order in which they were told."""
    line = CellLine()
    return [line.place(told.candidate.arch) for told in history.told]


first_beyond = Prediction(
    "The two blind trials are the same, 0 and 1. Which trial is the first one beyond the valley?",
    options=tuple(range(2, 9)),
)

covered = Prediction(
    "Of 100 cells never trained, how many have their truth within ± 2 deviations?",
    options=(30, 50, 60, 70, 80, 85, 90, 95, 100),
)

few_trials = Exercise(
    f"Reach {100 * TARGET:.1f} % on the line with at most {FEWEST} trials, the seed as it is.",
    cases=(at_most(FEWEST), best_reaches(TARGET)),
    hints=(
        "The first two trials are blind. Look at the band after them: what can two points say?",
        "A wrong idea of how wide hills are costs more than a blind trial. Change `initial`.",
        "Two more blind trials, then expected improvement with a small `margin`.",
    ),
    solution="# in the panel: initial 4, margin 0.02, acquisition log ei, trials 8; then Run",
    minutes=8,
)

# ------------------------------------------------------------------ quizzes

from_before = Quiz(
    Question(
        "The winner of 100 random trials is trained again with another seed. What do you expect?",
        {
            "the same score": "It was picked because its score was high, luck included.",
            "a somewhat lower score": "What was luck does not come again. What was quality does.",
            "a higher score": "Then it would have been unlucky, and still the best of 100.",
        },
        right="a somewhat lower score",
    ),
    Question(
        "Random search has tried 300 cells of a table. How good is its best one on average?",
        {
            "it can be computed from the table": "Count the samples in which each cell is best.",
            "nobody can know": "For one run, no. The average over all runs can be counted.",
            "it is the best of all": "It would have to be among the 300. It seldom is.",
        },
        right="it can be computed from the table",
    ),
)

greedy = Quiz(
    Question(
        "Where does Bayesian optimisation train next?",
        {
            "where the prediction is highest": (
                "That is the greedy way. It stays where it has already looked."
            ),
            "where the doubt is largest": "That would map the space, good places and bad ones.",
            "where prediction and doubt together promise most": (
                "A lower prediction may win if it is uncertain enough."
            ),
        },
        right="where prediction and doubt together promise most",
    )
)

doubt = Quiz(
    Question(
        "An architecture is trained, and its score is poor. What happens to the doubt near it?",
        {
            "it shrinks": "Something was measured there, and that alone counts.",
            "it grows": "A surprise moves the prediction. The doubt shrinks nevertheless.",
            "nothing, the score was poor": "A poor score is a measurement like any other.",
        },
        right="it shrinks",
    )
)

alike = Quiz(
    Question(
        "What must the covariance know about two architectures?",
        {
            "their scores": "Scores are what is predicted. The covariance comes before them.",
            "how alike they are": "Then the score of one says something about the other.",
            "how long they train": "That is a cost. It says nothing about their likeness.",
        },
        right="how alike they are",
    )
)
