"""DARTS's search network the way the published code is organised: a module an operation an edge.

What ours is compared with, in value and in speed. It shares nothing with it but the layers of
``workbench.spaces``.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from workbench.records import ImageTask
from workbench.spaces import DARTSSpace
from workbench.spaces.cell_network import Cell
from workbench.spaces.macro_architecture import CellPosition, Shape
from workbench.spaces.operations import OPERATIONS
from workbench.spaces.primitives import FactorizedReduction, cell_convolution, without_affine
from workbench.training.supernet import Supernet, batch_statistics


class PlainMixed(nn.Module):
    """One edge: a layer an operation, each run on the input, weighted and added."""

    def __init__(self, operations: tuple[str, ...], width: int, stride: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList()
        for name in operations:
            layer = OPERATIONS[name].make(width, width, stride, affine=False)
            if "pool" in name:
                layer = nn.Sequential(layer, nn.BatchNorm2d(width, affine=False))
            self.layers.append(layer)

    def forward(self, x: Tensor, row: Tensor) -> Tensor:
        return sum(weight * layer(x) for weight, layer in zip(row, self.layers))  # type: ignore[return-value]


class PlainCell(Cell):
    def __init__(
        self, space: DARTSSpace, position: CellPosition, previous: Shape, current: Shape
    ) -> None:
        super().__init__()
        width, self.nodes, self.kind = position.channels, space.nodes, position.kind
        self.first = without_affine(
            FactorizedReduction(previous[0], width)
            if previous[1:] != current[1:]
            else cell_convolution(previous[0], width, (1, 1), 1)
        )
        self.second = without_affine(cell_convolution(current[0], width, (1, 1), 1))
        self.edges = nn.ModuleList()
        for i in range(self.nodes):
            for j in range(2 + i):
                stride = 2 if position.kind == "reduction" and j < 2 else 1
                self.edges.append(PlainMixed(space.operations, width, stride))
        self.channels, self.theta = width * self.nodes, torch.empty(0)

    def forward(self, previous: Tensor, current: Tensor) -> Tensor:
        states, at = [self.first(previous), self.second(current)], 0
        for _ in range(self.nodes):
            terms = [
                self.edges[at + j](state, self.theta[at + j]) for j, state in enumerate(states)
            ]
            at += len(states)
            states.append(sum(terms))  # type: ignore[arg-type]
        return torch.cat(states[2:], 1)


class PlainSupernet(nn.Module):
    """Logits of images under a mixture, as ``Supernet``."""

    def __init__(self, space: DARTSSpace, task: ImageTask) -> None:
        super().__init__()
        macro = space.macro_architecture()
        self.stack = batch_statistics(
            space.stacked(macro, task, lambda *where: PlainCell(space, *where))
        )

    def forward(self, images: Tensor, mixture: Mapping[str, Tensor]) -> Tensor:
        for cell in self.stack.cells:
            cell.theta = mixture[cell.kind]  # type: ignore[index, assignment]
        logits: Tensor = self.stack(images)
        for cell in self.stack.cells:
            cell.theta = torch.empty(0)  # type: ignore[assignment]  # so that it can be copied
        return logits

    def takes(self, net: Supernet[Any]) -> None:
        """Copy the weights of ours."""
        for mine, theirs in zip((self.stack.stem, self.stack.classifier),
                                (net.stack.stem, net.stack.classifier)):  # fmt: skip
            mine.load_state_dict(theirs.state_dict())
        for cell, mixed in zip(self.stack.cells, net.mixed()):
            cell.first.load_state_dict(mixed.adjust_previous.state_dict())  # type: ignore[union-attr]
            cell.second.load_state_dict(mixed.adjust_current.state_dict())  # type: ignore[union-attr]
            for e, edge in enumerate(cell.edges):  # type: ignore[arg-type]
                edges, place = mixed.place(e)
                for name, layer in zip(edges.operations, edge.layers):
                    edges.copy_into(layer, name, place)


def second_order(
    net: nn.Module, optimizer: torch.optim.SGD, alphas: list[Tensor], mixture: Any,
    train: tuple[Tensor, Tensor], held_out: tuple[Tensor, Tensor], xi: float,
) -> list[Tensor]:  # fmt: skip
    """The published architect: a copied model for w', the weights moved in place for w±."""

    def loss(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        return functional.cross_entropy(model(batch[0], mixture()), batch[1])

    weights = list(net.parameters())
    group = optimizer.param_groups[0]
    gradients = torch.autograd.grad(loss(net, train), weights)
    copied = copy.deepcopy(net)
    with torch.no_grad():
        for w, g, other in zip(weights, gradients, copied.parameters()):
            moment = optimizer.state[w].get("momentum_buffer", 0.0) if w in optimizer.state else 0.0
            step = group["momentum"] * moment + g + group["weight_decay"] * w
            other.copy_(w - xi * step)
    unrolled = loss(copied, held_out)
    found = torch.autograd.grad(unrolled, [*alphas, *copied.parameters()])
    direct, vector = found[: len(alphas)], found[len(alphas) :]
    epsilon = 0.01 / torch.cat([v.flatten() for v in vector]).norm()
    sides = []
    for move in (epsilon, -2 * epsilon):
        with torch.no_grad():
            for w, v in zip(weights, vector):
                w.add_(move * v)
        sides.append(torch.autograd.grad(loss(net, train), alphas))
    with torch.no_grad():
        for w, v in zip(weights, vector):
            w.add_(epsilon * v)
    return [d - xi * (p - n) / (2 * epsilon) for d, p, n in zip(direct, *sides)]
