"""Cells with an operation on every edge: what a relaxed search needs of a space.

Liu et al. (2019), section 2: states are joined by edges, and a relaxed cell has on each edge a
mixture of all operations, whose *architecture weights* α are a table, one row an edge, one column
an operation. ``DARTSSpace`` and ``TopologySpace`` are such spaces; each says how a table becomes
an architecture again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol, TypeAlias, TypeVar, runtime_checkable

from workbench import checks
from workbench.protocols import SearchSpace
from workbench.records import Task
from workbench.spaces.cell_network import CellNetwork, MakeCell
from workbench.spaces.macro_architecture import MacroArchitecture

A = TypeVar("A")

Table: TypeAlias = Sequence[Sequence[float]]  # one row an edge, one column an operation
EdgeStates: TypeAlias = tuple[tuple[str, str], ...]  # (from state, to state) of each edge


@runtime_checkable
class EdgeSpace(SearchSpace[A], Protocol[A]):
    """A space whose cells are states joined by edges, with an operation on each edge."""

    normed_pools: ClassVar[bool]
    """Whether, in the published search network, batch normalisation follows pooling."""

    operations: tuple[str, ...]
    """What an edge mixes: the columns of α."""

    def cell_kinds(self) -> tuple[str, ...]:
        """The kinds of cell that are searched, each with a table α of its own."""

    def edges(self) -> EdgeStates:
        """(from state, to state) of each edge, in the order of α's rows: where they lead, rising.

        A state to which no edge leads is an input of the cell.
        """

    def ends(self) -> tuple[str, ...]:
        """The states whose concatenation is the cell's output."""

    def chosen(self, arch: A) -> Mapping[str, tuple[str | None, ...]]:
        """By kind of cell, the operation on each edge; None: the edge is not kept."""

    def discretised(self, weights: Mapping[str, Table]) -> A:
        """The architecture in which a search with these α ends. Ties go to what comes first.

        Raises ValueError for tables of another shape, or with other kinds of cell.
        """

    def macro_architecture(self) -> MacroArchitecture:
        """How the space's own networks stack the cells."""

    def stacked(self, macro: MacroArchitecture, task: Task, make: MakeCell) -> CellNetwork:
        """The space's network around other cells: ``make`` builds each position that is searched.

        Raises ValueError for a task of text.
        """


def leading(
    joined: EdgeStates, choice: Sequence[Sequence[str]], ends: Sequence[str]
) -> list[tuple[str, ...]]:
    """Of each edge, what of its chosen operations leads on to an end; *none* never does.

    The rest can be left out, and the cell's output stays what it is. Not so what no input leads to:
    a convolution of zeros gives zeros, and the normalisation behind it shifts them.
    """
    kept = [tuple([name for name in names if name != "none"]) for names in choice]
    leads = {*ends}
    for (tail, head), names in zip(reversed(joined), reversed(kept)):
        if names and head in leads:
            leads.add(tail)
    return [names if head in leads else () for (_, head), names in zip(joined, kept)]


def softmax(row: Sequence[float]) -> tuple[float, ...]:
    """exp(α_o) / Σ_p exp(α_p) (DARTS, eq. 2); equal entries give equal numbers, in any order."""
    top = max(row)
    powers = [math.exp(value - top) for value in row]
    total = math.fsum(powers)  # rounded once: rows with the same entries have the same sum
    return tuple([power / total for power in powers])


def highest(row: Sequence[float], among: Sequence[int]) -> int:
    """The column of ``row`` with the highest value among these; of equal ones the first."""
    return max(among, key=lambda column: (row[column], -column))


def tables(what: str, weights: Mapping[str, Table], space: EdgeSpace[A]) -> dict[str, Table]:
    """The tables by kind of cell, as rows of plain numbers. Raises ValueError for other shapes."""
    given = checks.tables(what, weights)
    if set(given) != set(space.cell_kinds()):
        raise ValueError(
            f"{what}: expected a table for each of {space.cell_kinds()}, got {[*given]}"
        )
    shape = (len(space.edges()), len(space.operations))
    for kind, rows in given.items():
        found = (len(rows), *sorted({len(row) for row in rows}))
        if found != shape:
            raise ValueError(
                f"{what}: {kind}: expected {shape[0]} rows (edges) of {shape[1]} numbers "
                f"(operations), got {found[0]} of {found[1:]}"
            )
        if not all(math.isfinite(value) for row in rows for value in row):
            raise ValueError(f"{what}: {kind}: expected finite numbers")
    return dict(given)
