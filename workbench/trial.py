"""One trial: a candidate is estimated, by the clock, and the answer looked at.

What raises is the candidate's failure, and the search goes on. Trouble of ours is not: a disk that
is full, a checkpoint that is gone (``OSError``, ``RunError``) end the run, which can be resumed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable
from typing import Any, TypeVar

import numpy as np

from workbench.protocols import Estimator, Strategy
from workbench.records import Asked, Batch, Candidate, Evaluation, Event, Failed, RunError, Told

A = TypeVar("A")
E = TypeVar("E")
R = TypeVar("R")


def trial_seed(seed: int, trial: int) -> int:
    """The seed of a trial, in [0, 2^32): the same in a serial, a parallel and a resumed run."""
    return int(np.random.SeedSequence((seed, trial)).generate_state(1)[0])


def estimated(
    estimator: Estimator[A], candidate: Candidate[A], *, trial: int, seed: int
) -> Generator[Event[A], None, Evaluation]:
    """What the estimator answers; ``seed`` is the run's. It passes on the estimator's events.

    What raises ends in ``Failed`` and is answered by ``Evaluation.failed``, with the seconds that
    were spent up to there: working, not waiting to be pulled.

    Raises OSError and RunError, which are no fault of the candidate's.
    """
    watch = _Watch()
    try:
        answer = yield from watch.over(
            lambda: estimator.estimate(candidate, trial=trial, seed=trial_seed(seed, trial))
        )
        return _evaluation(answer, estimator, watch.seconds)
    except (OSError, RunError):
        raise
    except Exception as error:  # not GeneratorExit: Stop passes through
        yield Failed(trial, candidate, error)
        return Evaluation.failed(watch.seconds)


def attempt(
    estimator: Estimator[A], begun: Asked[A], *, seed: int
) -> Generator[Event[A], None, Told[A]]:
    """One trial, exactly as ``search`` runs it (``seed`` is the run's), up to being told."""
    trial, candidate = begun.trial, begun.candidate
    evaluation = yield from estimated(estimator, candidate, trial=trial, seed=seed)
    return Told(trial, candidate, evaluation)


def answer_of(running: Generator[E, None, R], heard: Callable[[E], object] | None = None) -> R:
    """Pull what is running to its end and give what it returns.

    That is an estimator's evaluation, or the ``Told`` of an ``attempt``. Each event goes to
    ``heard`` as it comes; ``events.append`` keeps all, without it they are dropped.

    Raises whatever ``running`` raises.
    """
    while True:
        try:
            event = next(running)
        except StopIteration as end:
            answer: R = end.value
            return answer
        if heard is not None:
            heard(event)


def beating(
    trying: Generator[Event[A], None, R],
) -> Generator[Batch, None, tuple[list[Event[A]], R]]:
    """An attempt run to its end: its heartbeats are passed on, its other events kept.

    Returns those, and what it returned. Raises whatever ``trying`` raises.
    """
    events: list[Event[A]] = []
    while True:
        try:
            event = next(trying)
        except StopIteration as end:
            return events, end.value
        if isinstance(event, Batch):
            yield event
        else:
            events.append(event)


def check_kept(
    strategy: Strategy[A], estimator: Estimator[A], candidates: Iterable[Candidate[A]] = ()
) -> None:
    """Raises ValueError where trials go on from what another process trained, and it is not kept.

    Known where the strategy says so (``protocols.Promotes``), or one of ``candidates`` does.
    """
    promotes = getattr(strategy, "promotes", False)
    promotes = promotes or any(candidate.continues is not None for candidate in candidates)
    if promotes and getattr(estimator, "checkpoints", "elsewhere") is None:
        raise ValueError(
            f"checkpoints: expected a folder, got None: {type(strategy).__name__} asks for trials "
            f"to be carried on, which another process trained; say {type(estimator).__name__}(…, "
            "checkpoints=folder)"
        )


class _Watch:
    """Counts the ``seconds`` that are spent inside of it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._since = 0.0

    def __enter__(self) -> None:
        self._since = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._since

    def over(self, begin: Callable[[], Any]) -> Generator[Any, None, Any]:
        """``yield from begin()``; what is no generator is taken for what one would return."""
        with self:
            working = begin()
        if not hasattr(working, "send"):
            return working
        try:
            while True:
                try:
                    with self:
                        event = next(working)
                except StopIteration as end:
                    return end.value
                yield event
        finally:
            working.close()


def _evaluation(answer: Any, estimator: object, seconds: float) -> Evaluation:
    """The answer in plain numbers; a number alone is a score.

    Raises TypeError for what is neither an evaluation nor a number.
    """
    if isinstance(answer, Evaluation):
        curve, measures = answer.curve, answer.measures
        values = (answer.score, answer.seconds, *curve, *measures.values())
        if all(type(value) is float for value in values):
            return answer
        return Evaluation(
            _number(answer.score, "score", estimator),
            _number(answer.seconds, "seconds", estimator),
            tuple(_number(score, "curve", estimator) for score in curve),
            {name: _number(value, name, estimator) for name, value in measures.items()},
        )
    if answer is None:
        raise TypeError(
            f"{type(estimator).__name__}.estimate returned nothing: expected an Evaluation; end it "
            "with return Evaluation(score, seconds)"
        )
    return Evaluation(_number(answer, "score", estimator), seconds)


def _number(value: Any, name: str, estimator: object) -> float:
    try:
        if not isinstance(value, str | bytes):
            return float(value.item() if hasattr(value, "item") else value)  # numpy's, torch's
    except Exception:  # whatever a stranger's __float__ raises
        pass
    raise TypeError(
        f"{type(estimator).__name__}.estimate: {name}: expected a number, got {value!r}; end it "
        "with return Evaluation(score, seconds)"
    )
