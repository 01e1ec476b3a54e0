"""What a training counts: epochs and their scores; in the present one, examples and their loss."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Shaped
from torch import Tensor

from workbench.records import Epoch
from workbench.training.checkpoint import Checkpoint
from workbench.training.randomness import undisturbed


class Tally:
    """Counts from 0, or from where ``checkpoint`` got to, whose ``seed`` then is the training's.

    ``cure`` is what to try against a loss that stops being finite.
    """

    def __init__(
        self, device: torch.device, checkpoint: Checkpoint | None, seed: int, *, cure: str
    ) -> None:
        self.seed = checkpoint.seed if checkpoint else seed
        self.curve = checkpoint.curve if checkpoint else ()
        self.epoch, self.seen, self.steps = len(self.curve), 0, 0
        self._device, self._cure = device, cure
        with undisturbed():
            self.total = torch.zeros((), device=device, dtype=torch.float32)

    def begin(self) -> None:
        """An epoch begins: its examples and their loss are counted from 0."""
        self.total.zero_()
        self.seen = 0

    def add(self, loss: Shaped[Tensor, ""], examples: int) -> None:
        """A step was made on so many ``examples``; ``loss`` is their mean."""
        self.total += loss.detach() * examples
        self.seen += examples
        self.steps += 1

    def look(self, at: str, *, last: bool) -> None:
        """Raise FloatingPointError once the loss stopped being finite.

        A look makes a graphics card wait for its result, so there only every 25th step has one.
        """
        every = 25 if self._device.type == "cuda" else 1
        if (last or self.steps % every == 0) and not math.isfinite(self.total.item()):
            raise FloatingPointError(
                f"the loss stopped being finite in {at}: training diverged. Try a smaller rate "
                f"(learning rate){self._cure}"
            )

    def ended(
        self,
        trial: int | None,
        epochs: int,
        score: float,
        seconds: float,
        measures: Mapping[str, float],
    ) -> Epoch:
        """The event of the epoch that ended, the next of ``epochs``, with its validation score."""
        self.epoch, self.curve = self.epoch + 1, (*self.curve, score)
        loss = self.total.item() / self.seen
        return Epoch(trial, self.epoch, epochs, loss, score, seconds, measures)

    def checkpoint(
        self, tensors: Mapping[str, Tensor], scale: Mapping[str, Any] | None = None
    ) -> Checkpoint:
        """What was counted, with the ``tensors`` that are needed to go on."""
        return Checkpoint(self.epoch, self.seed, self.curve, tensors, scale or {})
