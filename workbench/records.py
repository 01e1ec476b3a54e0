"""Frozen values that every room passes on: decisions, candidates, evaluations, tasks, events.

Standard library only. An *architecture* (type variable ``A``) is a space's genotype: a frozen,
hashable value, canonical on construction. Accuracies and other scores are fractions in [0, 1]
here; views and notebooks print them in per cent.
"""

from __future__ import annotations

import math
import traceback
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias, TypeVar, get_args

from workbench import checks

A = TypeVar("A")

Kind: TypeAlias = Literal["choice", "operation", "anchor", "input"]


def _check_event(event: Any, *, run: bool = False, **kinds: type) -> None:
    """The number of its trial, or of a ``run`` as a whole None; and of what class the rest is."""
    trial, what = event.trial, type(event).__name__
    if (type(trial) is not int or trial < 0) and not (run and trial is None):
        checks.keep(event, trial=checks.whole(f"{what}: trial", trial, least=0))
    for name, kind in kinds.items():
        if not isinstance(value := getattr(event, name), kind):
            checks.of_type(f"{what}: {name}", value, kind)


def _keep_wholes(record: object, **least: int) -> None:
    """Whole numbers of a record, with the least that each may be."""
    for name, low in least.items():
        if type(value := getattr(record, name)) is not int or value < low:  # a table has many
            what = f"{type(record).__name__}: {name}"
            checks.keep(record, **{name: checks.whole(what, value, least=low)})


def _keep_numbers(record: object, *names: str) -> None:
    """Numbers of a record, NaN where there is none; but seconds are a clock's, 0 or more."""
    for name in names:
        value, clock = getattr(record, name), name == "seconds"
        if type(value) is not float or (clock and not value >= 0.0):
            what, least = f"{type(record).__name__}: {name}", 0.0 if clock else None
            checks.keep(record, **{name: checks.number(what, value, least=least, nan=not clock)})


@dataclass(frozen=True)
class Decision:
    """One choice on the way to an architecture; what a controller's softmax predicts.

    ``kind`` is "choice" (a number or a mode), "operation", "anchor" (whether an earlier layer is
    an input of this one; options ``(False, True)``) or "input" (which earlier state is read).
    Decisions of one ``role`` may share a softmax. ``between`` belongs to an anchor: (earlier
    layer, this layer). ``why`` says of a single option what took the others away.
    """

    name: str
    options: tuple[Hashable, ...]
    kind: Kind = "choice"
    role: str = ""
    between: tuple[int, int] | None = None
    why: str = ""

    def __post_init__(self) -> None:
        what = f"decision {checks.text('Decision: name', self.name)!r}"
        checks.keep(self, options=checks.several(f"{what}: options", self.options))
        if not self.options:
            raise ValueError(f"{what}: options must not be empty")
        try:
            repeat = len(set(self.options)) != len(self.options)
        except TypeError:
            raise ValueError(
                f"{what}: options must be hashable (tuples, not lists), got {self.options}"
            ) from None
        if repeat:
            raise ValueError(f"{what}: options repeat: {self.options}")
        checks.one_of(f"{what}: kind", self.kind, get_args(Kind))
        checks.text(f"{what}: role", self.role)
        if self.between is not None:
            checks.keep(
                self, between=checks.wholes(f"{what}: between", self.between, least=0, count=2)
            )
        checks.text(f"{what}: why", self.why)


@dataclass(frozen=True)
class Candidate(Generic[A]):
    """What a strategy asks about: an architecture and how to look at it.

    ``epochs`` is the budget in all (None: the estimator's own). ``continues`` is the trial whose
    checkpoint, seed and schedule this one carries on. ``parents`` are trial numbers, for family
    trees and weight inheritance. ``reason`` is one line for the learner.
    """

    arch: A
    epochs: int | None = None
    continues: int | None = None
    parents: tuple[int, ...] = ()
    reason: str = ""

    def __post_init__(self) -> None:
        checks.keep(self, epochs=checks.whole_or_none("Candidate: epochs", self.epochs, least=1))
        checks.keep(
            self, continues=checks.whole_or_none("Candidate: continues", self.continues, least=0)
        )
        if self.parents != ():
            given = checks.several("Candidate: parents", self.parents, "(0, 3)")
            checks.keep(
                self, parents=tuple([checks.whole("Candidate: parents", n, least=0) for n in given])
            )
        checks.text("Candidate: reason", self.reason)


@dataclass(frozen=True)
class Evaluation:
    """What an estimator answers. ``score``: higher is better, everywhere; an accuracy is in [0, 1].

    ``seconds`` is what the answer cost. ``curve`` is the validation score after each epoch.
    ``measures`` holds numbers by name: parameters, macs, loss, …
    """

    score: float
    seconds: float
    curve: tuple[float, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _keep_numbers(self, "score", "seconds")
        checks.keep(self, curve=checks.numbers("Evaluation: curve", self.curve))
        checks.keep(self, measures=checks.measures("Evaluation: measures", self.measures))

    @classmethod
    def failed(cls, seconds: float = 0.0) -> Evaluation:
        """The evaluation of a trial that raised: score 0.0 and ``measures["failed"] == 1``."""
        return cls(score=0.0, seconds=seconds, measures={"failed": 1.0})

    @property
    def is_failure(self) -> bool:
        """Whether the trial behind this evaluation raised an error."""
        return bool(self.measures.get("failed", 0.0))

    @property
    def has_score(self) -> bool:
        """Whether there is an answer to compare: neither a failure nor a score that is NaN."""
        return not self.is_failure and not math.isnan(self.score)

    @property
    def sort_key(self) -> tuple[bool, bool, float]:
        """What every comparison of evaluations uses, greater is better: "no answer" comes last.

        A failure's score is no number, however low the scores of others are; NaN beats a failure.
        """
        answered = self.has_score
        return answered, not self.is_failure, self.score if answered else 0.0


@dataclass(frozen=True)
class ImageTask:
    """Classify images of ``channels`` × ``height`` × ``width`` into ``classes`` classes."""

    channels: int
    height: int
    width: int
    classes: int

    def __post_init__(self) -> None:
        _keep_wholes(self, channels=1, height=1, width=1, classes=2)


@dataclass(frozen=True)
class TextTask:
    """Predict the next of ``vocabulary`` tokens from up to ``context`` earlier ones."""

    vocabulary: int
    context: int

    def __post_init__(self) -> None:
        _keep_wholes(self, vocabulary=2, context=1)


Task: TypeAlias = ImageTask | TextTask


class RunError(RuntimeError):
    """Trouble of the run's, not of the candidate's: raised in a trial, it ends the run.

    So does OSError. A run that ended so can be resumed, and the trial runs again.
    """


@dataclass(frozen=True)
class Asked(Generic[A]):
    """A strategy asked about a candidate; its trial begins."""

    trial: int
    candidate: Candidate[A]

    def __post_init__(self) -> None:
        _check_event(self, candidate=Candidate)


@dataclass(frozen=True)
class Batch:
    """A heartbeat after every batch, so that whoever pulls can stop within one. Never logged."""

    trial: int | None
    epoch: int  # counts from 1
    batch: int  # counts from 1
    batches: int  # in this epoch

    def __post_init__(self) -> None:
        _check_event(self, run=True)
        _keep_wholes(self, epoch=0, batch=0, batches=0)  # 0: nothing has begun


@dataclass(frozen=True)
class Epoch:
    """An epoch ended. ``epoch`` counts from 1; ``epochs`` is how many this trial trains in all."""

    trial: int | None
    epoch: int
    epochs: int
    loss: float  # mean training loss, nats
    score: float  # validation score, accuracy in [0, 1]
    seconds: float  # since the trial began
    measures: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_event(self, run=True)
        _keep_wholes(self, epoch=1, epochs=1)
        _keep_numbers(self, "loss", "score", "seconds")
        checks.keep(self, measures=checks.measures("Epoch: measures", self.measures))


@dataclass(frozen=True)
class Mixture:
    """Architecture weights of a relaxed search (DARTS's alphas), by name, one row an edge."""

    trial: int | None
    epoch: int
    weights: Mapping[str, tuple[tuple[float, ...], ...]]

    def __post_init__(self) -> None:
        _check_event(self, run=True)
        _keep_wholes(self, epoch=0)
        checks.keep(self, weights=checks.tables("Mixture: weights", self.weights))


@dataclass(frozen=True)
class Failed(Generic[A]):
    """A trial raised; the search goes on and its evaluation is ``Evaluation.failed(seconds)``.

    The error keeps its traceback, not what was in the frames: no network that filled the memory.
    """

    trial: int
    candidate: Candidate[A]
    error: Exception

    def __post_init__(self) -> None:
        _check_event(self, candidate=Candidate, error=Exception)
        waiting: list[BaseException | None] = [self.error]
        seen: list[BaseException] = []
        while waiting:
            error = waiting.pop()
            if error is not None and not any(error is other for other in seen):  # causes may loop
                seen.append(error)
                traceback.clear_frames(error.__traceback__)
                waiting += [error.__cause__, error.__context__]


@dataclass(frozen=True)
class Told(Generic[A]):
    """A trial ended and the strategy was told."""

    trial: int
    candidate: Candidate[A]
    evaluation: Evaluation

    def __post_init__(self) -> None:
        _check_event(self, candidate=Candidate, evaluation=Evaluation)


@dataclass(frozen=True)
class Opened:
    """The test images were opened: the test score of the network of a trial that had ended."""

    trial: int
    score: float  # accuracy in [0, 1]

    def __post_init__(self) -> None:
        _check_event(self)
        checks.keep(self, score=checks.number("Opened: score", self.score, least=0.0, most=1.0))


Event: TypeAlias = Asked[A] | Batch | Epoch | Mixture | Failed[A] | Told[A] | Opened
