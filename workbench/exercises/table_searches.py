"""Many random searches on a table, and what becomes of their choices; for notebook 04.

``searches`` runs them, ``mornings`` looks a second time at what they chose, ``cheap_or_long``
spends one budget in several ways, ``what_made_it_good`` draws two decompositions side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from statistics import mean
from typing import Any

import numpy as np
from IPython.display import HTML, Markdown
from jaxtyping import Bool, Float

from workbench.history import History, Row, variance_shares
from workbench.panels.winners_curse import second_look
from workbench.records import Told
from workbench.search import finish, search
from workbench.spaces.topology import Topology
from workbench.strategies.random_search import RandomSearch
from workbench.views.paper import (
    BLUE,
    GREEN,
    GREY,
    LOCK,
    POINTS,
    PURPLE,
    axes,
    card,
    figure,
    picture,
)  # fmt: skip
from workbench.views.second_looks import points

INKS = {1: BLUE, 2: GREEN, 3: PURPLE}  # as the map has them
KINDS = {1: "single edges", 2: "pairs", 3: "triples", 4: "four and more"}


def searches(table: Any, many: int, *, trials: int) -> tuple[History[Topology], ...]:
    """The histories of ``many`` random searches on ``table``, with the seeds 0, 1, 2, …"""
    return tuple(
        finish(search(RandomSearch(table.space, seed=seed), table, trials=trials, seed=seed))
        for seed in range(many)
    )


def best_told(run: History[Any]) -> Told[Any]:
    """The trial that a search would choose: of the highest score seen.

    Raises ValueError where no trial has succeeded.
    """
    if run.best is None:
        raise ValueError("best_told: expected a run with at least one trial that succeeded")
    return run.best


def mornings(table: Any, runs: Sequence[History[Any]]) -> Markdown:
    """A line a search: the score that its choice was chosen for, and its cell's other seeds."""
    lines = ["| search | best score seen | trained again | difference |", "|--:|--:|--:|--:|"]
    gaps = []
    for number, run in enumerate(runs):
        told = best_told(run)
        seen, again = told.evaluation.score, second_look(table, told)
        gaps.append(again - seen)
        gap = points(100 * (again - seen))
        lines.append(f"| {number} | {100 * seen:.1f} % | {100 * again:.1f} % | {gap} |")
    lines.append(f"| mean | | | **{points(100 * mean(gaps))}** |")
    return Markdown("\n".join(lines))  # type: ignore[no-untyped-call]


def repeats(table: Any, run: History[Any]) -> int:
    """How many of a search's trials trained a cell that computes what an earlier one did."""
    return len(run.told) - len({table.number(told.candidate.arch) for told in run.told})


def cheap_or_long(
    table: Any, runs: Sequence[History[Any]], *, epochs: Sequence[int], budget: int
) -> list[Row]:
    """The same budget of epochs, spent on many short trainings or few long ones.

    Of each search the first ``budget // e`` trials count, each by its score after ``e`` epochs (of
    a schedule made for all of them), and the best one is chosen. Rows ``epochs, trials, value``:
    the mean of the chosen cells' truths after all epochs, and ``seen``, of the scores that chose.

    Raises ValueError where a search has fewer trials than the budget asks for.
    """
    rows: list[Row] = []
    for each in epochs:
        trials = budget // each
        if not 1 <= trials <= min((len(run.told) for run in runs), default=0):
            raise ValueError(
                f"cheap_or_long: {budget} epochs are {trials} trials of {each}: expected searches "
                "of at least one trial and no fewer than that"
            )
        chosen = [max(run.told[:trials], key=_after(each)) for run in runs]
        rows.append(
            {
                "epochs": each,
                "trials": trials,
                "seen": mean(_after(each)(told) for told in chosen),
                "value": mean(table.mean(told.candidate.arch) for told in chosen),
            }
        )
    return rows


def _after(epochs: int) -> Callable[[Told[Any]], float]:
    return lambda told: told.evaluation.curve[epochs - 1]


# ------------------------------------------------------------------ what made it good?


def connected(table: Any) -> Bool[np.ndarray, "..."]:
    """Of every spelling, in the places of ``table.grid()``, whether a path leads through it."""
    shape = table.grid().shape
    every = product(table.space.operations, repeat=len(shape))
    found = np.array([table.space.is_connected(Topology(names)) for names in every])
    return found.reshape(shape)


def without_dead(table: Any) -> Float[np.ndarray, "..."]:
    """``table.grid()`` with every cell that no path leads through put to the mean of the others.

    The grid stays whole, as a decomposition needs it, and what these cells add to the variance
    goes.
    """
    grid, alive = table.grid(), connected(table)
    put: Float[np.ndarray, "..."] = np.where(alive, grid, grid[alive].mean())
    return put


def what_made_it_good(table: Any, *, most: int = 8) -> HTML:
    """Two decompositions side by side: of all spellings, and ``without_dead``."""
    names = [decision.name for decision in table.space.menu()]
    dead = int((~connected(table)).sum())
    grids = {"all cells": table.grid(), f"without the {dead:,} dead ones": without_dead(table)}
    made, said = figure(680, 48 + 24 * most), []
    with LOCK:
        for ax, (title, grid) in zip(axes(made, columns=2), grids.items()):
            rows = variance_shares(grid, names)
            _bars(ax, rows[:most])
            totals = _totals(rows)
            ax.set_title(title, fontsize=POINTS, loc="left")
            spread = f"standard deviation {100 * grid.std():.1f} points"
            said.append(f"{title.capitalize()} ({spread}): {totals}.")
    alt = "Shares of the variance, the greatest sets of edges as bars. " + " ".join(said)
    lines = "".join(f"<div>{each}</div>" for each in said)
    shown = card(picture(made, alt) + f'<div style="font-size:12px">{lines}</div>')
    return HTML(shown)  # type: ignore[no-untyped-call]


def _bars(ax: Any, rows: Sequence[Row]) -> None:
    sets = [" × ".join(name.removeprefix("edge ") for name in row["decisions"]) for row in rows]
    shares = [100 * row["share"] for row in rows]
    colours = [INKS.get(row["order"], GREY) for row in rows]
    ax.barh(range(len(rows)), shares, color=colours, height=0.7)
    for place, share in enumerate(shares):
        ax.text(share, place, f" {share:.1f} %", va="center", fontsize=POINTS)
    ax.set_yticks(range(len(rows)), sets, fontsize=POINTS)
    ax.set(xlim=(0, 1.3 * max(shares)), xticks=[])
    ax.invert_yaxis()
    ax.spines["bottom"].set_visible(False)


def _totals(rows: Sequence[Row]) -> str:
    """How much single edges, pairs, triples and larger sets explain, in words."""
    found = dict.fromkeys(KINDS.values(), 0.0)
    for row in rows:
        found[KINDS[min(row["order"], max(KINDS))]] += row["share"]
    return ", ".join(f"{name} explain {100 * share:.1f} %" for name, share in found.items())
