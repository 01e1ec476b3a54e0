"""A run's strategy as it was at any trial, without running anything again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.panels.running.run_plan import Plan
from workbench.protocols import Rows
from workbench.records import Event
from workbench.replay import replay


class Past:
    """Tells a fresh strategy again what a run's events hold.

    Going on from where it was asked last costs only what lies between; going back begins anew.
    """

    def __init__(self) -> None:
        self._plan: Plan | None = None
        self._strategy: Any = None
        self._told: tuple[Event[Any], ...] = ()

    def inside(self, plan: Plan, events: Sequence[Event[Any]]) -> Mapping[str, Rows]:
        """What the strategy showed when these events, the run's first ones, had happened."""
        events, done = tuple(events), len(self._told)
        same = self._plan is not None and self._plan.recipe == plan.recipe
        if not same or events[:done] != self._told:
            self._plan, self._strategy, done = plan, plan.fresh_strategy(), 0
        if self._strategy is None:
            return {}
        self._told = ()  # where telling it raises, nothing is kept
        replay(self._strategy, events[done:])
        self._told = events
        shown: Mapping[str, Rows] = self._strategy.inside()
        return shown
