"""The best so far: which trial is the incumbent after each trial told, and how good it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

from workbench import checks
from workbench.history.costs import Meter
from workbench.history.run import History, Row
from workbench.records import Told

A = TypeVar("A")


def incumbents(
    history: History[A],
    *,
    longest: bool = False,
    elapsed: bool = False,
    value: Callable[[A], float] | None = None,
) -> list[Row]:
    """After each trial told: ``trial, seconds, score, best``, and ``value`` where one is given.

    ``best`` is the highest score so far, NaN until a trial has succeeded; the first of equals
    stays. With ``longest`` only trials can be best that were trained for as many epochs as any
    that succeeded in this history: scores after 3 epochs and after 27 are no rivals. ``seconds``
    add up, those before the first trial included; with ``elapsed`` trials that ran side by side
    do not. ``value`` gives the true value of an architecture (``table.mean``): the row then says
    that of the incumbent, which is still the trial of the highest score *seen*.
    """
    checks.of_type("incumbents: history", history, History)
    checks.yes_or_no("incumbents: elapsed", elapsed)
    if value is not None:
        checks.function("incumbents: value", value, "table.mean")
    counts = _counting(history, checks.yes_or_no("incumbents: longest", longest))
    meter, rows = Meter(), list[Row]()
    best = true = math.nan
    for event in history.events:
        meter.add(event)
        if not isinstance(event, Told):
            continue
        score = event.evaluation.score
        if counts(event) and not score <= best:
            best = score  # best_t = max_{s ≤ t} y_s
            true = value(event.candidate.arch) if value else math.nan
        seconds = meter.elapsed if elapsed else meter.settled[1]
        row: Row = {"trial": event.trial, "seconds": seconds, "score": score, "best": best}
        rows.append({**row, "value": true} if value else row)
    return rows


def _counting(history: History[A], longest: bool) -> Callable[[Told[A]], bool]:
    """Which trials can be the incumbent."""
    if not longest:
        return lambda told: told.evaluation.has_score
    curves = history.curves()

    def epochs(told: Told[A]) -> int:  # behind the score; without a curve, as asked
        return len(curves.get(told.trial, ())) or told.candidate.epochs or 0

    most = max((epochs(told) for told in history.told if told.evaluation.has_score), default=0)
    return lambda told: told.evaluation.has_score and epochs(told) == most


def regret(
    history: History[A],
    best: int | float,
    *,
    longest: bool = False,
    elapsed: bool = False,
    value: Callable[[A], float] | None = None,
) -> list[Row]:
    """After each trial told: ``trial, seconds, regret``; how far its incumbent is from ``best``.

    The incumbent's score as it was seen is noisy, and the highest of many favours lucky noise;
    with ``value`` (``table.mean``) its true value is taken, as Ying et al. (2019) report it.
    ``longest`` and ``elapsed`` are as in ``incumbents``.
    """
    checks.number("regret: best", best)
    column = "value" if value else "best"
    return [
        {"trial": row["trial"], "seconds": row["seconds"], "regret": best - row[column]}
        for row in incumbents(history, longest=longest, elapsed=elapsed, value=value)
    ]
