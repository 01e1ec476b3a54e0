"""A training on text under way: network, optimiser, and the state carried from piece to piece."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from workbench.data.text import TextData
from workbench.spaces.recurrent_network import RecurrentNetwork
from workbench.training.checkpoint import Checkpoint, kept
from workbench.training.inspection import ordinary
from workbench.training.randomness import spawned, undisturbed
from workbench.training.tally import Tally
from workbench.training.text_metrics import (
    MOST,
    as_perplexity,
    in_rows,
    nats_per_chunk,
    read_on,
)
from workbench.training.turns import Turns

CURE = ", or a cell with tanh or sigmoid where its values are multiplied"


class TextTrainer:
    """What ``train_on_text`` drives. It moves only inside ``turn()``.

    Nothing is drawn: the text is read in its order. One thread of the processor works, as a time
    step is too small to be shared.
    """

    def __init__(
        self,
        network: nn.Module,
        data: TextData,
        device: torch.device,
        checkpoint: Checkpoint | None,
        seed: int,
        batch_size: int,
        clip: float,
    ) -> None:
        self.network, self.data, self.device, self.clip = network, data, device, clip
        self.tally = Tally(device, checkpoint, seed, cure=CURE)
        self.state: Any = None
        with undisturbed():
            ordinary(network)
        self.turns = Turns(
            device,
            threads=1 if device.type == "cpu" else None,
            draws=not isinstance(network, RecurrentNetwork),  # a learner's may
            seed=spawned(self.tally.seed).other,
        )
        if checkpoint:
            self.turns.restore(checkpoint.group("generator"))
        with self.turn():
            network.to(device)
            self.rows = in_rows(data.train, batch_size).to(device)
            self.optimizer = torch.optim.Adam(network.parameters())
            if checkpoint:
                self._carry_on(checkpoint)

    def turn(self) -> AbstractContextManager[None]:
        """Work inside, stand still outside."""
        return self.turns.turn()

    def begin(self) -> Sequence[slice]:
        """An epoch begins: the text is read from its beginning, ``context`` tokens at a time."""
        self.network.train()
        self.state = None
        self.tally.begin()
        last = self.rows.shape[1] - 1  # the last token is only predicted
        context = self.data.task.context
        return [slice(at, min(at + context, last)) for at in range(0, last, context)]

    def step(self, part: slice, rate: float, done: float) -> None:
        """One step of Adam on this part of every row, however far the training is ``done``.

        The state is carried on from the tokens before, but no gradient flows there: truncated
        backpropagation through time.
        """
        start, end = part.start, part.stop
        logits, state = read_on(self.network, self.rows[:, start:end], self.state)
        targets = self.rows[:, start + 1 : end + 1]
        loss = functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.network.parameters(), self.clip)
        self.optimizer.param_groups[0]["lr"] = rate
        self.optimizer.step()
        self.state = None if state is None else tuple(part.detach() for part in state)
        self.tally.add(loss, targets.numel())

    def validation(self) -> Iterator[tuple[float, Mapping[str, float]] | None]:
        """A piece of the validation text at a time; at last 1/perplexity, and the perplexity."""
        nats, count = 0.0, 0
        text, context = self.data.validation, self.data.task.context
        for more, tokens in nats_per_chunk(self.network, text, context, self.device):
            nats, count = nats + more, count + tokens
            yield None
        mean = nats / count
        if not math.isfinite(mean):
            raise FloatingPointError(
                "the loss stopped being finite on the validation text of epoch "
                f"{self.tally.epoch + 1}: training diverged. Try a smaller rate (learning rate)"
            )
        yield math.exp(-min(mean, MOST)), {"perplexity": as_perplexity(mean)}

    def checkpoint(self) -> Checkpoint:
        """All that is needed to go on from here."""
        tensors = {f"network/{name}": kept(t) for name, t in self.network.state_dict().items()}
        for name, parameter in self.network.named_parameters():
            for what, moment in self.optimizer.state.get(parameter, {}).items():
                tensors[f"adam/{what}/{name}"] = kept(moment)
        for name, generator in self.turns.generators.items():
            tensors[f"generator/{name}"] = kept(generator)
        return self.tally.checkpoint(tensors)

    def _carry_on(self, checkpoint: Checkpoint) -> None:
        self.network.load_state_dict(checkpoint.group("network"))
        moments: dict[str, dict[str, Tensor]] = {}
        for key, tensor in checkpoint.group("adam").items():
            what, _, name = key.partition("/")
            moments.setdefault(name, {})[what] = tensor
        for name, parameter in self.network.named_parameters():
            for what, tensor in moments.get(name, {}).items():
                # Adam counts its steps on the processor
                where = tensor.device if what == "step" else parameter.device
                self.optimizer.state[parameter][what] = tensor.clone().to(where)
