"""The trials of a search as a table, and their learning curves."""

from __future__ import annotations

from typing import Any, TypeVar

from workbench import checks
from workbench.history.run import History, Row
from workbench.protocols import SearchSpace
from workbench.records import Epoch, Failed
from workbench.serialisation import RecordedError

A = TypeVar("A")

# of the table of trials
COLUMNS = (
    *("trial", "arch", "score", "seconds", "epochs", "parameters", "macs"),
    *("reason", "failed", "error"),
)


def trials(history: History[A], *, space: SearchSpace[A] | None = None) -> list[Row]:
    """One row a trial told, by number.

    ``trial, arch, score, seconds, epochs, parameters, macs, reason, failed, error``. With
    ``space`` the architecture is spelled; ``epochs`` are those behind the score, those of the trial
    that it continues included; ``parameters`` and ``macs`` are None where not measured.
    """
    checks.of_type("trials: history", history, History)
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


def learning_curves(history: History[Any], *, shared: bool = False) -> list[Row]:
    """One row an epoch of a trial: ``trial, epoch, score``, in that order; epochs count from 1.

    A trial that carries on another one begins at the epoch after that one's last. With ``shared``
    the epochs of the run itself (trial None: a supernet's, a method's) come first.
    """
    epochs = [event for event in history.events if isinstance(event, Epoch)]
    rows: list[Row] = [{"trial": e.trial, "epoch": e.epoch, "score": e.score} for e in epochs]
    seen = {event.trial for event in epochs}
    curves = history.curves()
    for told in history.told:  # a table answers at once, without epochs
        continued = told.candidate.continues
        earlier = len(curves.get(continued, ())) if continued is not None else 0
        if told.trial not in seen:
            curve = enumerate(told.evaluation.curve[earlier:], start=earlier + 1)
            rows += [{"trial": told.trial, "epoch": n, "score": score} for n, score in curve]
    of_trials = [row for row in rows if row["trial"] is not None]
    first = (
        [row for row in rows if row["trial"] is None]
        if checks.yes_or_no("learning_curves: shared", shared)
        else []
    )
    return first + sorted(of_trials, key=lambda row: (row["trial"], row["epoch"]))


def to_frame(history: History[A], *, space: SearchSpace[A] | None = None) -> Any:
    """``trials`` as a table: a pandas ``DataFrame`` indexed by trial."""
    import pandas as pd  # slow to import, and only tables need it

    return pd.DataFrame(trials(history, space=space), columns=list(COLUMNS)).set_index("trial")
