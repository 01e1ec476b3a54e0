"""The moment of each notebook that a learner remembers: a state of a panel, reached by hand.

Each function gets the notebook after Run All at its quick sizes.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from laboratory import Notebook
from playwright.sync_api import Locator, expect
from watching import settle


def introduction(notebook: Notebook) -> None:
    """Press Run: the learner's own network lands as a star among the random ones."""
    duel = notebook.page.locator(".wb-panel:has(.wb-status)").nth(1)
    duel.scroll_into_view_if_needed()
    # with the same settings a finished run has nothing to add: another seed is another duel
    seed = duel.get_by_role("textbox", name="seed")
    seed.fill("5")
    seed.press("Enter")
    duel.locator("button", has_text=re.compile(r"^\s*Run")).first.click()
    # the duel that Run All ran is an earlier one now
    picture = duel.locator(".wb-best img").first
    expect(picture).to_have_attribute("alt", re.compile(r"1 earlier run.*yours.*rank \d of 4"))


def chain_structured_spaces(notebook: Notebook) -> None:
    """Drag the depth: from 64 seconds to 2,200 years."""
    drag = notebook.page.locator(".wb-panel").first
    drag.scroll_into_view_if_needed()
    handle = drag.locator(".noUi-handle").first
    handle.focus()
    handle.press("Home")
    expect(drag).to_contain_text("64 s")
    handle.press("End")
    expect(drag).to_contain_text("2,200 years")


def multi_branch_spaces(notebook: Notebook) -> None:
    """Tick the triangle full: the chain has become a DenseNet."""
    panel = notebook.page.locator(".wb-panel:has(.wb-ticks)").first
    panel.scroll_into_view_if_needed()
    ticks = panel.locator(".wb-ticks input[type=checkbox]")
    expect(ticks).to_have_count(28)  # pairs of eight layers
    for number in range(28):
        ticks.nth(number).check()
    named = notebook.page.locator(".jp-CodeCell", has_text="lesson.wiring(mine.arch)")
    expect(notebook.run_cell(named)).to_contain_text("DenseNet")


def cell_spaces(notebook: Notebook) -> None:
    """Flip the reading: same list, other arrows. Drag N: the cell stays, parameters grow."""
    panels = ".wb-panel:has(.widget-toggle-buttons):not(:has(.wb-search))"
    reader = notebook.page.locator(panels).first
    reader.scroll_into_view_if_needed()
    expect(reader).to_contain_text("Read as NASNet: 0 is c[k-1]")
    arrows = reader.locator("svg").first.locator("path")
    as_nasnet = drawn(arrows)
    reader.locator("button", has_text="DARTS").click()
    expect(reader).to_contain_text("Read as DARTS: 0 is c[k-2]")
    settle(notebook.page)
    assert drawn(arrows) != as_nasnet
    stack = notebook.page.locator(".wb-panel:has(.wb-slider:has-text('repeats'))").last
    stack.scroll_into_view_if_needed()
    size = stack.locator(".wb-tiles div", has_text="parameters").locator("b")
    arrows = stack.locator("svg").first.locator("path")
    cell = drawn(arrows)
    handle = stack.locator(".wb-slider", has_text="repeats").locator(".noUi-handle")
    handle.focus()
    grown = [number(size.inner_text())]
    for _ in range(3):
        shown = size.inner_text()
        handle.press("ArrowRight")
        expect(size).not_to_have_text(shown)
        grown.append(number(size.inner_text()))
    assert grown == sorted(grown)
    settle(notebook.page)
    assert drawn(arrows) == cell


def random_search(notebook: Notebook) -> None:
    """Drag the trials: the best score seen climbs, the same picks with other seeds lag behind."""
    panel = notebook.page.locator(".wb-panel:has(.wb-looks)").first
    panel.scroll_into_view_if_needed()
    handle = panel.locator(".noUi-handle").first
    handle.focus()
    handle.press("Home")
    expect(panel).to_contain_text("After 1 trial,")
    one, _ = accuracies(panel.inner_text())
    handle.press("End")
    expect(panel).to_contain_text("After 100 trials,")
    all_of_them, again = accuracies(panel.inner_text())
    assert one < all_of_them
    assert again < all_of_them
    expect(panel.locator(".wb-looks img")).to_have_attribute("alt", re.compile("After 100 trials"))


def accuracies(text: str) -> tuple[float, float]:
    """Of a panel's words the best score seen, and what other seeds of the same picks show."""
    found = re.search(r"best score seen (\S+) %, the same picks with other seeds (\S+) %", text)
    assert found is not None, text
    return float(found[1]), float(found[2])


def bayesian_optimization(notebook: Notebook) -> None:
    """Stuck on the hill by the posterior mean; forked with expected improvement, over the gap."""
    panels = notebook.page.locator(".wb-panel:has(.wb-status)")
    panel = panels.first
    panel.scroll_into_view_if_needed()
    picture = panel.locator(".wb-tabs img").first
    expect(picture).to_have_attribute("alt", re.compile("7 of them measured"))
    to_trial_3(panel)
    expect(picture).to_have_attribute("alt", re.compile(r"4 of them measured.*next: x = \d,"))
    panel.get_by_role("combobox", name="acquisition").select_option("ei")
    panel.locator("button", has_text="Fork here").click()
    expect(panel.locator(".wb-status")).to_contain_text(re.compile(r"finished.*7/7.*best 9"))
    to_trial_3(panel)
    expect(picture).to_have_attribute(
        "alt", re.compile(r"4 of them measured.*next: x = (1[5-9]|2\d),")
    )


def to_trial_3(panel: Locator) -> None:
    """Drag the time slider from the end of seven trials to trial 3."""
    handle = panel.locator(".wb-time .noUi-handle").first
    handle.focus()
    for _ in range(3):
        handle.press("ArrowLeft")
    expect(panel.locator(".wb-time")).to_contain_text("after trial 3")


def evolution(notebook: Notebook) -> None:
    """Untick aging: the liar, which had died of age, is still the best of the last population."""
    liar = notebook.page.locator(".wb-panel:has(.wb-status)").nth(1)
    liar.scroll_into_view_if_needed()
    members = liar.locator(".wb-inside img").first
    said = re.compile(r"A population of 20.*the best is trial (?!119\b)")
    expect(members).to_have_attribute("alt", said)
    liar.get_by_role("checkbox", name="aging").uncheck()
    liar.locator("button", has_text=re.compile(r"^\s*Run anew")).first.click()
    expect(liar.locator(".wb-status")).to_contain_text("finished", timeout=120_000)
    expect(members).to_have_attribute("alt", re.compile(r"the best is trial 119\b"))
    # back in time: at its birth the two runs do not differ, the liar is the best of both
    slider = liar.locator(".wb-time [role=slider]").first
    slider.focus()
    slider.press("Home")
    expect(members).to_have_attribute("alt", re.compile(r"A population of 1\b"))


def reinforcement_learning(notebook: Notebook) -> None:
    """Drag the baseline from 0 to 0.737: the cloud's variance shrinks 58-fold, its mean stays."""
    cloud = notebook.page.locator(".wb-panel:has(.wb-cloud)").first
    cloud.scroll_into_view_if_needed()
    handle = cloud.locator(".noUi-handle").first
    handle.focus()
    handle.press("Home")
    arrows = cloud.locator(".wb-cloud img")
    mean = "the mean, which is the exact gradient, is (−0.044, +0.039, +0.005) for every b"
    expect(cloud).to_contain_text(f"b = 0.000: {mean}")
    expect(arrows).to_have_attribute("alt", re.compile("a wide cloud"))
    for _ in range(8):  # stops at 0.1, 0.2, … and one at the mean reward
        handle.press("ArrowRight")
    expect(cloud).to_contain_text(f"b = 0.737: {mean}")
    expect(cloud).to_contain_text("58 times less than without a baseline")
    expect(arrows).to_have_attribute("alt", re.compile("a small cloud"))


def cell_controllers(notebook: Notebook) -> None:
    """Force block 1's choice: the later softmaxes move; those of a twin without an LSTM do not."""
    said = notebook.page.locator(".jp-CodeCell", has_text="lesson.forced(")
    expect(said).to_contain_text("without: probabilities of block 2 differ by up to 0.00")
    panel = notebook.page.locator(".wb-controller").first
    panel.scroll_into_view_if_needed()
    panel.locator(".wb-toggle", has_text="More settings").click()
    bars, handle = panel.locator(".wb-softmax img"), panel.locator(".noUi-handle").first
    shown = []
    for option in ("sep_conv_3x3", "max_pool_3x3"):
        handle.focus()
        handle.press("Home")
        for _ in range(2):  # after both inputs
            handle.press("ArrowRight")
        here = re.compile("^normal / block 1 / first operation")
        expect(bars).to_have_attribute("alt", here)
        panel.get_by_label("this decision is").select_option(option)
        expect(bars).to_have_attribute("alt", re.compile("^normal / block 1 / second operation"))
        handle.focus()
        for _ in range(3):
            handle.press("ArrowRight")
        expect(bars).to_have_attribute("alt", re.compile("^normal / block 2 / first operation"))
        settle(notebook.page)
        shown.append(bars.get_attribute("src"))
    assert shown[0] != shown[1]


def gradient_based_search(notebook: Notebook) -> None:
    """Drag ξ from 0 by ½ to 1: the rest point moves from 2 by 1 to 0.67."""
    panel = notebook.page.locator(".wb-panel:has-text('ξ')").first
    panel.scroll_into_view_if_needed()
    handle = panel.locator(".noUi-handle").first
    handle.focus()
    handle.press("Home")
    expect(panel).to_contain_text("to (2.00, 2.00)")
    for _ in range(3):
        handle.press("ArrowRight")
    expect(panel).to_contain_text("ξ = 0.5: from (2, −2) to (1.00, 1.00)")
    expect(panel.locator("img")).to_have_attribute("alt", re.compile(r"to \(1\.00, 1\.00\)"))
    handle.press("End")
    expect(panel).to_contain_text("to (0.67, 0.67)")


def lower_fidelity(notebook: Notebook) -> None:
    """Drag the first rung from 8 epochs to 1: the winner is cut. Ten points less: τ stays."""
    panel = notebook.page.locator(".wb-panel:has(.wb-rung)").first
    panel.scroll_into_view_if_needed()
    handle = panel.locator(".noUi-handle").first
    expect(panel).to_contain_text("The eventual winner is number 1 of 27 there and survives")
    handle.focus()
    handle.press("Home")
    cut = "τ with the end = 0.30. The eventual winner is number 22 of 27 there and is cut after 1"
    expect(panel).to_contain_text(cut)
    picture = panel.locator(".wb-rung img")
    expect(picture).to_have_attribute("alt", re.compile("is cut after 1 epoch"))
    before = picture.get_attribute("src")
    panel.locator("button", has_text="10 points less").click()
    expect(picture).not_to_have_attribute("src", str(before))
    expect(panel).to_contain_text(cut)


def learning_curve_extrapolation(notebook: Notebook) -> None:
    """Guess a hidden curve's end, drag it out of hiding: the scoreboard has you and two others."""
    panel = notebook.page.locator(".wb-panel", has_text="your guess").first
    panel.scroll_into_view_if_needed()
    expect(panel).to_contain_text("Curve 1 of 10, epoch 4 of 12")
    epoch = panel.locator(".wb-slider", has_text="epoch").last.locator(".noUi-handle")
    expect(panel).not_to_contain_text("The ensemble expects")
    guess = panel.locator(".wb-slider", has_text="your guess").locator(".noUi-handle")
    guess.focus()
    for _ in range(3):
        guess.press("ArrowRight")
    panel.locator("button", has_text="Guess").first.click()
    expect(panel).to_contain_text("The ensemble expects")
    expect(panel.locator("img").first).to_have_attribute("alt", re.compile("a fan of where"))
    epoch.focus()
    epoch.press("End")
    expect(panel).to_contain_text("This is the end; your guess was off by")
    board = panel.locator("table").last
    for who in ("you", "last value", "ensemble"):
        expect(board).to_contain_text(who)
    panel.locator("button", has_text="Next curve").click()
    expect(panel).to_contain_text("Curve 2 of 10, epoch 4 of 12")


def weight_inheritance(notebook: Notebook) -> None:
    """A layer more: outputs stay to the last digits; with weights at random they do not."""
    panel = notebook.page.locator(".wb-panel:has(.wb-outputs)").first
    panel.scroll_into_view_if_needed()
    dots = panel.locator(".wb-outputs img")
    for kind in ("widen kernel", "deepen"):
        panel.locator("button", has_text=re.compile(f"^{kind}$")).click()
        said = rf"all on the diagonal\. {kind}, .*outputs move by \de-1[4-7] of"
        expect(dots).to_have_attribute("alt", re.compile(said))
    panel.locator("button", has_text="at random").click()
    expect(dots).to_have_attribute("alt", re.compile("scattered away from the diagonal. deepen"))
    panel.locator("button", has_text="as a morphism").click()
    expect(dots).to_have_attribute("alt", re.compile("all on the diagonal. deepen"))


def one_shot_models(notebook: Notebook) -> None:
    """Drag from all cells to the best tenth: τ collapses. Another supernet has other numbers."""
    panel = notebook.page.locator(".wb-panel:has-text('τ of inherited scores')").first
    panel.scroll_into_view_if_needed()
    panel.get_by_role("combobox", name="supernet").select_option("100 epochs")
    expect(panel).to_contain_text(re.compile("100 epochs, all 200 cells: τ of inherited scores"))
    whole = inherited_tau(panel)
    handle = panel.locator(".noUi-handle").first
    handle.focus()
    for _ in range(3):  # 0.5, 0.25, 0.1
        handle.press("ArrowRight")
    expect(panel).to_contain_text("100 epochs, the best 20 of 200 cells")
    expect(panel.locator("img")).to_have_attribute("alt", re.compile("the best 20 of 200 cells"))
    assert inherited_tau(panel) < whole


def inherited_tau(panel: Locator) -> float:
    """What the panel says of its scores."""
    found = re.search(r"τ of inherited scores (−?)(\d\.\d+)", panel.inner_text())
    assert found is not None, panel.inner_text()
    return float(found[2]) * (-1 if found[1] else 1)


def drawn(paths: Locator) -> list[str]:
    return list(paths.evaluate_all("paths => paths.map(each => each.outerHTML)"))


def number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


MOMENTS: dict[str, Callable[[Notebook], None]] = {
    "00_introduction": introduction,
    "01_chain_structured_spaces": chain_structured_spaces,
    "02_multi_branch_spaces": multi_branch_spaces,
    "03_cell_spaces": cell_spaces,
    "04_random_search": random_search,
    "05_bayesian_optimization": bayesian_optimization,
    "06_evolution": evolution,
    "07_reinforcement_learning": reinforcement_learning,
    "08_cell_controllers": cell_controllers,
    "09_gradient_based_search": gradient_based_search,
    "10_lower_fidelity": lower_fidelity,
    "11_learning_curve_extrapolation": learning_curve_extrapolation,
    "12_weight_inheritance": weight_inheritance,
    "13_one_shot_models": one_shot_models,
}
