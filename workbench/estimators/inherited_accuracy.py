"""How well an architecture does with weights that it inherits, on images set aside for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

import torch
from torch import nn

from workbench.data.images import ImageData, Split, normalised, stratified
from workbench.training.metrics import correct_per_chunk
from workbench.training.randomness import undisturbed
from workbench.training.recalibration import recalibrate
from workbench.training.shared_weights import SharedWeights

A = TypeVar("A")

CHUNK = 250  # images at once: their feature maps stay in the processor's cache


class InheritedAccuracy(Generic[A]):
    """Judges architectures by ``images`` validation images with the weights of ``shared``.

    Before that an architecture's batch normalisation is measured on ``calibration`` training images
    (0: it stays that of the supernet). Both are few of many, classes in proportion, and the same
    ones each time.
    """

    def __init__(
        self,
        shared: SharedWeights[A],
        data: ImageData,
        device: torch.device,
        layout: torch.memory_format,
        *,
        images: int,
        calibration: int,
    ) -> None:
        self.shared, self.data, self.device, self.layout = shared, data, device, layout
        self.validation = some(data.validation, images, seed=data.split_seed)
        self.calibration: tuple[torch.Tensor, ...] = ()
        if calibration:
            train = some(data.train, calibration, seed=data.split_seed).images.to(device)
            scaled = normalised(train, data.mean.to(device), data.deviation.to(device))
            parts = -(-len(scaled) // CHUNK)
            self.calibration = scaled.contiguous(memory_format=layout).tensor_split(parts)

    def of(self, network: nn.Module, split: Split | None = None) -> Iterator[float | None]:
        """What a ``network`` of ``network(arch)`` gets right of ``split`` (None: of the usual).

        None after each piece of work, the accuracy at last.
        """
        for _ in recalibrate(network, self.calibration):
            yield None
        judged, correct = split or self.validation, 0
        for right in correct_per_chunk(
            network, judged, self.data, self.device, chunk=CHUNK, layout=self.layout
        ):
            correct += right
            yield None
        yield correct / len(judged)

    def measured(self, arch: A) -> nn.Module:
        """The architecture's own network, as it is judged."""
        network = self.network(arch)
        for _ in recalibrate(network, self.calibration):
            pass
        return network

    def network(self, arch: A) -> nn.Module:
        """The architecture's own network with the weights that it inherits."""
        network: nn.Module = self.shared.network(arch).eval()
        return network.to(memory_format=self.layout)  # type: ignore[call-overload, no-any-return]


@undisturbed()
def some(split: Split, count: int, *, seed: int) -> Split:
    """``count`` of the images (all, where there are no more), classes in proportion, shuffled."""
    chosen = torch.arange(len(split))
    if count < len(split):
        chosen = torch.from_numpy(stratified(split.labels.cpu(), count, seed=seed)[1])
    generator = torch.Generator().manual_seed(seed)
    chosen = chosen[torch.randperm(len(chosen), generator=generator)]
    return Split(split.images[chosen], split.labels[chosen])
