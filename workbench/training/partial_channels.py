"""Partial channels: only one channel in K passes through the mixture (PC-DARTS).

Xu et al. (2020), eq. 1: f(x) = Σ_o θ_o · o(S ∗ x) + (1 − S) ∗ x, S a mask of 1/K of the channels;
in the released code the first ones, and a channel shuffle behind every edge lets each have a turn.
"""

from __future__ import annotations

from jaxtyping import Shaped
from torch import Tensor
from torch.nn import functional


def beside(rest: Shaped[Tensor, "batch c h w"], stride: int) -> Shaped[Tensor, "batch c h2 w2"]:
    """The channels that pass by: as they are, or the largest of 2×2 pixels where a cell halves."""
    return rest if stride == 1 else functional.max_pool2d(rest, 2, 2, ceil_mode=True)


def shuffled(channels: Shaped[Tensor, "batch c h w"], groups: int) -> Shaped[Tensor, "batch c h w"]:
    """Channel i of group g comes to place i · groups + g (Zhang et al. 2018, ShuffleNet)."""
    return functional.channel_shuffle(channels, groups)
