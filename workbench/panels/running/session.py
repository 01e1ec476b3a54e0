"""The runs of a panel: which one goes on, which one starts anew, and where each is logged.

No widgets here. Everything that happens to a run's view happens in its worker thread: the view is
cleared there before the first event, so a late event of an earlier run never lands in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench import checks
from workbench.history import History
from workbench.panels.running.run_plan import Made, Plan, new_log
from workbench.panels.running.worker_thread import AT_WORK, BusyError, Runner, State
from workbench.protocols import Rebuilds, Rows
from workbench.records import Asked, Batch, Event, Opened
from workbench.store import note
from workbench.strategies.by_hand import ByHand
from workbench.verdict import open_test_images

LONGEST = 10.0  # seconds to wait for a batch to end


@dataclass
class Run:
    """One run: its plan, its log, its worker; ``made`` is what now gives the events.

    ``behind`` trials were told before it began: they come from a fork's log.
    """

    plan: Plan
    path: Path
    runner: Runner
    made: Made | None = None
    behind: int = 0


class Session:
    """Runs one after the other, at most one of them at work.

    ``show(event)`` is called for each event and ``cleared()`` before a run's first one, both in
    the worker; ``changed()`` after each change of ``state``. ``log`` is a folder or a file.
    """

    def __init__(
        self,
        *,
        show: Callable[[Event[Any]], None],
        cleared: Callable[[], None],
        changed: Callable[[], None],
        log: str | Path | None = None,
    ) -> None:
        self.log = checks.path_or_none("SearchPanel: log", log)
        self.runs, self.now = list[History[Any]](), None
        self._show, self._cleared, self._announce = show, cleared, changed
        self._events: list[Event[Any]] = []
        self._listeners: list[Callable[[Event[Any] | None], None]] = []

    def listen(self, heard: Callable[[Event[Any] | None], None]) -> Callable[[], None]:
        """Call ``heard`` with each event that was shown, and with None where all may be new.

        It is called in the thread that pulls, or that changed something. Returns what ends this.
        """
        self._listeners.append(heard)
        return lambda: self._listeners.remove(heard)

    def _changed(self) -> None:
        self._announce()
        self._say(None)

    def _say(self, event: Event[Any] | None) -> None:
        for heard in list(self._listeners):
            heard(event)

    now: Run | None
    runs: list[History[Any]]

    @property
    def history(self) -> History[Any]:
        """What the present run has yielded so far."""
        return History(tuple(self._events))

    @property
    def state(self) -> State:
        """The present run's state."""
        return self.now.runner.state if self.now else "idle"

    @property
    def error(self) -> BaseException | None:
        """What ended the present run, if it failed."""
        return self.now.runner.error if self.now else None

    @property
    def by_hand(self) -> ByHand[Any] | None:
        """The strategy of the run at work, where the learner is what it asks."""
        made = self.now.made if self.now and self.state in AT_WORK else None
        return made.by_hand if made else None

    @property
    def turn(self) -> int | None:
        """The trial for which the learner has to answer; None: nobody is waited for."""
        person = self.by_hand
        if person is None or not person.waiting:
            return None
        return sum(isinstance(event, Asked) for event in self._events)

    def take(self, event: Event[Any]) -> None:
        """An event of the present run, from its worker or made by hand."""
        if not isinstance(event, Batch):
            self._events.append(event)
        self._show(event)
        self._say(event)

    def begin(self, plan: Plan, unit: str | None = None) -> None:
        """Go on with the present run if ``plan`` is still its plan, else start a new one.

        A run that was stopped, restored, or failed, goes on from its log; one that has finished
        starts again. ``unit``: one step only. Raises BusyError while another session's run is at
        work, and what an impossible setting raises; both change nothing.
        """
        now = self.now
        same = now is not None and now.plan.recipe == plan.recipe
        if now is not None and same and self.state in ("running", "paused"):
            _go(now.runner, unit)
            return
        unended = self.state in ("idle", "stopping", "stopped", "failed")
        path = now.path if now is not None and same and unended else None
        # raises here, where somebody sees it at once, what the worker would raise
        plan.made(path or Path("nowhere.jsonl"))
        self._start(self._run(plan, path), unit)

    def fork(self, plan: Plan, after: int) -> None:
        """A new run: the present one until trial ``after`` was told, then as ``plan`` says.

        The present one stops and stays to compare with. Raises as ``begin`` does, and ValueError
        where there is no run, or it cannot be forked there.
        """
        if self.now is None:
            raise ValueError("fork: there is no run yet; press Run first")
        self.stop()
        self.now.runner.join(LONGEST)  # its log is whole then
        path = new_log(self.log, plan.title)
        plan.fork(self.now.path, path, after=after)
        told = [event.trial for event in self.history.told]
        run = self._run(plan, path, fresh=True)
        run.behind = told.index(after) + 1
        self._start(run, None)

    def _start(self, run: Run, unit: str | None) -> None:
        """Stop the present run and start another; where that is refused nothing has changed."""
        before = self.now
        self.stop()
        self.now = run
        try:
            _go(run.runner, unit)
        except BusyError:
            self.now = before
            raise

    def restore(self, plan: Plan, path: Path, history: History[Any]) -> None:
        """Show a run that was logged earlier; ``begin`` with its plan goes on from its log."""
        self.now = self._run(plan, path)
        self._events = []
        self._cleared()
        for event in history.events:
            self.take(event)
        self._changed()

    def _run(self, plan: Plan, path: Path | None, *, fresh: bool = False) -> Run:
        """A run that has not started; without ``path`` it gets a new log.

        ``fresh``: a run of its own, though there is a log; the one before is kept.
        """

        def events() -> Iterator[Event[Any]]:
            self._renew(keep=fresh or path is None)
            run.made = plan.made(run.path)
            return run.made.events()

        def show(event: Event[Any]) -> None:
            if self.now is run:
                self.take(event)

        def changed() -> None:
            if self.now is run:
                self._changed()

        name = f"the {plan.title} on {plan.data.name}"
        runner = Runner(events, show=show, changed=changed, name=name)
        run = Run(plan, path or new_log(self.log, plan.title), runner)
        return run

    def _renew(self, *, keep: bool) -> None:
        if keep and self.history.told:
            self.runs.append(self.history)
        self._events = []
        self._cleared()
        self._say(None)

    def open_test_images(self) -> Opened:
        """The best network's one look at the test images, noted in the run's log.

        Raises ValueError before a trial has succeeded, while the run is at work, and where no
        network can be had back; RunError or OSError where none was kept.
        """
        now, best = self.now, self.history.best
        if now is None or best is None or self.state in AT_WORK:
            raise ValueError("the test images: let a run end first; its best network is tested")
        estimator = plan_estimator(now)
        if not isinstance(estimator, Rebuilds):
            raise ValueError(
                f"the test images: {type(estimator).__name__} gives no network back: train the "
                "winner with FullTraining, or give the estimator a method network(told)"
            )
        found = open_test_images(estimator, now.plan.data, best)
        note(now.path, found, now.plan.space)
        self.take(found)
        return found

    def pause(self) -> None:
        """Pause before the next event."""
        if self.now:
            self.now.runner.pause()

    def stop(self) -> None:
        """End the present run before its next event."""
        if self.now:
            self.now.runner.stop()

    def reset(self) -> None:
        """Stop, and forget all runs."""
        self.stop()
        self.now, self.runs, self._events = None, [], []
        self._say(None)

    def inside(self) -> Mapping[str, Rows]:
        """What the run's parts show; to be asked for in the worker only."""
        return dict(self.now.made.inside()) if self.now and self.now.made else {}


def plan_estimator(run: Run) -> Any:
    """The estimator of a run, a fresh one where it was read from a log."""
    return (run.made or run.plan.made(run.path)).estimator


def _go(runner: Runner, unit: str | None) -> None:
    if unit is None:
        runner.run()
    else:
        runner.step(unit)
