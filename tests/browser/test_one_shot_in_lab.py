"""The panel of inherited scores in a real browser: another supernet, and ever fewer cells."""

from __future__ import annotations

import re

import pytest
from laboratory import PATIENCE, Laboratory, Notebook
from moments import inherited_tau
from playwright.sync_api import Locator, expect
from stopwatch import Stopwatch, median_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PANEL = """\
from workbench.exercises import one_shot_models as lesson
panel = lesson.SharedScores().top()
panel"""

SHOWN = "document.querySelector('.wb-panel .wb-card img')?.src"


def opened(notebook: Notebook, laboratory: Laboratory) -> Locator:
    notebook.open(laboratory.write("one_shot.ipynb", PANEL))
    notebook.run_all()
    panel = notebook.page.locator(".wb-panel").first
    expect(panel).to_contain_text("100 epochs, all 500 cells", timeout=PATIENCE)
    return panel


def test_another_supernet_keeps_the_slider(notebook: Notebook, laboratory: Laboratory) -> None:
    panel = opened(notebook, laboratory)
    whole = inherited_tau(panel)
    handle = panel.locator(".noUi-handle").first
    handle.focus()
    handle.press("End")
    expect(panel).to_contain_text("100 epochs, the best 25 of 500 cells")
    assert inherited_tau(panel) < whole - 0.1  # τ collapses among the best
    panel.get_by_role("combobox", name="supernet").select_option("3 epochs")
    expect(panel).to_contain_text("3 epochs, the best 25 of 500 cells")
    expect(panel.locator("img")).to_have_attribute("alt", re.compile("3 epochs, the best 25"))
    assert notebook.complaints() == []


@pytest.mark.benchmark_slow
def test_from_a_key_to_the_cells_on_screen(notebook: Notebook, laboratory: Laboratory) -> None:
    panel, took = opened(notebook, laboratory), list[float]()
    handle = panel.locator(".noUi-handle").first
    ways = panel.get_by_role("combobox", name="supernet").locator("option").all_inner_texts()
    for way in ways[:5]:  # so that none of the twenty was drawn before
        panel.get_by_role("combobox", name="supernet").select_option(way)
        handle.focus()
        handle.press("Home")
        expect(panel).to_contain_text(f"{way}, all 500 cells")
        notebook.page.wait_for_timeout(300)
        for _ in range(4):
            watch = Stopwatch(notebook.page, "keydown", SHOWN)
            handle.press("ArrowRight")
            took.append(watch.took())
            notebook.page.wait_for_timeout(300)
    assert median_of("a key to the cells on screen", took) <= 150
