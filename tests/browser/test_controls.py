"""What a panel owes its reader: whole words, a still page, a keyboard that is seen.

One notebook for all of these tests: they read it, and leave it as it was.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from laboratory import Laboratory, Notebook, Panel
from playwright.sync_api import BrowserContext, expect
from watching import Watch, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

IMPORTS = """\
from workbench.data import digits
from workbench.panels import SearchPanel, SpacePanel
from workbench.spaces import ChainSpace, NASNetSpace"""
SEARCH = """\
panel = SearchPanel(ChainSpace(filters=(8, 16)), digits(), trials=900, settings={"epochs": 8})
panel"""
BUILD = """\
mine = SpacePanel(ChainSpace(), arch=ChainSpace().parse("conv3x3:8-conv3x3:16/2-fc0"))
mine"""
CELLS = "SpacePanel(NASNetSpace())"


@pytest.fixture(scope="module")
def desk(browser: BrowserContext, laboratory: Laboratory) -> Iterator[Notebook]:
    """A notebook with three panels, all of their settings unfolded."""
    laboratory.begin_again()
    page = browser.new_page()
    page.set_viewport_size({"width": 1366, "height": 900})
    opened = Notebook(page, laboratory)
    try:
        opened.open(laboratory.write("controls.ipynb", IMPORTS, SEARCH, BUILD, CELLS))
        opened.run_all()
        expect(page.locator(".wb-panel")).to_have_count(3)
        settle(page)
        seen = page.locator(".wb-toggle:visible")
        for toggle in seen.all():
            toggle.click()
        expect(seen.filter(has_text="▸")).to_have_count(0)
        yield opened
    finally:
        page.evaluate("localStorage.clear()")
        page.close()
        laboratory.begin_again()


def widen(notebook: Notebook, width: int) -> None:
    notebook.page.set_viewport_size({"width": width, "height": 900})
    settle(notebook.page)


# words that find no room where they stand
CUT = """() => [...document.querySelectorAll(
    '.wb-panel .widget-label, .wb-panel button, .wb-panel .wb-name, .wb-panel .wb-line')]
  .filter(each => each.offsetWidth && each.scrollWidth > each.clientWidth + 1)
  .map(each => `${each.className} ${each.textContent}: ${each.scrollWidth}>${each.clientWidth}`)"""
# menus that are narrower than their longest option and the arrow beside it
NARROW = """() => [...document.querySelectorAll('.wb-panel select')]
  .filter(each => each.offsetWidth)
  .map(each => {
    const pen = document.createElement('canvas').getContext('2d');
    pen.font = getComputedStyle(each).font;
    const widths = [...each.options].map(option => pen.measureText(option.text).width);
    return [each.value, Math.max(...widths) + 24, each.clientWidth];
  })
  .filter(([, wanted, has]) => wanted > has)"""


@pytest.mark.parametrize("width", [1366, 800])
def test_every_word_is_whole(width: int, desk: Notebook) -> None:
    widen(desk, width)
    assert desk.page.evaluate(CUT) == []
    assert desk.page.evaluate(NARROW) == []


# where all stands that a line of numbers could move, and that line
PLACES = """[[...document.querySelectorAll('.wb-sides')].map(each => each.offsetTop),
  document.querySelector('.wb-status').innerText]"""


def test_a_panel_that_runs_stays_where_it_is(desk: Notebook) -> None:
    panel = Panel(desk)
    for width, run in ((800, "Run"), (1366, "Continue")):
        widen(desk, width)
        watch = Watch(desk.page, PLACES)
        panel.press(run)
        watch.wait("seen.filter(([, line]) => /epoch .* best /.test(line)).length >= 5")
        panel.press("Stop")
        panel.wait_state("stopped")
        settle(desk.page)
        assert len({tuple(places) for places, _ in watch.seen}) == 1, watch.seen


def test_a_question_that_is_no_choice_any_more_says_why(desk: Notebook) -> None:
    built = desk.page.locator(".wb-panel").nth(1)
    strides = built.locator(".wb-group", has_text="layer 2").locator("select").last
    depth = built.locator(".noUi-handle").first
    depth.focus()
    depth.press("ArrowRight")
    built.locator(".wb-group", has_text="layer 1").locator("select").last.select_option("2")
    third = built.locator(".wb-group", has_text="layer 3")
    expect(third.locator(".wb-why")).to_have_text("stride: 2 of 2 strides above 1 are used")
    expect(third.locator("select").last).to_be_disabled()
    strides.select_option("1")
    expect(third.locator(".wb-why")).to_have_count(0)
    expect(third.locator("select").last).to_be_enabled()


# the ring of what has the focus: its style, its width in px, its colour
RING = """() => {
  const style = getComputedStyle(document.activeElement);
  return [style.outlineStyle, style.outlineWidth, style.outlineColor];
}"""


def test_the_keyboard_is_seen(desk: Notebook) -> None:
    widen(desk, 1366)
    page, kinds = desk.page, set()
    Panel(desk).root.locator("button").first.focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        kinds.add(page.evaluate("document.activeElement.tagName"))
        assert page.evaluate(RING) == ["solid", "2px", "rgb(0, 114, 178)"]
    assert {"BUTTON", "INPUT", "LI", "SUMMARY", "DIV", "SELECT"} <= kinds


def test_arrow_keys_reach_the_second_tab(desk: Notebook) -> None:
    panel = Panel(desk)
    first, second = panel.root.locator(".lm-TabBar-tab").all()
    first.focus()
    desk.page.keyboard.press("ArrowRight")
    expect(second).to_be_focused()
    desk.page.keyboard.press("Enter")
    expect(second).to_have_attribute("aria-selected", "true")
    expect(panel.root.locator(".wb-inside").first).to_be_visible()
    assert desk.complaints() == []
