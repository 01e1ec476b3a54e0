"""What the recorded race of the controllers says, in numbers; for notebooks 07 and 08."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import numpy as np
from IPython.display import Markdown
from jaxtyping import Float

from workbench.exercises.by_group import by_group
from workbench.history import Lap

BASELINE = "random search"


def courses(laps: Sequence[Lap], racer: str) -> Float[np.ndarray, "seeds trials"]:
    """The true value of the incumbent after each trial, a row a seed; NaN before the first.

    Raises ValueError for a racer that has no lap, or laps without true values.
    """
    own = sorted((lap for lap in laps if lap.racer == racer), key=lambda lap: lap.seed)
    if not own:
        names = sorted({lap.racer for lap in laps})
        raise ValueError(f"courses: racer: expected one of {names}, got {racer!r}")
    found = np.full((len(own), min(lap.trials for lap in own)), np.nan)
    for row, lap in zip(found, own):
        for step in lap.steps:
            if step.value is None:
                raise ValueError("courses: expected laps on a table, which knows the true values")
            row[step.trial :] = step.value
    return found


def ahead_from(laps: Sequence[Lap], racer: str, other: str = BASELINE) -> int:
    """The first trial from which on ``racer`` stays ahead of ``other``, by the median over seeds.

    The number of trials where it does not end ahead.
    """
    mine, theirs = (np.median(courses(laps, name), axis=0) for name in (racer, other))
    trials = min(len(mine), len(theirs))
    behind = np.flatnonzero(~(mine[:trials] > theirs[:trials]))
    return int(behind[-1]) + 1 if len(behind) else 0


def gains(
    laps: Sequence[Lap], racer: str, other: str = BASELINE, *, groups: int = 4
) -> list[dict[str, float]]:
    """By how much ``racer`` ends above ``other``, of as many groups of seeds the mean; fractions.

    Rows with ``value``, as ``claim`` takes them.
    """
    apart = courses(laps, racer)[:, -1] - courses(laps, other)[:, -1]
    return by_group(apart.tolist(), groups)


def reported(laps: Sequence[Lap], names: Sequence[str], *, best: float) -> Markdown:
    """Median regret of some racers after a third, two thirds and all of the trials, in points."""
    lines, head = [], "| racer | seeds |"
    for name in names:
        course = courses(laps, name)
        stops = [course.shape[1] * third // 3 for third in (1, 2, 3)]
        cells = [_points(best - median(course[:, stop - 1])) for stop in stops]
        lines.append(f"| {name} | {len(course)} | {' | '.join(cells)} |")
        if len(lines) == 1:
            head += "".join(f" regret after {stop} |" for stop in stops)
    rule = "|:--|" + "--:|" * (head.count("|") - 2)
    return Markdown("\n".join([head, rule, *lines]))  # type: ignore[no-untyped-call]


def _points(fraction: float) -> str:
    return f"{round(100 * fraction, 2) + 0.0:.2f}"  # never −0.00
