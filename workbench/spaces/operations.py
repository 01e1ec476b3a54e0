"""The menu of candidate operations, one literal dict, and the layers they are made of.

An operation's ``family`` is what a drawing colours; its ``build`` makes the layer. Padding keeps
an image's size at stride 1 and halves it, rounded up, at stride 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from torch import nn

Family: TypeAlias = Literal["convolution", "separable", "dilated", "pool", "identity", "none"]
Kernel: TypeAlias = tuple[int, int]  # height, width
Build: TypeAlias = Callable[[int, int, Kernel, int], nn.Module]  # channels in, out, kernel, stride


def convolution(
    c_in: int, c_out: int, kernel: Kernel, stride: int, *, dilation: int = 1
) -> nn.Module:
    """Convolution, batch normalisation, ReLU: (batch, c_in, h, w) -> (batch, c_out, ⌈h/s⌉, ⌈w/s⌉)."""
    padding = tuple(dilation * (size // 2) for size in kernel)
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, kernel, stride, padding, dilation, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    )


def dilated_convolution(c_in: int, c_out: int, kernel: Kernel, stride: int) -> nn.Module:
    """A convolution whose taps are two pixels apart."""
    return convolution(c_in, c_out, kernel, stride, dilation=2)


def separable_convolution(c_in: int, c_out: int, kernel: Kernel, stride: int) -> nn.Module:
    """Depthwise, then pointwise convolution, batch normalisation, ReLU."""
    padding = tuple(size // 2 for size in kernel)
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, kernel, stride, padding, groups=c_in, bias=False),
        nn.Conv2d(c_in, c_out, 1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    )


def max_pooling(c_in: int, c_out: int, kernel: Kernel, stride: int) -> nn.Module:
    """The largest value under the window; channels stay."""
    return nn.MaxPool2d(kernel, stride, tuple(size // 2 for size in kernel))


def average_pooling(c_in: int, c_out: int, kernel: Kernel, stride: int) -> nn.Module:
    """The mean of the window's pixels, the padding not counted; channels stay."""
    padding = tuple(size // 2 for size in kernel)
    return nn.AvgPool2d(kernel, stride, padding, count_include_pad=False)


def identity(c_in: int, c_out: int, kernel: Kernel, stride: int) -> nn.Module:
    """Nothing: the input."""
    return nn.Identity()


@dataclass(frozen=True)
class Operation:
    """An entry of the menu: what it is called on drawings, its family, how it is made."""

    label: str
    family: Family
    build: Build


OPERATIONS: dict[str, Operation] = {
    # of chains and branches: the kernel is a decision of its own
    "convolution": Operation("conv", "convolution", convolution),
    "separable convolution": Operation("sep", "separable", separable_convolution),
    "dilated convolution": Operation("dil", "dilated", dilated_convolution),
    "max pooling": Operation("max", "pool", max_pooling),
    "average pooling": Operation("avg", "pool", average_pooling),
    "identity": Operation("identity", "identity", identity),
}
