"""A search in a real browser: run, watch, pause, step, stop, compare, reload, save, reopen."""

from __future__ import annotations

import re

import pytest
from laboratory import DONE, Laboratory, Notebook, Panel
from playwright.sync_api import expect
from watching import Watch

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

IMPORTS = """\
import threading
from workbench import attach
from workbench.data import digits
from workbench.panels import SearchPanel, SpacePanel
from workbench.spaces import ChainSpace"""
WORKERS = """\
for each in threading.enumerate():
    if each.name.startswith("workbench"):
        each.join(timeout=20)
print(*threading.enumerate())"""
SEARCH = """\
panel = SearchPanel(
    ChainSpace(filters=(8, 16)), digits(), trials={trials}, settings={{"epochs": {epochs}}}
)
panel"""


def opened(
    notebook: Notebook, laboratory: Laboratory, *more: str, trials: int = 3, epochs: int = 2
) -> Panel:
    sources = (IMPORTS, SEARCH.format(trials=trials, epochs=epochs), *more)
    notebook.open(laboratory.write("search.ipynb", *sources))
    notebook.run_all()
    panel = Panel(notebook)
    panel.wait_state("idle")
    return panel


def test_a_search_runs_and_its_numbers_move(notebook: Notebook, laboratory: Laboratory) -> None:
    panel = opened(notebook, laboratory, trials=8, epochs=4)
    panel.press("▸ More settings")
    pace = panel.root.get_by_role("combobox", name="pace")
    pace.select_option("2 trials a second")  # 3 seconds at least, however fast it trains
    watch = Watch(notebook.page, "document.querySelector('.wb-status').innerText")
    panel.press("Run")
    panel.wait_line(r"finished.*8/8.*best \d+\.\d %")
    done = [found[0] for line in watch.seen if (found := re.search(r"\d/8", line))]
    assert len(set(done)) >= 4
    assert done == sorted(done)
    panel.wait_picture("tabs", "^Learning curves of 8 trials. Best")
    expect(panel.root.locator(".wb-table tr")).to_have_count(9)  # a head and eight trials
    expect(panel.root.locator(".wb-drawings svg[role=img][aria-label]")).to_have_count(2)
    assert notebook.complaints() == []


def test_pause_step_go_on_and_stop(notebook: Notebook, laboratory: Laboratory) -> None:
    panel = opened(notebook, laboratory, WORKERS, trials=900, epochs=8)
    panel.press("Run")
    panel.wait_line(DONE)
    panel.press("Pause")
    panel.wait_state("paused")
    held = panel.line
    notebook.page.wait_for_timeout(1000)  # ms in which a run would renew it four times
    assert panel.line == held
    panel.press("Step")
    moves(panel, held)
    panel.wait_state("paused")
    panel.press("Continue")
    panel.wait_state("running")
    moves(panel, panel.line)
    panel.press("Stop")
    panel.wait_state("stopped")
    # training has ended by then; its thread draws one last picture and is gone
    said = notebook.run_cell(notebook.page.locator(".jp-CodeCell").last)
    expect(said).to_contain_text("MainThread")
    expect(said).not_to_contain_text("Thread(workbench")
    assert notebook.complaints() == []


def moves(panel: Panel, held: str) -> None:
    """Wait until the line of numbers is not what it was."""
    expect(panel.root.locator(".wb-status")).not_to_have_text(held, use_inner_text=True)


def test_again_with_other_settings(notebook: Notebook, laboratory: Laboratory) -> None:
    panel = opened(notebook, laboratory, trials=3, epochs=1)
    panel.press("Run")
    panel.wait_state("finished")
    first = panel.root.locator(".wb-caption").inner_text()
    trials = panel.root.get_by_role("textbox", name="trials")
    trials.fill("2")
    trials.press("Enter")
    panel.press("Run")
    panel.wait_line(r"finished.*2/2")
    assert panel.root.locator(".wb-caption").inner_text() != first
    panel.wait_picture("best", "1 earlier run")
    assert notebook.complaints() == []


def test_reload_in_the_middle_of_a_run(notebook: Notebook, laboratory: Laboratory) -> None:
    """The page of an unsaved notebook is lost; the search is not: attach() brings it back."""
    panel = opened(notebook, laboratory, "attach()", trials=900, epochs=8)
    panel.press("Run")
    panel.wait_line(DONE)
    notebook.reload()
    notebook.run_cell(notebook.page.locator(".jp-CodeCell").last)
    panel = Panel(notebook)
    panel.wait_state("running")
    moves(panel, panel.line)
    panel.press("Stop")
    panel.wait_state("stopped")
    assert notebook.complaints() == []


def test_save_and_reopen(notebook: Notebook, laboratory: Laboratory) -> None:
    """The widgets of a saved notebook come back live while its kernel lives."""
    panel = opened(notebook, laboratory, trials=2, epochs=1)
    panel.press("Run")
    panel.wait_state("finished")
    done = panel.line
    notebook.save()
    notebook.reload()
    panel = Panel(notebook)
    panel.wait_state("finished")
    assert panel.line == done
    trials = panel.root.get_by_role("textbox", name="trials")
    trials.fill("3")
    trials.press("Enter")
    panel.press("Run")
    panel.wait_line(r"finished.*3/3")
    assert notebook.complaints() == []


def test_waiting_for_a_search(notebook: Notebook, laboratory: Laboratory) -> None:
    sources = IMPORTS, SEARCH.format(trials=2, epochs=1), "panel.run()\npanel.wait()"
    notebook.open(laboratory.write("search.ipynb", *sources))
    notebook.run_all()
    Panel(notebook).wait_state("finished")
    out = notebook.page.locator(".jp-CodeCell").last.locator(".jp-OutputArea")
    expect(out).to_contain_text(re.compile(r"finished: 2 architectures.*best \d+\.\d %"))
    assert notebook.complaints() == []


def test_interrupting_the_wait_stops_the_search(notebook: Notebook, laboratory: Laboratory) -> None:
    sources = IMPORTS, SEARCH.format(trials=900, epochs=8), "panel.run()\npanel.wait()"
    notebook.open(laboratory.write("search.ipynb", *sources))
    notebook.run_all(wait=False)
    panel = Panel(notebook)
    panel.wait_line(DONE)
    notebook.page.get_by_role("button", name="Interrupt the kernel").click()
    panel.wait_state("stopped")
    notebook.wait_idle()
    assert notebook.complaints() == []
