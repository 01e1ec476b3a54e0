"""A race in a real browser: run, look at other curves, take a strategy out, open a recorded one."""

from __future__ import annotations

import re
import statistics
from dataclasses import replace

import pytest
from laboratory import Laboratory, Notebook, Panel
from playwright.sync_api import expect
from synthetic_table import small_space, synthetic

from workbench.estimators import Table
from workbench.race import RACES, make_race

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

RACE = """\
from workbench.estimators import Table
from workbench.panels import ComparisonPanel
from workbench.strategies import LocalSearch, RegularizedEvolution
table = Table(path="made-up.npz")
panel = ComparisonPanel(
    {{"evolution": RegularizedEvolution, "local search": LocalSearch}},
    table, seeds={seeds}, trials={trials}, recorded=["evolution-race.jsonl.gz"],
)
panel"""

# Milliseconds from a click on the button of these words to another picture on screen.
CLICKED = """word => new Promise(done => {
  const root = document.querySelector('.wb-panel:has(.wb-race)');
  const shown = () => root.querySelector('.wb-bands img').src;
  const press = [...root.querySelectorAll('button')].find(each => each.innerText.includes(word));
  const before = shown(), began = performance.now();
  press.click();
  const look = () => shown() != before
    ? requestAnimationFrame(() => done(performance.now() - began)) : requestAnimationFrame(look);
  look();
})"""
CURVES = ("test accuracy", "noisy best", "regret in")


def opened(notebook: Notebook, laboratory: Laboratory, *, seeds: int, trials: int) -> Panel:
    synthetic(small_space()).save(laboratory.folder / "made-up.npz")
    table = Table(path=laboratory.folder / "made-up.npz")
    planned = replace(RACES["evolution"], seeds=4, trials=20)
    list(make_race(planned, table, laboratory.folder))
    source = RACE.format(seeds=seeds, trials=trials)
    notebook.open(laboratory.write("race.ipynb", source))
    notebook.run_all()
    panel = Panel(notebook)
    panel.wait_state("idle")
    return panel


def test_a_race_runs_is_looked_at_and_compared_with_a_recorded_one(
    notebook: Notebook, laboratory: Laboratory
) -> None:
    panel = opened(notebook, laboratory, seeds=6, trials=40)
    expect(panel.root.get_by_role("checkbox", name="random search")).to_be_disabled()
    panel.press("Run")
    panel.wait_state("finished")
    panel.wait_line(r"18 searches")
    panel.wait_picture("bands", "Regret in the mean; median and quartiles, n = 6 seeds")
    expect(panel.root.locator(".wb-final tbody tr")).to_have_count(3)
    expect(panel.root.locator(".wb-final")).to_contain_text(re.compile(r"p [<=] 0\.\d+"))
    panel.press("test accuracy")
    panel.wait_picture("bands", "Test accuracy of the incumbent")
    panel.root.get_by_role("checkbox", name="evolution").uncheck()
    expect(panel.root.locator(".wb-final tbody tr")).to_have_count(2)
    shown = panel.root.get_by_role("combobox", name="shown")
    shown.select_option("recorded: evolution-race")
    panel.wait_picture("bands", "^Recorded: Test accuracy of the incumbent")
    expect(panel.root.locator(".wb-bands")).to_contain_text("workbench race evolution")
    expect(panel.root.locator(".wb-racers input")).to_have_count(4)
    panel.press("Continue|Run")
    panel.wait_picture("bands", "^Test accuracy of the incumbent")
    expect(shown).to_have_value("live race")
    assert notebook.complaints() == []


@pytest.mark.benchmark_slow
def test_from_a_click_to_another_curve(notebook: Notebook, laboratory: Laboratory) -> None:
    panel = opened(notebook, laboratory, seeds=20, trials=60)
    panel.press("Run")
    panel.wait_state("finished")
    took = []
    for word in CURVES * 7:
        took.append(float(notebook.page.evaluate(CLICKED, word)) / 1000)
        notebook.page.wait_for_timeout(700)  # the table is written after the figure
    median = statistics.median(took)
    print(f"a click to another curve: median {median:.3f} s ({min(took):.3f} … {max(took):.3f})")
    assert median <= 0.15
