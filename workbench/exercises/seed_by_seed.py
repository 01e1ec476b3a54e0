"""Two racers of a race, each after trials of its own, compared seed by seed; for a notebook."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from workbench.history import Lap, Paired, paired
from workbench.history.laps import Height

Entry: TypeAlias = tuple[str, int]  # a racer, after so many trials


class SeedBySeed:
    """How much better the first of each of the ``pairs`` is than the second.

    ``found`` has a ``Paired`` of true accuracies for each pair, ``seen`` one of the scores that
    the searches saw; None where no seed has run both so far.
    """

    def __init__(self, laps: Sequence[Lap], pairs: Sequence[tuple[Entry, Entry]]) -> None:
        self.pairs = tuple(pairs)
        self.found = tuple(_compared(laps, one, other, "value") for one, other in self.pairs)
        self.seen = tuple(_compared(laps, one, other, "score") for one, other in self.pairs)

    def __repr__(self) -> str:
        return self._repr_markdown_()

    def _repr_markdown_(self) -> str:
        lines = [
            "| | and | ahead as seen | ahead in truth | 95 % interval | better, worse | p |",
            "|:--|:--|--:|--:|:--|--:|--:|",
        ]
        for (one, other), found, seen in zip(self.pairs, self.found, self.seen):
            said = "not run yet | | | |"
            if found is not None and seen is not None:
                said = f"{_points(seen.difference.value)} | {told(found)}"
            lines.append(f"| {one[0]}, {one[1]} | {other[0]}, {other[1]} | {said} |")
        return "\n".join(lines)


def _compared(laps: Sequence[Lap], one: Entry, other: Entry, of: Height) -> Paired | None:
    ours, theirs = _frozen(laps, one), _frozen(laps, other)
    if not {lap.seed for lap in ours} & {lap.seed for lap in theirs}:
        return None
    return paired(ours, theirs, at=1, of=of)


def _frozen(laps: Sequence[Lap], entry: Entry) -> list[Lap]:
    """Laps that stand after one trial where those of the entry stand after its trials."""
    racer, trials = entry
    found = []
    for lap in laps:
        if lap.racer == racer and lap.trials >= trials and not math.isnan(lap.at(trials)):
            last = [step for step in lap.steps if step.trials <= trials][-1]
            found.append(replace(lap, steps=(replace(last, trials=1),), trials=1))
    return found


def told(found: Paired) -> str:
    """The cells of a table: difference, its interval, how many better and worse, p."""
    middle = found.difference
    p = "< 0.001" if found.p < 0.001 else f"{found.p:.2g}"
    interval = f"{_points(middle.low)} to {_points(middle.high)}"
    return f"**{_points(middle.value)}** | {interval} | {found.wins}, {found.losses} | {p}"


def _points(difference: float) -> str:
    return f"{100 * difference:+.2f}".replace("-", "−")
