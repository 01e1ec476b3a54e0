"""The panel that builds an architecture by hand: what its controls do, say and refuse."""

from __future__ import annotations

import itertools
import random
import threading
import time
from typing import Any

import ipywidgets as widgets
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thoroughness import so_many

from workbench.data import digits
from workbench.graphs import Graph, Node
from workbench.panels import SpacePanel
from workbench.panels.running.worker_thread import Runner
from workbench.panels.space.change_decision import carried, changed
from workbench.panels.space.counts import Size
from workbench.panels.space.settings_form import rebuilt, settings_of
from workbench.protocols import SearchSpace, Stroll
from workbench.records import Batch, Decision, ImageTask, TextTask
from workbench.spaces import ChainSpace, RecurrentSpace
from workbench.spaces.chain import Chain
from workbench.spaces.one_decision import steps_of
from workbench.training.metrics import cost_of
from workbench.views.numbers_in_words import counted, lasting, rounded

SMALL: dict[str, Any] = {
    "operations": ("convolution",), "filters": (8, 16, 32, 64), "kernel_heights": (1, 3, 5, 7),
    "kernel_widths": (1, 3, 5, 7), "strides": (1,), "hidden_units": (0,),
}  # fmt: skip

SPACE = ChainSpace()  # one for all tests: it is counted once


def every(widget: widgets.Widget) -> list[widgets.Widget]:
    return [widget, *(w for child in getattr(widget, "children", ()) for w in every(child))]


def controls(panel: SpacePanel) -> dict[str, widgets.Widget]:
    """The controls on the page, by description (with the row's name before it)."""
    found = {}
    for box in every(panel.widget):
        if "wb-group" in getattr(box, "_dom_classes", ()):
            name, fields = box.children
            fields = [each for each in fields.children if not isinstance(each, widgets.HTML)]
            found |= {f"{name.value} / {f.description}": f for f in fields}
    loose = [w for w in every(panel.widget) if isinstance(w, widgets.SelectionSlider)]
    return found | {w.description: w for w in loose}


def choices(panel: SpacePanel) -> set[str]:
    """The names of the controls that leave a choice."""
    return {
        name
        for name, each in controls(panel).items()
        if isinstance(each, widgets.Checkbox) or len(each.options) > 1
    }


def numbers(panel: SpacePanel) -> str:
    """The line of numbers, once the space has been counted."""
    panel._size.wait()
    for _ in range(500):  # the thread that counted is about to write it down
        if "counting" not in panel._numbers.value:
            break
        time.sleep(0.01)
    return panel._numbers.value


def said(panel: SpacePanel) -> str:
    return panel._said.value


# ---------------------------------------------------------------- decisions


def test_a_control_for_every_decision_of_the_walk_and_no_other() -> None:
    space = SPACE
    panel = SpacePanel(space)
    for seed in range(8):
        panel.arch = space.sample(random.Random(seed))
        assert choices(panel) == {step.name for step, _ in steps_of(space, panel.arch)}


def test_controls_say_what_the_architecture_is() -> None:
    space = SPACE
    panel = SpacePanel(space)
    for seed in range(10):
        panel.arch = space.sample(random.Random(seed))
        for step, index in steps_of(space, panel.arch):
            control = controls(panel)[step.name]
            assert int(control.value) == index
            assert [text for text, _ in control.options] == [str(o) for o in step.options]


@settings(max_examples=so_many(25, 100))
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_change_is_a_neighbour(seed: int, pick: int) -> None:
    space = SPACE
    arch = space.sample(random.Random(seed))
    steps = steps_of(space, arch)
    decision, index = steps[pick % len(steps)]
    other = (index + 1) % len(decision.options)
    assert changed(space, arch, decision.name, other) in set(space.neighbours(arch))
    assert changed(space, arch, decision.name, index) == arch


def test_moving_a_control_changes_one_decision_and_keeps_the_others_by_name() -> None:
    space = SPACE
    panel = SpacePanel(space, arch=space.parse("conv3x5:16-max3x3/2-sep1x1:8-fc32"))
    controls(panel)["layer 1 / filters"].value = 2
    assert space.spell(panel.arch) == "conv3x5:32-max3x3/2-sep1x1:8-fc32"
    controls(panel)["depth"].value = 1
    assert space.spell(panel.arch) == "conv3x5:32-max3x3/2-fc32"
    controls(panel)["layer 1 / operation"].value = SPACE.operations.index("identity")
    assert space.spell(panel.arch) == "identity-max3x3/2-fc32"
    assert "layer 1 / filters" not in controls(panel)
    controls(panel)["layer 1 / operation"].value = 0
    assert space.spell(panel.arch) == "conv1x1:8-max3x3/2-fc32"


def test_options_of_a_control_follow_what_is_still_possible() -> None:
    space = ChainSpace(reductions=1, max_depth=2, strides=(1, 2))
    panel = SpacePanel(space, arch=space.parse("conv1x1:8-conv1x1:8-fc0"))
    assert "layer 2 / stride" in controls(panel)
    assert controls(panel)["layer 2 / stride"].disabled is False
    controls(panel)["layer 1 / stride"].value = 1
    left = controls(panel)["layer 2 / stride"]  # what vanishes says why
    assert (left.disabled, [word for word, _ in left.options]) == (True, ["1"])
    said = [each.value for each in every(panel.widget) if "wb-why" in each._dom_classes]
    assert said == ["stride: 1 of 1 strides above 1 are used"]
    controls(panel)["layer 1 / stride"].value = 0
    assert controls(panel)["layer 2 / stride"].disabled is False
    assert not [each for each in every(panel.widget) if "wb-why" in each._dom_classes]


def test_nothing_is_said_where_nothing_was_ever_to_choose() -> None:
    for space in (ChainSpace(strides=(1,)), ChainSpace(reductions=0)):
        panel = SpacePanel(space, arch=space.parse("conv1x1:8-conv1x1:8-fc0"))
        assert "layer 2 / stride" not in controls(panel)


def test_the_drawing_and_the_numbers_follow() -> None:
    space = SPACE
    panel = SpacePanel(space, arch=space.parse("conv3x3:8-fc0"))
    assert "conv 3×3" in panel._sheet.value
    panel.arch = space.parse("max3x3-fc0")
    assert "max 3×3" in panel._sheet.value
    assert "conv 3×3" not in panel._sheet.value
    cost = cost_of(space, panel.arch, ImageTask(1, 8, 8, 10))
    assert f"<b>{cost.parameters:,}</b>" in numbers(panel)
    assert f"<b>{counted(space.size())}</b>" in numbers(panel)


def test_a_random_architecture_and_listeners() -> None:
    panel = SpacePanel(SPACE)
    seen: list[Chain] = []
    panel.on_change(seen.append)
    first = panel.arch
    panel.random()
    panel.random()
    assert len({first, *seen}) == 3
    assert seen[-1] == panel.arch
    assert SpacePanel(SPACE).arch == first


def test_an_architecture_of_another_space_is_refused() -> None:
    panel = SpacePanel(ChainSpace(max_depth=2))
    with pytest.raises(ValueError, match="depth"):
        panel.arch = ChainSpace(min_depth=3).sample(random.Random(0))
    with pytest.raises(ValueError, match="depth"):
        SpacePanel(ChainSpace(max_depth=1), arch=SPACE.parse("max3x3-max3x3-fc0"))


# ---------------------------------------------------------------- settings of the space


def test_a_control_for_every_setting_of_the_space() -> None:
    panel = SpacePanel(SPACE)
    assert set(panel._form.controls) == set(settings_of(SPACE))
    for name, control in panel._form.controls.items():
        tips = [w for w in every(control) if getattr(w, "tooltip", None)]
        assert tips, name


def test_dragging_the_depth_of_the_space_from_a_minute_to_two_thousand_years() -> None:
    panel = SpacePanel(
        ChainSpace(max_depth=1, **SMALL), show=["max_depth"], ranges={"max_depth": (1, 6)}
    )
    slider = panel._form.controls["max_depth"]
    assert "<b>64 s</b>" in numbers(panel)
    slider.value = 6
    assert panel.space.max_depth == 6
    while "counting" in numbers(panel):  # in the background where the machine is busy
        time.sleep(0.01)
    assert "<b>2,200 years</b>" in numbers(panel)
    assert panel.space.size() == sum(64**n for n in range(1, 7))


def test_a_changed_space_keeps_the_architecture_where_it_can() -> None:
    space = SPACE
    panel = SpacePanel(space, arch=space.parse("conv3x3:8-max3x3-conv5x5:16-fc0"))
    panel._form.controls["max_depth"].value = 2
    assert panel.space.spell(panel.arch) == "conv3x3:8-fc0"  # the walk's first option, depth 1
    wide = rebuilt(space, max_depth=9)
    assert carried(space, space.parse("max3x3-fc0"), wide) == wide.parse("max3x3-fc0")


def test_sliders_end_where_the_space_does() -> None:
    panel = SpacePanel(ChainSpace(min_depth=2, max_depth=3))
    assert panel._form.controls["max_depth"].min == 2
    assert panel._form.controls["min_depth"].max == 3
    panel._form.controls["max_depth"].value = 5
    assert panel._form.controls["min_depth"].max == 5


@pytest.mark.parametrize(
    ("name", "typed", "cure"),
    [
        ("filters", "8, x", "such as 8, 16, 32"),
        ("filters", "", "such as 8, 16, 32"),
        ("filters", "8, -2", "at least 1"),
        ("kernel_heights", "2", "odd"),
        ("filters", "<script>", "&lt;script&gt;"),
    ],
)
def test_bad_values_are_answered_with_their_cure(name: str, typed: str, cure: str) -> None:
    panel = SpacePanel(SPACE)
    before = panel.space
    panel._form.controls[name].value = typed
    assert cure in said(panel)
    assert "<script>" not in said(panel)
    assert 'role="alert"' in said(panel)
    assert panel.space is before
    panel._form.controls[name].value = "1, 3"
    assert said(panel) == ""
    assert getattr(panel.space, name) == (1, 3)


def test_unticking_every_operation_is_answered_and_ticking_one_cures_it() -> None:
    panel = SpacePanel(ChainSpace(operations=("convolution", "identity")))
    ticks = {
        w.description: w
        for w in every(panel._form.controls["operations"])
        if isinstance(w, widgets.Checkbox)
    }
    ticks["convolution"].value = False
    assert panel.space.operations == ("identity",)
    ticks["identity"].value = False
    assert "expected some of" in said(panel)
    ticks["max pooling"].value = True
    assert panel.space.operations == ("max pooling",)
    assert said(panel) == ""


def test_what_was_refused_does_not_outlast_its_words() -> None:
    panel = SpacePanel(ChainSpace(operations=("convolution", "identity"), filters=(8, 16)))
    settings = panel._form.controls
    for tick in settings["operations"]._ticks.values():
        tick.value = False
    settings["filters"].value = "8, x"
    controls(panel)["depth"].value = 1
    assert said(panel) == ""
    assert settings["operations"].value == panel.space.operations
    assert settings["filters"].value == "8, 16"


def test_why_there_is_no_choice_follows_the_settings() -> None:
    space = ChainSpace(max_depth=3)
    panel = SpacePanel(space, arch=space.parse("conv3x3:8/2-conv3x3:8/2-conv3x3:8-fc0"))
    panel._form.controls["reductions"].value = 1
    why = [each.value for each in every(panel.widget) if "wb-why" in each._dom_classes]
    assert why == ["stride: 1 of 1 strides above 1 are used"] * 2


def test_a_network_that_cannot_be_built_is_an_error_line() -> None:
    space = ChainSpace(reductions=4, max_depth=2, operations=("max pooling", "identity"))
    arch = space.parse("max3x3/2-max3x3/2-fc0")
    panel = SpacePanel(space, task=ImageTask(1, 2, 2, 10), arch=arch)
    assert "layer 2" in said(panel)
    assert "parameters" not in numbers(panel)
    assert "architectures in this space" in numbers(panel)


def test_a_space_for_text_has_a_drawing_and_its_numbers() -> None:
    space = RecurrentSpace()
    cell = space.published()["worked example"]
    panel = SpacePanel(space, task=TextTask(20, 8), arch=cell)
    # embedding, four matrices of 64 × 64, output layer: of a token
    assert ("parameters", f"{20 * 64 + 4 * 64 * 64 + 65 * 20:,}") in panel.facts()
    assert space.spell(cell) in panel.twin()
    wrong = SpacePanel(space, arch=cell)  # without a task the panel means images
    assert "expected TextTask" in said(wrong)
    for each in (panel, wrong):
        each.close()


# ---------------------------------------------------------------- show and lock


def test_show_chooses_what_stands_in_the_open() -> None:
    panel = SpacePanel(SPACE, show=["depth", "operation"])
    assert set(controls(panel)) == {"depth"} | {
        f"layer {i} / operation" for i in range(1, len(panel.arch.layers) + 1)
    }
    fold = next(w for w in every(panel.widget) if isinstance(w, widgets.ToggleButton))
    fold.value = True
    assert choices(panel) == {step.name for step, _ in steps_of(panel.space, panel.arch)}


def test_lock_disables() -> None:
    panel = SpacePanel(SPACE, lock=["depth", "max_depth", "layer 1"])
    assert controls(panel)["depth"].disabled
    assert controls(panel)["layer 1 / operation"].disabled
    assert panel._form.controls["max_depth"].disabled
    assert not panel._form.controls["min_depth"].disabled


@pytest.mark.parametrize("argument", ["show", "lock"])
def test_a_pattern_that_means_nothing_is_refused(argument: str) -> None:
    with pytest.raises(ValueError, match="depht"):
        SpacePanel(SPACE, **{argument: ["depht"]})


def test_every_control_has_a_description_and_a_tooltip() -> None:
    panel = SpacePanel(SPACE, data=digits())
    for widget in every(panel.widget):
        heard = isinstance(widget, widgets.ValueWidget | widgets.Button)
        if heard and not isinstance(widget, widgets.HTML):
            assert widget.description
            assert widget.tooltip


# ---------------------------------------------------------------- a learner's own space


class Bare(SearchSpace[tuple[int, ...]]):
    """The protocol and nothing more: two decisions, the second only after "yes"."""

    def begin(self) -> Stroll[tuple[int, ...]]:
        return BareWalk(self)

    def next_decision(self, taken: tuple[int, ...]) -> Decision | None:
        asked = (Decision("more <b>", ("no", "yes")), Decision("how much", (1, 2, 3)))
        return asked[len(taken)] if len(taken) < (2 if taken[:1] == (1,) else 1) else None

    def compose(self, taken: tuple[int, ...]) -> tuple[int, ...]:
        return taken

    def decisions(self, arch: tuple[int, ...]) -> tuple[int, ...]:
        return arch

    def sample(self, rng: random.Random) -> tuple[int, ...]:
        return (0,)

    def size(self) -> int:
        return 4

    def menu(self) -> tuple[Decision, ...]:
        return ()

    def spell(self, arch: tuple[int, ...]) -> str:
        return "<" + str(arch)

    def graph(self, arch: tuple[int, ...]) -> Graph:
        return Graph((Node("a", "only"),))

    def build(self, arch: tuple[int, ...], task: object) -> object:
        raise ValueError("<nothing to build>")


class BareWalk(Stroll[tuple[int, ...]]):
    """An open walk of the learner's own."""

    def __init__(self, space: Bare) -> None:
        self.space = space
        self.taken: tuple[int, ...] = ()
        self.decision = space.next_decision(())

    def take(self, index: int) -> None:
        self.taken = (*self.taken, index)
        self.decision = self.space.next_decision(self.taken)

    @property
    def arch(self) -> tuple[int, ...]:
        return self.space.compose(self.taken)


def test_the_bare_protocol_is_enough() -> None:
    panel = SpacePanel(Bare())
    panel._open.control("more <b>").value = 1
    panel._open.control("how much").value = 2
    assert panel.arch == (1, 2)
    panel._open.control("more <b>").value = 0
    assert panel.arch == (0,)
    assert "&lt;nothing to build&gt;" in said(panel)


class Unfinished(ChainSpace):
    """A learner's own, half written; nothing in it says why it stops."""

    def build(self, arch: Any, task: Any) -> Any:
        if arch.layers[1:]:
            raise NotImplementedError
        raise RuntimeError("sizes <of> tensors must match")


def test_whatever_building_raises_is_an_error_line() -> None:
    space = Unfinished(max_depth=2)
    panel = SpacePanel(space, arch=space.parse("conv3x3:8-fc0"))
    assert "sizes &lt;of&gt; tensors must match" in said(panel)
    assert "parameters" not in numbers(panel)
    panel.arch = space.parse("conv3x3:8-conv3x3:8-fc0")
    assert "NotImplementedError" in said(panel)
    assert "parameters" not in panel.twin()
    panel.close()


def test_another_space_is_not_asked_about_while_a_count_is_written_down() -> None:
    size = Size(lambda: None)
    with size._gate:  # as a counting thread has it, between looking whose count it is and writing
        asking = threading.Thread(target=size.of, args=(SPACE,))
        asking.start()
        asking.join(0.05)
        assert size._asked is None
    asking.join()
    assert size.of(SPACE) in (None, SPACE.size())


# ---------------------------------------------------------------- training, and readers without


@pytest.mark.usefixtures("processor")
def test_train_this_one() -> None:
    panel = SpacePanel(SPACE, data=digits(), epochs=2)
    panel.arch = panel.space.parse("conv3x3:8-fc0")
    panel.train()
    outcome = panel.wait()
    (told,) = outcome.history.told
    assert told.candidate.arch == panel.arch
    assert len(told.evaluation.curve) == 2
    assert "after 2 epochs" in panel._training.said.value
    assert "data:image/png" in panel._training.curve.value
    assert not panel._training.press.disabled
    assert panel._training.halt.disabled
    panel.train()
    assert panel.wait().history.told[0].evaluation.score == told.evaluation.score


def test_a_training_that_may_not_start_leaves_the_last_one_as_it_is() -> None:
    panel = SpacePanel(SPACE, arch=SPACE.parse("conv3x3:8-fc0"), data=digits(), epochs=1)
    panel.train()
    before = panel.wait().history
    other = Runner(lambda: itertools.repeat(Batch(0, 1, 1, 1)), show=lambda event: None)
    other.run()
    panel.train()
    assert "only one run at a time" in panel._said.value
    other.stop()
    other.join()
    assert panel.wait().history == before
    panel.close()


class Untrainable(ChainSpace):
    """Its networks can be counted, and break as they learn."""

    def build(self, arch: Any, task: Any) -> Any:
        network = super().build(arch, task)

        def broken(module: Any, images: Any) -> None:
            if module.training and len(images[0]) > 2:
                raise RuntimeError("no <room> left")

        network.register_forward_pre_hook(broken)
        return network


def test_a_training_that_failed_says_so() -> None:
    panel = SpacePanel(Untrainable(max_depth=1), data=digits(), epochs=1)
    panel.train()
    panel.wait()
    assert panel._training.said.value == "failed"
    assert "no &lt;room&gt; left" in said(panel)
    assert not panel._training.press.disabled
    panel.close()


def test_stop_ends_a_training() -> None:
    panel = SpacePanel(SPACE, data=digits(), epochs=500)
    panel.train()
    panel.stop()
    assert panel.wait().state == "stopped"
    assert "stopped after" in panel._training.said.value
    assert not panel._training.press.disabled


def test_without_data_there_is_nothing_to_train_on() -> None:
    panel = SpacePanel(SPACE)
    with pytest.raises(ValueError, match="data=digits"):
        panel.train()
    assert all(getattr(w, "description", "") != "Train this one" for w in every(panel.widget))


def test_a_reader_without_a_kernel_sees_pictures_and_a_line_of_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    panel = SpacePanel(SPACE)
    twin = panel.twin()
    assert "<img alt=" in twin
    assert "<svg" not in twin
    assert panel.space.spell(panel.arch) in twin
    bundle = panel._repr_mimebundle_()
    assert bundle["text/html"].startswith(twin)
    assert bundle["text/html"].endswith("For the live panel run its cell again.</p>")
    assert "application/vnd.jupyter.widget-view+json" in bundle
    monkeypatch.setenv("WORKBENCH_RENDER", "1")
    assert "application/vnd.jupyter.widget-view+json" not in panel._repr_mimebundle_()


# ---------------------------------------------------------------- numbers as people say them


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 s"), (64, "64 s"), (119, "119 s"), (4096 + 64, "69 minutes"),
        (64**3, "3 days"), (64**4, "194 days"), (64**6, "2,200 years"),
        (10**15, "32 million years"), (10**18, "2.3 times the age of the universe"),
    ],
)  # fmt: skip
def test_durations(seconds: int, words: str) -> None:
    assert lasting(seconds) == words


def test_counts() -> None:
    assert counted(69_810_262_080) == "69,810,262,080"
    assert counted(2 * 10**18) == "2.0 × 10¹⁸"
    assert counted(999_999_999_999_999_999) == "1.0 × 10¹⁸"
    assert rounded(29_344) == "29,344"
    assert rounded(3_169_414) == "3.17 million"


@given(st.integers(0, 10**400))
def test_any_size_can_be_said(number: int) -> None:
    assert counted(number)
    assert lasting(number)
