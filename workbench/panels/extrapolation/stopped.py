"""Trainings under way that may be stopped: a curve, the fan of where it may end, and the moment.

Predictive termination of Domhan et al. (2015), as ``Extrapolated`` does it, on networks that train
here; afterwards the stopped ones can be trained on, to see what they would have come to.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from workbench import checks
from workbench.data.images import ImageData
from workbench.estimators.extrapolated import Extrapolated
from workbench.estimators.full import FullTraining
from workbench.history import History, Row
from workbench.panels.extrapolation.cut_short import (
    CutShort,
    Outcome,
    outcomes,
    trained_on,
    trial_of,
)
from workbench.panels.extrapolation.fan_card import fan_card
from workbench.panels.parts import layout
from workbench.panels.parts.dispose_widgets import close_widgets
from workbench.panels.parts.html_tables import table
from workbench.panels.running.open_panels import register
from workbench.panels.running.redraw_throttle import Pace
from workbench.panels.running.run_plan import new_log
from workbench.panels.running.run_result import RunResult
from workbench.panels.running.worker_thread import AT_WORK, BusyError, Runner, State
from workbench.records import Asked, Batch, Epoch, Event, Told
from workbench.spaces.walk import Space
from workbench.store import checkpoints_of, resume
from workbench.strategies.random_search import RandomSearch
from workbench.trial import attempt, beating
from workbench.views.paper import card

MOST_EPOCHS, MOST_TRIALS = 1_000, 1_000
LIMITS = (0.0, 102.0)  # %: one height for all trials
EVERY = 0.4  # seconds between two pictures of a curve that grows


class StoppedTrainings:
    """A random search that trains on ``data``, and stops what will hardly beat its best one.

    ``trials`` architectures of ``space`` get ``epochs`` each, unless ``Extrapolated`` with
    ``delta`` and ``begin`` ends them. While one trains, its curve grows; from the first look on it
    has a fan, and a line where it was stopped. The slider goes back to any trial. ``train_on``
    trains the stopped ones from the same seeds to the end. ``log`` is a folder (default ``runs``)
    or a file ``….jsonl``.

    Raises ValueError for an impossible number.
    """

    def __init__(
        self,
        space: Space[Any],
        data: ImageData,
        *,
        trials: int = 8,
        epochs: int = 8,
        delta: float = 0.05,
        begin: float = 0.5,
        seed: int = 0,
        log: str | Path | None = None,
    ) -> None:
        self.space, self.data = space, checks.of_type("StoppedTrainings: data", data, ImageData)
        self.trials = checks.whole("StoppedTrainings: trials", trials, least=1, most=MOST_TRIALS)
        self.epochs = checks.whole("StoppedTrainings: epochs", epochs, least=2, most=MOST_EPOCHS)
        self.delta = checks.number("StoppedTrainings: delta", delta, above=0.0, most=1.0)
        self.begin = checks.number("StoppedTrainings: begin", begin, above=0.0, most=1.0)
        self.seed = checks.whole("StoppedTrainings: seed", seed, least=0)
        self.log = checks.path_or_none("StoppedTrainings: log", log)
        self.path: Path | None = None  # of the present run's log
        self.ends: dict[int, tuple[float, ...]] = {}  # of the stopped ones, where trained on
        self._events: list[Event[Any]] = []
        self._cards: dict[CutShort, str] = {}
        self._runner: Runner | None = None
        self._pace = Pace(EVERY)
        self._slider = widgets.IntSlider(0, min=0, max=self.trials - 1, description="trial")
        self._slider.tooltip = "Which training is shown"
        self._slider.observe(lambda change: self._renew(), "value")
        self._press = layout.button(
            "Run", self._run_or_stop, tip="Train, and stop the hopeless", icon="play", primary=True
        )
        self._on = layout.button(
            "Train on", self._go_on, tip="Train the stopped ones to the end: was it right?"
        )
        self._said, self._sheet, self._rows = layout.line(), layout.sheet(), layout.sheet()
        self._notice = layout.sheet()
        self._sheet.add_class("wb-stopped")
        layout.complain(self._notice, None)
        self.widget = layout.panel(
            layout.row(self._press, self._on),
            self._notice,
            layout.slider(self._slider),
            self._said,
            self._sheet,
            self._rows,
        )
        register(self)
        self._changed()

    # ------------------------------------------------------------------ what a notebook calls

    @property
    def history(self) -> History[Any]:
        """The events of the search so far."""
        return History(tuple(self._events))

    @property
    def state(self) -> State:
        """What the search, or the training on, is doing."""
        return self._runner.state if self._runner else "idle"

    @property
    def stopped(self) -> list[Told[Any]]:
        """The trials that were not trained to the end."""
        return [told for told in self.history.told if told.evaluation.measures.get("predicted")]

    @property
    def trial(self) -> int:
        """Which training is shown; set it to see another one."""
        return int(self._slider.value)

    @trial.setter
    def trial(self, trial: int) -> None:
        most = self.trials - 1
        self._slider.value = checks.whole("StoppedTrainings: trial", trial, least=0, most=most)

    def run(self) -> None:
        """Search anew, in a new log. BusyError while another panel's run is at work."""
        if self.state not in AT_WORK:
            self._start(self._search, "the search that stops trainings")

    def train_on(self) -> None:
        """Train to the end what was stopped. Raises ValueError where nothing was.

        BusyError while another panel's run is at work.
        """
        if self.state in AT_WORK:
            return
        if not self.stopped:
            raise ValueError("StoppedTrainings: train_on: no training was stopped; run() first")
        self._start(self._rest, "the training of what was stopped")

    def stop(self) -> None:
        """End what is at work before its next batch."""
        if self._runner is not None:
            self._runner.stop()

    def wait(self) -> Outcome:
        """Block until what is at work has ended; an error that ended it is raised."""
        state: State = self._runner.wait() if self._runner else "idle"
        if self._runner is not None and self._runner.error is not None:
            raise self._runner.error
        return Outcome(RunResult(state, self.history).line + trained_on(self.ends), self.twin)

    def show(self, event: Event[Any]) -> None:
        """Take one event of the search."""
        if isinstance(event, Batch):
            return
        self._events.append(event)
        if isinstance(event, Asked):
            self._slider.value = event.trial
        elif isinstance(event, Told) or (isinstance(event, Epoch) and self._pace.ready()):
            self._renew()

    def look(self, trial: int) -> CutShort:
        """A trial as it stands now."""
        first, end = max(1, round(self.begin * self.epochs)), self.ends.get(trial, ())
        return trial_of(self._events, trial, epochs=self.epochs, first=first, end=end)

    def rows(self) -> list[Row]:
        """A row a trial: epochs, what was told, and what it came to."""
        return outcomes(self.history, self.ends)

    # ------------------------------------------------------------------ what is at work

    def _start(self, events: Any, name: str) -> None:
        before = self._runner
        self._runner = Runner(events, show=self._heard, changed=self._changed, name=name)
        try:
            self._runner.run()
        except BusyError:
            self._runner = before
            raise

    def _heard(self, event: Event[Any] | tuple[int, tuple[float, ...]]) -> None:
        """An event of the search; of the training on, a trial and its whole curve."""
        if isinstance(event, tuple):
            self.ends[event[0]] = event[1]
            self._slider.value = event[0]
            self._renew()
        else:
            self.show(event)

    def _search(self) -> Iterator[Event[Any]]:
        self._events, self.ends, self._cards = [], {}, {}
        self.path = new_log(self.log, "stopped trainings")
        training = FullTraining(
            self.space, self.data, epochs=self.epochs, checkpoints=checkpoints_of(self.path)
        )
        judge = Extrapolated(training, delta=self.delta, begin=self.begin)
        strategy: RandomSearch[Any] = RandomSearch(self.space, seed=self.seed)
        yield from resume(self.path, strategy, judge, trials=self.trials, seed=self.seed)

    def _rest(self) -> Iterator[Batch | tuple[int, tuple[float, ...]]]:
        """From the same seeds, so that the first epochs are those that the search saw."""
        training = FullTraining(self.space, self.data, epochs=self.epochs)
        for told in self.stopped:
            running = attempt(training, Asked(told.trial, told.candidate), seed=self.seed)
            _, whole = yield from beating(running)  # so that Stop works within a batch
            yield told.trial, whole.evaluation.curve

    # ------------------------------------------------------------------ what is shown

    def _run_or_stop(self) -> None:
        self._attempt(self.stop if self.state in AT_WORK else self.run)

    def _go_on(self) -> None:
        self._attempt(self.train_on)

    def _attempt(self, act: Any) -> None:
        try:
            layout.complain(self._notice, None)
            act()
        except Exception as error:
            layout.complain(self._notice, error)

    def _changed(self) -> None:
        at_work, some = self.state in AT_WORK, bool(self._events)
        self._press.description, self._press.icon = ("Stop", "stop") if at_work else ("Run", "play")
        self._on.disabled = at_work or not self.stopped
        self._slider.disabled = not some
        if self._runner is not None and self._runner.error is not None:
            layout.complain(self._notice, self._runner.error)
        self._renew()

    def _renew(self) -> None:
        now = self.look(self.trial)
        self._said.value = escape(self._words(now))
        self._sheet.value = self._drawn(now) if now.curve else ""
        rows = self.rows()
        self._rows.value = card(table(rows)) if rows else ""

    def _words(self, now: CutShort) -> str:
        if self._events:
            return now.words
        return f"Press Run: {self.trials} networks, {self.epochs} epochs each, unless stopped."

    def _drawn(self, now: CutShort) -> str:
        """The card; one that was drawn before is at hand."""
        if now not in self._cards:
            self._cards[now] = self._drawn_anew(now)
        return self._cards[now]

    def _drawn_anew(self, now: CutShort) -> str:
        forecast = now.forecast
        return fan_card(
            now.end or now.curve,
            now.words,
            epochs=self.epochs,
            limits=LIMITS,
            known=len(now.curve) if forecast is None else now.known,
            fan=None if forecast is None or forecast.trouble else forecast.quantiles(),
            best=now.best,
            stopped=len(now.curve) if now.stopped else None,
        )

    def close(self) -> None:
        """Stop what runs and take the widgets away; the log stays."""
        self.stop()
        close_widgets(self)

    def twin(self) -> str:
        """The moment without a kernel: a training that was stopped, the best one, and a table."""
        best, stopped = self.history.best, [told.trial for told in self.stopped]
        shown = [*stopped[:1], *([best.trial] if best else [])]
        looks = [self.look(trial) for trial in shown]
        drawn = [f"<p>{escape(each.words)}</p>{self._drawn(each)}" for each in looks]
        return "".join([*drawn, card(table(self.rows()))]) if drawn else ""

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, Any]:
        return layout.bundle_of(self, self._words(self.look(self.trial)))
