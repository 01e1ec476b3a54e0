"""The line of numbers of a race: "seed 7 of 20 · evolution · 41/60 · 3.1 s, about 5 s left"."""

from __future__ import annotations

import time
from collections.abc import Callable
from html import escape

from workbench.history import Lap
from workbench.panels.comparison.live_race import Course
from workbench.panels.parts.status_line import DOTS, NUMBER
from workbench.panels.running.worker_thread import State
from workbench.records import Batch
from workbench.views.numbers_in_words import duration


class RaceProgress:
    """Takes the events of a race; ``line`` says where it stands. ``clock`` is in seconds."""

    def __init__(self, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self.begin(Course((), 0, 0), 0)

    def begin(self, course: Course, done: int) -> None:
        """A course begins, of which so many laps are there."""
        self.course, self.done, self.failed = course, done, 0
        self._order, self._batch = course.laps, Batch(None, 0, 0, 0)
        self._spent: dict[str, tuple[float, int]] = {}  # racer -> seconds, laps, of this run
        self._last: float | None = None
        self._lap = self._total = 0.0

    def rest(self) -> None:
        """Nothing runs: time that passes does not count."""
        self._last = None

    def take(self, event: Batch | Lap) -> None:
        """Note what an event says."""
        now = self._clock()
        if self._last is not None:
            self._lap += now - self._last
        self._last = now
        if isinstance(event, Batch):
            self._batch = event
            return
        seconds, laps = self._spent.get(event.racer, (0.0, 0))
        self._spent[event.racer] = seconds + self._lap, laps + 1
        self._total, self._lap = self._total + self._lap, 0.0
        self.done, self.failed = self.done + 1, self.failed + event.failed

    @property
    def left(self) -> float | None:
        """Seconds until the course is run, by what laps took so far; None: nothing to go by."""
        if not self._spent:
            return None
        seconds = sum(spent for spent, _ in self._spent.values())
        laps = sum(count for _, count in self._spent.values())
        mean = {racer: spent / count for racer, (spent, count) in self._spent.items()}
        ahead = self._order[max(self._batch.epoch - 1, 0) :] if self._batch.epoch else ()
        of_all = sum(mean.get(racer, seconds / laps) for racer, _ in ahead)
        return max(0.0, of_all - self._lap)

    def line(self, state: State, course: Course) -> list[str]:
        """The state in one word, then the numbers; ``course`` is what a press of Run would run."""
        word = "stopping …" if state == "stopping" else state
        parts = [f"{DOTS[state]} {word}"]
        if not self.course.laps:
            return [*parts, f"{_searches(len(course.laps))} of {course.trials} trials to do"]
        if state in ("finished", "idle"):
            parts.append(_searches(self.done))
        elif 0 < self._batch.epoch <= len(self._order):
            racer, seed = self._order[self._batch.epoch - 1]
            parts += [f"seed {seed + 1} of {self.course.seeds}", racer]
            parts.append(f"{self._batch.batch}/{self._batch.batches}")
        if state in ("stopped", "paused", "failed"):
            parts.append(f"{self.done} of {_searches(len(self._order))} done")
        parts += [f"{self.failed} trials failed"] if self.failed else []
        spent, left = duration(self._total + self._lap), self.left
        about = f", about {duration(left)} left" if state == "running" and left else ""
        return [*parts, spent + about]

    def html(self, state: State, course: Course, *more: str) -> str:
        """The line and ``more`` parts as markup; the first part, the state, is strong."""
        word, *numbers = (
            NUMBER.format(escape(each)) for each in (*self.line(state, course), *more)
        )
        return f'<span class="wb-state"><b>{word}</b></span> · {" · ".join(numbers)}'


def _searches(count: int) -> str:
    return f"{count} search{'es' * (count != 1)}"
