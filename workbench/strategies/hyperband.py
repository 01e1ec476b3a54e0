"""Hyperband: successive halving, hedged: brackets that begin with few epochs, and with many.

Li, Jamieson, DeSalvo, Rostamizadeh & Talwalkar (2018, JMLR 18), Hyperband: a novel bandit-based
approach to hyperparameter optimization, algorithm 1.
"""

from __future__ import annotations

from typing import ClassVar, TypeVar

from workbench.strategies.brackets import hyperband_brackets
from workbench.strategies.climbing import Climbing
from workbench.strategies.ladders import Ladder, Synchronous

A = TypeVar("A")


class Hyperband(Climbing[A]):
    """Successive halving with many candidates and few epochs, then with fewer and more, and so on.

    How far the ranking after few epochs can be trusted is not known, so it is tried both ways:
    bracket s (s_max … 0) begins ⌈(s_max + 1) · eta^s / (s + 1)⌉ candidates with
    ⌊``most_epochs`` / eta^s⌋ epochs and halves them s times; bracket 0 is random search. Each costs
    about as many epochs, (s_max + 1) · ``most_epochs``. After the last one a new round begins. The
    paper recommends eta = 3 or 4; ``most_epochs`` is its R and must be no more than the estimator's
    own. With ``least_epochs`` no bracket begins lower.

    Every candidate that goes on continues its training from where it stopped, so no epoch is paid
    twice (in the paper each rung trains anew). Ties, and who has no score: see
    ``SuccessiveHalving``. Where a bracket waits for its last trial and there are workers to spare,
    the next one begins (as in HpBandSter).

    ``proposals``: "random", or by a "model", ``BayesianOptimization`` of the scores at the largest
    budget that has enough of them, which is BOHB's idea (Falkner et al. 2018).

    Finishes when the space is exhausted. Raises ValueError for an impossible setting.
    """

    in_rounds: ClassVar[bool] = True

    def ladder(self, number: int) -> Ladder[A]:
        """The bracket of this number."""
        turn, place = divmod(number, self.halvings + 1)
        brackets = hyperband_brackets(self.most_epochs, self.eta, least_epochs=self.least_epochs)
        s = self.halvings - place
        return Synchronous(f"{s}, round {turn + 1}" if turn else str(s), brackets[s])
