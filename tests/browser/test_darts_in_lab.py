"""A gradient-based search in a real browser: it runs, goes back by epochs, flips its cell."""

from __future__ import annotations

import re

import pytest
from laboratory import PATIENCE, Laboratory, Notebook
from playwright.sync_api import Locator, expect
from stopwatch import Stopwatch, median_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PANEL = """\
from workbench.data import digits
from workbench.panels import DARTSPanel
from workbench.spaces import DARTSSpace
panel = DARTSPanel(
    DARTSSpace(nodes=2, channels=2, cells=3),
    digits(),
    settings={"epochs": 3, "batch_size": 128, "alpha_rate": 0.1},
)
panel"""

RELAXED_CELL = "document.querySelector('.wb-supernet svg')?.outerHTML"


def run(notebook: Notebook, laboratory: Laboratory) -> Locator:
    notebook.open(laboratory.write("darts.ipynb", PANEL))
    notebook.run_all()
    panel = notebook.page.locator(".wb-darts").first
    panel.locator("button", has_text=re.compile(r"^\s*Run")).first.click()
    expect(panel.locator(".wb-state").first).to_contain_text("finished", timeout=PATIENCE)
    expect(panel.locator(".wb-numbers")).to_contain_text("epoch 3 of 3")
    return panel


def places(panel: Locator) -> list[dict[str, float]]:
    """Where the states of the relaxed cell stand on the page."""
    nodes = panel.locator(".wb-supernet svg g[id*='-n']")
    boxes = [nodes.nth(number).bounding_box() for number in range(nodes.count())]
    return [dict(box) for box in boxes if box is not None]


def test_back_by_epochs_nodes_keep_their_places(notebook: Notebook, laboratory: Laboratory) -> None:
    panel = run(notebook, laboratory)
    last = places(panel)
    assert len(last) == 5  # two inputs, two nodes, the output
    handle = panel.locator(":scope > .wb-time .noUi-handle").first
    handle.focus()
    handle.press("Home")
    expect(panel.locator(".wb-numbers")).to_contain_text("epoch 1 of 3")
    expect(panel.locator(".wb-mixture table")).to_have_attribute("aria-label", re.compile("edge"))
    assert places(panel) == last
    panel.locator("button", has_text="reduction").first.click()
    expect(panel.locator(".wb-supernet")).to_contain_text("reduction cell")
    assert notebook.complaints() == []


@pytest.mark.benchmark_slow
def test_from_a_key_to_the_cell_on_screen(notebook: Notebook, laboratory: Laboratory) -> None:
    panel, took = run(notebook, laboratory), list[float]()
    handle = panel.locator(":scope > .wb-time .noUi-handle").first
    handle.focus()
    for turn in range(20):
        watch = Stopwatch(notebook.page, "keydown", RELAXED_CELL)
        handle.press("ArrowLeft" if turn % 4 < 2 else "ArrowRight")
        took.append(watch.took())
        notebook.page.wait_for_timeout(300)
    assert median_of("a key to the cell on screen", took) <= 150
