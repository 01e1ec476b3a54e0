"""Are a notebook's outputs made by the code that is here now?

``metadata.workbench`` of a rendered notebook holds two hashes. *numbers* is over the notebook's own
code cells, the modules it used that can change a number, and the data files it read: out of date,
its text may say what is no longer so. *looks* is over the modules that draw. Comments, docstrings
and layout do not count (what is hashed is the syntax tree), nor does a package's door, which holds
no code of its own.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["numbers", "looks", "neither"]

# What of a notebook's outputs each room can change: every file and folder of workbench/, once.
ROOMS: Mapping[Kind, tuple[str, ...]] = {
    "numbers": (
        *("checks", "scales", "records", "graphs", "settings", "protocols", "spaces", "data"),
        *("training", "strategies", "estimators", "serialisation", "log", "logfile", "history"),
        *("search", "trial", "replay", "continuation", "store", "race", "verdict", "recordings"),
        "exercises",
    ),
    "looks": ("views", "panels"),
    "neither": (
        *("__init__", "__main__", "doors", "course", "doctor", "freshness", "kernel", "lab"),
        *("appearance", "homes", "links", "rendering", "waiting"),
    ),
}
_KIND: Mapping[str, Kind] = {room: kind for kind, rooms in ROOMS.items() for room in rooms}

# run in the kernel before the first cell, and as the last cell
WATCH = "__import__('workbench.freshness').freshness.watch()"
ASK = "print(__import__('workbench.freshness').freshness.used().text)"

HOUSE = Path(__file__).resolve().parent
CODE = (".py", ".pyc", ".js")  # no data: modules are known by name, scripts only draw on a page


@dataclass(frozen=True)
class Used:
    """What a notebook used of workbench: modules by name, data files by path under the package."""

    modules: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> Used:
        """From the fields of that line, or of a notebook's metadata."""
        return cls(tuple(fields.get("modules", ())), tuple(fields.get("files", ())))


# ------------------------------------------------------------ in the kernel

_opened: set[str] = set()


def watch() -> None:
    """From now on, note which data files of workbench this process opens."""
    sys.addaudithook(_note)


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open" or not isinstance(arguments[0], str):
        return
    path = os.path.abspath(arguments[0])
    if path.startswith(f"{HOUSE}{os.sep}") and not path.endswith(CODE):
        _opened.add(Path(path).relative_to(HOUSE).as_posix())


def used() -> Used:
    """The modules of workbench loaded by now that count, and the data files opened by now."""
    loaded = (name for name in sys.modules if name.startswith("workbench."))
    files = (path for path in _opened if (HOUSE / path).is_file())
    return Used(tuple(sorted(filter(_counts, loaded))), tuple(sorted(files)))


def _counts(module: str) -> bool:
    is_door = hasattr(sys.modules[module], "__path__")
    return not is_door and _kind(module, ".", 1) != "neither"


# ------------------------------------------------------------ in a notebook's metadata


def remember(notebook: Any, used: Used) -> None:
    """Write into ``metadata.workbench`` which code made the outputs."""
    notebook.metadata["workbench"] = hashes(notebook, used) | {
        "modules": list(used.modules),
        "files": list(used.files),
    }


def remembered(notebook: Any) -> Used:
    """What a notebook used when it was rendered last; nothing where it never was."""
    return Used.read(notebook.metadata.get("workbench", {}))


def stale(notebook: Any) -> set[str]:
    """Which of "numbers" and "looks" the present code did not make; both if never rendered."""
    known = notebook.metadata.get("workbench", {})
    now = hashes(notebook, remembered(notebook))
    return {kind for kind, value in now.items() if known.get(kind) != value}


def hashes(notebook: Any, used: Used) -> dict[str, str]:
    """The hashes "numbers" and "looks", 16 hexadecimal digits each, for the code as it is now."""
    cells = [_bare(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    parts: dict[Kind, list[str]] = {"numbers": cells, "looks": [], "neither": []}
    for module in sorted(used.modules):
        parts[_kind(module, ".", 1)].append(f"{module}:{_bare(_source(module))}")
    for path in sorted(used.files):
        parts[_kind(path, "/", 0)].append(f"{path}:{_digest_of(HOUSE / path)}")
    return {"numbers": _digest(parts["numbers"]), "looks": _digest(parts["looks"])}


def _kind(name: str, separator: str, level: int) -> Kind:
    """What a module ("workbench.views.dot") or file ("views/style.css") of a room can change."""
    room = name.split(separator)[level:][:1]
    return _KIND.get("".join(room), "numbers")  # of a room that has gone since: it made numbers


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def _digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "gone"


def _source(module: str) -> str:
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:  # its package has gone
        return ""
    if found is None or found.origin is None:
        return ""
    return Path(found.origin).read_text(encoding="utf-8")


@cache  # a module is in many notebooks
def _bare(source: str) -> str:
    """The source without comments, docstrings and layout; as it is where it is not plain Python."""
    try:
        return repr(_shape(ast.parse(source)))
    except SyntaxError:  # an IPython magic
        return source


def _shape(node: object) -> object:
    """Nested tuples of a syntax tree: what Python 3.11 and every later version agree on."""
    if isinstance(node, ast.AST):
        fields = ((name, _shape(value)) for name, value in ast.iter_fields(node))
        return type(node).__name__, tuple(field for field in fields if field[1] not in ((), None))
    if isinstance(node, list):
        return tuple(_shape(item) for item in node if not _is_docstring(item))
    return None if node is None else repr(node)


def _is_docstring(node: object) -> bool:
    """Any string that stands alone as a statement."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
