"""NASNet's space against the paper: parameter counts, sizes, and cells computed by hand."""

from __future__ import annotations

import inspect
import math
import random
import sys

import pytest
import torch
from thoroughness import so_many
from torch import nn

from workbench.records import ImageTask
from workbench.spaces import NASNetSpace
from workbench.spaces.final_training import DropPath
from workbench.spaces.macro_architecture import CellPosition, MacroArchitecture
from workbench.spaces.nasnet_cell import NASNet, NASNetCell
from workbench.spaces.nasnet_network import NASNetCellNetwork
from workbench.spaces.operations import NASNET_OPERATIONS
from workbench.spaces.published_cells import AMOEBANET_A, DARTS_NUMBERS, NASNET_NUMBERS, numbered
from workbench.spaces.spelling import Pair

CIFAR = ImageTask(3, 32, 32, 10)
TOY = ("identity", "sep_conv_3x3", "avg_pool_3x3", "max_pool_3x3")


def counted(space: NASNetSpace, arch: NASNet, task: ImageTask = CIFAR) -> tuple[int, int]:
    """Parameters, and channels before the classifier."""
    with torch.device("meta"):
        network = space.build(arch, task)
    return sum(p.numel() for p in network.parameters()), network.classifier.in_features


# ------------------------------------------------------------------------- parameters and sizes


@pytest.mark.parametrize(
    ("name", "parameters", "filters"),
    [("NASNet-A", 3_061_738, 640), ("NASNet-A released", 3_328_234, 768)],
)
def test_the_papers_cifar_network(name: str, parameters: int, filters: int) -> None:
    space = NASNetSpace(repeats=6, filters=32)
    assert counted(space, space.published()[name]) == (parameters, filters)


def test_the_same_number_as_a_sum() -> None:
    """NASNet-A, N = 6, F = 32, written out: every convolution and normalisation has its term."""

    def convolution(c_in: int, c_out: int) -> int:
        return c_in * c_out + 2 * c_out

    def separable(width: int, size: int) -> int:
        return 2 * (size * size * width + width * width + 2 * width)

    def normal(width: int, previous: int, current: int) -> int:  # sep5 twice, sep3 three times
        inputs = convolution(previous, width) + convolution(current, width)
        return inputs + 2 * separable(width, 5) + 3 * separable(width, 3)

    def reduction(width: int, previous: int, current: int) -> int:  # sep5, sep7 twice, sep3
        inputs = convolution(previous, width) + convolution(current, width)
        kernels = 2 * separable(width, 5) + 2 * separable(width, 7) + separable(width, 3)
        # block 4's identity reads a block at stride 1: no parameters
        return inputs + kernels

    total = 3 * 9 * 96 + 2 * 96  # stem
    previous = current = 96
    for width in (32, 64, 128):
        if width > 32:
            total += reduction(width, previous, current)
            previous, current = current, 3 * width  # three unused states
        for _ in range(6):
            total += normal(width, previous, current)
            previous, current = current, 5 * width  # five unused states
    assert current == 640
    assert total + current * 10 + 10 == 3_061_738


def test_the_imagenet_stem_leads_to_the_papers_mobile_network() -> None:
    """4 @ 1056, 5.3 million parameters. The released code has 2,902 more: it does not adjust the
    stem's output where the first cell reads it as c[k-2], so that cell's operations are wider."""
    space = NASNetSpace(repeats=4, filters=44, stem="imagenet", stem_multiplier=1)
    released = space.published()["NASNet-A released"]
    parameters, filters = counted(space, released, ImageTask(3, 224, 224, 1000))
    assert (parameters, filters) == (5_289_978 - 2_902, 1056)


def test_sizes_are_the_papers_formulas() -> None:
    one_cell = 518_400 * 338**5
    assert one_cell == 2_286_906_949_584_691_200
    assert NASNetSpace().size() == one_cell**2
    assert NASNetSpace(combinations=("add",)).size() == (518_400 * 13**10) ** 2
    toy = NASNetSpace(blocks=2, operations=TOY, combinations=("add",))
    assert toy.size() == 84_934_656 == 9_216**2
    assert len(NASNetSpace().menu()) == 50  # 10 B decisions


def test_the_menu_is_the_papers_thirteen() -> None:
    assert len(NASNET_OPERATIONS) == len(set(NASNET_OPERATIONS)) == 13
    menu = {decision.name: decision for decision in NASNetSpace().menu()}
    assert menu["normal / block 1 / first operation"].options == NASNET_OPERATIONS
    assert menu["normal / block 1 / first input"].options == ("c[k-1]", "c[k-2]")
    last = menu["reduction / block 5 / second input"].options
    assert last == ("c[k-1]", "c[k-2]", "b1", "b2", "b3", "b4")


# ------------------------------------------------------------------------------ published cells


def test_the_released_output_is_part_of_the_genotype_though_no_walk_leads_to_it() -> None:
    space = NASNetSpace()
    rule, released = (space.published()[name] for name in ("NASNet-A", "NASNet-A released"))
    assert rule.normal.concatenated == ("b1", "b2", "b3", "b4", "b5")
    assert rule.reduction.concatenated == ("b3", "b4", "b5")
    assert released.normal.concatenated == ("c[k-2]", "b1", "b2", "b3", "b4", "b5")
    assert released.reduction.concatenated == ("b2", "b3", "b4", "b5")
    assert released.normal.blocks == rule.normal.blocks
    assert space.parse(space.spell(released)) == released != rule
    with pytest.raises(ValueError, match="not in this space"):
        space.decisions(released)
    edges = {(edge.tail, edge.head) for edge in space.graph(released).edges}
    assert ("normal/c[k-2]", "normal/c[k]") in edges
    assert ("normal/c[k-2]", "normal/c[k]") not in {
        (edge.tail, edge.head) for edge in space.graph(rule).edges
    }
    logits = NASNetSpace(filters=2).build(released, ImageTask(1, 8, 8, 10))(torch.ones(2, 1, 8, 8))
    assert logits.shape == (2, 10)


def test_naming_the_unused_states_is_naming_nothing() -> None:
    blocks = (Pair("c[k-1]", "c[k-1]", "identity", "identity"),)
    assert NASNetCell(blocks).concatenated == ("c[k-2]", "b1")  # an input, too, may be unused
    assert NASNetCell(blocks, ("b1", "c[k-2]")) == NASNetCell(blocks)
    assert NASNetCell(blocks, ("b1",)).output == ("b1",)
    with pytest.raises(ValueError, match="expected different ones"):
        NASNetCell(blocks, ("b2",))
    with pytest.raises(ValueError, match="block 1 reads 'b1'"):
        NASNetCell((Pair("c[k-1]", "b1", "identity", "identity"),))


def test_amoebanet_is_another_point_of_the_space() -> None:
    space = NASNetSpace()
    arch = space.published()["AmoebaNet-A"]
    assert space.compose(space.decisions(arch)) == arch
    assert arch.normal.concatenated == ("b3", "b4", "b5")  # 4, 5, 6 in its numbers
    assert arch.reduction.concatenated == ("b2", "b3", "b5")  # 3, 4, 6
    assert arch.normal.blocks[0] == Pair("c[k-2]", "c[k-1]", "avg_pool_3x3", "max_pool_3x3")


def test_the_same_numbers_read_the_other_way_are_another_cell() -> None:
    code = AMOEBANET_A[0]
    as_darts, as_nasnet = numbered(code, DARTS_NUMBERS), numbered(code, NASNET_NUMBERS)
    assert as_darts != as_nasnet
    swap = {"c[k-1]": "c[k-2]", "c[k-2]": "c[k-1]"}
    assert as_nasnet == tuple(
        pair._replace(
            first=swap.get(pair.first, pair.first), second=swap.get(pair.second, pair.second)
        )
        for pair in as_darts
    )
    with pytest.raises(ValueError, match="b1 reads 0 and 2"):
        numbered((("identity", 0), ("identity", 2)))


def test_a_space_of_other_operations_publishes_what_it_holds() -> None:
    assert set(NASNetSpace().published()) == {"NASNet-A", "NASNet-A released", "AmoebaNet-A"}
    assert NASNetSpace(operations=TOY).published() == {}
    without_row = tuple(name for name in NASNET_OPERATIONS if name != "conv_1x7_7x1")
    assert "AmoebaNet-A" not in NASNetSpace(operations=without_row).published()


# ------------------------------------------------------------------------------------ one cell


def plain(cell: nn.Module) -> nn.Module:
    """Every 1×1 convolution passes its input on, every normalisation does nothing."""
    for module in cell.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.ones_(module.weight)
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 0.0
    return cell.eval()


def test_a_normal_cell_by_hand() -> None:
    blocks = (
        Pair("c[k-1]", "c[k-2]", "identity", "max_pool_3x3"),
        Pair("b1", "c[k-1]", "avg_pool_3x3", "identity", "concat"),
    )
    cell = plain(
        NASNetCellNetwork(NASNetCell(blocks), CellPosition(0, "normal", 1), (1, 2, 2), (1, 2, 2))
    )
    previous = torch.tensor([[[[10.0, 20.0], [30.0, 40.0]]]])
    current = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    # b1 = c[k-1] + max(c[k-2]) = [[41, 42], [43, 44]]; its mean everywhere is 42.5
    expected = torch.tensor([[[[42.5, 42.5], [42.5, 42.5]], [[1.0, 2.0], [3.0, 4.0]]]])
    assert torch.allclose(cell(previous, current), expected)
    assert cell.channels == 2


def test_a_reduction_cell_by_hand() -> None:
    blocks = (Pair("c[k-1]", "c[k-1]", "max_pool_3x3", "identity"),)
    shapes = (1, 3, 3), (1, 3, 3)
    cell = plain(NASNetCellNetwork(NASNetCell(blocks), CellPosition(0, "reduction", 1), *shapes))
    image = torch.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    # c[k-2] is unused: halved by a factorised reduction, whose one channel starts at pixel (1, 1)
    unused = torch.tensor([[5.0, 0.0], [0.0, 0.0]])
    # 3×3 windows around (0,0), (0,2), (2,0), (2,2): maxima 5, 6, 8, 9; the pixels 1, 3, 7, 9
    block = torch.tensor([[5.0 + 1.0, 6.0 + 3.0], [8.0 + 7.0, 9.0 + 9.0]])
    assert torch.allclose(cell(image, image), torch.stack([unused, block])[None])


@pytest.mark.parametrize("sides", [(7, 9), (8, 8), (5, 6), (1, 1)])
def test_a_reduction_cell_halves_every_image_rounded_up(sides: tuple[int, int]) -> None:
    space, rng = NASNetSpace(blocks=3), random.Random(0)
    height, width = sides
    for _ in range(2):
        plan = space.sample(rng).reduction
        # after a reduction c[k-2] is twice as large as c[k-1]
        for before in ((2 * height, 2 * width), (2 * height - 1, 2 * width - 1), (height, width)):
            cell = NASNetCellNetwork(
                plan, CellPosition(3, "reduction", 3), (4, *before), (5, height, width)
            )
            out = cell(torch.randn(2, 4, *before), torch.randn(2, 5, height, width))
            assert out.shape == (2, cell.channels, -(-height // 2), -(-width // 2))


def test_only_operations_that_read_an_input_have_stride_2() -> None:
    space, rng = NASNetSpace(operations=("conv_3x3", "max_pool_5x5")), random.Random(1)
    for _ in range(6):
        plan = space.sample(rng).reduction
        cell = NASNetCellNetwork(plan, CellPosition(0, "reduction", 2), (2, 8, 8), (2, 8, 8))
        for block, first, second in zip(plan.blocks, cell.first, cell.second):
            for state, path in ((block.first, first), (block.second, second)):
                strides = {
                    module.stride if isinstance(module.stride, int) else module.stride[0]
                    for module in path.modules()
                    if isinstance(module, nn.MaxPool2d)
                    or (isinstance(module, nn.Conv2d) and module.kernel_size != (1, 1))
                }
                assert strides == ({2} if state in ("c[k-1]", "c[k-2]") else {1})


# ------------------------------------------------------------------- mutation, training, errors


def test_reals_two_mutations() -> None:
    space, rng = NASNetSpace(), random.Random(0)
    arch = space.published()["AmoebaNet-A"]

    def inputs(arch: NASNet) -> list[tuple[str, str]]:
        return [(p.first, p.second) for p in arch.normal.blocks + arch.reduction.blocks]

    def operations(arch: NASNet) -> list[tuple[str, str]]:
        pairs = arch.normal.blocks + arch.reduction.blocks
        return [(p.first_operation, p.second_operation) for p in pairs]

    for _ in range(50):
        other = space.mutate(arch, rng, kinds=frozenset({"operation"}))
        assert inputs(other) == inputs(arch)
        assert operations(other) != operations(arch)
        other = space.mutate(arch, rng, kinds=frozenset({"input"}))
        assert operations(other) == operations(arch)
        assert inputs(other) != inputs(arch)


def test_scheduled_drop_path_grows_with_depth_and_with_training() -> None:
    space = NASNetSpace(blocks=1, drop_path=0.4, filters=2)
    arch = space.parse(
        "normal: sep_conv_3x3 c[k-1] + identity c[k-2] || "
        "reduction: sep_conv_3x3 c[k-1] + identity c[k-2]"
    )
    network = space.build(arch, ImageTask(1, 8, 8, 10))
    network.at(0.5)
    rates = [[m.drop for m in cell.modules() if isinstance(m, DropPath)] for cell in network.cells]
    # five cells; one path each that is no identity
    assert rates == [[pytest.approx(0.4 * 0.5 * cell / 5)] for cell in (1, 2, 3, 4, 5)]


def test_a_published_cell_learns_one_batch() -> None:
    torch.manual_seed(0)
    space, macro = NASNetSpace(), MacroArchitecture(2, 4, (1,))
    arch = space.published()["NASNet-A"]
    network = space.build_in(macro, arch, ImageTask(1, 8, 8, 10)).train()
    images, labels = torch.randn(20, 1, 8, 8), torch.arange(20) % 10
    optimiser = torch.optim.SGD(network.parameters(), 0.1, momentum=0.9)
    losses = []
    for _ in range(15):
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(network(images), labels)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_the_drawing_frames_each_block_and_never_shows_bare_numbers() -> None:
    space = NASNetSpace()
    graph = space.graph(space.published()["NASNet-A"])
    inside = [cluster.label for cluster in graph.clusters if cluster.inside]
    assert inside == [f"block {b}" for b in (1, 2, 3, 4, 5)] * 2
    labels = {node.label for node in graph.nodes}
    assert {"c[k-1]", "c[k-2]", "c[k]", "+", "sep 5×5"} <= labels
    assert not any(label.isdigit() for label in labels)
    assert len(space.cell_graph(space.published()["NASNet-A"], "reduction").nodes) == 18


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("normal: identity c[k-1] + identity c[k-2]", "normal: … || reduction: …"),
        ("reduction: a || normal: b", "normal cell"),
        ("normal: identity c[k-1] + identity || reduction: x", "normal cell, block 1"),
        (
            "normal: identity c[k-1] + identity 0 || reduction: identity c[k-1] + identity c[k-2]",
            "reads '0'",
        ),
        (
            "normal: warp c[k-1] + identity c[k-1] || reduction: identity c[k-1] + identity c[k-2]",
            "'warp' is not in this space",
        ),
    ],
)
def test_a_wrong_spelling_is_told_where(text: str, what: str) -> None:
    with pytest.raises(ValueError, match=what.replace("|", r"\|")):
        NASNetSpace(blocks=1).parse(text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"blocks": 0},
        {"filters": 0},
        {"operations": ()},
        {"operations": ("warp",)},
        {"combinations": ("multiply",)},
        {"stem": "mnist"},
        {"drop_path": 1.0},
    ],
)
def test_an_impossible_setting_is_named(wrong: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError), match=next(iter(wrong))):
        NASNetSpace(**wrong)  # type: ignore[arg-type]


def test_cells_of_another_space_are_not_built() -> None:
    arch = NASNetSpace().published()["NASNet-A"]
    with pytest.raises(ValueError, match="is not in this space"):
        NASNetSpace(operations=TOY).build(arch, CIFAR)
    network = NASNetSpace().build_in(MacroArchitecture(2, 4, (1,)), arch, CIFAR)
    assert len(network.cells) == 2


def test_a_walk_longer_than_pythons_stack_can_be_counted() -> None:
    """Ten decisions a block: |𝒜| = (∏ (b+1)²·(k²·2))² with k operations."""
    blocks = so_many(16, 50)
    space = NASNetSpace(blocks=blocks, operations=("identity", "max_pool_3x3"))
    expected = math.prod((b + 1) ** 2 * 2**2 * 2 for b in range(1, blocks + 1)) ** 2
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 100)
    try:
        assert space.size() == expected
    finally:
        sys.setrecursionlimit(limit)
