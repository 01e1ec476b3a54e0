"""Asynchronous successive halving: who is good enough goes on at once, and nobody waits.

Li, Jamieson, Rostamizadeh, Gonina, Hardt, Recht & Talwalkar (2020, MLSys), A system for massively
parallel hyperparameter tuning, algorithm 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar, get_args

from workbench import checks
from workbench.protocols import Rows, SearchSpace
from workbench.records import Candidate, Told
from workbench.strategies.brackets import budgets, most_halvings, usable
from workbench.strategies.climbing import Climbing, Proposals
from workbench.strategies.ladders import Asynchronous, Ladder

A = TypeVar("A")


class ASHA(Generic[A]):
    """At each ask the best on the highest rung that is among its best 1/``eta`` goes on; else new.

    A rung is never complete: it is the best ⌊n / eta⌋ of the n told *so far*, so with many workers
    none waits for a slow one. The price: early on, who is lucky among few goes on (the paper shows
    that such wrong promotions grow only as √n). A trial that went on stays, also when better ones
    come. Rungs are at ``most_epochs`` / eta^i, no lower than ``least_epochs``; ``most_epochs`` must
    be no more than the estimator's own. Ties go to the earlier trial; who has no score never goes
    on. ``proposals`` by a "model": see ``Hyperband``.

    Finishes when the space is exhausted. Raises ValueError for an impossible setting.
    """

    promotes = True

    def __init__(
        self,
        space: SearchSpace[A],
        *,
        most_epochs: int = 8,
        least_epochs: int = 1,
        eta: int = 2,
        proposals: Proposals = "random",
        seed: int = 0,
    ) -> None:
        name = "ASHA"
        self.space, self.seed = space, checks.whole(f"{name}: seed", seed)
        self.most_epochs, self.least_epochs, self.eta = usable(name, most_epochs, least_epochs, eta)
        self.proposals = checks.one_of(f"{name}: proposals", proposals, get_args(Proposals))
        halvings = most_halvings(self.most_epochs, self.eta, least_epochs=self.least_epochs)
        self._budgets = budgets(self.most_epochs, self.eta, halvings)
        self._climbing = Climbing(space, self._ladder, proposals=self.proposals, seed=self.seed)

    def ask(self) -> Candidate[A] | None:
        """Who goes on, where somebody may; else a new one."""
        return self._climbing.ask()

    def skip(self, candidate: Candidate[A]) -> None:
        """This one was asked before: it has its place on its rung."""
        self._climbing.skip(candidate)

    def tell(self, told: Told[A]) -> None:
        """It is ranked on its rung, and may let another one in."""
        self._climbing.tell(told)

    def inside(self) -> Mapping[str, Rows]:
        """``brackets``: a row for each rung that a trial reached; ``rungs``: how full each is."""
        return self._climbing.inside()

    def _ladder(self, number: int) -> Ladder[A]:
        return Asynchronous("ASHA", self._budgets, self.eta)
