"""Every notebook of the course: its form, a quick run, and (marked ``lesson``) a full-size run."""

from __future__ import annotations

import ast
import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from quick_sizes import QUICK, parameters, quickened, read, replaced

from workbench.appearance import Reader, changes
from workbench.course import notebooks, originals
from workbench.freshness import stale
from workbench.rendering import LARGEST, RUNS_CACHE, WIDGET, clean, execute

LESSON_SECONDS = 120  # Run All at the learner's sizes, on two cores

every_notebook = pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)


def run(path: Path, folder: Path, *, quick: bool) -> Any:
    """A notebook run in a copy of the course: quickly, or as a learner does and strictly."""
    notebook = read(path)
    if quick:
        quickened(notebook, path.stem)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    copy = folder / "notebooks"
    shutil.copytree(originals(), copy, ignore=shutil.ignore_patterns(".*"))
    # no claim is held against a quick run; pictures are compared with those that are committed
    full = "" if quick else "1"
    variables = {"WORKBENCH_STRICT": full, "WORKBENCH_RENDER": full, RUNS_CACHE: ""}
    execute(notebook, copy, name=path.name, variables=variables)
    return notebook


def outputs(notebook: Any) -> Iterator[Any]:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            yield from cell.outputs


def said_aside(notebook: Any) -> str:
    """What came on stderr: warnings reach a learner as red boxes."""
    return "".join(
        output.text
        for output in outputs(notebook)
        if output.output_type == "stream" and output.name == "stderr"
    )


# ------------------------------------------------------------------ runs


@every_notebook
def test_quick_run(path: Path, tmp_path: Path) -> None:
    if "numbers" not in stale(read(path)):
        pytest.skip("ran with this very code when rendered; see -m browser, -m lesson")
    assert said_aside(run(path, tmp_path, quick=True)) == ""


@pytest.mark.lesson
@pytest.mark.timeout(600)
@every_notebook
def test_lesson(path: Path, tmp_path: Path) -> None:
    began = time.perf_counter()
    notebook = run(path, tmp_path, quick=False)
    seconds = time.perf_counter() - began
    print(f"{path.stem}: {seconds:.0f} s")
    assert said_aside(notebook) == ""
    assert seconds <= LESSON_SECONDS
    clean(notebook, (tmp_path / "notebooks",))
    assert changes(read(path), notebook) == [], f"run: workbench render --again {path.name}"


def test_quick_sizes_are_of_notebooks_that_exist() -> None:
    assert set(QUICK) == {path.stem for path in notebooks()}


def test_replaced_names_must_match() -> None:
    assert replaced("trials = 20\nseed = 0", {"seed": 1, "trials": 2}) == "trials = 2\nseed = 1"
    for values in ({"trials": 2}, {"trials": 2, "seed": 1, "epochs": 1}):
        with pytest.raises(AssertionError, match="other names"):
            replaced("trials = 20\nseed = 0", values)
    with pytest.raises(AssertionError, match="assignments only"):
        replaced("import torch", {})


# ------------------------------------------------------------------ form

# /home/ada/x, C:\Users\…, but not https://example.org/home/ or the course's own ../workbench/
ABSOLUTE = re.compile(r"(?<![\w./:~-])/(?:home|root|Users|tmp|var|opt|mnt|private)/\w|\b[A-Z]:\\\w")


def alts(notebook: Any) -> list[str | None]:
    """The alt texts of every picture, None where there is none."""
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    pages = [output.get("data", {}).get("text/html", "") for output in outputs(notebook)]
    written = [alt for text in texts for alt in re.findall(r"!\[(.*?)\]\(", text)]
    return written + [alt for page in (*texts, *pages) for alt in Reader(page).alts]


@every_notebook
def test_a_fresh_copy_has_no_run_numbers(path: Path) -> None:
    notebook = read(path)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert {cell.execution_count for cell in cells} == {None}
    assert {each.get("execution_count") for each in outputs(notebook)} <= {None}


def test_the_rules_can_fail() -> None:
    for path in ("/home/ada/x", "in /tmp/abc", "C:\\Users", '"/root/x"'):
        assert ABSOLUTE.search(path), path
    for path in ("https://a.org/home/x", "../tmp/x", "and/or", "~/tmp/x", "/usr/share/datasets"):
        assert not ABSOLUTE.search(path), path
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_markdown_cell("![](a.png) <img src='x'> ![seen](b.png)")]
    assert sorted(map(str, alts(notebook))) == ["", "None", "seen"]


@every_notebook
def test_form(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) >= (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    assert "widgets" not in notebook.metadata
    assert path.stat().st_size <= LARGEST
    ids = [cell.get("id") for cell in notebook.cells]
    assert None not in ids
    assert len(set(ids)) == len(ids)
    parameters(notebook)


@every_notebook
def test_outputs_are_portable(path: Path) -> None:
    for output in outputs(read(path)):
        assert output.output_type != "error"
        assert WIDGET not in output.get("data", {})
        found = ABSOLUTE.search(re.sub(r"base64,[\w+/=]+", "", json.dumps(output)))
        assert found is None, found


@every_notebook
def test_every_picture_says_what_is_to_be_seen(path: Path) -> None:
    assert all(alt and alt.strip() for alt in alts(read(path)))


@every_notebook
def test_numbers_are_not_older_than_their_code(path: Path) -> None:
    """Whether pictures still look as the code would draw them is for ``test_lesson`` to find."""
    assert "numbers" not in stale(read(path)), f"run: workbench render {path.name}"


@every_notebook
def test_code_cells_are_short(path: Path) -> None:
    """A page of definitions belongs into workbench/; a toy has at most 40 lines in all."""
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 25, f"cell {cell.id}"


def rooms_entered(source: str) -> list[str]:
    """Modules inside a package of workbench that a cell imports from: only its door is public."""
    modules = []
    for node in ast.walk(ast.parse(TransformerManager().transform_cell(source))):
        if isinstance(node, ast.ImportFrom):
            modules.append(node.module or "")
        elif isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
    return [name for name in modules if re.match(r"workbench\.\w+\.", name)]


@every_notebook
def test_cells_import_from_doors(path: Path) -> None:
    cells = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert {
        cell.id: rooms_entered(cell.source) for cell in cells if rooms_entered(cell.source)
    } == {}


def test_rooms_are_told_from_doors() -> None:
    assert rooms_entered("%matplotlib inline\nimport workbench, torch.nn.functional") == []
    assert rooms_entered("from workbench.history import trials as table") == []
    assert rooms_entered("from workbench.exercises import introduction as lesson") == []
    assert rooms_entered("from workbench.views.paper import axes") == ["workbench.views.paper"]
    assert rooms_entered("def f():\n    import workbench.views.dot") == ["workbench.views.dot"]


@every_notebook
def test_names_in_order(path: Path) -> None:
    assert re.fullmatch(r"\d\d_[a-z_]+", path.stem)
