"""Successive halving: many begin, the best go on, and only few are trained to the end.

Jamieson & Talwalkar (2016), Non-stochastic best arm identification and hyperparameter
optimization.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar, get_args

from workbench import checks
from workbench.protocols import Rows, SearchSpace
from workbench.records import Candidate, Told
from workbench.strategies.brackets import MOST, bracket, most_halvings, usable
from workbench.strategies.climbing import Climbing, Proposals
from workbench.strategies.ladders import Ladder, Synchronous

A = TypeVar("A")


class SuccessiveHalving(Generic[A]):
    """Brackets of ``starts`` candidates; at each rung the best 1/``eta`` go on, ``eta`` as long.

    All begin with few epochs, at least ``least_epochs``; when all of a rung have been told, the
    best ⌊n / eta⌋ go on where they stopped (``Candidate.continues``), up to ``most_epochs``, which
    must be no more than the estimator's own. 8 candidates, 8 epochs, eta = 2: 8 are trained for one
    epoch, 4 go on to 2, 2 to 4 and 1 to 8. It is asked about one bracket after the other.

    Where the ranking after few epochs is that of the end it finds the best of the bracket for a
    fraction of the epochs; where learning curves cross it throws away the best. Ties go to the
    earlier trial; who has no score (a failure, NaN) never goes on. While a rung waits for its last
    trial, ``ask`` gives None: see ``Hyperband`` and ``ASHA`` for many workers. ``proposals`` by a
    "model": see ``Hyperband``.

    Finishes when the space is exhausted. Raises ValueError for an impossible setting.
    """

    promotes = True

    def __init__(
        self,
        space: SearchSpace[A],
        *,
        starts: int = 8,
        most_epochs: int = 8,
        least_epochs: int = 1,
        eta: int = 2,
        proposals: Proposals = "random",
        seed: int = 0,
    ) -> None:
        name = "SuccessiveHalving"
        self.space, self.seed = space, checks.whole(f"{name}: seed", seed)
        self.starts = checks.whole(f"{name}: starts", starts, least=1, most=MOST)
        self.most_epochs, self.least_epochs, self.eta = usable(name, most_epochs, least_epochs, eta)
        self.proposals = checks.one_of(f"{name}: proposals", proposals, get_args(Proposals))
        halvings = min(
            most_halvings(self.most_epochs, self.eta, least_epochs=self.least_epochs),
            most_halvings(self.starts, self.eta),
        )
        self._rungs = bracket(self.starts, self.most_epochs, self.eta, halvings)
        self._climbing = Climbing(
            space, self._ladder, proposals=self.proposals, waits=True, seed=self.seed
        )

    def ask(self) -> Candidate[A] | None:
        """Who goes on, where a rung is complete; else a new one; None while a rung waits."""
        return self._climbing.ask()

    def skip(self, candidate: Candidate[A]) -> None:
        """This one was asked before: it has its place in the bracket."""
        self._climbing.skip(candidate)

    def tell(self, told: Told[A]) -> None:
        """It is ranked on its rung."""
        self._climbing.tell(told)

    def inside(self) -> Mapping[str, Rows]:
        """``brackets``: a row for each rung that a trial reached; ``rungs``: how full each is."""
        return self._climbing.inside()

    def _ladder(self, number: int) -> Ladder[A]:
        return Synchronous(str(number + 1), self._rungs)
