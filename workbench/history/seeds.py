"""Many seeds of a search beside each other: bands of one, the paired difference of two.

Lindauer & Hutter (2020), items 7 and 9: performance over time, over several seeds. A lap is a
step function, so its value at a place is exact: nothing is interpolated between trials.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from jaxtyping import Float

from workbench import checks
from workbench.history.intervals import Interval
from workbench.history.laps import Axis, Height, Lap
from workbench.history.run import Row

QUARTILES = (0.25, 0.5, 0.75)
MOST = 1_000_000  # resamples


def bands(
    laps: Iterable[Lap],
    *,
    at: Sequence[int | float],
    by: Axis = "trials",
    of: Height = "score",
    best: int | float | None = None,
) -> list[Row]:
    """Median and quartiles over the seeds of each racer, at the places ``at``.

    Rows ``racer, trials, low, median, high, n`` (the second column is named ``by``), racer by
    racer. ``of`` says what is compared: the incumbent's score as seen, its true value or its test
    score; with ``best`` it is the regret, ``best`` minus that. ``n`` laps count at a place: those
    that have an incumbent by then and have not ended before; compare where all count. Quartiles lie
    linearly between the two laps next to them (Hyndman & Fan 1996, type 7); NaN where n is 0.
    """
    at = checks.several("bands: at", at, "(10, 20)")
    for place in at:
        checks.number("bands: at", place)
    checks.one_of("bands: by", by, get_args(Axis))
    checks.one_of("bands: of", of, get_args(Height))
    checks.number_or_none("bands: best", best)
    racers: dict[str, list[Lap]] = {}
    for lap in checks.several("bands: laps", laps, "those of a race"):
        checks.of_type("bands: laps", lap, Lap)
        racers.setdefault(lap.racer, []).append(lap)
    rows = []
    for racer, theirs in racers.items():
        heights = np.array([lap.along(at, by=by, of=of) for lap in theirs])  # (laps, places)
        known = ~np.isnan(heights)
        if best is not None:
            heights = best - heights
        cuts = np.full((3, len(at)), math.nan)
        whole = known.all(axis=0)  # places that all have reached: one call for all of them
        if whole.any():
            cuts[:, whole] = np.quantile(heights[:, whole], QUARTILES, axis=0)
        for number in np.flatnonzero(known.any(axis=0) & ~whole):
            cuts[:, number] = np.quantile(heights[known[:, number], number], QUARTILES)
        for place, (low, median, high), n in zip(at, cuts.T, known.sum(axis=0)):
            band = {"low": float(low), "median": float(median), "high": float(high)}
            rows.append({"racer": racer, by: place, **band, "n": int(n)})
    return rows


@dataclass(frozen=True)
class Paired:
    """One racer minus another, seed by seed, at one place.

    ``difference`` is the median over ``n`` seeds, with a 95 % bootstrap interval; ``wins`` and
    ``losses`` count the seeds in which the first was ahead and behind; ``p`` is of Wilcoxon's
    signed-rank test, two-sided: how likely ranks as lopsided are where there is no difference.
    """

    n: int
    difference: Interval
    wins: int
    losses: int
    p: float

    def __post_init__(self) -> None:
        for name in ("n", "wins", "losses"):
            checks.whole(f"Paired: {name}", getattr(self, name), least=0)
        checks.of_type("Paired: difference", self.difference, Interval)
        checks.number("Paired: p", self.p, least=0.0, most=1.0, nan=True)


def paired(
    laps: Iterable[Lap],
    others: Iterable[Lap],
    *,
    at: int | float,
    by: Axis = "trials",
    of: Height = "score",
    resamples: int = 10_000,
    seed: int = 0,
) -> Paired:
    """How much better ``laps`` are than ``others`` when ``at`` trials had been told.

    ``by`` and ``of`` are as in ``bands``. Laps are paired by seed (one racer each); a seed counts
    where both have an incumbent there. Seeds without a difference are left out of Wilcoxon's
    test, as he did (1945); where there is no other, p is 1. Equal differences share their mean
    rank, also where the rounding of scores has them differ in their last digits.

    Raises ValueError where a seed comes twice in one argument, or no seed can be paired.
    """
    checks.number("paired: at", at)
    checks.one_of("paired: by", by, get_args(Axis))
    checks.one_of("paired: of", of, get_args(Height))
    resamples = checks.whole("paired: resamples", resamples, least=1, most=MOST)
    seed = checks.whole("paired: seed", seed, least=0)
    from scipy.stats import wilcoxon  # slow to import, and only comparisons need it

    ours, theirs = (_by_seed(each) for each in (laps, others))
    pairs = (
        ours[number].at(at, by=by, of=of) - theirs[number].at(at, by=by, of=of)
        for number in sorted(ours.keys() & theirs.keys())
    )
    differences = np.array([difference for difference in pairs if not math.isnan(difference)])
    if not len(differences):
        raise ValueError(
            f"paired: at: no seed has an incumbent on both sides after {at:g} {by}: "
            f"seeds {sorted(ours)} and {sorted(theirs)}"
        )
    n = len(differences)
    drawn = np.random.default_rng(seed).integers(n, size=(resamples, n))
    medians = np.median(differences[drawn], axis=1)  # (resamples,)
    return Paired(
        n=n,
        difference=Interval.around(float(np.median(differences)), medians),
        wins=int((differences > 0).sum()),
        losses=int((differences < 0).sum()),
        p=float(wilcoxon(_tied(differences)).pvalue) if differences.any() else 1.0,
    )


def _tied(differences: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """In shares of the greatest, to nine digits: 0.3 − 0.2 is as far from 0 as 0.1 − 0.2 then."""
    greatest = np.abs(differences[np.isfinite(differences)]).max(initial=0.0)
    return np.round(differences / (greatest or 1.0), 9)


def _by_seed(laps: Iterable[Lap]) -> dict[int, Lap]:
    found: dict[int, Lap] = {}
    for lap in checks.several("paired: laps", laps, "those of a race"):
        checks.of_type("paired: laps", lap, Lap)
        if lap.seed in found:
            raise ValueError(
                f"paired: seed {lap.seed} comes twice ({found[lap.seed].racer}, {lap.racer}): "
                "give the laps of one racer"
            )
        found[lap.seed] = lap
    return found
