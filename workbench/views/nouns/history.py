"""Numbers over steps: rewards and their baseline, an entropy, a learning rate, a line each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from workbench.protocols import Rows
from workbench.views.line_labels import End, label_ends
from workbench.views.paper import BLUE, GREEN, INK, PURPLE, VERMILLION, inked

LOOKS = ((BLUE, "-"), (VERMILLION, "--"), (GREEN, "-."), (PURPLE, ":"), (INK, "-"))


@inked
def history(rows: Rows, ax: Axes) -> Axes:
    """Rows with ``step`` and ``value``, perhaps ``series``, on ``ax``; lines carry their names."""
    ends = []
    for number, (name, line) in enumerate(_series(rows).items()):
        colour, dashes = LOOKS[number % len(LOOKS)]
        steps, values = [row["step"] for row in line], [float(row["value"]) for row in line]
        ax.plot(steps, values, dashes, color=colour, linewidth=1.8)
        said = f"{name}\n{values[-1]:.3g}" if name else f"{values[-1]:.3g}"
        ends.append(End(steps[-1], values[-1], said, colour))
    label_ends(ax, ends)
    ax.set_xlabel("steps")
    ax.set_ylabel("value")
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5))  # whatever its height: room is made once
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    return ax


def _series(rows: Rows) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(str(row.get("series", "")), []).append(row)
    return found


def says(rows: Rows) -> str:
    """What is to be seen."""
    now = [f"{name or 'value'} {line[-1]['value']:.3g}" for name, line in _series(rows).items()]
    return f"{', '.join(now)} after step {rows[-1]['step']}"
