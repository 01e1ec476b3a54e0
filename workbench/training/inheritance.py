"""Weights handed down: a child's network begins with what its mother's has learnt.

Where the child can compute what its mother computes (``spaces.correspondence`` says how), it does,
exactly: wider layers by Net2Wider, new ones by Net2Deeper (Chen et al. 2016), new connections with
weights of zero (Elsken et al. 2017). Otherwise it keeps what has the same name and shape.

That holds in evaluation mode. In training mode a new layer's batch normalisation uses the batch's
statistics instead of those that it was set up with: it is the identity as nearly as they agree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from workbench import checks
from workbench.protocols import SearchSpace
from workbench.records import ImageTask, Task
from workbench.spaces.chain import ChainSpace
from workbench.spaces.correspondence import correspondence
from workbench.spaces.merged_channels import NotPreservedError
from workbench.spaces.morphisms import branched, has_morphs
from workbench.training.learnt import BRANCHES, CHAIN, Learnt
from workbench.training.randomness import own_draws, spawned, undisturbed
from workbench.training.transplant import Transplant


@dataclass(frozen=True)
class Kept:
    """What a child has from its mother.

    ``exact``: it computes the same; if not, ``why``. ``names`` are its tensors that hold her
    values; ``share`` is how much of its parameters they are, in [0, 1].
    """

    exact: bool
    why: str
    names: tuple[str, ...]
    share: float


@undisturbed()
def inherit(
    space: SearchSpace[Any],
    mother: Any,
    weights: Mapping[str, Tensor],
    child: Any,
    task: Task,
    *,
    noise: float = 0.0,
    seed: int = 0,
) -> tuple[dict[str, Tensor], Kept]:
    """The state that the child's network begins with, and what of it is its mother's.

    ``weights`` are the state of the mother's network (``state_dict``), and stay as they are.
    ``noise``: copies of filters differ from their originals by so many standard deviations of the
    layer's weights. Without it copies get the same gradients, and stay copies, as long as nothing
    else tells them apart; with it the function is only nearly preserved. ``seed`` draws the
    noise, which channels are copied, and new layers.

    Raises ValueError for weights that are not of the mother's network, or where the space cannot
    build the child.
    """
    checks.of_type("inherit: weights", weights, Mapping)
    noise = checks.number("inherit: noise", noise, least=0.0, below=math.inf)
    seed = checks.whole("inherit: seed", seed, least=0)
    with own_draws(0), torch.device("meta"):  # in this order: draws are on the processor
        _check(weights, space.build(mother, task).state_dict())
    streams = spawned(seed)
    with own_draws(streams.weights):
        network = space.build(child, task)
    kind = next((t.dtype for t in weights.values() if t.is_floating_point()), torch.float32)
    state = {n: t.detach().clone() for n, t in network.to(kind).state_dict().items()}
    if mother == child:
        names, why = {*state}, ""
        state |= {name: tensor.detach().clone() for name, tensor in weights.items()}
    elif not has_morphs(space) or not isinstance(task, ImageTask):
        names, why = _alike(state, weights), "this space has no morphisms"
    else:
        one, other = branched(mother), branched(child)
        try:
            plan = correspondence(one, other, channels=task.channels, seed=seed)
        except NotPreservedError as error:
            names, why = _alike(state, weights), str(error)
        else:
            where = CHAIN if isinstance(space, ChainSpace) else BRANCHES
            old = Learnt(one, weights, where, task.channels)
            names, why = (
                Transplant(old, other, state, plan, noise=noise, seed=streams.other).done(),
                "",
            )
    parameters = {name: tensor.numel() for name, tensor in network.named_parameters()}
    share = sum(n for name, n in parameters.items() if name in names) / sum(parameters.values())
    kept = tuple(name for name in state if name in names)
    return state, Kept(not why, why, kept, share)


def _check(weights: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    for name, tensor in expected.items():
        got = weights.get(name)
        if got is None or got.shape != tensor.shape:
            said = "nothing" if got is None else tuple(got.shape)
            raise ValueError(
                f"inherit: weights: expected {name!r} of shape {tuple(tensor.shape)}, got {said}: "
                "give the state_dict() of the mother's network"
            )


def _alike(state: dict[str, Tensor], weights: Mapping[str, Tensor]) -> set[str]:
    """Fill in what has the same name and shape; its names."""
    names = {
        name for name, t in state.items() if name in weights and weights[name].shape == t.shape
    }
    state |= {name: weights[name].detach().clone() for name in names}
    return names
