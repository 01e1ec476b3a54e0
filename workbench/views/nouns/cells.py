"""Heat maps with their numbers in the cells, dark for much and pale for little."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from workbench.views.paper import BLUE, INK

# from pale to dark blue: lightness alone tells the order, so grey prints read the same; few steps,
# as a picture has few colours
PALE_TO_DARK = LinearSegmentedColormap.from_list("", ["#E8EFF4", "#9CC9E8", BLUE], N=16)
DARK = 0.8  # from here on words in a cell are white


def heat(
    ax: Axes,
    values: Sequence[Sequence[float]],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    numbers: bool = True,
) -> Axes:
    """``values`` in [0, 1], a list a row; NaN cells stay blank. Row and column names as given.

    ``numbers`` writes each value as ".42" and frames the highest of each row.
    """
    grid = np.asarray(values, dtype=float)  # (rows, columns)
    ax.imshow(grid, cmap=PALE_TO_DARK, vmin=0.0, vmax=1.0, aspect="auto", interpolation="nearest")
    ax.set_yticks(range(len(rows)), rows)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    if not numbers:
        return ax
    ax.set_xticks(range(len(columns)), columns, rotation=50, ha="left", rotation_mode="anchor")
    ax.xaxis.tick_top()
    for i, row in enumerate(grid):
        top = int(np.nanargmax(row)) if np.isfinite(row).any() else -1
        for j, value in enumerate(row):
            if np.isfinite(value):
                ax.text(
                    j, i, number(value), ha="center", va="center",
                    color="white" if value > DARK else INK, weight="bold" if j == top else None,
                )  # fmt: skip
        if top >= 0:
            frame = ([top - 0.5, top + 0.5, top + 0.5, top - 0.5, top - 0.5],
                     [i - 0.46, i - 0.46, i + 0.46, i + 0.46, i - 0.46])  # fmt: skip
            ax.plot(*frame, color=INK, linewidth=1.3, clip_on=False)
    return ax


def number(value: float) -> str:
    """A fraction in two digits: ".42", "1.0"."""
    return "1.0" if value >= 0.995 else f"{value:.2f}"[1:]
