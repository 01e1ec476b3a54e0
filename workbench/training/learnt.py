"""A trained chain or branched network, layer by layer: which tensor is whose, what comes out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from workbench.spaces.layers import CONVOLUTIONS, Layer
from workbench.spaces.merged_channels import Reading, shapes_of
from workbench.spaces.wiring import Branches

Moments: TypeAlias = tuple[Float[Tensor, " _"], Float[Tensor, " _"]]  # of each channel


@dataclass(frozen=True)
class Names:
    """How a space's networks call the tensors of their layers and of the classifier."""

    layers: str
    classifier: str  # "": numbered on after the layers

    def layer(self, i: int) -> str:
        """The start of the names of layer ``i``, counted from 1."""
        return f"{self.layers}{i - 1}."

    def linear(self, depth: int, j: int) -> str:
        """Of the classifier's module ``j``, after ``depth`` layers."""
        return f"{self.classifier}{j}." if self.classifier else f"{depth + j}."

    def projection(self, i: int, place: int) -> str:
        """Of what aligns the input number ``place`` of layer ``i``'s sum."""
        return f"merges.{i - 1}.align.{place}."


CHAIN, BRANCHES = Names("", ""), Names("layers.", "head.")


def parts(layer: Layer) -> tuple[str, str]:
    """The names of a convolution's part that mixes channels and of its batch normalisation.

    A separable one has a depthwise part, "0", before.
    """
    return ("1", "2") if layer.operation == "separable convolution" else ("0", "1")


@dataclass(frozen=True, eq=False)
class Learnt:
    """A network's ``arch`` and ``weights``, on images of ``channels`` channels."""

    arch: Branches
    weights: Mapping[str, Tensor]
    names: Names
    channels: int

    @cached_property
    def moments(self) -> list[Moments]:
        """Mean and variance that each channel of the image and of each layer is expected to have.

        In training batch normalisation gives a channel mean β and standard deviation γ. What ReLU
        makes of that is exact for normal values; pooling is taken to change neither.
        """
        image = torch.zeros(self.channels, dtype=self.dtype)
        found: list[Moments] = [(image, image + 1.0)]  # images come normalised
        for i, layer in enumerate(self.arch.layers, start=1):
            if layer.operation in CONVOLUTIONS:
                found.append(_rectified(*self._scale(self.names.layer(i) + parts(layer)[1])))
            else:
                found.append(self._merged(i, found))
        return found

    @property
    def dtype(self) -> torch.dtype:
        """Of the weights."""
        return next(one.dtype for one in self.weights.values() if one.is_floating_point())

    def _scale(self, norm: str) -> Moments:
        """β and γ."""
        return self.weights[f"{norm}.bias"], self.weights[f"{norm}.weight"]

    def _merged(self, i: int, found: list[Moments]) -> Moments:
        reading, shapes = Reading.of(self.arch, i), shapes_of(self.arch, self.channels)
        if reading.merge != "add":
            means, variances = zip(*(found[j] for j in reading.reads))
            return torch.cat(means), torch.cat(variances)
        shape, added = reading.shape(shapes), []
        for place, j in enumerate(reading.reads):
            if shapes[j] == shape:
                added.append(found[j])
            else:
                beta, gamma = self._scale(f"{self.names.projection(i, place)}1")
                added.append((beta, gamma.square()))
        means, variances = zip(*added)
        return torch.stack(means).sum(0), torch.stack(variances).sum(0)


def _rectified(mean: Tensor, deviation: Tensor) -> Moments:
    """Mean and variance of max(0, x), where x is normal."""
    deviation = deviation.abs().clamp_min(1e-12)
    ratio = mean / deviation
    below = torch.special.ndtr(ratio)  # Φ(μ/σ), how often x > 0
    density = (-ratio.square() / 2).exp() / math.sqrt(2 * math.pi)
    first = mean * below + deviation * density
    second = (mean.square() + deviation.square()) * below + mean * deviation * density
    return first, (second - first.square()).clamp_min(0.0)
