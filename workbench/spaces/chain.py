"""Chain-structured networks: a sequence of n layers (Elsken et al. 2019, section 2, figure 2 left).

``A = L_n ∘ … ∘ L_1 ∘ L_0``: layer i reads layer i − 1 alone. What is searched is (i) the number of
layers, (ii) the operation of each layer, (iii) the hyperparameters of that operation. (iii) is
conditional on (ii): a pooling layer has no filters, an identity has nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from torch import nn

from workbench.graphs import Edge, Graph, Node
from workbench.records import Decision, ImageTask, Task
from workbench.spaces.operations import OPERATIONS
from workbench.spaces.walk import Space, Walk

CONVOLUTIONS = ("convolution", "separable convolution", "dilated convolution")
POOLINGS = ("max pooling", "average pooling")
MENU = (*CONVOLUTIONS, *POOLINGS, "identity")

SPELLED = re.compile(
    r"(?P<op>[a-z]+)(?:(?P<height>\d+)x(?P<width>\d+))?(?::(?P<filters>\d+))?(?:/(?P<stride>\d+))?"
)


@dataclass(frozen=True)
class Layer:
    """One layer. What its operation does not have stays at its neutral value."""

    operation: str
    filters: int = 0  # 0: as many channels as come in
    height: int = 1  # of the kernel or the pooling window, pixels
    width: int = 1
    stride: int = 1


@dataclass(frozen=True)
class Chain:
    """A chain's genotype: its layers in order, then the head's hidden units (0: linear head)."""

    layers: tuple[Layer, ...]
    hidden_units: int = 0


class ChainSpace(Space[Chain]):
    """Chains of ``min_depth`` … ``max_depth`` layers.

    Per layer the operation, then what that operation has: a convolution its number of ``filters``
    and its kernel (``kernel_heights`` × ``kernel_widths``, odd), a pooling its window
    (``pool_sizes``, odd), both a stride from ``strides``. At most ``reductions`` layers have a
    stride above 1, so a feature map cannot shrink below one pixel on an image of at least
    2^reductions pixels a side. Last the classifier's ``hidden_units`` (0: linear).

    Raises ValueError for an empty or impossible setting.
    """

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
    ) -> None:
        self.min_depth, self.max_depth, self.reductions = min_depth, max_depth, reductions
        self.operations, self.filters = tuple(operations), tuple(filters)
        self.kernel_heights, self.kernel_widths = tuple(kernel_heights), tuple(kernel_widths)
        self.pool_sizes, self.strides = tuple(pool_sizes), tuple(strides)
        self.hidden_units = tuple(hidden_units)
        self._check()

    def _check(self) -> None:
        if not 1 <= self.min_depth <= self.max_depth:
            raise ValueError(
                "ChainSpace: need 1 ≤ min_depth ≤ max_depth, "
                f"got {self.min_depth}, {self.max_depth}"
            )
        unknown = [name for name in self.operations if name not in MENU]
        if unknown or not self.operations:
            raise ValueError(f"ChainSpace: operations {unknown}: expected some of {MENU}")
        for name in ("kernel_heights", "kernel_widths", "pool_sizes"):
            sizes = getattr(self, name)
            if not sizes or any(size < 1 or size % 2 == 0 for size in sizes):
                raise ValueError(
                    f"ChainSpace: {name} must be odd and positive (padding keeps the image's "
                    f"size), got {sizes}"
                )
        for name, least in (("filters", 1), ("strides", 1), ("hidden_units", 0)):
            values = getattr(self, name)
            if not values or min(values) < least:
                raise ValueError(f"ChainSpace: {name} must be at least {least}, got {values}")
        if self.reductions < 0 or (self.reductions == 0 and min(self.strides) > 1):
            raise ValueError("ChainSpace: reductions=0 needs 1 among the strides")
        if 1 not in self.strides and self.reductions < self.max_depth:
            raise ValueError("ChainSpace: without stride 1, reductions must reach max_depth")

    def walk(self) -> Walk[Chain]:
        depth = yield Decision("depth", tuple(range(self.min_depth, self.max_depth + 1)))
        layers: list[Layer] = []
        for i in range(1, depth + 1):
            reduced = sum(layer.stride > 1 for layer in layers)
            layers.append((yield from self._layer(f"layer {i} / ", reduced < self.reductions)))
        units = yield Decision("head / hidden units", self.hidden_units, role="hidden units")
        return Chain(tuple(layers), units)

    def _layer(self, at: str, may_reduce: bool) -> Walk[Layer]:
        operation = yield Decision(at + "operation", self.operations, "operation", "operation")
        filters, height, width, stride = 0, 1, 1, 1
        if operation in CONVOLUTIONS:
            filters = yield Decision(at + "filters", self.filters, role="filters")
            height = yield Decision(at + "filter height", self.kernel_heights, role="filter height")
            width = yield Decision(at + "filter width", self.kernel_widths, role="filter width")
        elif operation in POOLINGS:
            height = width = yield Decision(at + "window", self.pool_sizes, role="window")
        if operation != "identity":
            strides = self.strides if may_reduce else (1,)
            stride = yield Decision(at + "stride", strides, role="stride")
        return Layer(operation, filters, height, width, stride)

    def answers(self, arch: Chain) -> Iterator[Hashable]:
        yield len(arch.layers)
        for layer in arch.layers:
            yield layer.operation
            if layer.operation in CONVOLUTIONS:
                yield from (layer.filters, layer.height, layer.width)
            elif layer.operation in POOLINGS:
                yield layer.height
            if layer.operation != "identity":
                yield layer.stride
        yield arch.hidden_units

    def state(self, taken: tuple[int, ...]) -> Hashable:
        """The coming decision, the depth, the layer's operation, the strides spent so far."""
        steps, coming = self.steps(taken)
        values = [(step.role, step.options[index]) for step, index in steps]
        operation = next((v for role, v in reversed(values) if role == "operation"), None)
        reduced = sum(role == "stride" and value != 1 for role, value in values)
        depth = steps[0][0].options[steps[0][1]] if steps and steps[0][0].name == "depth" else 0
        return coming, depth, operation, reduced

    def spell(self, arch: Chain) -> str:
        """``conv3x5:16/2-max3x3-identity-fc32``: kernel, filters, stride (if not 1), head."""
        words = []
        for layer in arch.layers:
            word = OPERATIONS[layer.operation].label
            if layer.operation != "identity":
                word += f"{layer.height}x{layer.width}"
            word += f":{layer.filters}" * (layer.operation in CONVOLUTIONS)
            words.append(word + f"/{layer.stride}" * (layer.stride != 1))
        return "-".join([*words, f"fc{arch.hidden_units}"])

    def parse(self, text: str) -> Chain:
        *words, head = text.split("-")
        if not re.fullmatch(r"fc\d+", head):
            raise ValueError(f"chain {text!r}: expected a head such as 'fc0' last, got {head!r}")
        named = {OPERATIONS[name].label: name for name in MENU}
        layers = []
        for i, word in enumerate(words, start=1):
            match = SPELLED.fullmatch(word)
            if match is None or match["op"] not in named:
                raise ValueError(
                    f"chain {text!r}: layer {i} is {word!r}, expected one of {sorted(named)} "
                    "followed by kernel, filters and stride, such as 'conv3x3:16/2'"
                )
            sizes = {
                key: int(match[key])
                for key in ("filters", "height", "width", "stride")
                if match[key]
            }
            layers.append(Layer(named[match["op"]], **sizes))
        arch = Chain(tuple(layers), int(head[2:]))
        self.trace(arch)  # raises where it is not in this space
        return arch

    def graph(self, arch: Chain) -> Graph:
        nodes = [Node("image", "image", "input", tooltip="the input image")]
        for i, layer in enumerate(arch.layers, start=1):
            operation = OPERATIONS[layer.operation]
            size = "" if layer.operation == "identity" else f" {layer.height}×{layer.width}"
            details = [f"{layer.filters} filters"] if layer.filters else []
            details += [f"stride {layer.stride}"] if layer.stride != 1 else []
            nodes.append(
                Node(
                    f"layer{i}",
                    operation.label + size,
                    operation=layer.operation,
                    detail=", ".join(details),
                    tooltip=f"layer {i}: {layer.operation}{size} {' '.join(details)}".strip(),
                )
            )
        head = f"{arch.hidden_units} units" if arch.hidden_units else "linear"
        nodes.append(
            Node(
                "head", "classifier", "output", detail=head, tooltip="global average, then classes"
            )
        )
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
        channels, side = task.channels, min(task.height, task.width)
        layers: list[nn.Module] = []
        for i, layer in enumerate(arch.layers, start=1):
            if layer.stride > 1 and side < layer.stride:
                raise ValueError(
                    f"layer {i} ({layer.operation}, stride {layer.stride}) would shrink a feature "
                    f"map of {side} pixels below 1: use larger images or fewer reductions"
                )
            side = -(-side // layer.stride)
            build = OPERATIONS[layer.operation].build
            c_out = layer.filters or channels
            layers.append(build(channels, c_out, (layer.height, layer.width), layer.stride))
            channels = c_out
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        if arch.hidden_units:
            layers += [nn.Linear(channels, arch.hidden_units), nn.ReLU()]
            channels = arch.hidden_units
        return nn.Sequential(*layers, nn.Linear(channels, task.classes))
