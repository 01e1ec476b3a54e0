"""The menu of candidate operations: one literal dict, and the papers' menus as names from it.

An operation's ``family`` is what a drawing colours; its ``build`` makes the layer (``primitives``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from torch import nn

from workbench.spaces.primitives import (
    Kernel,
    average_pooling,
    cell_average_pooling,
    cell_convolution,
    cell_dilated_convolution,
    cell_max_pooling,
    convolution,
    dilated_convolution,
    dilated_separable,
    identity,
    max_pooling,
    none,
    row_then_column,
    separable_convolution,
    skip,
    twice_separable,
    without_affine,
)

Family: TypeAlias = Literal["convolution", "separable", "dilated", "pool", "identity", "none"]
# channels in, out, kernel, stride: of chains and branches a ``Stride``, of cells a number
Build: TypeAlias = Callable[[int, int, Kernel, Any], nn.Module]


@dataclass(frozen=True)
class Operation:
    """An entry of the menu: what it is called on drawings, its family, how it is made.

    ``kernel`` is the operation's own; in chains and branches it is a decision instead.
    """

    label: str
    family: Family
    build: Build
    kernel: Kernel = (1, 1)

    def make(self, c_in: int, c_out: int, stride: int = 1, *, affine: bool = True) -> nn.Module:
        """The layer with the operation's own kernel: c_in channels -> c_out channels.

        ``affine``: whether its batch normalisation has a scale and a shift that are learnt.
        """
        layer = self.build(c_in, c_out, self.kernel, stride)
        return layer if affine else without_affine(layer)


OPERATIONS: dict[str, Operation] = {
    # of chains and branches: the kernel is a decision of its own
    "convolution": Operation("conv", "convolution", convolution),
    "separable convolution": Operation("sep", "separable", separable_convolution),
    "dilated convolution": Operation("dil", "dilated", dilated_convolution),
    "max pooling": Operation("max", "pool", max_pooling),
    "average pooling": Operation("avg", "pool", average_pooling),
    "identity": Operation("identity", "identity", identity),
    # of cells: the kernel belongs to the operation
    "none": Operation("none", "none", none),
    "skip_connect": Operation("skip", "identity", skip),
    "conv_1x3_3x1": Operation("conv 1×3, 3×1", "convolution", row_then_column, (3, 3)),
    "conv_1x7_7x1": Operation("conv 1×7, 7×1", "convolution", row_then_column, (7, 7)),
    "conv_1x1": Operation("conv 1×1", "convolution", cell_convolution, (1, 1)),
    "conv_3x3": Operation("conv 3×3", "convolution", cell_convolution, (3, 3)),
    "nor_conv_1x1": Operation("conv 1×1", "convolution", cell_convolution, (1, 1)),
    "nor_conv_3x3": Operation("conv 3×3", "convolution", cell_convolution, (3, 3)),
    "dilated_conv_3x3": Operation("dil conv 3×3", "dilated", cell_dilated_convolution, (3, 3)),
    "dil_conv_3x3": Operation("dil sep 3×3", "dilated", dilated_separable, (3, 3)),
    "dil_conv_5x5": Operation("dil sep 5×5", "dilated", dilated_separable, (5, 5)),
    "sep_conv_3x3": Operation("sep 3×3", "separable", twice_separable, (3, 3)),
    "sep_conv_5x5": Operation("sep 5×5", "separable", twice_separable, (5, 5)),
    "sep_conv_7x7": Operation("sep 7×7", "separable", twice_separable, (7, 7)),
    "avg_pool_3x3": Operation("avg 3×3", "pool", cell_average_pooling, (3, 3)),
    "max_pool_3x3": Operation("max 3×3", "pool", cell_max_pooling, (3, 3)),
    "max_pool_5x5": Operation("max 5×5", "pool", cell_max_pooling, (5, 5)),
    "max_pool_7x7": Operation("max 7×7", "pool", cell_max_pooling, (7, 7)),
}

# the menus of the papers, in their order
NASNET_OPERATIONS = (
    "identity",
    "conv_1x3_3x1",
    "conv_1x7_7x1",
    "dilated_conv_3x3",
    "avg_pool_3x3",
    "max_pool_3x3",
    "max_pool_5x5",
    "max_pool_7x7",
    "conv_1x1",
    "conv_3x3",
    "sep_conv_3x3",
    "sep_conv_5x5",
    "sep_conv_7x7",
)
DARTS_OPERATIONS = (  # PRIMITIVES
    "none",
    "max_pool_3x3",
    "avg_pool_3x3",
    "skip_connect",
    "sep_conv_3x3",
    "sep_conv_5x5",
    "dil_conv_3x3",
    "dil_conv_5x5",
)
TOPOLOGY_OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
