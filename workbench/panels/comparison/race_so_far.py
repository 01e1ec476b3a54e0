"""A race at one moment, as its views see it: who has run which seeds, bands, the final table.

Compared are seeds that every racer shown has run: like with like, also in the middle of a race.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from workbench.history import Lap, Paired, Row, bands, paired
from workbench.history.laps import Axis
from workbench.panels.comparison.curve_kinds import Curve
from workbench.race import Truth
from workbench.scales import ScoreScale
from workbench.views.palette import Line

PLACES = 160  # points of a line at most: more than a figure has room for


@dataclass(frozen=True)
class Finish:
    """How one racer ended: quartiles of the curve over ``n`` seeds, and its paired differences.

    ``behind`` is against random search, ``winner`` against the best; positive is better. None:
    that is itself, or nothing can be paired.
    """

    racer: str
    n: int
    low: float
    median: float
    high: float
    baseline: Paired | None
    winner: Paired | None


@dataclass(frozen=True)
class Standing:
    """``laps`` of the racers in ``looks``, in their order; ``baseline`` is random search's name.

    ``seeds`` are so many as planned. ``source`` says where a recorded race comes from;
    "": it is a live one.
    """

    laps: tuple[Lap, ...]
    looks: Mapping[str, Line]
    baseline: str
    curve: Curve
    by: Axis
    log: bool
    truth: Truth | None
    scale: ScoreScale
    seeds: int
    source: str = ""

    @cached_property
    def compared(self) -> tuple[Lap, ...]:
        """The laps of seeds that all have run; before the first of these, whatever there is."""
        shown = [lap for lap in self.laps if lap.racer in self.looks]
        ran: dict[int, set[str]] = {}
        for lap in shown:
            ran.setdefault(lap.seed, set()).add(lap.racer)
        whole = {seed for seed, racers in ran.items() if len(racers) == len(self.looks)}
        return tuple(lap for lap in shown if lap.seed in whole) if whole else tuple(shown)

    @cached_property
    def n(self) -> int:
        """How many seeds are compared: the fewest that a racer has."""
        counts = [len(self._of(racer)) for racer in self.looks]
        return min((count for count in counts if count), default=0)

    def _of(self, racer: str) -> tuple[Lap, ...]:
        return tuple(lap for lap in self.compared if lap.racer == racer)

    @cached_property
    def end(self) -> float:
        """Where the table compares: as far as every lap has gone."""
        return min((float(getattr(lap, self.by)) for lap in self.compared), default=0.0)

    @cached_property
    def rows(self) -> list[Row]:
        """``bands`` of the curve, each racer's as far as its shortest lap."""
        return [row for racer in self.looks for row in self._bands(racer)]

    def _bands(self, racer: str) -> list[Row]:
        laps = self._of(racer)
        last = min((float(getattr(lap, self.by)) for lap in laps), default=0.0)
        if not last:
            return []
        if self.by == "trials":
            places = sorted({round(x) for x in np.linspace(1, last, min(PLACES, round(last)))})
        else:
            first = max(float(getattr(lap.steps[0], self.by)) for lap in laps if lap.steps)
            places = np.linspace(min(first, last), last, PLACES).tolist()
        return bands(laps, at=places, by=self.by, of=self.curve.of, best=self.zero)

    @property
    def zero(self) -> float | None:
        """Where regret is 0; None where the curve is no regret."""
        return self.truth.highest if self.curve.regret and self.truth else None

    @cached_property
    def ends(self) -> list[Row]:
        """A row of each racer's bands, at the common end."""
        last = {row["racer"]: row for row in self.rows}
        if all(row[self.by] == self.end for row in last.values()):
            return list(last.values())
        return bands(self.compared, at=[self.end], by=self.by, of=self.curve.of, best=self.zero)

    @cached_property
    def best(self) -> str | None:
        """The racer that leads the table; None before there is one."""
        return next(iter(self._ranked), None)

    @cached_property
    def _ranked(self) -> dict[str, Row]:
        """The ends, the best median first; of equal ones that with the better worse quartile."""
        sign, worse = (1, "high") if self.zero is not None else (-1, "low")
        known = [row for row in self.ends if not math.isnan(row["median"])]
        known.sort(key=lambda row: [round(sign * row[each], 12) for each in ("median", worse)])
        return {str(row["racer"]): row for row in known}

    @cached_property
    def table(self) -> list[Finish]:
        """How each ended, the best first."""
        return [
            Finish(
                racer=racer,
                n=row["n"],
                **{name: row[name] for name in ("low", "median", "high")},
                baseline=self._against(racer, self.baseline),
                winner=self._against(racer, self.best),
            )
            for racer, row in self._ranked.items()
        ]

    def _against(self, racer: str, other: str | None) -> Paired | None:
        theirs = () if other is None or other == racer else self._of(other)
        if not theirs:
            return None
        try:
            return paired(self._of(racer), theirs, at=self.end, by=self.by, of=self.curve.of)
        except ValueError:  # no seed can be paired there
            return None
