"""What is left of a run that a log holds, and how its events follow those of the log.

A stream that goes on begins where its checkpoint is, and a log is never behind a checkpoint. So the
first event that comes anew says from which epoch on the run's own lines (trial None) are stale;
they are left out, and whoever pulls sees no epoch twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from workbench.log import Log, changed_since
from workbench.logfile import LogFile
from workbench.protocols import Estimator, Method, SearchSpace, Skips, Strategy
from workbench.records import Asked, Batch, Event, Told
from workbench.replay import AsksOtherwiseError, question, replay
from workbench.search import carry_on, carry_on_parallel, is_attended
from workbench.serialisation import event_to_json, write_line
from workbench.trial import check_kept

A = TypeVar("A")


@dataclass(frozen=True, eq=False)
class Rest(Generic[A]):
    """What is left to do: the run's ``own`` events (a method, a preparation), then its ``trials``.

    ``over`` are the trials that run again from their beginning.
    """

    own: Iterator[Event[A]]
    trials: Iterator[Event[A]]
    over: frozenset[int]


def rest_of_method(log: Log[A], method: Method[A], *, seed: int, progress: Path) -> Rest[A] | None:
    """What is left of a method's run; None: it has told what it found."""
    pending = log.pending()
    if log.asked and not pending:
        return None
    over = frozenset(begun.trial for begun in pending)
    return Rest(iter(method.events(seed=seed, progress=progress)), iter(()), over)


def rest_of_search(
    log: Log[A],
    strategy: Strategy[A],
    estimator: Estimator[A],
    *,
    trials: int,
    seed: int,
    follow_log: bool,
    executor: Executor | None,
    workers: int,
) -> Rest[A] | None:
    """What is left of a search, once its strategy was told again; None: nothing.

    Raises ValueError where the strategy asks about something else than the log, or about more of
    what the log's process trained and did not keep.
    """
    asked = [event.trial for event in log.events if isinstance(event, Asked)]
    person = getattr(strategy, "attended", None) is not None  # what was asked, only the log knows
    checked = () if follow_log or person else asked[log.forked :]
    if isinstance(strategy, Skips):
        checked = checked[-1:]
    try:
        replay(strategy, log.events, estimator=estimator, checked=frozenset(checked))
    except AsksOtherwiseError as error:
        cause = changed_since(log.header, {"strategy": strategy, "estimator": estimator}) or (
            "the strategy is not fresh, or does not depend on its settings alone"
        )
        here = strategy.space.spell(error.here.arch) if error.here else "nothing"
        raise ValueError(
            f"{log.path}: trial {error.trial}: the log asks about "
            f"{strategy.space.spell(error.there.arch)}, this strategy about {here}. "
            f"Cause: {cause}. resume(…, follow_log=True) trusts the log"
        ) from None
    pending = tuple(begun for begun in log.pending() if begun.trial < trials)
    todo, number = pending, log.asked
    if not todo and number < trials and (candidate := strategy.ask()) is not None:
        todo, number = (Asked(number, candidate),), number + 1
    if not todo and not (number < trials and is_attended(strategy)):  # nothing is prepared either
        return None
    if any(isinstance(event, Told) for event in log.events):
        check_kept(strategy, estimator, [begun.candidate for begun in todo])
    go_on: Callable[..., Iterator[Event[A]]] = (
        partial(carry_on_parallel, executor=executor, workers=workers) if executor else carry_on
    )
    rest = go_on(strategy, estimator, pending=todo, asked=number, trials=trials, seed=seed)
    over = frozenset(begun.trial for begun in pending)
    return Rest(iter(estimator.prepare(seed=seed)), rest, over)


def continued(
    log: Log[A], file: LogFile, rest: Rest[A], space: SearchSpace[A]
) -> Iterator[Event[A]]:
    """What the log holds and the rest does not say anew, then the rest, written down.

    Raises ValueError, with the file as it was, where the rest begins later than the log ends.
    """
    with ending(rest.own, rest.trials):
        first = next(rest.own, None)
        since = _since(log, first)
        yield from log.without(rest.over, since)
        again: dict[int | None, Mapping[str, Any]] = {
            trial: {"event": "again", "trial": trial} for trial in rest.over & log.begun()
        }
        if since is not None and any(event.epoch >= since for event in log.own()):
            again[None] = {"event": "again", "trial": None, "epoch": since}
        file.cut(log.end, complete=log.complete)
        events = chain(() if first is None else (first,), rest.own, rest.trials)
        yield from written(_new(log, events), file, space, again=again)


def written(
    events: Iterable[Event[A]],
    file: LogFile,
    space: SearchSpace[A],
    *,
    again: Mapping[int | None, Mapping[str, Any]] = MappingProxyType({}),
) -> Iterator[Event[A]]:
    """Pass events on, each but ``Batch`` written before.

    ``again``: the line to write before a trial's first event, where the log has stale ones of it.
    """
    stale = dict(again)
    for event in events:
        if not isinstance(event, Batch):
            line = write_line(event_to_json(event, space))
            if event.trial in stale:
                line = write_line(stale.pop(event.trial)) + line
            file.write(line)
        file.beat()
        yield event


@contextmanager
def ending(*streams: Iterable[Any]) -> Iterator[None]:
    """Close ``streams`` at the end: Stop must reach the training that feeds them."""
    try:
        yield
    finally:
        for stream in streams:
            close = getattr(stream, "close", None)
            if close:
                close()


def _since(log: Log[A], first: Event[A] | None) -> int | None:
    """The epoch of the run's own from which on a stream that begins with ``first`` says all anew.

    None: it says nothing anew.
    """
    last = log.last_epoch()
    reached = last.epoch if last else 0
    if first is not None and not isinstance(first, Asked) and first.trial is None:
        if first.epoch <= reached + 1:
            return first.epoch
        found = f"goes on at epoch {first.epoch}"
    elif last is None or reached >= last.epochs:
        return None
    else:
        found = f"says that all {last.epochs} are done"
    raise ValueError(
        f"{log.path}: the log ends at epoch {reached}, of trial None, and the checkpoint beside it "
        f"{found}: it belongs to another run; delete the checkpoint to begin again"
    )


def _new(log: Log[A], events: Iterable[Event[A]]) -> Iterator[Event[A]]:
    """The events but the ``Asked`` that the log has already.

    Raises ValueError where a method now ends at something else.
    """
    known = {event.trial: event.candidate for event in log.events if isinstance(event, Asked)}
    for event in events:
        if not isinstance(event, Asked) or event.trial not in known:
            yield event
        elif question(event.candidate) != question(known[event.trial]):
            raise ValueError(
                f"{log.path}: trial {event.trial}: the log asks about {known[event.trial].arch}, "
                f"the run now about {event.candidate.arch}: is it a function of settings and seed?"
            )
