"""Do two batches of images agree how to change the first layer? Before any training.

Through many layers in a row a gradient becomes noise: Balduzzi et al. (2017), "The Shattered
Gradients Problem". A step along the gradient of one batch then does nothing for another.
"""

from __future__ import annotations

from itertools import combinations
from statistics import mean
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from workbench import checks
from workbench.data.images import ImageData, normalised
from workbench.training.inspection import complete
from workbench.training.randomness import own_draws

BATCHES, SIZE = 6, 100


def agreement(space: Any, arch: Any, images: ImageData, *, seed: int) -> float:
    """Mean cosine between the first layer's gradients of two batches: 1 alike, 0 unrelated.

    ``arch`` is of a ``BranchSpace``, its weights are fresh ones of ``seed``; six batches of 100
    training images each, every pair of them.
    """
    checks.of_type("agreement: images", images, ImageData)
    seed = checks.whole("agreement: seed", seed, least=0)
    with own_draws(seed):
        network = space.build(arch, images.task).train()
    complete(network, images.task, seed=seed)
    first = network.layers[0][0].weight
    slopes = []
    for batch in range(BATCHES):
        chosen = slice(batch * SIZE, (batch + 1) * SIZE)
        pixels = normalised(images.train.images[chosen], images.mean, images.deviation)
        loss = functional.cross_entropy(network(pixels), images.train.labels[chosen])
        slopes.append(_flat(*torch.autograd.grad(loss, [first])))
    pairs = combinations(slopes, 2)
    return mean(float(functional.cosine_similarity(one, other, dim=0)) for one, other in pairs)


def _flat(slope: Tensor) -> Tensor:
    return slope.flatten()
