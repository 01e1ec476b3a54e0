"""A search in a real browser: run, watch, pause, step, stop, compare, reload, save, reopen."""

from __future__ import annotations

import re

import pytest
from laboratory import Laboratory, Notebook, Panel
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

IMPORTS = """\
import threading
from workbench import attach
from workbench.data import digits
from workbench.panels import SearchPanel, SpacePanel
from workbench.spaces import ChainSpace"""
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
    panel = opened(notebook, laboratory, trials=4, epochs=4)
    panel.press("Run")
    seen = set()
    while panel.state not in ("finished", "failed"):
        seen.add(panel.line)
        notebook.page.wait_for_timeout(50)  # ms between two looks
    assert panel.state == "finished"
    assert len(seen) >= 4
    assert re.search(r"4/4.*best \d+\.\d %", panel.line)
    panel.wait_picture("tabs", "^Learning curves of 4 trials$")
    expect(panel.root.locator(".wb-table tr")).to_have_count(5)  # a head and four trials
    expect(panel.root.locator(".wb-drawings svg[role=img][aria-label]")).to_have_count(2)
    assert notebook.complaints() == []


def test_pause_step_go_on_and_stop(notebook: Notebook, laboratory: Laboratory) -> None:
    panel = opened(notebook, laboratory, "print(*threading.enumerate())", trials=50, epochs=8)
    panel.press("Run")
    panel.wait_line(r"epoch \d")
    panel.press("Pause")
    panel.wait_state("paused")
    held = panel.line
    notebook.page.wait_for_timeout(1000)
    assert panel.line == held
    panel.press("Step")
    notebook.page.wait_for_function(
        "held => document.querySelector('.wb-status').innerText != held", arg=held, timeout=30_000
    )
    panel.wait_state("paused")
    panel.press("Continue")
    panel.wait_state("running")
    panel.wait_line(r"trial [2-9]")
    panel.press("Stop")
    panel.wait_state("stopped", seconds=10)
    # training has ended by then; its thread draws one last picture and is gone
    assert any(workers(notebook) == 0 for _ in range(10))
    assert notebook.complaints() == []


def workers(notebook: Notebook) -> int:
    """How many of our worker threads live in the kernel; runs the notebook's last cell."""
    said = notebook.run_cell(notebook.page.locator(".jp-CodeCell").last)
    return len(re.findall(r"Thread\(workbench", said))


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
    panel = opened(notebook, laboratory, "attach()", trials=60, epochs=8)
    panel.press("Run")
    panel.wait_line("trial [2-9]")
    notebook.reload()
    notebook.run_cell(notebook.page.locator(".jp-CodeCell").last)
    panel = Panel(notebook)
    panel.wait_state("running")
    held = panel.line
    notebook.page.wait_for_function(
        "held => document.querySelector('.wb-status').innerText != held", arg=held, timeout=30_000
    )
    panel.press("Stop")
    panel.wait_state("stopped", seconds=10)
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
    out = notebook.page.locator(".jp-CodeCell").last.locator(".jp-OutputArea").inner_text()
    assert re.search(r"finished: 2 architectures.*best \d+\.\d %", out)
    assert notebook.complaints() == []


def test_interrupting_the_wait_stops_the_search(notebook: Notebook, laboratory: Laboratory) -> None:
    sources = IMPORTS, SEARCH.format(trials=200, epochs=8), "panel.run()\npanel.wait()"
    notebook.open(laboratory.write("search.ipynb", *sources))
    notebook.run_all(wait=False)
    panel = Panel(notebook)
    panel.wait_line(r"epoch \d")
    notebook.page.get_by_role("button", name="Interrupt the kernel").click()
    panel.wait_state("stopped", seconds=10)
    notebook.wait_idle()
    assert notebook.complaints() == []
