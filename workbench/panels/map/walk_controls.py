"""The controls of a walk: which strategy, Run, Step, Stop, how fast; and whoever pulls it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from workbench.history import History
from workbench.panels.map.neighbour_graph import Landscape
from workbench.panels.map.strategy_walk import Walk, WalkPlan
from workbench.panels.parts.layout import button, field, line, more, row, stack
from workbench.panels.parts.run_buttons import Next, RunButtons
from workbench.panels.parts.status_line import Notice, StatusLine
from workbench.panels.running.live_pace import USUAL, Audience, Tempo
from workbench.panels.running.redraw_throttle import Pace
from workbench.panels.running.run_result import RunResult, WaitingLine
from workbench.panels.running.worker_thread import AT_WORK, BusyError, Runner, State
from workbench.panels.search.settings_form import SettingsForm
from workbench.panels.search.widget_layout import PACES
from workbench.records import Batch, Event, Told
from workbench.views.scatter import Trials

EVERY = 0.1  # seconds between two pictures of the trials: a page is sent ten a second
TURN = "Try the picked cell: the next trial (on the map: Enter)"
NUMBERS = 0.25  # seconds between two lines of numbers


class WalkControls:
    """Runs strategies on a table, one at a time; ``drawn(trials)`` is called as trials come.

    ``turn()`` is called by the button that stands there while a person (``ByHand``) is asked.
    Raises ValueError for an unknown setting.
    """

    def __init__(
        self,
        land: Landscape,
        *,
        strategies: Sequence[Callable[..., Any]],
        trials: int,
        seed: int,
        settings: Mapping[str, Any] | None,
        show: Sequence[str] | None,
        lock: Sequence[str],
        drawn: Callable[[Trials], None],
        turn: Callable[[], None],
    ) -> None:
        self._land, self._drawn = land, drawn
        self._form = SettingsForm(
            {"strategy": strategies},
            trials=trials,
            seed=seed,
            settings=settings,
            show=show,
            lock=lock,
            changed=self._changed_settings,
        )
        self._runner: Runner | None = None
        self._walk: Walk | None = None
        self._status, self._lock = StatusLine(), threading.RLock()
        self._tempo, self._audience = Tempo(), Audience()
        self._picture, self._numbers = Pace(EVERY), Pace(NUMBERS)
        self._buttons = RunButtons(
            run=lambda: self._attempt(self._run_or_pause),
            step=lambda: self._attempt(self.step),
            stop=self.stop,
            clear=self.clear,
            restore=self._form.restore,
            units=("trial",),
            unit="trial",
        )
        self._buttons.clear.description, self._buttons.clear.tooltip = (
            "Clear trials", "Take the trials off the map",
        )  # fmt: skip
        self._buttons.stop.tooltip = "End it"
        pace = widgets.Dropdown(options=PACES, value=USUAL, description="pace")
        self.pace = field(pace, width=140)
        self.pace.tooltip = "A table answers at once; slowed down, a walk can be seen"
        self.pace.observe(lambda change: setattr(self._tempo, "rate", change["new"]), "value")
        self.turn = button("Try this cell", turn, tip=TURN, icon="hand-pointer-o", primary=True)
        self._line, self._notice = line(), Notice()
        self._line.add_class("wb-status")
        self.widget = self._arranged()
        self._say()

    def _arranged(self) -> widgets.VBox:
        own = row(self._buttons.clear, self._buttons.restore)
        head = row(self._buttons.widget, self.turn, self._line)
        for each in (self._form.top, self._form.more, own):
            each.add_class("wb-form")
        settings = stack(row(self._form.top, self.pace), more(self._form.more, own))
        return stack(head, self._notice.widget, settings)

    # ------------------------------------------------------------ what a notebook calls

    @property
    def history(self) -> History[Any]:
        """What the present walk has yielded so far."""
        return self._walk.history if self._walk else History(())

    @property
    def trials(self) -> Trials | None:
        """Where the present walk has been; None: nowhere."""
        return self._walk.trials if self._walk and self._walk.history.told else None

    @property
    def state(self) -> State:
        """What the present walk is doing."""
        return self._runner.state if self._runner else "idle"

    def run(self) -> None:
        """Start, or go on after a pause; with changed settings, or after the end, anew."""
        self._begin(lambda runner: runner.run())

    def step(self) -> None:
        """One trial, then a pause."""
        self._begin(lambda runner: runner.step("trial"))

    def pause(self) -> None:
        """Pause before the next trial."""
        if self._runner:
            self._runner.pause()

    def stop(self) -> None:
        """End the walk."""
        if self._runner:
            self._runner.stop()

    def answer(self, arch: Any) -> None:
        """Where a person walks and it is their turn: try this cell."""
        walk = self._walk
        if walk is not None and walk.waiting and self.state == "running":
            walk.strategy.answer(arch)

    def clear(self) -> None:
        """Stop, and take the trials off the map."""
        self.stop()
        self._runner = self._walk = None
        self._status.clear()
        self._drawn(Trials("", (), ()))
        self._say()

    def wait(self, twin: Callable[[], str]) -> RunResult:
        """Block until the walk has ended or pauses; what ended it by an error is raised."""
        runner, waiting = self._runner, WaitingLine(lambda: " · ".join(self.words()))
        state = runner.wait(beat=waiting.beat) if runner else "idle"
        waiting.end()
        if runner and runner.error is not None:
            raise runner.error
        return RunResult(state, self.history, twin=twin)

    # ------------------------------------------------------------ running

    def _plan(self) -> WalkPlan:
        form = self._form
        return WalkPlan.of(form.chosen("strategy"), form.trials or 0, form.seed)

    def _begin(self, go: Callable[[Runner], None]) -> None:
        faults = self._form.faults()
        if faults:
            raise ValueError("; ".join(faults))
        plan = self._plan()
        self._notice.clear()
        runner, walk = self._runner, self._walk
        goes_on = walk is not None and walk.plan == plan and self.state in ("running", "paused")
        if runner is not None and goes_on:
            go(runner)
            return
        fresh = Walk(self._land, plan)  # raises here what a worker would raise unseen
        self.stop()
        try:
            go(self._new(fresh))
        except BusyError:
            self._runner = runner
            raise

    def _new(self, walk: Walk) -> Runner:
        def events() -> Any:
            with self._lock:
                self._walk = walk
                self._status.clear()
            return walk.events()

        def show(event: Event[Any]) -> None:
            if self._runner is runner:
                self._take(walk, event)

        def changed() -> None:
            if self._runner is runner:
                self._changed()

        runner = Runner(
            events, show=show, changed=changed, name=f"the {walk.plan.title} on the map"
        )
        self._runner = runner
        return runner

    def _take(self, walk: Walk, event: Event[Any]) -> None:
        """One event, in the worker."""
        if isinstance(event, Batch):  # a person is asked
            self._renew()
            return
        with self._lock:
            walk.take(event)
            self._status.take(event)
        if isinstance(event, Told):
            self._renew()
            if self._holding():
                self._tempo.hold(self._holding, self._renew)

    def _holding(self) -> bool:
        return self._audience.watching() and self.state == "running"

    def _renew(self) -> None:
        if self._picture.ready():
            self._draw()
        if self._numbers.ready():
            self._say()

    def _draw(self) -> None:
        if self._walk is not None:
            self._drawn(self._walk.trials)

    def _changed(self) -> None:
        """The state changed: at rest all of it is shown."""
        if self.state not in ("running", "stopping"):
            self._draw()
        if self._runner is not None and self._runner.error is not None:
            self._notice.error(self._runner.error)
        self._say()

    # ------------------------------------------------------------ what is said

    def words(self) -> list[str]:
        """The state and the numbers."""
        return [*self._status.line(self.state, self._total()), *self._more()]

    def _more(self) -> list[str]:
        walk = self._walk
        if walk is None:
            return []
        turn = "your turn: pick a cell, then Try this cell" if walk.waiting else ""
        return [words for words in (turn, walk.verdict) if words]

    def _say(self) -> None:
        with self._lock:
            state, walk = self.state, self._walk
            self._line.value = self._status.html(state, self._total(), *self._more())
            self._buttons.show(state, self._next(state))
            self.turn.layout.display = None if walk and walk.waiting else "none"

    def _total(self) -> int:
        if self._walk is not None:
            return self._walk.plan.trials
        try:
            return self._form.trials or 0
        except ValueError:  # its field says what is wrong
            return 0

    def _next(self, state: State) -> Next:
        if self._walk is None:
            return "Run"
        same = not self._form.faults() and self._walk.plan == self._plan()
        return "Continue" if same and state in AT_WORK else "Run anew"

    def _changed_settings(self) -> None:
        if self._form.faults():
            self._notice.say("; ".join(self._form.faults()))
        else:
            self._notice.clear()
        self._say()

    def _run_or_pause(self) -> None:
        if self.state == "running":
            self.pause()
        else:
            self._audience.came = True
            self.run()

    def _attempt(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:
            self._notice.error(error)
