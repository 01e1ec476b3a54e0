"""The map of 6,466 cells in a real browser: a click picks the dot under it, keys move, trials come.

The table is made up (``tests/synthetic_table.py``): places and numbers are all that counts here.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from laboratory import PATIENCE, Laboratory, Notebook
from playwright.sync_api import Locator, expect
from stopwatch import Stopwatch, median_of
from synthetic_table import synthetic

from workbench.spaces import TopologySpace

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PANEL = """\
from workbench.estimators import Table
from workbench.panels import TableMap
from workbench.strategies import LocalSearch, RandomSearch
panel = TableMap(Table(path={path!r}), strategies=(RandomSearch, LocalSearch))
panel"""
SAY = "print('picked', panel.table.number(panel.picked), 'at', panel._map.widget.here['cell'])"

# The dot, away from the edges, that lies farthest from all others: a click can mean no other one.
LONELY = """() => {
  const map = document.querySelector('.wb-dots-box').wbMap;
  const box = map.canvas.getBoundingClientRect();
  const seen = [...map.x.keys()].filter((cell) => map.inside(cell));
  const places = seen.map((cell) => [cell, ...map.at(cell)]);
  let best = null;
  for (const [cell, x, y] of places) {
    if (x < 80 || x > box.width - 80 || y < 40 || y > box.height - 70) continue;
    let near = Infinity;
    for (const [other, a, b] of places)
      if (other !== cell) near = Math.min(near, (a - x) ** 2 + (b - y) ** 2);
    if (!best || near > best.near) best = { cell, x: box.left + x, y: box.top + y, near };
  }
  return best;
}"""

DRAWN_CELL = "document.querySelector('.wb-cell svg')?.getAttribute('aria-label')"

FRAMES = """() => {
  window.gaps = [];
  let last = performance.now();
  const beat = (now) => { window.gaps.push(now - last); last = now;
    window.beating = requestAnimationFrame(beat); };
  requestAnimationFrame(beat);
}"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place: Path = tmp_path_factory.mktemp("table") / "made-up.npz"
    synthetic(TopologySpace(channels=8, cells=1, reduction="plain")).save(place)
    return place


def opened(notebook: Notebook, laboratory: Laboratory, path: Path) -> Locator:
    notebook.open(laboratory.write("map.ipynb", PANEL.format(path=str(path)), SAY))
    notebook.run_all()
    box = notebook.page.locator(".wb-dots-box")
    expect(box.locator("canvas")).to_be_visible(timeout=PATIENCE)
    box.scroll_into_view_if_needed()
    expect(notebook.page.locator(".wb-cell svg")).to_be_visible(timeout=PATIENCE)
    return box


def expect_picked(notebook: Notebook, cell: int) -> None:
    """The kernel takes this cell for picked, and the map marks the same one."""
    said = notebook.run_cell(notebook.page.locator(".jp-CodeCell").last)
    expect(said).to_contain_text(f"picked {cell} at {cell}", timeout=PATIENCE)


def test_a_click_picks_the_dot_under_it_and_keys_move_on(
    notebook: Notebook, laboratory: Laboratory, path: Path
) -> None:
    box, page = opened(notebook, laboratory, path), notebook.page
    dot = page.evaluate(LONELY)
    facts = page.locator(".wb-map .wb-tiles").first
    before = facts.inner_text()
    page.mouse.click(dot["x"], dot["y"])
    expect(facts).not_to_have_text(before, timeout=PATIENCE)
    expect_picked(notebook, dot["cell"])
    for key, then in (
        ("ArrowRight", "map.order[map.place[cell] + 1]"),
        ("End", "map.order[map.order.length - 1]"),
        ("Home", "map.order[0]"),
    ):
        wanted = page.evaluate(
            f"(cell) => {{ const map = document.querySelector('.wb-dots-box').wbMap; "
            f"return {then}; }}",
            dot["cell"],
        )
        box.focus()
        page.keyboard.press(key)
        page.wait_for_function(
            "(cell) => document.querySelector('.wb-dots-box').wbMap.model.get('here').cell == cell",
            arg=wanted,
            timeout=PATIENCE,
        )
        expect_picked(notebook, wanted)
    # uphill by key, then by a bar: the keyboard reaches both, and the notebook keeps its cells
    box.focus()
    said = box.locator("[role=status]")
    held = said.inner_text()
    page.keyboard.press("ArrowUp")
    expect(said).not_to_have_text(held, timeout=PATIENCE)
    bar = page.locator(".wb-neighbours button[data-press]").first
    drawn = page.locator(".wb-cell svg").get_attribute("aria-label") or ""
    bar.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".wb-cell svg")).not_to_have_attribute("aria-label", drawn)
    page.keyboard.press("ArrowDown")
    row = "document.activeElement.dataset.row"  # where it has an operation, there is no button
    page.wait_for_function(f"Number({row}) > 0", timeout=PATIENCE)
    assert page.locator(".jp-CodeCell").count() == 2
    assert notebook.complaints() == []


def test_300_trials_appear_while_the_page_stays_smooth(
    notebook: Notebook, laboratory: Laboratory, path: Path
) -> None:
    opened(notebook, laboratory, path)
    page = notebook.page
    page.evaluate(FRAMES)
    page.locator("button", has_text="Run").first.click()
    expect(page.locator(".wb-state")).to_contain_text("finished", timeout=PATIENCE)
    count = "document.querySelector('.wb-dots-box').wbMap.model.get('walk').cells.length"
    page.wait_for_function(f"{count} == 300", timeout=PATIENCE)
    assert notebook.complaints() == []
    gaps = page.evaluate("window.gaps.slice(5)")
    print(f"300 trials: {len(gaps)} frames, longest {max(gaps):.0f} ms")


@pytest.mark.benchmark_slow
def test_from_a_click_to_the_cell_on_screen(
    notebook: Notebook, laboratory: Laboratory, path: Path
) -> None:
    box, page = opened(notebook, laboratory, path), notebook.page
    place, took = box.bounding_box(), list[float]()
    assert place is not None
    for turn in range(24):
        across, up = (0.2 + 0.6 * ((turn * 0.618) % 1), 0.25 + 0.5 * ((turn * 0.37) % 1))
        at = place["x"] + across * place["width"], place["y"] + up * place["height"]
        near = page.evaluate(
            "([x, y]) => { const map = document.querySelector('.wb-dots-box').wbMap; "
            "const cell = map.nearest({ clientX: x, clientY: y }); "
            "return cell >= 0 && cell != map.model.get('here').cell; }",
            list(at),
        )
        if not near:
            continue
        watch = Stopwatch(page, "click", DRAWN_CELL)
        page.mouse.click(*at)
        took.append(watch.took())
        page.wait_for_timeout(300)
    middle = median_of("a click to the cell on screen", took)
    page.evaluate(FRAMES)
    page.locator("button", has_text="Run").first.click()
    expect(page.locator(".wb-state")).to_contain_text("finished", timeout=PATIENCE)
    longest = max(page.evaluate("window.gaps.slice(5)"))
    print(f"300 trials appearing: longest frame {longest:.0f} ms; at most 250")
    assert middle <= 150
    assert longest <= 250
