"""Network morphisms in a real browser: a kind, a child, its weights, the outputs compared."""

from __future__ import annotations

import re

import pytest
from laboratory import Laboratory, Notebook
from playwright.sync_api import Locator, expect
from stopwatch import Stopwatch, median_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PANEL = """\
from workbench.data import digits
from workbench.exercises import weight_inheritance as lesson
from workbench.spaces import BranchSpace
images, space = digits(), BranchSpace(max_depth=5, merge_per_layer=True)
arch = space.parse("conv3x3:8-conv3x3:8/2-conv3x3:16-fc0")
mother = lesson.TrainedMother.trained(space, arch, images, epochs=1)
panel = lesson.MorphPanel(mother)
panel"""

DOTS = "document.querySelector('.wb-outputs img')?.src"


def shown(notebook: Notebook, laboratory: Laboratory) -> Locator:
    notebook.open(laboratory.write("morphs.ipynb", PANEL))
    notebook.run_all()
    panel = notebook.page.locator(".wb-panel:has(.wb-outputs)").first
    expect(panel.locator(".wb-outputs img")).to_have_attribute("alt", re.compile("all on the"))
    return panel


def test_both_networks_and_their_outputs(notebook: Notebook, laboratory: Laboratory) -> None:
    panel = shown(notebook, laboratory)
    networks = panel.locator(".wb-networks svg")
    expect(networks).to_have_count(2)
    boxes = panel.locator(".wb-networks svg g.node")
    fewer = boxes.count()
    panel.locator("button", has_text=re.compile("^branch$")).click()
    expect(panel.locator(".wb-line")).to_contain_text("branch, ")
    expect(boxes).not_to_have_count(fewer)  # the line of text comes before the drawing
    assert boxes.count() > fewer  # a merge stands there as well
    dots = panel.locator(".wb-outputs img")
    first = str(dots.get_attribute("alt"))
    panel.get_by_role("combobox", name="change").select_option(index=3)
    expect(dots).not_to_have_attribute("alt", first)  # another child stands there
    expect(dots).to_have_attribute("alt", re.compile("all on the"))
    panel.locator("button", has_text="at random").click()
    expect(dots).to_have_attribute("alt", re.compile("scattered"))
    assert notebook.complaints() == []


@pytest.mark.benchmark_slow
def test_from_a_choice_to_the_outputs_on_screen(notebook: Notebook, laboratory: Laboratory) -> None:
    """Each child is seen for the first time: nothing of it was computed or drawn before."""
    panel, took = shown(notebook, laboratory), list[float]()
    menu = panel.get_by_role("combobox", name="change")
    panel.locator("button", has_text="at random").click()
    expect(panel.locator(".wb-outputs img")).to_have_attribute("alt", re.compile("scattered"))
    menu.focus()
    for kind in ("deepen", "branch"):
        panel.locator("button", has_text=re.compile(f"^{kind}$")).click()
        expect(panel.locator(".wb-line")).to_contain_text(kind)
        for place in range(1, 11):
            watch = Stopwatch(notebook.page, "change", DOTS)
            menu.select_option(index=place)
            took.append(watch.took())
            notebook.page.wait_for_timeout(300)
    assert median_of("a choice to the outputs on screen", took) <= 150
