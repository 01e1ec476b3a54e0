"""A discrete cell with the weights that a relaxed one has on the same edges."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from jaxtyping import Shaped
from torch import Tensor, nn

from workbench.spaces.cell_network import Cell
from workbench.training.mixed_cell import MixedCell


class FixedCell(Cell):
    """The cell whose edges have the ``chosen`` operations (None: not kept), by rows of α.

    Its weights are copies of those of ``relaxed``.
    """

    def __init__(self, relaxed: MixedCell, chosen: Sequence[str | None]) -> None:
        super().__init__()
        self.inputs, self.ends, self.channels = relaxed.inputs, relaxed.ends, relaxed.channels
        self.adjust_previous = copy.deepcopy(relaxed.adjust_previous)
        self.adjust_current = copy.deepcopy(relaxed.adjust_current)
        self.joined, self.edges = [], nn.ModuleList()
        reference = next(relaxed.parameters())
        for e, name in enumerate(chosen):
            if name is not None:
                mixed, place = relaxed.place(e)
                layer = mixed.layer(name).to(reference)  # their type of number and device
                mixed.copy_into(layer, name, place)
                self.joined.append(relaxed.joined[e])
                self.edges.append(layer)

    def forward(
        self, previous: Shaped[Tensor, "batch c0 h0 w0"], current: Shaped[Tensor, "batch c1 h1 w1"]
    ) -> Shaped[Tensor, "batch c h w"]:
        adjusted = (self.adjust_previous(previous), self.adjust_current(current))
        states = dict(zip(self.inputs, adjusted[-len(self.inputs) :]))
        for (tail, head), edge in zip(self.joined, self.edges):  # DARTS eq. 1
            carried = edge(states[tail])
            states[head] = states[head] + carried if head in states else carried
        return torch.cat([states[end] for end in self.ends], 1)
