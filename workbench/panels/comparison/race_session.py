"""The worker of a panel's race: which course it runs, and when it goes on or begins another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from workbench.history import Lap
from workbench.panels.comparison.live_race import Course, LiveRace
from workbench.panels.comparison.race_progress import RaceProgress
from workbench.panels.running.worker_thread import Runner, State
from workbench.records import Batch

LONGEST = 10.0  # seconds to wait for a trial to end
STEPS = {"trial": (Batch, Lap), "lap": (Lap,)}


class RaceSession:
    """Runs courses of ``live``, one after the other; ``progress`` follows.

    ``show(event)`` is called for each event, in the worker; ``changed()`` after each change of
    ``state``.
    """

    def __init__(
        self,
        live: LiveRace,
        progress: RaceProgress,
        *,
        show: Callable[[Batch | Lap], None],
        changed: Callable[[], None],
    ) -> None:
        self._live, self._progress = live, progress
        self._show, self._changed = show, changed
        self.runner: Runner | None = None
        self.course: Course | None = None  # what the runner runs

    @property
    def state(self) -> State:
        """What the race is doing."""
        return self.runner.state if self.runner else "idle"

    @property
    def error(self) -> BaseException | None:
        """What ended the race, if it failed."""
        return self.runner.error if self.runner else None

    def begin(self, course: Course, unit: str | None) -> None:
        """Go on with a course that is paused; else run what is left of it, or all of it anew.

        ``unit``: one step only. Raises BusyError while another panel's run is at work, ValueError
        where there is nothing to run.
        """
        before = self.runner
        if before is not None and self.course == course and before.state in ("running", "paused"):
            _go(before, unit)
            return
        self._end()
        back = self._live.begin(course)
        self.runner = self._made(course)
        try:
            _go(self.runner, unit)
        except Exception:
            self.runner = before
            back()
            raise
        self.course = course

    def reset(self) -> None:
        """Stop, and forget every lap."""
        self._end()
        self.runner = self.course = None
        self._live.clear()
        self._progress.begin(Course((), 0, 0), 0)

    def _end(self) -> None:
        if self.runner is not None:
            self.runner.stop()
            self.runner.join(LONGEST)

    def _made(self, course: Course) -> Runner:
        """A worker for what is left of a course, not started."""

        def show(event: Batch | Lap) -> None:
            if self.runner is runner:
                self._show(event)

        def changed() -> None:
            if self.runner is runner:
                if runner.state not in ("running", "stopping"):
                    self._progress.rest()
                self._changed()

        def events() -> Iterator[Batch | Lap]:
            self._progress.begin(course, len(self._live.kept(course)))
            return self._live.events(course)

        name = f"the race of {len(course.racers)} strategies"
        runner = Runner(events, show=show, changed=changed, name=name, units=STEPS)
        return runner


def _go(runner: Runner, unit: str | None) -> None:
    if unit is None:
        runner.run()
    else:
        runner.step(unit)
