"""A search that answers at once is held back, so that its trials can be watched.

From a table of recorded results 300 trials are over before one frame is drawn. So after each told
trial whoever pulls waits until its share of a second is over; a trial that trains takes longer
anyway and never waits. Results do not depend on it. Nobody is kept waiting where nobody looks:
a panel holds back only if a living page made it or pressed one of its buttons (``Audience``).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from workbench.panels.running.open_panels import current_cell
from workbench.panels.running.run_result import rendering

USUAL = 30  # trials a second: 300 take ten seconds
SLICE = 0.05  # seconds between two looks at whether to go on waiting


class Tempo:
    """At most ``rate`` trials a second (0: as fast as they come); it may be set at any time."""

    def __init__(
        self,
        rate: int = USUAL,
        *,
        clock: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.rate, self._clock, self._sleep = rate, clock, sleep
        self._next = float("-inf")

    def hold(self, wanted: Callable[[], bool], idle: Callable[[], object]) -> None:
        """Wait out what is left of this trial's share while ``wanted()``; call ``idle`` meanwhile.

        What ``idle`` does (drawing) counts as waiting.
        """
        if self.rate <= 0:
            return
        while (left := self._next - self._clock()) > 0 and self.rate > 0 and wanted():
            idle()
            self._sleep(max(0.0, min(left, SLICE, self._next - self._clock())))
        self._next = max(self._next, self._clock() - SLICE) + 1 / max(self.rate, 1)


class Audience:
    """Whether somebody may be watching: a front end made the panel's cell, or pressed a button.

    JupyterLab names the cell in its requests; nbclient, a script and a test do not. Never while
    committed outputs are written.
    """

    def __init__(self) -> None:
        self.came = current_cell() is not None

    def watching(self) -> bool:
        """Whether to draw for the eye rather than to be done."""
        return self.came and not rendering()
