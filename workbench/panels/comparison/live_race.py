"""A panel's own race: what is to be run, which laps are there, and how it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.history import Lap
from workbench.race import Entrants, Truth, entered, race, read_race, recorded_race
from workbench.race.recorded import is_begun
from workbench.records import Batch
from workbench.scales import ScoreScale
from workbench.settings import describe
from workbench.views.palette import line
from workbench.views.race_curves import apart

COMMAND = "ComparisonPanel(…), in a notebook"


@dataclass(frozen=True)
class Course:
    """Which ``racers`` run with how many ``seeds`` (0, 1, 2 …), and what each lap may cost.

    A lap ends after ``trials``, or when so many simulated ``seconds`` are spent (None: no limit).
    """

    racers: tuple[str, ...]
    seeds: int
    trials: int
    seconds: int | float | None = None

    @property
    def budget(self) -> tuple[int, int | float | None]:
        """What one lap may cost: laps of one budget can be compared."""
        return self.trials, self.seconds

    @property
    def laps(self) -> tuple[tuple[str, int], ...]:
        """Every lap by racer and seed, in the order in which they run."""
        return tuple((racer, seed) for seed in range(self.seeds) for racer in self.racers)


class LiveRace:
    """Laps of ``strategies``, kept by budget. ``record`` is a file to which they are written too.

    A record that is there already is read; the race goes on with it. ``looks`` are the racers'
    lines, ``described`` their settings, ``baseline`` the name of random search; ``truth`` and
    ``scale`` are what the estimator says of its scores.

    Raises ValueError for a record that is no race, and as ``entered`` does.
    """

    def __init__(self, strategies: Entrants, estimator: Any, record: Path | None) -> None:
        self.racers, self.record = entered(strategies, estimator), record
        made = {name: racer(0)[0] for name, racer in self.racers.items()}
        self.described = {name: describe(each) for name, each in made.items()}
        self.looks = apart({name: line(type(each).__name__) for name, each in made.items()})
        self.baseline = next(iter(made))
        self.truth = Truth.of(estimator)
        self.scale: ScoreScale | None = getattr(type(estimator), "scale", None)
        self._estimator = estimator
        self._kept: dict[tuple[int, int | float | None], dict[tuple[str, int], Lap]] = {}
        self._budget: tuple[int, int | float | None] | None = None  # of what is shown
        if record is not None and is_begun(record):
            self._take_in(record)

    def _take_in(self, record: Path) -> None:
        found = read_race(record)
        notes = found.header.get("notes", {})
        if "trials" not in notes:
            raise ValueError(f"{record}: not written by a panel: open it as recorded=[…] instead")
        self._budget = int(notes["trials"]), notes.get("seconds")
        self._kept[self._budget] = {(lap.racer, lap.seed): lap for lap in found.laps}

    @property
    def laps(self) -> tuple[Lap, ...]:
        """Those of the budget that was run last, in the order in which they were."""
        return tuple(self._kept.get(self._budget, {}).values()) if self._budget else ()

    def kept(self, course: Course) -> tuple[Lap, ...]:
        """The laps of a course that are there."""
        there = self._kept.get(course.budget, {})
        return tuple(there[each] for each in course.laps if each in there)

    def begin(self, course: Course) -> Callable[[], None]:
        """From now on the laps of this course's budget are shown; a whole course starts anew.

        Returns a function that takes this back. Raises ValueError where the record holds the whole
        course.
        """
        before = self._kept.copy(), self._budget
        if len(self.kept(course)) == len(course.laps):
            if self.record is not None:
                raise ValueError(
                    f"{self.record} holds all of these laps: ask for more seeds, and the race goes "
                    "on, or give the panel another file"
                )
            self._kept.pop(course.budget, None)
        self._budget = course.budget
        self._kept.setdefault(course.budget, {})

        def back() -> None:
            self._kept, self._budget = before

        return back

    def events(self, course: Course) -> Iterator[Batch | Lap]:
        """What is left of a course; nothing is written before the first is pulled."""
        truth = self.truth
        events = race(
            {name: self.racers[name] for name in course.racers},
            seeds=range(course.seeds),
            trials=course.trials,
            seconds=course.seconds,
            longest=True,
            value=self._estimator.mean if truth else None,
            test=self._estimator.test if truth and truth.test is not None else None,
            done=frozenset((lap.racer, lap.seed) for lap in self.kept(course)),
        )
        if self.record is None:
            return events
        notes = {"trials": course.trials, "seconds": course.seconds}
        return recorded_race(
            events,
            self.record,
            racers=self.racers,
            seeds=range(course.seeds),
            command=COMMAND,
            notes={**notes, **(truth.notes if truth else {})},
            resume=True,
        )

    def take(self, lap: Lap) -> None:
        """A lap has ended."""
        if self._budget is not None:
            self._kept[self._budget][lap.racer, lap.seed] = lap

    def clear(self) -> None:
        """Forget every lap; a record stays on disk."""
        self._kept, self._budget = {}, None
