"""Your own architectures first, then any strategy: how a learner's network joins a search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from workbench import checks
from workbench.protocols import Rows, Strategy
from workbench.records import Candidate, Told
from workbench.settings import describe

A = TypeVar("A")


class WarmStart(Generic[A]):
    """Asks about the architectures ``first``, then about whatever ``strategy`` asks.

    The strategy is told of all of them, so it can learn from yours too.

    Raises ValueError for an architecture that is not in the strategy's space.
    """

    def __init__(self, strategy: Strategy[A], *, first: tuple[A, ...]) -> None:
        self.strategy, self.space = strategy, strategy.space
        self.first = tuple(dict.fromkeys(checks.several("WarmStart: first", first)))  # each once
        for arch in self.first:
            self.space.decisions(arch)  # raises where it is not in the space
        self._asked = 0

    @property
    def attended(self) -> bool | None:
        """The strategy's, where a person is what it asks (``protocols.Attended``); else None."""
        return getattr(self.strategy, "attended", None)

    def ask(self) -> Candidate[A] | None:
        """The next of yours (reason "yours"); after the last one the strategy's own."""
        if self._asked < len(self.first):
            self._asked += 1
            return Candidate(self.first[self._asked - 1], reason="yours")
        return self.strategy.ask()

    def skip(self, candidate: Candidate[A]) -> None:
        """This one was asked before; the strategy skips it too, or is asked where it cannot."""
        if self._asked < len(self.first):
            self._asked += 1
        elif skip := getattr(self.strategy, "skip", None):
            skip(candidate)
        else:
            self.strategy.ask()

    @property
    def promotes(self) -> bool:
        """Whether the strategy asks for trials to be carried on."""
        return bool(getattr(self.strategy, "promotes", False))

    def tell(self, told: Told[A]) -> None:
        """Pass it on."""
        self.strategy.tell(told)

    def inside(self) -> Mapping[str, Rows]:
        """What the strategy shows."""
        return self.strategy.inside()

    def described(self) -> dict[str, Any]:
        """Settings as JSON values; the architectures are spelled."""
        return {
            "name": "WarmStart",
            "strategy": describe(self.strategy),
            "first": [self.space.spell(arch) for arch in self.first],
        }
