"""Are a notebook's outputs made by the code that is here now?

``metadata.workbench`` of a rendered notebook holds one hash over the notebook's own code cells and
the modules of workbench that were loaded when it ended. Comments, docstrings and layout do not
count: what is hashed is the syntax tree.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
from pathlib import Path
from typing import Any

# run as the last cell: the modules that the notebook has used
LOADED = (
    "import json, sys\n"
    "print(json.dumps(sorted(n for n in sys.modules if n.split('.')[0] == 'workbench')))"
)


def remember(notebook: Any, modules: list[str]) -> None:
    """Write into ``metadata.workbench`` which code made the outputs."""
    notebook.metadata["workbench"] = {"code": code(notebook, modules), "modules": modules}


def up_to_date(notebook: Any) -> bool:
    """Whether the outputs in ``notebook`` were made by its cells and modules as they are now."""
    known = notebook.metadata.get("workbench", {})
    modules = known.get("modules", [])
    return bool(modules) and known.get("code") == code(notebook, modules)


def code(notebook: Any, modules: list[str]) -> str:
    """Hash (16 hexadecimal digits) of the notebook's code cells and these modules' sources."""
    digest = hashlib.sha256()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            digest.update(_bare(cell.source).encode() + b"\0")
    for module in sorted(modules):
        digest.update(f"{module}:{_bare(_source(module))}\0".encode())
    return digest.hexdigest()[:16]


def _source(module: str) -> str:
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:  # its package has gone
        return ""
    if found is None or found.origin is None:
        return ""
    return Path(found.origin).read_text(encoding="utf-8")


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
