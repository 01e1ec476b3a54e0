"""Questions and checks of ``notebooks/09_gradient_based_search.ipynb``."""

from __future__ import annotations

from math import isnan
from typing import Any

from workbench.exercises.bilevel import (
    alpha_gradient,
    at_rest,
    by_the_library,
    descent,
    differences,
)
from workbench.exercises.difference_hunts import difference_hunt, parentheses_hunt
from workbench.exercises.exercise import Case, Exercise, NotAttemptedError, returns
from workbench.exercises.found_cell import FoundCell
from workbench.exercises.gradient_hunts import batches_hunt, epoch_hunt, zeroed_hunt
from workbench.exercises.gradient_records import TableSearches, searches_side_by_side
from workbench.exercises.prediction import Prediction
from workbench.exercises.quiz import Question, Quiz
from workbench.exercises.step_ahead import CloseBy, StepAhead
from workbench.panels.darts.epochs_so_far import AfterEpoch, after_epochs

__all__ = [
    "CloseBy",
    "FoundCell",
    "StepAhead",
    "TableSearches",
    "alpha_gradient",
    "at_rest",
    "batches_hunt",
    "by_the_library",
    "descent",
    "difference_hunt",
    "differences",
    "epoch_hunt",
    "parentheses_hunt",
    "searches_side_by_side",
    "zeroed_hunt",
]

# ------------------------------------------------------------------ the gradient of α, by hand

one_gradient = Exercise(
    "Write `alpha_gradient(alpha, w, xi)` for the problem of figure 2: `∂L_val/∂α` at the weight a "
    "step of `xi` ahead, less `xi` times the mixed second derivative times `∂L_val/∂w`.",
    cases=(
        returns(-4.0, 2.0, -2.0, 0.0, why="Without a step ahead: `w - 2`."),
        returns(2.0, 2.0, -2.0, 0.5, why="`w' = 2`, so the first part is 0. The second is not."),
        returns(8.0, 2.0, -2.0, 1.0, why="`w' = 6`: a long step goes beyond the best weight."),
        returns(0.0, 1.0, 1.0, 0.5, why="The solution of the whole problem: nothing to do."),
        returns(-1.0, 1.0, 1.0, 0.0, why="The same point, first order: it wants to leave."),
    ),
    hints=(
        "Three pieces: the weight ahead `w' = w - xi * 2 * (w - alpha)`, and two derivatives of "
        "the losses, taken with the other variable held still.",
        "`∂L_val/∂α = w' - 2`, `∂L_val/∂w' = alpha`, `∂²L_train/∂α∂w = -2`.",
        "`(w' - 2) - xi * (-2) * alpha`.",
    ),
    solution=alpha_gradient,
    minutes=8,
)

# ------------------------------------------------------------------ a repaired search


LEAST, FLAT = 6, 0.3  # epochs, λ_max
BREAKS = 1  # the seed of the search that is to be repaired: its cell reads few of the images


def _repaired(history: Any) -> str:
    """What is missing of a search of six epochs at least that ends where λ_max is small."""
    if not hasattr(history, "events"):
        return f"expected `panel.history`, got {history!r}"
    seen: tuple[AfterEpoch, ...] = after_epochs(history)
    if not seen:
        raise NotAttemptedError
    if len(seen) < LEAST:
        return f"the search ended after {len(seen)} epochs; let α learn for {LEAST} at least."
    sharp = seen[-1].eigenvalue
    if isnan(sharp):
        return "λ_max was not measured; the setting `curvature` does that."
    if sharp > FLAT:
        return f"after its last epoch λ_max is {sharp:.2f}; at most {FLAT} is allowed."
    return ""


repair = Exercise(
    f"Change settings until the search that broke ends with λ_max at most {FLAT}, after {LEAST} "
    "epochs or more. `repair.check(panel.history)`.",
    cases=(Case("the last run", _repaired),),
    hints=(
        f"`stopping` cannot work here: two skips stand after epoch 1, and {LEAST} epochs are "
        f"asked for; λ_max is above {FLAT} soon after. Which settings act on the mixture itself?",
        "A sharp valley is found where nothing moves α while the weights learn. What could?",
        "Try `perturbation` 0.3.",
    ),
    solution=(
        'yours = {"epochs": longer, "alpha_rate": 0.1, "curvature": True, "perturbation": 0.3}'
    ),
    minutes=12,
)

# ------------------------------------------------------------------ predictions

at_first = Prediction(
    "ξ = ½, at the start (α, w) = (2, −2). The step ahead leads to w' = 2, where ∂L_val/∂α is "
    "w' − 2 = 0. How large is the gradient of α in equation 7?",
    options=(-4, -3, -2, -1, 0, 1, 2, 3, 4),
)

beyond = Prediction(
    "ξ = ½ ends in the solution, α = 1. Where does ξ = 2 end, four times as far ahead?",
    options=(0, 0.2, 0.4, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 4),
)

# ------------------------------------------------------------------ quizzes

from_before = Quiz(
    Question(
        "Aging evolution removes the oldest member. What is the gain?",
        {
            "fewer trainings": "It trains one network a trial, as everybody does.",
            "a lucky score dies": "No network lives on one lucky score longer than P births.",
            "better parents": "The tournament chooses parents; aging says who has to go.",
        },
        right="a lucky score dies",
    ),
    Question(
        "A policy gradient estimates a slope from sampled architectures. Why not differentiate?",
        {
            "a choice has no slope": "Between conv and skip there is nothing to differentiate.",
            "it would be too slow": "A gradient is cheap. There is none, because choices jump.",
            "the reward is noisy": "Noise blurs a gradient, it does not forbid one.",
        },
        right="a choice has no slope",
    ),
)

shift = Quiz(
    Question(
        "Add 5 to every α of one edge. What does its mixture compute now?",
        {
            "the same": "A softmax sees differences alone: exp(5) cancels.",
            "five times as much": "The shares still sum to 1.",
            "only the strongest operation": "The differences are as they were, so no share moves.",
        },
        right="the same",
    )
)

second = Quiz(
    Question(
        "Is second-order DARTS exact?",
        {
            "yes": "It differentiates through one step of the weights, not through all of them.",
            "no, it looks one step ahead": (
                "The exact gradient needs the best weights w*(α), and one step stands in for them."
            ),
            "yes, with a small ε": "ε concerns the finite difference. One step stays one step.",
        },
        right="no, it looks one step ahead",
    )
)

gap = Quiz(
    Question(
        "The supernet reads nearly all images, its discretised cell with the same weights a third. "
        "What happened?",
        {
            "the search failed": "Not for that reason: the weights were made for the mixture.",
            "the weights fit the mixture": (
                "They were trained as a sum of all operations. Most of that sum has been removed."
            ),
            "too few images": "Both were judged on the same ones.",
        },
        right="the weights fit the mixture",
    )
)
