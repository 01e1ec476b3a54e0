"""Four curves of a gradient-based search over its epochs, and a fifth where λ_max was measured."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from workbench import checks
from workbench.protocols import Rows
from workbench.views.paper import BLUE, GREEN, GREY, HALO, INK, PURPLE, VERMILLION, inked

Line = tuple[str, str, str, str, float]  # column, name, colour, dashes, what to multiply with

CHARTS: tuple[tuple[str, tuple[Line, ...]], ...] = (
    (
        "loss (nats)",
        (
            ("train_loss", "training", BLUE, "-", 1.0),
            ("held_out_loss", "held out", VERMILLION, "--", 1.0),
        ),
    ),
    (
        "accuracy (%)",
        (
            ("supernet", "supernet", PURPLE, "-", 100.0),
            ("discrete", "discrete cell", GREEN, "--", 100.0),
        ),
    ),
    ("entropy of α (nats)", (("entropy", "", INK, "-", 1.0),)),
    ("skip connections", (("skips", "", INK, "-", 1.0),)),
    ("dominant eigenvalue", (("eigenvalue", "", INK, "-", 1.0),)),
)


def charts_of(rows: Rows) -> int:
    """How many axes ``mixture_curves`` needs: 5 where an eigenvalue was measured, else 4."""
    return 4 + any(math.isfinite(row["eigenvalue"]) for row in rows)


@inked
def mixture_curves(
    rows: Rows, on: Sequence[Axes], *, epochs: int = 1, operations: int = 0
) -> Sequence[Axes]:
    """A curve a number on the axes ``on``, one of ``charts_of(rows)`` each, from ``rows`` by epoch.

    ``epochs`` is how long the search will be. ``operations`` draws the entropy of an even mixture
    of so many, ln(operations), as a dotted line (0: none).

    Raises ValueError for fewer axes than charts.
    """
    epochs = checks.whole("mixture_curves: epochs", epochs, least=1)
    operations = checks.whole("mixture_curves: operations", operations, least=0)
    if len(on) < charts_of(rows):
        raise ValueError(f"mixture_curves: on: expected {charts_of(rows)} axes, got {len(on)}")
    for (name, lines), ax in zip(CHARTS, on):
        ends = [_line(rows, ax, *line) for line in lines]
        for (_, called, colour, *_), end in zip(lines, ends):
            if called and end is not None:
                above = end[1] == max(other[1] for other in ends if other is not None)
                _label(ax, called, end, colour, above=above)
        ax.margins(y=0.2 if len(lines) > 1 else 0.05)
        ax.set_ylabel(name)
        ax.set_xlabel("epochs")
        ax.set_xlim(0.5, max(epochs, 2) + 0.5)
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        ax.yaxis.set_major_locator(MaxNLocator(4, integer=name.startswith("skip")))
    if operations > 1:
        on[2].axhline(math.log(operations), color=GREY, linestyle=":", linewidth=1)
        on[2].annotate(
            "even", (0.99, math.log(operations)), xycoords=("axes fraction", "data"),
            ha="right", va="top", color=GREY,
        )  # fmt: skip
    if len(rows):
        on[3].set_ylim(0, max(1.0, on[3].get_ylim()[1]))  # without a skip: 0 and 1, no fractions
    return on


def _line(
    rows: Rows, ax: Axes, column: str, name: str, colour: str, dashes: str, times: float
) -> tuple[float, float] | None:
    """Where the line ends; None: nothing was measured."""
    seen = [
        (float(row["epoch"]), times * row[column]) for row in rows if math.isfinite(row[column])
    ]
    if not seen:
        return None
    xs, ys = zip(*seen)
    ax.plot(xs, ys, color=colour, linestyle=dashes, linewidth=2, marker="o", markersize=2.5)
    return seen[-1]


def _label(ax: Axes, name: str, end: tuple[float, float], colour: str, *, above: bool) -> None:
    ax.annotate(
        name, end, xytext=(0, 7 if above else -7), textcoords="offset points", color=colour,
        ha="right" if end[0] > 2 else "left", va="bottom" if above else "top", path_effects=HALO,
    )  # fmt: skip
