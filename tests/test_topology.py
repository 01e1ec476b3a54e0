"""NAS-Bench-201's space: how many cells, which are the same, what the network holds."""

from __future__ import annotations

import random
from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from workbench.records import ImageTask
from workbench.spaces.hierarchical import MacroSpace
from workbench.spaces.isomorphism import Rule
from workbench.spaces.topology import Topology, TopologyCell, TopologySpace
from workbench.spaces.topology_reduction import PlainReduction

CIFAR = ImageTask(3, 32, 32, 10)
SKIP, ONE, THREE, POOL = "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"


def every(space: TopologySpace) -> list[Topology]:
    edges = space.nodes * (space.nodes - 1) // 2
    return [Topology(names) for names in product(space.operations, repeat=edges)]


@pytest.fixture(scope="module")
def space() -> TopologySpace:
    return TopologySpace()


@pytest.fixture(scope="module")
def cells(space: TopologySpace) -> list[Topology]:
    return every(space)


def test_there_are_15_625_cells(space: TopologySpace, cells: list[Topology]) -> None:
    assert space.size() == len(cells) == 15_625
    assert len({space.spell(cell) for cell in cells}) == 15_625
    assert len(space.menu()) == 6
    assert {decision.kind for decision in space.menu()} == {"operation"}


@pytest.mark.parametrize(
    ("rule", "unique"),
    [("skips", 12_751), ("published", 6_466), ("live terms", 5_390), ("flat sums", 4_930)],
)
def test_unique_cells_depend_on_the_rule(
    space: TopologySpace, cells: list[Topology], rule: Rule, unique: int
) -> None:
    assert len({space.canonical(cell, rule=rule) for cell in cells}) == unique


def test_the_published_rule_is_the_default(space: TopologySpace, cells: list[Topology]) -> None:
    assert len({space.canonical(cell) for cell in cells}) == 6_466


def test_341_cells_have_no_path(space: TopologySpace, cells: list[Topology]) -> None:
    dead = [cell for cell in cells if not space.is_connected(cell)]
    assert len(dead) == 341
    assert {space.canonical(cell, rule="live terms") for cell in dead} == {"#"}


@pytest.mark.parametrize(
    ("nodes", "operations", "size", "unique", "dead"),
    [
        (3, ("none", SKIP, THREE), 27, 9, 5),
        (4, ("none", SKIP, THREE), 729, 127, 67),
        (3, ("none", SKIP, ONE, THREE), 64, 26, 7),
        (4, ("none", SKIP, ONE, THREE), 4096, 1236, 169),
        (3, ("none", SKIP, ONE, THREE, POOL), 125, 60, 9),
    ],
)
def test_smaller_spaces(
    nodes: int, operations: tuple[str, ...], size: int, unique: int, dead: int
) -> None:
    space = TopologySpace(nodes=nodes, operations=operations)
    cells = every(space)
    assert space.size() == len(cells) == size
    assert len({space.canonical(cell) for cell in cells}) == unique
    assert sum(not space.is_connected(cell) for cell in cells) == dead


def cell_of(space: TopologySpace, text: str) -> Topology:
    """``text`` has one letter an edge: 0 none, s skip, 1 and 3 convolutions, p pool."""
    names = {"0": "none", "s": SKIP, "1": ONE, "3": THREE, "p": POOL}
    arch = Topology(tuple(names[letter] for letter in text.replace(" ", "")))
    space.trace(arch)
    return arch


def test_canonical_forms_by_hand(space: TopologySpace) -> None:
    through = cell_of(space, "3 00 s10")  # 0→1 conv3, output = 0 + conv1(1)
    assert space.canonical(through) == "#+((0)@nor_conv_3x3)@nor_conv_1x1+0"
    assert space.canonical(through, rule="live terms") == "((0)@nor_conv_3x3)@nor_conv_1x1+0"
    # "#+#" at node 2 is not dead under the published rule: its convolution stays
    lingering = cell_of(space, "0 00 001")
    assert space.canonical(lingering) == "#+#+(#+#)@nor_conv_1x1"
    assert space.canonical(lingering, rule="live terms") == "#"
    # node 2 = conv1(0) + 0, read through a skip beside conv3(0): nested, or three terms
    nested = cell_of(space, "s 1s 30s")
    assert space.canonical(nested, rule="live terms") == "(0)@nor_conv_1x1+0+(0)@nor_conv_3x3"
    assert space.canonical(nested, rule="flat sums") == "(0)@nor_conv_1x1+(0)@nor_conv_3x3+0"


def test_swapping_the_inner_nodes_changes_nothing_once_dead_terms_are_dropped(
    space: TopologySpace,
) -> None:
    # nodes 1 and 2 are not joined: they may change places
    one, other = cell_of(space, "3 p0 s1s"), cell_of(space, "p 30 ss1")
    assert one != other
    for rule in ("live terms", "flat sums"):
        assert space.canonical(one, rule=rule) == space.canonical(other, rule=rule)
    # the published rule keeps node 2's dead term 1→2, so it takes them for two cells
    assert space.canonical(one) != space.canonical(other)


@given(st.integers(0, 5**6 - 1))
def test_equal_forms_compute_equal_functions(index: int) -> None:
    """With a number for each operation, a cell is worth what its canonical text is worth."""
    space = TopologySpace()
    arch = space.compose(tuple(index // 5**k % 5 for k in range(6)))
    form = space.canonical(arch, rule="flat sums")
    assert float(evaluated(form)) == pytest.approx(value_of(arch))


def value_of(arch: Topology) -> float:
    functions = {
        "none": lambda x: 0.0,
        SKIP: lambda x: x,
        ONE: lambda x: 2.0 * x,
        THREE: lambda x: 5.0 * x,
        POOL: lambda x: 11.0 * x,
    }
    states = {0: 1.0}
    for i, j, name in arch.edges:
        states[j] = states.get(j, 0.0) + functions[name](states[i])
    return states[max(states)]


def evaluated(form: str) -> float:
    """The canonical text as a number: input 1, the same stand-ins as above."""
    factors = {ONE: 2.0, THREE: 5.0, POOL: 11.0}
    if form == "#":
        return 0.0
    total, depth, start, terms = 0.0, 0, 0, []
    for place, letter in enumerate(form + "+"):
        depth += (letter == "(") - (letter == ")")
        if letter == "+" and depth == 0:
            terms.append(form[start:place])
            start = place + 1
    for term in terms:
        if term == "0":
            total += 1.0
        else:
            inner, name = term.rsplit("@", 1)
            total += factors[name] * evaluated(inner[1:-1])
    return total


# ---------------------------------------------------------------- the network


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("0 00 000", 73_306),
        ("p ss 0sp", 73_306),
        ("1 11 111", 241_306),
        ("3 33 333", 1_531_546),
        ("3 33 s31", 1_073_466),  # |3x3~0|+|3x3~0|3x3~1|+|skip~0|3x3~1|1x1~2|
    ],
)
def test_parameters_of_known_cells(space: TopologySpace, text: str, count: int) -> None:
    with torch.device("meta"):
        assert parameters(space.build(cell_of(space, text), CIFAR)) == count


@given(st.integers(0, 10**6))
def test_parameters_follow_the_formula(seed: int) -> None:
    space = TopologySpace()
    arch = space.sample(random.Random(seed))
    with torch.device("meta"):
        count = parameters(space.build(arch, CIFAR))
    ones, threes = arch.operations.count(ONE), arch.operations.count(THREE)
    assert count == 73_306 + 28_000 * ones + 243_040 * threes


def test_a_cell_computes_the_sums_of_its_edges(space: TopologySpace) -> None:
    torch.manual_seed(0)
    cell = TopologyCell(cell_of(space, "3 s1 pp3"), 4)
    a, b, c, d, e, f = cell.operations
    x = torch.randn(2, 4, 6, 6)
    one = a(x)
    two = b(x) + c(one)
    torch.testing.assert_close(cell(x, x), d(x) + e(one) + f(two))


def test_a_cell_of_skips_doubles_and_adds(space: TopologySpace) -> None:
    x = torch.randn(2, 4, 6, 6)
    cell = TopologyCell(cell_of(space, "s ss sss"), 4)
    torch.testing.assert_close(cell(x, x), 4 * x)  # x, x, 2x: x + x + 2x


def test_a_dead_cell_gives_the_same_answer_to_every_image(space: TopologySpace) -> None:
    small = TopologySpace(channels=4, cells=1)
    network = small.build(cell_of(space, "3 31 000"), ImageTask(1, 8, 8, 10)).eval()
    logits = network(torch.randn(3, 1, 8, 8))
    torch.testing.assert_close(logits[0], logits[1])
    torch.testing.assert_close(logits[0], logits[2])


@pytest.mark.parametrize("side", [1, 7, 8, 9])
def test_odd_images_pass_the_reductions(side: int) -> None:
    space = TopologySpace(channels=2, cells=1)
    network = space.build(
        space.parse(f"|{POOL}~0|+|{SKIP}~0|{ONE}~1|+|none~0|{THREE}~1|{SKIP}~2|"),
        ImageTask(1, side, side, 3),
    ).eval()
    assert network(torch.randn(2, 1, side, side)).shape == (2, 3)


def test_a_plain_way_between_stages_is_a_pointwise_convolution_and_a_mean() -> None:
    torch.manual_seed(0)
    block = PlainReduction(3, 6).eval()
    images = torch.randn(2, 3, 7, 5)
    weight = block.widen[1].weight.flatten(1)  # (6, 3); a fresh normalisation changes nothing
    wide = torch.einsum("oc,bchw->bohw", weight, images.relu()) / (1 + 1e-5) ** 0.5
    out = block(images, images)
    assert out.shape == (2, 6, 4, 3)
    torch.testing.assert_close(out[:, :, 0, 0], wide[:, :, :2, :2].mean((2, 3)))
    torch.testing.assert_close(out[:, :, 3, 2], wide[:, :, 6, 4])  # the corner stands alone


def test_the_way_between_stages_is_a_setting(space: TopologySpace) -> None:
    arch, task = cell_of(space, "0 00 000"), ImageTask(1, 7, 7, 10)
    counts = {}
    for reduction in ("residual", "plain"):
        small = TopologySpace(channels=8, cells=1, stages=2, reduction=reduction)
        counts[reduction] = parameters(small.build(arch, task))
    around = 9 * 8 + 2 * 8 + 2 * 16 + 10 * 16 + 10  # stem, two normalisations, classifier
    assert counts["plain"] == around + 8 * 16 + 2 * 16
    assert counts["residual"] == around + 9 * 8 * 16 + 9 * 16 * 16 + 4 * 16 + 8 * 16
    with pytest.raises(ValueError, match=r"reduction: expected one of .*residual.*'plain'.*'pool'"):
        TopologySpace(reduction="pool")


# ---------------------------------------------------------------- words, neighbours, drawing


def test_the_spelling_is_the_benchmarks(space: TopologySpace) -> None:
    text = (
        "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|"
        "+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|"
    )
    assert space.parse(text) == cell_of(space, "3 33 s31")
    assert space.spell(space.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("|none~0|", "expected 3 nodes"),
        ("|none~0|+|none~0|none~1|+|none~0|none~1|none~1|", "expected 3 nodes"),
        ("|none~0|+|none~0|none~1|+|none~0|none~1|conv9~2|", "edge 2→3: 'conv9'"),
        ("|none~0| + |none~0|none~1|+|none~0|none~1|none~2|", "expected 3 nodes"),
    ],
)
def test_parse_says_what_is_wrong(space: TopologySpace, text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        space.parse(text)


def test_a_cell_has_24_neighbours_one_edit_away(space: TopologySpace) -> None:
    arch = space.sample(random.Random(4))
    neighbours = list(space.neighbours(arch))
    assert len(set(neighbours)) == 24
    for neighbour in neighbours:
        changed = [a != b for a, b in zip(arch.operations, neighbour.operations)]
        assert sum(changed) == 1


def test_the_drawing_has_an_operation_on_every_edge(space: TopologySpace) -> None:
    graph = space.graph(cell_of(space, "3 0s p1s"))
    assert [node.kind for node in graph.nodes] == ["input", "state", "state", "output"]
    assert [(e.tail, e.head, e.operation, e.kept) for e in graph.edges] == [
        ("state0", "state1", THREE, True),
        ("state0", "state2", "none", False),
        ("state1", "state2", SKIP, True),
        ("state0", "state3", POOL, True),
        ("state1", "state3", ONE, True),
        ("state2", "state3", SKIP, True),
    ]


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"nodes": 1}, "nodes must be at least 2"),
        ({"channels": 0}, "channels"),
        ({"cells": 0}, "cells"),
        ({"operations": ("sep_conv_3x3",)}, "operations: expected some of"),
        ({"operations": ()}, "operations"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, object], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        TopologySpace(**settings)  # type: ignore[arg-type]


def test_edges_come_sorted_by_their_head() -> None:
    edges = Topology(("none",) * 10).edges
    assert [(i, j) for i, j, _ in edges] == [(i, j) for j in range(1, 5) for i in range(j)]


def test_the_macro_architecture_is_drawn_and_can_be_opened_to_the_search() -> None:
    space = TopologySpace(channels=4, cells=2)
    arch = space.sample(random.Random(0))
    labels = [node.label for node in space.macro_graph(arch).nodes]
    assert labels.count("normal cell × 2") == 3
    assert labels.count("reduction cell") == 2
    macro = MacroSpace(space)
    stacked = macro.sample(random.Random(0))
    assert macro.parse(macro.spell(stacked)) == stacked
    assert macro.build(stacked, ImageTask(1, 8, 8, 10))(torch.randn(2, 1, 8, 8)).shape == (2, 10)
    assert space.size() == TopologySpace().size() == 15_625
