"""NASNet's space: a normal and a reduction cell of B blocks (Zoph, Vasudevan, Shlens & Le 2018).

A block takes five decisions: two hidden states among the cell's two inputs and the blocks so far,
an operation for each, and how the two results are combined.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from functools import cached_property
from typing import get_args

from torch import nn

from workbench import checks
from workbench.graphs import Graph
from workbench.records import Decision, ImageTask, Task
from workbench.spaces.cell_network import Cell, CellNetwork
from workbench.spaces.macro_architecture import (
    CellKind,
    CellPosition,
    MacroArchitecture,
    Shape,
    Stem,
    stack_graph,
)
from workbench.spaces.nasnet_cell import INPUTS, NASNet, NASNetCell, graph_of
from workbench.spaces.nasnet_network import NASNetCellNetwork
from workbench.spaces.operations import NASNET_OPERATIONS
from workbench.spaces.published_cells import NASNET as PUBLISHED
from workbench.spaces.spelling import KINDS, SIGNS, Pair, parse_cells, spell_cell
from workbench.spaces.walk import Space, Walk


class NASNetSpace(Space[NASNet]):
    """Pairs of cells of ``blocks`` blocks each over ``operations`` and ``combinations``.

    The network stacks ``repeats`` (N) normal cells, a reduction cell, N, a reduction cell and N;
    ``filters`` (F) is the width of a state in the first stage and doubles at each reduction. The
    stem is a 3×3 convolution to ``stem_multiplier`` · F channels ("cifar"), or one of stride 2 to
    ``stem_multiplier`` · 32, followed by two reduction cells ("imagenet"). For final training
    ``auxiliary`` adds the auxiliary head, and ``drop_path`` is ScheduledDropPath's last rate (0.4
    in the paper). The paper's network for CIFAR-10: ``repeats=6, filters=32``.

    Raises ValueError for an empty or impossible setting.
    """

    def __init__(
        self,
        *,
        blocks: int = 5,
        operations: tuple[str, ...] = NASNET_OPERATIONS,
        combinations: tuple[str, ...] = tuple(SIGNS),
        repeats: int = 1,
        filters: int = 8,
        stem: Stem = "cifar",
        stem_multiplier: int = 3,
        auxiliary: bool = False,
        drop_path: float = 0.0,
    ) -> None:
        self.blocks = checks.whole("NASNetSpace: blocks", blocks, least=1)
        self.operations = checks.some_of("NASNetSpace: operations", operations, NASNET_OPERATIONS)
        self.combinations = checks.some_of("NASNetSpace: combinations", combinations, SIGNS)
        self.repeats = checks.whole("NASNetSpace: repeats", repeats, least=1)
        self.filters = checks.whole("NASNetSpace: filters", filters, least=1)
        self.stem: Stem = checks.one_of("NASNetSpace: stem", stem, get_args(Stem))
        self.stem_multiplier = checks.whole(
            "NASNetSpace: stem_multiplier", stem_multiplier, least=1
        )
        self.auxiliary = checks.yes_or_no("NASNetSpace: auxiliary", auxiliary)
        self.drop_path = checks.number("NASNetSpace: drop_path", drop_path, least=0.0, below=1.0)

    @cached_property
    def _questions(self) -> dict[str, list[tuple[Decision, ...]]]:
        return {kind: [self._block(kind, b) for b in range(self.blocks)] for kind in KINDS}

    def _block(self, kind: str, b: int) -> tuple[Decision, ...]:
        at = f"{kind} / block {b + 1} / "
        states = (*INPUTS, *(f"b{earlier}" for earlier in range(1, b + 1)))
        return (
            Decision(at + "first input", states, "input", "input"),
            Decision(at + "second input", states, "input", "input"),
            Decision(at + "first operation", self.operations, "operation", "operation"),
            Decision(at + "second operation", self.operations, "operation", "operation"),
            Decision(at + "combination", self.combinations, role="combination"),
        )

    def walk(self) -> Walk[NASNet]:
        cells = []
        for kind in KINDS:
            blocks = []
            for questions in self._questions[kind]:
                answers = []
                for decision in questions:
                    answers.append((yield decision))  # noqa: PERF401 (no yield in one)
                blocks.append(Pair(*answers))
            cells.append(NASNetCell(tuple(blocks)))
        return NASNet(*cells)

    def answers(self, arch: NASNet) -> Iterator[Hashable]:
        checks.instance("NASNetSpace", arch, NASNet)
        for cell in (arch.normal, arch.reduction):
            for block in cell.blocks:
                yield from block

    def state(self, taken: tuple[int, ...]) -> Hashable:
        """How many decisions are taken: none of them changes a later question."""
        return len(taken)

    def spell(self, arch: NASNet) -> str:
        """``normal: sep_conv_5x5 c[k-1] + sep_conv_3x3 c[k-2] | … || reduction: …``."""
        checks.instance("NASNetSpace", arch, NASNet)
        cells = zip(KINDS, (arch.normal, arch.reduction))
        return " || ".join(spell_cell(kind, cell.blocks, cell.output) for kind, cell in cells)

    def parse(self, text: str) -> NASNet:
        arch = NASNet(*(NASNetCell(tuple(pairs), output) for pairs, output in parse_cells(text)))
        self._check_blocks(arch)
        return arch

    def published(self) -> Mapping[str, NASNet]:
        """NASNet-A under the paper's output rule, as released, and AmoebaNet-A's cells.

        A space of other blocks or operations has only those of them that it holds.
        """
        cells = {name: NASNet(*map(NASNetCell, *zip(*code))) for name, code in PUBLISHED.items()}
        return {name: arch for name, arch in cells.items() if self._holds(arch)}

    def _holds(self, arch: NASNet) -> bool:
        try:
            self._check_blocks(arch)
        except ValueError:
            return False
        return True

    def _check_blocks(self, arch: NASNet) -> None:
        """Raise ValueError where the blocks are not in this space; the output may be named."""
        checks.instance("NASNetSpace", arch, NASNet)
        self.trace(NASNet(NASNetCell(arch.normal.blocks), NASNetCell(arch.reduction.blocks)))

    def graph(self, arch: NASNet) -> Graph:
        """Both cells, a frame each; inside it a frame a block."""
        checks.instance("NASNetSpace", arch, NASNet)
        return graph_of({"normal": arch.normal, "reduction": arch.reduction})

    def cell_graph(self, arch: NASNet, kind: CellKind) -> Graph:
        """One of the two cells."""
        checks.instance("NASNetSpace", arch, NASNet)
        return graph_of({kind: arch.normal if kind == "normal" else arch.reduction})

    def macro_graph(self, arch: NASNet, macro: MacroArchitecture | None = None) -> Graph:
        """How the network stacks the two cells, in another macro-architecture if one is given."""
        checks.instance("NASNetSpace", arch, NASNet)
        return stack_graph(macro or self.macro_architecture(), stem=self.stem)

    def macro_architecture(self) -> MacroArchitecture:
        """N normal cells, a reduction cell, N, a reduction cell, N."""
        return MacroArchitecture.staged(repeats=self.repeats, channels=self.filters)

    def build(self, arch: NASNet, task: Task) -> nn.Module:
        """The network: (batch, channels, height, width) -> (batch, classes) logits.

        Raises ValueError for a task of text, or for blocks that are not in this space.
        """
        return self.build_in(self.macro_architecture(), arch, task)

    def build_in(self, macro: MacroArchitecture, arch: NASNet, task: Task) -> nn.Module:
        """The network that stacks the two cells in another macro-architecture."""
        if not isinstance(task, ImageTask):
            raise ValueError(
                f"NASNetSpace builds networks for images: expected ImageTask, got {task}"
            )
        self._check_blocks(arch)

        def make(position: CellPosition, previous: Shape, current: Shape) -> Cell:
            cell = arch.normal if position.kind == "normal" else arch.reduction
            return NASNetCellNetwork(cell, position, previous, current)

        width = macro.channels if self.stem == "cifar" else 32
        return CellNetwork(
            task,
            macro,
            make,
            stem=self.stem,
            stem_channels=self.stem_multiplier * width,
            auxiliary_after=self._auxiliary_after(macro) if self.auxiliary else None,
            drop_path=self.drop_path,
            deepening=True,  # ScheduledDropPath
        )

    def _auxiliary_after(self, macro: MacroArchitecture) -> int:
        """The last normal cell before the second reduction; without one, at two thirds."""
        last = macro.reductions[1] - 1 if len(macro.reductions) > 1 else 2 * macro.cells // 3
        return last + (2 if self.stem == "imagenet" else 0)
