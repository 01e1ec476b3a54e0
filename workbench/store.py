"""The run log: append-only JSON lines, written while searching, loaded back, resumed by replay.

The first line is a header (format, space, settings, seed), each further one an event; ``log`` says
how they are read, ``logfile`` what is promised of them. To resume, a fresh strategy is asked and
told again what the log holds; what trains over epochs (a method, an estimator's ``prepare``) goes
on from its checkpoint beside the log.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Container, Iterable, Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar, cast, overload

from workbench import checks
from workbench.continuation import continued, ending, rest_of_method, rest_of_search, written
from workbench.history import History
from workbench.log import (
    Log,
    compare_settings,
    is_blank,
    make_header,
    read_header,
    read_log,
)
from workbench.logfile import LogFile, opened
from workbench.protocols import Estimator, Method, SearchSpace, Strategy
from workbench.records import Asked, Event, Opened, Told
from workbench.replay import until
from workbench.search import check_executor, checked
from workbench.serialisation import event_to_json, write_line
from workbench.trial import check_kept

A = TypeVar("A")


def checkpoints_of(log: str | Path) -> Path:
    """The folder for a run's checkpoints: ``runs/x.checkpoints`` beside ``runs/x.jsonl``."""
    return checks.path("log", log).with_suffix(".checkpoints")


def progress_of(log: str | Path) -> Path:
    """The file for the checkpoint of a method whose run is logged in ``log``."""
    return checkpoints_of(log) / "method.safetensors"


@overload
def recorded(
    events: Iterable[Event[A]],
    path: str | Path,
    *,
    strategy: Strategy[A],
    estimator: Estimator[A],
    seed: int = 0,
    notes: Mapping[str, Any] | None = None,
) -> Iterator[Event[A]]: ...
@overload
def recorded(
    events: Iterable[Event[A]],
    path: str | Path,
    *,
    method: Method[A],
    seed: int = 0,
    notes: Mapping[str, Any] | None = None,
) -> Iterator[Event[A]]: ...
def recorded(
    events: Iterable[Event[A]],
    path: str | Path,
    *,
    strategy: Strategy[A] | None = None,
    estimator: Estimator[A] | None = None,
    method: Method[A] | None = None,
    seed: int = 0,
    notes: Mapping[str, Any] | None = None,
) -> Iterator[Event[A]]:
    """Pass ``events`` on, each but ``Batch`` written to a new log before.

    What runs is a strategy and an estimator, or a method. ``notes`` are kept in the header and
    never compared.

    Raises FileExistsError where ``path`` holds a log already, ValueError where another process
    writes it.
    """
    parts = _parts(method or strategy, estimator)
    _, seed = checked(0, seed)
    path, made = checks.path("path", path), make_header(parts, seed, notes)
    with _new(path) as file, ending(events):
        events = iter(events)
        first = list(islice(events, 1))  # what cannot even begin leaves no log
        file.begin(made)
        yield from written(chain(first, events), file, next(iter(parts.values())).space)


def header(path: str | Path) -> dict[str, Any]:
    """The log's first line: format, workbench, space, settings, seed, made_on, forked, notes.

    Raises ValueError where it is not a log, or of a newer format.
    """
    with open(checks.path("path", path), "rb") as file:
        return read_header(path, file.readline())


def load(path: str | Path, space: SearchSpace[A]) -> History[A]:
    """The run that a log holds. A torn last line is dropped with a warning.

    Raises ValueError for a log of another space or a newer format, or a corrupt line in the
    middle, naming it.
    """
    path = checks.path("path", path)
    return History(tuple(read_log(path, path.read_bytes(), space).events))


@overload
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
) -> Iterator[Event[A]]: ...
@overload
def resume(
    path: str | Path,
    strategy: Method[A],
    *,
    seed: int = 0,
    notes: Mapping[str, Any] | None = None,
) -> Iterator[Event[A]]: ...
def resume(
    path: str | Path,
    strategy: Strategy[A] | Method[A],
    estimator: Estimator[A] | None = None,
    *,
    trials: int | None = None,
    seed: int = 0,
    follow_log: bool = False,
    notes: Mapping[str, Any] | None = None,
    executor: Executor | None = None,
    workers: int = 1,
) -> Iterator[Event[A]]:
    """Yield the events that the log holds, then go on, up to ``trials`` trials or a method's end.

    Starts a new log where there is none; what is new is written too. No epoch comes twice.

    A ``strategy`` must be fresh, with the log's settings: it is asked and told again, each ask is
    compared (those that it can skip are not, but for the last), and a trial asked but not told runs
    again from its seed. With ``follow_log`` nothing is compared: whatever it would have asked, its
    asks count, and it is told what the log holds. With ``executor`` the rest runs in parallel.

    In place of a strategy and an estimator a method may stand: it goes on from its checkpoint,
    ``progress_of(path)``. An estimator keeps its own in the folder ``checkpoints_of(path)`` if it
    is made with that.

    Raises ValueError, and leaves the file as it is, for a corrupt log, a newer format, another
    space, other settings, a checkpoint that is further than the log, a log that another process
    writes, or trials to be carried on that were kept nowhere.
    """
    _, seed = checked(0 if estimator is None else _needed(trials), seed)
    follow_log = checks.yes_or_no("resume: follow_log", follow_log)
    workers = checks.whole("workers", workers, least=1)
    if executor is not None:
        check_executor(executor, workers, estimator)
    if isinstance(executor, ProcessPoolExecutor) and estimator is not None:
        check_kept(cast("Strategy[A]", strategy), estimator)
    path, parts = checks.path("path", path), _parts(strategy, estimator)
    made = make_header(parts, seed, notes)
    with opened(path) as file:
        data = file.read()
        if is_blank(path, data):
            log: Log[A] = Log(path, made, end=file.begin(made))
        else:
            log = read_log(path, data, strategy.space)
            compare_settings(path, log.header, made)
        if estimator is None:
            method = cast("Method[A]", strategy)
            rest = rest_of_method(log, method, seed=seed, progress=progress_of(path))
        else:
            rest = rest_of_search(
                log,
                cast("Strategy[A]", strategy),
                estimator,
                trials=_needed(trials),
                seed=seed,
                follow_log=follow_log,
                executor=executor,
                workers=workers,
            )
        if rest is None:
            yield from log.events
        else:
            yield from continued(log, file, rest, strategy.space)


def note(path: str | Path, event: Opened, space: SearchSpace[Any]) -> None:
    """Append what happened after a run has ended to its log.

    Raises ValueError for a corrupt log, a trial that did not end in it, or a log that another run
    writes.
    """
    path = checks.path("path", path)
    with opened(path) as file:
        log = read_log(path, file.read(), space)
        line = event_to_json(event, space)
        log.add(line, space)
        file.cut(log.end, complete=log.complete)
        file.write(write_line(line))


def fork(
    path: str | Path,
    to: str | Path,
    strategy: Strategy[A],
    estimator: Estimator[A],
    *,
    after: int,
    seed: int = 0,
    notes: Mapping[str, Any] | None = None,
) -> Path:
    """A new log ``to`` with the run in ``path`` up to where trial ``after`` was told; its path.

    ``resume(to, strategy, estimator, …)`` goes on from there, with the settings and the seed given
    here, which may differ from the log's; where nothing differs, it goes on bit for bit. What was
    asked before the fork is skipped, not compared; trials that were running run again. Checkpoints
    in ``checkpoints_of(path)`` that later trials may continue are copied to ``checkpoints_of(to)``:
    an estimator of another seed or other settings will not continue them.

    Raises ValueError where trial ``after`` was not told, FileExistsError where ``to`` is a log.
    """
    _, seed = checked(0, seed)
    path, to = checks.path("path", path), checks.path("to", to)
    after = checks.whole("after", after, least=0)
    log = read_log(path, path.read_bytes(), strategy.space)
    events = until(log.events, after)
    told = {event.trial for event in events if isinstance(event, Told)}
    kept = [e for e in events if isinstance(e, Asked) or e.trial is None or e.trial in told]
    asked = sum(isinstance(event, Asked) for event in kept)
    forked = {"from": path.name, "after": after, "asked": asked}
    made = make_header(_parts(strategy, estimator), seed, notes, forked=forked)
    with _new(to) as file:
        _copy_checkpoints(checkpoints_of(path), checkpoints_of(to), told)
        file.begin(made)
        file.write(b"".join(write_line(event_to_json(e, strategy.space)) for e in kept))
    return to


def _needed(trials: int | None) -> int:
    if trials is None:
        raise ValueError("resume: trials: expected how many there shall be in all, got nothing")
    return trials


def _copy_checkpoints(source: Path, target: Path, told: Container[int]) -> None:
    """Copy the files that belong to no trial, or to one that was told."""
    for file in sorted(source.glob("*")):
        trial = re.match(r"trial-(\d+)\b", file.name)
        if file.is_file() and (trial is None or int(trial[1]) in told):
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target / file.name)


@contextmanager
def _new(path: Path) -> Iterator[LogFile]:
    """A log to begin. Raises FileExistsError where there is one."""
    with opened(path) as file:
        if not is_blank(path, file.read()):
            raise FileExistsError(
                f"{path} holds a log already: resume(…) continues it, or choose another path"
            )
        yield file


def _parts(searched: Any, estimator: Estimator[Any] | None) -> dict[str, Any]:
    """What a run is made of, by name."""
    if searched is None:
        raise ValueError("expected a strategy and an estimator, or a method, got neither")
    if estimator is None:
        return {"method": searched}
    return {"strategy": searched, "estimator": estimator}
