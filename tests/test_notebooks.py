"""Every notebook of the course: its form, a quick run, and (marked ``lesson``) a full-size run."""

from __future__ import annotations

import html.parser
import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from quick_sizes import QUICK, parameters, quickened, read, replaced

from workbench.course import notebooks, originals
from workbench.freshness import up_to_date
from workbench.rendering import LARGEST, WIDGET, execute

LESSON_SECONDS = 120  # Run All at the learner's sizes, on two cores

every_notebook = pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)


def run(path: Path, folder: Path, *, strict: bool, quick: bool) -> Any:
    notebook = read(path)
    if quick:
        quickened(notebook, path.stem)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    copy = folder / "notebooks"
    shutil.copytree(originals(), copy, ignore=shutil.ignore_patterns(".*"))
    # no claim is held against a quick run
    variables = {"WORKBENCH_STRICT": "1" if strict else "", "WORKBENCH_RENDER": ""}
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
    assert said_aside(run(path, tmp_path, strict=False, quick=True)) == ""


@pytest.mark.lesson
@pytest.mark.timeout(600)
@every_notebook
def test_lesson(path: Path, tmp_path: Path) -> None:
    began = time.perf_counter()
    notebook = run(path, tmp_path, strict=True, quick=False)
    seconds = time.perf_counter() - began
    print(f"{path.stem}: {seconds:.0f} s")
    assert said_aside(notebook) == ""
    assert seconds <= LESSON_SECONDS


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


class Pictures(html.parser.HTMLParser):
    """Collects the alt texts of every <img>, None where there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.alts: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.alts.append(dict(attrs).get("alt"))


def alts(notebook: Any) -> list[str | None]:
    pictures = Pictures()
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            pictures.feed(cell.source)
            pictures.alts += re.findall(r"!\[(.*?)\]\(", cell.source)
    for output in outputs(notebook):
        pictures.feed(output.get("data", {}).get("text/html", ""))
    return pictures.alts


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
def test_outputs_are_not_older_than_their_code(path: Path) -> None:
    assert up_to_date(read(path)), f"run: workbench render {path.name}"


@every_notebook
def test_code_cells_are_short(path: Path) -> None:
    """A page of definitions belongs into workbench/; a toy has at most 40 lines in all."""
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 25, f"cell {cell.id}"


@every_notebook
def test_names_in_order(path: Path) -> None:
    assert re.fullmatch(r"\d\d_[a-z_]+", path.stem)
