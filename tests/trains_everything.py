"""Trains every operation × stride × few channels through ``train``. A program: it may abort.

oneDNN's fault (issue 6035) is there on processors with AVX2 and without AVX-512; the environment
variable ONEDNN_MAX_CPU_ISA=AVX2, set by whoever starts this, makes a newer one behave so.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from workbench.data import from_arrays
from workbench.spaces.operations import OPERATIONS
from workbench.training import train

KERNELS = {"convolution", "separable convolution", "dilated convolution"}  # chosen by a decision


class Functional(nn.Module):
    """A learner's: the strided 1×1 convolution is a call, not a layer."""

    def __init__(self, c_in: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(8, c_in, 1, 1) / 4)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(images, self.weight, stride=2)


def trained(layer: nn.Module, c_in: int, c_out: int, *, steps: int) -> None:
    n, size = 24, 4  # train is 14 of them
    rng = np.random.default_rng(0)
    data = from_arrays(rng.normal(size=(n, 2, size, size)), np.arange(n) % 2)
    widen = nn.Conv2d(2, c_in, 1)
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c_out, 2))
    for _ in train(
        nn.Sequential(widen, layer, *head),
        data,
        epochs=steps,
        batch_size=16,
        rate=1e-3,
        device="cpu",
    ):
        pass


def the_issues_lines(run: int) -> None:
    """Its two lines, through ``train``: 80 steps with 32 images of 4 channels."""
    rng = np.random.default_rng(run)
    data = from_arrays(rng.normal(size=(54, 4, 8, 8)), np.arange(54) % 2)
    layer = Functional(4) if run % 2 else nn.Conv2d(4, 8, 1, 2, bias=False)
    network = nn.Sequential(layer, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2))
    for _ in train(network, data, epochs=80, batch_size=32, rate=1e-3, device="cpu"):
        pass


def main() -> None:
    torch.set_num_threads(1)
    for name, operation in OPERATIONS.items():
        kernels = ((1, 1), (1, 3)) if name in KERNELS else (operation.kernel,)
        for kernel in kernels:
            for stride in (1, 2):
                for c_in in (1, 2, 3, 4, 8):
                    c_out = c_in if "pooling" in name else 8
                    layer = operation.build(c_in, c_out, kernel, stride)
                    trained(layer, c_in, c_out, steps=2)
    for c_in in (1, 2, 3, 4, 8):
        trained(nn.Conv2d(c_in, 8, 1, 2), c_in, 8, steps=6)
        trained(Functional(c_in), c_in, 8, steps=6)
    for run in range(20):
        the_issues_lines(run)
    print("all trained")


if __name__ == "__main__":
    main()
