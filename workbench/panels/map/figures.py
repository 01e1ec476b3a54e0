"""Two figures: the picked cell's learning curves, and the map for a reader without a kernel."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.panels.map.axes import Places
from workbench.panels.map.neighbour_graph import Landscape
from workbench.spaces.topology import Topology
from workbench.views.curves import learning_curves
from workbench.views.numbers_in_words import percent
from workbench.views.paper import GREY, HALO, LOCK, POINTS, axes, figure, picture
from workbench.views.scatter import Trials, scatter

SIZE, MAP = (390, 236), (560, 370)  # CSS pixels
PLACE = {"left": 0.15, "right": 0.74, "bottom": 0.2, "top": 0.96}  # labels stand at the right
MOST_SEEDS = 1000  # a table's seeds are numbered below this


class CellCurves:
    """The validation accuracy after each epoch: every seed pale, their mean strong."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self._figure = figure(*SIZE)
        self._figure.set_layout_engine(None)  # a third of a frame's cost
        self._figure.subplots_adjust(**PLACE)
        self._ax = axes(self._figure)[0]

    def __call__(self, arch: Topology) -> str:
        """The figure as markup."""
        table = self._table
        curves = [table.curve(arch, seed=seed) for seed in seeds_of(table, arch)]
        mean = table.curve(arch)
        many = len(curves)
        rows = [
            {"trial": number, "epoch": epoch, "score": float(score)}
            for number, curve in enumerate([*curves, mean])
            for epoch, score in enumerate(curve, 1)
        ]
        words: dict[int | None, str] = {many: f"mean of\n{many} seeds" if many > 1 else "one seed"}
        top = float(table.highest)
        said = f"Learning curves of the picked cell: its mean over {many} seed{'s' * (many != 1)} "
        said += f"ends at {percent(float(mean[-1]))}, the best cell of the table at {percent(top)}."
        with LOCK:
            ax = self._ax
            for artist in (*ax.lines, *ax.texts, *ax.collections):
                artist.remove()
            low = min(row["score"] for row in rows)
            high = max(top, max(row["score"] for row in rows))
            edge = 0.05 * (high - low) + 0.005
            ax.set_ylim(100 * (low - edge), 100 * (high + edge))
            ax.set_xlim(0.5, len(mean) + 0.5)
            learning_curves(rows, ax, current=many, words=words)
            ax.axhline(100 * top, color=GREY, linestyle="--", linewidth=1)
            ax.text(
                0.7, 100 * top, "best cell", fontsize=POINTS, color=GREY, va="top",
                path_effects=HALO,
            )  # fmt: skip
            ax.set_ylim(100 * (low - edge), 100 * (high + edge))
            ax.set_xlim(0.5, len(mean) + 0.5)
            return picture(self._figure, said).replace(f"max-width:{SIZE[0]}", "max-width:480")


def seeds_of(table: Any, arch: Topology) -> list[int]:
    """The seeds that a cell was trained with."""
    wanted, found = int(table.runs[table.number(arch)]), list[int]()
    for seed in range(MOST_SEEDS):
        if len(found) == wanted:
            break
        try:
            table.curve(arch, seed=seed)
        except ValueError:
            continue
        found.append(seed)
    return found


def still_map(
    land: Landscape,
    at: Places,
    arch: Topology,
    walk: Trials | None,
    *,
    window: tuple[float, float],
    up: str,
    optima: bool,
) -> str:
    """The map as an image: every cell, the picked one with its neighbours, a strategy's trials.

    ``window`` are both ends of the axis upwards, ``up`` is its label.
    """
    cell, near = land.table.number(arch), [each.cell for each in land.neighbours(arch)]
    made = figure(*MAP)
    with LOCK:
        ax = axes(made)[0]
        scatter(
            at.x, at.y, ax,
            heights=land.means if at.by_colour else None,
            picked=cell,
            near=near,
            marked=np.flatnonzero(land.is_optimum) if optima else (),
            trials=walk,
        )  # fmt: skip
        ax.set_xlabel(at.x_label, fontsize=POINTS)
        ax.set_ylabel(up.replace(", ", ",\n"), fontsize=POINTS)
        ax.set_ylim(*window)
        ax.set_xticks([place for place, _ in at.x_ticks], [words for _, words in at.x_ticks])
        if at.by_colour:
            ax.set_yticks([])
        return picture(made, told(land, at, arch, walk, optima=optima))


def told(
    land: Landscape, at: Places, arch: Topology, walk: Trials | None, *, optima: bool = False
) -> str:
    """What the map shows, in words."""
    cell, means = land.table.number(arch), land.means
    low, high = np.quantile(means, (0.05, 0.95))
    said = (
        f"{len(means):,} cells as dots, {at.name} across; nine in ten lie between {percent(low)} "
        f"and {percent(high)}. Picked: {percent(float(means[cell]))}, rank {land.ranks[cell]:,}. "
    )
    said += f"{land.sentence()} " if optima else ""
    if walk is not None and len(walk.cells):
        said += f"{len(walk.cells)} trials of {walk.strategy}: {walk.words}."
    return said.strip()
