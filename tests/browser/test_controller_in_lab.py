"""A controller in a real browser: a click is a decision, a forced one moves the later softmaxes.

The space is made up (``tests/planted.py``): decisions are all that counts here.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from laboratory import PATIENCE, Laboratory, Notebook
from playwright.sync_api import Locator, expect
from stopwatch import Stopwatch, median_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TESTS = str(Path(__file__).parent.parent)
PANEL = f"""\
import sys
sys.path.append({TESTS!r})
from planted import Letters
from workbench.panels import ControllerPanel
from workbench.strategies import Reinforce
panel = ControllerPanel(Reinforce(Letters(3, 3, 3, 3, 3, 3), initial_range=1.0))
panel"""
SAY = "print('taken', len(panel.taken), 'first', panel.taken[:1])"

SOFTMAX = "document.querySelector('.wb-softmax img')?.alt"


def opened(notebook: Notebook, laboratory: Laboratory) -> Locator:
    notebook.open(laboratory.write("controller.ipynb", PANEL, SAY))
    notebook.run_all()
    panel = notebook.page.locator(".wb-controller").first
    expect(panel.locator(".wb-softmax img")).to_be_visible(timeout=PATIENCE)
    panel.scroll_into_view_if_needed()
    return panel


def test_a_click_is_a_decision_and_a_forced_one_moves_the_later_softmaxes(
    notebook: Notebook, laboratory: Laboratory
) -> None:
    panel = opened(notebook, laboratory)
    bars, unrolled = panel.locator(".wb-softmax img"), panel.locator(".wb-unrolled svg")
    expect(bars).to_have_attribute("alt", re.compile("^letter 0: open"))
    panel.locator("button", has_text="Step 1 decision").click()
    expect(bars).to_have_attribute("alt", re.compile("^letter 1: open"), timeout=PATIENCE)
    expect(unrolled).to_have_attribute("aria-label", re.compile("letter 1: open"))
    panel.locator("button", has_text="Run to the end").click()
    last = re.compile("^letter 5: took")
    expect(bars).to_have_attribute("alt", last, timeout=PATIENCE)
    expect(panel.locator("button", has_text="Step 1 decision")).to_be_disabled()
    before = bars.get_attribute("src")
    # back to the first decision, and another option of it: the last softmax is another one
    handle = panel.locator(".noUi-handle").first
    handle.focus()
    handle.press("Home")
    expect(bars).to_have_attribute("alt", re.compile("^letter 0: took"), timeout=PATIENCE)
    said = notebook.run_cell(notebook.page.locator(".jp-CodeCell").last).inner_text()
    first = int(re.search(r"first \((\d)", said)[1])  # type: ignore[index]
    panel.locator(".wb-toggle", has_text="More settings").click()
    panel.get_by_label("this decision is").select_option(str((first + 1) % 3))
    expect(bars).to_have_attribute("alt", re.compile("^letter 1: took"), timeout=PATIENCE)
    for letter in range(2, 6):
        handle.press("ArrowRight")
        there = re.compile(f"^letter {letter}: took")
        expect(bars).to_have_attribute("alt", there, timeout=PATIENCE)
    assert bars.get_attribute("src") != before
    assert notebook.complaints() == []


@pytest.mark.benchmark_slow
def test_from_a_click_to_the_softmax_on_screen(notebook: Notebook, laboratory: Laboratory) -> None:
    panel, page, took = opened(notebook, laboratory), notebook.page, list[float]()
    for _ in range(4):
        for _ in range(5):
            watch = Stopwatch(page, "click", SOFTMAX)
            panel.locator("button", has_text="Step 1 decision").click()
            took.append(watch.took())
            page.wait_for_timeout(300)
        panel.locator("button", has_text="New architecture").click()
        page.wait_for_timeout(300)
    assert median_of("a click to the softmax on screen", took) <= 150
