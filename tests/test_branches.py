"""Branched networks: how many there are, what each pattern computes, how maps meet."""

from __future__ import annotations

import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from workbench.records import ImageTask
from workbench.settings import describe
from workbench.spaces.branches import Branches, BranchSpace, connections
from workbench.spaces.chain import ChainSpace
from workbench.spaces.layers import Layer
from workbench.spaces.merges import Add, Concatenate, PadAndConcatenate, Shape
from workbench.spaces.zoph_le import zoph_le_space

TASK = ImageTask(1, 8, 8, 10)
CONV = Layer("convolution", 8, 3, 3)


def only_connections(depth: int, *, always_chain: bool) -> BranchSpace:
    return BranchSpace(
        min_depth=depth,
        max_depth=depth,
        operations=("identity",),
        always_chain=always_chain,
        merges=("add",),
    )


@pytest.mark.parametrize("depth", range(1, 8))
def test_patterns_of_connections_are_two_to_the_number_of_anchors(depth: int) -> None:
    with_chain = only_connections(depth, always_chain=True)
    without = only_connections(depth, always_chain=False)
    assert with_chain.size() == 2 ** ((depth - 1) * (depth - 2) // 2)
    assert without.size() == 2 ** (depth * (depth - 1) // 2)


def test_zoph_and_le_s_space_of_six_layers_has_the_papers_size() -> None:
    space = BranchSpace(
        min_depth=6,
        max_depth=6,
        operations=("convolution",),
        filters=(24, 36, 48, 64),
        kernel_heights=(1, 3, 5, 7),
        kernel_widths=(1, 3, 5, 7),
        strides=(1,),
        always_chain=False,
        merges=("pad",),
    )
    assert space.size() == 2_251_799_813_685_248 == 64**6 * 2**15
    anchors = [decision for decision in space.menu() if decision.kind == "anchor"]
    assert len(anchors) == 15
    assert {anchor.between for anchor in anchors} == {
        (j, i) for i in range(2, 7) for j in range(1, i)
    }


def test_zoph_and_le_s_strides_are_two_decisions_of_three_options() -> None:
    fixed = zoph_le_space("paper", depth=6, predict_strides=False)
    assert fixed.size() == 64**6 * 2**15
    both = zoph_le_space("paper", depth=6)
    assert both.size() == (64 * 9) ** 6 * 2**15
    asked = {decision.name: decision.options for decision in both.menu()}
    assert {name: options for name, options in asked.items() if name.startswith("layer 1 /")} == {
        "layer 1 / filters": (24, 36, 48, 64),
        "layer 1 / filter height": (1, 3, 5, 7),
        "layer 1 / filter width": (1, 3, 5, 7),
        "layer 1 / stride height": (1, 2, 3),
        "layer 1 / stride width": (1, 2, 3),
    }


def test_zoph_and_le_s_depth_is_open_or_fixed() -> None:
    paper, lesson = zoph_le_space("paper"), zoph_le_space()
    assert (paper.min_depth, paper.max_depth) == (6, 20)
    first = lesson.next_decision(())
    assert first is not None
    assert (first.name, first.options) == ("depth", (2, 3, 4, 5, 6))
    # one stride for each side: of n layers at most two with one of the 8 strides above (1, 1)
    strides = {n: 1 + 8 * n + 64 * n * (n - 1) // 2 for n in range(2, 7)}
    assert lesson.size() == sum(64**n * 2 ** (n * (n - 1) // 2) * strides[n] for n in range(2, 7))
    assert zoph_le_space(depth=3).next_decision(()).name == "layer 1 / filters"  # type: ignore[union-attr]


@pytest.mark.parametrize("always_chain", [True, False])
@pytest.mark.parametrize("merge_per_layer", [True, False])
def test_size_counts_conditional_merges_and_strides(
    always_chain: bool, merge_per_layer: bool
) -> None:
    space = BranchSpace(
        max_depth=3,
        operations=("max pooling", "identity"),
        reductions=1,
        always_chain=always_chain,
        merges=("add", "pad"),
        merge_per_layer=merge_per_layer,
    )

    def count(taken: tuple[int, ...]) -> int:
        decision = space.next_decision(taken)
        return sum(count((*taken, i)) for i in range(len(decision.options))) if decision else 1

    assert space.size() == count(())


def test_depth_is_the_first_decision() -> None:
    first = BranchSpace().next_decision(())
    assert first is not None
    assert (first.name, first.options) == ("depth", (1, 2, 3, 4, 5))


def test_a_merge_is_asked_once_a_network_or_once_a_layer() -> None:
    inputs, layers = connections("DenseNet", 4), (CONV,) * 4
    dense = Branches(layers, inputs, ("concatenate",) * 4)
    mixed = Branches(layers, inputs, ("", "", "add", "concatenate"))
    once, each = BranchSpace(), BranchSpace(merge_per_layer=True)
    assert [step.name for step, _ in once.trace(dense) if step.role == "merge"] == ["merge"]
    assert [step.name for step, _ in each.trace(mixed) if step.role == "merge"] == [
        "layer 3 / merge",
        "layer 4 / merge",
    ]
    assert dense in each
    assert mixed not in once
    with pytest.raises(ValueError, match="not in this space"):
        once.trace(mixed)


# ---------------------------------------------------------------- same function as by hand


class ByHand(nn.Module):
    """Six 3×3 convolutions and a classifier, wired as ``wire`` says."""

    def __init__(self, channels: list[int], units: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList()
        for c_in in channels:
            self.convs.append(nn.Conv2d(c_in, 8, 3, padding=1, bias=False))
            self.convs.append(nn.BatchNorm2d(8))
        self.out = nn.Linear(units, 10)

    def f(self, i: int, x: Tensor) -> Tensor:
        return torch.relu(self.convs[2 * i - 1](self.convs[2 * i - 2](x)))

    def classify(self, x: Tensor) -> Tensor:
        return self.out(x.mean((2, 3)))


class ChainByHand(ByHand):
    def forward(self, x: Tensor) -> Tensor:
        for i in range(1, 7):
            x = self.f(i, x)
        return self.classify(x)


class ResidualByHand(ByHand):
    def forward(self, x: Tensor) -> Tensor:
        x = self.f(1, x)
        x = x + self.f(3, self.f(2, x))
        x = x + self.f(5, self.f(4, x))
        return self.classify(self.f(6, x))


class DenseByHand(ByHand):
    def forward(self, x: Tensor) -> Tensor:
        x = self.f(1, x)
        for i in range(2, 6):
            x = torch.cat([x, self.f(i, x)], dim=1)
        return self.classify(self.f(6, x))


@pytest.mark.parametrize(
    ("pattern", "by_hand"),
    [
        ("chain", ChainByHand([1, 8, 8, 8, 8, 8], 8)),
        ("ResNet", ResidualByHand([1, 8, 8, 8, 8, 8], 8)),
        ("DenseNet", DenseByHand([1, 8, 16, 24, 32, 40], 8)),
    ],
)
@pytest.mark.parametrize("always_chain", [True, False])
def test_patterns_compute_what_the_hand_written_networks_compute(
    pattern: str, by_hand: nn.Module, always_chain: bool
) -> None:
    torch.manual_seed(0)
    space = BranchSpace(max_depth=6, always_chain=always_chain)
    network = space.build(space.published()[pattern], TASK)
    ours = network.state_dict()
    assert [v.shape for v in ours.values()] == [v.shape for v in by_hand.state_dict().values()]
    by_hand.load_state_dict(dict(zip(by_hand.state_dict(), ours.values())))
    images = torch.randn(5, 1, 8, 8)
    for mode in (True, False):  # batch statistics, then running ones
        network.train(mode)
        by_hand.train(mode)
        torch.testing.assert_close(network(images), by_hand(images), atol=1e-6, rtol=1e-6)


def test_patterns_differ_as_functions() -> None:
    space = BranchSpace(max_depth=6)
    assert list(space.published()) == ["chain", "ResNet", "DenseNet"]
    assert connections("chain", 4) == ((), (1,), (2,), (3,))
    assert connections("ResNet", 6) == ((), (1,), (2,), (1, 3), (4,), (1, 3, 5))
    assert connections("DenseNet", 4) == ((), (1,), (1, 2), (1, 2, 3))
    chain, residual, dense = space.published().values()
    assert [
        sum(p.numel() for p in space.build(a, TASK).parameters()) for a in (chain, residual)
    ] == [
        3138,
        3138,
    ]
    # layer i of a DenseNet reads 8 (i − 1) channels: 72·(1 + 8 + 16 + 24 + 32 + 40) + 96 + 90
    assert sum(p.numel() for p in space.build(dense, TASK).parameters()) == 72 * 121 + 186


def test_a_space_without_concatenation_publishes_no_densenet() -> None:
    assert list(BranchSpace(merges=("add",)).published()) == ["chain", "ResNet"]
    assert list(BranchSpace(max_depth=2).published()) == ["chain", "ResNet", "DenseNet"]
    with pytest.raises(ValueError, match="expected one of"):
        connections("tree", 3)


# ---------------------------------------------------------------- stitching


def test_a_layer_without_input_reads_the_image_and_loose_ends_are_concatenated() -> None:
    pool, identity = Layer("max pooling", 0, 3, 3, 2), Layer("identity")
    arch = Branches((pool, identity, identity), ((), (), (2,)), ("", "", ""))
    assert arch.ends == (1, 3)
    task = ImageTask(1, 5, 5, 2)
    network = BranchSpace(always_chain=False).build(arch, task)
    images = torch.arange(25.0).reshape(1, 1, 5, 5)
    pooled = torch.tensor([[6.0, 8, 9], [16, 18, 19], [21, 23, 24]])
    padded = torch.zeros(5, 5)
    padded[1:4, 1:4] = pooled  # 3×3, zeros around it
    features = torch.tensor([[padded.mean(), images.mean()]])
    linear = network.get_submodule("head.2")
    torch.testing.assert_close(network(images), linear(features))


def test_four_layers_stitched_by_hand() -> None:
    """Zoph & Le's rules, layer for layer, with strides of their own for rows and columns."""
    space = BranchSpace(
        max_depth=4,
        operations=("max pooling",),
        strides=(1, 2, 3),
        always_chain=False,
        merges=("pad",),
        stride_per_side=True,
        reductions=4,
        pool_sizes=(1,),
    )
    # a window of one pixel: layer 1 keeps every 2nd row, 2 every 3rd column, 3 every 2nd of both
    text = "max1x1/2x1-max1x1/1x3[]-max1x1/2[1|2]-max1x1[1]-fc0"
    arch = space.parse(text)
    assert arch.inputs == ((), (), (1, 2), (1,))
    assert arch.ends == (3, 4)
    network = space.build(arch, ImageTask(1, 4, 4, 2))
    image = torch.arange(1.0, 17).reshape(1, 1, 4, 4)
    one = torch.tensor([[1.0, 2, 3, 4], [9, 10, 11, 12]])
    two = torch.tensor([[1.0, 4], [5, 8], [9, 12], [13, 16]])
    # one is padded to four rows, two to four columns; then every second row and column
    padded = torch.zeros(2, 4, 4)
    padded[0, 1:3], padded[1, :, 1:3] = one, two
    three = torch.tensor([[[0.0, 0], [9, 11]], [[0, 4], [0, 12]]])
    torch.testing.assert_close(padded[:, ::2, ::2], torch.stack([three[0], three[1]]))
    # the classifier reads 3 (2 × 2, padded to 2 rows and 4 columns) and 4, which is one
    means = torch.tensor([[20.0, 16, float(one.sum())]]) / 8
    linear = network.get_submodule("head.2")
    torch.testing.assert_close(network(image), linear(means))


def test_add_projects_what_differs_from_the_last_input() -> None:
    merge = Add([Shape(3, 1), Shape(4, 2), Shape(4, 2)])
    assert merge.out == Shape(4, 2)
    assert [len(list(align.parameters())) for align in merge.align] == [3, 0, 0]
    maps = [torch.randn(2, 3, 7, 9), torch.randn(2, 4, 4, 5), torch.randn(2, 4, 4, 5)]
    assert merge(maps).shape == (2, 4, 4, 5)
    same = Add([Shape(4), Shape(4)])
    assert not list(same.parameters())
    torch.testing.assert_close(same(maps[1:]), maps[1] + maps[2])


def test_add_of_strides_two_and_three_meets_at_six() -> None:
    merge = Add([Shape(2, 2), Shape(2, 3)])
    assert merge.out == Shape(2, 6)
    assert merge([torch.randn(2, 2, 10, 5), torch.randn(2, 2, 7, 4)]).shape == (2, 2, 4, 2)


def test_rows_and_columns_meet_apart() -> None:
    assert Shape(2, (3, 3)) == Shape(2, 3)
    shapes = [Shape(2, (2, 1)), Shape(2, (1, 3))]
    maps = [torch.randn(2, 2, 4, 7), torch.randn(2, 2, 7, 3)]
    for merge, out in (
        (Add(shapes), Shape(2, (2, 3))),
        (Concatenate(shapes), Shape(4, (2, 3))),
        (PadAndConcatenate(shapes), Shape(4, 1)),
    ):
        assert merge.out == out
        size = (7, 7) if out.reduced == 1 else (4, 3)
        assert merge(maps).shape == (2, out.channels, *size)


def test_concatenate_pools_larger_maps_down() -> None:
    merge = Concatenate([Shape(1, 1), Shape(2, 2)])
    assert merge.out == Shape(3, 2)
    large = torch.tensor([[[[1.0, 3, 5], [1, 3, 7], [2, 4, 8]]]])
    small = torch.ones(1, 2, 2, 2)
    merged = merge([large, small])
    torch.testing.assert_close(merged[:, :1], torch.tensor([[[[2.0, 6], [3, 8]]]]))
    torch.testing.assert_close(merged[:, 1:], small)


def test_pad_keeps_the_largest_size() -> None:
    merge = PadAndConcatenate([Shape(1, 2), Shape(1, 1)])
    assert merge.out == Shape(2, 1)
    merged = merge([torch.ones(1, 1, 2, 2), torch.ones(1, 1, 4, 3)])
    assert merged.shape == (1, 2, 4, 3)
    assert merged[0, 0].tolist() == [[0, 0, 0], [1, 1, 0], [1, 1, 0], [0, 0, 0]]


@given(st.integers(0, 10**6), st.booleans(), st.booleans(), st.integers(9, 13), st.integers(9, 13))
def test_maps_meet_whatever_the_strides(
    seed: int, always_chain: bool, per_side: bool, height: int, width: int
) -> None:
    space = BranchSpace(
        strides=(1, 2, 3),
        filters=(2, 3),
        always_chain=always_chain,
        merge_per_layer=True,
        stride_per_side=per_side,
    )
    arch = space.sample(random.Random(seed))
    network = space.build(arch, ImageTask(2, height, width, 3))
    assert network(torch.randn(2, 2, height, width)).shape == (2, 3)


def test_an_image_too_small_is_refused_and_the_layer_named() -> None:
    strided = Layer("convolution", 8, 3, 3, 2)
    arch = Branches((strided, CONV, strided), ((), (1,), (1, 2)), ("", "", "add"))
    space = BranchSpace()
    assert space.build(arch, ImageTask(1, 3, 3, 2))(torch.randn(2, 1, 3, 3)).shape == (2, 2)
    with pytest.raises(ValueError, match=r"layer 3 \(convolution, stride 2\)"):
        space.build(arch, ImageTask(1, 2, 2, 2))


def test_a_stride_of_one_side_is_refused_for_that_side() -> None:
    arch = BranchSpace(stride_per_side=True, strides=(1, 3)).parse("conv3x3:8/1x3-fc0")
    space = BranchSpace(stride_per_side=True, strides=(1, 3))
    assert space.build(arch, ImageTask(1, 1, 3, 2))(torch.randn(2, 1, 1, 3)).shape == (2, 2)
    with pytest.raises(ValueError, match=r"layer 1 \(convolution, stride 1×3\).*map of 2 pixels"):
        space.build(arch, ImageTask(1, 9, 2, 2))


# ---------------------------------------------------------------- words and drawings


def test_a_stride_is_spelled_once_where_both_sides_agree() -> None:
    space = BranchSpace(stride_per_side=True, strides=(1, 2, 3))
    arch = space.parse("conv3x3:8/2-max3x3/1x2-fc0")
    assert [layer.stride for layer in arch.layers] == [2, (1, 2)]
    assert space.spell(arch) == "conv3x3:8/2-max3x3/1x2-fc0"
    assert space.parse("conv3x3:8/2x2-max3x3/1x2-fc0") == arch
    assert [node.detail for node in space.graph(arch).nodes[1:3]] == [
        "8 filters, stride 2",
        "stride 1×2",
    ]
    alike = space.parse("conv3x3:8/2-fc0")  # the same architecture in either space
    assert BranchSpace().parse("conv3x3:8/2-fc0") == alike
    assert tuple(step.name for step, _ in space.trace(alike) if "stride" in step.role) == (
        "layer 1 / stride height",
        "layer 1 / stride width",
    )
    with pytest.raises(ValueError, match=r"layer 1 / stride: \(1, 2\) is not in this space"):
        BranchSpace().parse("conv3x3:8/1x2-fc0")


def test_logs_from_before_strides_were_two_are_still_of_this_space() -> None:
    assert "stride_per_side" not in describe(BranchSpace())
    assert "stride_per_side" not in describe(ChainSpace())
    assert describe(ChainSpace(stride_per_side=True))["stride_per_side"] is True


def test_spelling_names_only_what_is_not_the_layer_before() -> None:
    layers = (CONV, Layer("max pooling", 0, 3, 3, 2), Layer("identity"), CONV)
    space = BranchSpace(always_chain=False, merge_per_layer=True)
    arch = Branches(layers, ((), (1,), (), (1, 3)), ("", "", "", "pad"))
    assert space.spell(arch) == "conv3x3:8-max3x3/2-identity[]-conv3x3:8[1|3]-fc0"
    assert space.parse(space.spell(arch)) == arch
    assert space.parse("identity-identity-fc0").inputs == ((), (1,))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("identity[1]-fc0", "layer 1 reads"),
        ("identity-identity[2]-fc0", "layer 2 reads"),
        ("identity-identity-identity[1+2&1]-fc0", "layer 3 reads"),
        ("identity-identity-identity[2+1]-fc0", "in order"),
        ("identity-identity-identity[1+2-fc0", "layer 3 reads"),
        ("identity-what-fc0", "layer 2 is 'what'"),
        ("identity-identity", "expected a head"),
        ("identity-identity[]-fc0", "not in this space"),  # every layer reads the one before
        ("-".join(["identity"] * 9) + "-fc0", "depth"),
    ],
)
def test_parse_says_what_is_wrong(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong.replace("[", r"\[")):
        BranchSpace().parse(text)


def test_a_genotype_is_canonical() -> None:
    given_loosely = Branches((CONV,) * 3, ((), (1,), (2, 1)), ("add", "add", "add"))
    assert given_loosely == Branches((CONV,) * 3, ((), (1,), (1, 2)), ("", "", "add"))
    with pytest.raises(ValueError, match="3 layers need as many inputs"):
        Branches((CONV,) * 3, ((),), ("",))


def test_the_drawing_has_a_box_a_layer_a_labelled_merge_and_arcs_for_skips() -> None:
    space = BranchSpace(max_depth=4)
    graph = space.graph(space.published()["DenseNet"])
    assert [node.id for node in graph.nodes] == [
        "image", "layer1", "layer2", "merge3", "layer3", "merge4", "layer4", "head"
    ]  # fmt: skip
    assert [node.label for node in graph.nodes if node.kind == "merge"] == ["concat", "concat"]
    skips = [(edge.tail, edge.head) for edge in graph.edges if edge.kind == "skip"]
    assert skips == [("layer1", "merge3"), ("layer1", "merge4"), ("layer2", "merge4")]
    assert graph.direction == "TB"
    assert "3 skip connections, merged by concatenate" in graph.title
    one = Branches((CONV, CONV, CONV), ((), (1,), (1, 2)), ("", "", "add"))
    assert "with 1 skip connection, merged by add" in BranchSpace(max_depth=4).graph(one).title


def test_the_drawing_shows_who_reads_the_image_and_what_the_classifier_reads() -> None:
    arch = Branches((CONV, CONV, CONV), ((), (), (1,)), ("", "", ""))
    edges = {(e.tail, e.head): e.kind for e in BranchSpace(always_chain=False).graph(arch).edges}
    assert edges[("image", "layer2")] == "skip"
    assert edges[("layer1", "layer3")] == "skip"
    assert edges[("layer2", "merge4")] == "skip"
    assert edges[("layer3", "merge4")] == "data"


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"max_depth": 0}, "min_depth"),
        ({"merges": ()}, "merges"),
        ({"merges": ("multiply",)}, "merges"),
        ({"operations": ("attention",)}, "operations"),
        ({"kernel_heights": (2,)}, "odd"),
        ({"strides": (2,), "reductions": 0}, "strides"),
        ({"hidden_units": ()}, "hidden_units"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, object], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        BranchSpace(**settings)  # type: ignore[arg-type]
