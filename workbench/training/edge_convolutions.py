"""The convolutions of the edges that leave a state, as cheap as can be.

Weights lie stacked, an edge a slice. What is cheap depends on the size. With few channels calls
cost more than numbers: all edges are computed by one call (``at_once``), and as nothing stands
between a depthwise convolution and the pointwise one behind it, both are one full convolution whose
kernel is the product of theirs. With more channels each edge is computed by itself, in maps that
stay in the processor's cache; there a product costs more than it saves, and a dilated convolution,
slow in its backward pass, becomes a plain one on every second pixel (``phases``).
"""

from __future__ import annotations

import torch
from jaxtyping import Shaped
from torch import Tensor
from torch.nn import functional

FEW = 8  # channels up to which a call costs more than its numbers, on a processor


def at_once(x: Shaped[Tensor, "batch c h w"]) -> bool:
    """Whether all edges that leave ``x`` are computed by one call; on a GPU calls always cost."""
    return x.is_cuda or x.shape[1] <= FEW


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
    repeated = x if edges == 1 else x.repeat(1, edges, 1, 1)  # (batch, e · c, h, w)
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


def phases(x: Shaped[Tensor, "batch c h w"]) -> Shaped[Tensor, "batch4 c h2 w2"]:
    """Its pixels of even and of odd row and column as four images of half the sides, even ones.

    A convolution of stride 1 and dilation 2 is one of dilation 1 on these. An image's phases lie
    ``batch`` apart; normalisation over a batch does not mind, whose mean is of all pixels.
    """
    batch, channels, height, width = x.shape
    rows = x.permute(0, 2, 3, 1).reshape(batch, height // 2, 2, width // 2, 2, channels)
    rows = rows.permute(2, 4, 0, 1, 3, 5).reshape(4 * batch, height // 2, width // 2, channels)
    return rows.permute(0, 3, 1, 2)  # channels last, as x is


def interleaved(apart: Shaped[Tensor, "batch4 c h2 w2"]) -> Shaped[Tensor, "batch c h w"]:
    """The images of which these are the ``phases``."""
    batch, channels, height, width = apart.shape
    rows = apart.permute(0, 2, 3, 1).reshape(2, 2, batch // 4, height, width, channels)
    rows = rows.permute(2, 3, 0, 4, 1, 5).reshape(batch // 4, 2 * height, 2 * width, channels)
    return rows.permute(0, 3, 1, 2)
