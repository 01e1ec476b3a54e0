"""DARTS's space: cells of nodes that each add two operations' results (Liu et al. 2019, section 2).

This is the discrete space, in which a relaxed search ends: of each intermediate node two incoming
edges are kept, from different states, each with one operation other than *none*.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from functools import cached_property
from itertools import combinations
from typing import ClassVar

from torch import nn

from workbench import checks
from workbench.graphs import Graph
from workbench.records import Decision, ImageTask, Task
from workbench.spaces.cell_network import Cell, CellNetwork, MakeCell
from workbench.spaces.darts_cell import DARTS, DARTSCell, DARTSCellNetwork, graph_of, states
from workbench.spaces.edges import EdgeStates, Table, highest, softmax, tables
from workbench.spaces.macro_architecture import (
    CellKind,
    CellPosition,
    MacroArchitecture,
    Shape,
    stack_graph,
)
from workbench.spaces.operations import DARTS_OPERATIONS
from workbench.spaces.published_cells import DARTS as PUBLISHED
from workbench.spaces.published_cells import DARTS_NUMBERS, numbered
from workbench.spaces.spelling import KINDS, Pair, parse_cells, spell_cell
from workbench.spaces.walk import Space, Walk

AND = " + "  # between the two states of an option: the node adds what comes from them


class DARTSSpace(Space[DARTS]):
    """Pairs of cells with ``nodes`` intermediate nodes over ``operations``.

    ``operations`` is what an edge of the relaxed cell mixes, in DARTS's order; *none* is among
    them but is never an edge's choice. The network stacks ``cells`` cells, reductions at one and
    two thirds; ``channels`` is the width of a node in the first cells and doubles at each
    reduction; the stem is a 3×3 convolution to ``stem_multiplier`` · ``channels``. For final
    training ``auxiliary`` adds the auxiliary head and ``drop_path`` is the last rate of drop-path
    (0.2 in the paper). The paper's network for CIFAR-10: ``channels=36, cells=20``.

    Raises ValueError for an empty or impossible setting.
    """

    def __init__(
        self,
        *,
        nodes: int = 4,
        operations: tuple[str, ...] = DARTS_OPERATIONS,
        channels: int = 4,
        cells: int = 5,
        stem_multiplier: int = 3,
        auxiliary: bool = False,
        drop_path: float = 0.0,
    ) -> None:
        self.nodes = checks.whole("DARTSSpace: nodes", nodes, least=1)
        self.operations = checks.some_of("DARTSSpace: operations", operations, DARTS_OPERATIONS)
        if not self.choices:
            raise ValueError("DARTSSpace: operations: expected another than 'none' among them")
        self.channels = checks.whole("DARTSSpace: channels", channels, least=1)
        self.cells = checks.whole("DARTSSpace: cells", cells, least=1)
        self.stem_multiplier = checks.whole("DARTSSpace: stem_multiplier", stem_multiplier, least=1)
        self.auxiliary = checks.yes_or_no("DARTSSpace: auxiliary", auxiliary)
        self.drop_path = checks.number("DARTSSpace: drop_path", drop_path, least=0.0, below=1.0)

    @property
    def choices(self) -> tuple[str, ...]:
        """The operations that an edge of a discrete cell may have: all but *none*."""
        return tuple(name for name in self.operations if name != "none")

    @cached_property
    def _questions(self) -> dict[str, list[tuple[Decision, dict[str, Decision]]]]:
        return {kind: [self._node(kind, i) for i in range(self.nodes)] for kind in KINDS}

    def _node(self, kind: str, i: int) -> tuple[Decision, dict[str, Decision]]:
        """The two states that a node adds, and for each state that it may read the operation.

        An operation is named after its edge, so the edge keeps it when the other one moves.
        """
        at = f"{kind} / node {i + 1} / "
        pairs = tuple(AND.join(pair) for pair in combinations(states(i), 2))
        return Decision(at + "inputs", pairs, "input", "inputs"), {
            state: Decision(f"{at}operation on {state}", self.choices, "operation", "operation")
            for state in states(i)
        }

    def walk(self) -> Walk[DARTS]:
        cells = []
        for kind in KINDS:
            nodes = []
            for inputs, operation in self._questions[kind]:
                first, second = (yield inputs).split(AND)
                one, two = (yield operation[first]), (yield operation[second])
                nodes.append(Pair(first, second, one, two))
            cells.append(DARTSCell(tuple(nodes)))
        return DARTS(*cells)

    def answers(self, arch: DARTS) -> Iterator[Hashable]:
        checks.instance("DARTSSpace", arch, DARTS)
        for cell in (arch.normal, arch.reduction):
            for node in cell.nodes:
                yield AND.join((node.first, node.second))
                yield from (node.first_operation, node.second_operation)

    def state(self, taken: tuple[int, ...]) -> Hashable:
        """The coming decision and, where it is an operation, the inputs of its node."""
        steps, coming = self.steps(taken)
        if coming is None or coming.kind == "input":
            return coming
        node, _, _ = coming.name.rpartition("operation")
        return coming, tuple(step for step in steps if step[0].name == node + "inputs")

    def spell(self, arch: DARTS) -> str:
        """``normal: sep_conv_3x3 c[k-2] + sep_conv_3x3 c[k-1] | … || reduction: …``."""
        checks.instance("DARTSSpace", arch, DARTS)
        cells = zip(KINDS, (arch.normal, arch.reduction))
        return " || ".join(spell_cell(kind, cell.nodes) for kind, cell in cells)

    def parse(self, text: str) -> DARTS:
        cells = []
        for pairs, output in parse_cells(text):
            if output is not None:
                raise ValueError(f"cells {text!r}: a DARTS cell has no output of its own, {output}")
            cells.append(DARTSCell(tuple(pairs)))
        arch = DARTS(*cells)
        self.trace(arch)  # raises where it is not in this space
        return arch

    def published(self) -> Mapping[str, DARTS]:
        """DARTS_V1 (first order) and DARTS_V2 (second order), where this space holds them."""
        found = {
            name: DARTS(*(DARTSCell(numbered(code, DARTS_NUMBERS, "n")) for code in codes))
            for name, codes in PUBLISHED.items()
        }
        return {name: arch for name, arch in found.items() if self._holds(arch)}

    def _holds(self, arch: DARTS) -> bool:
        try:
            self.trace(arch)
        except ValueError:
            return False
        return True

    def graph(self, arch: DARTS) -> Graph:
        """Both cells, a frame each; the operations are pills on the edges."""
        checks.instance("DARTSSpace", arch, DARTS)
        return graph_of({"normal": arch.normal, "reduction": arch.reduction})

    def cell_graph(self, arch: DARTS, kind: CellKind) -> Graph:
        """One of the two cells."""
        checks.instance("DARTSSpace", arch, DARTS)
        return graph_of({kind: arch.normal if kind == "normal" else arch.reduction})

    def macro_graph(self, arch: DARTS, macro: MacroArchitecture | None = None) -> Graph:
        """How the network stacks the two cells, in another macro-architecture if one is given."""
        checks.instance("DARTSSpace", arch, DARTS)
        return stack_graph(macro or self.macro_architecture())

    def macro_architecture(self) -> MacroArchitecture:
        """``cells`` cells, reductions at one and at two thirds."""
        return MacroArchitecture.thirds(cells=self.cells, channels=self.channels)

    def build(self, arch: DARTS, task: Task) -> nn.Module:
        """The network: (batch, channels, height, width) -> (batch, classes) logits.

        Raises ValueError for a task of text, or for cells that are not in this space.
        """
        return self.build_in(self.macro_architecture(), arch, task)

    def build_in(self, macro: MacroArchitecture, arch: DARTS, task: Task) -> nn.Module:
        """The network that stacks the two cells in another macro-architecture."""
        self.trace(arch)

        def make(position: CellPosition, previous: Shape, current: Shape) -> Cell:
            cell = arch.normal if position.kind == "normal" else arch.reduction
            return DARTSCellNetwork(cell, position, previous, current)

        return self.stacked(macro, task, make)

    # ------------------------------------------------------------------ as an ``EdgeSpace``

    normed_pools: ClassVar[bool] = True

    def cell_kinds(self) -> tuple[str, ...]:
        """Normal and reduction."""
        return tuple(KINDS)

    def edges(self) -> EdgeStates:
        """To n1 from both inputs; to n2 from both inputs and n1; … (14 edges for four nodes)."""
        return tuple([(state, f"n{i + 1}") for i in range(self.nodes) for state in states(i)])

    def ends(self) -> tuple[str, ...]:
        """All intermediate nodes."""
        return states(self.nodes)[2:]

    def chosen(self, arch: DARTS) -> Mapping[str, tuple[str | None, ...]]:
        """By kind of cell, the operation on each edge; None: not one of its node's two."""
        self.trace(arch)
        found = {}
        for kind, cell in zip(KINDS, (arch.normal, arch.reduction)):
            kept = {}
            for i, node in enumerate(cell.nodes, start=1):
                kept[node.first, f"n{i}"] = node.first_operation
                kept[node.second, f"n{i}"] = node.second_operation
            found[kind] = tuple([kept.get(edge) for edge in self.edges()])
        return found

    def discretised(self, weights: Mapping[str, Table]) -> DARTS:
        """The released code's rule (Liu et al. 2019, section 2.4), applied to the softmax of α.

        The softmax is over all operations; then *none* is left aside. An edge is as strong as its
        strongest other operation, a node keeps its two strongest edges, each with that operation.
        Of equal ones the earlier edge and the earlier operation stay.
        """
        given = tables("DARTSSpace: weights", weights, self)
        others = [o for o, name in enumerate(self.operations) if name != "none"]
        cells = []
        for kind in KINDS:
            rows = dict(zip(self.edges(), map(softmax, given[kind])))
            nodes = []
            for i in range(self.nodes):
                best = {state: highest(rows[state, f"n{i + 1}"], others) for state in states(i)}
                strength = {state: rows[state, f"n{i + 1}"][best[state]] for state in best}
                first, second = sorted(best, key=lambda state: -strength[state])[:2]  # stable
                names = self.operations[best[first]], self.operations[best[second]]
                nodes.append(Pair(first, second, *names))
            cells.append(DARTSCell(tuple(nodes)))
        return DARTS(*cells)

    def stacked(self, macro: MacroArchitecture, task: Task, make: MakeCell) -> CellNetwork:
        """The network around other cells; ``make`` builds every one."""
        if not isinstance(task, ImageTask):
            raise ValueError(
                f"DARTSSpace builds networks for images: expected ImageTask, got {task}"
            )
        return CellNetwork(
            task,
            macro,
            make,
            stem_channels=self.stem_multiplier * macro.channels,
            finish="none",
            auxiliary_after=2 * macro.cells // 3 if self.auxiliary else None,
            drop_path=self.drop_path,
        )
