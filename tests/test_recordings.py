"""Recorded files: found by one function, and in the wheel."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import workbench.recordings.finding
from workbench.recordings import keep, recording

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "workbench" / "recordings"


def commands() -> dict[str, str]:
    known: dict[str, str] = json.loads((FOLDER / "index.json").read_text())
    return known


def test_every_file_has_its_command_and_is_found() -> None:
    files = {path.name for path in FOLDER.iterdir() if path.suffix != ".py" and path.is_file()}
    assert files - {"index.json"} == set(commands())
    for name in commands():
        assert recording(name) == FOLDER / name


def test_what_is_missing_is_named_with_what_makes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index.json").write_text(
        json.dumps({"here.jsonl": "workbench race here", "gone.jsonl": "workbench race gone"})
    )
    (tmp_path / "here.jsonl").write_text("")
    monkeypatch.setattr(workbench.recordings.finding, "files", lambda _: tmp_path)
    assert recording("here.jsonl") == tmp_path / "here.jsonl"
    with pytest.raises(FileNotFoundError, match=r"there are here.jsonl; make it: .* race gone"):
        recording("gone.jsonl")
    for name in (f"../{tmp_path.name}/here.jsonl", "other", "."):
        with pytest.raises(FileNotFoundError, match=r"there are here.jsonl; index.json says"):
            recording(name)
    with pytest.raises(ValueError, match="name: expected a text, got ''"):
        recording("")


def test_a_file_is_kept_with_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "index.json").write_text("{}")
    monkeypatch.setattr(workbench.recordings.finding, "files", lambda _: folder)
    made = tmp_path / "new-race.jsonl.gz"
    made.write_bytes(b"laps")
    assert keep(made, "workbench race new") == folder / made.name
    assert recording(made.name).read_bytes() == b"laps"
    assert json.loads((folder / "index.json").read_text()) == {made.name: "workbench race new"}


def test_a_wheel_contains_them(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    tree = tmp_path / "tree"
    for name in ("workbench", "notebooks"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, tree / name)
    # a race file: .gitignore passes over *.jsonl elsewhere, and so would the wheel
    (tree / "workbench" / "recordings" / "probe.jsonl").write_text("{}\n")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("workbench-*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    recorded = {f"workbench/recordings/{name}" for name in (*commands(), "index.json")}
    assert recorded | {"workbench/recordings/probe.jsonl", "workbench/py.typed"} <= inside
    assert any(name.startswith("workbench/notebooks/") for name in inside)
