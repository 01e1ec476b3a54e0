"""Architectures as rows of numbers whose squared distance counts in how much they differ.

- ``DecisionRows``: one-hot over the space's decisions; the distance is the Hamming distance
- ``PathRows``: one bit a path of a cell (BANANAS); the distance counts the paths that only one has
- ``NumberRows``: a decision's option is a number, and numbers that are close are alike
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import sqrt
from typing import Generic, TypeAlias, TypeVar

import numpy as np
from jaxtyping import Float, Int

from workbench.protocols import Rows, SearchSpace

A = TypeVar("A")

REMEMBERED = 20_000  # architectures whose encoding is kept
REACH = 4.0  # from a decision's least to its greatest number; see NumberRows


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


class NumberRows(Generic[A]):
    """A column for each decision: its option as a number, the least 0, the greatest ``REACH``.

    The kernel on these squared distances is the squared exponential one (RBF), with a length scale
    for each decision. At the prior's median it falls to e^(−1/2) over 18 % of the range of a single
    decision, or of each of several, since exp(−d²) is exp(−d²/2l²) for l = √½, and √½ / REACH is
    0.18. A decision that is not met stands in the middle.

    Raises ValueError for a space with a decision whose options are no numbers.
    """

    def __init__(self, space: SearchSpace[A]) -> None:
        menu = space.menu()
        words = next((d for d in menu if not all(map(_is_number, d.options))), None)
        if words is not None:
            raise ValueError(
                f"BayesianOptimization: encoding 'numbers' needs options that are numbers, got "
                f"{words.options} for {words.name!r}; use encoding='decisions'"
            )
        self.decisions, self.names = len(menu), [decision.name for decision in menu]
        self._space = space
        self._options = [np.array(decision.options, float) for decision in menu]
        self._begins = np.cumsum([0, *(len(each) for each in self._options)])
        self._place = lru_cache(REMEMBERED)(self._placed)

    def rows(
        self, archs: Sequence[A]
    ) -> tuple[Float[np.ndarray, "n columns"], Int[np.ndarray, " columns"]]:
        """A row for each, and the decision of each column."""
        made = np.array([self._place(arch) for arch in archs])  # (n, decisions)
        return made, np.arange(self.decisions)

    def most(self, rows: Float[np.ndarray, "n columns"]) -> float:
        """How many decisions share the distance."""
        return float(self.decisions)

    def along(self, rows: Rows) -> Rows:
        """Rows with an ``architecture``, each with its number ``x``; for a single decision."""
        archs = [self._space.parse(row["architecture"]) for row in rows]
        numbers = [float(self._options[0] @ self._space.encode(arch)) for arch in archs]
        return [{"x": number, **row} for number, row in zip(numbers, rows)]

    def _placed(self, arch: A) -> tuple[float, ...]:
        met = self._space.encode(arch)
        found = []
        for begin, options in zip(self._begins, self._options):
            chosen = met[begin : begin + len(options)]
            share = (options - options.min()) / (options.max() - options.min())
            found.append(REACH * float(share @ chosen if chosen.any() else 0.5))
        return tuple(found)


def _is_number(option: object) -> bool:
    return isinstance(option, int | float) and not isinstance(option, bool)


Encoding: TypeAlias = DecisionRows[A] | PathRows[A] | NumberRows[A]


def encoded(name: str, space: SearchSpace[A]) -> Encoding[A]:
    """The encoding of this name: "decisions", "paths" or "numbers".

    Raises ValueError for a space that it cannot serve.
    """
    if name == "paths":
        return PathRows(space)
    return NumberRows(space) if name == "numbers" else DecisionRows(space)
