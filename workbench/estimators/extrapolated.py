"""Stop a training that will not beat the best one so far: predictive termination.

Domhan, Springenberg & Hutter (2015), section 3.3: the rest of a learning curve is extrapolated
after some epochs, and where P(y_final > y_best) < δ the training ends and its expected final value
is told instead.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, Literal, TypeAlias, TypeVar, get_args

from workbench import checks
from workbench.estimators.learning_curves import Forecast, extrapolate, is_hopeless
from workbench.estimators.learning_curves.ensemble import MOST
from workbench.estimators.wrapped import Wrapper, relayed
from workbench.protocols import Estimator
from workbench.records import Candidate, Epoch, Evaluation, Event, RunError, Told

A = TypeVar("A")

Method: TypeAlias = Literal["least squares", "mcmc"]
KEPT = 20_000  # forecasts, by their curves: a search on a table meets the same ones again


class Extrapolated(Wrapper[A]):
    """Lets ``estimator`` train each candidate, and ends what will hardly beat the best.

    After a third of the epochs (``begin``, a share), and every ``every`` epochs from there, the
    curve is extrapolated: by ``method`` "least squares" (10 ms) or "mcmc" (a second). Where the
    probability that its last accuracy exceeds the best one told so far is below ``delta``, the
    training ends. What is told then is the expected last accuracy, with the curve as far as it was
    seen and the ``measures`` predicted = 1, epochs saved, and P(final > best). Only what was
    trained to the end counts as a best one, so the winner of a search was really trained.

    Of a curve of which nothing can be said (fewer than four epochs, NaN) nothing is stopped. The
    seconds are those of the training.

    ``estimator`` is any that trains in parts, as ``FullTraining`` and ``Table`` do: it is asked
    for the epochs up to the next look, and then to go on. So a trial that was ended can be
    continued.

    Raises ValueError for an estimator without ``epochs``, or of more than 1,000.
    """

    def __init__(
        self,
        estimator: Estimator[A],
        *,
        method: Method = "least squares",
        delta: float = 0.05,
        begin: float = 1 / 3,
        every: int = 1,
    ) -> None:
        super().__init__(estimator)
        if not checks.is_whole(getattr(estimator, "epochs", None)):
            raise ValueError(
                f"Extrapolated: estimator: expected one that says its epochs, as FullTraining and "
                f"Table do, got a {type(estimator).__name__}"
            )
        what, cure = "Extrapolated: estimator: epochs", "curve models are made for so many"
        checks.whole(what, self.epochs, least=1, most=MOST, cure=cure)
        self.method = checks.one_of("Extrapolated: method", method, get_args(Method))
        self.delta = checks.number("Extrapolated: delta", delta, above=0.0, most=1.0)
        self.begin = checks.number("Extrapolated: begin", begin, above=0.0, most=1.0)
        self.every = checks.whole("Extrapolated: every", every, least=1)
        self._best: dict[int, float] = {}  # epochs -> the best accuracy after so many
        self._trained: dict[int, int] = {}  # trial -> epochs behind it

    @property
    def epochs(self) -> int:
        """How many epochs a training has that is not ended."""
        ends = getattr(self.estimator, "stop_after", None)  # ReducedTraining's, before its horizon
        return int(ends or self.estimator.epochs)  # type: ignore[attr-defined]

    def prepare(self, *, seed: int) -> Generator[Event[A], None, None]:
        """What ``estimator`` prepares."""
        if self._begins():
            self._forget()
        yield from self._prepared(seed)

    def tell(self, told: Told[A]) -> None:
        """What a later training has to beat; also in a resumed run."""
        if self._begins_with(told):
            self._forget()
        evaluation, epochs = told.evaluation, len(told.evaluation.curve)
        self._trained[told.trial] = epochs
        if evaluation.has_score and not evaluation.measures.get("predicted"):
            self._best[epochs] = max(evaluation.score, self._best.get(epochs, evaluation.score))
        self._passed_on(told)

    def _forget(self) -> None:
        self._best, self._trained = {}, {}

    def best(self, epochs: int) -> float | None:
        """The best accuracy told after ``epochs`` or more; None: there is none yet."""
        known = [score for length, score in self._best.items() if length >= epochs]
        return max(known, default=None)

    def estimate(
        self, candidate: Candidate[A], *, trial: int, seed: int
    ) -> Generator[Event[A], None, Evaluation]:
        """Train ``candidate`` part by part, and after each look where its curve is going.

        Raises what ``estimator`` raises, and RunError where it has no learning curves.
        """
        checks.of_type("Extrapolated: candidate", candidate, Candidate)
        budget = self.epochs if candidate.epochs is None else candidate.epochs
        best, seconds, measures = self.best(budget), 0.0, dict[str, float]()
        parts = self._parts(candidate, budget) if best is not None else [budget]
        for number, part in enumerate(parts):
            asked = candidate
            if len(parts) > 1:
                goes_on = trial if number else candidate.continues
                asked = replace(candidate, epochs=part, continues=goes_on)
            running = self.estimator.estimate(asked, trial=trial, seed=seed)
            evaluation = yield from relayed(running, partial(_as_one, budget, seconds))
            self._check_curve(evaluation)
            seconds += evaluation.seconds
            measures |= evaluation.measures  # some are of the first part only
            if part == budget or best is None:
                break
            forecast = forecast_of(evaluation.curve, budget, self.method)
            if is_hopeless(forecast, best, delta=self.delta):
                told = {
                    "predicted": 1.0,
                    "epochs saved": float(budget - part),
                    "P(final > best)": forecast.above(best),
                }
                return replace(
                    evaluation,
                    score=forecast.final,
                    seconds=seconds,
                    measures=measures | told,
                )
        measures |= {"predicted": 0.0, "epochs saved": 0.0}
        return replace(evaluation, seconds=seconds, measures=measures)

    def _check_curve(self, evaluation: Evaluation) -> None:
        """OneShot, say, has ``epochs``, but they are its supernet's: only its answers tell."""
        if evaluation.has_score and not evaluation.curve and not any(self._trained.values()):
            raise RunError(
                f"Extrapolated: estimator: {type(self.estimator).__name__} answers without a "
                "learning curve, so there is nothing to extrapolate: use it by itself"
            )

    def _parts(self, candidate: Candidate[A], budget: int) -> list[int]:
        """After which epochs it is looked at, the last one of all included."""
        first = max(1, round(self.begin * budget))
        behind = 0 if candidate.continues is None else self._trained.get(candidate.continues, 0)
        return [each for each in range(first, budget, self.every) if each > behind] + [budget]


@lru_cache(maxsize=KEPT)
def forecast_of(curve: tuple[float, ...], epochs: int, method: Method) -> Forecast:
    """What ``method`` makes of a curve; the same curve is fitted once."""
    if method == "mcmc":
        from workbench.estimators.learning_curves import sample_posterior  # emcee, only where asked

        return sample_posterior(curve, epochs=epochs)
    return extrapolate(curve, epochs=epochs)


def _as_one(budget: int, before: float, event: Event[Any]) -> Event[Any]:
    """A part's event as one of the whole training."""
    if isinstance(event, Epoch):
        return replace(event, epochs=budget, seconds=before + event.seconds)
    return event
