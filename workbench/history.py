"""Pure questions put to the events of a search: what was tried, what it cost, what was best.

Answers are plain rows (lists of dicts) that a view draws or pandas tabulates. Scores are
fractions, higher is better; seconds are those that the trials themselves report.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from workbench.protocols import SearchSpace
from workbench.records import Batch, Epoch, Event, Failed, Told
from workbench.serialisation import RecordedError

A = TypeVar("A")

Row: TypeAlias = dict[str, Any]

# of the table of trials
COLUMNS = (
    *("trial", "arch", "score", "seconds", "epochs", "parameters", "macs"),
    *("reason", "failed", "error"),
)


@dataclass(frozen=True)
class History(Generic[A]):
    """The events of a search so far, without its heartbeats (``Batch``)."""

    events: tuple[Event[A], ...] = ()

    def __post_init__(self) -> None:
        kept = tuple(event for event in self.events if not isinstance(event, Batch))
        object.__setattr__(self, "events", kept)

    @property
    def told(self) -> tuple[Told[A], ...]:
        """The trials that ended, in the order in which they did."""
        return tuple(event for event in self.events if isinstance(event, Told))

    @property
    def best(self) -> Told[A] | None:
        """The trial of the highest score, the first of equals; None where no trial succeeded."""
        best = None
        for told in self.told:
            if _succeeded(told) and (best is None or told.evaluation.score > best.evaluation.score):
                best = told
        return best

    def curves(self) -> dict[int, tuple[float, ...]]:
        """Trial -> validation score after each of its epochs so far."""
        curves: dict[int, tuple[float, ...]] = {}
        for event in self.events:
            if isinstance(event, Epoch) and event.trial is not None:
                curves[event.trial] = (*curves.get(event.trial, ()), event.score)
        for told in self.told:  # a table answers at once, without epochs
            curves.setdefault(told.trial, told.evaluation.curve)
        return {trial: curve for trial, curve in curves.items() if curve}


def _succeeded(told: Told[Any]) -> bool:
    return not told.evaluation.is_failure and not math.isnan(told.evaluation.score)


def incumbents(history: History[Any]) -> list[Row]:
    """After each trial told: ``trial, seconds, score, best``.

    ``seconds`` add up; ``best`` is the highest score so far, NaN until a trial has succeeded.
    """
    rows: list[Row] = []
    seconds, best = 0.0, math.nan
    for told in history.told:
        score = told.evaluation.score
        seconds += told.evaluation.seconds
        if _succeeded(told) and not score <= best:
            best = score  # best_t = max_{s ≤ t} y_s
        rows.append({"trial": told.trial, "seconds": seconds, "score": score, "best": best})
    return rows


def regret(history: History[Any], best: float) -> list[Row]:
    """After each trial told: ``trial, seconds, regret``; how far its incumbent is from ``best``."""
    return [
        {"trial": row["trial"], "seconds": row["seconds"], "regret": best - row["best"]}
        for row in incumbents(history)
    ]


def trials(history: History[A], *, space: SearchSpace[A] | None = None) -> list[Row]:
    """One row a trial told, by number.

    ``trial, arch, score, seconds, epochs, parameters, macs, reason, failed, error``. With
    ``space`` the architecture is spelled; ``parameters`` and ``macs`` are None where not measured.
    """
    errors = {event.trial: event.error for event in history.events if isinstance(event, Failed)}
    curves = history.curves()
    rows = []
    for told in sorted(history.told, key=lambda told: told.trial):
        error = errors.get(told.trial)
        rows.append(
            {
                "trial": told.trial,
                "arch": space.spell(told.candidate.arch) if space else told.candidate.arch,
                "score": told.evaluation.score,
                "seconds": told.evaluation.seconds,
                "epochs": len(curves.get(told.trial, ())),
                "parameters": told.evaluation.measures.get("parameters"),
                "macs": told.evaluation.measures.get("macs"),
                "reason": told.candidate.reason,
                "failed": told.evaluation.is_failure,
                "error": str(RecordedError.of(error)) if error else "",
            }
        )
    return rows


def learning_curves(history: History[Any]) -> list[Row]:
    """One row an epoch of a trial: ``trial, epoch, score``, in that order; epochs count from 1.

    A trial that carries on another one begins at the epoch after that one's last.
    """
    epochs = [e for e in history.events if isinstance(e, Epoch) and e.trial is not None]
    rows: list[Row] = [{"trial": e.trial, "epoch": e.epoch, "score": e.score} for e in epochs]
    seen = {event.trial for event in epochs}
    for told in history.told:  # a table answers at once, without epochs
        if told.trial not in seen:
            curve = enumerate(told.evaluation.curve, start=1)
            rows += [{"trial": told.trial, "epoch": n, "score": score} for n, score in curve]
    return sorted(rows, key=lambda row: (row["trial"], row["epoch"]))


def ledger(history: History[Any]) -> list[Row]:
    """What it cost, added up after each trial told: ``trial, trials, epochs, seconds, failed``.

    The last row is the bill. What was spent before the first trial (a supernet, say) is a row of
    its own, with trial None.
    """
    return list(_account(history))


def _account(history: History[Any]) -> Iterator[Row]:
    total = {"trials": 0, "epochs": 0, "seconds": 0.0, "failed": 0}
    shared = [event for event in history.events if isinstance(event, Epoch) and event.trial is None]
    if shared:
        total["epochs"] += len(shared)
        total["seconds"] += shared[-1].seconds
        yield {"trial": None, **total}
    curves = history.curves()
    for told in history.told:
        total["trials"] += 1
        total["epochs"] += len(curves.get(told.trial, ()))
        total["seconds"] += told.evaluation.seconds
        total["failed"] += told.evaluation.is_failure
        yield {"trial": told.trial, **total}


def rank_correlation(xs: Iterable[Any], ys: Iterable[Any]) -> float:
    """Kendall's tau of two columns of numbers: (concordant − discordant pairs) / all pairs.

    1: the same order, 0: none, −1: reversed; ties are corrected (tau-b); NaN where one column is
    constant.

    Raises ValueError for columns of different lengths, or of fewer than two numbers.
    """
    from scipy.stats import kendalltau  # slow to import, and only rankings need it

    one, other = [float(x) for x in xs], [float(y) for y in ys]
    if len(one) != len(other) or len(one) < 2:
        raise ValueError(
            "rank_correlation: expected two columns of one length, at least 2, "
            f"got {len(one)} and {len(other)}"
        )
    return float(kendalltau(one, other).statistic)


def pareto_front(
    rows: Sequence[Mapping[str, Any]], *, better: Mapping[str, str]
) -> list[Mapping[str, Any]]:
    """The rows that no other row dominates (as good in all columns, better in one), in order.

    ``better`` says for each column to compare which way is better:
    ``{"score": "higher", "parameters": "lower"}``. A row with a NaN is never on the front.

    Raises ValueError for an unknown direction or a column that a row lacks.
    """
    signs = {"higher": 1.0, "lower": -1.0}
    points = []
    for column, way in better.items():
        if way not in signs:
            raise ValueError(f"pareto_front: {column!r} must be 'higher' or 'lower', got {way!r}")
    for row in rows:
        missing = [column for column in better if row.get(column) is None]
        if missing:
            raise ValueError(f"pareto_front: a row has no {missing[0]!r}: {dict(row)}")
        points.append(tuple(signs[way] * float(row[column]) for column, way in better.items()))

    def dominated(point: tuple[float, ...]) -> bool:
        return any(other != point and all(a >= b for a, b in zip(other, point)) for other in points)

    return [
        row
        for row, point in zip(rows, points)
        if not any(math.isnan(value) for value in point) and not dominated(point)
    ]


def to_frame(history: History[A], *, space: SearchSpace[A] | None = None) -> Any:
    """``trials`` as a table: a pandas ``DataFrame`` indexed by trial."""
    import pandas as pd  # slow to import, and only tables need it

    return pd.DataFrame(trials(history, space=space), columns=list(COLUMNS)).set_index("trial")
