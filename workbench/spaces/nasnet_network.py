"""A NASNet cell as a network (Zoph et al. 2018, figure 2 and appendix A.4)."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from workbench.spaces.cell_network import Cell
from workbench.spaces.final_training import DropPath
from workbench.spaces.macro_architecture import CellPosition, Shape
from workbench.spaces.nasnet_cell import INPUTS, NASNetCell
from workbench.spaces.operations import OPERATIONS
from workbench.spaces.primitives import FactorizedReduction, cell_convolution


class NASNetCellNetwork(Cell):
    """The cell ``plan`` at a position of the stack, between c[k-2] and c[k-1] of the given shapes.

    Both inputs are brought to the position's channels: c[k-1] by a 1×1 convolution, c[k-2] by a
    factorised reduction where its image is larger, by a 1×1 convolution where its channels differ.
    In a reduction cell the operations that read an input have stride 2, all others stride 1; an
    input that is part of the output is halved by a factorised reduction.

    (The released code skips the adjustment of c[k-2] in the very first cell, where it is the stem;
    here the first cell is like any other.)
    """

    def __init__(
        self, plan: NASNetCell, position: CellPosition, previous: Shape, current: Shape
    ) -> None:
        super().__init__()
        width = position.channels
        halves = position.kind == "reduction"
        self.plan = plan
        self.adjust_current = cell_convolution(current[0], width, (1, 1), 1)
        self.adjust_previous = _adjusted(previous, current, width)
        widths = dict.fromkeys(INPUTS, width)
        self.first, self.second = nn.ModuleList(), nn.ModuleList()
        for b, block in enumerate(plan.blocks, start=1):
            for layers, state, name in (
                (self.first, block.first, block.first_operation),
                (self.second, block.second, block.second_operation),
            ):
                stride = 2 if halves and state in INPUTS else 1
                layers.append(_path(name, widths[state], width, stride))
            widths[f"b{b}"] = 2 * width if block.combination == "concat" else width
        self.ends = nn.ModuleDict(
            {
                str(i): FactorizedReduction(width, width)
                for i, state in enumerate(plan.concatenated)
                if halves and state in INPUTS
            }
        )
        self.channels = sum(widths[state] for state in plan.concatenated)

    def forward(
        self, previous: Float[Tensor, "batch c0 h0 w0"], current: Float[Tensor, "batch c1 h1 w1"]
    ) -> Float[Tensor, "batch c h w"]:
        states = dict(zip(INPUTS, (self.adjust_current(current), self.adjust_previous(previous))))
        for b, (block, first, second) in enumerate(
            zip(self.plan.blocks, self.first, self.second), start=1
        ):
            one, two = first(states[block.first]), second(states[block.second])  # o(h), o'(h')
            concat = block.combination == "concat"
            states[f"b{b}"] = torch.cat([one, two], 1) if concat else one + two
        ends = [
            self.ends[str(i)](states[state]) if str(i) in self.ends else states[state]
            for i, state in enumerate(self.plan.concatenated)
        ]
        return torch.cat(ends, 1)  # (batch, channels, h, w)


def _adjusted(previous: Shape, current: Shape, width: int) -> nn.Module:
    if previous[1:] != current[1:]:
        return FactorizedReduction(previous[0], width)
    if previous[0] != width:
        return cell_convolution(previous[0], width, (1, 1), 1)
    return nn.Identity()


def _path(operation: str, c_in: int, c_out: int, stride: int) -> nn.Module:
    layer = OPERATIONS[operation].make(c_in, c_out, stride)
    return layer if operation == "identity" else nn.Sequential(layer, DropPath())
