"""``workbench render``: what stays in a committed notebook, and when it counts as outdated."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import nbformat
import pytest
from PIL import Image, ImageChops
from pixels import ink

from workbench import freshness, rendering
from workbench.__main__ import main
from workbench.data import digits
from workbench.freshness import ROOMS, Used, hashes, remember, stale
from workbench.panels import SearchPanel
from workbench.panels.running.runs_kept_for_rendering import FOLDER, keep, recall
from workbench.rendering import RUNS_CACHE, clean, render
from workbench.spaces import ChainSpace
from workbench.views.stored_examples import example

LAUNCH = """\
import ipywidgets, os, sys, workbench.records
open(os.path.join(os.path.dirname(workbench.__file__), "py.typed")).close()
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


@pytest.fixture(autouse=True)
def _runs_are_kept_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "cache", lambda: tmp_path / "cache")


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
        {"text/html": example("<img alt='a curve'>"), "text/plain": "7 %"}
    ]
    assert all(set(cell.metadata) == set() for cell in notebook.cells)


def test_pictures_are_packed_and_stay_the_same(tmp_path: Path) -> None:
    draw = (
        "import numpy as np\n"
        "from IPython.display import HTML\n"
        "from workbench.views import axes, figure, picture\n"
        "sheet = figure(); axes(sheet)[0].plot(np.sin(np.arange(300)))\n"
    )
    tell = 'page = picture(sheet, "a wave"); print(page); HTML(page)'
    path = written(tmp_path / "00_wave.ipynb", draw + tell)
    render(path)
    shown = read(path).cells[0].outputs
    before, after = (ink(text) for text in (shown[0].text, shown[1].data["text/html"]))
    assert len(after) < len(before)
    one, other = (Image.open(io.BytesIO(file)).convert("RGB") for file in (before, after))
    assert ImageChops.difference(one, other).getbbox() is None


def test_a_fresh_copy_has_been_run_by_nobody() -> None:
    made = nbformat.v4.new_notebook()
    run = {
        "seed = 7": [],
        "duel = SearchPanel(space, images)\nduel": [shown("text/html", "<img alt='dots'>")],
        "duel.wait()": [shown("text/html", "rank 3 of 4"), shown("text/markdown", "a | table")],
        "print(len(duel.history.told))": [nbformat.v4.new_output("stream", text="4 < 5\n")],
        "2 + 2": [shown("text/plain", "4")],
        "quiz": [shown("text/html", "<b>Which?</b>")],
    }
    for number, (source, outputs) in enumerate(run.items(), start=1):
        cell = nbformat.v4.new_code_cell(source, outputs=outputs, execution_count=number)
        made.cells.append(cell)
    made.cells[0].metadata["tags"] = ["parameters"]
    clean(made, ())
    nbformat.validate(made)
    assert [cell.execution_count for cell in made.cells] == [None] * 6
    outputs = [output for cell in made.cells for output in cell.outputs]
    counts = [each.execution_count for each in outputs if each.output_type == "execute_result"]
    assert counts == [None] * 5
    pages = [dict(output.data) for output in outputs]
    mine = {"seed": 7, "of": ["duel"]}
    assert pages == [
        {"text/html": example("<img alt='dots'>", **mine)},
        {"text/html": example("rank 3 of 4", **mine)},
        {"text/markdown": example("a | table", **mine)},
        {
            "text/html": example('<pre style="margin:0">4 &lt; 5\n</pre>', **mine),
            "text/plain": "4 < 5",
        },
        {"text/plain": "4"},
        {"text/html": "<b>Which?</b>"},
    ]
    assert "Example, made with seed 7." in pages[0]["text/html"]


def shown(kind: str, content: str) -> Any:
    return nbformat.v4.new_output("execute_result", {kind: content}, execution_count=3)


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


def test_it_remembers_what_it_used(rendered: Path) -> None:
    known = read(rendered).metadata["workbench"]
    assert "workbench.records" in known["modules"]
    assert not {"workbench", "workbench.freshness"} & set(known["modules"])
    assert known["files"] == ["py.typed"]
    assert {len(known["numbers"]), len(known["looks"])} == {16}


# ------------------------------------------------------------------ runs that are kept

RUN = """\
import os, pathlib
folder = pathlib.Path(os.environ["WORKBENCH_RUNS_CACHE"])
print(*sorted(path.name for path in folder.glob("*")))
folder.mkdir(exist_ok=True)
(folder / "run.jsonl").touch()"""


def test_a_change_of_looks_finds_the_runs_that_were_kept(tmp_path: Path) -> None:
    (tmp_path / "course").mkdir()
    path = written(tmp_path / "course" / "00_first.ipynb", RUN, "1")
    kept = tmp_path / "kept"

    def found(**changes: Any) -> str:
        assert render(path, kept=kept, **changes) is not None
        notebook = read(path)
        assert stale(notebook) == set()
        return "".join(output.text for output in notebook.cells[0].outputs)

    assert found() == ""
    assert len(list(kept.glob("*/run.jsonl"))) == 1
    notebook = read(path)
    notebook.metadata["workbench"]["looks"] = "of another day"
    assert stale(notebook) == {"looks"}
    nbformat.write(notebook, path)
    assert found() == "run.jsonl\n"
    assert found(again=True) == ""  # trains anew
    notebook.cells[1].source = "2"
    nbformat.write(notebook, path)
    assert found() == ""  # what it runs may depend on any of its cells
    assert len(list(kept.iterdir())) == 2


def test_a_kept_run_is_replayed_by_its_panel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How long a training took is never the same twice: the same seconds are the same run."""
    monkeypatch.setenv(FOLDER, str(tmp_path / "kept"))

    def seconds(number: int, *, epochs: int = 1) -> list[float]:
        panel = SearchPanel(
            ChainSpace(filters=(4,)),
            digits(),
            trials=2,
            settings={"epochs": epochs},
            log=tmp_path / f"{number}.jsonl",
        )
        panel.run()
        assert panel.wait().state == "finished"
        panel.close()
        return [told.evaluation.seconds for told in panel.history.told]

    first = seconds(1)
    assert seconds(2) == first
    assert seconds(3, epochs=2) != first
    monkeypatch.delenv(FOLDER)
    assert seconds(4) != first


def test_kept_runs_are_told_apart_by_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, other = tmp_path / "log.jsonl", tmp_path / "other.jsonl"
    log.write_text("a log")
    keep("a recipe", log)
    monkeypatch.setenv(FOLDER, str(tmp_path / "kept"))
    recall("a recipe", other)
    assert not other.exists()  # without the variable nothing was kept
    keep("a recipe", log)
    recall("another recipe", other)
    assert not other.exists()
    recall("a recipe", other)
    assert other.read_text() == "a log"
    log.write_text("a log that goes on")
    recall("a recipe", log)
    assert log.read_text() == "a log that goes on"


def test_the_variable_has_one_name() -> None:
    assert RUNS_CACHE == FOLDER


# ------------------------------------------------------------------ freshness

SOURCE = '''
"""A module."""
def double(x):
    """Twice."""
    return 2 * x  # as it says
'''
SAME = "def double(x):\n    return (2 *\n            x)\n"


def hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, name: str = "workbench.search"
) -> dict[str, str]:
    module = tmp_path / "somewhere.py"
    module.write_text(source)
    monkeypatch.setattr(freshness, "_source", lambda name: module.read_text())
    return hashes(nbformat.v4.new_notebook(), Used((name,)))


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


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("workbench.records", {"numbers"}),
        ("workbench.spaces.chain", {"numbers"}),
        ("workbench.exercises.introduction", {"numbers"}),
        ("workbench.views.dot", {"looks"}),
        ("workbench.panels.search.panel", {"looks"}),
        ("workbench.a_room_that_has_gone", {"numbers"}),
        ("workbench", {"numbers"}),  # as notebooks rendered long ago remember
        ("workbench.lab", set()),
    ],
)
def test_a_room_changes_numbers_or_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, changed: set[str]
) -> None:
    before = hashed(tmp_path, monkeypatch, SOURCE, name)
    after = hashed(tmp_path, monkeypatch, "x = 1", name)
    assert {kind for kind in before if before[kind] != after[kind]} == changed


def test_every_room_can_change_one_thing() -> None:
    """A new file or folder in workbench/ must be put into ``freshness.ROOMS``."""
    listed = [room for rooms in ROOMS.values() for room in rooms]
    assert sorted(listed) == sorted(set(listed))
    assert set(listed) == rooms_of(Path(freshness.__file__).parent)


def rooms_of(folder: Path) -> set[str]:
    """Names of the Python files and packages right in a folder."""
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    return packages | {path.stem for path in folder.glob("*.py")}


def test_the_notebooks_own_code_counts() -> None:
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_markdown_cell("# A title"),
        nbformat.v4.new_code_cell("%time 1"),  # not plain Python
        nbformat.v4.new_code_cell("x = 1"),
    ]
    remember(notebook, Used(("workbench.records", "workbench.views.dot")))
    assert stale(notebook) == set()
    notebook.cells[0].source = "# Another title"
    assert stale(notebook) == set()
    notebook.cells[2].source = "x = 2"
    assert stale(notebook) == {"numbers"}


def test_data_files_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness, "HOUSE", tmp_path)
    for name in ("data/table.json", "views/style.css"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("before")
    notebook = nbformat.v4.new_notebook()
    remember(notebook, Used(files=("data/table.json", "views/style.css")))
    assert stale(notebook) == set()
    (tmp_path / "views/style.css").write_text("after")
    assert stale(notebook) == {"looks"}
    (tmp_path / "data/table.json").unlink()
    assert stale(notebook) == {"numbers", "looks"}


def test_never_rendered_or_of_a_vanished_module() -> None:
    notebook = nbformat.v4.new_notebook()
    assert stale(notebook) == {"numbers", "looks"}
    remember(notebook, Used(("workbench.records",)))
    notebook.metadata["workbench"]["modules"] = ["workbench.records", "workbench.gone.away"]
    assert stale(notebook) == {"numbers"}
