"""Successive halving: many begin, the best go on, and only few are trained to the end.

Jamieson & Talwalkar (2016), Non-stochastic best arm identification and hyperparameter
optimization.
"""

from __future__ import annotations

from typing import ClassVar, TypeVar

from workbench.strategies.brackets import bracket
from workbench.strategies.climbing import Climbing
from workbench.strategies.ladders import Ladder, Synchronous

A = TypeVar("A")


class SuccessiveHalving(Climbing[A]):
    """Many begin with few epochs; rung by rung the best 1/``eta`` go on, ``eta`` times as long.

    With ``most_epochs`` = 8 and ``eta`` = 2, 8 candidates are trained for one epoch, 4 go on to 2,
    2 to 4 and 1 to 8: each rung costs about as much. When all of a rung have been told, the best
    ⌊n / eta⌋ go on where they stopped (``Candidate.continues``). eta^s begin a bracket, s being how
    often ``most_epochs`` can be cut with ``least_epochs`` left; it must be no more epochs than the
    estimator's own. After a bracket comes another one.

    Where the ranking after few epochs is that of the end it finds the best of the bracket for a
    fraction of the epochs; where learning curves cross it throws away the best. Ties go to the
    earlier trial; who has no score (a failure, NaN) never goes on. While a rung waits for its last
    trial, ``ask`` gives None: see ``Hyperband`` and ``ASHA`` for many workers. ``proposals`` by a
    "model": see ``Hyperband``.

    Finishes when the space is exhausted; of a bracket that is not full then, as many go on as of a
    full one. Raises ValueError for an impossible setting.
    """

    waits: ClassVar[bool] = True

    def ladder(self, number: int) -> Ladder[A]:
        """A bracket, which are all alike."""
        starts = self.eta**self.halvings
        return Synchronous(
            str(number + 1), bracket(starts, self.most_epochs, self.eta, self.halvings)
        )
