"""The triangle of ticks, the menu of published architectures, the stack beside the cell."""

from __future__ import annotations

import random

import ipywidgets as widgets
import pytest

from workbench.exercises.cell_spaces import CODE
from workbench.panels import SpacePanel
from workbench.panels.nasnet_or_darts_numbering import CellReader
from workbench.spaces import BranchSpace, ChainSpace, NASNetSpace, TopologySpace
from workbench.spaces.branches import connections


@pytest.fixture(scope="module")
def panel() -> SpacePanel:
    space = BranchSpace(min_depth=2, max_depth=6, operations=("convolution",), always_chain=False)
    return SpacePanel(space, arch=space.published()["chain"])


def rows(panel: SpacePanel) -> list[list[bool]]:
    return [[tick.value for tick in row.children[1:]] for row in panel._matrix.widget.children]


def reads(panel: SpacePanel) -> tuple[tuple[int, ...], ...]:
    ticked = [tuple(j for j, tick in enumerate(row, start=1) if tick) for row in rows(panel)]
    return ((), *ticked)


def test_a_chain_is_the_diagonal(panel: SpacePanel) -> None:
    panel.arch = panel.space.published()["chain"]
    assert [len(row) for row in rows(panel)] == [1, 2, 3, 4, 5]
    assert reads(panel) == connections("chain", 6)


@pytest.mark.parametrize("pattern", ["ResNet", "DenseNet"])
def test_ticking_turns_a_chain_into_another_pattern(panel: SpacePanel, pattern: str) -> None:
    panel.arch = panel.space.published()["chain"]
    for this, wanted in enumerate(connections(pattern, 6), start=1):
        for earlier in range(1, this):
            panel._matrix.tick(earlier, this).value = earlier in wanted
    assert panel.arch.inputs == connections(pattern, 6) == reads(panel)


def test_the_triangle_follows_the_architecture(panel: SpacePanel) -> None:
    for seed in range(6):
        panel.arch = panel.space.sample(random.Random(seed))
        assert len(rows(panel)) == len(panel.arch.layers) - 1
        assert reads(panel) == panel.arch.inputs


def test_a_tick_has_a_number_beside_it_and_a_sentence_for_its_name(panel: SpacePanel) -> None:
    panel.arch = panel.space.published()["chain"]
    tick = panel._matrix.tick(2, 5)
    assert (tick.description, tick.tooltip) == ("2", "layer 5 reads layer 2")
    assert not tick.disabled


def test_what_is_always_read_is_ticked_and_cannot_be_unticked() -> None:
    space = BranchSpace(min_depth=4, max_depth=4)
    panel = SpacePanel(space, arch=space.published()["DenseNet"], lock=["anchor"])
    last = panel._matrix.widget.children[-1].children[1:]
    assert [tick.tooltip for tick in last if tick.value][-1] == "layer 4 always reads layer 3"
    assert all(tick.disabled for tick in last)


def test_no_anchors_no_triangle() -> None:
    panel = SpacePanel(ChainSpace(max_depth=2))
    assert panel._matrix.widget.layout.display == "none"
    assert panel._known.widget.layout.display == "none"
    assert not [w for w in panel.widget.children if isinstance(w, widgets.Tab)]


def test_anchors_that_are_not_shown_wait_under_more_settings() -> None:
    space = BranchSpace(min_depth=3, max_depth=3)
    panel = SpacePanel(space, show=["layer * / operation"])
    assert panel._matrix.widget.layout.display == "none"


def test_a_published_architecture_is_chosen_by_name() -> None:
    space = NASNetSpace()
    panel = SpacePanel(space)
    assert "NASNet-A" in panel._known.widget.options
    panel._known.widget.value = "NASNet-A"
    assert panel.arch == space.published()["NASNet-A"]
    panel.random()
    assert panel._known.widget.value == "none of these"


def test_a_cell_has_its_stack_beside_it() -> None:
    panel = SpacePanel(TopologySpace(cells=2, channels=4))
    assert "normal cell × 2" in panel._stack.value
    form = panel._form.controls["cells"]
    form.value = 3
    assert "normal cell × 3" in panel._stack.value
    assert panel.twin().count("<img") == 2


def test_one_code_is_two_cells() -> None:
    reader = CellReader(CODE)
    space = NASNetSpace()
    assert reader.cell.blocks == space.published()["NASNet-A"].normal.blocks
    reader.switch.value = "DARTS"
    swap = {"c[k-1]": "c[k-2]", "c[k-2]": "c[k-1]"}
    read = [swap.get(block.first, block.first) for block in reader.cell.blocks]
    assert read == [block.first for block in space.published()["NASNet-A"].normal.blocks]
    assert "0 is <b>c[k-2]</b>" in reader._said.value
    assert reader.twin().count("<img") == 2
    with pytest.raises(ValueError, match="b1 reads 0 and 2"):
        CellReader((("identity", 0), ("identity", 2)))
