"""The macro-architecture: the network that stacks cells, and the stack as a search."""

from __future__ import annotations

import math
import random
from itertools import combinations

import pytest
import torch

from workbench.data import from_arrays
from workbench.records import Epoch, ImageTask
from workbench.spaces import DARTSSpace, MacroSpace, NASNetSpace, TopologySpace
from workbench.spaces.final_training import AuxiliaryHead, DropPath
from workbench.spaces.hierarchical import Stacked
from workbench.spaces.macro_architecture import MacroArchitecture, stack_graph
from workbench.training import train

DIGITS = ImageTask(1, 8, 8, 10)


def parameters(network: torch.nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


# ----------------------------------------------------------------------------------- macros


def test_nasnets_and_dartss_frames() -> None:
    assert MacroArchitecture.staged(repeats=6, channels=32) == MacroArchitecture(20, 32, (6, 13))
    assert MacroArchitecture.thirds(cells=20, channels=36) == MacroArchitecture(20, 36, (6, 13))
    assert MacroArchitecture.staged(repeats=5, channels=16) == MacroArchitecture(17, 16, (5, 11))
    assert MacroArchitecture.thirds(cells=8, channels=16).reductions == (2, 5)
    assert MacroArchitecture.thirds(cells=1, channels=4).reductions == (0,)
    positions = MacroArchitecture.staged(repeats=1, channels=4).positions()
    assert [(p.kind, p.channels) for p in positions] == [
        ("normal", 4),
        ("reduction", 8),
        ("normal", 8),
        ("reduction", 16),
        ("normal", 16),
    ]
    stem = MacroArchitecture(1, 44, ()).positions("imagenet")
    assert [(p.index, p.kind, p.channels) for p in stem] == [
        (0, "reduction", 11),
        (1, "reduction", 22),
        (2, "normal", 44),
    ]


@pytest.mark.parametrize(
    "wrong", [(0, 4, ()), (3, 0, ()), (3, 4, (3,)), (3, 4, (1, 0)), (3, 4, (1, 1)), (3, 4, (-1,))]
)
def test_an_impossible_frame_is_refused(wrong: tuple[int, int, tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="macro-architecture"):
        MacroArchitecture(*wrong)


def test_the_drawing_joins_equal_cells_and_shows_what_c_k_2_is() -> None:
    graph = stack_graph(MacroArchitecture.staged(repeats=6, channels=32))
    labels = [node.label for node in graph.nodes]
    assert labels == [
        "image",
        "stem",
        "normal cell × 6",
        "reduction cell",
        "normal cell × 6",
        "reduction cell",
        "normal cell × 6",
        "classifier",
    ]
    assert graph.title == "20 stacked cells, 2 of them reductions"
    one = MacroArchitecture(5, 4, (2,))
    assert stack_graph(one).title == "5 stacked cells, 1 of them a reduction"
    skips = [(edge.tail, edge.head) for edge in graph.edges if edge.kind == "skip"]
    # behind a reduction, c[k-2] is the cell before it; elsewhere it lies within the joined box
    assert skips == [("cell1", "cell8"), ("cell8", "cell15")]
    assert not [
        e
        for e in stack_graph(MacroArchitecture(5, 4, (2,)), two_inputs=False).edges
        if e.kind != "data"
    ]


@pytest.mark.parametrize("repeats", [1, 2, 3])
def test_the_cell_stays_and_the_network_grows(repeats: int) -> None:
    small, large = DARTSSpace(cells=3 * repeats), DARTSSpace(cells=3 * repeats + 3)
    arch = small.published()["DARTS_V2"]
    assert small.cell_graph(arch, "normal") == large.cell_graph(arch, "normal")
    assert parameters(small.build(arch, DIGITS)) < parameters(large.build(arch, DIGITS))


# ---------------------------------------------------------------------------------- networks


@pytest.mark.parametrize(
    ("shape", "left"), [((6, 8, 8), (2, 2)), ((6, 2, 2), (1, 1)), ((6, 7, 4), (1, 1))]
)
def test_the_auxiliary_head_suits_every_image(
    shape: tuple[int, int, int], left: tuple[int, int]
) -> None:
    head = AuxiliaryHead(shape, 10)
    assert head.layers[5].kernel_size == left
    assert head(torch.randn(3, *shape)).shape == (3, 10)


def test_the_auxiliary_head_of_the_papers() -> None:
    """DARTS's: 128 · 576 + 2 · 128 + 768 · 128 · 4 + 2 · 768 + 7690 more parameters."""
    task = ImageTask(3, 32, 32, 10)
    with torch.device("meta"):
        arch = DARTSSpace().published()["DARTS_V2"]
        network = DARTSSpace(channels=36, cells=20, auxiliary=True).build(arch, task)
        released = NASNetSpace().published()["NASNet-A released"]
        nasnet = NASNetSpace(repeats=6, filters=32, auxiliary=True).build(released, task)
    more = 128 * 576 + 2 * 128 + 768 * 128 * 4 + 2 * 768 + 768 * 10 + 10
    assert parameters(network) == 3_349_342 + more
    assert network.auxiliary_after == 13  # the second reduction cell itself
    assert nasnet.auxiliary_after == 12  # the last normal cell before the second reduction


def test_both_heads_see_the_same_pass() -> None:
    torch.manual_seed(0)
    space = DARTSSpace(cells=3, auxiliary=True)
    network = space.build(space.published()["DARTS_V2"], DIGITS).eval()
    images = torch.randn(4, 1, 8, 8)
    logits, auxiliary = network.both(images)
    assert torch.equal(logits, network(images))
    assert auxiliary.shape == (4, 10)
    assert network.auxiliary_weight == 0.4
    without = DARTSSpace(cells=3).build(space.published()["DARTS_V2"], DIGITS)
    assert without.both(images)[1] is None
    assert parameters(without) < parameters(network)


def test_drop_path_keeps_the_mean_and_drops_whole_images() -> None:
    path, images = DropPath(), torch.ones(4000, 2, 3, 3)
    assert path(images) is images
    path.drop = 0.25
    torch.manual_seed(0)
    dropped = path(images)
    values = {round(v, 4) for v in dropped.unique().tolist()}
    assert values == {0.0, round(1 / 0.75, 4)}
    assert (dropped.flatten(1).std(1) == 0).all()  # an image is dropped as a whole
    assert abs(dropped.mean().item() - 1.0) < 0.04  # five standard deviations
    assert path.eval()(images) is images


@pytest.mark.parametrize("task", [DIGITS, ImageTask(1, 28, 28, 10), ImageTask(3, 7, 5, 3)], ids=str)
def test_imagenets_stem_serves_small_images_too(task: ImageTask) -> None:
    space = NASNetSpace(blocks=2, filters=8, stem="imagenet", stem_multiplier=1)
    network = space.build(space.sample(random.Random(0)), task)
    images = torch.randn(2, task.channels, task.height, task.width)
    assert network(images).shape == (2, task.classes)
    assert len(network.cells) == 5 + 2
    assert network.stem[0].out_channels == 32


def test_final_training_raises_drop_path_and_trains_the_auxiliary_head() -> None:
    torch.manual_seed(0)
    space = DARTSSpace(nodes=1, cells=3, channels=2, auxiliary=True, drop_path=0.2)
    network = space.build(space.sample(random.Random(1)), ImageTask(1, 8, 8, 2))
    before = network.auxiliary.layers[-1].weight.clone()
    images = torch.randn(24, 1, 8, 8)
    data = from_arrays(images.numpy(), (images.mean((1, 2, 3)) > 0).long().numpy())
    rates = []
    for event in train(network, data, epochs=4, batch_size=8, device="cpu"):
        if isinstance(event, Epoch):
            drops = {m.drop for m in network.cells.modules() if isinstance(m, DropPath)}
            rates.append(drops.pop())
            assert not drops
    batches = math.ceil(len(data.train) / 8)
    last = [(epoch * batches - 1) / (4 * batches) for epoch in (1, 2, 3, 4)]
    assert rates == [pytest.approx(0.2 * progress) for progress in last]
    assert not torch.equal(network.auxiliary.layers[-1].weight, before)


# ------------------------------------------------------------------------ macros as decisions


def small() -> MacroSpace:
    inner = DARTSSpace(nodes=1, operations=("skip_connect", "sep_conv_3x3"))
    return MacroSpace(inner, cells=(2, 3), filters=(4, 8), reductions=(0, 1, 2))


def test_the_size_is_frames_times_cells() -> None:
    macros = 2 * sum(len(list(combinations(range(n), r))) for n in (2, 3) for r in (0, 1, 2))
    assert small().size() == macros * 16 == 22 * 16
    assert small().space.size() == 16  # left alone


def test_a_stack_is_its_frame_and_its_cells() -> None:
    space = small()
    text = (
        "3 cells of 4 filters, reductions: 1, 3 || "
        "normal: skip_connect c[k-2] + sep_conv_3x3 c[k-1] || "
        "reduction: sep_conv_3x3 c[k-2] + sep_conv_3x3 c[k-1]"
    )
    arch = space.parse(text)
    assert space.spell(arch) == text
    assert arch.macro == MacroArchitecture(3, 4, (0, 2))
    network = space.build(arch, DIGITS)
    own = DARTSSpace(nodes=1, cells=3, channels=4).build_in(arch.macro, arch.cell, DIGITS)
    assert {k: v.shape for k, v in network.state_dict().items()} == {
        k: v.shape for k, v in own.state_dict().items()
    }
    labels = [node.label for node in space.macro_graph(arch).nodes]
    assert labels[2:5] == ["reduction cell", "normal cell", "reduction cell"]
    assert {"macro", "normal", "reduction"} == {c.id for c in space.graph(arch).clusters}


def test_the_macro_choices_leave_the_cell_space_alone() -> None:
    inner = TopologySpace()
    space = MacroSpace(inner, cells=(3, 4), filters=(4,), reductions=(1,))
    assert inner.size() == 15_625
    assert space.size() == (3 + 4) * 15_625
    arch = space.sample(random.Random(0))
    assert space.parse(space.spell(arch)) == arch
    assert space.build(arch, DIGITS)(torch.randn(2, 1, 8, 8)).shape == (2, 10)
    assert not [edge for edge in space.macro_graph(arch).edges if edge.kind == "skip"]


def test_a_released_cell_stands_in_any_frame() -> None:
    space = MacroSpace(NASNetSpace(), cells=(2,), filters=(2,), reductions=(1,))
    cell = NASNetSpace().published()["NASNet-A released"]
    arch = Stacked(MacroArchitecture(2, 2, (0,)), cell)
    assert space.parse(space.spell(arch)) == arch
    assert space.build(arch, DIGITS)(torch.randn(2, 1, 8, 8)).shape == (2, 10)


@pytest.mark.parametrize(
    ("start", "what"),
    [
        ("3 cells", "expected it to begin like"),
        ("9 cells of 4 filters, reductions: none", "9 is not in this space"),
        ("3 cells of 5 filters, reductions: none", "5 is not in this space"),
        ("3 cells of 4 filters, reductions: 4", "rising cell numbers"),
        ("3 cells of 4 filters, reductions: 2, 1", "rising cell numbers"),
    ],
)
def test_a_wrong_frame_is_told(start: str, what: str) -> None:
    space = small()
    cells = space.space.spell(space.space.sample(random.Random(0)))
    with pytest.raises(ValueError, match=what):
        space.parse(f"{start} || {cells}")


@pytest.mark.parametrize(
    "wrong", [{"cells": ()}, {"filters": (0,)}, {"reductions": (-1,)}, {"reductions": (4,)}]
)
def test_an_impossible_setting_is_named(wrong: dict[str, tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        MacroSpace(DARTSSpace(), **wrong)
