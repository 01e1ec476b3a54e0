"""One layer of a chain or of a branched network: its decisions, its spelling, its box; the head.

The hyperparameters are conditional on the operation (Elsken et al. 2019, section 2): a convolution
has filters, a kernel and a stride, a pooling layer a window and a stride, an identity nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from torch import nn

from workbench import checks
from workbench.graphs import Node
from workbench.records import Decision
from workbench.spaces.one_decision import Steps
from workbench.spaces.open_walk import Walk
from workbench.spaces.operations import OPERATIONS
from workbench.spaces.primitives import Stride, as_stride, both_sides

CONVOLUTIONS = ("convolution", "separable convolution", "dilated convolution")
POOLINGS = ("max pooling", "average pooling")
MENU = (*CONVOLUTIONS, *POOLINGS, "identity")
NAMED = {OPERATIONS[name].label: name for name in MENU}

SPELLED = re.compile(
    r"(?P<op>[a-z]+)(?:(?P<height>\d+)x(?P<width>\d+))?(?::(?P<filters>\d+))?"
    r"(?:/(?P<rows>\d+)(?:x(?P<columns>\d+))?)?"
)


@dataclass(frozen=True)
class Layer:
    """One layer. What its operation does not have stays at its neutral value.

    Canonical: a ``stride`` that is the same for rows and columns is one number.

    Raises ValueError where a number is not whole.
    """

    operation: str
    filters: int = 0  # 0: as many channels as come in
    height: int = 1  # of the kernel or the pooling window, pixels
    width: int = 1
    stride: Stride = 1

    def __post_init__(self) -> None:
        for name in ("filters", "height", "width"):
            if type(value := getattr(self, name)) is not int:  # a search makes many
                checks.keep(self, **{name: checks.whole(f"Layer: {name}", value)})
        if type(self.stride) is not int:
            checks.keep(self, stride=_whole_stride(self.stride))

    def answers(self, *, stride_per_side: bool = False) -> Iterator[Hashable]:
        """The options that lead to this layer, in the order in which ``LayerMenu.walk`` asks."""
        yield self.operation
        if self.operation in CONVOLUTIONS:
            yield from (self.filters, self.height, self.width)
        elif self.operation in POOLINGS:
            yield self.height
        if self.operation != "identity":
            yield from both_sides(self.stride) if stride_per_side else (self.stride,)

    def spell(self) -> str:
        """``conv3x5:16/2``: kernel, filters, stride (if not 1); ``max3x3/1x2``; ``identity``."""
        word = OPERATIONS[self.operation].label
        if self.operation != "identity":
            word += f"{self.height}x{self.width}"
        word += f":{self.filters}" * (self.operation in CONVOLUTIONS)
        return word + f"/{self._stride('x')}" * (self.stride != 1)

    def _stride(self, sign: str) -> str:
        return sign.join(map(str, both_sides(self.stride)[isinstance(self.stride, int) :]))

    def node(self, i: int) -> Node:
        """Layer ``i`` as a box, whose id is ``layer{i}``."""
        size = "" if self.operation == "identity" else f" {self.height}×{self.width}"
        details = [f"{self.filters} filters"] if self.filters else []
        details += [f"stride {self._stride('×')}"] if self.stride != 1 else []
        return Node(
            f"layer{i}",
            OPERATIONS[self.operation].label + size,
            operation=self.operation,
            detail=", ".join(details),
            tooltip=f"layer {i}: {self.operation}{size} {' '.join(details)}".strip(),
        )

    def build(self, c_in: int) -> nn.Module:
        """The layer: (batch, c_in, h, w) -> (batch, filters or c_in, ⌈h/stride⌉, ⌈w/stride⌉).

        Where the stride is two numbers h is divided by the first, w by the second.
        """
        build = OPERATIONS[self.operation].build
        return build(c_in, self.filters or c_in, (self.height, self.width), self.stride)

    def check_fits(self, i: int, sides: tuple[int, int]) -> None:
        """Raise ValueError where layer ``i`` would shrink a map of these sides below one pixel."""
        strides = both_sides(self.stride)
        short = [side for side, stride in zip(sides, strides) if side < stride]
        if short:
            raise ValueError(
                f"layer {i} ({self.operation}, stride {self._stride('×')}) would shrink a feature "
                f"map of {min(short)} pixels below 1: use larger images or fewer reductions"
            )


def _whole_stride(given: Any) -> Stride:
    sides = given if isinstance(given, tuple | list) else (given, given)
    if len(sides) != 2:
        raise ValueError(f"Layer: stride: expected one whole number or two, got {given!r}")
    rows, columns = (checks.whole("Layer: stride", side) for side in sides)
    return as_stride(rows, columns)


def parse_layer(word: str, i: int, text: str) -> Layer:
    """The layer that ``word`` spells, the ``i``-th of ``text``. Raises ValueError naming it."""
    match = SPELLED.fullmatch(word)
    if match is None or match["op"] not in NAMED:
        raise ValueError(
            f"{text!r}: layer {i} is {word!r}, expected one of {sorted(NAMED)} "
            "followed by kernel, filters and stride, such as 'conv3x3:16/2'"
        )
    names = ("filters", "height", "width")
    rows = int(match["rows"] or 1)
    stride = as_stride(rows, int(match["columns"] or rows))
    numbers = {key: int(match[key]) for key in names if match[key]}
    return Layer(NAMED[match["op"]], stride=stride, **numbers)


@dataclass(frozen=True, kw_only=True)
class LayerMenu:
    """How many layers there may be, and what each may be: what chains and branches share.

    The arguments are those of the spaces; ``owner`` is the space's class, for error messages.

    Raises ValueError for an empty or impossible setting.
    """

    owner: str
    min_depth: int
    max_depth: int
    operations: tuple[str, ...]
    filters: tuple[int, ...]
    kernel_heights: tuple[int, ...]
    kernel_widths: tuple[int, ...]
    pool_sizes: tuple[int, ...]
    strides: tuple[int, ...]
    reductions: int
    hidden_units: tuple[int, ...]
    stride_per_side: bool = False

    def __post_init__(self) -> None:
        self._keep("operations", checks.some_of, known=MENU)
        for name in ("kernel_heights", "kernel_widths", "pool_sizes", "filters", "strides"):
            self._keep(name, checks.wholes, least=1)
        for name in ("kernel_heights", "kernel_widths", "pool_sizes"):
            if any(size % 2 == 0 for size in getattr(self, name)):
                raise ValueError(
                    f"{self.owner}: {name} must be odd and positive (padding keeps the image's "
                    f"size), got {getattr(self, name)}"
                )
        self._keep("hidden_units", checks.wholes, least=0)
        for name in ("min_depth", "max_depth", "reductions"):
            self._keep(name, checks.whole)
        self._keep("stride_per_side", checks.yes_or_no)
        self._check_depth()

    def _keep(self, name: str, check: Callable[..., object], **limits: object) -> None:
        value = check(f"{self.owner}: {name}", getattr(self, name), **limits)
        checks.keep(self, **{name: value})

    def _check_depth(self) -> None:
        least, most, cap = self.min_depth, self.max_depth, self.reductions
        if not 1 <= least <= most:
            raise ValueError(f"{self.owner}: need 1 ≤ min_depth ≤ max_depth, got {least}, {most}")
        if cap < 0 or (cap == 0 and min(self.strides) > 1):
            raise ValueError(f"{self.owner}: reductions=0 needs 1 among the strides")
        if 1 not in self.strides and cap < most:
            raise ValueError(f"{self.owner}: without stride 1, reductions must reach max_depth")

    @property
    def stride_roles(self) -> tuple[str, ...]:
        """What is asked of a layer's stride: one decision, or Zoph & Le's two."""
        return ("stride height", "stride width") if self.stride_per_side else ("stride",)

    def reductions_so_far(self, steps: Steps, coming: Decision | None) -> Hashable:
        """Of the layers before: all that later strides depend on, a part of a space's state.

        How many of them have a stride above 1, and between a layer's two strides whether it is one
        of these already; None where there are as many ``reductions`` as layers.
        """
        if self.reductions >= self.max_depth:
            return None
        above = [
            step.name.partition(" / ")[0]
            for step, index in steps
            if step.role in self.stride_roles and step.options[index] != 1
        ]
        if coming is None or coming.role != "stride width":
            return len(set(above)), False
        return len(set(above)), coming.name.partition(" / ")[0] in above

    @cached_property
    def depth(self) -> Decision:
        """How many layers."""
        return Decision("depth", tuple(range(self.min_depth, self.max_depth + 1)))

    @cached_property
    def head(self) -> Decision:
        """The hidden units of the classifier."""
        return Decision("head / hidden units", self.hidden_units, role="hidden units")

    @cached_property
    def _questions(self) -> dict[int, dict[str, Decision]]:
        return {i: self._ask(f"layer {i} / ") for i in range(1, self.max_depth + 1)}

    def _ask(self, at: str) -> dict[str, Decision]:
        options = {
            "filters": self.filters,
            "filter height": self.kernel_heights,
            "filter width": self.kernel_widths,
            "window": self.pool_sizes,
            **dict.fromkeys(self.stride_roles, self.strides),
        }
        asked = {role: Decision(at + role, given, role=role) for role, given in options.items()}
        used = f"{self.reductions} of {self.reductions} strides above 1 are used"
        why = used * bool(self.reductions and max(self.strides) > 1)
        for role in self.stride_roles:
            asked[f"no {role}"] = Decision(at + role, (1,), role=role, why=why)
        asked["operation"] = Decision(at + "operation", self.operations, "operation", "operation")
        return asked

    def walk(self, before: Sequence[Layer]) -> Walk[Layer]:
        """The decisions of the layer that comes after those ``before``."""
        ask = self._questions[len(before) + 1]
        operation = yield ask["operation"]
        filters, height, width, strides = 0, 1, 1, [1]
        # Elsken et al. 2019, section 2: (iii), the hyperparameters, is conditional on (ii)
        if operation in CONVOLUTIONS:
            filters = yield ask["filters"]
            height = yield ask["filter height"]
            width = yield ask["filter width"]
        elif operation in POOLINGS:
            height = width = yield ask["window"]
        if operation != "identity":
            reduced = sum([layer.stride != 1 for layer in before])
            no = "" if reduced < self.reductions else "no "
            strides = []
            for role in self.stride_roles:
                strides.append((yield ask[no + role]))
        return Layer(operation, filters, height, width, as_stride(strides[0], strides[-1]))


def parse_head(word: str, text: str) -> int:
    """Hidden units of the head that ``word``, the last of ``text``, spells (``fc0``: linear)."""
    if not re.fullmatch(r"fc\d+", word):
        raise ValueError(f"{text!r}: expected a head such as 'fc0' last, got {word!r}")
    return int(word[2:])


def head_node(units: int) -> Node:
    """The classifier as a box, whose id is ``head``."""
    detail = f"{units} units" if units else "linear"
    return Node(
        "head", "classifier", "output", detail=detail, tooltip="global average, then classes"
    )


def classifier(channels: int, units: int, classes: int) -> list[nn.Module]:
    """Global average, hidden ``units`` if any, logits: (batch, c, h, w) -> (batch, classes)."""
    layers: list[nn.Module] = [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    if units:
        layers += [nn.Linear(channels, units), nn.ReLU()]
    return [*layers, nn.Linear(units or channels, classes)]
