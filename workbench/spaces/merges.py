"""How a layer that reads several earlier layers puts their feature maps together.

Elsken et al. (2019), section 2: the input of layer i is ``g_i(L_{i-1}^out, …, L_0^out)``. A sum
gives ResNets, a concatenation DenseNets. Where strides or numbers of filters differ, the maps must
be made alike first: each rule here says how.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from workbench import checks
from workbench.records import ImageTask
from workbench.spaces.layers import Layer, classifier
from workbench.spaces.primitives import Stride, as_stride, both_sides, plain_convolution
from workbench.spaces.wiring import Branches

Maps = Sequence[Float[Tensor, "batch _ _ _"]]


@dataclass(frozen=True)
class Shape:
    """A feature map's ``channels``, and by what factor its sides are smaller than the image's.

    An image of h pixels has become a map of ⌈h / reduced⌉: rounding up composes, ⌈⌈h/2⌉/2⌉ = ⌈h/4⌉.
    Rows and columns may be ``reduced`` by two factors; canonical: one number where they are alike.
    """

    channels: int
    reduced: Stride = 1

    def __post_init__(self) -> None:
        checks.keep(self, reduced=as_stride(*both_sides(self.reduced)))

    def after(self, layer: Layer) -> Shape:
        """What ``layer`` makes of it."""
        (rows, columns), (down, across) = both_sides(self.reduced), both_sides(layer.stride)
        return Shape(layer.filters or self.channels, (rows * down, columns * across))


def _met(shapes: Sequence[Shape]) -> Stride:
    """The least reduction that every map's divides: a whole stride leads from each to it."""
    rows, columns = zip(*(both_sides(shape.reduced) for shape in shapes))
    return as_stride(lcm(*rows), lcm(*columns))


def _stride(one: Stride, other: Stride) -> Stride:
    """What leads from a reduction to one that it divides."""
    (rows, columns), (by_rows, by_columns) = both_sides(other), both_sides(one)
    return as_stride(rows // by_rows, columns // by_columns)


def merged_shape(merge: str, shapes: Sequence[Shape]) -> Shape:
    """What maps of these shapes become: what ``MERGES[merge](shapes).out`` is."""
    if merge == "add":
        return Shape(shapes[-1].channels, _met(shapes))
    channels = sum(shape.channels for shape in shapes)
    if merge == "concatenate":
        return Shape(channels, _met(shapes))
    rows, columns = zip(*(both_sides(shape.reduced) for shape in shapes))
    return Shape(channels, (min(rows), min(columns)))


class Add(nn.Module):
    """The sum. A map that differs from the last input's goes through a strided 1×1 projection.

    The result has the last input's channels; its reduction is the least one that every input's
    divides, so that a whole stride leads from each input to it. Where all shapes agree, the merge
    has no parameters: ResNet's identity shortcut (He et al. 2016), else its projection shortcut.
    """

    def __init__(self, shapes: Sequence[Shape]) -> None:
        super().__init__()
        self.out = merged_shape("add", shapes)
        self.align = nn.ModuleList(self._projection(shape) for shape in shapes)

    def _projection(self, shape: Shape) -> nn.Module:
        if shape == self.out:
            return nn.Identity()
        stride = _stride(shape.reduced, self.out.reduced)
        return nn.Sequential(
            plain_convolution(shape.channels, self.out.channels, (1, 1), stride),
            nn.BatchNorm2d(self.out.channels),
        )

    def forward(self, maps: Maps) -> Float[Tensor, "batch channels h w"]:
        """(batch, cᵢ, hᵢ, wᵢ) of each input -> (batch, c of the last, h, w)."""
        aligned = [align(one) for align, one in zip(self.align, maps)]
        total: Tensor = aligned[0]
        for one in aligned[1:]:
            total = total + one
        return total


class Concatenate(nn.Module):
    """All channels side by side, as in DenseNet; larger maps are average-pooled down first."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        super().__init__()
        self.out = merged_shape("concatenate", shapes)
        reduced = self.out.reduced
        self.align = nn.ModuleList(
            nn.Identity()
            if shape.reduced == reduced
            else nn.AvgPool2d(
                _stride(shape.reduced, reduced), ceil_mode=True, count_include_pad=False
            )
            for shape in shapes
        )

    def forward(self, maps: Maps) -> Float[Tensor, "batch channels h w"]:
        """(batch, cᵢ, hᵢ, wᵢ) of each input -> (batch, Σ cᵢ, h, w)."""
        return torch.cat([align(one) for align, one in zip(self.align, maps)], dim=1)


class PadAndConcatenate(nn.Module):
    """Zoph & Le (2017): smaller maps are zero-padded to the largest, then all are concatenated.

    The paper does not say where the zeros go; here they surround the map.
    """

    def __init__(self, shapes: Sequence[Shape]) -> None:
        super().__init__()
        self.out = merged_shape("pad", shapes)

    def forward(self, maps: Maps) -> Float[Tensor, "batch channels h w"]:
        """(batch, cᵢ, hᵢ, wᵢ) of each input -> (batch, Σ cᵢ, max hᵢ, max wᵢ)."""
        height, width = max(one.shape[2] for one in maps), max(one.shape[3] for one in maps)
        return torch.cat([_padded(one, height, width) for one in maps], dim=1)


def _padded(one: Tensor, height: int, width: int) -> Tensor:
    rows, columns = height - one.shape[2], width - one.shape[3]
    around = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
    return functional.pad(one, around) if rows or columns else one


MERGES: dict[str, type[Add] | type[Concatenate] | type[PadAndConcatenate]] = {
    "add": Add,
    "concatenate": Concatenate,
    "pad": PadAndConcatenate,
}


class BranchNetwork(nn.Module):
    """A branched network: ``merges[i]`` makes the input of ``layers[i]``, ``end`` the classifier's.

    Raises ValueError, naming the layer, for an image that a layer would shrink below one pixel.
    """

    def __init__(self, arch: Branches, task: ImageTask) -> None:
        super().__init__()
        self.inputs, self.ends = arch.inputs, arch.ends
        self.merges, self.layers = nn.ModuleList(), nn.ModuleList()
        shapes = [Shape(task.channels)]
        for i, (layer, reads) in enumerate(zip(arch.layers, arch.inputs), start=1):
            # one input is concatenated with nothing: itself
            merge = MERGES[arch.merges[i - 1] or "concatenate"]([shapes[j] for j in reads or (0,)])
            rows, columns = both_sides(merge.out.reduced)
            layer.check_fits(i, (-(-task.height // rows), -(-task.width // columns)))
            self.merges.append(merge)
            self.layers.append(layer.build(merge.out.channels))
            shapes.append(merge.out.after(layer))
        self.end = PadAndConcatenate([shapes[j] for j in self.ends])
        self.head = nn.Sequential(
            *classifier(self.end.out.channels, arch.hidden_units, task.classes)
        )

    def forward(self, images: Float[Tensor, "batch channels h w"]) -> Float[Tensor, "batch k"]:
        """(batch, channels, h, w) -> (batch, classes) logits."""
        maps = [images]
        for reads, merge, layer in zip(self.inputs, self.merges, self.layers):
            merged = merge([maps[j] for j in reads or (0,)])  # g_i(L_{i-1}, …, L_0), Elsken et al.
            maps.append(layer(merged))
        logits: Tensor = self.head(self.end([maps[j] for j in self.ends]))
        return logits
