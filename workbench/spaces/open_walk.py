"""A walk under way: the decision to take next, then the one after it, at last the architecture."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeAlias, TypeVar

from workbench.protocols import Stroll
from workbench.records import Decision

A = TypeVar("A")

# yields a decision, is sent the chosen option (its value), returns the genotype
Walk: TypeAlias = Generator[Decision, Any, A]

_NOTHING = object()


class OpenWalk(Stroll[A]):
    """Follows a ``Walk`` step by step.

    ``decision`` is what is to be decided now, None once the walk is complete. A decision with a
    single option is no choice: it is taken silently and never seen here.
    """

    def __init__(self, walk: Walk[A]) -> None:
        self.decision = None
        self._walk = walk
        self._arch: A  # known when the walk has ended
        self._send(None)

    def take(self, index: int) -> None:
        """Choose an option of ``decision`` by its index.

        Raises ValueError where there is no such option, or nothing left to decide.
        """
        decision = self.decision
        if decision is None:
            raise ValueError(f"the walk is complete: no decision is left for option {index!r}")
        options = decision.options
        try:
            option = options[index] if index >= 0 else _NOTHING
        except (IndexError, TypeError):
            option = _NOTHING
        if option is _NOTHING:
            raise ValueError(
                f"{decision.name}: option {index!r} of {len(options)}; "
                f"expected 0 … {len(options) - 1} for {options}"
            )
        self._send(option)

    @property
    def arch(self) -> A:
        """The architecture. Raises ValueError while a decision is open."""
        if self.decision is not None:
            raise ValueError(f"incomplete: {self.decision.name!r} is not decided yet")
        return self._arch

    def _send(self, option: object) -> None:
        try:
            decision = self._walk.send(option)
            while len(decision.options) == 1:
                decision = self._walk.send(decision.options[0])
            self.decision = decision
        except StopIteration as end:
            self.decision, self._arch = None, end.value
