"""Topologies: a cell whose every pair of nodes is joined by one of five operations.

NAS-Bench-201 (Dong & Yang 2020): node j holds ``Σ_{i<j} o^{(i,j)}(node i)``, node 0 is the cell's
input, the last its output. Four nodes have six edges, so there are 5^6 = 15,625 cells.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor, nn

from workbench import checks
from workbench.graphs import Edge, Graph, Node
from workbench.records import Decision, ImageTask, Task
from workbench.spaces.cell_network import Cell, CellNetwork, MakeCell
from workbench.spaces.edges import EdgeStates, Table, highest, tables
from workbench.spaces.isomorphism import Edges, Rule, canonical, is_connected
from workbench.spaces.macro_architecture import CellPosition, MacroArchitecture, Shape, stack_graph
from workbench.spaces.operations import OPERATIONS, TOPOLOGY_OPERATIONS
from workbench.spaces.topology_reduction import REDUCTIONS
from workbench.spaces.walk import Space, Walk


@dataclass(frozen=True)
class Topology:
    """A cell's genotype: the operations of its edges 0→1; 0→2, 1→2; 0→3, 1→3, 2→3; …"""

    operations: tuple[str, ...]

    def __post_init__(self) -> None:
        given = checks.several("Topology: operations", self.operations, "('none', 'none')")
        for name in given:
            checks.text("Topology: operations", name)
        checks.keep(self, operations=given)

    @property
    def edges(self) -> Edges:
        """(from node, to node, operation) of each edge, in the genotype's order."""
        nodes, edges = 1, len(self.operations)
        while nodes * (nodes - 1) // 2 < edges:
            nodes += 1
        return tuple([(i, j, name) for (i, j), name in zip(edges_among(nodes), self.operations)])


@cache
def edges_among(nodes: int) -> tuple[tuple[int, int], ...]:
    """0→1; 0→2, 1→2; 0→3, 1→3, 2→3; …: each (from, to), in order of where they lead."""
    return tuple((i, j) for j in range(1, nodes) for i in range(j))


class TopologySpace(Space[Topology]):
    """Cells of ``nodes`` nodes, an operation on every edge, ``len(operations)`` ^ edges in all.

    The network around the cell is NAS-Bench-201's: a 3×3 convolution to ``channels`` channels,
    ``stages`` stages of ``cells`` such cells, and between two stages a block that halves the image
    and doubles the channels; then batch normalisation, ReLU, global average, classifier.

    ``reduction`` is that block: "residual" as published, two 3×3 convolutions and a shortcut, which
    in a short stack classify so well by themselves that all cells look alike; or "plain", a 1×1
    convolution and pooling, which leaves the work to the cells.

    Raises ValueError for an impossible setting.
    """

    def __init__(
        self,
        *,
        nodes: int = 4,
        operations: tuple[str, ...] = TOPOLOGY_OPERATIONS,
        channels: int = 16,
        cells: int = 5,
        stages: int = 3,
        reduction: str = "residual",
    ) -> None:
        self.nodes = checks.whole("TopologySpace: nodes", nodes, least=2)
        self.operations = checks.some_of(
            "TopologySpace: operations", operations, TOPOLOGY_OPERATIONS
        )
        if self.operations == ("none",):
            raise ValueError("TopologySpace: operations: expected another than 'none' among them")
        self.channels = checks.whole("TopologySpace: channels", channels, least=1)
        self.cells = checks.whole("TopologySpace: cells", cells, least=1)
        self.stages = checks.whole("TopologySpace: stages", stages, least=1)
        self.reduction = checks.one_of("TopologySpace: reduction", reduction, (*REDUCTIONS,))

    @cached_property
    def _questions(self) -> tuple[Decision, ...]:
        ends = edges_among(self.nodes)
        names = [f"edge {i}→{j}" for i, j in ends]
        return tuple(Decision(name, self.operations, "operation", "operation") for name in names)

    def walk(self) -> Walk[Topology]:
        chosen = []
        for decision in self._questions:
            chosen.append((yield decision))  # noqa: PERF401 (no yield in one)
        return Topology(tuple(chosen))

    def answers(self, arch: Topology) -> Iterator[Hashable]:
        checks.instance("TopologySpace", arch, Topology)
        yield from arch.operations

    def state(self, taken: tuple[int, ...]) -> Hashable:
        """How many edges are chosen: no edge's options depend on another's."""
        return len(taken)

    def canonical(self, arch: Topology, *, rule: Rule = "published") -> str:
        """Text that isomorphic cells share; see ``isomorphism.canonical`` for the rules."""
        return canonical(arch.edges, rule=rule)

    def is_connected(self, arch: Topology) -> bool:
        """Whether a path of operations other than *none* leads from the input to the output."""
        return is_connected(arch.edges)

    def spell(self, arch: Topology) -> str:
        """NAS-Bench-201's string, ``|op~0|+|op~0|op~1|+|op~0|op~1|op~2|``."""
        checks.instance("TopologySpace", arch, Topology)
        nodes: dict[int, str] = {}
        for i, j, operation in arch.edges:
            nodes[j] = nodes.get(j, "|") + f"{operation}~{i}|"
        return "+".join(nodes.values())

    def parse(self, text: str) -> Topology:
        words = re.findall(r"\b\w+~\d+", text)
        arch = Topology(tuple(word.split("~")[0] for word in words))
        if len(words) != self.nodes * (self.nodes - 1) // 2 or self.spell(arch) != text:
            raise ValueError(
                f"topology {text!r}: expected {self.nodes - 1} nodes spelled as in "
                f"{self.spell(Topology((self.operations[0],) * len(self._questions)))!r}"
            )
        self.trace(arch)  # raises, naming the edge, for an operation that is not in this space
        return arch

    def graph(self, arch: Topology) -> Graph:
        """Nodes are states, every edge carries its operation; *none* is an edge not kept."""
        checks.instance("TopologySpace", arch, Topology)
        last = self.nodes - 1
        nodes = [Node("state0", "0", "input", detail="c[k-1]", tooltip="the cell's input")]
        nodes += [Node(f"state{j}", f"{j}", "state", tooltip="a sum") for j in range(1, last)]
        nodes.append(
            Node(f"state{last}", f"{last}", "output", detail="c[k]", tooltip="the cell's output")
        )
        edges = [
            Edge(
                f"state{i}",
                f"state{j}",
                label=OPERATIONS[operation].label,
                operation=operation,
                tooltip=f"edge {i}→{j}: {operation}",
                kept=operation != "none",
            )
            for i, j, operation in arch.edges
        ]
        return Graph(tuple(nodes), tuple(edges), title=f"cell {self.spell(arch)}")

    def macro_graph(self, arch: Topology, macro: MacroArchitecture | None = None) -> Graph:
        """How the network stacks the cell, in another macro-architecture if one is given."""
        checks.instance("TopologySpace", arch, Topology)
        return stack_graph(macro or self.macro_architecture(), two_inputs=False)

    def macro_architecture(self) -> MacroArchitecture:
        """``stages`` times ``cells`` cells, a block that halves the image between two stages."""
        return MacroArchitecture.staged(
            repeats=self.cells, channels=self.channels, stages=self.stages
        )

    def build(self, arch: Topology, task: Task) -> nn.Module:
        """The network: (batch, channels, height, width) -> (batch, classes) logits.

        Raises ValueError for a task of text or an architecture that is not in this space.
        """
        return self.build_in(self.macro_architecture(), arch, task)

    def build_in(self, macro: MacroArchitecture, arch: Topology, task: Task) -> nn.Module:
        """The network that stacks the cell in another macro-architecture than the space's own."""
        self.trace(arch)

        def make(position: CellPosition, previous: Shape, current: Shape) -> Cell:
            return TopologyCell(arch, position.channels)

        return self.stacked(macro, task, make)

    # ------------------------------------------------------------------ as an ``EdgeSpace``

    normed_pools: ClassVar[bool] = False

    def cell_kinds(self) -> tuple[str, ...]:
        """There is one."""
        return ("normal",)

    def edges(self) -> EdgeStates:
        """(from node, to node) in the genotype's order."""
        return tuple([(str(i), str(j)) for i, j in edges_among(self.nodes)])

    def ends(self) -> tuple[str, ...]:
        """The last node."""
        return (str(self.nodes - 1),)

    def chosen(self, arch: Topology) -> Mapping[str, tuple[str | None, ...]]:
        """The operation on each edge; *none* is one."""
        self.trace(arch)
        return {"normal": arch.operations}

    def discretised(self, weights: Mapping[str, Table]) -> Topology:
        """The strongest operation of each edge, *none* not excluded (Dong & Yang 2020)."""
        rows = tables("TopologySpace: weights", weights, self)["normal"]
        columns = range(len(self.operations))
        return Topology(tuple([self.operations[highest(row, columns)] for row in rows]))

    def stacked(self, macro: MacroArchitecture, task: Task, make: MakeCell) -> CellNetwork:
        """The network around other cells; the blocks between stages stay the space's own."""
        if not isinstance(task, ImageTask):
            raise ValueError(
                f"TopologySpace builds networks for images: expected ImageTask, got {task}"
            )

        def either(position: CellPosition, previous: Shape, current: Shape) -> Cell:
            if position.kind == "reduction":
                return REDUCTIONS[self.reduction](current[0], position.channels)
            return make(position, previous, current)

        return CellNetwork(
            task, macro, either, stem_channels=macro.channels, finish="batch norm, relu"
        )


class TopologyCell(Cell):
    """One cell; ``operations`` lie in the genotype's order. It reads ``current`` alone."""

    def __init__(self, arch: Topology, channels: int) -> None:
        super().__init__()
        self.channels, self.edges = channels, arch.edges
        self.operations = nn.ModuleList(
            OPERATIONS[name].make(channels, channels) for name in arch.operations
        )

    def forward(
        self, previous: Float[Tensor, "batch c0 h0 w0"], current: Float[Tensor, "batch c h w"]
    ) -> Float[Tensor, "batch c h w"]:
        states = [current]  # each (batch, channels, height, width)
        for (i, j, _), operation in zip(self.edges, self.operations):
            read = operation(states[i])
            if j == len(states):
                states.append(read)
            else:
                states[j] = states[j] + read  # Σ_{i<j} o^{(i,j)}(x_i)
        return states[-1]
