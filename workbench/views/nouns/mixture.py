"""A relaxed cell: how much each edge takes of each operation.

Liu et al. (2019), eq. 2: on every edge a softmax over the operations, of architecture weights α.
"""

from __future__ import annotations

import math

from matplotlib.axes import Axes

from workbench.protocols import Rows
from workbench.views.nouns.cells import heat
from workbench.views.numbers_in_words import many, percent
from workbench.views.palette import label
from workbench.views.paper import inked


@inked
def mixture(rows: Rows, ax: Axes) -> Axes:
    """Rows with ``edge``, ``operation`` and ``weight`` on ``ax``: a heat map, edge × operation."""
    weights = {(row["edge"], row["operation"]): float(row["weight"]) for row in rows}
    edges = list(dict.fromkeys(edge for edge, _ in weights))
    operations = list(dict.fromkeys(operation for _, operation in weights))
    return heat(
        ax,
        [[weights.get((edge, name), math.nan) for name in operations] for edge in edges],
        rows=[str(edge) for edge in edges],
        columns=[label(str(name)) for name in operations],
    )


def says(rows: Rows) -> str:
    """What is to be seen."""
    edges = len({row["edge"] for row in rows})
    top = max(rows, key=lambda row: float(row["weight"]))
    return (
        f"Mixture of operations on {many(edges, 'edge')}, dark for much, the highest of "
        f"each edge framed; most decided: {label(str(top['operation']))} on edge {top['edge']}, "
        f"{percent(float(top['weight']))}"
    )
