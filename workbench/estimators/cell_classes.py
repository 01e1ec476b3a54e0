"""Every spelling of a topology space, and which class of isomorphic cells it is in.

The rule is the published one of NAS-Bench-201: 15,625 spellings, 6,466 classes; see
``workbench.spaces.isomorphism``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from jaxtyping import Float64, Int64

from workbench.spaces.isomorphism import canonical
from workbench.spaces.topology import Topology, TopologySpace

Operations = tuple[str, ...]  # of a cell's edges, as in ``Topology``


@dataclass(frozen=True, eq=False)
class CellClasses:
    """The classes in the order of their ``keys`` (canonical texts), and what belongs to them.

    ``menu`` are the operations that an edge can have, in the space's order.
    ``of`` maps the operations of every spelling to the number of its class. ``grid`` holds the
    same numbers with one axis an edge: ``grid[2, 0, …]`` has the third operation on edge 0→1, the
    first on 0→2, and so on.
    """

    menu: Operations
    keys: tuple[str, ...]
    of: Mapping[Operations, int]
    grid: Int64[np.ndarray, "..."]

    def leanest(self) -> list[Operations]:
        """Of each class the member with the fewest and smallest convolutions, the first such."""
        found: dict[int, tuple[int, Operations]] = {}
        for operations, number in self.of.items():
            weight = 9 * operations.count("nor_conv_3x3") + operations.count("nor_conv_1x1")
            if number not in found or weight < found[number][0]:
                found[number] = (weight, operations)
        return [found[number][1] for number in range(len(self.keys))]

    def neighbours(self, cells: Sequence[Operations]) -> Int64[np.ndarray, "cells neighbours"]:
        """Of each of ``cells`` the classes one change of an edge away, in order of the edges."""
        number = {name: place for place, name in enumerate(self.menu)}
        places = np.array([[number[name] for name in cell] for cell in cells])  # (cells, edges)
        columns = []
        for edge in range(places.shape[1]):
            for step in range(len(self.menu) - 1):
                moved = places.copy()
                moved[:, edge] = step + (step >= places[:, edge])  # skips its own operation
                columns.append(self.grid[tuple(moved.T)])
        return np.stack(columns, 1) if columns else np.zeros((len(cells), 0), np.int64)

    def local_optima(self, values: Float64[np.ndarray, " classes"]) -> Int64[np.ndarray, " optima"]:
        """The classes with a spelling that no change of one edge improves."""
        heights = values[self.grid]
        stuck = np.ones(heights.shape, bool)
        for axis in range(heights.ndim):
            stuck &= heights >= heights.max(axis=axis, keepdims=True)
        return np.unique(self.grid[stuck])


def classes_of(space: TopologySpace) -> CellClasses:
    """The classes of ``space``: a sixth of a second for 15,625 spellings, then remembered."""
    return _classes(space.nodes, space.operations)


@lru_cache(maxsize=32)
def _classes(nodes: int, menu: tuple[str, ...]) -> CellClasses:
    edges = nodes * (nodes - 1) // 2
    spellings = list(product(menu, repeat=edges))
    texts = [canonical(Topology(operations).edges) for operations in spellings]
    keys = tuple(sorted(set(texts)))
    numbers = {key: number for number, key in enumerate(keys)}
    column = [numbers[text] for text in texts]
    grid = np.array(column, np.int64).reshape((len(menu),) * edges)
    return CellClasses(menu, keys, dict(zip(spellings, column)), grid)
