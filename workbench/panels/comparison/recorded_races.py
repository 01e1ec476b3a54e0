"""Races that were run before, elsewhere: a menu of them, and what each says of its making."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from workbench.history import Lap
from workbench.race import RACES, Truth, read_race
from workbench.recordings import recording
from workbench.scales import ScoreScale, fitting
from workbench.views.palette import Line, line
from workbench.views.race_curves import apart

LIVE = "live race"


@dataclass(frozen=True)
class RecordedRace:
    """A race from a file, with what its header says: lines, random search, truth, source."""

    laps: tuple[Lap, ...]
    looks: Mapping[str, Line]
    baseline: str
    truth: Truth | None
    scale: ScoreScale
    seeds: int
    source: str

    @classmethod
    def read(cls, path: Path) -> RecordedRace:
        """Raises ValueError for a file that is no race, or one without a lap."""
        found = read_race(path)
        if not found.laps:
            raise ValueError(f"{path}: no lap of this race has ended: nothing to show")
        header = found.header
        classes = {
            name: header.get("settings", {}).get(name, {}).get("strategy", {}).get("name", name)
            for name in header["race"]
        }
        baseline = next((n for n, each in classes.items() if each == "RandomSearch"), "")
        scores = [step.score for lap in found.laps for step in lap.steps]
        return cls(
            laps=found.laps,
            looks=apart({name: line(each) for name, each in classes.items()}),
            baseline=baseline or next(iter(classes)),
            truth=Truth.read(header.get("notes", {})),
            scale=fitting(None, scores),
            seeds=len({lap.seed for lap in found.laps}),
            source=made_by(header),
        )


def made_by(header: Mapping[str, Any]) -> str:
    """The command, the day and the machine, as markup."""
    on = header.get("made_on", {})
    torch = f", PyTorch {on['torch']}" if on.get("torch") else ""
    machine = f"{on.get('machine', 'an unknown machine')}, Python {on.get('python', '?')}{torch}"
    return (
        f"<b>Recorded</b>, not run here: <code>{escape(str(header.get('command', '?')))}</code>, "
        f"{escape(str(header.get('date', ''))[:10])}, on {escape(machine)}, workbench "
        f"{escape(str(header.get('workbench', '?')))}."
    )


def recorded_menu(given: Sequence[str | Path] | None) -> dict[str, Path | None]:
    """Words -> file, the live race (None) first; ``given`` None: all of the course that are there.

    A name without a suffix is one of ``workbench.race.RACES``. Raises FileNotFoundError for a race
    that is not there, with the command that makes it.
    """
    found: dict[str, Path | None] = {LIVE: None}
    if given is None:
        for name, planned in RACES.items():
            try:
                found[_title(name)] = recording(planned.file)
            except FileNotFoundError:
                continue
        return found
    for each in given:
        if str(each) in RACES:
            planned = RACES[str(each)]
            try:
                found[_title(planned.name)] = recording(planned.file)
            except FileNotFoundError:
                raise FileNotFoundError(
                    f"recorded: {planned.name!r} is not there; make it: {planned.command} --ship"
                ) from None
        else:
            path = Path(each).expanduser()
            if not path.is_file():
                raise FileNotFoundError(
                    f"recorded: {str(each)!r} is no file, and none of the races {list(RACES)}"
                )
            found[f"recorded: {path.name.split('.')[0]}"] = path
    return found


def _title(name: str) -> str:
    planned = RACES[name]
    size = planned.trials if planned.seconds is None else planned.budget
    return f"recorded: {name}, {planned.seeds} seeds × {size}"
