"""Bayesian optimisation along a line of cells: stuck on a hill, then over the gap."""

from __future__ import annotations

import pytest
from laboratory import Laboratory, Notebook, Panel
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PANEL = """\
from workbench.data import digits
from workbench.exercises import bayesian_optimization as lesson
from workbench.panels import SearchPanel
from workbench.strategies import BayesianOptimization
panel = SearchPanel(
    lesson.CellLine(),
    digits(),
    strategies=[BayesianOptimization],
    estimators=[lesson.Measured],
    trials=7,
    seed=lesson.MOMENT_SEED,
    settings={**lesson.ALONG, "acquisition": "mean"},
    show=["acquisition", "trials", "seed", "best", "inside"],
)
panel"""


def test_stuck_by_the_mean_then_over_the_gap(notebook: Notebook, laboratory: Laboratory) -> None:
    """The slider goes back to trial 3; forked there, expected improvement asks elsewhere."""
    notebook.open(laboratory.write("line.ipynb", PANEL))
    notebook.run_all()
    panel = Panel(notebook)
    panel.wait_state("idle")
    panel.press("Run")
    panel.wait_line(r"finished.*7/7.*best 88\.5 %")
    panel.wait_picture("tabs", "7 of them measured; most wanted next: x = 2,")
    back(panel)
    panel.wait_picture("tabs", "4 of them measured; most wanted next: x = 5,")
    panel.root.get_by_role("combobox", name="acquisition").select_option("ei")
    panel.press("Fork here")
    panel.wait_line(r"finished.*7/7.*best 9\d\.\d %")
    back(panel)
    panel.wait_picture("tabs", r"4 of them measured; most wanted next: x = (1[5-9]|2\d),")
    assert notebook.complaints() == []


def back(panel: Panel) -> None:
    """Drag the time slider from the end to trial 3."""
    handle = panel.root.locator(".wb-time .noUi-handle").first
    handle.focus()
    for _ in range(3):
        handle.press("ArrowLeft")
    expect(panel.root.locator(".wb-time")).to_contain_text("after trial 3")
