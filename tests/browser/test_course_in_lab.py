"""Every notebook of the course in a real browser: Run All, no complaint, pictures, its moment."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from laboratory import Laboratory, Notebook
from moments import MOMENTS
from quick_sizes import quickened, read
from watching import STILL, settle

from workbench.course import notebooks

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

KEPT = bool(os.environ.get("WORKBENCH_SHOTS"))  # pictures are for people, and dear


def screenfuls(notebook: Notebook, shots: Path, stem: str) -> None:
    """Bring each screenful of the open notebook into view; a picture of each where they are kept.

    JupyterLab builds an output when it first comes into view, and complains then.
    """
    for number in range(40):
        if KEPT:
            notebook.page.screenshot(path=shots / f"{stem}-{number:02d}.png")
        moved = notebook.page.evaluate(
            """() => {
              const view = [...document.querySelectorAll('.jp-WindowedPanel-outer, .jp-Notebook')]
                .find(each => each.scrollHeight > each.clientHeight + 5);
              if (!view) return false;
              const before = view.scrollTop;
              view.scrollTop += 0.92 * view.clientHeight;
              return view.scrollTop > before + 1;
            }"""
        )
        if not moved:
            return
        settle(notebook.page, frames=STILL if KEPT else 4)  # built, or painted as well


def too_wide(notebook: Notebook) -> list[str]:
    """Outputs and texts that would have to be scrolled sideways, at every width of a window."""
    found = []
    for width in (1920, 1366, 1200, 800):
        notebook.page.set_viewport_size({"width": width, "height": 900})
        settle(notebook.page)
        found += notebook.page.evaluate(
            """width => [...document.querySelectorAll(
                '.jp-OutputArea-output, .jp-RenderedMarkdown, .wb-panel .wb-column, .wb-card')]
              .filter(each => each.scrollWidth > each.clientWidth + 2 && each.clientWidth > 0)
              .map(each => `${width}: ${each.className} ${each.scrollWidth}>${each.clientWidth} `
                + (each.querySelector('[alt], [aria-label]')?.outerHTML.slice(0, 160)
                   || each.textContent.trim().slice(0, 60)))""",
            width,
        )
    notebook.page.set_viewport_size({"width": 1366, "height": 900})
    return found


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_run_all_and_the_moment(
    path: Path, notebook: Notebook, laboratory: Laboratory, shots: Path
) -> None:
    quick = read(path)
    quickened(quick, path.stem)
    nbformat.write(quick, laboratory.folder / f"quick-{path.name}")
    notebook.open(f"quick-{path.name}")
    seconds = notebook.run_all()
    print(f"{path.stem}: Run All in {seconds:.1f} s")
    assert notebook.complaints() == []
    notebook.page.evaluate("document.querySelector('.jp-WindowedPanel-outer')?.scrollTo(0, 0)")
    screenfuls(notebook, shots, path.stem)
    assert too_wide(notebook) == []
    MOMENTS[path.stem](notebook)
    assert notebook.complaints() == []


def test_every_notebook_has_its_moment() -> None:
    assert set(MOMENTS) == {path.stem for path in notebooks()}


def test_first_screen_holds_a_panel_with_run(notebook: Notebook, laboratory: Laboratory) -> None:
    """The newcomer's first sight, 1366 × 768, before anything has run: a heading and a cell."""
    notebook.page.set_viewport_size({"width": 1366, "height": 768})
    notebook.open("00_introduction.ipynb")
    page = notebook.page
    page.wait_for_selector(".jp-RenderedMarkdown h1")
    settle(page)
    cell = page.locator(".jp-CodeCell", has_text="SearchPanel").first
    box = cell.bounding_box()
    assert box is not None
    assert box["y"] + min(box["height"], 60) < 768
