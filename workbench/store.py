"""The run log: append-only JSON lines, written while searching, loaded back, resumed by replay.

The first line is a header (format, space, settings, seed), each further one an event. A line
``{"event": "again", "trial": 7}`` says that trial 7 was started over: what it had logged since it
was asked is stale. To resume, a fresh strategy is asked and told again what the log holds.
"""

from __future__ import annotations

import os
import platform
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Set
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeVar

import workbench
from workbench.history import History
from workbench.lines import event_from_json, event_to_json, read_line, write_line
from workbench.protocols import Estimator, SearchSpace, Strategy
from workbench.records import Asked, Batch, Candidate, Event, Told
from workbench.search import carry_on, search_parallel
from workbench.settings import describe, difference

try:
    import fcntl
except ImportError:  # Windows: two writers of one log are not kept apart there
    fcntl = None  # type: ignore[assignment]

A = TypeVar("A")

FORMAT = 1
OPENING = b'{"format": '


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
    with _opened(path) as file:
        if not _is_blank(path, file.read()):
            raise FileExistsError(
                f"{path} holds a log already: resume(…) continues it, or choose another path"
            )
        file.truncate(0)
        file.write(write_line(_header(strategy, estimator, seed, notes)))
        os.fsync(file.fileno())
        yield from _written(events, file, strategy.space)


def header(path: str | Path) -> dict[str, Any]:
    """The log's first line: format, workbench, space, settings, seed, made_on, notes.

    Raises ValueError where it is not a log, or of a newer format.
    """
    with open(path, "rb") as file:
        return _read_header(path, file.readline())


def load(path: str | Path, space: SearchSpace[A]) -> History[A]:
    """The run that a log holds. A torn last line is dropped with a warning.

    Raises ValueError for a log of another space or a newer format, or a corrupt line in the
    middle, naming it.
    """
    return History(tuple(_read(path, Path(path).read_bytes(), space).events))


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
    with _opened(path) as file:
        data = file.read()
        if _is_blank(path, data):
            file.truncate(0)
            file.write(write_line(_header(strategy, estimator, seed, notes)))
            os.fsync(file.fileno())
            log: _Log[A] = _Log(end=file.tell())
        else:
            log = _read(path, data, strategy.space)
            _compare(path, log.header, _header(strategy, estimator, seed, notes))
            _replay(path, log, strategy, follow_log=follow_log)
        pending = tuple(begun for begun in log.pending() if begun.trial < trials)
        left = bool(pending) or log.asked < trials
        stale = {begun.trial for begun in pending} | ({None} if left else set())
        yield from (e for e in log.events if isinstance(e, Asked) or e.trial not in stale)
        if left:
            file.truncate(log.end)  # cuts a torn last line off
            file.write(b"" if log.complete else b"\n")
            rest = (
                search_parallel(
                    strategy,
                    estimator,
                    trials=trials,
                    executor=executor,
                    workers=workers,
                    seed=seed,
                    pending=pending,
                    asked=log.asked,
                )
                if executor
                else carry_on(
                    strategy, estimator, pending=pending, asked=log.asked, trials=trials, seed=seed
                )
            )
            yield from _written(rest, file, strategy.space, again=stale & log.begun())


@dataclass
class _Log(Generic[A]):
    """A log as read: its events without the stale ones, and where its last whole line ends."""

    header: dict[str, Any] = field(default_factory=dict)
    events: list[Event[A]] = field(default_factory=list)
    end: int = 0  # bytes
    complete: bool = True  # whether the last line ends in a newline

    @property
    def asked(self) -> int:
        return sum(isinstance(event, Asked) for event in self.events)

    def pending(self) -> list[Asked[A]]:
        """The trials that were asked about and not told."""
        told = {event.trial for event in self.events if isinstance(event, Told)}
        return [e for e in self.events if isinstance(e, Asked) and e.trial not in told]

    def begun(self) -> set[int | None]:
        """The trials with events of their own, beyond being asked about (None: the run)."""
        return {event.trial for event in self.events if not isinstance(event, Asked)}

    def add(self, line: dict[str, Any], space: SearchSpace[A]) -> None:
        """Take in one line. Raises ValueError where it cannot follow what came before."""
        asked = {e.trial: e.candidate for e in self.events if isinstance(e, Asked)}
        ended = {e.trial for e in self.events if isinstance(e, Told)}
        trial = line.get("trial")
        if trial in ended:
            raise ValueError(f"trial {trial} had ended before")
        if line.get("event") == "again":
            kept = [e for e in self.events if isinstance(e, Asked) or e.trial != trial]
            self.events[:] = kept
            return
        event = event_from_json(line, space, asked)
        if isinstance(event, Asked) and event.trial != len(asked):
            raise ValueError(f"trial {event.trial} follows {len(asked)} earlier ones")
        self.events.append(event)


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


def _header(
    strategy: Strategy[Any], estimator: Estimator[Any], seed: int, notes: Mapping[str, Any] | None
) -> dict[str, Any]:
    settings = {"strategy": describe(strategy), "estimator": describe(estimator)}
    made = {
        "format": FORMAT,
        "workbench": workbench.__version__,
        "space": describe(strategy.space),
        "settings": settings,
        "seed": seed,
        "made_on": _here(),
        "notes": dict(notes or {}),
    }
    return read_line(write_line(made))  # tuples become lists here, as in the log


def _here() -> dict[str, Any]:
    """What may make the same settings give other numbers."""
    torch = sys.modules.get("torch")  # whoever trains has loaded it; this room need not
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "torch": torch.__version__ if torch else None,
        "threads": torch.get_num_threads() if torch else None,
    }


def _is_blank(path: str | Path, data: bytes) -> bool:
    """Whether a file holds nothing, or only the beginning of a header that was never finished."""
    try:
        read_line(data)
    except ValueError:
        torn = b"\n" not in data and (data.startswith(OPENING) or OPENING.startswith(data))
        if torn and data:
            warnings.warn(f"{path}: only a torn header, dropped", stacklevel=2)
        return torn
    return False


def _read_header(path: str | Path, line: bytes) -> dict[str, Any]:
    try:
        header = read_line(line)
    except ValueError as error:
        raise ValueError(f"{path}: line 1: not a run log: {error}") from None
    made = header.get("format")
    if not isinstance(made, int) or "space" not in header:
        raise ValueError(f"{path}: line 1: not a run log: no format and space in its header")
    if made > FORMAT:
        raise ValueError(
            f"{path}: line 1: format {made} is newer than {FORMAT}, the newest that workbench "
            f"{workbench.__version__} reads: update workbench"
        )
    return header


def _read(path: str | Path, data: bytes, space: SearchSpace[A]) -> _Log[A]:
    first, *lines = data.splitlines(keepends=True) or [b""]
    log: _Log[A] = _Log(_read_header(path, first), end=len(first), complete=first.endswith(b"\n"))
    other = difference(
        read_line(write_line({"space": describe(space)})), {"space": log.header["space"]}
    )
    if other:
        raise ValueError(f"{path}: line 1: a log of another space: {other}")
    for number, line in enumerate(lines, start=2):
        try:
            fields = read_line(line)
        except ValueError as error:
            if number < len(lines) + 1:
                raise ValueError(f"{path}: line {number} is corrupt: {error}") from None
            warnings.warn(f"{path}: line {number}, the last, is torn: dropped", stacklevel=3)
            break
        try:
            log.add(fields, space)
        except ValueError as error:
            raise ValueError(f"{path}: line {number} is corrupt: {error}") from None
        log.end, log.complete = log.end + len(line), line.endswith(b"\n")
    return log


def _compare(path: str | Path, theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> None:
    keys = ("settings", "seed")
    other = difference({key: mine[key] for key in keys}, {key: theirs.get(key) for key in keys})
    if other:
        raise ValueError(
            f"{path}: a log of other settings (there: in the log): "
            + other.removeprefix("settings.")
        )


def _replay(path: str | Path, log: _Log[A], strategy: Strategy[A], *, follow_log: bool) -> None:
    """Ask and tell a fresh strategy what the log holds, in its order."""
    for event in log.events:
        if isinstance(event, Told):
            strategy.tell(event)
        elif isinstance(event, Asked):
            candidate = strategy.ask()
            if not follow_log and _question(candidate) != _question(event.candidate):
                asks = strategy.space.spell(candidate.arch) if candidate else "nothing"
                cause = difference(_here(), log.header.get("made_on", {})) or (
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
