"""What of a race is on screen, and when it is renewed.

Numbers are renewed up to four times a second, figure and table as ``Frames`` allows: drawing takes
some two hundredths of the time of whoever runs the race, and never more than a twentieth.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from html import escape

from workbench.history import Lap
from workbench.panels.comparison.figure import RaceFigure
from workbench.panels.comparison.final_table import final_table, in_words
from workbench.panels.comparison.live_race import Course
from workbench.panels.comparison.race_progress import RaceProgress
from workbench.panels.comparison.race_so_far import Standing
from workbench.panels.comparison.widget_layout import RaceLayout
from workbench.panels.parts.run_buttons import Next
from workbench.panels.running.redraw_throttle import Frames, Pace
from workbench.panels.running.worker_thread import State
from workbench.records import Batch

SELDOM = 4.0  # seconds between two tables: with few seeds and ties an exact p takes a third of one


class RaceScreen:
    """Keeps a ``layout`` up to date with what ``standing()`` and ``course()`` give.

    ``then()`` says what a press of Run would do now.
    """

    def __init__(
        self,
        layout: RaceLayout,
        progress: RaceProgress,
        *,
        standing: Callable[[], Standing],
        course: Callable[[], Course],
        state: Callable[[], State],
        then: Callable[[], Next],
    ) -> None:
        self._layout, self._progress = layout, progress
        self._standing, self._course, self._state, self._then = standing, course, state, then
        self._figure, self._lock = RaceFigure(), threading.RLock()
        self._pace = Pace(0.25)
        self._seen: Standing | None = None
        self._told: Standing | None = None  # what the table on screen says
        self._figures = Frames({"figure": self._draw})
        self._tables = Frames({"table": self._write}, least=SELDOM)

    def take(self, event: Batch | Lap) -> None:
        """An event of the race that runs: renew what is due."""
        if isinstance(event, Lap):
            self._touch()
        if self._pace.ready():
            self.say()
        self._figures.beat()
        self._tables.beat()

    def _touch(self) -> None:
        self._figures.touch("figure")
        self._tables.touch("table")

    def redraw(self) -> None:
        """Draw figure and table now, the figure first."""
        self._touch()
        for frames in (self._figures, self._tables):
            frames.flush(free=self._state() != "running")

    def say(self) -> None:
        """Renew the line of numbers and what the buttons say."""
        with self._lock:
            state = self._state()
            self._layout.buttons.show(state, self._then())
            self._layout.status.value = self._progress.html(state, self._course())

    @property
    def seen(self) -> Standing:
        """The race as it is shown now; the same object while nothing changes, with its rows."""
        now = self._standing()
        if self._seen is None or now != self._seen:
            self._seen = now
        return self._seen

    def _draw(self) -> None:
        with self._lock:
            self._layout.figure.value = self._figure(self.seen)

    def _write(self) -> None:
        with self._lock:
            told = replace(self.seen, log=False)  # what a table says does not depend on it
            if told != self._told:
                self._layout.table.value, self._told = final_table(self.seen), told

    def line(self) -> list[str]:
        """The state and the numbers, as words."""
        return self._progress.line(self._state(), self._course())

    def numbers(self) -> str:
        """What came out, in one line; of a race without a lap the state."""
        return " · ".join(in_words(self.seen)) or " · ".join(self.line())

    def twin(self) -> str:
        """Figure, table and one line of numbers for a reader without a kernel."""
        with self._lock:
            seen = self.seen
            figure = self._figure(seen)
            parts = (figure, final_table(seen)) if seen.n else (figure,)
        shown = "".join(f'<div style="flex:0 1 auto;max-width:100%">{part}</div>' for part in parts)
        return (
            f'<div style="display:flex;flex-wrap:wrap;gap:10px">{shown}</div>'
            f"<p>{escape(self.numbers())}</p>"
        )
