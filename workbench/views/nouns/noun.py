"""A noun of ``inside()``: what draws a table of that name, and which columns it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.axes import Axes

from workbench.graphs import Graph
from workbench.protocols import Rows


@dataclass(frozen=True)
class Noun:
    """``columns`` that every row must have ("born|age": one of the two), and what draws them.

    Either ``figure(rows, ax)`` draws on axes and returns them, or ``graph(rows)`` gives a graph.
    ``says(rows)`` is a sentence on what is to be seen: a figure's alternative text, a line under a
    graph. ``scored``: there are scores in the rows, and all three take a ``scale`` for them.
    ``height`` of a figure is in CSS pixels.
    """

    columns: tuple[str, ...]
    says: Callable[..., str]
    figure: Callable[..., Axes] | None = None
    graph: Callable[..., Graph] | None = None
    scored: bool = False
    height: int = 260

    def lacks(self, rows: Rows) -> str | None:
        """A column that some row does not have; None where all are there."""
        for column in self.columns:
            either = column.split("|")
            if not all(any(name in row for name in either) for row in rows):
                return column
        return None
