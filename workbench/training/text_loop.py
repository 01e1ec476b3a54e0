"""Training a language model as a generator: pull it and it trains one batch.

Truncated backpropagation through time: the text is cut into rows that are read side by side, a
piece of ``context`` tokens at a time. The state goes on from piece to piece, the gradient does not
go back (Mikolov et al. 2010; Zaremba et al. 2014). Adam (Kingma & Ba 2015), the gradient's norm
clipped; the learning rate falls along half a cosine, as in ``loop``. Zoph & Le trained by plain
gradient descent with a schedule; Adam is our choice, as one rate then suits most cells.
"""

from __future__ import annotations

import math
from collections.abc import Generator

from torch import nn

from workbench import checks
from workbench.data.text import TextData
from workbench.records import Batch, Epoch
from workbench.training.checkpoint import Checkpoint
from workbench.training.device import choose_device
from workbench.training.loop import budget, driven
from workbench.training.text_trainer import TextTrainer


def train_on_text(
    network: nn.Module,
    data: TextData,
    *,
    epochs: int,
    horizon: int | None = None,
    batch_size: int = 32,
    rate: float = 0.01,
    clip: float = 1.0,
    device: str = "auto",
    trial: int | None = None,
    checkpoint: Checkpoint | None = None,
    seed: int = 0,
) -> Generator[Batch | Epoch, None, Checkpoint]:
    """Train ``network`` in place up to ``epochs`` epochs in all; return where it got to.

    Yields a ``Batch`` after every step and an ``Epoch`` after each epoch: its score is 1/perplexity
    on ``data.validation``, in (0, 1], and its measures hold the perplexity; ``data.test`` is never
    read. ``batch_size`` is how many rows the text is cut into, ``data.task.context`` how many
    tokens of each one step reads, ``clip`` the longest gradient. ``horizon`` (default: ``epochs``)
    is where the learning rate reaches 0. ``checkpoint`` is what an earlier call returned.

    The result is a function of network, data, settings and seed; what it says of other threads'
    draws is what ``train`` says.

    Raises FloatingPointError when the loss stops being finite; ValueError for settings that cannot
    be used.
    """
    checks.of_type("network", network, nn.Module)
    checks.of_type("data", data, TextData)
    trial = checks.whole_or_none("trial", trial, least=0)
    seed = checks.whole("seed", seed, least=0)
    done = checkpoint.epoch if checkpoint else 0
    epochs, horizon = budget(done, epochs, horizon)
    batch_size, rate, clip, device = usable_on_text(batch_size, rate, clip, device)
    trainer = TextTrainer(network, data, choose_device(device), checkpoint, seed, batch_size, clip)
    return (yield from driven(trainer, trial=trial, epochs=epochs, horizon=horizon, rate=rate))


def usable_on_text(
    batch_size: int, rate: float, clip: float, device: str
) -> tuple[int, float, float, str]:
    """The settings of a training on text as plain values, in this order.

    Raises ValueError where training cannot use one of them on this machine.
    """
    choose_device(device)
    return (
        checks.whole("batch_size", batch_size, least=1),
        checks.number("rate", rate, above=0.0, below=math.inf, cure="try 0.01"),
        checks.number("clip", clip, above=0.0, below=math.inf, cure="try 1.0"),
        device,
    )
