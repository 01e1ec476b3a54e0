"""Events as lines of text: strict JSON, one object a line, numbers back bit for bit.

An ``Asked`` carries its candidate, what follows names the trial. NaN and infinities, which JSON
does not have, are written as strings. An error is kept by type and message. Nothing that is read
is ever executed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from workbench.protocols import SearchSpace
from workbench.records import (
    Asked,
    Candidate,
    Epoch,
    Evaluation,
    Event,
    Failed,
    Mixture,
    Opened,
    Told,
)

A = TypeVar("A")

_ESCAPED = "backslashreplace"  # of half a surrogate pair it makes JSON's own \udc80


class RecordedError(Exception):
    """An error known by type and message only: raised in another process, or long ago."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(kind, message)
        self.kind, self.message = kind, message

    @classmethod
    def of(cls, error: Exception) -> RecordedError:
        """The same error, without what does not travel; a RecordedError stays what it is.

        Its text can always be written: what no encoding has is spelled out.
        """
        if isinstance(error, cls):
            return error
        try:
            message = str(error)
        except Exception as inner:  # a stranger's __str__
            message = f"(its text cannot be read: {type(inner).__name__})"
        return cls(type(error).__name__, message.encode("utf-8", "backslashreplace").decode())

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RecordedError) and self.args == other.args

    def __hash__(self) -> int:
        return hash(self.args)


def write_line(value: Mapping[str, Any]) -> bytes:
    """A JSON object as one line, in strict JSON.

    Half a surrogate pair, which UTF-8 does not have, is escaped, so it comes back.

    Raises TypeError for a value that JSON cannot hold.
    """
    return _ENCODER.encode(_strict(value)).encode("utf-8", _ESCAPED) + b"\n"


def read_line(line: bytes) -> dict[str, Any]:
    """The object of a line. Raises ValueError for anything that is not one strict JSON object.

    What is not UTF-8 (a log that passed through an editor) is replaced: a reason or an error's text
    is no reason to lose a run, and an architecture so spelled is refused by its space.
    """
    try:
        value = json.loads(line.decode("utf-8", "replace"), parse_constant=_refuse)
    except RecursionError:
        raise ValueError("brackets within brackets, too deep to be read") from None
    if not isinstance(value, dict):
        raise ValueError(f"expected a JSON object, got {type(value).__name__}")
    return value


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


_ENCODER = json.JSONEncoder(allow_nan=False, ensure_ascii=False)
_AS_IT_IS = frozenset({str, int, bool, type(None)})


def _strict(value: Any) -> Any:
    kind = type(value)
    if kind in _AS_IT_IS:  # the most of an event: looked at first, since every search waits for it
        return value
    if isinstance(value, np.generic):
        value = value.item()  # a learner's estimator may well answer in numpy's float32
    if isinstance(value, float):
        return value if value - value == 0.0 else repr(value)
    if kind is dict or isinstance(value, Mapping):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(item) for item in value]
    return value


def event_to_json(event: Event[A], space: SearchSpace[A]) -> dict[str, Any]:
    """An event (but ``Batch``) as a JSON object. Raises TypeError for what is not an event."""
    match event:
        case Asked(trial, candidate):
            described: dict[str, Any] = {"arch": space.spell(candidate.arch)}
            for name in ("epochs", "continues", "parents"):
                if getattr(candidate, name) not in (None, ()):
                    described[name] = getattr(candidate, name)
            described["reason"] = candidate.reason
            return {"event": "asked", "trial": trial, **described}
        case Epoch():
            names = ("trial", "epoch", "epochs", "loss", "score", "seconds", "measures")
            return {"event": "epoch", **{name: getattr(event, name) for name in names}}
        case Mixture(trial, epoch, weights):
            return {"event": "mixture", "trial": trial, "epoch": epoch, "weights": weights}
        case Opened(trial, score):
            return {"event": "opened", "trial": trial, "score": score}
        case Failed(trial, _, error):
            known = RecordedError.of(error)
            return {
                "event": "failed",
                "trial": trial,
                "error": known.kind,
                "message": known.message,
            }
        case Told(trial, _, told):
            answer = {name: getattr(told, name) for name in ("score", "seconds", "curve")}
            return {"event": "told", "trial": trial, **answer, "measures": told.measures}
    raise TypeError(f"expected an event that is logged, got {event!r}")


def event_from_json(
    line: Mapping[str, Any], space: SearchSpace[A], asked: Mapping[int, Candidate[A]]
) -> Event[A]:
    """The event that ``event_to_json`` wrote; ``asked`` holds the candidates of the trials so far.

    Raises ValueError that says what is wrong with the line.
    """
    fields = dict(line)
    kind = fields.pop("event", None)
    readers: dict[Any, Callable[..., Event[A]]] = {
        "asked": lambda **given: _asked(space, **given),
        "epoch": lambda **given: _epoch(**given),
        "mixture": lambda **given: _mixture(**given),
        "failed": lambda **given: _failed(asked, **given),
        "opened": lambda **given: _opened(asked, **given),
        "told": lambda **given: _told(asked, **given),
    }
    if not isinstance(kind, str) or kind not in readers:
        raise ValueError(f"expected an event of {sorted(readers)}, got {kind!r}")
    try:
        return readers[kind](**fields)
    except (TypeError, AttributeError, KeyError, OverflowError) as error:
        raise ValueError(f"not an event {kind!r}: {error}") from None


# what was read may be anything: each reader checks what it takes


def _asked(
    space: SearchSpace[A],
    *,
    trial: Any,
    arch: Any,
    reason: Any,
    epochs: Any = None,
    continues: Any = None,
    parents: Any = (),
) -> Asked[A]:
    candidate = Candidate(
        space.parse(text(arch)),
        epochs=whole_or_none(epochs),
        continues=whole_or_none(continues),
        parents=tuple(whole(parent) for parent in parents),
        reason=text(reason),
    )
    return Asked(whole(trial), candidate)


def _epoch(
    *, trial: Any, epoch: Any, epochs: Any, loss: Any, score: Any, seconds: Any, measures: Any
) -> Epoch:
    numbers = (number(loss), number(score), number(seconds))
    counts = (whole_or_none(trial), whole(epoch), whole(epochs))
    return Epoch(*counts, *numbers, _measures(measures))


def _mixture(*, trial: Any, epoch: Any, weights: Any) -> Mixture:
    tables = {
        name: tuple(tuple(number(value) for value in row) for row in rows)
        for name, rows in weights.items()
    }
    return Mixture(whole_or_none(trial), whole(epoch), tables)


def _failed(
    asked: Mapping[int, Candidate[A]], *, trial: Any, error: Any, message: Any
) -> Failed[A]:
    return Failed(whole(trial), _of(asked, trial), RecordedError(text(error), text(message)))


def _opened(asked: Mapping[int, Candidate[A]], *, trial: Any, score: Any) -> Opened:
    _of(asked, trial)
    return Opened(whole(trial), number(score))


def _told(
    asked: Mapping[int, Candidate[A]],
    *,
    trial: Any,
    score: Any,
    seconds: Any,
    curve: Any,
    measures: Any,
) -> Told[A]:
    values = tuple(number(value) for value in curve)
    evaluation = Evaluation(number(score), number(seconds), values, _measures(measures))
    return Told(whole(trial), _of(asked, trial), evaluation)


def _of(asked: Mapping[int, Candidate[A]], trial: int) -> Candidate[A]:
    if trial not in asked:
        raise ValueError(f"trial {trial} was never asked about")
    return asked[trial]


def _measures(measures: Any) -> dict[str, float]:
    return {name: number(value) for name, value in measures.items()}


def text(value: Any) -> str:
    """``value``, where it is text. Raises ValueError otherwise."""
    if not isinstance(value, str):
        raise ValueError(f"expected text, got {value!r}")
    return value


def number(value: Any) -> float:
    """``value`` as a float, NaN and infinities back from text. Raises ValueError for others."""
    if isinstance(value, str) and value in ("nan", "inf", "-inf"):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"expected a number, got {value!r}")
    return float(value)


def whole(value: Any) -> int:
    """``value``, where it is a whole number. Raises ValueError otherwise."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"expected a whole number, got {value!r}")
    return value


def whole_or_none(value: Any) -> int | None:
    """``value``, where it is a whole number or None. Raises ValueError otherwise."""
    return None if value is None else whole(value)
