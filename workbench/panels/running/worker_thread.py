"""One worker thread that pulls an event stream: run, pause, step, stop, wait.

A search is a generator, so a thread only drains it. The iterator is made, pulled and closed in
that one thread (closing it from another raises "generator already executing"). Everybody else
sets flags, which the worker looks at between two events: a ``Batch`` comes every batch, so Stop
works within one.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

from workbench import checks
from workbench.records import Batch, Epoch, Told

State: TypeAlias = Literal["idle", "running", "paused", "stopping", "stopped", "finished", "failed"]
Unit: TypeAlias = tuple[type, ...]

AT_WORK = frozenset({"running", "paused", "stopping"})

# a step ends with the first event of one of these kinds: no unit runs on past a larger one
UNITS: Mapping[str, Unit] = {
    "batch": (Batch, Epoch, Told),
    "epoch": (Epoch, Told),
    "trial": (Told,),
}

_END = object()


class BusyError(RuntimeError):
    """Another run is at work in this kernel; ``other`` is its runner, ``other.stop()`` the cure."""

    def __init__(self, other: Runner) -> None:
        self.other = other
        super().__init__(
            f"{other.name} is {other.state} in this kernel, and only one run at a time can be "
            "reproduced from its seed: stop it first, or wait until it has finished"
        )


class _Desk:
    """Where the runner at work sits: one to a kernel."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.taken: Runner | None = None

    def leave(self) -> None:
        if self.taken is not None:  # a thread that computes while Python shuts down may crash it
            self.taken.stop()
            self.taken.join(2.0)


_DESK = _Desk()
atexit.register(_DESK.leave)


class Runner:
    """Pulls what ``events()`` returns and hands each event to ``show``, in one daemon thread.

    ``changed()`` is called after each change of ``state``, in the thread that changed it; the
    states of rest ("paused", "stopped", "finished", "failed") are reached in the worker, so that
    is where a last picture can be drawn. ``name`` is what other panels call this run. ``units``
    says which kinds of event end a step. An exception, of the stream or of ``show``, ends the run
    as "failed" and is kept in ``error``. ``alone``: no other run may be at work meanwhile; a run
    that draws from no generator of others and trains nothing can do without.
    """

    def __init__(
        self,
        events: Callable[[], Iterable[Any]],
        *,
        show: Callable[[Any], None],
        changed: Callable[[], None] | None = None,
        name: str = "a run",
        units: Mapping[str, Unit] = UNITS,
        alone: bool = True,
    ) -> None:
        checks.function("Runner: events", events, "lambda: search(…)")
        checks.function("Runner: show", show, "panel.show")
        self.name, self.units = checks.text("Runner: name", name), units
        self.alone = checks.yes_or_no("Runner: alone", alone)
        self.error: BaseException | None = None
        self._events, self._show, self._changed = events, show, changed
        self._state: State = "idle"
        self._gate = threading.Condition()
        self._pause = self._stop = False
        self._until: Unit = ()
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> State:
        """What the run is doing now."""
        return self._state

    @property
    def thread(self) -> threading.Thread | None:
        """The worker, of the run that was started last."""
        return self._thread

    # ------------------------------------------------------------ flags, set from any thread

    def run(self) -> None:
        """Start (again), or go on after a pause. Raises BusyError while another run is at work."""
        self._go(())

    def step(self, unit: str = "epoch") -> None:
        """Run to the end of one ``unit``, then pause. Raises ValueError for an unknown unit."""
        if unit not in self.units:
            raise ValueError(f"step: unit must be one of {sorted(self.units)}, got {unit!r}")
        self._go(self.units[unit])

    def pause(self) -> None:
        """Pause before the next event; nothing happens where nothing runs."""
        with self._gate:
            self._pause = self._pause or self._state == "running"

    def stop(self) -> None:
        """End the run before its next event; nothing happens where nothing is at work."""
        with self._gate:
            if self._state not in ("running", "paused"):
                return
            self._state, self._stop = "stopping", True
            self._gate.notify_all()
        self._tell()

    def wait(self, *, beat: Callable[[], None] | None = None, every: float = 0.2) -> State:
        """Block until the run has ended, or rests in a pause; ``beat`` is called meanwhile.

        An interrupt (KeyboardInterrupt) is a Stop: a worker thread does not feel it by itself.
        ``every`` is in seconds.
        """
        try:
            while self._state in ("running", "stopping") and not self.join(every):
                if beat is not None:
                    beat()
        except KeyboardInterrupt:
            self.stop()
        if self._state != "paused":
            self.join()
        return self._state

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the worker to be gone, at most ``timeout`` seconds; whether it is."""
        if self._thread is None or self._thread is threading.current_thread():
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _go(self, until: Unit) -> None:
        with self._gate:
            if self._state == "stopping":
                return
            fresh = self._state not in AT_WORK
            if not fresh:
                self._until, self._pause, self._state = until, False, "running"
                self._gate.notify_all()
        if fresh:
            self._start(until)
        self._tell()

    def _start(self, until: Unit) -> None:
        with _DESK.lock:
            if self._state in AT_WORK:  # another thread was quicker
                return
            other = _DESK.taken if self.alone else None
            if other is not None and other is not self and other.state in ("running", "paused"):
                raise BusyError(other)
            self._until, self._pause, self._stop = until, False, False
            self._state, self.error = "running", None
            before = other.thread if other else None
            self._thread = threading.Thread(
                target=self._work, args=(before,), name=f"workbench: {self.name}", daemon=True
            )
            if self.alone:
                _DESK.taken = self
            self._thread.start()

    # ------------------------------------------------------------ in the worker

    def _work(self, before: threading.Thread | None) -> None:
        if before is not None:
            before.join()  # it is stopping, or drawing its last picture
        try:
            end = self._drain()
        except BaseException as error:  # nobody above this thread would ever see it
            self.error, end = error, "failed"
        with self._gate:
            self._state = end
        self._tell()
        with _DESK.lock:  # nobody waits for this thread any more, and nobody keeps its panel
            if _DESK.taken is self:
                _DESK.taken = None

    def _drain(self) -> State:
        events = self._events()
        try:
            return self._pull(iter(events))
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()

    def _pull(self, events: Iterator[Any]) -> State:
        while self._cleared():
            event = next(events, _END)
            if event is _END:
                return "finished"
            self._show(event)
            with self._gate:
                if self._until and isinstance(event, self._until):
                    self._pause = True
        return "stopped"

    def _cleared(self) -> bool:
        """Whether to pull the next event; blocks while paused."""
        while True:
            with self._gate:
                if self._stop or not self._pause:
                    return not self._stop
                if self._state == "paused":
                    self._gate.wait()
                    continue
                self._state = "paused"
            self._tell()

    def _tell(self) -> None:
        if self._changed is None:
            return
        try:
            self._changed()
        except Exception as error:
            self.error = self.error or error
            if threading.current_thread() is not self._thread:
                raise
