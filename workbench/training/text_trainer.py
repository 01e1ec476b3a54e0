"""A training on text under way: network, optimiser, and the state carried from piece to piece."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from workbench.data.text import TextData
from workbench.records import Epoch
from workbench.spaces.recurrent_network import RecurrentNetwork
from workbench.training.checkpoint import Checkpoint, kept
from workbench.training.inspection import ordinary
from workbench.training.randomness import spawned, undisturbed
from workbench.training.text_metrics import in_rows, read_on
from workbench.training.turns import Turns


class TextTrainer:
    """What ``train_on_text`` drives. It moves only inside ``turns.turn()``.

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
        self.network, self.device, self.clip = network, device, clip
        self.seed = checkpoint.seed if checkpoint else seed
        self.curve = checkpoint.curve if checkpoint else ()
        self.epoch, self.seen, self.steps = len(self.curve), 0, 0
        self.state: Any = None
        with undisturbed():
            ordinary(network)
        self.turns = Turns(
            device,
            threads=1 if device.type == "cpu" else None,
            draws=not isinstance(network, RecurrentNetwork),  # a learner's may
            seed=spawned(self.seed).other,
        )
        if checkpoint:
            self.turns.restore(checkpoint.group("generator"))
        with self.turns.turn():
            network.to(device)
            self.rows = in_rows(data.train, batch_size).to(device)
            self.optimizer = torch.optim.Adam(network.parameters())
            self.total = torch.zeros((), device=device)
            if checkpoint:
                self._carry_on(checkpoint)

    def begin(self) -> None:
        """An epoch begins: the text is read from its beginning, the loss counted from 0."""
        self.network.train()
        self.state, self.seen = None, 0
        self.total.zero_()

    def step(self, start: int, end: int, rate: float) -> None:
        """One step of Adam on the tokens from ``start`` to ``end`` of every row.

        The state is carried on from the tokens before, but no gradient flows there: truncated
        backpropagation through time.
        """
        logits, state = read_on(self.network, self.rows[:, start:end], self.state)
        targets = self.rows[:, start + 1 : end + 1]
        loss = functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.network.parameters(), self.clip)
        self.optimizer.param_groups[0]["lr"] = rate
        self.optimizer.step()
        self.state = None if state is None else tuple(part.detach() for part in state)
        self.total += loss.detach() * targets.numel()
        self.seen += targets.numel()

    def look(self, at: str, *, last: bool) -> None:
        """Raise FloatingPointError once the loss stopped being finite.

        A look makes a graphics card wait for its result, so there only every 25th step has one.
        """
        self.steps += 1
        every = 25 if self.device.type == "cuda" else 1
        if (last or self.steps % every == 0) and not math.isfinite(self.total.item()):
            raise FloatingPointError(
                f"the loss stopped being finite in {at}: training diverged. Try a smaller rate "
                "(learning rate), or a cell with tanh or sigmoid where its values are multiplied"
            )

    def ended(
        self, trial: int | None, epoch: int, epochs: int, score: float, perplexity: float
    ) -> Epoch:
        """The event of an epoch that ended with this validation ``score``."""
        self.epoch, self.curve = epoch, (*self.curve, score)
        loss, measures = self.total.item() / self.seen, {"perplexity": perplexity}
        return Epoch(trial, epoch, epochs, loss, score, self.turns.seconds, measures)

    def checkpoint(self) -> Checkpoint:
        """All that is needed to go on from here."""
        tensors = {f"network/{name}": kept(t) for name, t in self.network.state_dict().items()}
        for name, parameter in self.network.named_parameters():
            for what, moment in self.optimizer.state.get(parameter, {}).items():
                tensors[f"adam/{what}/{name}"] = kept(moment)
        for name, generator in self.turns.generators.items():
            tensors[f"generator/{name}"] = kept(generator)
        return Checkpoint(self.epoch, self.seed, self.curve, tensors)

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
