"""A NASNet genotype: what two cells of blocks are, states named instead of numbered.

The released code calls c[k-1] 0 and c[k-2] 1, DARTS's code calls them 1 and 0; here they are
``"c[k-1]"`` and ``"c[k-2]"``, and the blocks of a cell ``"b1"``, ``"b2"``, …
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench import checks
from workbench.graphs import Cluster, Edge, Graph, Node
from workbench.spaces.operations import OPERATIONS
from workbench.spaces.spelling import Pair

INPUTS = ("c[k-1]", "c[k-2]")  # NASNet's order


@dataclass(frozen=True)
class NASNetCell:
    """One cell: its blocks, and the states whose concatenation is its output.

    ``output`` None means the paper's rule: all states that no block reads, the two inputs among
    them. The released NASNet-A names its output; such a cell can be built, drawn and spelled.

    Raises ValueError for a block that reads a state which does not come before it.
    """

    blocks: tuple[Pair, ...]
    output: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        given = checks.several("NASNetCell: blocks", self.blocks, "(Pair(…),)")
        checks.keep(self, blocks=given)
        for b, block in enumerate(given, start=1):
            checks.of_type("NASNetCell: blocks", block, Pair)
            for state in (block.first, block.second):
                if state not in self.states[: b + 1]:
                    raise ValueError(f"block {b} reads {state!r}, expected {self.states[: b + 1]}")
        if self.output is not None:
            checks.several("NASNetCell: output", self.output, "('b1', 'b2')")
            named = tuple(state for state in self.states if state in self.output)
            if not named or len(named) != len(self.output):
                raise ValueError(f"output {self.output}: expected different ones of {self.states}")
            checks.keep(self, output=None if named == self.unused else named)

    @property
    def states(self) -> tuple[str, ...]:
        """The cell's inputs c[k-1] and c[k-2], then its blocks b1, b2, …"""
        return (*INPUTS, *(f"b{b}" for b in range(1, len(self.blocks) + 1)))

    @property
    def unused(self) -> tuple[str, ...]:
        """The states that no block reads."""
        read = {state for block in self.blocks for state in (block.first, block.second)}
        return tuple(state for state in self.states if state not in read)

    @property
    def concatenated(self) -> tuple[str, ...]:
        """The states whose concatenation is the cell's output."""
        return self.unused if self.output is None else self.output


@dataclass(frozen=True)
class NASNet:
    """A genotype: the cell that keeps the image's size and the cell that halves it."""

    normal: NASNetCell
    reduction: NASNetCell


def graph_of(cells: Mapping[str, NASNetCell]) -> Graph:
    """The drawing of cells by kind ("normal", "reduction"): a frame a cell, in it one a block."""
    nodes: list[Node] = []
    edges: list[Edge] = []
    clusters: list[Cluster] = []
    for kind, cell in cells.items():
        clusters.append(Cluster(kind, f"{kind} cell"))
        for state in sorted(INPUTS):
            tooltip = "output of the cell before" + (" the last" if state == "c[k-2]" else "")
            nodes.append(Node(f"{kind}/{state}", state, "input", tooltip=tooltip, cluster=kind))
        for b, block in enumerate(cell.blocks, start=1):
            clusters.append(Cluster(f"{kind}/block {b}", f"block {b}", inside=kind))
            _draw_block(kind, b, block, nodes, edges)
        end = Node(f"{kind}/c[k]", "c[k]", "output", detail="concatenate", cluster=kind)
        nodes.append(end)
        edges += [Edge(f"{kind}/{state}", end.id) for state in cell.concatenated]
    title = " and ".join(cells) + f" cell{'s' * (len(cells) > 1)} of blocks"
    return Graph(tuple(nodes), tuple(edges), tuple(clusters), title, "LR")


def _draw_block(kind: str, b: int, block: Pair, nodes: list[Node], edges: list[Edge]) -> None:
    frame, here = f"{kind}/block {b}", f"{kind}/b{b}"
    sign = {"add": "+", "concat": "concat"}[block.combination]
    for end, state, name in (
        ("first", block.first, block.first_operation),
        ("second", block.second, block.second_operation),
    ):
        label = OPERATIONS[name].label
        stride = " of stride 2" if kind == "reduction" and state in INPUTS else ""
        tooltip = f"block {b}: {label}{stride} of {state}"
        nodes.append(Node(f"{here}/{end}", label, operation=name, tooltip=tooltip, cluster=frame))
        edges += [Edge(f"{kind}/{state}", f"{here}/{end}"), Edge(f"{here}/{end}", here)]
    tooltip = f"block {b}: {block.combination} both"
    nodes.append(Node(here, sign, "merge", tooltip=tooltip, cluster=frame))
