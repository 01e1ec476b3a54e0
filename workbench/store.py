"""The run log: append-only JSON lines, written while searching, loaded back, resumed by replay.

The first line is a header (format, space, settings, seed), each further one an event. A line
``{"event": "again", "trial": 7}`` says that trial 7 was started over: what it had logged since it
was asked is stale. To resume, a fresh strategy is asked and told again what the log holds.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from workbench.history import History
from workbench.log import (
    Log,
    compare_settings,
    is_blank,
    made_here,
    make_header,
    read_header,
    read_log,
)
from workbench.protocols import Estimator, SearchSpace, Strategy
from workbench.records import Asked, Batch, Candidate, Event, Told
from workbench.search import carry_on, search_parallel
from workbench.serialisation import event_to_json, write_line
from workbench.settings import difference

try:
    import fcntl
except ImportError:  # Windows: two writers of one log are not kept apart there
    fcntl = None  # type: ignore[assignment]

A = TypeVar("A")


def recorded(
    events: Iterable[Event[A]],
    path: str | Path,
    *,
    strategy: Strategy[A],
    estimator: Estimator[A],
    seed: int = 0,
    notes: Mapping[str, Any] | None = None,
) -> Iterator[Event[A]]:
    """Pass ``events`` on, each but ``Batch`` written to a new log before; synced at each ``Told``.

    ``notes`` are kept in the header and never compared.

    Raises FileExistsError where ``path`` holds a log already, ValueError where another process
    writes it.
    """
    made = make_header(strategy, estimator, seed, notes)
    with _opened(path) as file:
        if not is_blank(path, file.read()):
            raise FileExistsError(
                f"{path} holds a log already: resume(…) continues it, or choose another path"
            )
        _begin(file, made)
        yield from _written(events, file, strategy.space)


def header(path: str | Path) -> dict[str, Any]:
    """The log's first line: format, workbench, space, settings, seed, made_on, notes.

    Raises ValueError where it is not a log, or of a newer format.
    """
    with open(path, "rb") as file:
        return read_header(path, file.readline())


def load(path: str | Path, space: SearchSpace[A]) -> History[A]:
    """The run that a log holds. A torn last line is dropped with a warning.

    Raises ValueError for a log of another space or a newer format, or a corrupt line in the
    middle, naming it.
    """
    return History(tuple(read_log(path, Path(path).read_bytes(), space).events))


def resume(
    path: str | Path,
    strategy: Strategy[A],
    estimator: Estimator[A],
    *,
    trials: int,
    seed: int = 0,
    follow_log: bool = False,
    notes: Mapping[str, Any] | None = None,
    executor: Executor | None = None,
    workers: int = 1,
) -> Iterator[Event[A]]:
    """Yield the events that the log holds, then go on up to ``trials`` trials, writing them too.

    ``strategy`` must be fresh, with the log's settings: it is asked and told again. A trial asked
    but not told runs again from its seed. ``follow_log`` trusts the log where the strategy asks
    something else. With ``executor`` the rest runs in parallel. Starts a new log where there is
    none.

    Raises ValueError, and leaves the file as it is, for a corrupt log, a newer format, another
    space, other settings, or a log that another process writes.
    """
    made = make_header(strategy, estimator, seed, notes)
    with _opened(path) as file:
        data = file.read()
        if is_blank(path, data):
            log: Log[A] = Log(made, end=_begin(file, made))
        else:
            log = read_log(path, data, strategy.space)
            compare_settings(path, log.header, made)
            _replay(path, log, strategy, follow_log=follow_log)
        pending = tuple(begun for begun in log.pending() if begun.trial < trials)
        left = bool(pending) or log.asked < trials
        stale = {begun.trial for begun in pending} | ({None} if left else set())
        yield from log.without(stale)
        if left:
            file.truncate(log.end)  # cuts a torn last line off
            file.write(b"" if log.complete else b"\n")
            go_on: Callable[..., Iterator[Event[A]]] = (
                partial(search_parallel, executor=executor, workers=workers)
                if executor
                else carry_on
            )
            rest = go_on(
                *(strategy, estimator), pending=pending, asked=log.asked, trials=trials, seed=seed
            )
            yield from _written(rest, file, strategy.space, again=stale & log.begun())


@contextmanager
def _opened(path: str | Path) -> Iterator[BinaryIO]:
    """The log open for reading and appending, this process its only writer."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+b") as file:
        try:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(
                f"{path}: this log is being written by another run: stop that one first"
            ) from None
        except OSError:  # a file system without locks: better unguarded than unusable
            pass
        file.seek(0)
        yield file


def _begin(file: BinaryIO, made: dict[str, Any]) -> int:
    """Write the header of a new log; its length in bytes."""
    line = write_line(made)
    file.truncate(0)
    file.write(line)
    file.flush()
    os.fsync(file.fileno())
    return len(line)


def _written(
    events: Iterable[Event[A]],
    file: BinaryIO,
    space: SearchSpace[A],
    *,
    again: Set[int | None] = frozenset(),
) -> Iterator[Event[A]]:
    """Pass events on, each written before; ``again``: trials whose earlier lines are stale."""
    stale = set(again)
    try:
        for event in events:
            if not isinstance(event, Batch):
                if event.trial in stale:
                    stale.remove(event.trial)
                    file.write(write_line({"event": "again", "trial": event.trial}))
                file.write(write_line(event_to_json(event, space)))
                file.flush()
                if isinstance(event, Told):
                    os.fsync(file.fileno())
            yield event
    finally:  # Stop must reach the training that feeds this
        close = getattr(events, "close", None)
        if close:
            close()


def _replay(path: str | Path, log: Log[A], strategy: Strategy[A], *, follow_log: bool) -> None:
    """Ask and tell a fresh strategy what the log holds, in its order."""
    for event in log.events:
        if isinstance(event, Told):
            strategy.tell(event)
        elif isinstance(event, Asked):
            candidate = strategy.ask()
            if not follow_log and _question(candidate) != _question(event.candidate):
                asks = strategy.space.spell(candidate.arch) if candidate else "nothing"
                cause = difference(made_here(), log.header.get("made_on", {})) or (
                    "the strategy is not fresh, or does not depend on its settings alone"
                )
                raise ValueError(
                    f"{path}: trial {event.trial}: the log asks about "
                    f"{strategy.space.spell(event.candidate.arch)}, this strategy about {asks}. "
                    f"Cause: {cause}. resume(…, follow_log=True) trusts the log"
                )


def _question(candidate: Candidate[A] | None) -> object:
    """A candidate without its reason, which is for people."""
    return candidate and (
        candidate.arch,
        candidate.epochs,
        candidate.continues,
        candidate.parents,
    )
