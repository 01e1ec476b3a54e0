"""``ComparisonPanel``: several strategies, many seeds, one budget; live, or as it was recorded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import scipy.stats  # noqa: F401  (slow: here, so that the first table on screen is not)

from workbench import checks
from workbench.history import Lap
from workbench.panels.comparison.live_or_recorded import ShownRace
from workbench.panels.comparison.live_race import Course, LiveRace
from workbench.panels.comparison.race_progress import RaceProgress
from workbench.panels.comparison.race_result import RaceResult
from workbench.panels.comparison.race_session import RaceSession
from workbench.panels.comparison.race_settings_form import RANGES, RaceSettings
from workbench.panels.comparison.race_so_far import Standing
from workbench.panels.comparison.race_state_string import read_state, state_text
from workbench.panels.comparison.recorded_races import LIVE
from workbench.panels.comparison.strategy_checkboxes import StrategyBoxes
from workbench.panels.comparison.view_refresh import RaceScreen
from workbench.panels.comparison.widget_layout import RaceLayout
from workbench.panels.parts.dispose_widgets import close_widgets
from workbench.panels.parts.layout import bundle_of
from workbench.panels.parts.run_buttons import Next
from workbench.panels.running.open_panels import register
from workbench.panels.running.run_result import WaitingLine
from workbench.race import Entrants
from workbench.records import Batch


class ComparisonPanel:
    """Race strategies against each other, seed by seed, and random search always with them.

    ``racers`` are strategies by name, or a list of classes: each a class, a class with settings
    (``partial(RegularizedEvolution, aging=False)``), or a function of the seed that makes a
    strategy. ``estimator`` answers them all. With a ``Table`` the true value of every architecture
    is known, and regret is shown; else the best score seen. ``seeds`` (0, 1, 2 …), ``trials``, and
    simulated ``seconds`` (None: no limit; else they are the x axis) are what each may spend. Only
    trials of as many epochs as any of their lap can be its best: others are no rivals.

    ``recorded`` are races to open from the menu: names of ``workbench.race.RACES``, or files
    (default: those that come with the package). ``record`` is a file ``….jsonl`` for the laps
    that are run here; a race that was stopped, or whose kernel was, goes on from it.

    Raises ValueError for what makes no strategy, an impossible number or a record that is no race,
    FileNotFoundError for a recorded race that is not there.
    """

    def __init__(
        self,
        racers: Entrants,
        estimator: Any,
        *,
        seeds: int = 20,
        trials: int = 200,
        seconds: int | float | None = None,
        recorded: Sequence[str | Path] | None = None,
        record: str | Path | None = None,
    ) -> None:
        for name, given in (("seeds", seeds), ("trials", trials)):
            least, most = RANGES[name]
            checks.whole(f"ComparisonPanel: {name}", given, least=least, most=most)
        seeds, trials = int(seeds), int(trials)
        checks.number_or_none("ComparisonPanel: seconds", seconds, above=0.0, below=math.inf)
        path = checks.path_or_none("ComparisonPanel: record", record)
        self._live = LiveRace(racers, estimator, path)
        self._shown, looks = ShownRace(self._live, recorded), self._live.looks
        self._said = seeds, trials, seconds
        self._faulty = self._switching = False
        self._settings = RaceSettings(
            seeds=seeds,
            trials=trials,
            seconds=seconds,
            curves=self._shown.curves,
            changed=lambda: self._settings_changed(),
            looked=lambda: self._screen.redraw(),
        )
        self._boxes = StrategyBoxes(lambda: self._ticked())
        self._boxes.show(looks, self._shown.baseline, tuple(looks))
        self._chosen = tuple(looks)  # of the live race, while another is shown
        self._layout = RaceLayout(
            self._settings,
            self._boxes,
            tuple(self._shown.files),
            run=lambda: self._layout.notice.attempt(
                self.pause if self._session.state == "running" else self.run
            ),
            step=lambda: self._layout.notice.attempt(self.step),
            stop=self.stop,
            clear=lambda: self._layout.notice.attempt(self.reset),
            restore=self._settings.restore,
        )
        self._progress = RaceProgress()
        self._session = RaceSession(
            self._live, self._progress, show=lambda event: self.show(event), changed=self._changed
        )
        self._screen = RaceScreen(
            self._layout,
            self._progress,
            standing=self._standing,
            course=lambda: self._course,
            state=lambda: self._session.state,
            then=self._next,
        )
        self._layout.menu.observe(lambda change: self._layout.notice.attempt(self._choose), "value")
        self.widget = self._layout.widget
        register(self)
        self._settings_changed()
        self._screen.redraw()

    # ------------------------------------------------------------ what a notebook calls

    @property
    def laps(self) -> tuple[Lap, ...]:
        """The laps that are shown: of the live race so far, or of the recorded one."""
        return self._shown.laps

    @property
    def state(self) -> str:
        """The state string: strategies, seeds and budget, for ``from_state``."""
        return state_text(self._live.described, self._course)

    def run(self) -> None:
        """Start, or go on: only laps that are not there yet are run; a whole race starts anew.

        Raises ValueError for an impossible setting, BusyError while another panel's run is at
        work.
        """
        self._begin(None)

    def step(self, unit: str | None = None) -> None:
        """One step of ``unit`` ("trial", "lap"; default: the panel's), then pause."""
        self._begin(unit or self._layout.buttons.unit.value)

    def pause(self) -> None:
        """Pause after this trial."""
        if self._session.runner:
            self._session.runner.pause()

    def stop(self) -> None:
        """End the race; laps that were run stay."""
        if self._session.runner:
            self._session.runner.stop()

    def wait(self) -> RaceResult:
        """Block until the race has ended or pauses, with a line of progress; an interrupt stops it.

        The error that ended a race is raised.
        """
        waiting = WaitingLine(lambda: " · ".join(self._screen.line()))
        runner = self._session.runner
        state = runner.wait(beat=waiting.beat) if runner else "idle"
        waiting.end()
        if self._session.error is not None:
            raise self._session.error
        return RaceResult(state, self.laps, f"{state}: {self._screen.numbers()}", twin=self.twin)

    def open(self, race: str | Path, *, racers: Sequence[str] | None = None) -> None:
        """Show a recorded race: a name of ``workbench.race.RACES``, a file, or "live race".

        ``racers``: whose boxes are ticked beside random search's; None: all. Raises ValueError for
        a file without a race or a racer not in it, FileNotFoundError where there is no file.
        """
        before = self._shown.recorded
        try:
            self._shown.choose(str(race), racers)
            self._switched(before is None)
        finally:  # where it cannot be opened, the menu says the one before: it is still shown
            self._switching = True
            self._layout.offer(tuple(self._shown.files), self._shown.name)
            self._switching = False

    def show(self, event: Batch | Lap) -> None:
        """Take one event, from the worker or made by hand, and renew what is due."""
        self._progress.take(event)
        if isinstance(event, Lap):
            self._live.take(event)
        self._screen.take(event)

    def reset(self) -> None:
        """Stop, and forget this panel's laps."""
        self._session.reset()
        self._layout.notice.clear()
        self._settings_changed()
        self._screen.redraw()

    def close(self) -> None:
        """Stop what runs and take the widgets away."""
        self.stop()
        close_widgets(self)

    def twin(self) -> str:
        """The panel as still markup, for readers without a kernel."""
        return self._screen.twin()

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, Any]:
        return bundle_of(self, self._screen.numbers())

    @classmethod
    def from_state(
        cls, text: str, estimator: Any, *, own: Sequence[type] = (), **more: Any
    ) -> ComparisonPanel:
        """The panel that a state string describes; ``own`` are strategies of the learner's.

        ``more`` is passed on (``recorded``, ``record``). Raises ValueError for a damaged string
        or an unknown class or setting.
        """
        racers, budget = read_state(text, own)
        return cls(racers, estimator, **(budget | more))

    # ------------------------------------------------------------ what is run

    @property
    def _course(self) -> Course:
        """What the controls say; while one is no number, what they said before."""
        with suppress(ValueError):
            self._said = self._settings.budget
        return Course(self._chosen if self._shown.recorded else self._boxes.ticked, *self._said)

    def _next(self) -> Next:
        """What a press of Run would do now."""
        course = self._course
        there = len(self._live.kept(course))
        if self._session.state == "paused" and self._session.course == course:
            return "Continue"
        if not there:
            return "Run"
        return "Continue" if there < len(course.laps) else "Run anew"

    def _begin(self, unit: str | None) -> None:
        faults = self._settings.faults()
        if faults:
            raise ValueError("; ".join(faults))
        self._layout.notice.clear()
        if self._shown.recorded:
            self.open(LIVE)  # what is run is shown
        self._session.begin(self._course, unit)
        self._caption()
        self._screen.say()

    def _changed(self) -> None:
        """The state changed: words at once; at rest, a last picture."""
        self._screen.say()
        if self._session.error is not None:
            self._layout.notice.error(self._session.error)
        if self._session.state not in ("running", "stopping"):
            self._screen.redraw()

    # ------------------------------------------------------------ what is shown

    def _standing(self) -> Standing:
        course = self._session.course or self._course
        return self._shown.standing(self._boxes.ticked, self._settings, course.seeds)

    def _choose(self) -> None:
        if self._switching:
            return
        self._layout.notice.clear()
        self.open(self._layout.menu.value)

    def _switched(self, was_live: bool) -> None:
        """Another race is shown: its strategies, its curves."""
        self._chosen = self._boxes.ticked if was_live else self._chosen
        shown = self._shown
        ticked = shown.wanted or (tuple(shown.looks) if shown.recorded else self._chosen)
        self._boxes.show(shown.looks, shown.baseline, ticked)
        self._settings.offer(shown.curves)
        self._caption()
        self._screen.say()
        self._screen.redraw()

    def _ticked(self) -> None:
        self._settings_changed()
        self._screen.redraw()

    def _settings_changed(self) -> None:
        faults = self._settings.faults()
        if faults:
            self._layout.notice.say("; ".join(faults))
        elif self._faulty:
            self._layout.notice.clear()
        self._faulty = bool(faults)
        self._caption()
        self._screen.say()

    def _caption(self) -> None:
        course, ran = self._course, self._session.course
        live = self._shown.recorded is None
        stale = live and ran is not None and ran.budget != course.budget
        self._layout.say(
            course=course, record=self._live.record, live=live, stale=stale, state=self.state,
            ran=bool(self._live.laps),
        )  # fmt: skip
