"""Several seeds of one small network trained at once, as the groups of a wider network.

A network of eight channels spends most of its time on calls, not on numbers. Side by side, K seeds
are one network of K groups: grouped convolutions, normalisation (a channel each), one matrix
product a group. No number passes from group to group and the losses are added, so each group's
gradients, and with them its training, are those of its seed alone, up to rounding.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TypeVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from workbench.spaces.cell_network import Cell
from workbench.spaces.topology import TopologyCell

N = TypeVar("N", bound=nn.Module)


class LinearAbreast(nn.Module):
    """K linear layers on K groups of features: (batch, K · inputs) -> (batch, K · outputs)."""

    def __init__(self, layers: Sequence[nn.Linear]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.stack([layer.weight.detach() for layer in layers]))
        self.bias = nn.Parameter(torch.stack([layer.bias.detach() for layer in layers]))

    def forward(self, features: Float[Tensor, "batch _"]) -> Float[Tensor, "batch _"]:
        groups, outputs, inputs = self.weight.shape
        each = features.view(len(features), groups, inputs).transpose(0, 1)  # (K, batch, inputs)
        found = torch.baddbmm(self.bias[:, None], each, self.weight.transpose(1, 2))
        return found.transpose(0, 1).reshape(len(features), groups * outputs)


class LiveCell(Cell):
    """A topology cell without what cannot matter: *none*, and edges on no path to the output.

    At the start the same function as the whole cell's. Once trained, a convolution that reads
    nothing but zeros would still give what its normalisation shifts them by: here it has no part,
    so all cells of a class, which differ in nothing else, are one network.
    """

    def __init__(self, cell: TopologyCell) -> None:
        super().__init__()
        self.channels, self.last = cell.channels, cell.edges[-1][1]
        on_a_path = live(cell.edges)
        kept = [k for k, alive in enumerate(on_a_path) if alive]
        self.ends = [cell.edges[k][:2] for k in kept]
        self.operations = nn.ModuleList(cell.operations[k] for k in kept)

    def forward(
        self, previous: Float[Tensor, "batch c0 h0 w0"], current: Float[Tensor, "batch c h w"]
    ) -> Float[Tensor, "batch c h w"]:
        states = {0: current}
        for (i, j), operation in zip(self.ends, self.operations):
            read = operation(states[i])
            states[j] = states[j] + read if j in states else read
        return states[self.last] if self.ends else current * 0.0


def live(edges: Sequence[tuple[int, int, str]]) -> list[bool]:
    """Of each edge, whether it lies on a path without *none* from the input to the output."""
    reached, leads = {0}, {edges[-1][1]}
    for i, j, operation in edges:
        if i in reached and operation != "none":
            reached.add(j)
    for i, j, operation in reversed(edges):
        if j in leads and operation != "none":
            leads.add(i)
    return [op != "none" and i in reached and j in leads for i, j, op in edges]


def lean(network: N) -> N:
    """``network`` itself, each of its topology cells replaced by what is live of it."""
    for name, part in list(network.named_modules()):
        if isinstance(part, TopologyCell):
            _put(network, name, LiveCell(part))
    return network


def abreast(networks: Sequence[N]) -> N:
    """One network that computes all of ``networks``: (batch, K · c, h, w) -> (batch, K · classes).

    They must be alike in everything but their weights, which are copied. Beside layers without
    weights, convolutions, batch normalisation and linear layers can stand side by side.

    Raises ValueError, naming it, for a part that cannot.
    """
    whole = copy.deepcopy(networks[0])
    for name, part in list(whole.named_modules()):
        parts = [network.get_submodule(name) for network in networks]
        if isinstance(part, nn.Conv2d):
            _put(whole, name, _convolutions(part, parts))
        elif isinstance(part, nn.BatchNorm2d):
            _put(whole, name, _normalisations(part, parts))
        elif isinstance(part, nn.Linear):
            _put(whole, name, LinearAbreast([p for p in parts if isinstance(p, nn.Linear)]))
        elif next(part.parameters(recurse=False), None) is not None:
            raise ValueError(
                f"{name}: a {type(part).__name__} cannot stand side by side with others of its "
                "kind; expected convolutions, batch normalisation, linear layers"
            )
    return whole


class SeedsAbreast(nn.Module):
    """(images, networks, c, h, w) -> (images, networks, classes): ``abreast``, fed side by side."""

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        super().__init__()
        self.whole = abreast(networks)
        self.whole.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, images: Float[Tensor, "b n c h w"]) -> Float[Tensor, "b n classes"]:
        """Logits of the b images of each of the n networks."""
        wide = images.flatten(1, 2).contiguous(memory_format=torch.channels_last)
        logits: Tensor = self.whole(wide)
        return logits.view(*images.shape[:2], -1)


def _put(network: nn.Module, name: str, part: nn.Module) -> None:
    parent, _, leaf = name.rpartition(".")
    setattr(network.get_submodule(parent), leaf, part)


def _convolutions(one: nn.Conv2d, parts: Sequence[nn.Module]) -> nn.Conv2d:
    groups = len(parts)
    if one.bias is not None or isinstance(one.padding, str):
        raise ValueError("convolutions side by side have no bias and a padding in numbers")
    wide = nn.Conv2d(
        one.in_channels * groups,
        one.out_channels * groups,
        (one.kernel_size[0], one.kernel_size[1]),
        (one.stride[0], one.stride[1]),
        (one.padding[0], one.padding[1]),
        (one.dilation[0], one.dilation[1]),
        one.groups * groups,
        bias=False,
        device="meta",  # its own first weights would be drawn for nothing
    )
    wide.weight = nn.Parameter(_joined(parts, "weight"))
    return wide


def _normalisations(one: nn.BatchNorm2d, parts: Sequence[nn.Module]) -> nn.BatchNorm2d:
    wide = nn.BatchNorm2d(one.num_features * len(parts), one.eps, one.momentum)
    wide.weight = nn.Parameter(_joined(parts, "weight"))
    wide.bias = nn.Parameter(_joined(parts, "bias"))
    wide.running_mean = _joined(parts, "running_mean")
    wide.running_var = _joined(parts, "running_var")
    return wide


def _joined(parts: Sequence[nn.Module], name: str) -> Tensor:
    return torch.cat([getattr(part, name).detach() for part in parts])
