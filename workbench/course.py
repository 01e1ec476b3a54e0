"""The course: the original notebooks, and the learner's working copy of them.

The originals stay as they are. A working copy is written once; from then on it is the learner's.
When an original has changed since (a newer version of the course), it is laid *beside* the
learner's work as ``01_chain_structured_spaces.new.ipynb``, never over it. A small JSON file
remembers the hash of the original that each file of the copy was made from.

The notebooks link to lines of this package as ``../workbench/search.py#L35``. JupyterLab does not
leave its folder, so beside them lies a copy of the sources, to read. It has no ``__init__.py`` at
its top: Python goes on to the real package.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.homes import in_full

PACKAGE = Path(__file__).resolve().parent
FOLDER = Path("workbench-course")  # the working copy, where none is chosen
COPIES = "copies.json"  # in STATE: {file name: sha256 of the original it was made from}
STATE = ".workbench"  # in the working copy; JupyterLab does not show names with a leading dot
COURSE_FILES = ("*.ipynb", "*.md")


@dataclass(frozen=True)
class Changes:
    """What ``working_copy`` did: names of files, in order.

    ``copied`` were not there before (or were still as first copied); ``offered`` pairs a file of
    the learner's with the name under which the newer original lies beside it.
    """

    copied: tuple[str, ...] = ()
    offered: tuple[tuple[str, str], ...] = ()


def originals() -> Path:
    """The folder of the course's notebooks: in an installed package, or beside it in a checkout.

    Raises FileNotFoundError where there is neither.
    """
    for folder in (PACKAGE / "notebooks", PACKAGE.parent / "notebooks"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(
        f"no notebooks beside {PACKAGE} or inside it: install workbench from a full checkout "
        "(pip install -e . in its top folder)"
    )


def notebooks(folder: Path | None = None) -> list[Path]:
    """The original notebooks of the course (or the notebooks in ``folder``), in order."""
    place = originals() if folder is None else in_full(folder, name="folder")
    return sorted(place.glob("[0-9][0-9]_*.ipynb"))


def size() -> int:
    """Bytes that a working copy takes, about: the course's files and the sources."""
    files = (*_course_files(originals()), *PACKAGE.rglob("*.py"))
    return sum(file.stat().st_size for file in files)


def working_copy(folder: Path, *, source: Path | None = None) -> Changes:
    """Make or refresh the working copy in ``folder``; files that the learner changed are kept.

    Raises ValueError where ``folder`` is a file, the originals' own folder or one that holds
    another package called workbench, OSError where it cannot be written.
    """
    source = originals() if source is None else in_full(source, name="source")
    folder = in_full(folder, name="folder")
    try:
        folder = destination(folder, source=source)
        return _refreshed(folder, source)
    except OSError as error:
        where = f" at {error.filename}" if error.filename else ""
        raise OSError(
            f"folder: {folder} cannot be written ({error.strerror or error}{where}): choose "
            "another with --folder"
        ) from error


def destination(folder: Path, *, source: Path | None = None) -> Path:
    """``folder`` in full. Raises ValueError where it is no place for a working copy."""
    source = originals() if source is None else source
    folder = in_full(folder, name="folder")
    if folder == source or source in folder.parents:
        raise ValueError(
            f"folder: expected a place for your own copy, got {folder}, where the originals are: "
            "choose another with --folder"
        )
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"folder: {folder} is a file: choose another with --folder")
    if (folder / PACKAGE.name / "__init__.py").exists():
        raise ValueError(
            f"folder: {folder} holds a package called {PACKAGE.name}, whose files the copy of the "
            "sources would overwrite: choose another with --folder"
        )
    return folder


def _refreshed(folder: Path, source: Path) -> Changes:
    (folder / STATE).mkdir(parents=True, exist_ok=True)
    made_from = _remembered(folder)
    copied, offered = [], []
    for original in _course_files(source):
        content = original.read_bytes()
        name = _place_for(original.name, _hash(content), folder, made_from)
        if name is None:
            continue
        _write(folder / name, content)
        made_from[name] = _hash(content)
        if name == original.name:
            copied.append(name)
        else:
            offered.append((original.name, name))
    _write(folder / STATE / COPIES, json.dumps(made_from, indent=1).encode())
    _lay_sources(folder)
    return Changes(tuple(copied), tuple(offered))


def _lay_sources(folder: Path) -> None:
    for source in sorted(PACKAGE.rglob("*.py")):
        place = folder / PACKAGE.name / source.relative_to(PACKAGE)
        if place == folder / PACKAGE.name / "__init__.py":
            continue
        content = source.read_bytes()
        if not place.exists() or place.read_bytes() != content:
            place.parent.mkdir(parents=True, exist_ok=True)
            _write(place, content, mode=0o444)


def _course_files(source: Path) -> list[Path]:
    return sorted(path for pattern in COURSE_FILES for path in source.glob(pattern))


def _place_for(name: str, new: str, folder: Path, made_from: dict[str, str]) -> str | None:
    """The name to write this original under; None where the learner has it already."""
    if not (folder / name).exists():
        return name
    for place in _names(name):
        if made_from.get(place) == new:  # copied before, or offered (and perhaps thrown away)
            return None
        file = folder / place
        if not file.exists() or _hash(file.read_bytes()) == made_from.get(place):
            return place
    raise AssertionError("the names never end")


def _names(name: str) -> Iterator[str]:
    """``a.ipynb``, ``a.new.ipynb``, ``a.new2.ipynb``, …"""
    stem, suffix = os.path.splitext(name)
    yield name
    yield f"{stem}.new{suffix}"
    number = 2
    while True:
        yield f"{stem}.new{number}{suffix}"
        number += 1


def _remembered(folder: Path) -> dict[str, str]:
    """What was copied from what. A lost or torn memory means: every file is the learner's own."""
    try:
        kept = json.loads((folder / STATE / COPIES).read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {str(name): str(made_from) for name, made_from in kept.items()}


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Whole or not at all: a temporary name first, then renamed."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
    except OSError:  # a full disk should not be left fuller
        temporary.unlink(missing_ok=True)
        raise
    if os.name == "posix":  # Windows does not rename over a file that is read-only
        temporary.chmod(mode)
    os.replace(temporary, path)
