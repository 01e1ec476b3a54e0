"""When a search ends before its last epoch, and which epoch's cell it then gives.

Each rule looks at what was noted after each epoch and answers with the epoch (from 1) to go back
to, or None: go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Stopping: TypeAlias = Literal["never", "skips", "stable", "eigenvalue"]
SKIPS = 2  # in the normal cell (DARTS+)
STABLE = 10  # epochs (DARTS+)
RATIO, WINDOW, BACK, EARLIEST = 1.3, 5, 4, 10  # RobustDARTS's code


@dataclass(frozen=True)
class Noted:
    """After an epoch: ``skips`` of the first kind of cell, ``ranking`` of operations, λ_max.

    ``ranking`` is the best operation of each edge, *none* aside; ``eigenvalue`` is NaN where it was
    not measured.
    """

    skips: int
    ranking: tuple[int, ...]
    eigenvalue: float


def too_many_skips(noted: Sequence[Noted]) -> int | None:
    """At two skips in the normal cell the epoch before it ends (DARTS+, Liang et al. 2019)."""
    if noted and noted[-1].skips >= SKIPS:
        return max(1, len(noted) - 1)
    return None


def stable(noted: Sequence[Noted]) -> int | None:
    """Where the operations of every edge are ranked alike for 10 epochs (DARTS+)."""
    last = noted[-STABLE:]
    if len(last) == STABLE and len({each.ranking for each in last}) == 1:
        return len(noted)
    return None


def eigenvalue_rose(noted: Sequence[Noted]) -> int | None:
    """λ̄(i) / λ̄(i − 4) > 1.3, λ̄ the mean of 5 epochs: back to epoch i − 4 (RobustDARTS).

    Zela et al. (2020), section 4.3; the window, the ratio and that no epoch before the 10th counts
    are the released code's.
    """
    now = len(noted)
    if now < max(EARLIEST, WINDOW + BACK):
        return None
    early, late = (_mean(noted, epoch) for epoch in (now - BACK, now))
    return now - BACK if early > 0 and late / early > RATIO else None


def _mean(noted: Sequence[Noted], epoch: int) -> float:
    window = noted[epoch - WINDOW : epoch]
    return sum(each.eigenvalue for each in window) / len(window)


RULES: dict[str, Callable[[Sequence[Noted]], int | None]] = {
    "never": lambda noted: None,
    "skips": too_many_skips,
    "stable": stable,
    "eigenvalue": eigenvalue_rose,
}
