"""The exercises engine, and a right, a plausible wrong and an empty answer to every check."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from importlib import import_module
from itertools import combinations
from math import erfc, exp, inf, log, nan, prod, sqrt
from statistics import mean
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from workbench.data import digits
from workbench.estimators import Fidelity
from workbench.exercises import (
    Case,
    ClaimError,
    Exercise,
    Prediction,
    Question,
    Quiz,
    forks,
    returns,
)
from workbench.exercises import cell_spaces as cells
from workbench.exercises import chain_structured_spaces as chains
from workbench.exercises import introduction as intro
from workbench.exercises import multi_branch_spaces as branches
from workbench.exercises.claims import STRICT, claim
from workbench.exercises.note import Note, marked
from workbench.exercises.quiz import CHOSEN, FREE
from workbench.exercises.runs import (
    at_least,
    at_most,
    best_reaches,
    median_reaches,
    own_reaches,
    own_weighs,
    trained_for,
    used,
)
from workbench.exercises.slot_machines import learners
from workbench.exercises.trimming import Trimmed
from workbench.history import History, expected_best
from workbench.records import Candidate, Decision, Epoch, Evaluation, ImageTask, Mixture, Told
from workbench.spaces import BranchSpace, ChainSpace
from workbench.strategies.expected_improvement import expected_improvement as library_improvement
from workbench.training.metrics import cost_of

WIDGET = "application/vnd.jupyter.widget-view+json"
LESSONS = (
    *("introduction", "chain_structured_spaces", "multi_branch_spaces", "cell_spaces"),
    *("random_search", "bayesian_optimization", "evolution", "reinforcement_learning"),
    *("cell_controllers", "gradient_based_search", "one_shot_models", "lower_fidelity"),
    *("learning_curve_extrapolation", "weight_inheritance"),
)


def run(*scores: float, epochs: int = 2) -> History[str]:
    """The history of a run with these scores, each after so many epochs; none is the learner's."""
    evaluations = (Evaluation(score, 0.1, (score,) * epochs) for score in scores)
    told = (Told(i, Candidate(f"a{i}"), each) for i, each in enumerate(evaluations))
    return History(tuple(told))


class Shown:
    """What ``used`` asks of a panel."""

    def __init__(self, history: History[Any], **recipe: Any) -> None:
        self.history = history
        parts = {"strategy": {"name": "RandomSearch"}, "estimator": {"name": "FullTraining"}}
        self.state = json.dumps({**parts, "trials": 20, "seed": 3, **recipe})


def searched(*sharpness: float | None) -> History[Any]:
    """The history of a gradient-based search with such a λ_max, epoch by epoch; None: unknown."""
    events: list[Any] = []
    for number, sharp in enumerate(sharpness, start=1):
        measures = {} if sharp is None else {"dominant eigenvalue": sharp}
        events += [Epoch(None, number, len(sharpness), 1.0, 0.5, 1.0, measures)]
        events += [Mixture(None, number, {"normal": ((0.0, 0.0),)})]
    return History(tuple(events))


def inherited(epochs: int, *scores: float) -> History[Any]:
    """The history of a search with weights shared for so many epochs."""
    trained: list[Any] = [
        Epoch(None, number, epochs, 1.0, 0.5, 1.0) for number in range(1, epochs + 1)
    ]
    told = [Told(i, Candidate(f"a{i}"), Evaluation(each, 0.1)) for i, each in enumerate(scores)]
    return History((*trained, *told))


def drawn_from(space: ChainSpace, *scores: float, epochs: int = 2) -> SimpleNamespace:
    """What a check sees of a panel: its space, and a run with these scores."""
    return SimpleNamespace(space=space, history=run(*scores, epochs=epochs))


GOOD_MENU = ChainSpace(min_depth=2, operations=("convolution",))
ONE_CHAIN = ChainSpace(max_depth=1, operations=("identity",), hidden_units=(0,))
CHAIN_OF_EIGHT = "-".join(["conv3x3:8"] * 8) + "-fc0"
EIGHT_SIDE_BY_SIDE = "-".join(["conv3x3:8", *["conv3x3:8[]"] * 7, "fc0"])  # no tick at all
DENSE_OF_EIGHT = "-".join(
    ["identity"] * 2
    + [f"identity[{'&'.join(map(str, range(1, i)))}]" for i in range(3, 9)]
    + ["fc0"]
)


def wired(text: str, score: float, blind: tuple[str, float] | None = None) -> History[Any]:
    """A run of the learner's branched network, and of a blind one if there is one."""
    space = BranchSpace(max_depth=8, always_chain=False)
    each = [(text, score), *([blind] if blind else [])]
    told = [
        Told(
            trial,
            Candidate(space.parse(spelled), reason="" if trial else "yours"),
            Evaluation(reached, 0.1),
        )
        for trial, (spelled, reached) in enumerate(each)
    ]
    return History(tuple(told))


def weighing(
    parameters: float, score: float, blind: tuple[float, float] | None = None, epochs: int = 2
) -> History[Any]:
    """A run of the learner's network of so many parameters, and of a blind one if there is one."""
    each = [(parameters, score), *([blind] if blind else [])]
    told = [
        Told(
            trial,
            Candidate(f"a{trial}", reason="" if trial else "yours"),
            Evaluation(reached, 0.1, (reached,) * epochs, {"parameters": float(weight)}),
        )
        for trial, (weight, reached) in enumerate(each)
    ]
    return History(tuple(told))


class ForksAsked(forks.Forks):
    """Asks for the merge even where there is nothing to merge."""

    def walk(self) -> Any:
        left = yield Decision("left kernel", forks.KERNELS)
        right = yield Decision("right kernel", (0, *forks.KERNELS))
        return forks.Fork(left, right, (yield Decision("merge", ("add", "multiply"))))

    def answers(self, arch: forks.Fork) -> Any:
        yield from (arch.left, arch.right, arch.merge)


class ForksBackwards(forks.Forks):
    """Answers in another order than it asks."""

    def answers(self, arch: forks.Fork) -> Any:
        yield from (arch.right, arch.left)


class ForksWithoutTwo(forks.Forks):
    """Has no single branches, so it is too small."""

    def walk(self) -> Any:
        left = yield Decision("left kernel", forks.KERNELS)
        right = yield Decision("right kernel", forks.KERNELS)
        return forks.Fork(left, right, (yield Decision("merge", ("add", "multiply"))))


class ForksUnwritten(forks.ForkSketch):
    def walk(self) -> Any: ...

    def answers(self, arch: forks.Fork) -> Any: ...


class ForksHalfWritten(forks.ForkSketch):
    """As the notebook gives it."""

    def walk(self) -> Any:
        left = yield Decision("left kernel", forks.KERNELS)
        right = yield Decision("right kernel", (0, *forks.KERNELS))
        return ... if right else forks.Fork(left, right, "")

    def answers(self, arch: forks.Fork) -> Any:
        yield arch.left
        yield arch.right


class ForksRaising(forks.ForkSketch):
    def walk(self) -> Any:
        yield Decision("left kernel", forks.KERNELS)
        raise KeyError("merge")

    def answers(self, arch: forks.Fork) -> Any: ...


def found(kind: type) -> list[Any]:
    """Every exercise, quiz or prediction of the lessons, as (lesson, name, thing)."""
    modules = [import_module(f"workbench.exercises.{lesson}") for lesson in LESSONS]
    return [
        pytest.param(thing, id=f"{module.__name__.rpartition('.')[2]}.{name}")
        for module in modules
        for name, thing in vars(module).items()
        if isinstance(thing, kind)
    ]


# ------------------------------------------------------------------ every check, answered


def nothing(*_: Any) -> None:
    """The empty answer: a body of `...`."""


def not_written(*_: Any) -> Any:
    raise NotImplementedError


def best_of_n_step_by_step(scores: Any, n: int) -> float:
    """The chance that the best of n is at most place i, multiplied up draw by draw."""
    chances = [prod((i - k) / (len(scores) - k) for k in range(n)) for i in range(len(scores) + 1)]
    return sum(s * (b - a) for s, a, b in zip(scores, chances, chances[1:], strict=False))


def best_of_n_with_repeats(scores: Any, n: int) -> float:
    size = len(scores)
    return sum(s * ((i + 1) ** n - i**n) / size**n for i, s in enumerate(scores))


def improved(mean: float, deviation: float, best: float) -> float:
    """Expected improvement that does not know the case without doubt."""
    z = (mean - best) / deviation
    return float((mean - best) * norm.cdf(z) + deviation * norm.pdf(z))


def aged_in_place(members: Any, sampled: Any, mutate: Any, evaluate: Any) -> Any:
    child = mutate(max(members[place] for place in sampled)[1])
    members.append((evaluate(child), child))
    members.pop(0)
    return members


def worst_dies(members: Any, *others: Any) -> Any:
    grown = aged_in_place([None, *members], [place + 1 for place in others[0]], *others[1:])
    return [member for member in grown if member != min(grown)]


def only_if_better(members: Any, sampled: Any, mutate: Any, evaluate: Any) -> Any:
    child = mutate(max(members[place] for place in sampled)[1])
    return [*members[1:], (evaluate(child), child)] if evaluate(child) >= 0.5 else members


def dies_first(members: Any, sampled: Any, mutate: Any, evaluate: Any) -> Any:
    left = members[1:]
    child = mutate(max(left[place - 1] for place in sampled)[1])
    return [*left, (evaluate(child), child)]


def family(*parents: int | None, rise: float = 0.0) -> History[Any]:
    """150 trials or as many: founders at 90 %, their children ``rise`` above; then trial 0's."""
    parents += (0,) * (150 - len(parents))
    return History(
        tuple(
            Told(
                trial,
                Candidate("", parents=() if parent is None else (parent,)),
                Evaluation(0.9 + (0.0 if parent is None else rise), 1.0),
            )
            for trial, parent in enumerate(parents)
        )
    )


TWO_LINES = (None, None, *[n % 2 for n in range(148)])


def by_powers(starts: int, first: int, most: int, eta: int) -> list[tuple[int, int]]:
    """The rungs of successive halving, without a loop that carries anything along."""
    found = [(starts // eta**i, first * eta**i) for i in range(starts.bit_length() + 1)]
    return [(many, epochs) for many, epochs in found if many and epochs <= most]


ANSWERS: dict[str, tuple[Any, list[tuple[Any, str]]]] = {
    # a right answer that is not the solution · plausible wrong ones, each with what must be named
    "rungs": (
        by_powers,
        [
            (
                lambda starts, first, most, eta: by_powers(starts, first, 10**9, eta),
                "nobody is cut",
            ),
            (
                lambda starts, first, most, eta: [
                    (-(-starts // eta**i), first * eta**i)
                    for i in range(len(by_powers(starts, first, most, eta)))
                ],
                "rounded down",
            ),
            ([(81, 1)], "expected a function"),
        ],
    ),
    "cheap": (
        Fidelity(4, train_share=0.5, filters_share=0.5, cells_share=0.5),
        [
            (Fidelity(8, filters_share=0.25), "8 epochs, 25 % of the filters costs 7 % of full"),
            (Fidelity(1), "1 epoch ranks with τ = 0.26"),
            # twelve cells, trained by the learner, may rank well there
            (Fidelity(1, train_share=0.5, filters_share=0.5), "of the filters: not recorded"),
            (0.03, "expected a Fidelity, got 0.03"),
        ],
    ),
    "ranking": (
        lambda mine, others: sorted([mine, *others], reverse=True).index(mine) + 1,
        [
            (lambda mine, others: sorted([mine, *others], reverse=True).index(mine), "Count from"),
            (lambda mine, others: sum(o >= mine for o in others) + 1, "share the place"),
            (lambda mine, others: sum(o < mine for o in others) + 1, "f(0.97, [0.91, 0.95])"),
            (
                lambda mine, others: sorted({mine, *others}, reverse=True).index(mine) + 1,
                "two of them are equal",
            ),
            (lambda mine, others: mine > others, "raised TypeError"),
            (0.97, "expected a function"),
        ],
    ),
    "thrift": (
        weighing(2_900, 0.985, blind=(9_000, 0.999)),
        [
            (weighing(2_900, 0.97, blind=(2_900, 0.99)), "97.0 % reached"),
            (weighing(3_100, 0.99, blind=(2_900, 0.99)), "yours has 3,100"),
            (run(*[0.99] * 6), "6 were tried"),
            (weighing(2_900, 0.99, epochs=7), "trained for 7"),
            (run(0.99), "no trial of this run is yours"),
            (0.97, "panel.history"),
        ],
    ),
    "counting": (
        lambda choices, depth: (
            choices * (choices**depth - 1) // (choices - 1) if choices > 1 else depth
        ),
        [
            (lambda choices, depth: choices**depth, "f(3, 2)"),
            (lambda choices, depth: sum(choices**n for n in range(depth)), "f(64, 1)"),
            (lambda choices, depth: choices * (choices**depth - 1) // (choices - 1), "ZeroDiv"),
            (lambda choices, depth: choices * depth, "f(3, 2)"),
        ],
    ),
    "better_space": (
        drawn_from(GOOD_MENU, *[0.5] * 3, *[0.95] * 7),
        [
            (drawn_from(GOOD_MENU, *[0.5] * 7, *[0.99] * 3), "50.0 % reached"),
            (drawn_from(GOOD_MENU, *[0.95] * 4), "4 were tried"),
            (drawn_from(GOOD_MENU, *[0.95] * 10, epochs=3), "trained for 3"),
            (drawn_from(ONE_CHAIN, *[0.95] * 10), "1,000 chains: yours holds 1."),
            (run(*[0.95] * 10), "expected the panel of the run itself, got a History"),
        ],
    ),
    "ticks": (
        lambda depth: [list(range(1, i)) for i in range(1, depth + 1)],
        [
            (lambda depth: [list(range(i)) for i in range(depth)], "f(2)"),
            (lambda depth: [list(range(1, i + 1)) for i in range(1, depth + 1)], "f(1)"),
            (lambda depth: [[i - 1] for i in range(1, depth + 1)], "reads the image"),
        ],
    ),
    "few_ticks": (
        wired(CHAIN_OF_EIGHT, 0.9, blind=(DENSE_OF_EIGHT, 0.99)),
        [
            (wired(CHAIN_OF_EIGHT, 0.7, blind=(CHAIN_OF_EIGHT, 0.9)), "70.0 % reached"),
            (wired(DENSE_OF_EIGHT, 0.95, blind=(CHAIN_OF_EIGHT, 0.96)), "yours has 28"),
            (wired("conv3x3:8-conv3x3:8-fc0", 0.9), "yours has 2 layers"),
            (wired(EIGHT_SIDE_BY_SIDE, 0.9), "layer 2 does not read layer 1"),
            (run(0.9, epochs=3), "trained for 3"),
            (run(0.9), "no trial of this run is yours"),
            (0.9, "panel.history"),
        ],
    ),
    "own_space": (
        forks.Forks(),
        [
            (ForksAsked, "merge: ''"),
            (ForksBackwards, "agree"),
            (ForksWithoutTwo, "it holds 18"),
            (ForksRaising, "raised KeyError"),
            (42, "raised"),
        ],
    ),
    "count_of_cells": (
        lambda blocks, operations, combinations: prod(
            (b + 1) ** 2 * operations**2 * combinations for b in range(1, blocks + 1)
        ),
        [
            (lambda b, o, c: (b + 1) ** 2 * o**2 * c, "f(2, 1, 1)"),
            (lambda b, o, c: prod((i + 1) * o * c for i in range(1, b + 1)), "f(1, 1, 1)"),
            (lambda b, o, c: prod((i + 1) ** 2 * o**2 for i in range(1, b + 1)), "f(1, 3, 2)"),
        ],
    ),
    "reading": (
        {name: tuple(reversed(states)) for name, states in cells.SOLUTION.items()},
        [
            ({**cells.SOLUTION, "b2": ("c[k-1]", "b1")}, "`b2`: not c[k-1], b1"),
            ({**cells.SOLUTION, "b4": "c[k-1]"}, "lines 7 and 8"),
            ({**cells.SOLUTION, "c[k]": ("b5",)}, "does none of them name"),
            ({**cells.SOLUTION, "b3": ()}, "`b3`: not nothing"),
            ({name: cells.SOLUTION[name] for name in ("b1", "b2")}, "nothing came back"),
            ("b2", "expected a dictionary"),
        ],
    ),
    "light": (
        weighing(3_900, 0.91, blind=(9_000, 0.99)),
        [
            (weighing(3_900, 0.89, blind=(3_900, 0.95)), "89.0 % reached"),
            (weighing(4_100, 0.95, blind=(3_900, 0.96)), "yours has 4,100"),
            (weighing(3_900, 0.95, epochs=3), "trained for 3"),
            (0.9, "panel.history"),
        ],
    ),
    "best_of_n": (
        best_of_n_step_by_step,
        [
            (lambda scores, n: max(scores), "f([0.2, 0.5, 0.8], 1)"),
            (lambda scores, n: sum(scores[-n:]) / n, "f([0.2, 0.5, 0.8], 1)"),
            (best_of_n_with_repeats, "f([0.2, 0.5, 0.8], 3)"),
            (lambda scores, n: mean(map(max, combinations(scores, n))), "does not list"),
            (0.7, "expected a function"),
        ],
    ),
    "improvement": (
        lambda m, d, b: (
            quad(lambda y: (y - b) * norm.pdf(y, m, d), b, max(m, b) + 12 * d, epsabs=1e-13)[0]
            if d
            else max(m - b, 0)
        ),
        [
            (lambda m, d, b: max(m - b, 0), "expected `0.019947114`"),
            (lambda m, d, b: norm.cdf((m - b) / d), "expected `0.019947114`"),
            (lambda m, d, b: improved(m, sqrt(d), b), "expected `0.019947114`"),
            (lambda m, d, b: improved(b, d, m), "Ahead by 0.02"),
            (lambda m, d, b: improved(m, max(d, 1e-3), b) * (m >= b), "Behind by 0.02"),
            (improved, "raised ZeroDivisionError"),
        ],
    ),
    "few_trials": (
        run(0.5, 0.6, 0.7, 0.94),
        [
            (run(0.5, 0.9), "90.0 % reached"),
            (run(*[0.5] * 8, 0.95), "9 were tried"),
            (0.95, "panel.history"),
        ],
    ),
    "diverse": (
        family(*TWO_LINES, rise=0.006),
        [
            (family(*TWO_LINES, rise=0.003), "0.3 points (the best founder has 90.0)"),
            (family(None, None, rise=0.02), "all who live come from 1 founder"),
            (family(*TWO_LINES, 0, 1, rise=0.02), "152 were tried"),
            (run(0.5, 0.9), "2 were tried"),
            (0.9, "panel.history"),
        ],
    ),
    "one_draw": (
        lambda p, rewards, k, b: ((np.eye(len(p))[k] - p) * (rewards[k] - b)).tolist(),
        [
            (lambda p, r, k, b: [r[k] * ((j == k) - p[j]) for j in range(3)], "becomes less"),
            (lambda p, r, k, b: [(r[k] - b) * (j == k) for j in range(3)], "e_k − p"),
            (lambda p, r, k, b: [(b - r[k]) * ((j == k) - p[j]) for j in range(3)], "e_k − p"),
            (0.97, "expected a function"),
        ],
    ),
    "sure": (
        learners(baseline="earlier rewards", rate=3.0, pulls=40, seed=1),
        [
            (learners(baseline="earlier rewards"), "they pulled 300 times"),
            (learners(baseline="earlier rewards", rate=0.5, pulls=40), "0 are."),
            (learners(rate=4.0, pulls=40), "9 are."),
            (learners(baseline="earlier rewards", rate=4.0, pulls=40, many=3), "they are 3"),
            (0.97, "lesson.learners"),
        ],
    ),
    "clipped": (
        lambda r, a, eps: min(r * a, (1 + eps) * a if a > 0 else (1 - eps) * a),
        [
            (lambda r, a, eps: r * a, "enough"),
            (lambda r, a, eps: min(max(r, 1 - eps), 1 + eps) * a, "hurt in full"),
            (lambda r, a, eps: max(r * a, min(max(r, 1 - eps), 1 + eps) * a), "enough"),
            (0.97, "expected a function"),
        ],
    ),
    "sooner": (
        run(*[0.2] * 300, *[0.75] * 100),
        [
            (run(*[0.9] * 300, *[0.5] * 100), "0.50."),
            (run(*[0.8] * 399), "399 were tried"),
            (run(*[0.8] * 401), "401 were tried"),
            (0.97, "panel.history"),
        ],
    ),
    "one_gradient": (
        lambda alpha, w, xi: w - 2 * xi * (w - alpha) - 2 + 2 * xi * alpha,
        [
            (lambda alpha, w, xi: w - 2.0, "expected `2.0`"),
            (lambda alpha, w, xi: w - 2 * xi * (w - alpha) - 2, "the first part is 0"),
            (
                lambda alpha, w, xi: w - 2 * xi * (w - alpha) - 2 - 2 * xi * alpha,
                "The second is not",
            ),
            (lambda alpha, w, xi: w - 2 + 2 * xi * alpha, "the first part is 0"),
            (3, "expected a function"),
        ],
    ),
    "repair": (
        searched(*[4.0] * 5, 0.3),
        [
            (searched(*[0.1] * 5), "after 5 epochs"),
            (searched(*[0.1] * 5, 0.31), "λ_max is 0.31"),
            (searched(*[None] * 6), "not measured"),
            (0.9, "panel.history"),
        ],
    ),
    "shorter": (
        inherited(10, *[0.9] * 50),
        [
            (inherited(11, *[0.9] * 50), "trained for 11 epochs"),
            (inherited(10, *[0.9] * 49), "49 cells were asked about"),
            (inherited(10, *[0.3] * 50), "mean score is 30.0 %"),
            (0.9, "live.history"),
        ],
    ),
    "one_step": (
        aged_in_place,
        [
            (
                lambda members, *others: aged_in_place(members, range(len(members)), *others[1:]),
                "a*",
            ),
            (worst_dies, "a is the oldest"),
            (lambda members, sampled, *others: aged_in_place(members, sampled[-1:], *others), "c*"),
            (lambda members, sampled, *others: aged_in_place(members, sampled[:1], *others), "a*"),
            (only_if_better, "however bad"),
            (dies_first, "before anybody dies"),
            (lambda *given: aged_in_place(*given) and None, "End with `return`"),
            (lambda *given: 3, "raised TypeError"),
            (3, "expected a function"),
        ],
    ),
    "rate": (
        lambda all_at_once, paths: 0.0 if all_at_once == 0 else exp(log(all_at_once) / paths),
        [
            (lambda all_at_once, paths: all_at_once / paths, "0.316 times 0.316"),
            (lambda all_at_once, paths: all_at_once**paths, "0.316 times 0.316"),
            (lambda all_at_once, paths: all_at_once, "0.316 times 0.316"),
            (0.1, "expected a function"),
        ],
    ),
    "sparing": (
        Trimmed(0.5, 0.002, 40, 60),
        [
            (Trimmed(0.34, 0.0, 30, 60), "34 % of the epochs saved"),
            (Trimmed(0.46, 0.0044, 48, 60), "0.44 points lost"),
            (Trimmed(0.6, 0.0, 5, 8), "5 of 8 trainings"),
            (0.5, "expected what lesson.trimmed gives"),
        ],
    ),
    "criterion": (
        lambda mean, deviation, best: erfc((best - mean) / deviation / sqrt(2)) / 2,
        [
            (lambda m, s, b: 1 - erfc((b - m) / s / sqrt(2)) / 2, "f(0.8, 0.05, 0.85)"),
            (lambda m, s, b: erfc((b - m) / s) / 2, "f(0.8, 0.05, 0.85)"),
            (lambda m, s, b: float(m > b), "f(0.8, 0.05, 0.8)"),
            (0.5, "expected a function"),
        ],
    ),
    "wider": (
        lambda copies, weights: [weights[unit] / copies.count(unit) for unit in copies],
        [
            (lambda copies, weights: [weights[unit] for unit in copies], "Unit 0 is there twice"),
            (
                lambda copies, weights: [
                    weights[unit] / (copies.count(unit) if place >= len(weights) else 1)
                    for place, unit in enumerate(copies)
                ],
                "Unit 0 is there twice",
            ),
            (lambda copies, weights: [weights[unit] / 2 for unit in copies], "unit 1 once"),
            ([1.5, 4.0, 1.5], "expected a function"),
        ],
    ),
    "higher": (
        Shown(run(*[0.5] * 12, 0.97, epochs=3), seed=0),
        [
            (Shown(run(*[0.5] * 12, 0.97, epochs=3), seed=4), "the run had seed 4"),
            (Shown(run(*[0.97] * 14), seed=0), "14 were tried"),
            (Shown(run(0.97, epochs=4), seed=0), "trained for 4"),
            (Shown(run(0.9, 0.95), seed=0), "95.0 % reached"),
            (run(0.97), "expected the panel of the run itself, got a History"),
            (0.97, "expected the panel of the run itself, got a float"),
        ],
    ),
}
FUNCTIONS = (
    "ranking",
    "counting",
    "ticks",
    "count_of_cells",
    "best_of_n",
    "improvement",
    "one_step",
    "one_gradient",
    "rate",
    "rungs",
    "criterion",
    "wider",
)
EMPTY = (None, ..., nothing, not_written)


def exercises() -> dict[str, Exercise]:
    return {param.id.rpartition(".")[2]: param.values[0] for param in found(Exercise)}


def test_every_exercise_is_answered_here() -> None:
    assert set(exercises()) == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_right_answer_is_right(name: str) -> None:
    said = exercises()[name].check(ANSWERS[name][0])
    assert (said.mark, said.text[:5]) == ("right", "Right")


@pytest.mark.parametrize(
    ("name", "answer", "named"),
    [(name, wrong, named) for name, (_, wrongs) in ANSWERS.items() for wrong, named in wrongs],
)
def test_a_wrong_answer_is_told_the_case_that_fails(name: str, answer: Any, named: str) -> None:
    said = exercises()[name].check(answer)
    assert said.mark == "not yet"
    assert named in said.text


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("answer", EMPTY[:2])
def test_an_empty_answer_is_not_attempted(name: str, answer: Any) -> None:
    assert exercises()[name].check(answer).mark == "not attempted"


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("answer", EMPTY[2:])
def test_an_empty_function_is_not_attempted(name: str, answer: Any) -> None:
    assert exercises()[name].check(answer).mark == "not attempted"


@pytest.mark.parametrize("name", ["thrift", "few_ticks", "light", "repair", "shorter"])
def test_a_run_that_has_not_begun_is_not_attempted(name: str) -> None:
    assert exercises()[name].check(History()).mark == "not attempted"


def test_a_panel_whose_run_has_not_begun_is_not_attempted() -> None:
    assert chains.better_space.check(drawn_from(ONE_CHAIN)).mark == "not attempted"


@pytest.mark.parametrize("seed", [0, 4])
def test_a_panel_that_has_not_run_is_not_attempted(seed: int) -> None:
    assert exercises()["higher"].check(Shown(History(), seed=seed)).mark == "not attempted"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_solution_passes_and_stands_in_for_a_skipped_answer(name: str) -> None:
    exercise, mine = exercises()[name], ANSWERS[name][0]
    stand_in = exercise.answer(nothing)
    assert exercise.check(stand_in).mark == "right"
    assert exercise.answer(mine) is mine
    assert exercise.answer(ANSWERS[name][1][0][0]) is stand_in


@pytest.mark.parametrize("exercise", found(Exercise))
def test_hints_come_in_stages_and_the_solution_is_folded(exercise: Exercise) -> None:
    hints = [exercise.hint(n).text for n in (1, 2, 3)]
    assert len(set(hints)) == 3
    assert exercise.hint(99).text == hints[-1]
    with pytest.raises(ValueError, match="at least 1"):
        exercise.hint(0)
    shown = exercise.solution()._repr_html_()
    assert shown.index("<details") < shown.index("<pre")
    assert "open" not in re.findall(r"<details[^>]*>", shown)[0]


def test_the_better_space_of_the_solution_is_a_space() -> None:
    text = chains.better_space.solution()._repr_html_()
    assert "ChainSpace(" in text
    space = ChainSpace(
        min_depth=2,
        max_depth=4,
        operations=("convolution",),
        filters=(32,),
        kernel_heights=(3, 5),
        kernel_widths=(3, 5),
        hidden_units=(0,),
    )
    for name in ("min_depth", "max_depth", "operations", "filters", "kernel_heights"):
        value = getattr(space, name)
        assert f"{name}={value!r}".replace("'", '"') in text.replace("&quot;", '"')
    assert space.size() >= chains.LEAST


def test_the_thrifty_solution_is_small_and_good_enough() -> None:
    found = re.search(r'parse\("([^"]+)"\)', unescape(intro.thrift.solution().details))
    assert found is not None
    kinds = ("convolution", "separable convolution", "dilated convolution")
    sides = {"kernel_heights": (3, 5), "kernel_widths": (3, 5)}
    space = ChainSpace(min_depth=2, operations=kinds, **sides)
    network = space.parse(found[1])
    assert cost_of(space, network, ImageTask(1, 8, 8, 10)).parameters <= intro.MOST
    images, how = digits(), {"epochs": intro.EPOCHS}
    scores = [branches.trained(space, network, images, **how, seed=seed) for seed in range(3)]
    assert max(scores) >= intro.TARGET


def test_the_example_of_the_notebook_is_no_answer() -> None:
    assert exercises()["reading"].check({"b1": ("c[k-2]", "c[k-1]")}).mark == "not attempted"


def test_a_block_that_is_still_none_is_not_attempted() -> None:
    reading = exercises()["reading"]
    assert reading.check(dict.fromkeys(cells.SOLUTION)).mark == "not attempted"
    assert "nothing came back" in reading.check({**cells.SOLUTION, "b3": None}).text


def without_an_end(starts: int, first: int, most: int, eta: int) -> list[tuple[int, int]]:
    found = [(starts, first)]
    while starts // eta >= 1 and first * eta <= most:
        found[0] = (starts // eta, first * eta)
    return found


def test_a_loop_without_an_end_is_stopped_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.exercises.time_limit.SECONDS", 0.2)
    said = exercises()["rungs"].check(without_an_end)
    assert "it had not ended after 0.2 s, and was stopped. What must change" in said.text


def test_what_an_exercise_asks_for_is_what_the_library_computes() -> None:
    best_of_n, improvement = exercises()["best_of_n"], exercises()["improvement"]
    assert best_of_n.check(expected_best).mark == "right"
    assert improvement.check(lambda *given: float(library_improvement(*given))).mark == "right"
    assert best_of_n.answer(None)([0.1, 0.4, 0.9], 2) == pytest.approx((0.4 + 0.9 + 0.9) / 3)


@pytest.mark.parametrize("sketch", [ForksUnwritten, ForksHalfWritten])
def test_an_unwritten_space_is_not_attempted(sketch: type) -> None:
    own = exercises()["own_space"]
    assert own.check(sketch).mark == "not attempted"
    assert own.answer(sketch) is forks.Forks


# ------------------------------------------------------------------ quizzes


@pytest.mark.parametrize("quiz", found(Quiz))
def test_every_answer_is_explained(quiz: Quiz) -> None:
    for number, question in enumerate(quiz.questions):
        assert quiz.check(None, question=number).mark == "not attempted"
        for option, why in question.options.items():
            said = quiz.check(option, question=number)
            assert said.mark == ("right" if option == question.right else "not yet")
            assert why in said.text
        assert len(set(question.options.values())) == len(question.options)
        with pytest.raises(ValueError, match="expected one of"):
            quiz.check("no such option", question=number)


@pytest.mark.parametrize("quiz", found(Quiz))
def test_buttons_answer_and_nothing_is_chosen_beforehand(quiz: Quiz) -> None:
    asked = Quiz(*quiz.questions)  # the lesson's own stays as it is
    for question, place in zip(asked.questions, range(0, 99, 3), strict=False):
        _, answers, said = asked.widget.children[place : place + 3]
        buttons = {button.description: button for button in answers.children}
        assert list(buttons) == list(question.options)
        assert {button.icon for button in buttons.values()} == {FREE}
        assert said.value == ""
        for option in question.options:
            buttons[option].click()
            assert ("✔" if option == question.right else "✘") in said.value
            assert marked(question.options[option]) in said.value
            filled = [name for name, button in buttons.items() if button.icon == CHOSEN]
            assert filled == [option]


@pytest.mark.parametrize("quiz", found(Quiz))
def test_a_reader_without_a_kernel_sees_options_and_a_folded_answer(quiz: Quiz) -> None:
    bundle = quiz._repr_mimebundle_()
    assert WIDGET in bundle
    for question in quiz.questions:
        assert marked(question.text) in bundle["text/html"]
        assert bundle["text/html"].count("<details") == len(quiz.questions)
        assert all(marked(option) in bundle["text/html"] for option in question.options)


def test_a_question_needs_its_right_answer_among_the_options() -> None:
    with pytest.raises(ValueError, match="right must be one"):
        Question("?", {"a": "yes", "b": "no"}, right="c")
    with pytest.raises(ValueError, match="at least two"):
        Question("?", {"a": "yes"}, right="a")
    with pytest.raises(ValueError, match="at least one question"):
        Quiz()


# ------------------------------------------------------------------ predictions


PLACE = pytest.param(intro.place_among(20), id="introduction.place_among")


@pytest.mark.parametrize("prediction", [*found(Prediction), PLACE])
def test_a_prediction_waits_for_nobody_and_is_drawn_with_what_was_measured(
    prediction: Prediction,
) -> None:
    low, high = prediction.options[0], prediction.options[-1]
    prediction.guess(None)
    assert prediction.value is None
    alone = prediction.reveal(high)
    assert "no guess" in alone.text
    prediction.guess(low)
    assert prediction.value == low
    far = prediction.reveal(high)
    assert prediction.missed[0] in far.text
    assert re.search(r'<img alt="[^"]+guessed', far.details)
    assert "Exactly" in prediction.reveal(low).text
    prediction.guess(high)
    assert prediction.missed[1] in prediction.reveal(low).text
    prediction.guess(None)


def test_before_a_run_there_is_nothing_beside_a_guess() -> None:
    said = intro.place_among(20).reveal(None)
    assert (said.text, said.details) == ("Counted: nothing yet; a run comes first.", "")


def test_a_guess_snaps_to_the_nearest_stop() -> None:
    linear = Prediction("?", options=(1, 10, 100))
    linear.guess(40)
    assert linear.value == 10
    log = Prediction("?", options=(1, 10, 100), log=True)
    log.guess(40)
    assert log.value == 100
    assert "factor of 10." in log.reveal(10.0).text


def test_a_guess_that_could_not_be_closer_is_right() -> None:
    chains.shallow.guess(50)
    said = chains.shallow.reveal(48.2)
    assert (said.mark, said.text) == ("right", "Measured: 48 %. As close as the slider allows.")
    assert chains.shallow.reveal(47.4).mark == "note"  # 45 is nearer
    chains.shallow.guess(None)
    chains.patience.guess(chains.SPANS["2,000 years"])
    assert chains.patience.reveal(69_810_262_080).text.endswith("As close as the slider allows.")
    chains.patience.guess(chains.SPANS["20,000 years"])
    assert "too high by a factor of 9" in chains.patience.reveal(69_810_262_080).text
    chains.patience.guess(None)


def test_a_prediction_can_be_revealed_outside_its_options() -> None:
    prediction = Prediction("?", options=(1, 2, 3))
    assert "1,000" in prediction.reveal(1000).text
    assert "<img" in Prediction("?", options=(1, 2), log=True).reveal(0).details


@pytest.mark.parametrize("measured", [inf, -inf, nan])
def test_what_stands_nowhere_on_the_line_is_said_and_no_guess_is_judged(measured: float) -> None:
    prediction = Prediction("?", options=(1, 2, 3))
    prediction.guess(2)
    said = prediction.reveal(measured)
    assert (said.mark, said.text, said.details) == ("note", f"Measured: {measured}.", "")


@pytest.mark.parametrize("options", [(), (1,), (2, 1), (1, 1)])
def test_predictions_refuse_options_that_do_not_rise(options: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="must rise"):
        Prediction("?", options=options)


def test_a_logarithmic_line_needs_positive_options() -> None:
    with pytest.raises(ValueError, match="positive"):
        Prediction("?", options=(0, 1), log=True)


def test_the_measured_span_is_said_in_words() -> None:
    assert chains.span(69_810_262_080) == "2,200 years"
    assert chains.span(chains.YEAR) == "a year"
    assert chains.span(64) == "64 s"


# ------------------------------------------------------------------ claims

FRACTIONS = st.floats(0, 1, allow_nan=False)


@given(values=st.lists(FRACTIONS, min_size=1, max_size=9), ends=st.tuples(FRACTIONS, FRACTIONS))
def test_a_claim_holds_exactly_when_every_value_is_in_its_band(
    values: list[float], ends: tuple[float, float]
) -> None:
    low, high = sorted(ends)
    said = claim("Said.", [{"value": value} for value in values], (low, high))
    assert (said.mark == "right") == all(low <= value <= high for value in values)


def test_a_claim_names_its_seeds_and_their_spread() -> None:
    rows = [{"seed": seed, "score": score} for seed, score in enumerate((0.9, 0.95, 0.97))]
    said = claim("Good.", rows, (0.8, 1.0), value="score", unit="%")
    assert repr(said).replace("\u00a0", " ") == (
        "✔ Good. Measured: 90.0 … 97.0 %, median 95.0 % (seeds 0, 1, 2); claimed: 80.0 … 100.0 %."
    )
    assert "(1 measurement)" in claim("Large.", [{"value": 4160}], (4160, 4160)).text
    trials = [{"trial": i, "value": 1} for i in range(30)]
    assert "(30 trials)" in claim("Ones.", trials, (1, 1)).text
    assert "(8 seeds)" in claim("Ones.", [{"seed": i, "value": 1} for i in range(8)], (1, 1)).text


def test_a_refuted_claim_says_so_and_raises_only_under_the_tests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [{"seed": 0, "value": 0.3}]
    monkeypatch.delenv(STRICT, raising=False)
    assert claim("High.", rows, (0.5, 1.0)).mark == "not yet"
    empty = claim("High.", [], (0.5, 1.0))
    assert (empty.mark, empty.text) == ("not attempted", "High. Not measured; claimed: 0.5 … 1.")
    monkeypatch.setenv(STRICT, "1")
    with pytest.raises(ClaimError, match="High"):
        claim("High.", rows, (0.5, 1.0))
    with pytest.raises(ClaimError, match="Not measured"):
        claim("High.", [], (0.5, 1.0))


@pytest.mark.parametrize(("value", "said"), [(inf, "inf"), (-inf, "-inf"), (nan, "nan")])
def test_what_is_no_finite_number_is_said_and_refuted(
    value: float, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(STRICT, raising=False)
    for unit in ("", "%"):
        found = claim("Near.", [{"value": value}], (-3, 3), unit=unit)
        assert (found.mark, f"Measured: {said}" in found.text) == ("not yet", True)


def test_changed_settings_are_named_and_nothing_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STRICT, "1")
    settings, written = {"epochs": 2, "seed": 0}, {"epochs": 8, "seed": 0}
    said = claim(
        "High.", [{"value": 0.3}], (0.5, 1.0), unit="%", settings=settings, written=written
    )
    assert said.mark == "differs"
    assert "Your settings differ (epochs 2, not 8); measured: 30.0\u00a0%" in said.text


def test_a_setting_that_the_sentence_does_not_know_differs_too() -> None:
    said = claim("x", [], (0, 1), settings={"seed": 0, "rate": 0.5}, written={"seed": 0})
    assert "(rate 0.5); not measured." in said.text
    assert claim("x", [{"value": 1}], (0, 1), settings={"rate": 0.5}).mark == "right"


def test_the_settings_used_are_those_of_the_run_that_ended() -> None:
    told = Told(0, Candidate("a"), Evaluation(0.9, 0.1, (0.5, 0.9)))
    assert used(Shown(History((told,)))) == {"trials": 1, "seed": 3, "epochs": 2}
    assert used(Shown(History((told,)), yours="a"))["trials"] == 0
    assert used(Shown(History()))["epochs"] == 0
    assert used(Shown(History(), yours="a"))["trials"] == 0  # stopped before its first trial
    changed = Shown(History(), estimator={"name": "FullTraining", "rate": 0.5})
    assert used(changed)["rate"] == 0.5


def test_panels_that_differ_are_not_taken_for_one() -> None:
    one, two = Shown(run(0.9), seed=0), Shown(run(0.9, epochs=6), seed=0)
    assert used(one, one) == used(one)
    assert used(one, two) == {"trials": 1, "seed": 0, "epochs": "2 and 6"}


def test_claims_refuse_bands_upside_down_and_rows_without_the_value() -> None:
    with pytest.raises(ValueError, match="swap"):
        claim("?", [], (1.0, 0.0))
    with pytest.raises(ValueError, match="column 'score'"):
        claim("?", [{"value": 1}], (0.0, 1.0), value="score")


# ------------------------------------------------------------------ the engine itself


def test_a_case_may_do_anything_and_check_never_raises() -> None:
    def bad(_: Any) -> str:
        raise RuntimeError("boom")

    exercise = Exercise("t", cases=(Case("c", bad),), hints=("h",), solution="s", minutes=1)
    assert exercise.check(1).text == "Not yet: c: raised RuntimeError: boom"
    with pytest.raises(ValueError, match="is a text"):
        exercise.answer(1)
    with pytest.raises(ValueError, match="cases and hints: expected at least one of each"):
        Exercise("t", cases=(), hints=("h",), solution="s", minutes=1)


def test_an_answer_to_some_cases_only_is_not_yet() -> None:
    cases = (returns(1, 1), returns(2, 2))
    exercise = Exercise("t", cases=cases, hints=("h",), solution="s", minutes=1)
    assert exercise.check(lambda n: n if n == 1 else None).mark == "not yet"


def test_truth_values_are_not_numbers_and_floats_may_round() -> None:
    assert "expected `1`" in returns(1, 0).judge(lambda _: True)
    assert "expected `1`" in returns(1, 0).judge(lambda _: np.True_)
    assert returns(0.3, 0).judge(lambda _: 0.1 + 0.2) == ""
    assert returns(0.3, 0).judge(lambda _: torch.tensor(0.3)) == ""
    assert returns(2.0, 0).judge(lambda _: 2) == ""


def autograd(p: Any, rewards: Any, k: int, b: float) -> torch.Tensor:
    """The gradient of one draw by PyTorch, in single precision."""
    z = torch.log(torch.tensor(p)).requires_grad_()
    torch.log_softmax(z, 0)[k].backward()  # type: ignore[no-untyped-call]
    return (rewards[k] - b) * z.grad  # type: ignore[operator]


def by_numpy(copies: Any, weights: Any) -> Any:
    return np.array(weights)[list(copies)] / np.bincount(copies)[list(copies)]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("one_draw", autograd),
        ("wider", by_numpy),
        ("wider", lambda copies, weights: tuple(by_numpy(copies, weights))),
        ("wider", lambda copies, weights: torch.tensor(by_numpy(copies, weights))),
        ("ranking", lambda mine, others: np.sum(np.array(others) > mine) + 1),
        ("rungs", lambda *given: np.array(by_powers(*given))),
        ("ticks", lambda depth: [range(1, i) for i in range(1, depth + 1)]),
    ],
)
def test_numbers_in_a_row_may_be_a_list_a_tuple_or_an_array(name: str, answer: Any) -> None:
    assert exercises()[name].check(answer).text.startswith("Right")


def test_an_array_of_other_numbers_is_told_as_any_other_answer() -> None:
    said = exercises()["wider"].check(lambda copies, weights: 2 * by_numpy(copies, weights))
    assert "expected `[1.5, 4.0, 1.5]`, got `array([3., 8., 3.])`" in said.text


def taken_off_one_by_one(mine: float, others: list[float]) -> int:
    place = 1
    while others:
        place += others.pop() > mine
    return place


def test_an_answer_that_changes_what_it_is_given_is_told_so_and_spoils_no_later_check() -> None:
    ranking = exercises()["ranking"]
    for _ in range(2):
        assert "right, but it changes what it is given" in ranking.check(taken_off_one_by_one).text
    assert ranking.check(intro.rank).mark == "right"
    case = returns([1, 2], [2, 1])
    assert case.judge(lambda row: row.sort() or row) != ""
    assert case.judge(sorted) == ""


@pytest.mark.parametrize(
    ("case", "passing", "failing"),
    [
        (at_most(2), run(0.1, 0.2), run(0.1, 0.2, 0.3)),
        (at_least(2), run(0.1, 0.2), run(0.1)),
        (trained_for(3), run(0.1, epochs=3), run(0.1, epochs=4)),
        (best_reaches(0.5), run(0.1, 0.5), run(0.49)),
        (own_reaches(0.5), weighing(9, 0.5), weighing(9, 0.4, blind=(9, 0.6))),
        (own_weighs(9), weighing(9, 0.5, blind=(10, 0.6)), weighing(10, 0.5, blind=(9, 0.6))),
        (median_reaches(0.5), run(0.1, 0.5, 0.9), run(0.1, 0.1, 0.9)),
    ],
)
def test_cases_about_runs(case: Case, passing: Any, failing: Any) -> None:
    assert case.judge(passing) == ""
    assert case.judge(failing) != ""


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)


@given(text=st.text())
def test_whatever_a_learner_wrote_is_shown_as_text(text: str) -> None:
    tags = Tags()
    tags.feed(Note(f"<script>alert(1)</script> {text}")._repr_html_())
    assert set(tags.tags) <= {"div", "b", "code"}


def test_a_guess_of_your_place_is_kept_and_fits_the_number_of_trials() -> None:
    place = intro.place_among(40)
    assert place is intro.place_among(40)
    assert place.options == tuple(range(1, 42))
    assert "among 40" in place.question


def test_the_introduction_ranks_as_the_panel_does() -> None:
    rank: Callable[..., int] = intro.ranking.answer(None)
    assert rank(0.5, [0.9, 0.5, 0.1]) == 2


def test_the_door_is_light() -> None:
    code = (
        "import sys, workbench.exercises; "
        "sys.exit(any(m in sys.modules for m in ('torch', 'ipywidgets', 'matplotlib')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
