"""``workbench render``: what stays in a committed notebook, and when it counts as outdated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from workbench import freshness, rendering
from workbench.__main__ import main
from workbench.rendering import render

LAUNCH = """\
import ipywidgets, os, sys, workbench.records
print("to see", os.getcwd())
print("noise", file=sys.stderr)
ipywidgets.IntSlider()"""
PANEL = """\
from IPython.display import display
view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}
pictures = {"text/html": "<img alt='a curve'>", "image/svg+xml": "<svg/>", "text/plain": "7 %"}
display(view | pictures, raw=True)"""


def written(path: Path, *sources: str) -> Path:
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {}}
    nbformat.write(notebook, path)
    return path


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = written(tmp_path_factory.mktemp("course") / "00_first.ipynb", LAUNCH, PANEL)
    assert render(path) is not None
    return path


def test_no_widgets_and_no_noise(rendered: Path) -> None:
    notebook = read(rendered)
    assert set(notebook.metadata) == {"kernelspec", "language_info", "workbench"}
    launched, shown = (cell.outputs for cell in notebook.cells)
    assert [output.output_type for output in launched] == ["stream"]  # a bare widget leaves nothing
    assert launched[0].text == "to see .\n"  # where it ran is nobody's business
    assert [dict(output.data) for output in shown] == [
        {"text/html": "<img alt='a curve'>", "text/plain": "7 %"}
    ]
    assert all(set(cell.metadata) == set() for cell in notebook.cells)


def test_it_runs_in_a_copy(rendered: Path) -> None:
    assert [path.name for path in rendered.parent.iterdir()] == [rendered.name]


def test_a_second_time_changes_nothing(rendered: Path) -> None:
    before = rendered.read_bytes()
    assert render(rendered) is None
    assert rendered.read_bytes() == before


def test_again_gives_the_same(rendered: Path) -> None:
    before = rendered.read_bytes()
    assert render(rendered, again=True) is not None
    assert rendered.read_bytes() == before


def test_it_remembers_the_modules(rendered: Path) -> None:
    modules = read(rendered).metadata["workbench"]["modules"]
    assert modules == ["workbench", "workbench.records"]


def test_a_failing_cell_is_loud(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "00_bad.ipynb", "1 / 0")
    before = path.read_bytes()
    assert main(["render", str(path)]) == 1
    said = capsys.readouterr().err
    assert "00_bad.ipynb" in said
    assert "ZeroDivisionError" in said
    assert path.read_bytes() == before


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "00_heavy.ipynb", "print('x' * 5000)")
    before = path.read_bytes()
    monkeypatch.setattr(rendering, "LARGEST", 5000)
    heavy = read(path).cells[0].id
    with pytest.raises(ValueError, match=f"at most 5 KB.*heaviest cell is {heavy}"):
        render(path)
    assert path.read_bytes() == before


# ------------------------------------------------------------------ freshness

SOURCE = '''
"""A module."""
def double(x):
    """Twice."""
    return 2 * x  # as it says
'''
SAME = "def double(x):\n    return (2 *\n            x)\n"


def hashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> str:
    module = tmp_path / "somewhere.py"
    module.write_text(source)
    monkeypatch.setattr(freshness, "_source", lambda name: module.read_text())
    notebook = nbformat.v4.new_notebook()
    return freshness.code(notebook, ["somewhere"])


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (SAME, True),
        (SAME.replace("2", "3"), False),
        (SAME.replace("double", "twice"), False),
        (SAME + "x = 1\n", False),
        (SAME.replace("2 *", "2. *"), False),
    ],
)
def test_only_code_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str, same: bool
) -> None:
    first = hashed(tmp_path, monkeypatch, SOURCE)
    assert (hashed(tmp_path, monkeypatch, other) == first) is same


def test_the_notebooks_own_code_counts() -> None:
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_markdown_cell("# A title"),
        nbformat.v4.new_code_cell("%time 1"),  # not plain Python
        nbformat.v4.new_code_cell("x = 1"),
    ]
    freshness.remember(notebook, ["workbench.records"])
    assert freshness.up_to_date(notebook)
    notebook.cells[0].source = "# Another title"
    assert freshness.up_to_date(notebook)
    notebook.cells[2].source = "x = 2"
    assert not freshness.up_to_date(notebook)


def test_never_rendered_or_of_a_vanished_module() -> None:
    notebook = nbformat.v4.new_notebook()
    assert not freshness.up_to_date(notebook)
    freshness.remember(notebook, ["workbench.records"])
    notebook.metadata["workbench"]["modules"] = ["workbench.records", "workbench.gone.away"]
    assert not freshness.up_to_date(notebook)
