"""What each network morphism does to the outputs of a trained network; for notebook 12."""

from __future__ import annotations

from html import escape
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from workbench.data.images import ImageData, normalised
from workbench.protocols import Rows, SearchSpace
from workbench.spaces.morphisms import MORPHISMS, is_preserving, proposals
from workbench.training.device import choose_device
from workbench.training.inheritance import inherit
from workbench.training.metrics import accuracy
from workbench.training.randomness import own_draws
from workbench.views.numbers_in_words import percent
from workbench.views.paper import card

IMAGES = 64


def outputs_of(network: nn.Module, data: ImageData) -> Float[Tensor, "images classes"]:
    """The logits of the first 64 validation images, in evaluation mode."""
    images = normalised(data.validation.images[:IMAGES], data.mean, data.deviation)
    with torch.no_grad():
        logits: Tensor = network.eval()(images)
    return logits


class EachMorphism:
    """``rows``: of each kind its first morph, how far outputs move, accuracies; as a table."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def _repr_html_(self) -> str:
        names = ("morphism", "outputs move by", "accuracy before", "after", "new weights at random")
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        body = "".join(
            f"<tr><td style='text-align:left'>{escape(row['name'])}</td><td>{row['moved']:.1e}</td>"
            f"<td>{percent(row['before'])}</td><td>{percent(row['after'])}</td>"
            f"<td>{percent(row['at random'])}</td></tr>"
            for row in self.rows
        )
        return card(f"<table><tr>{head}</tr>{body}</table>")

    def __repr__(self) -> str:
        return "\n".join(
            f"{row['name']}: outputs move by {row['moved']:.1e}; accuracy {percent(row['before'])} "
            f"before, {percent(row['after'])} after, {percent(row['at random'])} at random"
            for row in self.rows
        )


def each_morphism(
    space: SearchSpace[Any], arch: Any, network: nn.Module, data: ImageData, *, seed: int = 0
) -> EachMorphism:
    """The trained ``network`` of ``arch`` changed by one morphism of each kind.

    ``moved``: the largest change of an output, as a share of the largest output. ``at random``:
    the child keeps her weights where they fit, and what is new is drawn as for a fresh network.
    """
    network = network.cpu()
    before, state = outputs_of(network, data), network.state_dict()
    rows = []
    for kind in MORPHISMS:
        child = next(
            (m for m in proposals(space, arch, kind) if is_preserving(space, arch, m.child)), None
        )
        if child is None:
            continue
        weights, _ = inherit(space, arch, state, child.child, data.task, seed=seed)
        with own_draws(seed):
            grown, fresh = (space.build(child.child, data.task) for _ in range(2))
        grown.load_state_dict(weights)
        kept = {
            name: tensor
            for name, tensor in fresh.state_dict().items()
            if name in state and state[name].shape == tensor.shape
        }
        fresh.load_state_dict({name: state[name] for name in kept}, strict=False)
        rows.append(
            {
                "name": f"{kind}: {child.name}",
                "moved": float((outputs_of(grown, data) - before).abs().max() / before.abs().max()),
                "before": _score(network, data),
                "after": _score(grown, data),
                "at random": _score(fresh, data),
            }
        )
    return EachMorphism(rows)


def _score(network: nn.Module, data: ImageData) -> float:
    return accuracy(network, data.validation, data, choose_device("cpu"))
