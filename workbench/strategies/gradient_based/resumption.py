"""A search under way as a checkpoint, and back: all that the coming epochs depend on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from workbench.strategies.gradient_based.descent import Descent
from workbench.training.checkpoint import Checkpoint, kept

KEPT = ("momentum_buffer", "exp_avg", "exp_avg_sq", "step")  # of SGD, and of Adam


def checkpoint_of(run: Descent, curve: tuple[float, ...], about: Mapping[str, Any]) -> Checkpoint:
    """Weights, α, what both optimisers remember, the generators' states, the epoch."""
    groups: dict[str, Mapping[str, Tensor]] = {
        "network": run.net.state_dict(),
        "alpha": run.alphas,
        "generator": {"order": run.order.get_state(), "draws": run.draws.get_state()},
    }
    for what in KEPT:
        states = {
            name: run.optimizer_of(name).state.get(owner, {}).get(what)
            for name, owner in (run.weights | run.alphas).items()
        }
        groups[f"optimizer {what}"] = {n: state for n, state in states.items() if state is not None}
    tensors = {
        f"{group}/{name}": kept(tensor)
        for group, named in groups.items()
        for name, tensor in named.items()
    }
    return Checkpoint(run.epoch, run.seed, curve, tensors, about=about)


def restore(run: Descent, checkpoint: Checkpoint) -> None:
    """Let a fresh ``run`` be as the one was when it was kept."""
    owners = run.weights | run.alphas
    with run.turn(), torch.no_grad():
        run.epoch = checkpoint.epoch
        run.net.load_state_dict(checkpoint.group("network"))
        for kind, alpha in checkpoint.group("alpha").items():
            run.alphas[kind].copy_(alpha)
        states = checkpoint.group("generator")
        run.order.set_state(states["order"])
        run.draws.set_state(states["draws"])
        for what in KEPT:
            for name, value in checkpoint.group(f"optimizer {what}").items():
                same = value if what == "step" else torch.empty_like(owners[name]).copy_(value)
                run.optimizer_of(name).state[owners[name]][what] = same
