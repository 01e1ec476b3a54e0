"""Which race is shown: the panel's own, or one that was recorded; and how it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from workbench import checks
from workbench.history import Lap
from workbench.panels.comparison.curve_kinds import offered
from workbench.panels.comparison.live_race import LiveRace
from workbench.panels.comparison.race_settings_form import RaceSettings
from workbench.panels.comparison.race_so_far import Standing
from workbench.panels.comparison.recorded_races import LIVE, RecordedRace, recorded_menu
from workbench.race import Truth
from workbench.scales import fitting
from workbench.views.palette import Line


class ShownRace:
    """``live`` is the panel's own race, ``recorded`` are those to choose from instead."""

    def __init__(self, live: LiveRace, recorded: Sequence[str | Path] | None) -> None:
        self._live = live
        if recorded is not None:
            recorded = checks.several("ComparisonPanel: recorded", recorded, "('evolution',)")
            for each in recorded:
                checks.path("ComparisonPanel: recorded", each)
        self.files = recorded_menu(recorded)
        self.recorded: RecordedRace | None = None  # the one that is shown, if one is
        self.name = LIVE  # of what is shown, in the menu
        self.wanted: tuple[str, ...] | None = None  # racers that a notebook asked for

    def choose(self, race: str, racers: Sequence[str] | None = None) -> None:
        """Show a race by its words in the menu, its name or its file.

        ``racers`` are then ``wanted``. Raises as ``ComparisonPanel.open``; nothing changes then.
        """
        more: dict[str, Path | None] = {}
        if race not in self.files:
            more = {words: path for words, path in recorded_menu([race]).items() if path}
            race = next(iter(more))
        path = (self.files | more)[race]
        found = RecordedRace.read(path) if path else None
        known = tuple((found or self._live).looks)
        self.wanted = None if racers is None else checks.some_of("open: racers", racers, known)
        self.recorded, self.name = found, race
        self.files |= more

    @property
    def laps(self) -> tuple[Lap, ...]:
        """Its laps so far."""
        return self.recorded.laps if self.recorded else self._live.laps

    @property
    def looks(self) -> Mapping[str, Line]:
        """The line of each of its racers."""
        return self.recorded.looks if self.recorded else self._live.looks

    @property
    def baseline(self) -> str:
        """The racer that is random search."""
        return self.recorded.baseline if self.recorded else self._live.baseline

    @property
    def truth(self) -> Truth | None:
        """What is known of the answers."""
        return self.recorded.truth if self.recorded else self._live.truth

    @property
    def curves(self) -> tuple[str, ...]:
        """The curves that can be shown of it."""
        truth = self.truth
        return offered(value=truth is not None, test=truth is not None and truth.test is not None)

    def standing(self, ticked: Sequence[str], settings: RaceSettings, seeds: int) -> Standing:
        """How it stands, of the racers that are ticked; ``seeds`` are planned, if it is live."""
        shown, laps = self.recorded, self.laps
        scores = (step.score for lap in laps for step in lap.steps)
        return Standing(
            laps=laps,
            looks={name: look for name, look in self.looks.items() if name in ticked},
            baseline=self.baseline,
            curve=settings.curve,
            by=settings.by,
            log=bool(settings.log.value),
            truth=self.truth,
            scale=shown.scale if shown else fitting(self._live.scale, scores),
            seeds=shown.seeds if shown else seeds,
            source=shown.source if shown else "",
        )
