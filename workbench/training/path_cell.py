"""A cell of a supernet of single paths: every operation of every edge is there, few are computed.

Bender et al. (2018), Guo et al. (2020): unlike in a relaxed cell nothing is weighted. An edge
carries what the chosen operation gives (or, while whole paths are dropped at random, the sum of
those that are left), and operations that are not chosen are neither computed nor trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import torch
from jaxtyping import Shaped
from torch import Tensor, nn

from workbench.spaces.cell_network import Cell
from workbench.spaces.edges import EdgeSpace, leading
from workbench.spaces.macro_architecture import CellPosition, Shape
from workbench.spaces.operations import OPERATIONS
from workbench.training.mixed_cell import adjusted

Choice: TypeAlias = Sequence[Sequence[str]]  # of each edge, the operations that are computed


class PathCell(Cell):
    """The cell at a position of the stack; ``choice`` is what is computed while it is used.

    Its layers are those of the space's own networks: batch normalisation has a scale, a shift and
    running moments, and pools have none behind them.
    """

    def __init__(
        self, space: EdgeSpace[Any], position: CellPosition, previous: Shape, current: Shape
    ) -> None:
        super().__init__()
        self.kind, self.ends, self.joined = position.kind, space.ends(), space.edges()
        self.choice: Choice | None = None
        width = position.channels
        heads = {head for _, head in self.joined}
        tails = dict.fromkeys(tail for tail, _ in self.joined)
        self.inputs = tuple([tail for tail in tails if tail not in heads])
        self.adjust_previous, self.adjust_current = adjusted(
            len(self.inputs), previous, current, width, affine=True
        )
        self.edges = nn.ModuleList()
        for tail, _ in self.joined:
            stride = 2 if position.kind == "reduction" and tail in self.inputs else 1
            self.edges.append(
                nn.ModuleDict(
                    {name: OPERATIONS[name].make(width, width, stride) for name in space.operations}
                )
            )
        self.channels = width * len(self.ends)

    def forward(
        self, previous: Shaped[Tensor, "batch c0 h0 w0"], current: Shaped[Tensor, "batch c1 h1 w1"]
    ) -> Shaped[Tensor, "batch c h w"]:
        if self.choice is None:
            raise ValueError("a cell of paths is used through its supernet, after net.choose(…)")
        given = (self.adjust_previous(previous), self.adjust_current(current))
        states = dict(zip(self.inputs, given[-len(self.inputs) :]))
        for e, names in enumerate(leading(self.joined, self.choice, self.ends)):
            tail, head = self.joined[e]
            for name in names:
                carried = self.layer(e, name)(self._state(states, tail, given[-1]))
                states[head] = states[head] + carried if head in states else carried
        return torch.cat([self._state(states, end, given[-1]) for end in self.ends], 1)

    def _state(self, states: dict[str, Tensor], name: str, current: Tensor) -> Tensor:
        """A state; zeros, as the operation *none* gives, where no edge leads to it."""
        if name not in states:
            step = 2 if self.kind == "reduction" else 1
            slices = current[:, :1, ::step, ::step]
            states[name] = slices.mul(0.0).repeat(1, self.channels // len(self.ends), 1, 1)
        return states[name]

    def layer(self, edge: int, name: str) -> nn.Module:
        """An operation of an edge."""
        operations = self.edges[edge]
        if not isinstance(operations, nn.ModuleDict):  # what a ModuleList gives is any module
            raise TypeError(f"expected a ModuleDict, got {type(operations).__name__}")
        return operations[name]

    def on_path(self, names: Sequence[str | None]) -> list[nn.Module]:
        """The modules of one architecture in the order of its own network's cell."""
        chosen = [self.layer(e, name) for e, name in enumerate(names) if name is not None]
        return [self.adjust_previous, self.adjust_current, *chosen]
