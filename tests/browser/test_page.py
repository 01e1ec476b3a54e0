"""What the page itself owes a learner: it says when a kernel has gone, and keeps what was built."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from laboratory import PATIENCE, Laboratory, Notebook, Panel
from playwright.sync_api import Locator, expect

from workbench.rendering import render

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

IMPORTS = """\
import os
from workbench.data import digits
from workbench.panels import SearchPanel, SpacePanel
from workbench.spaces import ChainSpace"""
SEARCH = """\
panel = SearchPanel(ChainSpace(filters=(8, 16)), digits(), trials=60, settings={"epochs": 8})
panel"""
BUILD = """\
mine = SpacePanel(ChainSpace(), arch=ChainSpace().parse("conv3x3:8-conv3x3:16/2-fc0"))
mine"""


def opened(notebook: Notebook, laboratory: Laboratory, *sources: str, run: int) -> Locator:
    """A notebook of these cells of which the first ``run`` have been run; its code cells."""
    notebook.open(laboratory.write("page.ipynb", IMPORTS, *sources))
    cells = notebook.page.locator(".jp-CodeCell")
    for number in range(run):
        notebook.run_cell(cells.nth(number))
    return cells


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
    expect(built.locator("svg")).to_contain_text("32 filters", timeout=PATIENCE)
    panel.press("Run")
    panel.wait_line("[1-9]/60")
    if end == "died":
        cells.nth(3).locator(".jp-InputArea-editor").click()
        page.keyboard.press("Control+Enter")
        page.locator(".jp-Dialog .jp-mod-accept").click(timeout=PATIENCE)
        notebook.wait_idle()  # another kernel is there, and knows nothing
    else:
        choose(notebook, "Kernel", "Shut Down Kernel")
    words = panel.root.locator(".wb-lost")
    expect(words).to_be_visible(timeout=PATIENCE)
    expect(words).to_contain_text(re.compile(r"^Disconnected.*in the log.*attach\('runs/.*jsonl'"))
    expect(built.locator(".wb-lost")).to_contain_text(f"mine.space.parse('{SPELLED}')")
    state = panel.root.locator(".wb-state")
    said = state.evaluate("each => getComputedStyle(each, '::before').content")
    assert "disconnected" in said
    assert state.locator("b").is_visible() is False  # "running"
    for button in panel.root.locator("button").all():  # neither by mouse nor by key
        assert button.evaluate("each => getComputedStyle(each).pointerEvents") == "none"
    chain = "each => getComputedStyle(each, '::before').content"
    assert panel.root.locator("button").first.evaluate(chain) == "none"  # no broken chain
    grey = panel.root.locator(".wb-search").evaluate("each => getComputedStyle(each).filter")
    assert grey == "grayscale(1)"


def test_a_page_without_a_server_says_so(notebook: Notebook, laboratory: Laboratory) -> None:
    """JupyterLab's own sign of the connection is what the style sheet goes by."""
    opened(notebook, laboratory, BUILD, run=2)
    built = notebook.page.locator(".wb-panel").first
    said = "each => getComputedStyle(each, '::before').content"
    assert built.evaluate(said) == "none"
    sign = notebook.page.locator(".jp-Notebook-ExecutionIndicator")
    sign.evaluate("each => each.dataset.status = 'connecting'")  # as when the server has gone
    assert "Not connected" in built.evaluate(said)


def test_a_saved_notebook_opened_another_day(notebook: Notebook, laboratory: Laboratory) -> None:
    opened(notebook, laboratory, BUILD, run=2)
    notebook.save()
    laboratory.begin_again()
    notebook.reload()
    output = notebook.page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output")
    expect(output).to_have_class(re.compile("jupyter-widgets"), timeout=PATIENCE)
    assert "run this cell too" in output.evaluate("e => getComputedStyle(e, '::before').content")


# ------------------------------------------------------------ what the learner did stays


def test_the_theme_that_was_chosen_wins(notebook: Notebook, laboratory: Laboratory) -> None:
    opened(notebook, laboratory, BUILD, run=2)
    page, built = notebook.page, notebook.page.locator(".wb-panel").first
    colours = {}
    for theme, light in (("JupyterLab Dark", "false"), ("JupyterLab Light", "true")):
        choose(notebook, "Settings", "Theme", theme)
        expect(page.locator("body")).to_have_attribute("data-jp-theme-light", light)
        words = built.locator(".wb-tiles b").first
        colours[theme] = words.evaluate("each => getComputedStyle(each).color")
        paper = built.locator(".wb-card").first
        assert paper.evaluate("each => getComputedStyle(each).backgroundColor") == (
            "rgb(255, 255, 255)"
        )
    assert colours["JupyterLab Dark"] != colours["JupyterLab Light"]


def test_what_was_built_comes_back_when_its_cell_runs_again(
    notebook: Notebook, laboratory: Laboratory
) -> None:
    cells = opened(notebook, laboratory, BUILD, "mine.space.spell(mine.arch)", run=2)
    built = notebook.page.locator(".wb-panel").first
    built.locator(".wb-group select").nth(1).select_option("32")
    expect(built.locator("svg")).to_contain_text("32 filters", timeout=PATIENCE)
    notebook.reload()  # unsaved: the page knows nothing of it
    notebook.run_cell(cells.nth(1))
    assert SPELLED in notebook.run_cell(cells.nth(2))
    expect(built).to_contain_text("As you left it", timeout=PATIENCE)
    built.locator("button", has_text="The notebook's own").click()
    expect(built.locator("svg")).to_contain_text("8 filters", timeout=PATIENCE)
    assert "conv3x3:8-conv" in notebook.run_cell(cells.nth(2))
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
    prompts = notebook.page.locator(".jp-InputPrompt").all_inner_texts()
    assert {each.strip() for each in prompts} == {"[ ]:"}
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
    expect(result.locator("img").first).to_be_hidden(timeout=PATIENCE)
    expect(result.get_by_text("finished: 2 architectures")).to_be_hidden()
    box = result.locator(".wb-example")
    assert "run of your own" in box.evaluate("e => getComputedStyle(e, '::after').content")
    assert "finished: 2 architectures" in notebook.run_cell(cells.nth(3))
    expect(box).to_have_count(0)
    assert notebook.complaints() == []


# ------------------------------------------------------------ the first import


def test_the_first_import_says_that_it_is_a_wait(
    notebook: Notebook, laboratory: Laboratory
) -> None:
    notebook.open(laboratory.write("page.ipynb", IMPORTS, "import workbench"))
    cell = notebook.page.locator(".jp-CodeCell").first
    cell.locator(".jp-InputArea-editor").click()
    notebook.page.keyboard.press("Control+Enter")
    expect(cell.locator(".jp-OutputArea")).to_contain_text("Loading PyTorch", timeout=PATIENCE)
    assert cell.locator(".jp-InputPrompt").inner_text().strip() == "[*]:"
    expect(cell.locator(".jp-InputPrompt")).to_have_text("[1]:", timeout=PATIENCE)
    expect(cell.locator(".jp-OutputArea-child")).to_be_hidden(timeout=PATIENCE)
    assert notebook.run_cell(notebook.page.locator(".jp-CodeCell").last).strip() == ""
    assert notebook.complaints() == []
