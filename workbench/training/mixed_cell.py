"""A relaxed cell: all edges are there, each mixes all operations (Liu et al. 2019, section 2.2)."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Shaped
from torch import Tensor, nn

from workbench.spaces.cell_network import Cell
from workbench.spaces.edges import EdgeSpace
from workbench.spaces.macro_architecture import CellPosition, Shape
from workbench.spaces.primitives import FactorizedReduction, cell_convolution, without_affine
from workbench.training.mixed_edges import MixedEdges
from workbench.training.partial_channels import beside, shuffled


class MixedCell(Cell):
    """The relaxed cell at a position of the stack; ``theta`` is its mixture while it is used.

    A cell of two inputs brings both to the position's channels, as a discrete one does; a cell of
    one input reads c[k-1] as it is.
    """

    def __init__(
        self,
        space: EdgeSpace[Any],
        position: CellPosition,
        previous: Shape,
        current: Shape,
        *,
        normed_pools: bool,
        affine: bool,
        partial: int,
    ) -> None:
        super().__init__()
        self.kind, self.ends, self.partial = position.kind, space.ends(), partial
        self.joined = space.edges()
        self.theta: Tensor | None = None
        width = position.channels
        heads = {head for _, head in self.joined}
        tails = tuple(dict.fromkeys(tail for tail, _ in self.joined))
        self.inputs = tuple([tail for tail in tails if tail not in heads])
        self.adjust_previous, self.adjust_current = adjusted(
            len(self.inputs), previous, current, width, affine
        )
        self.leaving = {tail: [e for e, edge in enumerate(self.joined) if edge[0] == tail]
                        for tail in tails}  # fmt: skip
        halves = position.kind == "reduction"
        self.strides = {tail: 2 if halves and tail in self.inputs else 1 for tail in tails}
        self.edges = nn.ModuleDict()
        for tail, rows in self.leaving.items():
            self.edges[_key(tail)] = MixedEdges(
                space.operations,
                len(rows),
                width // partial,
                self.strides[tail],
                normed_pools=normed_pools,
                affine=affine,
            )
        self.channels = width * len(self.ends)

    def forward(
        self, previous: Shaped[Tensor, "batch c0 h0 w0"], current: Shaped[Tensor, "batch c1 h1 w1"]
    ) -> Shaped[Tensor, "batch c h w"]:
        if self.theta is None:
            raise ValueError("a relaxed cell is used through its supernet: net(images, mixture)")
        adjusted = (self.adjust_previous(previous), self.adjust_current(current))
        states = dict(zip(self.inputs, adjusted[-len(self.inputs) :]))
        for tail, rows in self.leaving.items():  # a state is complete before any edge leaves it
            for e, carried in zip(rows, self._carried(tail, states[tail], self.theta[rows])):
                head = self.joined[e][1]
                states[head] = states[head] + carried if head in states else carried  # DARTS eq. 1
        return torch.cat([states[end] for end in self.ends], 1)

    def _carried(self, tail: str, state: Tensor, theta: Tensor) -> list[Tensor]:
        """What each edge that leaves a state carries."""
        edges = self.edges[_key(tail)]
        carried: list[Tensor]
        if self.partial == 1:
            carried = edges(state, theta)
            return carried
        mixed = state.shape[1] // self.partial
        carried = edges(state[:, :mixed], theta)
        rest = beside(state[:, mixed:], self.strides[tail])
        return [shuffled(torch.cat([each, rest], 1), self.partial) for each in carried]

    def place(self, edge: int) -> tuple[MixedEdges, int]:
        """Where the weights of an edge, by its row in α, lie: the module, and its slice there."""
        tail = self.joined[edge][0]
        edges = self.edges[_key(tail)]
        if not isinstance(edges, MixedEdges):  # what a ModuleDict gives is any module
            raise TypeError(f"expected MixedEdges, got {type(edges).__name__}")
        return edges, self.leaving[tail].index(edge)


def _key(state: str) -> str:
    """A state's name as that of a module, which may hold no dot: "c[k-2]" -> "from c[k-2]"."""
    return f"from {state}"


def adjusted(
    inputs: int, previous: Shape, current: Shape, width: int, affine: bool
) -> tuple[nn.Module, nn.Module]:
    """The layers before a cell's two inputs (``DARTSCellNetwork`` has the same); one has none."""
    if inputs == 1:
        return nn.Identity(), nn.Identity()
    made: list[nn.Module] = [
        FactorizedReduction(previous[0], width)
        if previous[1:] != current[1:]
        else cell_convolution(previous[0], width, (1, 1), 1),
        cell_convolution(current[0], width, (1, 1), 1),
    ]
    first, second = made if affine else [without_affine(layer) for layer in made]
    return first, second
