"""Predict what a candidate is worth from those that were trained: a surrogate model.

Elsken et al. (2019), section 4.2: the architecture itself tells something of its performance. Which
regression it is matters less than how many trainings it has seen.
"""

from __future__ import annotations

import random
import time
import warnings
from collections.abc import Generator
from dataclasses import replace
from typing import Any, Literal, TypeAlias, TypeVar, get_args

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import RidgeCV
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import QuantileTransformer

from workbench import checks
from workbench.estimators.wrapped import Wrapper, relayed
from workbench.protocols import Estimator
from workbench.records import Batch, Candidate, Epoch, Evaluation, Event, RunError, Told

A = TypeVar("A")

Surrogate: TypeAlias = Literal["ridge", "trees", "mlp"]
Lessons: TypeAlias = Literal["random architectures", "trials"]
FEWEST = 2  # trained candidates, below which there is nothing to regress
TRIES = 20  # draws for each random architecture that is wanted


class Predicted(Wrapper[A]):
    """Answers with what a regression makes of a candidate that was never trained.

    The regression is fitted to the encodings (``space.encode``) and scores of ``trained``
    candidates that ``estimator`` did train: by ``lessons``, random architectures before the search
    begins, or the search's own first trials, which are then answered by ``estimator``. ``model``
    is "ridge" (linear, its penalty by cross-validation), "trees" (a random forest) or "mlp" (one
    hidden layer of 32). The answer's ``measures``: predicted = 1 and trained, how many it rests
    on; it has no curve.
    """

    def __init__(
        self,
        estimator: Estimator[A],
        *,
        model: Surrogate = "ridge",
        trained: int = 50,
        lessons: Lessons = "random architectures",
    ) -> None:
        super().__init__(estimator)
        self.model = checks.one_of("Predicted: model", model, get_args(Surrogate))
        self.trained = checks.whole("Predicted: trained", trained, least=FEWEST, most=1_000_000)
        self.lessons = checks.one_of("Predicted: lessons", lessons, get_args(Lessons))
        self._known: list[tuple[A, float]] = []
        self._fitted: tuple[int, Any] | None = None  # to how many, and what

    def prepare(self, *, seed: int) -> Generator[Event[A], None, None]:
        """Let ``estimator`` train the random architectures, each once; events of trial None.

        One that raises is left out. Raises RunError where fewer than two have a score.
        """
        if self._begins() or self.lessons != "trials":
            self._forget()
        yield from self._prepared(seed)
        if self.lessons == "trials":
            return
        rng = random.Random(seed)
        drawn = (self.space.sample(rng) for _ in range(TRIES * self.trained))
        for number, arch in enumerate(_different(drawn, self.trained)):
            evaluation = yield from self._answered(arch, number, rng.getrandbits(32))
            if evaluation is not None and evaluation.has_score:
                self._known.append((arch, evaluation.score))
        if len(self._known) < FEWEST:
            raise RunError(
                f"Predicted: {len(self._known)} of {self.trained} random architectures have a "
                f"score, expected at least {FEWEST}: nothing can be learned from them"
            )

    def tell(self, told: Told[A]) -> None:
        """A trial that was trained is one more to learn from; also in a resumed run."""
        if self._begins_with(told) and self.lessons == "trials":
            self._forget()
        trained = told.evaluation.has_score and not told.evaluation.measures.get("predicted")
        if self.lessons == "trials" and trained:
            self._known.append((told.candidate.arch, told.evaluation.score))
        self._passed_on(told)

    def _forget(self) -> None:
        self._known, self._fitted = [], None

    def estimate(
        self, candidate: Candidate[A], *, trial: int, seed: int
    ) -> Generator[Event[A], None, Evaluation]:
        """Predict ``candidate``; of the first trials, where they are the lessons, train it.

        Raises RunError where nothing was trained yet, as without ``prepare``.
        """
        checks.of_type("Predicted: candidate", candidate, Candidate)
        learning = self.lessons == "trials"
        if learning and (trial < self.trained or len(self._known) < FEWEST):
            return (yield from self.estimator.estimate(candidate, trial=trial, seed=seed))
        start = time.perf_counter()
        yield Batch(trial, 1, 1, 1)
        score = float(self.predict([candidate.arch])[0])
        measures = {"predicted": 1.0, "trained": float(len(self._known))}
        return Evaluation(score, time.perf_counter() - start, (), measures)

    def predict(self, archs: Any) -> Any:
        """The predicted scores of many architectures, in [0, 1], as an array.

        Raises RunError where nothing was trained yet.
        """
        given = checks.several("Predicted.predict: archs", archs, "(space.sample(rng),)")
        if len(self._known) < FEWEST:
            raise RunError(
                f"Predicted: {len(self._known)} candidates were trained, expected at least "
                f"{FEWEST}: let prepare(seed=…) run to its end"
            )
        if self._fitted is None or self._fitted[0] != len(self._known):
            known = np.array([self.space.encode(arch) for arch, _ in self._known])
            scores = np.array([score for _, score in self._known])
            regression = _regression(self.model, len(known))
            with warnings.catch_warnings():  # a net that was stopped early is no worse for it
                warnings.simplefilter("ignore", ConvergenceWarning)
                self._fitted = len(known), regression.fit(known, scores)
        encoded = np.array([self.space.encode(arch) for arch in given])
        return np.clip(self._fitted[1].predict(encoded), 0.0, 1.0)

    def _answered(
        self, arch: A, number: int, seed: int
    ) -> Generator[Event[A], None, Evaluation | None]:
        """What ``estimator`` says of one of the random architectures; None: it raised."""
        running = self.estimator.estimate(Candidate(arch), trial=number, seed=seed)
        try:
            return (yield from relayed(running, _of_no_trial))
        except (OSError, RunError):
            raise
        except Exception:  # the candidate's fault: as a search has it, it goes on
            return None


def _of_no_trial(event: Event[Any]) -> Event[Any]:
    return replace(event, trial=None) if isinstance(event, Batch | Epoch) else event


def _different(archs: Any, many: int) -> list[Any]:
    found: dict[Any, None] = {}
    for arch in archs:
        found.setdefault(arch)
        if len(found) == many:
            break
    return list(found)


def _regression(model: Surrogate, many: int) -> Any:
    """Fitted to scores as normal quantiles, so that a few cells at chance do not outweigh all."""
    if model == "trees":
        inner = RandomForestRegressor(n_estimators=100, min_samples_leaf=2, random_state=0)
    elif model == "ridge":
        inner = RidgeCV(alphas=np.logspace(-3, 3, 13))
    else:
        inner = MLPRegressor(
            hidden_layer_sizes=(32,), solver="lbfgs", alpha=1.0, max_iter=500, random_state=0
        )
    straight = QuantileTransformer(  # of more than 10,000 scores it draws some
        n_quantiles=min(many, 100), output_distribution="normal", random_state=0
    )
    return TransformedTargetRegressor(inner, transformer=straight)
