"""The house stands as it was drawn: who may use whom, what is light, what lies in the open."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from structure import cycle, depths, imports, parsed

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "workbench"
FILES = sorted(path for path in HOUSE.rglob("*.py"))

# DESIGN: nothing else is visible at the top level
TOP_LEVEL = {
    *("workbench", "notebooks", "tests"),
    *("environment.yml", "README.md", "pyproject.toml", "LICENSE"),
}
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "base", "core", "misc"}


def test_the_arrows_between_rooms_are_kept() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [str(program), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("workbench", ("torch", "numpy", "matplotlib", "ipywidgets", "pandas")),
        ("workbench.records", ("torch", "numpy")),
        ("workbench.graphs", ("torch", "numpy")),
        ("workbench.spaces", ("torch", "matplotlib")),
        ("workbench.strategies", ("torch", "matplotlib")),
        ("workbench.strategies.random_search", ("torch", "matplotlib")),
        ("workbench.strategies.bayesian", ("torch", "botorch", "matplotlib")),
        ("workbench.estimators", ("torch", "matplotlib")),
        ("workbench.data", ("torch", "matplotlib")),
        ("workbench.views", ("torch", "matplotlib", "graphviz")),
        ("workbench.panels", ("torch", "matplotlib", "ipywidgets")),
        ("workbench.search", ("torch", "matplotlib", "ipywidgets")),
        ("workbench.history", ("torch", "matplotlib", "pandas", "scipy")),
        ("workbench.store", ("torch", "matplotlib", "ipywidgets")),
    ],
)
def test_a_door_loads_only_what_it_needs(module: str, heavy: tuple[str, ...]) -> None:
    ask = f"import sys, {module}; print(*[name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def tracked() -> list[str]:
    done = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("not a git checkout: nothing to compare the top level with")
    return done.stdout.splitlines()


def test_the_top_level_holds_what_the_plan_shows_and_nothing_else() -> None:
    visible = {name.split("/")[0] for name in tracked() if not name.startswith(".")}
    assert visible <= TOP_LEVEL


# ------------------------------------------------------------------ the plans and the tree


def rooms(folder: Path) -> set[str]:
    """The files and packages right in a folder, by module name."""
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    return packages | {path.stem for path in folder.glob("*.py")} - {"__init__"}


ROOMS = rooms(HOUSE)
PLACES = ROOMS | {f"panels.{room}" for room in rooms(HOUSE / "panels")}


def test_the_readme_names_every_room_once() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    plan = text.partition("## The floor plan")[2].partition("\n## ")[0]
    links = re.findall(r"\[`([\w./]+)`\]\(workbench/([\w./]+)\)", plan)
    assert [shown.strip("/") for shown, _ in links] == [place.split("/")[-1] for _, place in links]
    named = [place.strip("/").removesuffix(".py").replace("/", ".") for _, place in links]
    assert sorted(named) == sorted(PLACES)


def test_the_package_names_every_room_once() -> None:
    text = ast.get_docstring(ast.parse((HOUSE / "__init__.py").read_text(encoding="utf-8")))
    assert sorted(re.findall(r"``([\w.]+)``", text or "")) == sorted(PLACES)


def contracts() -> list[dict[str, Any]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = project["tool"]["importlinter"]["contracts"]
    return found


@pytest.mark.parametrize("container", ["workbench", "workbench.panels"])
def test_the_import_contracts_name_every_room_once(container: str) -> None:
    (layered,) = (each for each in contracts() if each.get("containers") == [container])
    named = [room for layer in layered["layers"] for room in layer.split(" | ")]
    folder = ROOT.joinpath(*container.split("."))
    assert sorted(named + layered.get("exhaustive_ignores", [])) == sorted(rooms(folder))


def test_the_import_contracts_name_no_other_room() -> None:
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in FILES}
    modules = {name.removesuffix(".__init__") for name in modules}
    named = [name for each in contracts() for name in each.get("source_modules", [])]
    assert set(named) <= modules


# ------------------------------------------------------------------ the files


# one test for all files, not one a file: it names each file that is at fault


def test_a_file_has_at_most_300_lines() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {path: length for path, length in lengths.items() if length > 300} == {}


@pytest.mark.parametrize(
    "path", sorted(HOUSE.rglob("__init__.py")), ids=lambda path: str(path.relative_to(HOUSE))
)
def test_a_door_holds_no_code_of_its_own(path: Path) -> None:
    """So a notebook's numbers cannot depend on it (``freshness`` does not count it)."""
    allowed = (ast.Expr, ast.Import, ast.ImportFrom, ast.If, ast.Assign, ast.AnnAssign)
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not (isinstance(node, ast.FunctionDef) and node.name == "__getattr__"):
            assert isinstance(node, allowed), f"line {node.lineno}"
        if isinstance(node, ast.If):
            assert ast.unparse(node.test) == "TYPE_CHECKING"


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    names = {part for path in FILES for part in path.relative_to(HOUSE).with_suffix("").parts}
    assert not names & FORBIDDEN_NAMES


def public(tree: ast.Module) -> list[tuple[str, ast.AST]]:
    """Modules' public functions and classes, and the public methods of these."""
    found: list[tuple[str, ast.AST]] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append((node.name, node))
        if isinstance(node, ast.ClassDef):
            found += [
                (f"{node.name}.{inner.name}", inner)
                for inner in node.body
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
                # a setter's words are its property's
                and not any(isinstance(way, ast.Attribute) for way in inner.decorator_list)
            ]
    return [(name, node) for name, node in found if not re.search(r"(^|\.)_", name)]


# said once, by the protocol or the abstract class (of another file) that asks for them; a layer's
# forward is told by its class
INHERITED = {
    *("walk", "answers", "spell", "parse", "graph", "build", "state", "described", "published"),
    *("ask", "tell", "skip", "inside", "prepare", "estimate", "events", "forward"),
}


def is_overload(node: ast.AST) -> bool:
    return any(ast.unparse(way) == "overload" for way in getattr(node, "decorator_list", ()))


def silent(path: Path) -> list[str]:
    """What is public in a file and has no docstring; "module" is the file itself."""
    tree = parsed(path)
    found = public(tree)
    told = {name for name, node in found if ast.get_docstring(node) or is_overload(node)}  # type: ignore[arg-type]
    bases = {
        node.name: [ast.unparse(base) for base in node.bases]
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }

    def told_above(name: str) -> bool:
        place, _, method = name.rpartition(".")
        return any(f"{base}.{method}" in told for base in bases.get(place, ()))

    module = [] if ast.get_docstring(tree) else ["module"]
    return module + [
        name
        for name, _ in found
        if name not in told and name.rsplit(".", 1)[-1] not in INHERITED and not told_above(name)
    ]


def test_what_is_public_says_what_it_is() -> None:
    found = {path: silent(path) for path in FILES}
    assert {path: names for path, names in found.items() if names} == {}


def test_nothing_that_was_read_is_executed() -> None:
    for path in FILES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Import):
                names = {alias.name for alias in node.names}
                assert not names & {"pickle", "marshal", "shelve"}, f"{path}:{node.lineno}"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec"}, f"{path}:{node.lineno}"


def test_bad_input_is_a_value_error_never_an_assert() -> None:
    asserts = [
        f"{path}:{node.lineno}"
        for path in FILES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Assert)
    ]
    assert asserts == []


# ------------------------------------------------------------------ classes and imports


def test_classes_are_at_most_two_deep() -> None:
    """Beside torch's classes and the protocols' own: abstract or final, nothing between."""
    found = depths(FILES, beside={"workbench.protocols"})
    assert len(found) > 50
    assert {name: depth for name, depth in found.items() if depth > 2} == {}


def test_no_module_imports_itself_by_a_detour() -> None:
    found = {name: imports(path) for name, path in by_name().items()}
    assert sum(map(len, found.values())) > 200
    assert cycle(found) == []


def by_name() -> dict[str, Path]:
    named = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in FILES}
    return {name.removesuffix(".__init__"): path for name, path in named.items()}


def test_the_tests_see_this_checkout() -> None:
    import workbench

    assert Path(os.path.realpath(workbench.__file__ or "")).is_relative_to(os.path.realpath(ROOT))


def test_the_structure_is_read_rightly(tmp_path: Path) -> None:
    assert cycle({"a": ["b"], "b": ["c"], "c": []}) == []
    assert cycle({"a": ["b"], "b": ["c"], "c": ["b"]}) == ["b", "c", "b"]
    assert "workbench.spaces.walk" in imports(HOUSE / "spaces" / "chain.py")
    assert "workbench.exercises.forks" in imports(HOUSE / "exercises" / "multi_branch_spaces.py")
    assert imports(HOUSE / "spaces" / "__init__.py") == set()
    found = depths(FILES, beside=set())
    assert found["workbench.spaces.walk.Space"] < found["workbench.spaces.chain.ChainSpace"]
