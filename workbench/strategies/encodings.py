"""Architectures as rows of numbers whose squared distance counts in how much they differ.

- ``DecisionRows``: one-hot over the space's decisions; the distance is the Hamming distance
- ``PathRows``: one bit a path of a cell (BANANAS); the distance counts the paths that only one has
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import sqrt
from typing import Generic, TypeAlias, TypeVar

import numpy as np
from jaxtyping import Float, Int

from workbench.protocols import SearchSpace

A = TypeVar("A")

REMEMBERED = 20_000  # architectures whose encoding is kept


class DecisionRows(Generic[A]):
    """One-hot columns of each decision, of ``space.encode``, and one for "not met in its walk".

    Two architectures differ in a decision that only one of them meets. ``decisions`` have a weight
    each (ARD).
    """

    def __init__(self, space: SearchSpace[A]) -> None:
        widths = [len(decision.options) for decision in space.menu()]
        self.decisions = len(widths)
        self.names = [decision.name for decision in space.menu()]
        self._begins = np.cumsum([0, *widths[:-1]])
        owners = np.repeat(np.arange(len(widths)), widths)
        self._owners = np.concatenate([owners, np.arange(len(widths))])
        self._encode = lru_cache(REMEMBERED)(lambda arch: space.encode(arch).astype(np.uint8))

    def rows(
        self, archs: Sequence[A]
    ) -> tuple[Float[np.ndarray, "n columns"], Int[np.ndarray, " columns"]]:
        """A row for each, and the decision of each column."""
        met = np.array([self._encode(arch) for arch in archs])  # (n, one-hot)
        unmet = 1 - np.add.reduceat(met, self._begins, axis=1)  # (n, decisions)
        # two columns differ where a decision does, so each counts half
        return np.concatenate([met, unmet], axis=1) * sqrt(0.5), self._owners

    def most(self, rows: Float[np.ndarray, "n columns"]) -> float:
        """The greatest distance that there can be."""
        return float(self.decisions)


class PathRows(Generic[A]):
    """A bit for each path that one of these architectures has, one length scale for all.

    Bits of paths that none has add nothing to a distance, so the 18,724 of DARTS need not be
    written down. One scale, since hundreds of them could not be fitted to some ten observations.

    Raises ValueError for a space whose architectures are no cells.
    """

    decisions, names = 1, ("every path",)

    def __init__(self, space: SearchSpace[A]) -> None:
        from workbench.spaces.paths import has_paths, paths  # those spaces load torch

        if not has_paths(space):
            raise ValueError(
                f"BayesianOptimization: encoding 'paths' needs cells (TopologySpace, DARTSSpace), "
                f"got {type(space).__name__}; use encoding='decisions'"
            )
        self._paths = lru_cache(REMEMBERED)(lambda arch: paths(space, arch))

    def rows(
        self, archs: Sequence[A]
    ) -> tuple[Float[np.ndarray, "n columns"], Int[np.ndarray, " columns"]]:
        """A row for each, and the decision (0) of each column."""
        found = [self._paths(arch) for arch in archs]
        columns = {path: column for column, path in enumerate(sorted(set().union(*found)))}
        made = np.zeros((len(archs), len(columns)))
        for row, of_this in zip(made, found):
            row[[columns[path] for path in of_this]] = 1.0
        return made, np.zeros(len(columns), dtype=np.int64)

    def most(self, rows: Float[np.ndarray, "n columns"]) -> float:
        """How far two of these could lie apart: the most paths of one, and as many others."""
        return 2 * float(rows.sum(1).max())


Encoding: TypeAlias = DecisionRows[A] | PathRows[A]
