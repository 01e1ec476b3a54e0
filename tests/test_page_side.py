"""What a page shows when its kernel is gone, and what comes back when a cell runs again."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import ipywidgets as widgets
import pytest

from workbench.exercises.prediction import Prediction
from workbench.exercises.quiz import Question, Quiz
from workbench.panels import SpacePanel
from workbench.panels.parts import kernel_connection
from workbench.panels.parts.kernel_connection import ENDED, lost, watched
from workbench.panels.parts.layout import bundle, field, slider
from workbench.panels.running import open_panels as live_panels
from workbench.panels.space import kept_edits
from workbench.spaces import ChainSpace
from workbench.views.stored_examples import example, named, outdated

START, BUILT = "conv3x3:8-fc0", "conv3x3:32-fc0"


SMALL = {"max_depth": 2, "operations": ("convolution", "identity"), "filters": (8, 32)}


@pytest.fixture(autouse=True)
def _panels_are_closed() -> Iterator[None]:
    yield
    for ref in list(live_panels._LIVE):
        panel = ref()
        if panel is not None:
            panel.close()


def words(widget: widgets.Widget) -> list[str]:
    """The hidden words of a box, for the day when its kernel has ended."""
    return [each.value for each in widget.children if "wb-lost" in each._dom_classes]


# ------------------------------------------------------------ a kernel that is gone


def test_words_stand_in_the_box_before_they_are_needed() -> None:
    own = widgets.HTML(lost("A run.", then="Then go on."))
    made = watched(widgets.Button(), words=own)
    assert words(made) == [own.value]
    assert own.value.index("A run.") < own.value.index("Run All Above") < own.value.index("Then go")
    assert "wb-live" in made._dom_classes


@pytest.mark.parametrize(
    "made",
    [
        lambda: Quiz(Question("Which?", {"a": "No.", "b": "Yes."}, "b")).widget,
        lambda: Prediction("How many?", options=(1, 2)).widget,
        lambda: SpacePanel(ChainSpace(**SMALL)).widget,
    ],
)
def test_all_that_answers_says_when_it_does_not(made: object) -> None:
    assert len(words(made())) == 1  # type: ignore[operator]


def test_an_orderly_end_is_the_last_thing_that_is_said() -> None:
    made = watched()
    kernel_connection._end()
    assert ENDED in made._dom_classes


def test_nobody_is_kept_alive_to_hear_it() -> None:
    made = watched()
    for each in (*made.children, made):
        each.close()
    before = len(kernel_connection._LIVE)
    del made, each
    gc.collect()
    assert len(kernel_connection._LIVE) < before


# ------------------------------------------------------------ a cell that runs again


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Panels are made in one cell; add 1 to its number to run it again."""
    run = [1]
    for module in (live_panels, kept_edits):
        monkeypatch.setattr(module, "current_cell", lambda: ("the cell", f"run {run[0]}"))
    monkeypatch.setattr(live_panels, "_CELLS", {})
    monkeypatch.setattr(kept_edits, "_KEPT", {})
    return run


def made(**more: object) -> SpacePanel:
    space = ChainSpace(**SMALL)
    return SpacePanel(space, arch=space.parse(START), **more)  # type: ignore[arg-type]


def spelled(panel: SpacePanel) -> str:
    return panel.space.spell(panel.arch)


def test_what_was_built_comes_back(cell: list[int]) -> None:
    first = made()
    first.arch = first.space.parse(BUILT)
    cell[0] += 1
    again = made()
    assert spelled(again) == BUILT
    assert again._kept.notice.widget.layout.display != "none"
    again._kept.notice._button.click()
    assert spelled(again) == START
    assert again._kept.notice.widget.layout.display == "none"
    cell[0] += 1
    assert spelled(made()) == START  # the notebook's own was what was left


def test_settings_of_the_space_come_back(cell: list[int]) -> None:
    first = made()
    first._choose_setting("max_depth", 3)
    first.arch = first.space.parse("-".join(["conv3x3:8"] * 3 + ["fc0"]))
    cell[0] += 1
    again = made()
    assert again.space.max_depth == 3
    assert len(again.arch.layers) == 3
    assert "max_depth=3" in words(again.widget)[0]


def test_two_panels_of_one_cell_keep_apart(cell: list[int]) -> None:
    first, second = made(), made()
    first.arch = first.space.parse(BUILT)
    second.arch = second.space.parse("identity-fc0")
    cell[0] += 1
    assert [spelled(made()), spelled(made())] == [BUILT, "identity-fc0"]


def test_another_source_wins(cell: list[int]) -> None:
    first = made()
    first.arch = first.space.parse(BUILT)
    cell[0] += 1
    space = ChainSpace(**SMALL)
    other = SpacePanel(space, arch=space.parse("identity-fc0"))  # the learner changed the cell
    assert spelled(other) == "identity-fc0"


def test_what_cannot_come_back_is_said_to_be_lost(
    cell: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = made()
    first.arch = first.space.parse(BUILT)
    cell[0] += 1

    def refuse(*_: object) -> object:
        raise ValueError("no such layer")

    monkeypatch.setattr(kept_edits.Edit, "made", refuse)
    again = made()
    assert spelled(again) == START
    assert f"lost, {BUILT}: no such layer" in again._kept.notice._words.value


def test_outside_of_a_notebook_nothing_is_kept() -> None:
    first = made()
    first.arch = first.space.parse(BUILT)
    first.close()
    assert spelled(made()) == START


def test_code_that_brings_it_back_is_kept_up_to_date() -> None:
    panel = made()
    assert "nothing is lost" in words(panel.widget)[0]
    panel.arch = panel.space.parse(BUILT)
    assert "panel.arch = panel.space.parse(&#x27;conv3x3:32-fc0&#x27;)" in words(panel.widget)[0]


# ------------------------------------------------------------ whole words


def test_a_field_is_as_wide_as_its_words() -> None:
    made = field(widgets.Dropdown(options=["a long option"], description="a"), width=60)
    assert (made.layout.width, made.layout.min_width) == ("max-content", "60px")
    assert made.layout.max_width == "100%"


def test_the_words_before_a_slider_find_room() -> None:
    short = slider(widgets.IntSlider(description="depth"), label=104)
    long = slider(widgets.IntSlider(description="weights of the supernet"), label=104)
    assert short.style.description_width == "104px"
    assert int(long.style.description_width.removesuffix("px")) > 140


# ------------------------------------------------------------ stored examples


def test_a_live_panel_brings_the_rule_for_stored_examples_of_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("WORKBENCH_RENDER", raising=False)
    shown = watched()
    for _ in range(2):  # however often it is displayed
        bundle(shown, lambda: "", "words", name="duel")
    assert shown._dom_classes.count(named("duel")) == 1
    rules = [each.value for each in shown.children if outdated("duel") in each.value]
    assert len(rules) == 1
    assert ".wb-of-duel" in rules[0]
    assert "wb-of-duel" in example("<img>", of=["watch", "duel"])


def test_rendered_outputs_speak_of_no_live_panel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_RENDER", "1")
    made = bundle(watched(), lambda: "<p>twin</p>", "words", live="its name", name="duel")
    assert made == {"text/plain": "words", "text/html": "<p>twin</p>"}
