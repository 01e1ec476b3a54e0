"""The macro-architecture opened to the search: a cell space and the stack its cells stand in.

Elsken et al. (2019, section 2): with the stack fixed by hand, a good cell may still need manual
engineering around it; ideally both are found together. Here the number of cells, their filters and
the positions of the reductions are decisions like any other, asked before those of the cells.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Generic, Protocol, TypeVar

from torch import nn

from workbench import checks
from workbench.graphs import Cluster, Edge, Graph
from workbench.protocols import SearchSpace
from workbench.records import Decision, Task
from workbench.spaces.macro_architecture import MacroArchitecture
from workbench.spaces.one_decision import completed
from workbench.spaces.walk import Space, Walk

A = TypeVar("A")

AT = "macro / "
SPELLED = re.compile(r"(\d+) cells of (\d+) filters, reductions: (none|\d+(?:, \d+)*)")


class CellSpace(SearchSpace[A], Protocol[A]):
    """A space of cells whose macro-architecture can be exchanged."""

    def walk(self) -> Walk[A]:
        """The decisions of its cells."""

    def answers(self, arch: A) -> Iterator[Hashable]:
        """The options that lead to ``arch``, in that order."""

    def build_in(self, macro: MacroArchitecture, arch: A, task: Task) -> nn.Module:
        """The network that stacks the cells in ``macro``."""

    def macro_graph(self, arch: A, macro: MacroArchitecture | None = None) -> Graph:
        """How ``macro`` (None: the space's own) stacks the cells."""


@dataclass(frozen=True)
class Stacked(Generic[A]):
    """A genotype: the macro-architecture and the cells stacked in it."""

    macro: MacroArchitecture
    cell: A


class MacroSpace(Space[Stacked[A]]):
    """Frames for the cells of ``space``, which is left as it is.

    ``cells``: how many in all; ``filters``: how many in the first of them; ``reductions``: how
    many cells halve the image and double the filters. Where they stand follows, counted from 1.

    Raises ValueError for an empty or impossible setting.
    """

    def __init__(
        self,
        space: CellSpace[A],
        *,
        cells: tuple[int, ...] = (3, 4, 5),
        filters: tuple[int, ...] = (4, 8),
        reductions: tuple[int, ...] = (0, 1, 2),
    ) -> None:
        self.space = space
        self.cells = checks.wholes("MacroSpace: cells", cells, least=1)
        self.filters = checks.wholes("MacroSpace: filters", filters, least=1)
        self.reductions = checks.wholes("MacroSpace: reductions", reductions, least=0)
        if max(self.reductions) > min(self.cells):
            raise ValueError(
                f"MacroSpace: {max(self.reductions)} reductions do not fit among "
                f"{min(self.cells)} cells: use more cells or fewer reductions"
            )

    @cached_property
    def _questions(self) -> tuple[Decision, ...]:
        names = ("cells", "filters", "reductions")
        return tuple(Decision(AT + name, getattr(self, name), role=name) for name in names)

    @cached_property
    def _positions(self) -> dict[tuple[int, range], Decision]:
        return {}

    def _where(self, i: int, options: range) -> Decision:
        """Where the ``i``-th reduction stands; made once, as all decisions are."""
        key = (i, options)
        if key not in self._positions:
            name = f"{AT}reduction {i}"
            self._positions[key] = Decision(name, tuple(options), role="reduction")
        return self._positions[key]

    def walk(self) -> Walk[Stacked[A]]:
        sizes = []
        for decision in self._questions:
            sizes.append((yield decision))  # noqa: PERF401 (no yield in one)
        cells, filters, count = sizes
        positions: list[int] = []
        for i in range(1, count + 1):
            # leave room for the reductions that still follow
            options = range(positions[-1] + 1 if positions else 1, cells - (count - i) + 1)
            positions.append((yield self._where(i, options)))
        cell = yield from self.space.walk()
        return Stacked(
            MacroArchitecture(cells, filters, tuple(position - 1 for position in positions)), cell
        )

    def answers(self, arch: Stacked[A]) -> Iterator[Hashable]:
        checks.instance("MacroSpace", arch, Stacked)
        macro = arch.macro
        yield from (macro.cells, macro.channels, len(macro.reductions))
        yield from (position + 1 for position in macro.reductions)
        yield from self.space.answers(arch.cell)

    def state(self, taken: tuple[int, ...]) -> Hashable:
        """The choices for the stack while they last, then what the cells' own walk depends on."""
        steps, coming = self.steps(taken)
        macro = sum(step.name.startswith(AT) for step, _ in steps)
        if coming is not None and coming.name.startswith(AT):
            return taken
        return "cells", self.space.state(taken[macro:])

    def spell(self, arch: Stacked[A]) -> str:
        """``5 cells of 8 filters, reductions: 2, 4 || …``, then the cells' own spelling."""
        checks.instance("MacroSpace", arch, Stacked)
        macro = arch.macro
        positions = ", ".join(str(position + 1) for position in macro.reductions) or "none"
        start = f"{macro.cells} cells of {macro.channels} filters, reductions: {positions}"
        return f"{start} || {self.space.spell(arch.cell)}"

    def parse(self, text: str) -> Stacked[A]:
        start, _, rest = text.partition(" || ")
        match = SPELLED.fullmatch(start)
        if match is None:
            raise ValueError(
                f"architecture {text!r}: expected it to begin like "
                "'5 cells of 8 filters, reductions: 2, 4 || '"
            )
        numbers = [] if match[3] == "none" else match[3].split(", ")
        positions = tuple(int(number) - 1 for number in numbers)
        arch = Stacked(
            MacroArchitecture(int(match[1]), int(match[2]), positions), self.space.parse(rest)
        )
        self._check(arch)
        return arch

    def _check(self, arch: Stacked[A]) -> None:
        """Raise ValueError where the stack is not in this space; the cells have their own check."""
        checks.instance("MacroSpace", arch, Stacked)
        self.trace(Stacked(arch.macro, self._some_cell))

    @cached_property
    def _some_cell(self) -> A:
        """The cells of each first option."""
        return completed(self.space.begin(), {})

    def graph(self, arch: Stacked[A]) -> Graph:
        """The stack and the cells, a frame each."""
        checks.instance("MacroSpace", arch, Stacked)
        stack, cells = self.macro_graph(arch), self.space.graph(arch.cell)
        nodes = tuple(replace(n, id=f"macro/{n.id}", cluster="macro") for n in stack.nodes)
        edges = tuple(_renamed(edge) for edge in stack.edges)
        return Graph(
            (*nodes, *cells.nodes),
            (*edges, *cells.edges),
            (Cluster("macro", "macro-architecture"), *cells.clusters),
            f"{stack.title}; {cells.title}",
            cells.direction,
        )

    def macro_graph(self, arch: Stacked[A]) -> Graph:
        """How the network stacks the cells."""
        checks.instance("MacroSpace", arch, Stacked)
        return self.space.macro_graph(arch.cell, arch.macro)

    def build(self, arch: Stacked[A], task: Task) -> nn.Module:
        """The network. Raises ValueError for a task or an architecture it cannot serve."""
        self._check(arch)
        return self.space.build_in(arch.macro, arch.cell, task)


def _renamed(edge: Edge) -> Edge:
    return replace(edge, tail=f"macro/{edge.tail}", head=f"macro/{edge.head}")
