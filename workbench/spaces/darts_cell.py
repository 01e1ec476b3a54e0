"""A DARTS genotype and a DARTS cell as a network (Liu, Simonyan & Yang 2019, section 2.1).

States are named: the inputs ``"c[k-2]"`` and ``"c[k-1]"`` (0 and 1 in DARTS's code, the reverse of
NASNet's), then the intermediate nodes ``"n1"``, ``"n2"``, …
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from workbench import checks
from workbench.graphs import Cluster, Edge, Graph, Node, NodeKind
from workbench.spaces.cell_network import Cell
from workbench.spaces.final_training import DropPath
from workbench.spaces.macro_architecture import CellPosition, Shape
from workbench.spaces.operations import OPERATIONS
from workbench.spaces.primitives import FactorizedReduction, cell_convolution
from workbench.spaces.spelling import Pair

INPUTS = ("c[k-2]", "c[k-1]")  # DARTS's order


def states(nodes: int) -> tuple[str, ...]:
    """The states of a cell with so many intermediate nodes, in order."""
    return (*INPUTS, *(f"n{node}" for node in range(1, nodes + 1)))


@dataclass(frozen=True)
class DARTSCell:
    """One cell: of each intermediate node its two incoming edges, the earlier state first.

    Raises ValueError for a node that reads one state twice, or a state not before it.
    """

    nodes: tuple[Pair, ...]

    def __post_init__(self) -> None:
        ordered = []
        for i, node in enumerate(self.nodes):
            before = states(i)
            if node.first == node.second or not {node.first, node.second} <= set(before):
                raise ValueError(
                    f"n{i + 1} reads {node.first!r} and {node.second!r}, "
                    f"expected two different ones of {before}"
                )
            if node.combination != "add":
                raise ValueError(f"n{i + 1}: a DARTS node adds, got {node.combination!r}")
            rising = before.index(node.first) < before.index(node.second)
            one, two = (node.first, node.first_operation), (node.second, node.second_operation)
            (first, op), (second, other) = (one, two) if rising else (two, one)
            ordered.append(Pair(first, second, op, other))
        checks.keep(self, nodes=tuple(ordered))


@dataclass(frozen=True)
class DARTS:
    """A genotype: the cell that keeps the image's size and the cell that halves it."""

    normal: DARTSCell
    reduction: DARTSCell


class DARTSCellNetwork(Cell):
    """The cell ``plan`` at a position of the stack, between c[k-2] and c[k-1] of the given shapes.

    Both inputs pass through ReLU, 1×1 convolution, normalisation; after a reduction c[k-2] passes
    through a factorised reduction instead. In a reduction cell the edges from an input have stride
    2. The output is the concatenation of the intermediate nodes.
    """

    def __init__(
        self, plan: DARTSCell, position: CellPosition, previous: Shape, current: Shape
    ) -> None:
        super().__init__()
        width = position.channels
        self.plan = plan
        self.adjust_previous = (
            FactorizedReduction(previous[0], width)
            if previous[1:] != current[1:]
            else cell_convolution(previous[0], width, (1, 1), 1)
        )
        self.adjust_current = cell_convolution(current[0], width, (1, 1), 1)
        self.edges = nn.ModuleList()
        for node in plan.nodes:
            for state, name in (
                (node.first, node.first_operation),
                (node.second, node.second_operation),
            ):
                stride = 2 if position.kind == "reduction" and state in INPUTS else 1
                self.edges.append(_edge(name, width, stride))
        self.channels = width * len(plan.nodes)

    def forward(
        self, previous: Float[Tensor, "batch c0 h0 w0"], current: Float[Tensor, "batch c1 h1 w1"]
    ) -> Float[Tensor, "batch c h w"]:
        values = dict(zip(INPUTS, (self.adjust_previous(previous), self.adjust_current(current))))
        for i, node in enumerate(self.plan.nodes):  # DARTS eq. 1
            first, second = self.edges[2 * i], self.edges[2 * i + 1]
            values[f"n{i + 1}"] = first(values[node.first]) + second(values[node.second])
        return torch.cat([*values.values()][2:], 1)  # (batch, nodes · width, h, w)


def _edge(operation: str, width: int, stride: int) -> nn.Module:
    layer = OPERATIONS[operation].make(width, width, stride)
    return layer if isinstance(layer, nn.Identity) else nn.Sequential(layer, DropPath())


def graph_of(cells: Mapping[str, DARTSCell]) -> Graph:
    """The drawing of cells by kind ("normal", "reduction"), a frame each; a pill on each edge."""
    nodes: list[Node] = []
    edges: list[Edge] = []
    for kind, cell in cells.items():
        for name in states(len(cell.nodes)):
            tooltip = "the sum of its edges" if name not in INPUTS else _where(name)
            place: NodeKind = "input" if name in INPUTS else "state"
            nodes.append(Node(f"{kind}/{name}", name, place, tooltip=tooltip, cluster=kind))
        end = Node(f"{kind}/c[k]", "c[k]", "output", detail="concatenate", cluster=kind)
        nodes.append(end)
        for i, node in enumerate(cell.nodes, start=1):
            edges += [
                _pill(kind, node.first, node.first_operation, i),
                _pill(kind, node.second, node.second_operation, i),
            ]
        edges += [Edge(f"{kind}/n{i}", end.id) for i in range(1, len(cell.nodes) + 1)]
    clusters = tuple(Cluster(kind, f"{kind} cell") for kind in cells)
    title = " and ".join(cells) + f" DARTS cell{'s' * (len(cells) > 1)}"
    return Graph(tuple(nodes), tuple(edges), clusters, title)


def _where(name: str) -> str:
    return "output of the cell before" + (" the last" if name == "c[k-2]" else "")


def _pill(kind: str, state: str, operation: str, node: int) -> Edge:
    stride = ", stride 2" if kind == "reduction" and state in INPUTS else ""
    tooltip = f"{OPERATIONS[operation].label} of {state}{stride}"
    return Edge(f"{kind}/{state}", f"{kind}/n{node}", operation=operation, tooltip=tooltip)
