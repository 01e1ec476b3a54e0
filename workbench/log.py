"""A run log as it was read: header, events without the stale ones, where its last line ends.

The first line is a header (format, space, settings, seed), each further one an event. A line
``{"event": "again", "trial": 7}`` says that trial 7 was started over: what it had logged since it
was asked is stale. ``{"event": "again", "trial": null, "epoch": 4}`` says so of what the run itself
(a method, a preparation) had logged of epoch 4 and later ones.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import workbench
from workbench.logfile import say
from workbench.protocols import SearchSpace
from workbench.records import Asked, Candidate, Epoch, Event, Mixture, Told
from workbench.serialisation import event_from_json, read_line, write_line
from workbench.settings import describe, difference

A = TypeVar("A")

FORMAT = 2  # 1 knew no methods, no forks, no epochs of "again"; it is read as it always was
BOM = b"\xef\xbb\xbf"  # the byte order mark that some editors put in front
OPENING = b'{"format": '  # what every header begins with


class Log(Generic[A]):
    """A log as read; ``path`` is for messages.

    ``end`` is the length in bytes up to the last whole line; ``complete`` whether that line ends in
    a newline.
    """

    def __init__(
        self, path: Path, header: dict[str, Any], *, end: int, complete: bool = True
    ) -> None:
        self.path, self.header, self.end, self.complete = path, header, end, complete
        self.events: list[Event[A]] = []
        self._asked: dict[int, Candidate[A]] = {}
        self._told: set[int] = set()

    @property
    def asked(self) -> int:
        """How many trials were asked about: the number of the next one."""
        return len(self._asked)

    def pending(self) -> tuple[Asked[A], ...]:
        """The trials that were asked about and not told."""
        begun = (event for event in self.events if isinstance(event, Asked))
        return tuple(event for event in begun if event.trial not in self._told)

    def begun(self) -> set[int | None]:
        """The trials with events of their own, beyond being asked about (None: the run)."""
        return {event.trial for event in self.events if not isinstance(event, Asked)}

    @property
    def forked(self) -> int:
        """How many trials another run had asked about, from which this one was forked off."""
        return int(self.header.get("forked", {}).get("asked", 0))

    def own(self) -> list[Epoch | Mixture]:
        """The run's own events (trial None): a method's, a preparation's."""
        kinds = (Epoch, Mixture)
        return [e for e in self.events if isinstance(e, kinds) and e.trial is None]

    def last_epoch(self) -> Epoch | None:
        """The last epoch of the run's own."""
        epochs = (event for event in self.own() if isinstance(event, Epoch))
        return max(epochs, key=lambda event: event.epoch, default=None)

    def without(self, trials: Collection[int], since: int | None = None) -> list[Event[A]]:
        """The events of other trials than these, and every ``Asked``.

        Of the run's own events, those before epoch ``since``; None: all.
        """

        def stale(event: Event[A]) -> bool:
            if isinstance(event, Epoch | Mixture) and event.trial is None:
                return since is not None and event.epoch >= since
            return event.trial in trials and not isinstance(event, Asked)

        return [event for event in self.events if not stale(event)]

    def add(self, line: dict[str, Any], space: SearchSpace[A]) -> None:
        """Take in one line. Raises ValueError where it cannot follow what came before."""
        trial = line.get("trial")
        if not (trial is None or type(trial) is int):
            raise ValueError(f"expected a trial's number, got {trial!r}")
        opened = line.get("event") == "opened"
        if (trial in self._told) is not opened and (opened or trial in self._told):
            was = "has not ended" if opened else "had ended before"
            raise ValueError(f"trial {trial} {was}")
        if line.get("event") == "again":
            self.events = (
                self.without({trial}) if trial is not None else self.without((), _since(line))
            )
            return
        event = event_from_json(line, space, self._asked)
        if isinstance(event, Asked):
            if event.trial != self.asked:
                raise ValueError(f"trial {event.trial} is asked about where {self.asked} is next")
            self._asked[event.trial] = event.candidate
        elif event.trial is not None and event.trial not in self._asked:
            raise ValueError(f"trial {event.trial} was never asked about")
        elif isinstance(event, Told):
            self._told.add(event.trial)
        self.events.append(event)


def _since(line: Mapping[str, Any]) -> int:
    epoch = line.get("epoch", 0)  # format 1: the whole preparation, always
    if type(epoch) is not int:
        raise ValueError(f"expected an epoch's number, got {epoch!r}")
    return epoch


def read_log(path: Path, data: bytes, space: SearchSpace[A]) -> Log[A]:
    """A log from its bytes; ``path`` is for messages. A torn last line is dropped with a warning.

    Raises ValueError for what is not a log, a log of another space or of a newer format, and a
    corrupt line that is not the last.
    """
    first, *lines = data.split(b"\n")
    log: Log[A] = Log(path, read_header(path, first), end=len(first), complete=bool(lines))
    _compare_space(path, log.header, space)
    log.end += log.complete
    last = max((n for n, line in enumerate(lines, start=2) if line.strip()), default=1)
    for number, line in enumerate(lines[: last - 1], start=2):
        if line.strip():  # blank lines are passed over
            try:
                fields = read_line(line)
            except ValueError as error:
                if number < last:
                    raise ValueError(f"{path}: line {number} is corrupt: {error}") from None
                say(f"{path}: line {number}, the last, is torn: dropped")
                break
            try:
                log.add(fields, space)
            except ValueError as error:
                raise ValueError(f"{path}: line {number} is corrupt: {error}") from None
        log.complete = number - 2 < len(lines) - 1
        log.end += len(line) + log.complete
    return log


def make_header(
    parts: Mapping[str, Any], seed: int, notes: Mapping[str, Any] | None, **more: Any
) -> dict[str, Any]:
    """The header of a log that begins now, as it will be read back.

    ``parts`` are what the run is made of, by name: "strategy" and "estimator", or "method".

    Raises TypeError for settings that JSON cannot hold.
    """
    made = {
        "format": FORMAT,
        "workbench": workbench.__version__,
        "space": describe(next(iter(parts.values())).space),
        "settings": {name: describe(part) for name, part in parts.items()},
        "seed": seed,
        "made_on": made_here(parts),
        **more,
        "notes": dict(notes or {}),
    }
    return read_line(write_line(made))  # tuples become lists here, as in the log


def made_here(parts: Mapping[str, Any]) -> dict[str, Any]:
    """What may make the same settings give other numbers."""
    torch = sys.modules.get("torch")  # whoever trains has loaded it; this room need not
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "torch": torch.__version__ if torch else None,
        "threads": torch.get_num_threads() if torch else None,
        "device": _device(parts) if torch else None,
    }


def _device(parts: Mapping[str, Any]) -> str | None:
    """What the run computes on, in words; None where no part of it has a ``device``."""
    from workbench.training.device import choose_device, device_name

    asked = [part.device for part in parts.values() if hasattr(part, "device")]
    if not asked or not isinstance(asked[0], str):
        return None
    try:
        return device_name(choose_device(asked[0]))
    except ValueError:  # whoever trains on it will say so
        return asked[0]


def changed_since(header: Mapping[str, Any], parts: Mapping[str, Any]) -> str | None:
    """What is not here as it was where the log was begun, in words, or None."""
    now, then = made_here(parts), header.get("made_on", {})
    return difference({key: now.get(key) for key in then}, then)


def compare_settings(path: str | Path, there: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    """Raises ValueError that names the first setting in which two headers differ."""
    keys = ("settings", "seed")
    other = difference({key: here[key] for key in keys}, {key: there.get(key) for key in keys})
    if other:
        raise ValueError(
            f"{path}: a log of other settings (there: in the log): "
            + other.removeprefix("settings.")
        )


def read_header(path: str | Path, line: bytes) -> dict[str, Any]:
    """The first line of a log. Raises ValueError where it is none, or of a newer format."""
    try:
        header = read_line(line.removeprefix(BOM))
    except ValueError as error:
        raise ValueError(f"{path}: line 1: not the header of a run log: {error}") from None
    made = header.get("format")
    if not isinstance(made, int) or "space" not in header:
        raise ValueError(f"{path}: line 1: not the header of a run log: no format or no space")
    forked, made_on = (header.get(name, {}) for name in ("forked", "made_on"))
    if not isinstance(forked, dict) or type(forked.get("asked", 0)) is not int:
        raise ValueError(f"{path}: line 1: not the header of a run log: forked: {forked!r}")
    if not isinstance(made_on, dict):
        raise ValueError(f"{path}: line 1: not the header of a run log: made_on: {made_on!r}")
    if made > FORMAT:
        raise ValueError(
            f"{path}: line 1: format {made} is newer than {FORMAT}, the newest that workbench "
            f"{workbench.__version__} reads: update workbench"
        )
    return header


def is_blank(path: str | Path, data: bytes) -> bool:
    """Whether a file holds nothing but, at most, the beginning of a header (with a warning)."""
    data = data.removeprefix(BOM)
    if b"\n" in data or not (data.startswith(OPENING) or OPENING.startswith(data)):
        return False
    try:
        read_line(data)
    except ValueError:
        if data:
            say(f"{path}: line 1, the header, is torn: dropped")
        return True
    return False


def _compare_space(path: str | Path, header: dict[str, Any], space: SearchSpace[Any]) -> None:
    here = read_line(write_line({"space": describe(space)}))
    other = difference(here, {"space": header["space"]})
    if other:
        raise ValueError(f"{path}: line 1: a log of another space (there: in the log): {other}")
