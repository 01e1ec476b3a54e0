"""Asking about those who climb and those who begin: what all halving strategies share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Generic, Literal, TypeAlias, TypeVar, get_args

from workbench import checks
from workbench.protocols import Rows, SearchSpace
from workbench.records import Candidate, Told
from workbench.strategies.brackets import most_halvings
from workbench.strategies.ladders import Climber, Ladder
from workbench.strategies.largest_budget import LargestBudget
from workbench.strategies.random_search import RandomSearch

A = TypeVar("A")

Proposals: TypeAlias = Literal["random", "model"]

MOST = 1_000_000  # epochs
SHOWN = 200  # rows of brackets in ``inside``
LONGEST = 140  # characters of a proposal's reason


class Climbing(ABC, Generic[A]):
    """A strategy of ladders: who may climb goes before who begins, older ladders before newer ones.

    Budgets of epochs are ``most_epochs`` / ``eta``^i, no lower than ``least_epochs``. New ones are
    proposed at random or by a model of the scores (``LargestBudget``). Where the newest ladder is
    full and nobody may climb, the next one begins; where it ``waits``, only when all before have
    ended, and until then ``ask`` gives None.
    """

    promotes = True
    waits: ClassVar[bool] = False
    in_rounds: ClassVar[bool] = False  # a ladder for each number of halvings

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
        name = type(self).__name__
        self.space, self.seed = space, checks.whole(f"{name}: seed", seed)
        most = checks.whole(f"{name}: most_epochs", most_epochs, least=1, most=MOST)
        self.most_epochs = most
        self.least_epochs = checks.whole(
            f"{name}: least_epochs", least_epochs, least=1, most=most, cure="at most most_epochs"
        )
        self.eta = checks.whole(f"{name}: eta", eta, least=2, most=MOST)
        self.proposals = checks.one_of(f"{name}: proposals", proposals, get_args(Proposals))
        self._proposer: RandomSearch[A] | LargestBudget[A] = RandomSearch(space, seed=self.seed)
        if self.proposals == "model":
            self._proposer = LargestBudget(space, seed=self.seed)
        self._ladders: list[Ladder[A]] = []
        self._starts = 0
        self._exhausted = False
        # asked, not told; the same one may have been asked about twice
        self._running: dict[Hashable, list[tuple[Ladder[A], Climber[A]]]] = {}
        self._standing: dict[int, tuple[Ladder[A], Climber[A]]] = {}  # by the trial told last

    @abstractmethod
    def ladder(self, number: int) -> Ladder[A]:
        """A new ladder, the one of this ``number``, from 0."""

    @property
    def halvings(self) -> int:
        """How often the longest budget can be cut."""
        return most_halvings(self.most_epochs, self.eta, least_epochs=self.least_epochs)

    def ask(self) -> Candidate[A] | None:
        """Who climbs, or who begins; None: wait for a tell, or nothing is left."""
        while True:
            for ladder in self._ladders:
                if (climber := ladder.next_up()) is not None:
                    return self._promote(ladder, climber)
            room = self._room()
            if room is None:
                return None
            proposal = self._proposer.ask()
            if proposal is not None:
                return self._begin(room, proposal)
            self._exhausted = True
            room.is_closed = True  # that may decide its lowest rung: look once more

    def skip(self, candidate: Candidate[A]) -> None:
        """This one was asked before."""
        if candidate.continues is None:
            self._proposer.skip(candidate)
            self._enter(self._room(anyway=True), candidate)
            return
        if candidate.continues in self._standing:
            self._climb(*self._standing[candidate.continues], candidate)

    def tell(self, told: Told[A]) -> None:
        """One on a ladder is ranked there; of any, the proposer learns."""
        self._proposer.tell(told)  # raises where it is not in the space
        running = self._running.get(_question(told.candidate))
        if running:
            ladder, climber = running.pop(0)
            ladder.tell(climber, told)
            self._standing[told.trial] = ladder, climber

    def inside(self) -> Mapping[str, Rows]:
        """``brackets``, a row for each rung that a trial reached, and ``rungs``, how full each is.

        Of the newest brackets, as many as have 200 rows together; of ``rungs`` also what is to
        come. With a model also what it believes.
        """
        rows: list[dict[str, Any]] = []
        counts: list[dict[str, Any]] = []
        for ladder in reversed(self._ladders):
            found = ladder.rows(self.space)
            if rows and len(rows) + len(found) > SHOWN:
                break
            rows, counts = found + rows, ladder.counts() + counts
        begun, together = len(self._ladders), self.halvings + 1 if self.in_rounds else 1
        for number in range(begun, -(-max(begun, 1) // together) * together):  # of this round
            counts += self.ladder(number).counts()
        tables: dict[str, Rows] = {"brackets": rows[-SHOWN:], "rungs": counts}
        if isinstance(self._proposer, LargestBudget):
            tables |= self._proposer.inside()
        return tables

    def _room(self, *, anyway: bool = False) -> Ladder[A] | None:
        """Where a new one may begin, perhaps on the next ladder; ``anyway``: whatever waits."""
        if self._ladders and self._ladders[-1].has_room:
            return self._ladders[-1]
        waiting = self.waits and not all(each.has_ended for each in self._ladders)
        if not anyway and (self._exhausted or waiting):
            return None
        self._ladders.append(self.ladder(len(self._ladders)))
        return self._ladders[-1]

    def _begin(self, ladder: Ladder[A], proposal: Candidate[A]) -> Candidate[A]:
        said = proposal.reason
        said = said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"
        candidate = replace(
            proposal, epochs=ladder.epochs[0], reason=f"bracket {ladder.name}: {said}"
        )
        self._enter(ladder, candidate)
        return candidate

    def _enter(self, ladder: Ladder[A] | None, candidate: Candidate[A]) -> None:
        if ladder is not None:
            self._run(ladder, ladder.enter(candidate.arch, self._starts), candidate)
            self._starts += 1

    def _promote(self, ladder: Ladder[A], climber: Climber[A]) -> Candidate[A]:
        before, after = ladder.epochs[climber.rung : climber.rung + 2]
        trial, told = climber.told[-1].trial, ladder.ended(climber.rung)
        candidate = Candidate(
            climber.arch,
            epochs=after,
            continues=trial,
            reason=(
                f"bracket {ladder.name}: trial {trial}, among the best of {told} after {before} "
                f"epoch{'s' * (before != 1)}, goes on to {after}"
            ),
        )
        self._climb(ladder, climber, candidate)
        return candidate

    def _climb(self, ladder: Ladder[A], climber: Climber[A], candidate: Candidate[A]) -> None:
        del self._standing[climber.told[-1].trial]
        climber.rung += 1
        self._run(ladder, climber, candidate)

    def _run(self, ladder: Ladder[A], climber: Climber[A], candidate: Candidate[A]) -> None:
        self._running.setdefault(_question(candidate), []).append((ladder, climber))


def _question(candidate: Candidate[A]) -> Hashable:
    return candidate.arch, candidate.epochs, candidate.continues
