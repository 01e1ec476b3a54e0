"""Shared weights trained on one path a step: what a loop drives when no architecture is chosen.

Guo et al. (2020), section 3.2: at each step a path is drawn uniformly and its weights take a step
of gradient descent; all others stay. Bender et al. (2018), section 3.3: all paths at first, then
fewer and fewer, as path dropout rises to its last rate.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeAlias, TypeVar

import torch
from jaxtyping import Int64
from torch import Tensor

from workbench.data.images import ImageData
from workbench.training.checkpoint import Checkpoint
from workbench.training.shared_weights import SharedWeights
from workbench.training.trainer import Trainer

A = TypeVar("A")

Found: TypeAlias = tuple[float, Mapping[str, float]] | None  # score and measures; None: not yet


class PathTraining(Generic[A]):
    """A ``Trainer`` of ``shared`` that draws a path before each step, by ``dropout`` if any.

    The path of a step is a function of the training's seed and the step's number. ``watch`` begins
    what is looked at after each epoch, and yields None between two pieces of work. The settings are
    ``Trainer``'s.
    """

    def __init__(
        self,
        shared: SharedWeights[A],
        data: ImageData,
        device: torch.device,
        checkpoint: Checkpoint | None,
        seed: int,
        *,
        batches: int,
        dropout: float,
        watch: Callable[[], Iterator[Found]],
        settings: Mapping[str, Any],
    ) -> None:
        self.shared, self.dropout, self._watch = shared, dropout, watch
        self.trainer = Trainer(shared, data, device, checkpoint, seed, batches=batches, **settings)
        self.tally, self.turns = self.trainer.tally, self.trainer.turns
        self._batch = 0

    def turn(self) -> AbstractContextManager[None]:
        """Work inside, stand still outside."""
        return self.trainer.turn()

    def begin(self) -> Sequence[Int64[Tensor, " batch"]]:
        """The training images of the coming epoch's batches."""
        self._batch = 0
        return self.trainer.begin()

    def step(self, part: Int64[Tensor, " batch"], rate: float, done: float) -> None:
        """Draw a path and train it on these images."""
        self._batch += 1
        rng = random.Random(f"{self.tally.seed} {self.tally.epoch} {self._batch}")
        self.shared.sample(rng, dropout=self.dropout * done)  # a ~ U, SPOS section 3.2
        self.trainer.step(part, rate, done)

    def step_on(self, arch: A, part: Int64[Tensor, " batch"], rate: float) -> None:
        """Train the path of this architecture on these images.

        Raises FloatingPointError where the loss is not finite.
        """
        self.shared.train()
        self.tally.begin()
        self.shared.choose(arch)
        self.trainer.step(part, rate, 1.0)
        self.tally.look("a step", last=True)

    def validation(self) -> Iterator[Found]:
        """What ``watch`` yields."""
        return self._watch()

    def checkpoint(self) -> Checkpoint:
        """All that is needed to go on from here."""
        return self.trainer.checkpoint()
