"""DARTS's space: cells of nodes that each add two operations' results (Liu et al. 2019, section 2).

This is the discrete space, in which a relaxed search ends: of each intermediate node two incoming
edges are kept, from different states, each with one operation other than *none*.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from functools import cached_property
from itertools import combinations

from torch import nn

from workbench.graphs import Graph
from workbench.records import Decision, ImageTask, Task
from workbench.spaces.cell_network import Cell, CellNetwork
from workbench.spaces.darts_cell import DARTS, DARTSCell, DARTSCellNetwork, graph_of, states
from workbench.spaces.macro_architecture import (
    CellKind,
    CellPosition,
    MacroArchitecture,
    Shape,
    stack_graph,
)
from workbench.spaces.operations import DARTS_OPERATIONS, OPERATIONS
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
        self.nodes, self.operations = nodes, tuple(operations)
        self.channels, self.cells, self.stem_multiplier = channels, cells, stem_multiplier
        self.auxiliary, self.drop_path = auxiliary, drop_path
        self._check()

    def _check(self) -> None:
        for name in ("nodes", "channels", "cells", "stem_multiplier"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"DARTSSpace: {name} must be at least 1, got {getattr(self, name)}"
                )
        unknown = [name for name in self.operations if name not in OPERATIONS]
        if unknown or not self.choices:
            raise ValueError(
                f"DARTSSpace: operations {unknown or self.operations}: expected some of "
                f"{[*OPERATIONS]}, and another than 'none' among them"
            )
        if not 0.0 <= self.drop_path < 1.0:
            raise ValueError(f"DARTSSpace: drop_path must be in [0, 1), got {self.drop_path}")

    @property
    def choices(self) -> tuple[str, ...]:
        """The operations that an edge of a discrete cell may have: all but *none*."""
        return tuple(name for name in self.operations if name != "none")

    @cached_property
    def _questions(self) -> dict[str, list[tuple[Decision, ...]]]:
        return {kind: [self._node(kind, i) for i in range(self.nodes)] for kind in KINDS}

    def _node(self, kind: str, i: int) -> tuple[Decision, ...]:
        at = f"{kind} / node {i + 1} / "
        pairs = tuple(AND.join(pair) for pair in combinations(states(i), 2))
        return (
            Decision(at + "inputs", pairs, "input", "inputs"),
            Decision(at + "first operation", self.choices, "operation", "operation"),
            Decision(at + "second operation", self.choices, "operation", "operation"),
        )

    def walk(self) -> Walk[DARTS]:
        cells = []
        for kind in KINDS:
            nodes = []
            for inputs, one, two in self._questions[kind]:
                first, second = (yield inputs).split(AND)
                nodes.append(Pair(first, second, (yield one), (yield two)))
            cells.append(DARTSCell(tuple(nodes)))
        return DARTS(*cells)

    def answers(self, arch: DARTS) -> Iterator[Hashable]:
        for cell in (arch.normal, arch.reduction):
            for node in cell.nodes:
                yield AND.join((node.first, node.second))
                yield from (node.first_operation, node.second_operation)

    def state(self, taken: tuple[int, ...]) -> Hashable:
        """How many decisions are taken: none of them changes a later question."""
        return len(taken)

    def spell(self, arch: DARTS) -> str:
        """``normal: sep_conv_3x3 c[k-2] + sep_conv_3x3 c[k-1] | … || reduction: …``."""
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
        return graph_of({"normal": arch.normal, "reduction": arch.reduction})

    def cell_graph(self, arch: DARTS, kind: CellKind) -> Graph:
        """One of the two cells."""
        return graph_of({kind: arch.normal if kind == "normal" else arch.reduction})

    def macro_graph(self, arch: DARTS, macro: MacroArchitecture | None = None) -> Graph:
        """How the network stacks the two cells, in another macro-architecture if one is given."""
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
        if not isinstance(task, ImageTask):
            raise ValueError(
                f"DARTSSpace builds networks for images: expected ImageTask, got {task}"
            )
        self.trace(arch)

        def make(position: CellPosition, previous: Shape, current: Shape) -> Cell:
            cell = arch.normal if position.kind == "normal" else arch.reduction
            return DARTSCellNetwork(cell, position, previous, current)

        return CellNetwork(
            task,
            macro,
            make,
            stem_channels=self.stem_multiplier * macro.channels,
            finish="none",
            auxiliary_after=2 * macro.cells // 3 if self.auxiliary else None,
            drop_path=self.drop_path,
        )
