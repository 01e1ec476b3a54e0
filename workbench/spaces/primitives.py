"""The layers that candidate operations are made of. Padding keeps an image's size at stride 1.

At stride 2 it is halved, rounded up. In chains and branches ReLU comes last, in cells it comes
first (Zoph et al. 2018; Liu et al. 2019; Dong & Yang 2020).
"""

from __future__ import annotations

from typing import TypeAlias

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn
from torch.nn import functional

Kernel: TypeAlias = tuple[int, int]  # height, width
Stride: TypeAlias = int | tuple[int, int]  # of both sides; of rows, of columns where they differ


def both_sides(stride: Stride) -> tuple[int, int]:
    """A stride, or a reduction, of rows and of columns."""
    return stride if isinstance(stride, tuple) else (stride, stride)


def as_stride(rows: int, columns: int) -> Stride:
    """One number where rows and columns have the same."""
    return rows if rows == columns else (rows, columns)


class StridedPointwise(nn.Conv2d):
    """A 1×1 convolution of stride s: every s-th pixel is kept, then a 1×1 convolution of stride 1.

    The same function, weights and cost as ``nn.Conv2d(c_in, c_out, 1, stride, bias=False)``, whose
    gradient writes out of bounds on processors with AVX2: with fewer than 8 channels coming in and
    images laid out channels last, it crashes, hangs or is silently wrong (oneDNN issue 6035).
    """

    def __init__(self, c_in: int, c_out: int, stride: Stride, *, groups: int = 1) -> None:
        super().__init__(c_in, c_out, 1, stride, groups=groups, bias=False)

    def forward(self, images: Float[Tensor, "batch c h w"]) -> Float[Tensor, "batch c2 h2 w2"]:
        rows, columns = self.stride
        kept = images[:, :, ::rows, ::columns]  # (batch, c, ⌈h/s⌉, ⌈w/s⌉)
        return functional.conv2d(kept, self.weight, groups=self.groups)


class AveragePooling(nn.AvgPool2d):
    """The mean of the window's pixels, the padding not counted; see ``averaged``."""

    def __init__(self, kernel: Kernel, stride: Stride) -> None:
        super().__init__(kernel, stride, _padding(kernel), count_include_pad=False)

    def forward(self, images: Float[Tensor, "batch c h w"]) -> Float[Tensor, "batch c h2 w2"]:
        return averaged(images, self.kernel_size, self.stride, self.padding)


def averaged(
    images: Shaped[Tensor, "batch c h w"],
    kernel: Kernel | int,
    stride: Stride | None,
    padding: Kernel | int,
) -> Shaped[Tensor, "batch c h2 w2"]:
    """Average pooling that does not count the padding.

    On a GPU maps laid out channels last are laid out plainly before: with padding the gradient is
    silently wrong there (PyTorch issue 188344, seen with 2.11).
    """
    if images.is_cuda:
        images = images.contiguous()
    return functional.avg_pool2d(images, kernel, stride, padding, count_include_pad=False)


def plain_convolution(
    c_in: int, c_out: int, kernel: Kernel, stride: Stride, *, dilation: int = 1, groups: int = 1
) -> nn.Conv2d:
    """The convolution alone, without bias, padded to keep the image's size at stride 1."""
    if kernel == (1, 1) and stride != 1:
        return StridedPointwise(c_in, c_out, stride, groups=groups)
    padding = _padding(kernel, dilation)
    return nn.Conv2d(c_in, c_out, kernel, stride, padding, dilation, groups, bias=False)


def _padding(kernel: Kernel, dilation: int = 1) -> tuple[int, int]:
    return dilation * (kernel[0] // 2), dilation * (kernel[1] // 2)


def convolution(
    c_in: int, c_out: int, kernel: Kernel, stride: Stride, *, dilation: int = 1
) -> nn.Module:
    """Convolution, batch normalisation, ReLU: (b, c_in, h, w) -> (b, c_out, ⌈h/s⌉, ⌈w/s⌉)."""
    return nn.Sequential(
        plain_convolution(c_in, c_out, kernel, stride, dilation=dilation),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    )


def dilated_convolution(c_in: int, c_out: int, kernel: Kernel, stride: Stride) -> nn.Module:
    """A convolution whose taps are two pixels apart."""
    return convolution(c_in, c_out, kernel, stride, dilation=2)


def separable_convolution(c_in: int, c_out: int, kernel: Kernel, stride: Stride) -> nn.Module:
    """Depthwise, then pointwise convolution, batch normalisation, ReLU."""
    return nn.Sequential(
        plain_convolution(c_in, c_in, kernel, stride, groups=c_in),
        nn.Conv2d(c_in, c_out, 1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    )


def max_pooling(c_in: int, c_out: int, kernel: Kernel, stride: Stride) -> nn.Module:
    """The largest value under the window; channels stay."""
    return nn.MaxPool2d(kernel, stride, _padding(kernel))


def average_pooling(c_in: int, c_out: int, kernel: Kernel, stride: Stride) -> nn.Module:
    """The mean of the window's pixels, the padding not counted; channels stay."""
    return AveragePooling(kernel, stride)


def identity(c_in: int, c_out: int, kernel: Kernel, stride: int) -> nn.Module:
    """Nothing: the input. Where its shape must change, ReLU, 1×1 convolution, normalisation."""
    if stride == 1 and c_in == c_out:
        return nn.Identity()
    return cell_convolution(c_in, c_out, (1, 1), stride)


# ---------------------------------------------------------------- of cells: ReLU comes first


def cell_convolution(
    c_in: int, c_out: int, kernel: Kernel, stride: int, *, dilation: int = 1
) -> nn.Module:
    """ReLU, convolution, batch normalisation (Zoph et al. 2018, appendix A.4)."""
    return nn.Sequential(
        nn.ReLU(),
        plain_convolution(c_in, c_out, kernel, stride, dilation=dilation),
        nn.BatchNorm2d(c_out),
    )


def cell_dilated_convolution(c_in: int, c_out: int, kernel: Kernel, stride: int) -> nn.Module:
    """NASNet's: a full convolution whose taps are two pixels apart."""
    return cell_convolution(c_in, c_out, kernel, stride, dilation=2)


def row_then_column(c_in: int, c_out: int, kernel: Kernel, stride: int) -> nn.Module:
    """ReLU, 1×k convolution, k×1 convolution, batch normalisation."""
    size = max(kernel)
    return nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(c_in, c_out, (1, size), (1, stride), (0, size // 2), bias=False),
        nn.Conv2d(c_out, c_out, (size, 1), (stride, 1), (size // 2, 0), bias=False),
        nn.BatchNorm2d(c_out),
    )


def _depthwise(
    c_in: int, c_out: int, kernel: Kernel, stride: int, dilation: int = 1
) -> list[nn.Module]:
    return [
        nn.ReLU(),
        plain_convolution(c_in, c_in, kernel, stride, dilation=dilation, groups=c_in),
        nn.Conv2d(c_in, c_out, 1, bias=False),
        nn.BatchNorm2d(c_out),
    ]


def twice_separable(c_in: int, c_out: int, kernel: Kernel, stride: int) -> nn.Module:
    """ReLU, depthwise, pointwise, batch normalisation; the same again at stride 1."""
    return nn.Sequential(
        *_depthwise(c_in, c_out, kernel, stride), *_depthwise(c_out, c_out, kernel, 1)
    )


def dilated_separable(c_in: int, c_out: int, kernel: Kernel, stride: int) -> nn.Module:
    """DARTS's: ReLU, depthwise with taps two pixels apart, pointwise, batch normalisation."""
    return nn.Sequential(*_depthwise(c_in, c_out, kernel, stride, dilation=2))


def _fitted(pool: nn.Module, c_in: int, c_out: int) -> nn.Module:
    if c_in == c_out:
        return pool
    fit = nn.Conv2d(c_in, c_out, 1, bias=False)
    return nn.Sequential(pool, fit, nn.BatchNorm2d(c_out))


def cell_max_pooling(c_in: int, c_out: int, kernel: Kernel, stride: int) -> nn.Module:
    """Max pooling; then, where the channels must change, 1×1 convolution and normalisation."""
    return _fitted(max_pooling(c_in, c_in, kernel, stride), c_in, c_out)


def cell_average_pooling(c_in: int, c_out: int, kernel: Kernel, stride: int) -> nn.Module:
    """Average pooling; then, where the channels must change, 1×1 convolution, normalisation."""
    return _fitted(average_pooling(c_in, c_in, kernel, stride), c_in, c_out)


class FactorizedReduction(nn.Module):
    """Halves the image, rounded up, but keeps half of the channels from the odd pixels.

    ReLU; half of the channels from a 1×1 convolution of stride 2, the others from one of the image
    shifted by a pixel (zeros come in at its far edge); batch normalisation.
    """

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.even = StridedPointwise(c_in, c_out // 2, 2) if c_out > 1 else None
        self.odd = StridedPointwise(c_in, c_out - c_out // 2, 2)
        self.norm = nn.BatchNorm2d(c_out)

    def forward(self, images: Float[Tensor, "batch c h w"]) -> Float[Tensor, "batch c2 h2 w2"]:
        images = functional.relu(images)
        shifted = functional.pad(images, (0, 1, 0, 1))[:, :, 1:, 1:]
        halves = (
            [self.odd(shifted)] if self.even is None else [self.even(images), self.odd(shifted)]
        )
        reduced: Tensor = self.norm(torch.cat(halves, 1))
        return reduced


def skip(c_in: int, c_out: int, kernel: Kernel, stride: int) -> nn.Module:
    """DARTS's: nothing at stride 1, a factorised reduction at stride 2."""
    if stride == 1:
        return identity(c_in, c_out, kernel, stride)
    return FactorizedReduction(c_in, c_out)


class Zero(nn.Module):
    """Zeros of the output's shape: no connection."""

    def __init__(self, c_out: int, stride: int) -> None:
        super().__init__()
        self.c_out, self.stride = c_out, stride

    def forward(self, images: Float[Tensor, "batch c h w"]) -> Float[Tensor, "batch c2 h2 w2"]:
        slices = images[:, :1, :: self.stride, :: self.stride]
        return slices.mul(0.0).repeat(1, self.c_out, 1, 1)


def none(c_in: int, c_out: int, kernel: Kernel, stride: int) -> nn.Module:
    """No connection: zeros."""
    return Zero(c_out, stride)


def without_affine(layer: nn.Module) -> nn.Module:
    """``layer`` itself, its batch normalisations now without scale and shift.

    So are those of a relaxed cell: a scale would undo what the mixing weights say (Liu et al. 2019,
    section 3.1.1).
    """
    for part in layer.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.affine = False
            part.register_parameter("weight", None)
            part.register_parameter("bias", None)
    return layer
