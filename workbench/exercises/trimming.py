"""Searches whose trainings are stopped, beside the same searches without: for notebook 11."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from workbench.estimators import Extrapolated
from workbench.exercises.exercise import Case, Exercise, NotAttemptedError
from workbench.exercises.table_searches import best_told
from workbench.history import Lap, Row
from workbench.race.planned import STOPPED
from workbench.search import finish, search
from workbench.strategies import RandomSearch


def saved_and_lost(laps: Sequence[Lap]) -> list[Row]:
    """Of a recorded race with and without termination, a row a seed.

    ``saved`` is the share of the epochs, ``lost`` how much lower the truth of the choice lies, a
    fraction.
    """
    plain = {lap.seed: lap for lap in laps if lap.racer != STOPPED}
    rows: list[Row] = []
    for lap in laps:
        if lap.racer == STOPPED:
            whole = plain[lap.seed]
            before, after = (each.at(each.trials, of="value") for each in (whole, lap))
            saved = 1 - lap.epochs / whole.epochs
            rows.append({"seed": lap.seed, "saved": saved, "lost": before - after})
    return rows


def share_saved(laps: Sequence[Lap]) -> float:
    """The median share of epochs saved, in %."""
    return 100 * median(float(row["saved"]) for row in saved_and_lost(laps))


@dataclass(frozen=True)
class Trimmed:
    """A random search whose trainings may be stopped, beside the same one that stops none.

    ``saved`` is the share of all epochs, ``lost`` how much worse its choice truly is, a fraction.
    """

    saved: float
    lost: float
    stopped: int
    trials: int

    def __repr__(self) -> str:
        return (
            f"{self.stopped} of {self.trials} trainings stopped, {100 * self.saved:.0f} % of the "
            f"epochs saved, {100 * self.lost:.2f} points lost"
        )


def trimmed(table: Any, *, delta: float, begin: float, trials: int = 60, seed: int = 0) -> Trimmed:
    """Run both searches on ``table``; ``delta`` and ``begin`` are those of ``Extrapolated``."""
    runs = []
    for estimator in (table, Extrapolated(table, delta=delta, begin=begin)):
        strategy: RandomSearch[Any] = RandomSearch(table.space, seed=seed)
        runs.append(finish(search(strategy, estimator, trials=trials, seed=seed)))
    plain, cut = (table.mean(best_told(run).candidate.arch) for run in runs)
    saved = [told.evaluation.measures["epochs saved"] for told in runs[1].told]
    return Trimmed(
        sum(saved) / (table.epochs * trials), plain - cut, sum(each > 0 for each in saved), trials
    )


def _kept(name: str, holds: Callable[[Trimmed], bool]) -> Case:
    def judge(run: Any) -> str:
        if run is None or run is ...:
            raise NotAttemptedError
        if not isinstance(run, Trimmed):
            return f"expected what lesson.trimmed gives, got {run!r}"
        return "" if holds(run) else f"yours: {run}."

    return Case(name, judge)


sparing = Exercise(
    "Find a `delta` and a `begin` with which sixty trials save 40 % of the epochs and lose no more "
    "than 0.3 points.",
    cases=(
        _kept("40 % of the epochs saved", lambda run: run.saved >= 0.4),
        _kept("at most 0.3 points lost", lambda run: run.lost <= 0.003),
        _kept("sixty trials", lambda run: run.trials >= 60),
    ),
    hints=(
        "A larger δ stops more. What does it stop by mistake?",
        "An earlier look saves more, but of fewer than four epochs no forecast is made.",
        "δ = 0.15 from a third of the epochs on.",
    ),
    solution="lesson.trimmed(table, delta=0.15, begin=1 / 3)",
    minutes=8,
)
