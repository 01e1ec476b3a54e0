"""Training as a generator: pull it and it trains one batch; leave it and it stands still.

Stochastic gradient descent with Nesterov momentum; the learning rate falls along half a cosine to
0 over the *horizon* (Loshchilov & Hutter 2017, eq. 5, one period), so stopping after k epochs and
going on later is the same as never having stopped.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar, runtime_checkable

from torch import nn

from workbench import checks
from workbench.data.images import ImageData
from workbench.records import Batch, Epoch
from workbench.training.checkpoint import Checkpoint
from workbench.training.device import choose_device
from workbench.training.tally import Tally
from workbench.training.trainer import Trainer
from workbench.training.turns import Turns

MOST = 1_000_000  # epochs

P = TypeVar("P")


def train(
    network: nn.Module,
    data: ImageData,
    *,
    epochs: int,
    horizon: int | None = None,
    batch_size: int = 32,
    rate: float = 0.2,
    momentum: float = 0.9,
    weight_decay: float = 5e-4,
    label_smoothing: float = 0.0,
    augment: bool = False,
    device: str = "auto",
    trial: int | None = None,
    checkpoint: Checkpoint | None = None,
    seed: int = 0,
) -> Generator[Batch | Epoch, None, Checkpoint]:
    """Train ``network`` in place up to ``epochs`` epochs in all; return where it got to.

    Yields a ``Batch`` after every batch and an ``Epoch``, with the accuracy on ``data.validation``,
    after each epoch; ``data.test`` is never read. ``horizon`` (default: ``epochs``) is where the
    learning rate reaches 0. ``augment`` shifts each image by up to an eighth of its shorter side, a
    pixel at least, and, where ``data.flip`` allows it, mirrors it. ``checkpoint`` is what an
    earlier call returned: the network takes its weights, and training goes on with its seed from
    where it stopped.

    On a CPU the result is a function of network, data, settings, seed and, for images of more than
    16 × 16 pixels, the thread count (smaller ones are trained by one thread). What other
    threads draw does not matter, nor do theirs suffer, unless the network itself draws from
    PyTorch's global generator (dropout): then it is lent a state of the training's own while the
    training works, and a warning says so once.

    Raises FloatingPointError when the loss stops being finite; ValueError for settings that cannot
    be used.
    """
    checks.of_type("network", network, nn.Module)
    checks.of_type("data", data, ImageData)
    trial = checks.whole_or_none("trial", trial, least=0)
    seed = checks.whole("seed", seed, least=0)
    done = checkpoint.epoch if checkpoint else 0
    epochs, horizon = budget(done, epochs, horizon)
    batch_size, rate, momentum, weight_decay, label_smoothing, augment, device = usable(
        batch_size, rate, momentum, weight_decay, label_smoothing, augment, device
    )
    trainer = Trainer(
        network,
        data,
        choose_device(device),
        checkpoint,
        seed,
        batches_of(len(data.train), batch_size),
        momentum,
        weight_decay,
        label_smoothing,
        augment,
    )
    return (yield from driven(trainer, trial=trial, epochs=epochs, horizon=horizon, rate=rate))


@runtime_checkable  # the tests check every signature at run time
class Driven(Protocol[P]):
    """What the loop drives: a training on parts ``P`` of its data. It works inside ``turn()``."""

    tally: Tally
    turns: Turns

    def turn(self) -> AbstractContextManager[None]:
        """Work inside, stand still outside; between two turns nothing is left set."""

    def begin(self) -> Sequence[P]:
        """The parts of the epoch that begins."""

    def step(self, part: P, rate: float, done: float) -> None:
        """Learn from a part; ``done``: how far through the whole training it is, from 0 to 1."""

    def validation(self) -> Iterator[tuple[float, Mapping[str, float]] | None]:
        """None between two pieces of work; at last the score and other measures."""

    def checkpoint(self) -> Checkpoint:
        """All that is needed to go on from here."""


def driven(
    trainer: Driven[P], *, trial: int | None, epochs: int, horizon: int, rate: float
) -> Generator[Batch | Epoch, None, Checkpoint]:
    """The loop of ``train``, whatever it is that is trained."""
    tally = trainer.tally
    for epoch in range(tally.epoch + 1, epochs + 1):
        with trainer.turn():
            parts = trainer.begin()
        batches = len(parts)
        for batch, part in enumerate(parts, start=1):
            with trainer.turn():
                step, steps = (epoch - 1) * batches + batch - 1, horizon * batches
                trainer.step(part, cosine(rate, step, steps), step / steps)
                tally.look(f"epoch {epoch}, batch {batch}", last=batch == batches)
            yield Batch(trial, epoch, batch, batches)
        validation = trainer.validation()
        while True:
            with trainer.turn():
                found = next(validation)
            if found is not None:
                break
            yield Batch(trial, epoch, batches, batches)  # so that Stop need not wait for it
        score, measures = found
        yield tally.ended(trial, epochs, score, trainer.turns.seconds, measures)
    with trainer.turn():
        return trainer.checkpoint()


def cosine(rate: float, step: int, steps: int) -> float:
    """The learning rate of a step counted from 0: ``rate`` at first, 0 after the last one."""
    return rate * (1 + math.cos(math.pi * step / steps)) / 2


def batches_of(images: int, batch_size: int) -> int:
    """How many batches an epoch has: of ``batch_size`` images or a few less, as equal as can be.

    From a batch size of 2 on none has a single image, which batch normalisation cannot use where
    maps have one pixel: rather have batches of 3 instead.
    """
    batches = math.ceil(images / batch_size)
    return max(1, min(batches, images // 2)) if batch_size >= 2 else batches


def budget(done: int, epochs: int, horizon: int | None) -> tuple[int, int]:
    """Epochs in all, and the horizon, which is no nearer."""
    epochs = checks.whole("epochs", epochs, least=1, most=MOST)
    if done > epochs:
        raise ValueError(f"epochs: {done} are already trained, got {epochs}; ask for at least that")
    return epochs, checks.whole(
        "horizon",
        epochs if horizon is None else horizon,
        least=epochs,
        most=MOST,
        cure="the learning rate is 0 from the horizon on",
    )


def usable(
    batch_size: int,
    rate: float,
    momentum: float,
    weight_decay: float,
    label_smoothing: float,
    augment: bool,
    device: str,
) -> tuple[int, float, float, float, float, bool, str]:
    """The settings of a training as plain values, in this order.

    Raises ValueError where training cannot use one of them on this machine.
    """
    choose_device(device)
    return (
        checks.whole("batch_size", batch_size, least=1),
        checks.number("rate", rate, above=0.0, below=math.inf, cure="try 0.1"),
        checks.number("momentum", momentum, least=0.0, below=1.0, cure="try 0.9"),
        checks.number("weight_decay", weight_decay, least=0.0, below=math.inf, cure="try 5e-4"),
        checks.number("label_smoothing", label_smoothing, least=0.0, below=1.0, cure="try 0.1"),
        checks.yes_or_no("augment", augment),
        device,
    )
