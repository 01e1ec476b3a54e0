"""DARTS's space against the paper and its released code."""

from __future__ import annotations

import random

import pytest
import torch
from thoroughness import so_many
from torch import nn

from workbench.records import ImageTask
from workbench.spaces import DARTSSpace
from workbench.spaces.darts_cell import DARTS, DARTSCell, DARTSCellNetwork
from workbench.spaces.final_training import DropPath
from workbench.spaces.macro_architecture import CellPosition
from workbench.spaces.operations import DARTS_OPERATIONS, OPERATIONS
from workbench.spaces.spelling import Pair

CIFAR = ImageTask(3, 32, 32, 10)


@pytest.mark.parametrize(
    ("name", "channels", "cells", "parameters"),
    [
        ("DARTS_V1", 36, 20, 3_169_414),
        ("DARTS_V2", 36, 20, 3_349_342),
        ("DARTS_V2", 4, 8, 21_454),
        ("DARTS_V2", 8, 8, 69_618),
    ],
)
def test_the_evaluation_networks(name: str, channels: int, cells: int, parameters: int) -> None:
    space = DARTSSpace(channels=channels, cells=cells)
    with torch.device("meta"):
        network = space.build(space.published()[name], CIFAR)
    assert sum(p.numel() for p in network.parameters()) == parameters
    assert network.classifier.in_features == 16 * channels  # 4 nodes, two doublings


def test_sizes_are_the_papers_formula() -> None:
    assert DARTSSpace().size() == 1_037_664_180**2
    assert 180 * 7**8 == 1_037_664_180
    small = DARTSSpace(nodes=2, operations=("none", "skip_connect", "sep_conv_3x3"))
    assert small.size() == (1 * 2**2 * 3 * 2**2) ** 2


def test_the_operations_and_their_order() -> None:
    assert DARTS_OPERATIONS == (
        "none",
        "max_pool_3x3",
        "avg_pool_3x3",
        "skip_connect",
        "sep_conv_3x3",
        "sep_conv_5x5",
        "dil_conv_3x3",
        "dil_conv_5x5",
    )
    # C = 16 at stride 1, convolutions alone (PAPERS: affine parameters not counted)
    weights = {
        name: sum(m.weight.numel() for m in made.modules() if isinstance(m, nn.Conv2d))
        for name, made in ((name, OPERATIONS[name].make(16, 16)) for name in DARTS_OPERATIONS)
    }
    assert weights == {
        **dict.fromkeys(DARTS_OPERATIONS, 0),
        "sep_conv_3x3": 800,
        "sep_conv_5x5": 1_312,
        "dil_conv_3x3": 400,
        "dil_conv_5x5": 656,
    }
    strided = OPERATIONS["skip_connect"].make(16, 16, 2)
    assert sum(m.weight.numel() for m in strided.modules() if isinstance(m, nn.Conv2d)) == 256


def kinds(layers: nn.Module) -> list[str]:
    return [type(layer).__name__ for layer in layers.children()]


def test_the_exact_composition_of_the_operations() -> None:
    once = ["ReLU", "Conv2d", "Conv2d", "BatchNorm2d"]
    separable = OPERATIONS["sep_conv_5x5"].make(6, 6, 2)
    assert kinds(separable) == once * 2
    assert [(m.stride, m.padding, m.groups) for m in separable if isinstance(m, nn.Conv2d)] == [
        ((2, 2), (2, 2), 6),
        ((1, 1), (0, 0), 1),
        ((1, 1), (2, 2), 6),
        ((1, 1), (0, 0), 1),
    ]
    dilated = OPERATIONS["dil_conv_5x5"].make(6, 6, 2)
    assert kinds(dilated) == once
    assert (dilated[1].dilation, dilated[1].padding, dilated[1].groups) == ((2, 2), (4, 4), 6)
    pool = OPERATIONS["avg_pool_3x3"].make(6, 6, 2)
    assert (pool.kernel_size, pool.padding, pool.count_include_pad) == ((3, 3), (1, 1), False)
    assert isinstance(OPERATIONS["skip_connect"].make(6, 6, 1), nn.Identity)
    image = torch.randn(2, 6, 5, 4)
    assert OPERATIONS["none"].make(6, 6, 2)(image).shape == (2, 6, 3, 2)
    assert not OPERATIONS["none"].make(6, 6, 1)(image).any()


def test_a_factorised_reduction_is_darts_own_on_even_images() -> None:
    reduction = OPERATIONS["skip_connect"].make(4, 6, 2).eval()
    image = torch.randn(2, 4, 8, 6)
    positive = image.relu()
    expected = reduction.norm(
        torch.cat([reduction.even(positive), reduction.odd(positive[:, :, 1:, 1:])], 1)
    )
    assert torch.equal(reduction(image), expected)
    assert reduction(torch.randn(2, 4, 7, 5)).shape == (2, 6, 4, 3)  # rounded up


@pytest.mark.parametrize("name", ["DARTS_V1", "DARTS_V2"])
def test_a_published_cell_has_eight_edges_from_distinct_states(name: str) -> None:
    space = DARTSSpace()
    arch = space.published()[name]
    assert space.compose(space.decisions(arch)) == arch
    for cell in (arch.normal, arch.reduction):
        assert len(cell.nodes) == 4
        for node in cell.nodes:
            assert node.first != node.second
            assert "none" not in (node.first_operation, node.second_operation)
    if name == "DARTS_V2":
        last = Pair("c[k-2]", "n1", "skip_connect", "dil_conv_3x3")  # (skip, 0), (dil3, 2)
        assert arch.normal.nodes[3] == last


def test_the_order_of_a_nodes_two_edges_does_not_matter() -> None:
    one = Pair("c[k-1]", "c[k-2]", "skip_connect", "max_pool_3x3")
    other = Pair("c[k-2]", "c[k-1]", "max_pool_3x3", "skip_connect")
    assert DARTSCell((one,)) == DARTSCell((other,))
    with pytest.raises(ValueError, match="two different ones"):
        DARTSCell((Pair("c[k-1]", "c[k-1]", "skip_connect", "skip_connect"),))
    with pytest.raises(ValueError, match="n1 reads 'n1'"):
        DARTSCell((Pair("n1", "c[k-1]", "skip_connect", "skip_connect"),))
    with pytest.raises(ValueError, match="a DARTS node adds"):
        DARTSCell((one._replace(combination="concat"),))


def test_a_cell_computes_equation_1() -> None:
    """With the same weights, the network is the sum written out node by node."""
    plan = DARTSSpace().published()["DARTS_V2"].normal
    cell = DARTSCellNetwork(plan, CellPosition(2, "normal", 4), (6, 9, 7), (8, 9, 7)).eval()
    previous, current = torch.randn(3, 6, 9, 7), torch.randn(3, 8, 9, 7)
    s0, s1 = cell.adjust_previous(previous), cell.adjust_current(current)
    e = cell.edges
    n1 = e[0](s0) + e[1](s1)
    n2 = e[2](s0) + e[3](s1)
    n3 = s0 + e[5](s1)  # skip_connect from c[k-2]
    n4 = s0 + e[7](n1)  # and again; dil_conv_3x3 from n1
    assert torch.equal(cell(previous, current), torch.cat([n1, n2, n3, n4], 1))


@pytest.mark.parametrize("sides", [(7, 9), (8, 8), (1, 1)])
def test_a_reduction_cell_halves_every_image_rounded_up(sides: tuple[int, int]) -> None:
    space, rng = DARTSSpace(nodes=3), random.Random(0)
    height, width = sides
    for _ in range(2):
        plan = space.sample(rng).reduction
        for before in ((2 * height, 2 * width - 1), (height, width)):
            cell = DARTSCellNetwork(
                plan, CellPosition(3, "reduction", 3), (4, *before), (5, height, width)
            )
            out = cell(torch.randn(2, 4, *before), torch.randn(2, 5, height, width))
            assert out.shape == (2, 9, -(-height // 2), -(-width // 2))


def test_mutations_of_inputs_and_of_operations() -> None:
    space, rng = DARTSSpace(), random.Random(0)
    arch = space.published()["DARTS_V1"]

    def inputs(arch: DARTS) -> list[tuple[str, str]]:
        return [(p.first, p.second) for p in arch.normal.nodes + arch.reduction.nodes]

    for _ in range(30):
        assert inputs(space.mutate(arch, rng, kinds=frozenset({"operation"}))) == inputs(arch)
        assert inputs(space.mutate(arch, rng, kinds=frozenset({"input"}))) != inputs(arch)


def test_an_edge_that_stays_keeps_its_operation() -> None:
    space, rng = DARTSSpace(), random.Random(0)
    for _ in range(so_many(250, 4000)):
        arch = space.sample(rng)
        mutant = space.mutate(arch, rng, kinds=frozenset({"input"}))
        for before, after in zip(
            arch.normal.nodes + arch.reduction.nodes, mutant.normal.nodes + mutant.reduction.nodes
        ):
            had = {before.first: before.first_operation, before.second: before.second_operation}
            has = {after.first: after.first_operation, after.second: after.second_operation}
            assert all(has[state] == had[state] for state in had if state in has)


def test_drop_path_is_the_same_in_every_cell_and_spares_identities() -> None:
    space = DARTSSpace(nodes=1, cells=3, drop_path=0.2)
    arch = space.parse(
        "normal: skip_connect c[k-2] + sep_conv_3x3 c[k-1] || "
        "reduction: skip_connect c[k-2] + sep_conv_3x3 c[k-1]"
    )
    network = space.build(arch, ImageTask(1, 8, 8, 10))
    network.at(0.5)
    rates = [[m.drop for m in cell.modules() if isinstance(m, DropPath)] for cell in network.cells]
    # at stride 2 a skip is no identity: the two reduction cells have two paths each
    assert rates == [[0.1], [0.1] * 2, [0.1] * 2]


def test_the_drawing_has_a_pill_an_edge() -> None:
    space = DARTSSpace()
    arch = space.published()["DARTS_V2"]
    graph = space.graph(arch)
    assert sum(bool(edge.operation) for edge in graph.edges) == 16
    assert not any(node.label.isdigit() for node in graph.nodes)
    reduction = space.cell_graph(arch, "reduction")
    assert reduction.operations() == {"max_pool_3x3", "skip_connect"}
    assert "reduction" in reduction.title


def test_a_small_space_publishes_what_it_holds() -> None:
    assert set(DARTSSpace().published()) == {"DARTS_V1", "DARTS_V2"}
    assert DARTSSpace(nodes=2).published() == {}
    few = ("max_pool_3x3", "skip_connect", "sep_conv_3x3", "dil_conv_3x3")
    assert set(DARTSSpace(operations=few).published()) == {"DARTS_V2"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"nodes": 0},
        {"cells": 0},
        {"operations": ("none",)},
        {"operations": ("warp",)},
        {"drop_path": -0.1},
    ],
)
def test_an_impossible_setting_is_named(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        DARTSSpace(**wrong)  # type: ignore[arg-type]


def test_an_output_of_its_own_is_refused() -> None:
    text = "normal: skip_connect c[k-2] + skip_connect c[k-1]"
    with pytest.raises(ValueError, match="no output of its own"):
        DARTSSpace(nodes=1).parse(f"{text} -> n1 || {text.replace('normal', 'reduction')}")
