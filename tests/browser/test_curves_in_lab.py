"""Learning curves in a real browser: revealed, stopped, and cells never trained; how soon."""

from __future__ import annotations

import re

import pytest
from laboratory import PATIENCE, Laboratory, Notebook
from playwright.sync_api import Locator, expect
from stopwatch import Stopwatch, median_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

HIDDEN = """\
from workbench.estimators import Table
from workbench.exercises import learning_curve_extrapolation as lesson
from workbench.panels import HiddenCurves, TrainedCells
table = Table()
hidden = HiddenCurves(lesson.ten_curves(table), best=0.838)
hidden"""
SURROGATE = """\
from workbench.estimators import Table
from workbench.panels import TrainedCells
surrogate = TrainedCells(Table(), model="ridge")
surrogate"""
STOPPED = """\
from workbench.data import digits
from workbench.panels import StoppedTrainings
from workbench.spaces import ChainSpace
live = StoppedTrainings(ChainSpace(), digits(), trials=4, epochs=5, begin=0.8, delta=0.3)
live"""

PICTURE = "document.querySelector('.wb-panel img')?.src"


def opened(notebook: Notebook, laboratory: Laboratory, name: str, cell: str) -> Locator:
    notebook.open(laboratory.write(name, cell))
    notebook.run_all()
    panel = notebook.page.locator(".wb-panel").first
    panel.scroll_into_view_if_needed()
    return panel


def handle(panel: Locator, name: str) -> Locator:
    return panel.locator(".wb-slider", has_text=name).last.locator(".noUi-handle, [role=slider]")


def keyed(notebook: Notebook, slider: Locator, *, there: int, what: str) -> float:
    """The median of twenty key presses, ``there`` to the right and as many back."""
    took = list[float]()
    slider.focus()
    for turn in range(20):
        watch = Stopwatch(notebook.page, "keydown", PICTURE)
        slider.press("ArrowRight" if turn % (2 * there) < there else "ArrowLeft")
        took.append(watch.took())
        notebook.page.wait_for_timeout(300)
    return median_of(what, took)


def guessed(notebook: Notebook, laboratory: Laboratory) -> Locator:
    panel = opened(notebook, laboratory, "hidden.ipynb", HIDDEN)
    panel.locator("button", has_text="Guess").first.click()
    expect(panel).to_contain_text("The ensemble expects")
    return panel


def test_a_training_is_stopped_live_and_trained_on(
    notebook: Notebook, laboratory: Laboratory
) -> None:
    panel = opened(notebook, laboratory, "stopped.ipynb", STOPPED)
    panel.locator("button", has_text=re.compile(r"^\s*Run")).first.click()
    on = panel.locator("button", has_text="Train on")
    expect(on).to_be_enabled(timeout=PATIENCE)
    slider = handle(panel, "trial")
    slider.focus()
    slider.press("Home")
    expect(panel).to_contain_text("Trial 0 was trained to the end")
    for _ in range(3):
        if "was stopped after epoch 4 of 5" in panel.inner_text():
            break
        slider.press("ArrowRight")
        notebook.page.wait_for_timeout(400)
    expect(panel.locator("img").first).to_have_attribute("alt", re.compile("was stopped after"))
    on.click()
    expect(panel.locator("img").first).to_have_attribute(
        "alt", re.compile("Trained on, it came to"), timeout=PATIENCE
    )
    assert notebook.complaints() == []


@pytest.mark.benchmark_slow
def test_from_a_key_to_the_curve_on_screen(notebook: Notebook, laboratory: Laboratory) -> None:
    panel = guessed(notebook, laboratory)
    middle = keyed(notebook, handle(panel, "epoch"), there=5, what="a key to the curve")
    assert middle <= 150


@pytest.mark.benchmark_slow
def test_from_a_key_to_the_surrogate_on_screen(notebook: Notebook, laboratory: Laboratory) -> None:
    panel = opened(notebook, laboratory, "surrogate.ipynb", SURROGATE)
    middle = keyed(notebook, handle(panel, "trained cells"), there=4, what="a key to the surrogate")
    assert middle <= 150


@pytest.mark.benchmark_slow
def test_from_a_key_to_another_training(notebook: Notebook, laboratory: Laboratory) -> None:
    panel = opened(notebook, laboratory, "stopped.ipynb", STOPPED)
    panel.locator("button", has_text=re.compile(r"^\s*Run")).first.click()
    expect(panel.locator("button", has_text="Train on")).to_be_enabled(timeout=PATIENCE)
    slider = handle(panel, "trial")
    slider.focus()
    slider.press("Home")
    notebook.page.wait_for_timeout(500)
    middle = keyed(notebook, slider, there=3, what="a key to another training")
    assert middle <= 150
