"""Batch normalisation measured anew: whose mean and variance an inherited network is judged by.

In a supernet a normalisation's running moments are a mixture over whatever paths were trained
lately, and those of no single one. Guo et al. (2020), section 3.3, therefore measure them for each
architecture, on training images, before it is validated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Shaped
from torch import Tensor, nn


def recalibrate(network: nn.Module, batches: Sequence[Shaped[Tensor, "n c h w"]]) -> Iterator[None]:
    """Set running moments to the means over ``batches``, a step for each; all else stays.

    All batches weigh the same, so they had better be of one size. Without any, nothing changes.
    ``network`` is left in evaluation mode.
    """
    network.eval()
    norms = [part for part in network.modules() if isinstance(part, nn.BatchNorm2d)]
    if not batches:
        return
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # PyTorch's word for a plain mean
    for images in batches:
        for norm in norms:
            norm.train()
        with torch.no_grad():
            network(images)
        network.eval()
        yield
