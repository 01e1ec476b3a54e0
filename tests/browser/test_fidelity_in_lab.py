"""Cheaper estimates in a real browser: a knob to its point, the first rung, brackets that fill."""

from __future__ import annotations

import re

import pytest
from laboratory import PATIENCE, Laboratory, Notebook
from playwright.sync_api import Locator, expect
from stopwatch import Stopwatch, median_of
from watching import Watch

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

KNOBS = """\
from workbench.panels import FidelityPanel, read_study
from workbench.recordings import recording
panel = FidelityPanel(read_study(recording("digits-fidelities.json")), epochs=8)
panel"""
EPOCHS = """\
from workbench.estimators import Table
from workbench.panels import FidelityPanel, table_study
panel = FidelityPanel(table_study(Table()))
panel"""
RUNG = """\
from workbench.estimators import Table
from workbench.exercises import lower_fidelity as lesson
from workbench.panels import FirstRung
panel = FirstRung(lesson.some_curves(Table()))
panel"""
BRACKETS = """\
from workbench.data import digits
from workbench.panels import SearchPanel
from workbench.spaces import TopologySpace
from workbench.strategies import Hyperband
panel = SearchPanel(
    TopologySpace(nodes=3, channels=2, cells=1, stages=1), digits(), strategies=[Hyperband],
    trials=22, settings={"epochs": 9, "most_epochs": 9, "eta": 3}, show=["trials", "inside"],
)
panel"""


def shown(notebook: Notebook, laboratory: Laboratory, source: str, name: str) -> Locator:
    notebook.open(laboratory.write("fidelity.ipynb", source))
    notebook.run_all()
    panel = notebook.page.locator(f".wb-panel:has({name})").first
    expect(panel.locator(f"{name} img")).to_be_visible(timeout=PATIENCE)
    return panel


def test_a_knob_moves_the_point(notebook: Notebook, laboratory: Laboratory) -> None:
    panel = shown(notebook, laboratory, KNOBS, ".wb-fidelity")
    expect(panel).to_contain_text("8 epochs: 100 % of the cost")
    handles = panel.locator(".noUi-handle")
    expect(handles).to_have_count(5)
    handles.first.focus()
    handles.first.press("Home")
    said = re.compile(r"^\d+ fidelities on a plane.* 1 epoch: 1\d\.\d % of the cost")
    expect(panel.locator("img")).to_have_attribute("alt", said)
    handles.nth(3).focus()
    handles.nth(3).press("Home")
    expect(panel).to_contain_text("1 epoch, 25 % of the filters: not recorded")
    assert notebook.complaints() == []


def test_brackets_fill_while_it_runs(notebook: Notebook, laboratory: Laboratory) -> None:
    notebook.open(laboratory.write("brackets.ipynb", BRACKETS))
    notebook.run_all()
    panel = notebook.page.locator(".wb-panel:has(.wb-status)").first
    watch = Watch(notebook.page, "document.querySelector('.wb-inside img')?.alt ?? ''")
    panel.locator("button", has_text=re.compile(r"^\s*Run")).first.click()
    expect(panel.locator(".wb-state").first).to_contain_text("finished", timeout=PATIENCE)
    filled = re.compile("bracket 2: 9→3→1 trials; bracket 1: 5→1 trials; bracket 0: 3 trials")
    expect(panel.locator(".wb-inside img").first).to_have_attribute("alt", filled)
    growing = [each for each in watch.seen if "bracket 2" in each and not filled.search(each)]
    assert len(growing) >= 2, watch.seen
    assert notebook.complaints() == []


@pytest.mark.benchmark_slow
@pytest.mark.parametrize(
    ("source", "name"), [(EPOCHS, ".wb-fidelity"), (RUNG, ".wb-rung")], ids=["knobs", "first rung"]
)
def test_from_a_key_to_the_picture_on_screen(
    notebook: Notebook, laboratory: Laboratory, source: str, name: str
) -> None:
    panel, took = shown(notebook, laboratory, source, name), list[float]()
    handle = panel.locator(".noUi-handle").first
    handle.focus()
    handle.press("End")
    notebook.page.wait_for_timeout(500)
    for turn in range(14):
        watch = Stopwatch(notebook.page, "keydown", f"document.querySelector('{name} img')?.src")
        handle.press("ArrowLeft" if turn < 7 else "ArrowRight")
        took.append(watch.took())
        notebook.page.wait_for_timeout(300)
    assert median_of(f"a key to the picture on screen, {name}", took) <= 150
