"""Asynchronous successive halving: who is good enough goes on at once, and nobody waits.

Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht & Talwalkar (2020, MLSys), A system for
massively parallel hyperparameter tuning, algorithm 2.
"""

from __future__ import annotations

from typing import TypeVar

from workbench.strategies.brackets import budgets
from workbench.strategies.climbing import Climbing
from workbench.strategies.ladders import Asynchronous, Ladder

A = TypeVar("A")


class ASHA(Climbing[A]):
    """At each ask the best on the highest rung that is among its best 1/``eta`` goes on; else new.

    A rung is never complete: it is the best ⌊n / eta⌋ of the n told *so far*, so with many workers
    none waits for a slow one. The price: early on, who is lucky among few goes on (the paper shows
    that such wrong promotions grow only as √n). A trial that went on stays, also when better ones
    come. Rungs are at ``most_epochs`` / eta^i, no lower than ``least_epochs``; ``most_epochs`` must
    be no more than the estimator's own. Ties go to the earlier trial; who has no score never goes
    on. ``proposals`` by a "model": see ``Hyperband``.

    Finishes when the space is exhausted. Raises ValueError for an impossible setting.
    """

    def ladder(self, number: int) -> Ladder[A]:
        """The only one: it always has room."""
        return Asynchronous("ASHA", budgets(self.most_epochs, self.eta, self.halvings), self.eta)
