"""Drawing that cannot slow training down: each frame waits for a multiple of what the last cost.

Whoever pulls events draws between two of them, so drawing takes time from training. Of each
picture only the newest state is ever drawn; what was overtaken is never drawn at all.

A frame's cost is the processor time of the thread that draws it, not the time on the wall: where
other programs keep the machine busy, a frame takes longer and so does a batch, and a wait in
proportion to the wall would leave pictures far behind the numbers beside them. Frames of up
to 75 ms follow one another in 1.5 s.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

PATIENCE = 55.0  # × the last frame's cost until the next, but no longer than MOST for usual frames
LEAST_PATIENCE = 20.0  # × at least, however dear a frame: drawing takes at most 1/21 of the time
MOST = 1.5  # seconds between two frames that cost up to 75 ms
LEAST = 0.5  # seconds between two frames, however cheap: a page is sent few messages
CHEAP = 0.01  # seconds: pictures that cost less share a frame


class Frames:
    """Pictures by name, drawn when something changed and when it is time again.

    ``draws`` says how each is drawn. ``patience`` and ``least`` as the constants above.
    ``clock`` says when it is time again, ``meter`` what a frame has cost, both in seconds.
    """

    def __init__(
        self,
        draws: Mapping[str, Callable[[], None]],
        *,
        patience: float = PATIENCE,
        least: float = LEAST,
        clock: Callable[[], float] = time.perf_counter,
        meter: Callable[[], float] = time.thread_time,
    ) -> None:
        self._draws, self._patience, self._least = dict(draws), patience, least
        self._clock, self._meter = clock, meter
        self._stale: dict[str, None] = {}  # a set that keeps its order: the longest stale first
        self._next = self._soonest = float("-inf")
        self._lock = threading.RLock()

    def touch(self, *names: str) -> None:
        """These pictures show an old state; unknown names (views left out) are passed over."""
        with self._lock:
            self._stale.update(dict.fromkeys(name for name in names if name in self._draws))

    def beat(self, *, free: bool = False) -> bool:
        """If it is time, draw what is stale for longest, several if cheap; whether it was time.

        ``free``: nobody is training at this moment, so only ``least`` seconds must have passed.
        """
        with self._lock:
            if not self._stale or self._clock() < (self._soonest if free else self._next):
                return False
            start = self._meter()
            while self._stale and self._meter() - start < CHEAP:
                self._draw(next(iter(self._stale)))
            self._wait(self._meter() - start)
            return True

    def flush(self, *names: str, free: bool = False) -> None:
        """Draw now whatever is stale (of ``names``, or at all), however long it takes.

        ``free``: nobody is training, so the next frame need not wait for it.
        """
        with self._lock:
            start = self._meter()
            for name in [name for name in self._stale if not names or name in names]:
                self._draw(name)
            self._wait(0.0 if free else self._meter() - start)

    def _draw(self, name: str) -> None:
        del self._stale[name]
        self._draws[name]()

    def _wait(self, cost: float) -> None:
        wanted = max(min(self._patience * cost, MOST), LEAST_PATIENCE * cost)
        self._soonest = self._clock() + self._least
        self._next = self._clock() + max(wanted, self._least)


class Pace:
    """Says yes at most once in ``seconds``: for a line of numbers."""

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self._seconds, self._clock, self._last = seconds, clock, float("-inf")

    def ready(self) -> bool:
        """Whether it is time again; if so, the next time is ``seconds`` from now."""
        now = self._clock()
        if now - self._last < self._seconds:
            return False
        self._last = now
        return True
