"""A search at one moment: all that its views need, and the rows they share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from workbench.history import History, Row, incumbents, learning_curves, trials
from workbench.protocols import Rows
from workbench.records import Asked, Epoch, Told
from workbench.replay import until
from workbench.scales import ACCURACY, ScoreScale


@dataclass(frozen=True)
class Snapshot:
    """A search at one moment, of now or of any time before (``until``). Views are functions of it.

    ``total`` counts trials in all, ``yours`` is the learner's own trial, ``strategy`` as
    ``views.palette.line`` takes it. ``at_work``: whether the run goes on, so that a trial without
    an answer is being trained and was not broken off. ``earlier`` are runs to compare with and
    ``names`` what to call them; ``apart`` counts those left out, whose scores are of another kind.
    ``scale`` says how scores are called, written and drawn. ``inside`` is what the strategy shows,
    or what it raised; ``noun`` is the entry of it to be seen ("": the first), ``axis`` is "trials"
    or "seconds".
    """

    space: Any
    history: History[Any] = field(default_factory=History)
    total: int = 0
    at_work: bool = False
    yours: int | None = None
    strategy: str = "random search"
    earlier: tuple[History[Any], ...] = ()
    names: tuple[str, ...] = ()
    apart: int = 0
    scale: ScoreScale = ACCURACY
    inside: Mapping[str, Rows] | Exception = field(default_factory=dict)
    noun: str = ""
    axis: str = "trials"

    def until(self, trial: int) -> Snapshot:
        """This run as it was when ``trial`` had just been told.

        What the strategy showed then is not in the history: ``inside`` is empty. Raises ValueError
        for a trial that was not told.
        """
        events = until(self.history.events, trial)
        return replace(self, history=History(tuple(events)), at_work=False, inside={})

    # ------------------------------------------------------------ trials

    @cached_property
    def best(self) -> Told[Any] | None:
        """The trial of the highest score."""
        return self.history.best

    @cached_property
    def last(self) -> Told[Any] | None:
        """The trial that ended last."""
        return next((e for e in reversed(self.history.events) if isinstance(e, Told)), None)

    @cached_property
    def open(self) -> int | None:
        """The trial that was asked about last and has no answer yet."""
        for event in reversed(self.history.events):
            if isinstance(event, Asked):
                return event.trial
            if isinstance(event, Told):
                return None
        return None

    @property
    def current(self) -> int | None:
        """The trial that is training."""
        return self.open if self.at_work else None

    @property
    def broken(self) -> int | None:
        """The trial that Stop broke off."""
        return None if self.at_work else self.open

    def arch(self, trial: int | None) -> Any:
        """The architecture that a trial asked about, or None."""
        asked = (e for e in reversed(self.history.events) if isinstance(e, Asked))
        return next((event.candidate.arch for event in asked if event.trial == trial), None)

    def epoch(self, trial: int | None) -> int:
        """The last epoch of a trial that has ended; 0 before the first."""
        done = (
            event.epoch
            for event in reversed(self.history.events)
            if isinstance(event, Epoch) and event.trial == trial
        )
        return next(done, 0)

    # ------------------------------------------------------------ rows

    @cached_property
    def incumbents(self) -> list[Row]:
        """``history.incumbents``; on a scale of its own a failed trial has no place."""
        return self._placed(self.history)

    @cached_property
    def others(self) -> dict[str, list[Row]]:
        """The same of earlier runs, by a name of its own, oldest first."""
        found: dict[str, list[Row]] = {}
        for number, run in enumerate(self.earlier):
            name = self.names[number] if number < len(self.names) else "before"
            found[name if name not in found else f"{name} ({number})"] = self._placed(run)
        return found

    def _placed(self, history: History[Any]) -> list[Row]:
        rows = incumbents(history)
        if self.scale == ACCURACY:  # a failure is worth 0 %
            return rows
        failed = {told.trial for told in history.told if told.evaluation.is_failure}
        return [row | {"score": math.nan} if row["trial"] in failed else row for row in rows]

    @cached_property
    def curves(self) -> list[Row]:
        """``history.learning_curves``, and those of what trained for no trial of its own."""
        return learning_curves(self.history, shared=True)

    @cached_property
    def trials(self) -> list[Row]:
        """``history.trials``, architectures as they are."""
        return trials(self.history)

    @cached_property
    def epochs(self) -> int:
        """Epochs of the longest training so far, the present one in full."""
        events = self.history.events
        return max((event.epochs for event in events if isinstance(event, Epoch)), default=8)
