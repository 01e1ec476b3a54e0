"""Architectures and weights at random, and what network morphisms make of them."""

from __future__ import annotations

import random
from typing import Any

import torch
from torch import Tensor, nn

from workbench.records import ImageTask
from workbench.spaces import BranchSpace, ChainSpace
from workbench.spaces.morphisms import MORPHISMS, Morph, drawn_morph

TASK = ImageTask(2, 9, 7, 4)  # sides that no stride divides
SPACES = (
    ChainSpace(hidden_units=(0, 8, 16)),
    ChainSpace(stride_per_side=True, strides=(1, 2, 3), hidden_units=(8, 16)),
    BranchSpace(),
    BranchSpace(merges=("add",), operations=("convolution", "max pooling", "identity")),
    BranchSpace(always_chain=False, merge_per_layer=True, filters=(2, 4, 8)),
)


def images(seed: int, *, dtype: torch.dtype = torch.float64, n: int = 3) -> Tensor:
    made = torch.Generator().manual_seed(seed)
    shape = (n, TASK.channels, TASK.height, TASK.width)
    return torch.randn(shape, generator=made, dtype=torch.float64).to(dtype)


def trained(space: Any, arch: Any, seed: int, *, dtype: torch.dtype = torch.float64) -> nn.Module:
    """A network in evaluation mode with random weights, scales, shifts and running statistics."""
    network = space.build(arch, TASK).to(torch.float64)
    made = torch.Generator().manual_seed(seed)
    state = network.state_dict()
    for name, tensor in state.items():
        if tensor.is_floating_point():
            drawn = torch.randn(tensor.shape, generator=made, dtype=torch.float64)
            if name.endswith("running_var"):
                drawn = drawn.abs() + 0.1
            elif tensor.dim() > 1:
                drawn = drawn / tensor[0].numel() ** 0.5
            state[name] = drawn
    network.load_state_dict(state)
    return network.to(dtype).eval()


def with_weights(space: Any, arch: Any, weights: dict[str, Tensor]) -> nn.Module:
    """The network of these weights, in evaluation mode."""
    network = space.build(arch, TASK)
    network.to(next(t.dtype for t in weights.values() if t.is_floating_point()))
    network.load_state_dict(weights)
    return network.eval()


def a_morph(number: int) -> tuple[Any, Any, Morph[Any]]:
    """A space, an architecture that has a morph of the kind whose turn it is, and that morph."""
    rng = random.Random(number)
    kind = MORPHISMS[number % len(MORPHISMS)]
    while True:
        space = rng.choice(SPACES)
        arch = space.sample(rng)
        if (found := drawn_morph(space, arch, rng, kinds=(kind,))) is not None:
            return space, arch, found


def morphed(space: Any, arch: Any, rng: random.Random, steps: int) -> Any:
    """What so many morphisms make of it, one after the other, or as many as there are."""
    for _ in range(steps):
        found = drawn_morph(space, arch, rng)
        arch = arch if found is None else found.child
    return arch
