"""Who neighbours whom in a table, and what follows: local optima, plateaus, the way uphill.

A dot stands for a class of isomorphic cells, so two dots are neighbours where some member of one
becomes some member of the other by one changed decision. All are found at once: the genotypes of a
``TopologySpace`` are the points of a grid, an axis an edge, and neighbours lie along its axes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from workbench.spaces.topology import Topology

SURE = 2.0  # standard errors of a difference from which on we call it one


@dataclass(frozen=True)
class Neighbour:
    """What a cell becomes by one changed decision; ``cell`` is its row of the table."""

    edge: int
    operation: str
    arch: Topology
    cell: int


class Landscape:
    """The cells of a table as a landscape; ``rows`` below are the table's."""

    def __init__(self, table: Any) -> None:
        self.table, self.space = table, table.space
        self.operations: tuple[str, ...] = tuple(self.space.operations)
        self.edges = tuple(decision.name for decision in self.space.menu())
        every = product(self.operations, repeat=len(self.edges))
        numbers = np.array([table.number(Topology(each)) for each in every])
        self._grid = numbers.reshape((len(self.operations),) * len(self.edges))

    # ------------------------------------------------------------ one architecture

    def neighbours(self, arch: Topology) -> Iterator[Neighbour]:
        """Every change of one decision, edge by edge, operations in the space's order."""
        for edge, own in enumerate(arch.operations):
            for operation in self.operations:
                if operation != own:
                    changed = list(arch.operations)
                    changed[edge] = operation
                    other = Topology(tuple(changed))
                    yield Neighbour(edge, operation, other, int(self.table.number(other)))

    def uphill(self, arch: Topology) -> Neighbour | None:
        """The best of the neighbours that are better; None: there is none."""
        best = max(self.neighbours(arch), key=lambda each: self.means[each.cell])
        return best if self.means[best.cell] > self.table.mean(arch) else None

    def error(self, one: int, other: int) -> float:
        """The standard error of the difference between two cells' means; nan with one seed."""
        runs = self.table.runs
        return float(self.table.noise * np.sqrt(1 / runs[one] + 1 / runs[other]))

    # ------------------------------------------------------------ all cells at once

    @property
    def means(self) -> Float[np.ndarray, " cells"]:
        """The truth: mean validation accuracy over seeds."""
        means: Float[np.ndarray, " cells"] = self.table.means
        return means

    @cached_property
    def ranks(self) -> Int[np.ndarray, " cells"]:
        """1 for the cell of the highest mean, …"""
        ranks = np.empty(len(self.means), int)
        ranks[np.argsort(-self.means, kind="stable")] = np.arange(1, len(ranks) + 1)
        return ranks

    @cached_property
    def lead(self) -> Float[np.ndarray, " cells"]:
        """By how much a cell's mean lies above its best neighbour's: negative, there is a better.

        Of the spelling that leads by most, as a climb may end in any; neighbours of its own class
        do not count. So it is 0 or more for the local optima of ``table.local_optima()``.
        """
        grid, worth = self._grid, np.full(self._grid.shape, -np.inf)
        for axis, shift in product(range(len(self.edges)), range(1, len(self.operations))):
            other = np.roll(grid, shift, axis)  # in all shifts: every genotype beside each other
            worth = np.maximum(worth, np.where(other == grid, -np.inf, self.means[other]))
        least = np.full(len(self.means), np.inf)
        np.minimum.at(least, grid.ravel(), worth.ravel())
        lead: Float[np.ndarray, " cells"] = self.means - least
        return lead

    @cached_property
    def is_optimum(self) -> Bool[np.ndarray, " cells"]:
        """A spelling of the cell has no better neighbour."""
        found: Bool[np.ndarray, " cells"] = self.lead >= 0
        return found

    @cached_property
    def is_sure_optimum(self) -> Bool[np.ndarray, " cells"]:
        """A local optimum that leads its best neighbour by ``SURE`` standard errors."""
        error = self.table.noise * np.sqrt(2 / self.table.runs)
        found: Bool[np.ndarray, " cells"] = self.is_optimum & (self.lead >= SURE * error)
        return found

    @cached_property
    def flatness(self) -> Float[np.ndarray, " cells"]:
        """The share of a cell's neighbours that the seeds' noise cannot tell from it.

        Of the member that the table names (``table.cells``). 0.0 everywhere with one seed.
        """
        table = self.table
        near = np.array([table.neighbours(cell) for cell in range(len(self.means))])
        variance = table.noise**2 / table.runs
        error = np.sqrt(variance[:, None] + variance[near])  # (cells, neighbours)
        level = np.abs(self.means[near] - self.means[:, None]) < SURE * error
        share: Float[np.ndarray, " cells"] = level.mean(1)
        return share

    def sentence(self) -> str:
        """How many local optima there are, and how many of them the noise leaves."""
        many, sure = int(self.is_optimum.sum()), int(self.is_sure_optimum.sum())
        optima = "1 local optimum" if many == 1 else f"{many:,} local optima"
        words = f"▲ {optima} among {len(self.means):,} cells: no changed decision leads higher. "
        if not np.isfinite(self.table.noise):
            return f"{words}With one seed a cell, chance alone makes many of them."
        leads = f"{sure:,} of them (filled) lead{'s' * (sure == 1)}" if sure else "None leads"
        return (
            f"{words}{leads} the best neighbour by more than the seeds' noise ({SURE:.0f} standard "
            "errors of a difference); chance may have made the rest."
        )
