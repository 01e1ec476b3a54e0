"""The convolutions of all edges that leave a state, as few convolutions as can be.

Between a depthwise convolution and the pointwise one behind it stands nothing, so both together
are one full convolution whose kernel is the product of theirs. It multiplies more and is faster
all the same while channels are few: a processor is slow at depthwise convolutions, above all in
their backward pass, and one input serves all edges. Weights lie stacked, an edge a slice.
"""

from __future__ import annotations

import torch
from jaxtyping import Shaped
from torch import Tensor
from torch.nn import functional

FEW = 16  # channels up to which the product of the two kernels is the faster way


def shared_separable(
    x: Shaped[Tensor, "batch c h w"],
    depthwise: Shaped[Tensor, "e c 1 k k"],
    pointwise: Shaped[Tensor, "e c c 1 1"],
    stride: int,
    dilation: int,
) -> Shaped[Tensor, "batch ec h2 w2"]:
    """Depthwise, then pointwise convolution of one input, by the weights of each edge."""
    edges, channels, _, size, _ = depthwise.shape
    padding = dilation * (size // 2)
    if channels <= FEW:
        kernel = (pointwise * depthwise.transpose(1, 2)).flatten(0, 1)  # (e · c, c, k, k)
        return functional.conv2d(x, kernel, None, stride, padding, dilation)
    repeated = x.repeat(1, edges, 1, 1)  # (batch, e · c, h, w)
    z = functional.conv2d(
        repeated, depthwise.flatten(0, 1), None, stride, padding, dilation, edges * channels
    )
    return functional.conv2d(z, pointwise.flatten(0, 1), groups=edges)


def pointwise_after(
    x: Shaped[Tensor, "batch ec h w"],
    depthwise: Shaped[Tensor, "e c 1 k k"],
    pointwise: Shaped[Tensor, "e c c 1 1"],
) -> Shaped[Tensor, "batch ec h w"]:
    """The same where each edge has its own input, at stride 1."""
    edges, channels, _, size, _ = depthwise.shape
    z = functional.conv2d(
        x, depthwise.flatten(0, 1), None, 1, size // 2, 1, edges * channels
    )  # (batch, e · c, h, w)
    return functional.conv2d(z, pointwise.flatten(0, 1), groups=edges)


def halving(
    x: Shaped[Tensor, "batch c h w"],
    even: Shaped[Tensor, "e c2 c 1 1"] | None,
    odd: Shaped[Tensor, "e c3 c 1 1"],
) -> Shaped[Tensor, "batch ec h2 w2"]:
    """Every edge's factorised reduction before normalisation, as a 2×2 convolution of stride 2.

    Its even channels look at the upper left pixel of each window, its odd ones at the lower right.
    """
    kernel = functional.pad(odd, (1, 0, 1, 0))
    if even is not None:
        kernel = torch.cat([functional.pad(even, (0, 1, 0, 1)), kernel], 1)  # (e, c, c, 2, 2)
    x = functional.pad(x, (0, x.shape[3] % 2, 0, x.shape[2] % 2))
    return functional.conv2d(x, kernel.flatten(0, 1), None, 2)
