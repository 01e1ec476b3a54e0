"""What stands between two stages of a network of topologies: the image halved, channels doubled."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor, nn

from workbench.spaces.cell_network import Cell
from workbench.spaces.operations import OPERATIONS


class ResidualReduction(Cell):
    """Between stages: two ReLU-convolution-normalisations, the first of stride 2, and a shortcut.

    The shortcut averages 2×2 pixels (fewer at an odd edge) and widens them by a 1×1 convolution.
    """

    def __init__(self, c_in: int, channels: int) -> None:
        super().__init__()
        self.channels = channels
        convolution = OPERATIONS["nor_conv_3x3"]
        self.residual = nn.Sequential(
            convolution.make(c_in, channels, 2), convolution.make(channels, channels)
        )
        self.shortcut = nn.Sequential(
            nn.AvgPool2d(2, ceil_mode=True, count_include_pad=False),
            nn.Conv2d(c_in, channels, 1, bias=False),
        )

    def forward(
        self, previous: Float[Tensor, "batch c0 h0 w0"], current: Float[Tensor, "batch c1 h1 w1"]
    ) -> Float[Tensor, "batch c h w"]:
        halved: Tensor = self.shortcut(current) + self.residual(current)
        return halved


class PlainReduction(Cell):
    """Between stages: ReLU, 1×1 convolution, normalisation, the mean of 2×2 pixels.

    At an odd edge the mean is that of the pixels that are there.
    """

    def __init__(self, c_in: int, channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.widen = OPERATIONS["nor_conv_1x1"].make(c_in, channels)
        self.pool = nn.AvgPool2d(2, ceil_mode=True, count_include_pad=False)

    def forward(
        self, previous: Float[Tensor, "batch c0 h0 w0"], current: Float[Tensor, "batch c1 h1 w1"]
    ) -> Float[Tensor, "batch c h w"]:
        halved: Tensor = self.pool(self.widen(current))
        return halved


REDUCTIONS: dict[str, type[ResidualReduction] | type[PlainReduction]] = {
    "residual": ResidualReduction,
    "plain": PlainReduction,
}
