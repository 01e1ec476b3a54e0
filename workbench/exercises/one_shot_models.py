"""Questions and checks of ``notebooks/13_one_shot_models.ipynb``."""

from __future__ import annotations

from statistics import fmean
from typing import Any

from workbench.exercises.equal_steps import EqualSteps
from workbench.exercises.exercise import Case, Exercise, NotAttemptedError, returns
from workbench.exercises.prediction import Prediction
from workbench.exercises.preferred import preferred
from workbench.exercises.proxy_ranks import ProxyRanks
from workbench.exercises.quiz import Question, Quiz
from workbench.exercises.shared_scores import SharedScores
from workbench.exercises.stale_moments import hunt
from workbench.exercises.table_images import table_images
from workbench.exercises.top_share import TopShare
from workbench.protocols import Estimator
from workbench.records import Asked, Candidate, Epoch
from workbench.trial import answer_of, attempt

__all__ = [
    "EqualSteps",
    "ProxyRanks",
    "SharedScores",
    "TopShare",
    "asked",
    "hunt",
    "preferred",
    "table_images",
]


def asked(estimator: Estimator[Any], arch: Any, *, seed: int = 0) -> float:
    """The score of one architecture, by an estimator that is prepared."""
    told = answer_of(attempt(estimator, Asked(0, Candidate(arch)), seed=seed))
    return told.evaluation.score


# ------------------------------------------------------------------ path dropout


def rate_of_each(all_at_once: float, paths: int) -> float:
    """How often each of so many paths is dropped, so that all are with this probability."""
    return float(all_at_once ** (1 / paths))


rate = Exercise(
    "Write `rate_of_each(all_at_once, paths)`: each path into a state is dropped independently, "
    "all with the same probability. How large is it, if all are to be dropped at once with "
    "probability `all_at_once`?",
    cases=(
        returns(0.1, 0.1, 1, why="One path alone: dropping it is dropping all."),
        returns(0.31622777, 0.1, 2, why="Both at once: 0.316 times 0.316."),
        returns(0.63095734, 0.1, 5, why="Of five paths most are dropped most of the time."),
        returns(0.0, 0.0, 3, why="Nothing is ever dropped."),
        returns(0.5, 0.125, 3, why="Three coins show heads once in eight times."),
    ),
    hints=(
        "Start from one path's probability p. How likely is it that two are dropped, or three?",
        "Independent: p · p · … · p, as many factors as there are paths. Solve for p.",
        "The `paths`-th root is the power `1 / paths`.",
    ),
    solution=rate_of_each,
    minutes=4,
)

# ------------------------------------------------------------------ a supernet trained for less

EPOCHS, ASKED, MEAN = 10, 50, 0.6  # at most, at least, at least


def _shorter(history: Any) -> str:
    """What is missing of a search by a supernet of few epochs whose scores are high on average."""
    if not hasattr(history, "events"):
        return f"expected `live.history`, got {history!r}"
    trained = [each for each in history.events if isinstance(each, Epoch) and each.trial is None]
    scores = [told.evaluation.score for told in history.told]
    if not trained:
        raise NotAttemptedError
    if len(trained) > EPOCHS:
        return f"the supernet was trained for {len(trained)} epochs; {EPOCHS} are allowed."
    if len(scores) < ASKED:
        return f"{len(scores)} cells were asked about; ask about {ASKED} at least."
    if fmean(scores) < MEAN:
        return f"their mean score is {100 * fmean(scores):.1f} %; {100 * MEAN:.0f} are needed."
    return ""


shorter = Exercise(
    f"Change settings of the live panel until a supernet of {EPOCHS} epochs at most gives its "
    f"cells a mean score of {100 * MEAN:.0f} %, over {ASKED} cells or more. "
    "`shorter.check(live.history)`.",
    cases=(Case("the last run", _shorter),),
    hints=(
        "An epoch is one pass over the images. How many steps are in it?",
        "Each step trains one path. With four times as many steps a path has four times as many.",
        "Under More settings: a `batch_size` of 16, or 8.",
    ),
    solution='settings = {"epochs": 10, "batch_size": 16}',
    minutes=8,
)

# ------------------------------------------------------------------ predictions

among_the_best = Prediction(
    "Over all cells such supernets reach a τ of 0.4 to 0.5. How large is it if only the truly best "
    "tenth of the cells are compared?",
    options=(-0.2, -0.1, 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
)

left_of_it = Prediction(
    "The same weights, but each cell keeps the supernet's running moments. What mean accuracy, "
    "in %, is left?",
    options=(10, 15, 20, 25, 30, 40, 50, 60),
)

# ------------------------------------------------------------------ quizzes

from_before = Quiz(
    Question(
        "DARTS's supernet reads nearly all images, its discrete cell a third. Why?",
        {
            "the weights fit the mixture": "They were trained in a sum of all operations.",
            "the cell is bad": "Trained by itself it may be good. Its weights are another's.",
            "too few epochs": "More of them make the mixture better, not what is left of it.",
        },
        right="the weights fit the mixture",
    ),
    Question(
        "A cheap estimate is 10 points too low for every architecture. What does it do to τ?",
        {
            "nothing": "A rank does not change when all move together.",
            "τ falls": "τ counts pairs in the same order, and none has changed places.",
            "τ rises": "Orders are as they were.",
        },
        right="nothing",
    ),
)

moved = Quiz(
    Question(
        "A step of single-path training has just been made. Which weights have moved?",
        {
            "all of them": "Those off the path had no part in the loss, and no gradient.",
            "those on the path": "What was not computed has no gradient, so no step moves it.",
            "those of the best path": "The path was drawn, not chosen. Nobody knows the best yet.",
        },
        right="those on the path",
    )
)

inherited = Quiz(
    Question(
        "Trained by itself a cell reaches 82 %, with inherited weights 61 %. Is the supernet bad?",
        {
            "yes, 21 points are missing": "A search needs the order of cells, not their accuracy.",
            "that alone does not tell": (
                "If all cells lose as much, the order stays. What counts is whether they do."
            ),
            "no, weights always get lost": "They may also get lost where it matters.",
        },
        right="that alone does not tell",
    )
)

tenth = Quiz(
    Question(
        "τ is 0.6 over all cells and 0.1 among the best tenth. What is such a score good for?",
        {
            "to choose the winner": "Among those that matter it hardly tells one from another.",
            "to leave out bad cells": (
                "Most of its order lies between bad and good. Train what is left by itself."
            ),
            "nothing": "It saves training most of the space.",
        },
        right="to leave out bad cells",
    )
)
