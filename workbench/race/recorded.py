"""A race in a file: strict JSON lines, append-only; a header, then one lap a line.

A log of every event of 60 × 200 trials is 26 MB. A lap keeps where the incumbent changed, and a
whole race is some 50 KB; packed with gzip, as races are shipped, a quarter of that. Nothing that
is read is ever executed.
"""

from __future__ import annotations

import gzip
import os
import warnings
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import workbench
from workbench import checks
from workbench.history import Lap, Step
from workbench.log import is_blank, made_here
from workbench.race.running import Racer
from workbench.records import Batch
from workbench.serialisation import number, read_line, text, whole, write_line
from workbench.settings import describe, difference

FORMAT = 1
STEP = ("trial", "trials", "epochs", "seconds", "score", "value", "test")  # a step, in order
PACKED = b"\x1f\x8b"  # what a file that gzip has packed begins with


@dataclass(frozen=True)
class Race:
    """A race as read from its file: the ``header`` (command, machine, date, settings) and laps."""

    header: Mapping[str, Any]
    laps: tuple[Lap, ...]

    def __post_init__(self) -> None:
        checks.of_type("Race: header", self.header, Mapping)
        for lap in checks.several("Race: laps", self.laps, "(Lap(…),)"):
            checks.of_type("Race: laps", lap, Lap)

    def of(self, racer: str) -> tuple[Lap, ...]:
        """The laps of one racer. Raises ValueError for one that did not take part."""
        found = tuple(lap for lap in self.laps if lap.racer == racer)
        if not found:
            there = sorted({lap.racer for lap in self.laps})
            raise ValueError(f"no lap of a racer {racer!r}; there are {there}")
        return found


def recorded_race(
    events: Iterable[Batch | Lap],
    path: str | Path,
    *,
    racers: Mapping[str, Racer[Any]],
    seeds: Sequence[int],
    command: str,
    notes: Mapping[str, Any] | None = None,
    resume: bool = False,
) -> Iterator[Batch | Lap]:
    """Pass a race on, each lap written to a new file before.

    The header holds the ``command`` that runs this race again, machine, date, the settings of each
    racer (with the first seed) and ``notes``. ``resume``: a race that ``is_begun`` there is gone on
    with; give ``race`` its laps as ``done``.

    Raises FileExistsError where ``path`` is there already, ValueError without seeds or where it is
    there and holds a race of other racers, settings or notes, TypeError for settings that JSON
    cannot hold.
    """
    path = checks.path("recorded_race: path", path)
    seeds = checks.wholes("recorded_race: seeds", seeds, least=0)
    command = checks.text("recorded_race: command", command)
    line = write_line(_header(racers, seeds, command, notes))
    resume = checks.yes_or_no("recorded_race: resume", resume)
    path.parent.mkdir(parents=True, exist_ok=True)
    begun = resume and is_begun(path)
    if begun:
        _go_on(path, read_line(line))
    with open(path, "ab" if resume else "xb") as file:
        try:
            if not begun:
                file.truncate(0)  # a torn header
                file.write(line)
            file.flush()
            for event in events:
                if isinstance(event, Lap):
                    file.write(write_line(_lap_to_json(event)))
                    file.flush()
                yield event
        finally:
            os.fsync(file.fileno())
            close = getattr(events, "close", None)  # Stop must reach the search that feeds this
            if close:
                close()


def is_begun(path: Path) -> bool:
    """Whether a race lies there: more than the beginning of its header (a warning, if torn)."""
    return path.exists() and not is_blank(path, path.read_bytes())


def read_race(path: str | Path) -> Race:
    """The race that a file holds, packed or not. A torn last line is dropped with a warning.

    Raises ValueError that names the line for what is not a race, a newer format, or a lap that is
    corrupt or comes twice.
    """
    path = checks.path("read_race: path", path)
    first, *lines = _unpacked(path).split(b"\n")
    header = _read_header(path, first)
    laps = dict[tuple[str, int], Lap]()
    for number_of, line in enumerate(lines, start=2):
        last = number_of == len(lines) + 1  # empty, or without the end of its line
        if last and not line:
            break
        try:
            fields = read_line(line)
        except ValueError as error:
            if not last:
                raise ValueError(f"{path}: line {number_of} is corrupt: {error}") from None
            warnings.warn(f"{path}: line {number_of}, the last, is torn: dropped", stacklevel=2)
            break
        try:
            lap = _lap_from_json(fields)
            if (lap.racer, lap.seed) in laps:
                raise ValueError(f"{lap.racer}, seed {lap.seed}, comes twice")
        except (TypeError, KeyError, ValueError) as error:
            raise ValueError(f"{path}: line {number_of} is corrupt: {error}") from None
        laps[lap.racer, lap.seed] = lap
    return Race(header, tuple(laps.values()))


def pack_race(path: str | Path, to: str | Path) -> None:
    """Write the race in ``path`` packed to ``to``, the same bytes each time.

    Raises ValueError where it is no race, or a torn or corrupt one.
    """
    path, to = checks.path("pack_race: path", path), checks.path("pack_race: to", to)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a torn line is dropped while a race goes on, not here
        try:
            read_race(path)
        except UserWarning as torn:
            raise ValueError(str(torn)) from None
    packed = gzip.compress(_unpacked(path), mtime=0)
    temporary = Path(f"{to}.new")
    temporary.write_bytes(packed)
    os.replace(temporary, to)


def _unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    if not data.startswith(PACKED):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: a packed race that is damaged: {error}") from None


def _go_on(path: Path, here: Mapping[str, Any]) -> None:
    """Make sure that laps of the race ``here`` may follow, and cut off a torn last line.

    One that lacks nothing but its end has been read, and gets it.
    """
    data = path.read_bytes()
    if data.startswith(PACKED):
        raise ValueError(f"{path}: a packed race takes no more laps: give another file")
    there = _read_header(path, data.split(b"\n")[0])
    keys = ("race", "settings", "notes")
    other = difference({key: here[key] for key in keys}, {key: there.get(key) for key in keys})
    if other:
        raise ValueError(
            f"{path}: the record of another race (there: in the file): {other}; give another file"
        )
    end = data.rfind(b"\n") + 1
    with open(path, "r+b") as file:
        try:
            read_line(data[end:])
        except ValueError:  # torn, or nothing at all
            file.truncate(end)
        else:
            file.seek(len(data))
            file.write(b"\n")


def _header(
    racers: Mapping[str, Racer[Any]],
    seeds: Sequence[int],
    command: str,
    notes: Mapping[str, Any] | None,
) -> dict[str, Any]:
    made = {name: racer(seeds[0]) for name, racer in racers.items()}
    settings = {
        name: {
            "space": describe(strategy.space),
            "strategy": describe(strategy),
            "estimator": describe(estimator),
        }
        for name, (strategy, estimator) in made.items()
    }
    return {
        "format": FORMAT,
        "race": list(racers),
        "workbench": workbench.__version__,
        "command": command,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "made_on": made_here({name: estimator for name, (_, estimator) in made.items()}),
        "seeds": list(seeds),
        "settings": settings,
        "step": STEP,
        "notes": dict(notes or {}),
    }


def _read_header(path: str | Path, line: bytes) -> dict[str, Any]:
    try:
        header = read_line(line)
        made = whole(header.get("format"))
        if "race" not in header:
            raise ValueError("it names no racers")
    except ValueError as error:
        raise ValueError(f"{path}: line 1: not the header of a race: {error}") from None
    if made > FORMAT:
        raise ValueError(
            f"{path}: line 1: format {made} is newer than {FORMAT}, the newest that workbench "
            f"{workbench.__version__} reads: update workbench"
        )
    return header


def _lap_to_json(lap: Lap) -> dict[str, Any]:
    return {**vars(lap), "steps": [astuple(step) for step in lap.steps]}


def _lap_from_json(line: Mapping[str, Any]) -> Lap:
    fields = dict(line)
    steps = tuple(_step(*each) for each in fields.pop("steps"))
    seconds = number(fields.pop("seconds"))
    names = text(fields.pop("racer"))
    counts = {name: whole(value) for name, value in fields.items()}
    return Lap(racer=names, steps=steps, seconds=seconds, **counts)


def _step(
    trial: Any, trials: Any, epochs: Any, seconds: Any, score: Any, value: Any, test: Any = None
) -> Step:
    counts = (whole(trial), whole(trials), whole(epochs))
    known = (None if each is None else number(each) for each in (value, test))
    return Step(*counts, number(seconds), number(score), *known)
