"""Asking about those who climb and those who begin: what all halving strategies share."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from workbench.protocols import Rows, SearchSpace
from workbench.records import Candidate, Told
from workbench.strategies.ladders import Climber, Ladder
from workbench.strategies.largest_budget import LargestBudget
from workbench.strategies.random_search import RandomSearch

A = TypeVar("A")

Proposals: TypeAlias = Literal["random", "model"]

SHOWN = 200  # rows of brackets in ``inside``
LONGEST = 140  # characters of a proposal's reason


class Climbing(Generic[A]):
    """Who may climb goes before who begins, older ladders before newer ones.

    ``ladder(n)`` makes the n-th ladder, from 0; ``together`` of them are a round. New ones are
    proposed at random or by a model of the scores (``LargestBudget``). Where the newest ladder is
    full and nobody may climb, the next one begins; with ``waits`` only when all before have ended,
    and until then ``ask`` gives None.
    """

    def __init__(
        self,
        space: SearchSpace[A],
        ladder: Callable[[int], Ladder[A]],
        *,
        proposals: Proposals,
        waits: bool = False,
        together: int = 1,
        seed: int,
    ) -> None:
        self.space, self._ladder = space, ladder
        self._waits, self._together = waits, together
        self._ladders = [ladder(0)]
        self._proposer: RandomSearch[A] | LargestBudget[A] = RandomSearch(space, seed=seed)
        if proposals == "model":
            self._proposer = LargestBudget(space, seed=seed)
        self._starts = 0
        self._exhausted = False
        # asked, not told; the same one may have been asked about twice
        self._running: dict[Hashable, list[tuple[Ladder[A], Climber[A]]]] = {}
        self._standing: dict[int, tuple[Ladder[A], Climber[A]]] = {}  # by the trial told last

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

    def inside(self) -> dict[str, Rows]:
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
        begun = len(self._ladders)
        for number in range(begun, begun + -begun % self._together):  # to the end of the round
            counts += self._ladder(number).counts()
        tables: dict[str, Rows] = {"brackets": rows[-SHOWN:], "rungs": counts}
        if isinstance(self._proposer, LargestBudget):
            tables |= self._proposer.inside()
        return tables

    def _room(self, *, anyway: bool = False) -> Ladder[A] | None:
        """Where a new one may begin, perhaps on the next ladder; ``anyway``: whatever waits."""
        newest = self._ladders[-1]
        if newest.has_room:
            return newest
        waiting = self._waits and not all(each.has_ended for each in self._ladders)
        if not anyway and (self._exhausted or waiting):
            return None
        self._ladders.append(self._ladder(len(self._ladders)))
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
