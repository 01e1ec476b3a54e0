"""Candidates on their way up the rungs of a bracket, and who may climb: all at once, or each alone.

A *rung* is a number of epochs. Who is promoted from one to the next trains on from where it stood.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from workbench.protocols import SearchSpace
from workbench.records import Told
from workbench.strategies.brackets import Rung
from workbench.strategies.lineage import shown

A = TypeVar("A")

State: TypeAlias = Literal["running", "waiting", "promoted", "stopped", "finished"]


@dataclass(eq=False)
class Climber(Generic[A]):
    """An architecture on a ladder: ``start`` counts them from 0; one trial ``told`` for each rung.

    ``rung`` is the highest one that it was asked about.
    """

    start: int
    arch: A
    rung: int = 0
    told: list[Told[A]] = field(default_factory=list)

    @property
    def is_running(self) -> bool:
        """Whether the trial of its highest rung has not ended."""
        return len(self.told) <= self.rung

    def standing(self, rung: int) -> tuple[tuple[bool, bool, float], int]:
        """What compares climbers on a rung, greater is better: of equals the earlier trial."""
        told = self.told[rung]
        return told.evaluation.sort_key, -told.trial


class Ladder(ABC, Generic[A]):
    """The rungs of one bracket, ``epochs`` for each, and the climbers on them."""

    def __init__(self, name: str, epochs: Sequence[int]) -> None:
        self.name, self.epochs = name, tuple(epochs)
        self.climbers: list[Climber[A]] = []
        self.is_closed = False  # no new ones come: the space is exhausted
        self._told: list[list[Climber[A]]] = [[] for _ in self.epochs]  # by rung, the best last

    @property
    @abstractmethod
    def has_room(self) -> bool:
        """Whether a new climber may begin."""

    @abstractmethod
    def chosen(self, rung: int) -> Sequence[Climber[A]]:
        """Who of a ``rung`` may climb to the next, as it stands now; the best first."""

    @abstractmethod
    def is_decided(self, rung: int) -> bool:
        """Whether nobody else can be ``chosen`` any more."""

    def next_up(self) -> Climber[A] | None:
        """Who climbs next: from the highest rung where somebody may, the best one."""
        for rung in reversed(range(len(self.epochs) - 1)):
            for climber in self.chosen(rung):
                if climber.rung == rung:
                    return climber
        return None

    def enter(self, arch: A, start: int) -> Climber[A]:
        """A new climber, on the lowest rung."""
        self.climbers.append(Climber(start, arch))
        return self.climbers[-1]

    def tell(self, climber: Climber[A], told: Told[A]) -> None:
        """What came of a climber on its rung."""
        rung = len(climber.told)
        climber.told.append(told)
        insort(self._told[rung], climber, key=lambda each: each.standing(rung))

    @property
    def has_ended(self) -> bool:
        """Whether nobody is running and nobody can come or climb."""
        running = any(climber.is_running for climber in self.climbers)
        return not (running or self.has_room) and self.next_up() is None

    def on(self, rung: int) -> list[Climber[A]]:
        """All that have reached a rung, those who left it for the next one too."""
        return [climber for climber in self.climbers if climber.rung >= rung]

    def ended(self, rung: int) -> int:
        """How many were told on a rung."""
        return len(self._told[rung])

    def best(self, rung: int, keep: int) -> list[Climber[A]]:
        """The best of those told on a rung, at most ``keep``, nobody without a score."""
        told = self._told[rung]
        best = told[max(0, len(told) - keep) :][::-1]
        return [climber for climber in best if climber.told[rung].evaluation.has_score]

    def state(self, climber: Climber[A], rung: int) -> State:
        """What has become of a climber on a rung that it has reached."""
        if climber.rung > rung:
            return "promoted"
        if climber.is_running:
            return "running"
        if rung == len(self.epochs) - 1:
            return "finished"
        lost = not climber.told[rung].evaluation.has_score
        out = lost or (self.is_decided(rung) and climber not in self.chosen(rung))
        return "stopped" if out else "waiting"

    def rows(self, space: SearchSpace[A]) -> list[dict[str, Any]]:
        """A row for each rung that a climber has reached; ``trial`` is None until it was told."""
        rows: list[dict[str, Any]] = []
        for climber in self.climbers:
            for rung in range(climber.rung + 1):
                told = climber.told[rung] if len(climber.told) > rung else None
                rows.append(
                    {
                        "bracket": self.name,
                        "rung": rung,
                        "epochs": self.epochs[rung],
                        "start": climber.start,
                        "trial": told.trial if told else None,
                        "score": shown(told.evaluation) if told else None,
                        "state": self.state(climber, rung),
                        "architecture": space.spell(climber.arch),
                    }
                )
        return rows

    def counts(self) -> list[dict[str, Any]]:
        """A row a rung: how many have begun, ended, climbed on, and the best score."""
        rows = []
        for rung, epochs in enumerate(self.epochs):
            best = self.best(rung, 1)
            rows.append(
                {
                    "bracket": self.name,
                    "rung": rung,
                    "epochs": epochs,
                    "planned": self.planned(rung),
                    "begun": len(self.on(rung)),
                    "ended": self.ended(rung),
                    "promoted": len(self.on(rung + 1)),
                    "best": best[0].told[rung].evaluation.score if best else None,
                }
            )
        return rows

    def planned(self, rung: int) -> int | None:
        """How many are to come to a rung; None where nobody knows."""
        return None


class Synchronous(Ladder[A]):
    """Successive halving: a rung is complete, then its best go on, together."""

    def __init__(self, name: str, rungs: Sequence[Rung]) -> None:
        super().__init__(name, [rung.epochs for rung in rungs])
        self.rungs = tuple(rungs)
        self._chosen: list[Sequence[Climber[A]]] = []  # of each rung that is complete

    @property
    def has_room(self) -> bool:
        """Until as many have begun as the bracket starts."""
        return not self.is_closed and len(self.climbers) < self.rungs[0].trials

    def chosen(self, rung: int) -> Sequence[Climber[A]]:
        """Nobody until all are told; then the best ⌊n_i / eta⌋, of those that have a score."""
        return self._chosen[rung] if self.is_decided(rung) else ()

    def is_decided(self, rung: int) -> bool:
        """All that can come to this rung have come, and were told."""
        while len(self._chosen) <= rung:
            level = len(self._chosen)
            begun = not self.has_room if level == 0 else not self._awaited(level - 1)
            # not ``is_running``: one that was skipped up to the next rung has ended here
            if not begun or any(len(climber.told) <= level for climber in self.on(level)):
                return False
            self._chosen.append(self._best(level))
        return True

    def planned(self, rung: int) -> int | None:
        """As the bracket's table has it."""
        return self.rungs[rung].trials

    def _awaited(self, rung: int) -> bool:
        return any(climber.rung == rung for climber in self._chosen[rung])

    def _best(self, rung: int) -> Sequence[Climber[A]]:
        keep = self.rungs[rung + 1].trials if rung + 1 < len(self.rungs) else 0
        return self.best(rung, keep)


class Asynchronous(Ladder[A]):
    """ASHA: whoever is among the best 1/eta told on a rung goes on at once, and nobody waits."""

    def __init__(self, name: str, epochs: Sequence[int], eta: int) -> None:
        super().__init__(name, epochs)
        self.eta = eta

    @property
    def has_room(self) -> bool:
        """Always, as long as the space is not exhausted."""
        return not self.is_closed

    def chosen(self, rung: int) -> Sequence[Climber[A]]:
        """The best ⌊told / eta⌋ of those told so far, failures counted and never chosen."""
        return self.best(rung, self.ended(rung) // self.eta)

    def is_decided(self, rung: int) -> bool:
        """Never: each that is told on a rung may let another one in."""
        return False
