"""Chain-structured networks: a sequence of n layers (Elsken et al. 2019, section 2, figure 2 left).

``A = L_n ∘ … ∘ L_1 ∘ L_0``: layer i reads layer i − 1 alone. What is searched is (i) the number of
layers, (ii) the operation of each layer, (iii) the hyperparameters of that operation. (iii) is
conditional on (ii): a pooling layer has no filters, an identity has nothing at all.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from torch import nn

from workbench import checks
from workbench.graphs import Edge, Graph, Node
from workbench.records import ImageTask, Task
from workbench.spaces.layers import (
    MENU,
    Layer,
    LayerMenu,
    classifier,
    head_node,
    parse_head,
    parse_layer,
)
from workbench.spaces.primitives import both_sides
from workbench.spaces.walk import Space, Walk


@dataclass(frozen=True)
class Chain:
    """A chain's genotype: its layers in order, then the head's hidden units (0: linear head)."""

    layers: tuple[Layer, ...]
    hidden_units: int = 0

    def __post_init__(self) -> None:
        checks.keep(self, layers=checks.several("Chain: layers", self.layers, "(Layer(…),)"))
        if type(self.hidden_units) is not int:
            units = checks.whole("Chain: hidden_units", self.hidden_units)
            checks.keep(self, hidden_units=units)


class ChainSpace(Space[Chain]):
    """Chains of ``min_depth`` … ``max_depth`` layers.

    Per layer the operation, then what that operation has: a convolution its number of ``filters``
    and its kernel (``kernel_heights`` × ``kernel_widths``, odd), a pooling its window
    (``pool_sizes``, odd), both a stride from ``strides``, or with ``stride_per_side`` one of height
    and one of width (Zoph & Le 2017). At most ``reductions`` layers have a stride above 1, so a
    feature map cannot shrink below one pixel on an image of at least s^reductions pixels a side,
    where s is the largest stride. Last the classifier's ``hidden_units`` (0: linear).

    Raises ValueError for an empty or impossible setting.
    """

    ADDED_LATER = frozenset({"stride_per_side"})

    def __init__(
        self,
        *,
        min_depth: int = 1,
        max_depth: int = 4,
        operations: tuple[str, ...] = MENU,
        filters: tuple[int, ...] = (8, 16, 32),
        kernel_heights: tuple[int, ...] = (1, 3, 5),
        kernel_widths: tuple[int, ...] = (1, 3, 5),
        pool_sizes: tuple[int, ...] = (3,),
        strides: tuple[int, ...] = (1, 2),
        reductions: int = 2,
        hidden_units: tuple[int, ...] = (0, 32),
        stride_per_side: bool = False,
    ) -> None:
        self._layers = menu = LayerMenu(
            owner="ChainSpace",
            min_depth=min_depth,
            max_depth=max_depth,
            operations=operations,
            filters=filters,
            kernel_heights=kernel_heights,
            kernel_widths=kernel_widths,
            pool_sizes=pool_sizes,
            strides=strides,
            reductions=reductions,
            hidden_units=hidden_units,
            stride_per_side=stride_per_side,
        )
        self.min_depth, self.max_depth = menu.min_depth, menu.max_depth
        self.operations, self.filters = menu.operations, menu.filters
        self.kernel_heights, self.kernel_widths = menu.kernel_heights, menu.kernel_widths
        self.pool_sizes, self.strides = menu.pool_sizes, menu.strides
        self.reductions, self.hidden_units = menu.reductions, menu.hidden_units
        self.stride_per_side = menu.stride_per_side

    def walk(self) -> Walk[Chain]:
        depth = yield self._layers.depth
        layers: list[Layer] = []
        for _ in range(depth):
            layers.append((yield from self._layers.walk(layers)))
        units = yield self._layers.head
        return Chain(tuple(layers), units)

    def answers(self, arch: Chain) -> Iterator[Hashable]:
        checks.instance("ChainSpace", arch, Chain)
        yield len(arch.layers)
        for layer in arch.layers:
            yield from layer.answers(stride_per_side=self.stride_per_side)
        yield arch.hidden_units

    def state(self, taken: tuple[int, ...]) -> Hashable:
        """The coming decision, the depth, the layer's operation, the strides spent so far."""
        steps, coming = self.steps(taken)
        values = [(step.role, step.options[index]) for step, index in steps]
        operation = next((v for role, v in reversed(values) if role == "operation"), None)
        reduced = self._layers.reductions_so_far(steps, coming)
        depth = steps[0][0].options[steps[0][1]] if steps and steps[0][0].name == "depth" else 0
        return coming, depth, operation, reduced

    def spell(self, arch: Chain) -> str:
        """``conv3x5:16/2-max3x3-identity-fc32``: kernel, filters, stride (if not 1), head."""
        checks.instance("ChainSpace", arch, Chain)
        return "-".join([*(layer.spell() for layer in arch.layers), f"fc{arch.hidden_units}"])

    def parse(self, text: str) -> Chain:
        *words, head = text.split("-")
        units = parse_head(head, text)
        layers = [parse_layer(word, i, text) for i, word in enumerate(words, start=1)]
        arch = Chain(tuple(layers), units)
        self.trace(arch)  # raises where it is not in this space
        return arch

    def graph(self, arch: Chain) -> Graph:
        checks.instance("ChainSpace", arch, Chain)
        nodes = [Node("image", "image", "input", tooltip="the input image")]
        nodes += [layer.node(i) for i, layer in enumerate(arch.layers, start=1)]
        nodes.append(head_node(arch.hidden_units))
        edges = [Edge(one.id, two.id) for one, two in pairwise(nodes)]
        title = "chain of " + ", ".join(layer.operation for layer in arch.layers)
        return Graph(tuple(nodes), tuple(edges), title=title)

    def build(self, arch: Chain, task: Task) -> nn.Module:
        """The network: (batch, channels, height, width) -> (batch, classes) logits.

        Raises ValueError for a task of text, an architecture that is not in this space, or an
        image that a layer would shrink below one pixel (naming the layer).
        """
        if not isinstance(task, ImageTask):
            raise ValueError(
                f"ChainSpace builds networks for images: expected ImageTask, got {task}"
            )
        self.trace(arch)
        channels, sides = task.channels, (task.height, task.width)
        layers: list[nn.Module] = []
        for i, layer in enumerate(arch.layers, start=1):
            layer.check_fits(i, sides)
            layers.append(layer.build(channels))
            rows, columns = both_sides(layer.stride)
            sides = -(-sides[0] // rows), -(-sides[1] // columns)
            channels = layer.filters or channels
        # Elsken et al. 2019, section 2: A = L_n ∘ … ∘ L_1 ∘ L_0
        return nn.Sequential(*layers, *classifier(channels, arch.hidden_units, task.classes))
