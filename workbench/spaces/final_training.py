"""What only the final training of a found architecture adds: drop-path and an auxiliary head.

Zoph et al. (2018), section 3; Liu et al. (2019), section 3.1.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from workbench.spaces.macro_architecture import Shape


class DropPath(nn.Module):
    """Zeroes a path for a random part ``drop`` of the images and divides the others by 1 − drop.

    Outside of training, and at ``drop`` = 0 (where it starts), it changes nothing. Which images is
    drawn from ``generator``, which a training sets while it works (None: PyTorch's global one).
    """

    def __init__(self) -> None:
        super().__init__()
        self.drop = 0.0
        self.generator: torch.Generator | None = None

    def forward(self, path: Float[Tensor, "batch c h w"]) -> Float[Tensor, "batch c h w"]:
        if not self.training or self.drop == 0.0:
            return path
        keep = 1.0 - self.drop
        chances = path.new_full((path.shape[0], 1, 1, 1), keep)
        kept = torch.bernoulli(chances, generator=self.generator)
        return path * kept / keep


class AuxiliaryHead(nn.Module):
    """A second classifier inside the network; its loss, times 0.4, is added in final training.

    ReLU, 5×5 average pooling of stride 3, 1×1 convolution to 128, convolution over what is left
    to 768, linear (NASNet, DARTS: 8×8 -> 2×2 -> 1×1). A smaller image is pooled as a whole.
    """

    def __init__(self, shape: Shape, classes: int) -> None:
        super().__init__()
        channels, *sides = shape
        window = (min(5, sides[0]), min(5, sides[1]))
        left = ((sides[0] - window[0]) // 3 + 1, (sides[1] - window[1]) // 3 + 1)
        self.layers = nn.Sequential(
            nn.ReLU(),
            nn.AvgPool2d(window, 3),
            nn.Conv2d(channels, 128, 1, bias=False),
            nn.BatchNorm2d(128),
            nn.ReLU(),
            nn.Conv2d(128, 768, left, bias=False),
            nn.BatchNorm2d(768),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(768, classes),
        )

    def forward(self, images: Float[Tensor, "batch c h w"]) -> Float[Tensor, "batch classes"]:
        logits: Tensor = self.layers(images)
        return logits
