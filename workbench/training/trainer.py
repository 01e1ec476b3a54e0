"""A training under way: network, optimiser and generators, and the turns in which they move."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Int64, Shaped
from torch import Tensor, nn
from torch.nn import functional

from workbench.data.images import ImageData, normalised
from workbench.spaces.cell_network import CellNetwork
from workbench.spaces.final_training import DropPath
from workbench.training.checkpoint import Checkpoint, kept
from workbench.training.inspection import complete, inspected, ordinary
from workbench.training.metrics import CHUNK, correct_per_chunk, half_precision, half_type
from workbench.training.randomness import spawned, undisturbed
from workbench.training.tally import Tally
from workbench.training.turns import Turns

SMALL = 16 * 16  # pixels of an image


class Trainer:
    """What ``train`` drives. It moves only inside ``turn()``, which counts the seconds.

    Shuffling, shifting and drop-path draw from generators of the training's own. A network that
    draws from PyTorch's global generators itself (dropout does) is lent them for each turn, in a
    state of the training's own; other threads then had better not draw.

    Small images are trained by one thread of the processor: several need as long, spend twice the
    processor's time, and stall one another as soon as anything else (a browser, a panel) runs.
    """

    def __init__(
        self,
        network: nn.Module,
        data: ImageData,
        device: torch.device,
        checkpoint: Checkpoint | None,
        seed: int,
        batches: int,
        momentum: float,
        weight_decay: float,
        label_smoothing: float,
        augment: bool,
    ) -> None:
        self.network, self.data, self.device, self.batches = network, data, device, batches
        self.label_smoothing, self.flip = label_smoothing, data.flip
        self.shift = max(1, min(data.task.height, data.task.width) // 8) if augment else None
        small = data.task.height * data.task.width <= SMALL
        self.tally = Tally(
            device, checkpoint, seed, cure=", or an architecture with batch normalisation"
        )
        streams = spawned(self.tally.seed)
        self.shuffle = torch.Generator().manual_seed(streams.order)
        self.drop = torch.Generator(device).manual_seed(streams.paths)
        self.drop_paths = [part for part in network.modules() if isinstance(part, DropPath)]
        complete(network, data.task, seed=streams.weights)
        with undisturbed():
            ordinary(network)
            seen = inspected(network, data.task)
        self.layout = seen.layout(device)
        self.turns = Turns(
            device,
            threads=1 if small and device.type == "cpu" else None,
            draws=seen.draws is not False,
            seed=streams.other,
        )
        if checkpoint:
            self._restore_generators(checkpoint.group("generator"))
        with self.turn():
            network.to(device=device, memory_format=self.layout)  # type: ignore[call-overload]
            self.images, self.labels = data.train.images.to(device), data.train.labels.to(device)
            self.mean, self.deviation = data.mean.to(device), data.deviation.to(device)
            self.optimizer = torch.optim.SGD(
                network.parameters(),
                lr=0.0,
                momentum=momentum,
                weight_decay=weight_decay,
                nesterov=momentum > 0,
            )
            self.precision = half_precision(device)
            self.scaler = torch.amp.GradScaler(
                device.type, enabled=half_type(device) == torch.float16
            )
            if checkpoint:
                self._carry_on(checkpoint)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Work inside, stand still outside; between two turns nothing is left set."""
        for part in self.drop_paths:
            part.generator = self.drop
        try:
            with self.turns.turn():
                yield
        finally:
            for part in self.drop_paths:
                part.generator = None

    def begin(self) -> Sequence[Int64[Tensor, " batch"]]:
        """The training images of the coming epoch's batches: equal parts, or one more."""
        self.network.train()
        self.tally.begin()
        return torch.randperm(len(self.labels), generator=self.shuffle).tensor_split(self.batches)

    def step(self, part: Int64[Tensor, " batch"], rate: float, done: float = 0.0) -> None:
        """One step of gradient descent on the images with these numbers.

        ``done`` is how far through its whole training the network is, from 0 to 1.
        """
        labels = self.labels[part.to(self.device)]
        images = self._batch(part)  # (batch, c, h, w)
        with self.precision:
            loss = self._loss(images, labels, done)
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(self.scaler.scale(loss))
        self.optimizer.param_groups[0]["lr"] = rate
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.tally.add(loss, len(labels))

    def _loss(
        self, images: Shaped[Tensor, "batch c h w"], labels: Int64[Tensor, " batch"], done: float
    ) -> Shaped[Tensor, ""]:
        """Cross-entropy; a stack of cells may add its auxiliary head's, and its drop-path grows."""
        smoothing, network = self.label_smoothing, self.network
        if not isinstance(network, CellNetwork):
            return functional.cross_entropy(network(images), labels, label_smoothing=smoothing)
        network.at(done)
        logits, auxiliary = network.both(images)  # (batch, classes) each
        loss = functional.cross_entropy(logits, labels, label_smoothing=smoothing)
        if auxiliary is None:
            return loss
        other = functional.cross_entropy(auxiliary, labels, label_smoothing=smoothing)
        return loss + network.auxiliary_weight * other

    def _batch(self, indices: Int64[Tensor, " batch"]) -> Shaped[Tensor, "batch c h w"]:
        images = self.images[indices.to(self.device)]
        if self.shift is not None:
            images = shifted(images, self.shift, self.shuffle)
            if self.flip:
                coins = torch.rand(len(images), generator=self.shuffle, dtype=torch.float32)
                mirror = coins < 0.5
                images = torch.where(
                    mirror.to(self.device)[:, None, None, None], images.flip(3), images
                )
        scaled = normalised(images, self.mean, self.deviation)
        return scaled.contiguous(memory_format=self.layout)

    def validation(self) -> Iterator[tuple[float, Mapping[str, float]] | None]:
        """A chunk of the validation images at a time; at last their accuracy."""
        images, correct = self.data.validation, 0
        chunks = math.ceil(len(images) / CHUNK)
        found = correct_per_chunk(self.network, images, self.data, self.device, layout=self.layout)
        for number, right in enumerate(found, start=1):
            correct += right
            yield (correct / len(images), {}) if number == chunks else None

    def checkpoint(self) -> Checkpoint:
        """All that is needed to go on from here."""
        momenta = {
            name: self.optimizer.state[tensor]["momentum_buffer"]
            for name, tensor in self.network.named_parameters()
            if self.optimizer.state.get(tensor, {}).get("momentum_buffer") is not None
        }
        groups: Mapping[str, Mapping[str, Tensor]] = {
            "network": self.network.state_dict(),
            "momentum": momenta,
            "generator": self.turns.generators
            | {"shuffle": self.shuffle.get_state()}
            | {f"drop {self.device.type}": self.drop.get_state()},
        }
        tensors = {
            f"{group}/{name}": kept(tensor)
            for group, named in groups.items()
            for name, tensor in named.items()
        }
        scale: dict[str, Any] = self.scaler.state_dict()
        return self.tally.checkpoint(tensors, scale)

    def _restore_generators(self, states: Mapping[str, Tensor]) -> None:
        """On another kind of device than before, its generators begin anew."""
        self.shuffle.set_state(states["shuffle"])
        if (drop := states.get(f"drop {self.device.type}")) is not None:
            self.drop.set_state(drop)
        self.turns.restore(states)

    def _carry_on(self, checkpoint: Checkpoint) -> None:
        self.network.load_state_dict(checkpoint.group("network"))
        momenta = checkpoint.group("momentum")
        for name, tensor in self.network.named_parameters():
            if name in momenta:
                buffer = torch.empty_like(tensor).copy_(momenta[name])
                self.optimizer.state[tensor]["momentum_buffer"] = buffer
        if checkpoint.scale and self.scaler.is_enabled():
            self.scaler.load_state_dict(dict(checkpoint.scale))


def shifted(
    images: Shaped[Tensor, "n c h w"], most: int, generator: torch.Generator
) -> Shaped[Tensor, "n c h w"]:
    """Each image moved by −most … most pixels down and right; zeros come in at the rim."""
    n, _, height, width = images.shape
    offsets = torch.randint(2 * most + 1, (2, n, 1), generator=generator).to(images.device)
    rows = offsets[0] + torch.arange(height, device=images.device)  # (n, h)
    columns = offsets[1] + torch.arange(width, device=images.device)  # (n, w)
    wide = functional.pad(images, (most, most, most, most))  # (n, c, h + 2 most, w + 2 most)
    which = torch.arange(n, device=images.device)[:, None, None]
    # indices around the channel axis put it last: (n, h, w, c)
    picked = wide[which, :, rows[:, :, None], columns[:, None, :]]
    return picked.permute(0, 3, 1, 2)
