"""A model for each budget, and the most reliable one asked: what BOHB adds to Hyperband.

Falkner, Klein & Hutter (2018), BOHB: robust and efficient hyperparameter optimization at scale,
section 3. Their model is a kernel density estimate (TPE); here it is the course's Gaussian process.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Generic, TypeVar

from workbench.protocols import Rows, SearchSpace
from workbench.records import Candidate, Evaluation, Told
from workbench.strategies.bayesian import BayesianOptimization
from workbench.strategies.random_search import RandomSearch

A = TypeVar("A")

RANDOM_SHARE = 1 / 3  # BOHB's ρ: so many proposals ask no model
NOT_MEASURED = Evaluation(math.nan, 0.0)


class LargestBudget(Generic[A]):
    """``BayesianOptimization`` of the scores at the largest budget that has enough of them.

    Enough are d + 1, with d the decisions of the space; before, and for a third of the proposals
    after, random ones. Scores at different budgets are never mixed: what was trained for
    another budget is, for a model, as if not measured, and not proposed again.
    """

    def __init__(self, space: SearchSpace[A], *, seed: int = 0) -> None:
        self.space, self.seed = space, seed
        self._enough = max(2, len(space.menu()) + 1)
        self._random = RandomSearch(space, seed=seed)
        self._asked: list[Candidate[A]] = []
        self._told: list[Told[A]] = []
        self._scores: dict[int, int] = {}  # how many by budget
        self._models: dict[int, BayesianOptimization[A]] = {}  # by budget

    def ask(self) -> Candidate[A] | None:
        """A proposal of the model, or a random one; None where the space is exhausted."""
        budget, model = self._model()
        blind = random.Random(f"{self.seed} {len(self._asked)} whose turn").random() < RANDOM_SHARE
        if model is None or blind:
            proposal = self._random.ask()
        elif (proposal := model.ask()) is not None:
            self._random.skip(proposal)
            proposal = replace(proposal, reason=f"at {budget} epochs {proposal.reason}")
        if proposal is not None:
            self._note(proposal, asked=model if not blind else None)
        return proposal

    def skip(self, candidate: Candidate[A]) -> None:
        """This one was asked before."""
        self._random.skip(candidate)
        self._note(candidate, asked=None)

    def tell(self, told: Told[A]) -> None:
        """The score counts for the model of its budget."""
        self._random.tell(told)  # raises where it is not in the space
        self._told.append(told)
        budget, evaluation = told.candidate.epochs, told.evaluation
        if budget is not None and evaluation.has_score and math.isfinite(evaluation.score):
            self._scores[budget] = self._scores.get(budget, 0) + 1
        for own, model in self._models.items():
            model.tell(_as_seen(told, own))

    def inside(self) -> Mapping[str, Rows]:
        """What the model that is asked now believes: ``posterior`` and ``weights``."""
        budget, model = self._model()
        tables = model.inside() if model is not None else {}
        return {f"{name}: after {budget} epochs": rows for name, rows in tables.items()}

    def _model(self) -> tuple[int | None, BayesianOptimization[A] | None]:
        """The model to ask, and its budget."""
        able = [budget for budget, scores in self._scores.items() if scores >= self._enough]
        if not able:
            return None, None
        budget = max(able)
        if budget not in self._models:
            self._models[budget] = self._made(budget)
        return budget, self._models[budget]

    def _made(self, budget: int) -> BayesianOptimization[A]:
        """A model that has heard everything so far."""
        model = BayesianOptimization(self.space, initial=self._enough, seed=self.seed)
        for candidate in self._asked:
            model.skip(candidate)
        for told in self._told:
            model.tell(_as_seen(told, budget))
        return model

    def _note(self, candidate: Candidate[A], *, asked: BayesianOptimization[A] | None) -> None:
        self._asked.append(candidate)
        for model in self._models.values():
            if model is not asked:
                model.skip(candidate)


def _as_seen(told: Told[A], budget: int) -> Told[A]:
    """What a model of this budget hears."""
    if told.candidate.epochs == budget:
        return told
    return replace(told, evaluation=NOT_MEASURED)
