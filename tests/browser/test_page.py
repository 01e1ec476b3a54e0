"""What the page itself owes a learner: it says when a kernel has gone, and keeps what was built."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from door import Door
from laboratory import DONE, Laboratory, Notebook, Panel
from playwright.sync_api import Locator, expect
from watching import Watch

from workbench.rendering import render

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

IMPORTS = """\
import os
from workbench.data import digits
from workbench.panels import SearchPanel, SpacePanel
from workbench.spaces import ChainSpace"""
SEARCH = """\
panel = SearchPanel(ChainSpace(filters=(8, 16)), digits(), trials=900, settings={"epochs": 8})
panel"""
BUILD = """\
mine = SpacePanel(ChainSpace(), arch=ChainSpace().parse("conv3x3:8-conv3x3:16/2-fc0"))
mine"""


def opened(
    notebook: Notebook,
    laboratory: Laboratory,
    *sources: str,
    run: int,
    port: int | None = None,
) -> Locator:
    """A notebook of these cells of which the first ``run`` have been run; its code cells."""
    notebook.open(laboratory.write("page.ipynb", IMPORTS, *sources), port=port)
    cells = notebook.page.locator(".jp-CodeCell")
    for number in range(run):
        notebook.run_cell(cells.nth(number))
    return cells


SAYS = """([element, pseudo, words]) =>
  getComputedStyle(element, pseudo).content.includes(words)"""


def says(where: Locator, words: str, *, pseudo: str = "::before") -> None:
    """Wait until the style sheet puts these words before (or ``::after``) an element."""
    where.page.wait_for_function(SAYS, arg=[where.element_handle(), pseudo, words])


def choose(notebook: Notebook, menu: str, *items: str) -> None:
    """Choose from JupyterLab's menu bar, through its submenus."""
    notebook.page.get_by_role("menuitem", name=menu, exact=True).click()
    for item in items:
        words = notebook.page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{item}$"))
        notebook.page.locator(".lm-Menu-item", has=words).click()


# ------------------------------------------------------------ a kernel that is gone

SPELLED = "conv3x3:32-conv3x3:16/2-fc0"


@pytest.mark.parametrize("end", ["died", "shut down"])
def test_a_panel_whose_kernel_is_gone_says_so(
    end: str, notebook: Notebook, laboratory: Laboratory
) -> None:
    cells = opened(notebook, laboratory, SEARCH, BUILD, "os._exit(1)", run=3)
    page, panel = notebook.page, Panel(notebook)
    built = page.locator(".wb-panel").nth(1)
    built.locator(".wb-group select").nth(1).select_option("32")
    expect(built.locator("svg")).to_contain_text("32 filters")
    panel.press("Run")
    panel.wait_line(DONE)
    if end == "died":
        cells.nth(3).locator(".jp-InputArea-editor").click()
        page.keyboard.press("Control+Enter")
        page.locator(".jp-Dialog .jp-mod-accept").click()
        notebook.wait_idle()  # another kernel is there, and knows nothing
    else:
        choose(notebook, "Kernel", "Shut Down Kernel")
    words = panel.root.locator(".wb-lost")
    expect(words).to_be_visible()
    expect(words).to_contain_text(re.compile(r"^Disconnected.*in the log.*attach\('runs/.*jsonl'"))
    expect(built.locator(".wb-lost")).to_contain_text(f"mine.space.parse('{SPELLED}')")
    state = panel.root.locator(".wb-state")
    says(state, "disconnected")
    expect(state.locator("b")).to_be_hidden()  # "running"
    for button in panel.root.locator("button").all():  # neither by mouse nor by key
        expect(button).to_have_css("pointer-events", "none")
    says(panel.root.locator("button").first, "none")  # no broken chain
    expect(panel.root.locator(".wb-search")).to_have_css("filter", "grayscale(1)")


def test_a_page_without_a_server_says_so(notebook: Notebook, laboratory: Laboratory) -> None:
    """And when the server is there again, its panels are as they were."""
    with Door(laboratory.port) as door:
        opened(notebook, laboratory, BUILD, run=2, port=door.port)
        built = notebook.page.locator(".wb-panel").first
        says(built, "none")
        door.shut()
        says(built, "Not connected")
        door.open()
        says(built, "none")


def test_a_saved_notebook_opened_another_day(notebook: Notebook, laboratory: Laboratory) -> None:
    opened(notebook, laboratory, BUILD, run=2)
    notebook.save()
    laboratory.begin_again()
    notebook.reload()
    output = notebook.page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output")
    expect(output).to_have_class(re.compile("jupyter-widgets"))
    says(output, "run this cell too")


# ------------------------------------------------------------ what the learner did stays


def test_the_theme_that_was_chosen_wins(notebook: Notebook, laboratory: Laboratory) -> None:
    opened(notebook, laboratory, BUILD, run=2)
    page, built = notebook.page, notebook.page.locator(".wb-panel").first
    words, paper = built.locator(".wb-tiles b").first, built.locator(".wb-card").first
    for theme, light in (("JupyterLab Dark", "false"), ("JupyterLab Light", "true")):
        before = words.evaluate("each => getComputedStyle(each).color")
        choose(notebook, "Settings", "Theme", theme)
        expect(page.locator("body")).to_have_attribute("data-jp-theme-light", light)
        expect(words).not_to_have_css("color", before)
        expect(paper).to_have_css("background-color", "rgb(255, 255, 255)")


def test_what_was_built_comes_back_when_its_cell_runs_again(
    notebook: Notebook, laboratory: Laboratory
) -> None:
    cells = opened(notebook, laboratory, BUILD, "mine.space.spell(mine.arch)", run=2)
    built = notebook.page.locator(".wb-panel").first
    built.locator(".wb-group select").nth(1).select_option("32")
    expect(built.locator("svg")).to_contain_text("32 filters")
    notebook.reload()  # unsaved: the page knows nothing of it
    notebook.run_cell(cells.nth(1))
    expect(notebook.run_cell(cells.nth(2))).to_contain_text(SPELLED)
    expect(built).to_contain_text("As you left it")
    built.locator("button", has_text="The notebook's own").click()
    expect(built.locator("svg")).to_contain_text("8 filters")
    expect(notebook.run_cell(cells.nth(2))).to_contain_text("conv3x3:8-conv")
    assert notebook.complaints() == []


# ------------------------------------------------------------ somebody else's runs

DUEL = """\
duel = SearchPanel(ChainSpace(max_depth=1), digits(), trials=2, settings={"epochs": 1})
duel"""
WAIT = "if not duel.history.told:\n    duel.run()\nduel.wait()"


def test_stored_pictures_are_examples_until_there_is_a_run(
    notebook: Notebook, laboratory: Laboratory, tmp_path: Path
) -> None:
    path = laboratory.folder / laboratory.write("fresh.ipynb", IMPORTS, DUEL, WAIT, "duel.runs")
    written = nbformat.read(path, as_version=4)
    written.cells.insert(0, nbformat.v4.new_code_cell("seed = 0"))
    written.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(written, path)
    render(path, kept=tmp_path)
    notebook.open(path.name)
    cells = notebook.page.locator(".jp-CodeCell")
    expect(cells.locator(".jp-InputPrompt")).to_have_text(["[ ]:"] * 5)
    result = cells.nth(3).locator(".jp-OutputArea")
    for output in (cells.nth(2).locator(".jp-OutputArea"), result):
        expect(output).to_contain_text("Example, made with seed 0. Run this cell for your own.")
    for number in range(3):
        notebook.run_cell(cells.nth(number))
    expect(result).to_contain_text("finished: 2 architectures")  # an example still
    panel = Panel(notebook)
    expect(panel.root).not_to_contain_text("Example")
    panel.press("Run")
    panel.wait_state("finished")
    expect(result.locator("img").first).to_be_hidden()
    expect(result.get_by_text("finished: 2 architectures")).to_be_hidden()
    box = result.locator(".wb-example")
    says(box, "run of your own", pseudo="::after")
    expect(notebook.run_cell(cells.nth(3))).to_contain_text("finished: 2 architectures")
    expect(box).to_have_count(0)
    assert notebook.complaints() == []


# ------------------------------------------------------------ the first import


def test_the_first_import_says_that_it_is_a_wait(
    notebook: Notebook, laboratory: Laboratory
) -> None:
    notebook.open(laboratory.write("page.ipynb", IMPORTS, "import workbench"))
    cell = notebook.page.locator(".jp-CodeCell").first
    watch = Watch(notebook.page, "document.querySelector('.jp-CodeCell').innerText")
    notebook.run_cell(cell)
    expect(cell.locator(".jp-OutputArea-child")).to_be_hidden()
    waiting = [text for text in watch.seen if "Loading PyTorch" in text]
    assert waiting
    assert "[*]:" in waiting[0]  # with the words the cell is at work still
    expect(notebook.run_cell(notebook.page.locator(".jp-CodeCell").last)).to_have_text("")
    assert notebook.complaints() == []
