"""Hyperband: successive halving, hedged: brackets that begin with few epochs, and with many.

Li, Jamieson, DeSalvo, Rostamizadeh & Talwalkar (2018, JMLR 18), Hyperband: a novel bandit-based
approach to hyperparameter optimization, algorithm 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar, get_args

from workbench import checks
from workbench.protocols import Rows, SearchSpace
from workbench.records import Candidate, Told
from workbench.strategies.brackets import hyperband_brackets, usable
from workbench.strategies.climbing import Climbing, Proposals
from workbench.strategies.ladders import Ladder, Synchronous

A = TypeVar("A")


class Hyperband(Generic[A]):
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
        name = "Hyperband"
        self.space, self.seed = space, checks.whole(f"{name}: seed", seed)
        self.most_epochs, self.least_epochs, self.eta = usable(name, most_epochs, least_epochs, eta)
        self.proposals = checks.one_of(f"{name}: proposals", proposals, get_args(Proposals))
        self._brackets = tuple(
            hyperband_brackets(self.most_epochs, self.eta, least_epochs=self.least_epochs).items()
        )
        self._climbing = Climbing(
            space,
            self._ladder,
            proposals=self.proposals,
            together=len(self._brackets),
            seed=self.seed,
        )

    def ask(self) -> Candidate[A] | None:
        """Who goes on, where a rung is complete; else a new one, of this bracket or the next."""
        return self._climbing.ask()

    def skip(self, candidate: Candidate[A]) -> None:
        """This one was asked before: it has its place in its bracket."""
        self._climbing.skip(candidate)

    def tell(self, told: Told[A]) -> None:
        """It is ranked on its rung; a model learns its score at its budget."""
        self._climbing.tell(told)

    def inside(self) -> Mapping[str, Rows]:
        """``brackets``: a row for each rung that a trial reached; ``rungs``: how full each is.

        ``rungs`` holds the whole round, also what is to come. Of a model its ``posterior`` and
        ``weights``.
        """
        return self._climbing.inside()

    def _ladder(self, number: int) -> Ladder[A]:
        turn, place = divmod(number, len(self._brackets))
        s, rungs = self._brackets[place]
        return Synchronous(f"{s}, round {turn + 1}" if turn else str(s), rungs)
