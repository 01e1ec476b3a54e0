"""Every public constructor and function refuses nonsense, in words, and takes NumPy's numbers."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from every_argument import DOORS

import workbench

PROGRAM = Path(__file__).with_name("every_argument.py")

# what the error may name instead of the argument: its element, or what it is called below
ALSO = {
    "SearchPanel.strategies": "strategy",
    "SearchPanel.estimators": "estimator",
    "SearchPanel.show": "setting 'no'",
    "SearchPanel.lock": "setting 'no'",
    "DARTSPanel.show": "setting 'no'",
    "DARTSPanel.lock": "setting 'no'",
    "TableMap.show": "setting 'no'",
    "TableMap.lock": "setting 'no'",
    "WarmStart.first": "not in this space",
    "choose_device.name": "device",
    "cost_of.task": "ImageTask",
    "fork.after": "trial",
}
# None stands for "not given", or is refused because something else was given
NONE = {("SearchPanel.methods", "None"), ("resume.trials", "None")}


@pytest.fixture(scope="module")
def fed() -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, PROGRAM], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return rows


def called(row: dict[str, Any]) -> str:
    return f"{row['owner'].split('.')[1]}.{row['name']}"


def is_refused_in_words(row: dict[str, Any]) -> bool:
    kind, message = row["said"]
    named = row["name"] in message or ALSO.get(called(row), "\0") in message
    return kind == "ValueError" and named


def shown(rows: list[dict[str, Any]]) -> str:
    lines = [f"{called(row)} = {row['value']}: {': '.join(row['said'])[:150]}" for row in rows]
    return "\n".join(lines[:40])


def test_nonsense_is_refused_by_name(fed: list[dict[str, Any]]) -> None:
    nonsense = [row for row in fed if row["fits"] == "no"]
    wrong = [
        row
        for row in nonsense
        if not is_refused_in_words(row) and (called(row), row["value"]) not in NONE
    ]
    assert len(nonsense) > 2_500
    assert not wrong, shown(wrong)


def test_what_fits_is_taken(fed: list[dict[str, Any]]) -> None:
    fitting = [row for row in fed if row["fits"] == "yes"]
    wrong = [
        row
        for row in fitting
        if row["said"][0] not in ("taken", "OSError") and (called(row), row["value"]) not in NONE
    ]
    assert len(fitting) > 200
    assert not wrong, shown(wrong)


def test_what_is_doubtful_is_taken_or_refused_by_name(fed: list[dict[str, Any]]) -> None:
    doubtful = [row for row in fed if row["fits"] == "perhaps"]
    wrong = [
        row
        for row in doubtful
        if row["said"][0] not in ("taken", "OSError") and not is_refused_in_words(row)
    ]
    assert not wrong, shown(wrong)


def test_every_door_is_walked_through() -> None:
    packages = {each.name for each in pkgutil.iter_modules(workbench.__path__) if each.ispkg}
    doors = {name for name in packages if hasattr(import_module(f"workbench.{name}"), "__all__")}
    assert doors <= DOORS.keys()
