"""Figures of the front end, measured in the page itself: from an event to what is on screen.

Run with ``pytest -m benchmark_slow tests/browser -s`` on a machine that does nothing else.
"""

from __future__ import annotations

import statistics

import pytest
from laboratory import Laboratory, Notebook, Panel

pytestmark = [pytest.mark.browser, pytest.mark.benchmark_slow, pytest.mark.timeout(600)]

IMPORTS = """\
import statistics, threading, time
from workbench.data import digits
from workbench.estimators import FullTraining
from workbench.panels import SearchPanel, SpacePanel
from workbench.search import finish, search
from workbench.spaces import ChainSpace
from workbench.strategies import RandomSearch"""
SEARCH = """\
panel = SearchPanel(ChainSpace(), digits(), trials=20, settings={"epochs": 8})
panel"""

# Promises the milliseconds from the next event of this kind until the condition holds on screen.
STOPWATCH = """([event, condition]) => {
  const holds = new Function('return ' + condition);
  window.took = new Promise(done => document.addEventListener(event, () => {
    const began = performance.now();
    const look = () => holds() ? done(performance.now() - began) : requestAnimationFrame(look);
    look();
  }, {once: true, capture: true}));
}"""
FIRST_POINT = "/curves of [1-9]/.test(document.querySelector('.wb-tabs img')?.alt ?? '')"
STOPPED = "/stopped/.test(document.querySelector('.wb-state')?.innerText ?? '')"


def seconds(notebook: Notebook) -> float:
    return float(notebook.page.evaluate("window.took")) / 1000


def watch(notebook: Notebook, event: str, condition: str) -> None:
    notebook.page.evaluate(STOPWATCH, [event, condition])


def told(name: str, took: list[float], bound: float) -> None:
    spread = f"{min(took):.2f} … {max(took):.2f} s, n = {len(took)}"
    print(f"{name}: median {statistics.median(took):.2f} s ({spread}); at most {bound} s")


def test_from_run_to_the_first_point_and_from_stop_to_stopped(
    notebook: Notebook, laboratory: Laboratory
) -> None:
    notebook.open(laboratory.write("speed.ipynb", IMPORTS, SEARCH))
    notebook.run_all()
    panel = Panel(notebook)
    first, stopped = [], []
    for _ in range(5):
        panel.wait_picture("tabs", "curves of 0 trials")
        watch(notebook, "click", FIRST_POINT)
        panel.press("Run")
        first.append(seconds(notebook))
        panel.wait_line(r"([2-9]|1\d)/20")  # in the middle of training
        watch(notebook, "click", STOPPED)
        panel.press("Stop")
        stopped.append(seconds(notebook))
        panel.press("▸ More settings")
        panel.press("Clear runs")
        panel.press("Clear 1 run")
        panel.press("▾ More settings")
        panel.wait_state("idle")
    told("Run to the first point of a learning curve", first, 3)
    told("Stop to 'stopped'", stopped, 0.5)
    assert max(first) <= 3
    assert max(stopped) <= 0.5


def test_from_a_slider_to_its_drawing(notebook: Notebook, laboratory: Laboratory) -> None:
    notebook.open(laboratory.write("speed.ipynb", IMPORTS, "SpacePanel(ChainSpace(max_depth=6))"))
    notebook.run_all()
    page = notebook.page
    page.wait_for_selector(".wb-panel svg[role=img]")
    handle = page.locator(".wb-panel .noUi-handle").first
    handle.focus()
    took = []
    for key in ("ArrowLeft", "ArrowRight") * 10:
        page.evaluate("window.drawn = document.querySelector('.wb-panel svg[role=img]').outerHTML")
        drawn = "document.querySelector('.wb-panel svg[role=img]')?.outerHTML"
        watch(notebook, "keydown", f"{drawn} && {drawn} != window.drawn")
        page.keyboard.press(key)
        took.append(seconds(notebook))
    told("a slider's change to its new drawing", took, 0.15)
    assert statistics.median(took) <= 0.15


SLOWDOWN = """\
space, data, ratios = ChainSpace(), digits(), []
def alone():
    began = time.perf_counter()
    strategy = RandomSearch(space, seed=0)
    finish(search(strategy, FullTraining(space, data, epochs=8), trials=8))
    return time.perf_counter() - began
def shown():
    began = time.perf_counter()
    panel.run()
    panel.wait()
    took = time.perf_counter() - began
    panel.reset()
    return took
alone(), shown()
for turn in range(5):
    first, second = (alone, shown) if turn % 2 else (shown, alone)
    took = {first: first(), second: second()}
    ratios.append(took[shown] / took[alone])
print("ratio", statistics.median(ratios), ratios)"""


def test_a_visible_panel_slows_training_by_5_percent_at_most(
    notebook: Notebook, laboratory: Laboratory
) -> None:
    panel = SEARCH.replace("trials=20", "trials=8")
    notebook.open(laboratory.write("speed.ipynb", IMPORTS, panel, SLOWDOWN))
    notebook.run_all(seconds=580)
    said = notebook.page.locator(".jp-CodeCell").last.locator(".jp-OutputArea").inner_text()
    print("with a panel / without:", said)
    assert float(said.split()[1]) <= 1.05
