"""The events of one search, and what follows from them at once: what ended, what was best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from workbench import checks
from workbench.records import Asked, Batch, Epoch, Event, Failed, Mixture, Opened, Told

A = TypeVar("A")

Row: TypeAlias = dict[str, Any]

KINDS = (Asked, Epoch, Mixture, Failed, Told, Opened)  # of events that are kept


@dataclass(frozen=True)
class History(Generic[A]):
    """The events of a search so far, without its heartbeats (``Batch``)."""

    events: tuple[Event[A], ...] = ()

    def __post_init__(self) -> None:
        given = checks.several("History: events", self.events, "those of a search")
        kept = tuple(event for event in given if not isinstance(event, Batch))
        for event in kept:
            if not isinstance(event, KINDS):
                checks.of_type("History: events", event, KINDS)
        checks.keep(self, events=kept)

    @property
    def told(self) -> tuple[Told[A], ...]:
        """The trials that ended, in the order in which they did."""
        return tuple(event for event in self.events if isinstance(event, Told))

    @property
    def best(self) -> Told[A] | None:
        """The trial of the highest score, the first of equals; None where no trial succeeded."""
        scored = (told for told in self.told if told.evaluation.has_score)
        return max(scored, key=lambda told: told.evaluation.score, default=None)

    @property
    def opened(self) -> dict[int, float]:
        """Trial -> its test score, of those for which the test images were opened."""
        return {event.trial: event.score for event in self.events if isinstance(event, Opened)}

    def curves(self) -> dict[int, tuple[float, ...]]:
        """Trial -> validation score after each epoch behind it, those that it continues included.

        Of a trial under way, as far as it has come.
        """
        curves: dict[int, tuple[float, ...]] = {}
        continues: dict[int, int | None] = {}
        own: dict[int, list[Epoch]] = {}
        for event in self.events:
            if isinstance(event, Asked | Told):
                continues[event.trial] = event.candidate.continues
            elif isinstance(event, Epoch) and event.trial is not None:
                own.setdefault(event.trial, []).append(event)
        answers = {told.trial: told.evaluation.curve for told in self.told}
        for trial in sorted({*own, *answers}):  # a trial continues an earlier one
            curve = answers.get(trial, ())
            if not curve and trial in own:  # under way, or failed
                parent = continues.get(trial)
                curve = () if parent is None else curves.get(parent, ())
                curve = curve[: own[trial][0].epoch - 1]
                curve += tuple(epoch.score for epoch in own[trial])
            if curve:
                curves[trial] = curve
        return curves
