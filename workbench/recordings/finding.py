"""Where a recorded file lies, in a checkout and in an installed package, and how one gets there."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path

from workbench import checks

INDEX = "index.json"  # file -> the command that makes it


def recording(name: str) -> Path:
    """The path of the recorded file ``name`` ("topology-race.jsonl").

    Raises FileNotFoundError where it is not there: it names what is, and the command that makes
    the file if one is known.
    """
    name = checks.text("name", name, empty=False)
    folder = Path(str(files("workbench.recordings")))
    path = folder / name
    if path.parent == folder and path.is_file():
        return path
    # only now: a notebook depends on the files that it opens, and this one changes with each
    commands: dict[str, str] = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    there = [known for known in sorted(commands) if (folder / known).is_file()]
    cure = f"make it: {commands[name]}" if name in commands else f"{INDEX} says how each is made"
    raise FileNotFoundError(
        f"no recording {name!r} in {folder}: there are {', '.join(there) or 'none yet'}; {cure}"
    )


def keep(made: Path, command: str) -> Path:
    """Put a file among the recordings, with the ``command`` that makes it again; where it lies.

    Raises FileNotFoundError where there is no file ``made``.
    """
    made = checks.path("keep: made", made)
    command = checks.text("keep: command", command, empty=False)
    folder = Path(str(files("workbench.recordings")))
    shutil.copyfile(made, folder / made.name)
    known: dict[str, str] = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    known = dict(sorted({**known, made.name: command}.items()))
    (folder / INDEX).write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
    return folder / made.name
