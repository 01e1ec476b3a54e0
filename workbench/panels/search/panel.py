"""``SearchPanel``: any space × strategy × estimator, run, paused, stepped, stopped and compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from workbench.data.images import ImageData
from workbench.estimators.full import FullTraining
from workbench.history import History
from workbench.panels.parts.dispose_widgets import close_widgets
from workbench.panels.parts.layout import bundle
from workbench.panels.running.open_panels import called, register
from workbench.panels.running.run_plan import Plan
from workbench.panels.running.run_result import RunResult, WaitingLine
from workbench.panels.running.session import Session
from workbench.panels.running.state_string import Recipe
from workbench.panels.running.warm_up import warm_up
from workbench.panels.running.worker_thread import AT_WORK
from workbench.panels.search.by_hand_row import YourTurn
from workbench.panels.search.earlier_runs import what_is_cleared
from workbench.panels.search.plan_from_settings import Planner
from workbench.panels.search.settings_form import SettingsForm
from workbench.panels.search.view_list import SearchViews
from workbench.panels.search.view_refresh import Screen
from workbench.panels.search.widget_layout import Arrangement
from workbench.records import Event
from workbench.strategies.random_search import RandomSearch

CUT = """Running this cell again stopped the search that was at work. Its log is {}: \
workbench.attach({}) shows it, and Continue goes on from there."""


class SearchPanel:
    """Configure a search, run it, watch it, compare it with earlier runs.

    ``strategies`` and ``estimators`` are classes to choose from; their arguments become controls.
    ``methods`` are classes to choose from instead: of searches that find weights and architecture
    together (``Method``), which have no trials and take no architecture of yours.
    ``yours`` is an architecture, or a ``SpacePanel`` whose architecture is taken when Run is
    pressed: it becomes trial 0 and a star. ``space`` may be a ``SpacePanel`` too. ``settings`` are
    starting values by name: "lr", or "strategy.lr" where several parts have one. ``show`` names
    settings to stand beside the buttons (at most five) and views to show (of "best", "curves",
    "inside", "tried", "champion", "table", "cost"); ``lock`` names settings that cannot be
    changed. ``log`` is a folder (default ``runs``) or a file ``….jsonl``. With ``ByHand`` as the
    strategy the learner is asked, and ``by_hand.answer(architecture or text)`` answers.
    ``session`` holds the runs, for a panel around this one.

    Raises ValueError for an unknown setting or view.
    """

    def __init__(
        self,
        space: Any,
        data: ImageData,
        *,
        strategies: Sequence[Callable[..., Any]] = (RandomSearch,),
        estimators: Sequence[Callable[..., Any]] = (FullTraining,),
        methods: Sequence[Callable[..., Any]] = (),
        trials: int = 20,
        seed: int = 0,
        yours: Any = None,
        settings: Mapping[str, Any] | None = None,
        show: Sequence[str] | None = None,
        lock: Sequence[str] = (),
        log: str | Path | None = None,
    ) -> None:
        self._space, self.data, self._yours = space, data, yours
        if methods and yours is not None:
            raise ValueError("SearchPanel: a method asks nobody: give methods or yours, not both")
        parts = {"strategy": strategies, "estimator": estimators}
        shown = SearchViews.chosen(show)
        self._form = SettingsForm(
            {"method": methods} if methods else parts,
            trials=None if methods else trials,
            seed=seed,
            settings=settings,
            show=[name for name in show or () if name not in SearchViews.names],
            lock=lock,
            changed=self._settings_changed,
        )
        self._settings = Planner(self._form, lambda: self.space, data, yours)
        self.session = self._session = Session(
            show=lambda event: self.by_hand.hear(event, self._screen.show),
            cleared=lambda: self._screen.clear(),
            changed=lambda: self._screen.changed(),
            log=log,
        )
        views = SearchViews()
        self.by_hand = YourTurn(self._session, self._settings.plan, self.run, self._attempt)
        self._arrangement = Arrangement(
            self._form,
            views,
            shown,
            self.by_hand.widget,
            run=lambda: self._attempt(self._run_or_pause),
            step=lambda: self._attempt(self.step),
            stop=self.stop,
            clear=self._ask_to_clear,
            restore=self._form.restore,
            moved=lambda: self._screen.travelled(),
            fork=lambda trial: self._attempt(lambda: self.fork(trial)),
            test=lambda: self._attempt(self._session.open_test_images),
        )
        self._screen = Screen(self._arrangement, views, self._session, shown, self._shown_plan)
        self._arrangement.compare.observe(lambda change: self._screen.redraw("best"), "value")
        self.widget = self._arrangement.widget
        warm_up()
        closed = register(self)
        panels = [each for each in (space, yours) if hasattr(each, "on_change")]
        hear = self.by_hand.offer, lambda arch: self._settings_changed()
        # what ends the listening to panels that may outlive this one
        self._deaf = [each.on_change(one) for each in panels for one in hear]
        self.reset()
        for each in closed:
            if isinstance(each, SearchPanel) and each._cut is not None:
                self._arrangement.notice.say(CUT.format(each._cut, repr(str(each._cut))))

    # ------------------------------------------------------------ what a notebook calls

    @property
    def history(self) -> History[Any]:
        """The events of the present run so far."""
        return self._session.history

    @property
    def runs(self) -> list[History[Any]]:
        """The histories of earlier runs, oldest first."""
        return self._session.runs

    @property
    def state(self) -> str:
        """The state string: of the run that is shown, or of the settings before the first."""
        return self._shown_plan().recipe.text

    @property
    def space(self) -> Any:
        """The search space; of a ``SpacePanel``, as it is set now."""
        return self._space.space if hasattr(self._space, "widget") else self._space

    @property
    def run_space(self) -> Any:
        """The space of the run that is shown; before the first, as it is set now."""
        return self._shown_plan().space

    def run(self) -> None:
        """Start, or go on after Pause and Stop; with changed settings start again, in a new log.

        Raises ValueError for an impossible setting, BusyError while another panel's run is at
        work.
        """
        self._begin(None)

    def step(self, unit: str | None = None) -> None:
        """One step of ``unit`` ("batch", "epoch", "trial"; default: the panel's), then pause."""
        self._begin(unit or self._arrangement.buttons.unit.value)

    def pause(self) -> None:
        """Pause before the next batch."""
        self._session.pause()

    def stop(self) -> None:
        """End the run before its next batch; what it has logged stays."""
        self._session.stop()

    def fork(self, after: int) -> None:
        """A new run, in a new log: the one shown until trial ``after``, then as settings stand.

        With nothing changed it goes on bit for bit as it did. The run that is shown stays, in
        grey. Raises ValueError where that trial was not told, and as ``run`` does.
        """
        plan = self._settings.faultless()
        self._arrangement.notice.clear()
        self._session.fork(plan, after)
        self._screen.caption()
        self._screen.say()

    def open_test_images(self) -> float:
        """The test accuracy, in [0, 1], of the best network of the run; the look is logged.

        Raises ValueError while a run is at work or before a trial has succeeded, RunError or
        OSError where the network was not kept.
        """
        return self._session.open_test_images().score

    def reset(self) -> None:
        """Stop, and forget this panel's runs; their logs stay on disk."""
        self._session.reset()
        self.by_hand.forget()
        self._screen.clear()
        self._arrangement.notice.clear()
        self._settings_changed()
        self._screen.redraw()

    def wait(self) -> RunResult:
        """Block until the run has ended or pauses, with a line of progress; an interrupt stops it.

        A failed trial is part of the outcome; the error that ended a whole run is raised.
        """
        run = self._session.now
        waiting = WaitingLine(lambda: " · ".join(self._screen.line()))
        state = run.runner.wait(beat=waiting.beat) if run else "idle"
        waiting.end()
        error = self._session.error
        if error is not None:
            raise error
        yours = run.plan.yours if run else None
        return RunResult(state, self.history, yours=yours, scale=self._screen.scale, twin=self.twin)

    def show(self, event: Event[Any]) -> None:
        """Take one event, from a worker or made by hand, and renew what is due."""
        self._session.take(event)

    def restore(self, log: Path, history: History[Any]) -> None:
        """Show a run that was logged earlier with these settings; Continue goes on from its log."""
        self._session.restore(self._settings.plan(), log, history)
        self._settings_changed()
        self._screen.redraw()

    def close(self) -> None:
        """Stop what runs and take the widgets away; logs stay."""
        now = self._session.now
        self._cut = now.path if now and self._session.state in AT_WORK else self._cut
        self.stop()
        while self._deaf:
            self._deaf.pop()()
        close_widgets(self)

    def twin(self) -> str:
        """The panel as still markup, for readers without a kernel."""
        return self._screen.twin()

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, Any]:
        name, live = called(self), "<code>workbench.attach()</code>"
        live += f", or its name (here: <code>{escape(name)}</code>)," if name else ""
        words = " · ".join(self._screen.line())
        return bundle(self.widget, self.twin, words, live=f"{live} in a cell", name=name)

    @classmethod
    def from_state(
        cls, text: str, *, data: ImageData | None = None, own: Sequence[type] = (), **more: Any
    ) -> SearchPanel:
        """The panel that a state string describes; a notice in it says what differs here.

        ``data`` is needed where the data was the learner's own, ``own`` are classes of the
        learner's. ``more`` is passed on (``show``, ``lock``, ``log``).

        Raises ValueError for a damaged string, an unknown class or setting, or missing data.
        """
        recipe = Recipe.read(text)
        panel = cls(**recipe.arguments(data, own), **more)
        panel.differs = tuple(recipe.differs(panel.data))
        if panel.differs:
            panel._arrangement.notice.say("Not as it was: " + "; ".join(panel.differs))
        return panel

    differs: tuple[str, ...] = ()
    _cut: Path | None = None  # the log of a run that was at work when the panel was closed
    _faulty = False  # whether the notice is about settings

    # ------------------------------------------------------------ buttons and settings

    def _attempt(self, act: Callable[[], object]) -> None:
        self._arrangement.notice.attempt(act)

    def _ask_to_clear(self) -> None:
        """Runs of this panel are all that is lost, but they may have taken an hour."""
        question = what_is_cleared(self._session)
        if question is None:
            self.reset()
        else:
            self._arrangement.notice.ask(*question, self.reset)

    def _run_or_pause(self) -> None:
        act = self.pause if self._session.state == "running" else self.run
        act()

    def _begin(self, unit: str | None) -> None:
        plan = self._settings.faultless()
        self._arrangement.notice.clear()
        self._session.begin(plan, unit)
        self._screen.caption()
        self._screen.say()

    def _settings_changed(self) -> None:
        self.by_hand.show()
        now, faults = self._session.now, self._settings.faults()
        if faults:
            self._arrangement.notice.say("; ".join(faults))
        elif self._faulty:
            self._arrangement.notice.clear()
        self._faulty = bool(faults)
        changed = now is not None and self._settings.plan().recipe != now.plan.recipe
        self._screen.caption(changed=changed)
        self._screen.say()

    def _shown_plan(self) -> Plan:
        return self._session.now.plan if self._session.now else self._settings.plan()
