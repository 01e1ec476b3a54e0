"""What the library's source says of its structure, by ``ast``: nothing is imported or run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

HOUSE = Path(__file__).parents[1] / "workbench"


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    """The module's dotted name."""
    parts = path.relative_to(HOUSE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def path_of(module: str) -> Path | None:
    """The file of a module of workbench, None where there is none."""
    place = HOUSE.parent.joinpath(*module.split("."))
    files = (place.with_suffix(".py"), place / "__init__.py")
    return next((path for path in files if path.is_file()), None)


def behind_the_door(module: str, name: str) -> str:
    """The module that defines what a package's door offers as ``name``."""
    path = path_of(module)
    if path is None or path.name != "__init__.py":
        return module
    if path_of(f"{module}.{name}"):
        return f"{module}.{name}"
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom) and name in {alias.name for alias in node.names}:
            return behind_the_door(node.module or "", name)
    return module


def names(tree: ast.Module) -> Iterator[tuple[str, str, str]]:
    """Every import of workbench: the name it gets here, the module that defines it, its name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("workbench"):
            for alias in node.names:
                source = behind_the_door(node.module or "", alias.name)
                yield alias.asname or alias.name, source, alias.name
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "workbench":
                    yield alias.asname or alias.name, alias.name, ""


def imports(path: Path) -> set[str]:
    """The modules of workbench that a module imports, also late; not for type checking alone.

    A name from a package's door is an import of the module behind it. A door itself loads what it
    offers only when asked: its imports are those of whoever asks.
    """
    if path.name == "__init__.py":
        return set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    return {module for _, module, _ in names(tree)}


def cycle(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """A cycle of a graph, its first node again as its last; [] where there is none."""
    done: set[str] = set()

    def visit(node: str, trail: tuple[str, ...]) -> list[str]:
        if node in trail:
            return [*trail[trail.index(node) :], node]
        if node in done:
            return []
        found = (visit(other, (*trail, node)) for other in graph.get(node, ()))
        first = next(filter(None, found), [])
        done.add(node)
        return first

    return next(filter(None, (visit(node, ()) for node in graph)), [])


def depths(files: Iterable[Path], *, beside: set[str]) -> dict[str, int]:
    """How deep each class stands: 1 where no base is of workbench, 2 where a base's depth is 1, …

    Bases that are defined in the modules ``beside`` do not count.
    """
    bases: dict[str, list[str]] = {}
    for path in files:
        module, tree = name_of(path), parsed(path)
        known = {here: f"{source}.{name}" for here, source, name in names(tree)}
        classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        known |= {node.name: f"{module}.{node.name}" for node in classes}
        for node in classes:
            found = (known.get(_bare(base), "") for base in node.bases)
            bases[f"{module}.{node.name}"] = [
                base for base in found if base and base.rpartition(".")[0] not in beside
            ]

    def depth(name: str) -> int:
        return 1 + max((depth(base) for base in bases[name] if base in bases), default=0)

    return {name: depth(name) for name in bases}


def _bare(base: ast.expr) -> str:
    """A base class without its type arguments: ``Space[Chain]`` is ``Space``."""
    return ast.unparse(base.value if isinstance(base, ast.Subscript) else base)
