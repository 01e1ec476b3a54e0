"""Many random searches on a table, and what becomes of their choices; for notebook 04.

``searches`` runs them, ``mornings`` looks a second time at what they chose, ``cheap_or_long``
spends one budget in several ways, ``what_made_it_good`` draws two decompositions side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import copysign, inf, sqrt
from statistics import mean, stdev
from typing import Any

import numpy as np
from IPython.display import HTML, Markdown
from jaxtyping import Bool, Float

from workbench.history import History, Lap, Row, expected_best, variance_shares
from workbench.panels.winners_curse import second_look
from workbench.records import Told
from workbench.search import finish, search
from workbench.spaces.topology import Topology
from workbench.strategies.random_search import RandomSearch
from workbench.views.numbers_in_words import many
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


def about(table: Any) -> Markdown:
    """What a table holds, what one training was, what all of them cost, and how good they are."""
    data, recipe = table.header.get("data", {}), table.header.get("recipe", {})
    sizes = [f"{size:,}" for size in data.get("sizes", ())]
    piles = "".join(f", {n} {why}" for n, why in zip(sizes, ("to learn", "to validate", "to test")))
    batches = f", batches of {recipe['batch_size']}" if "batch_size" in recipe else ""
    rate = f", SGD from {recipe['rate']} along a cosine" if "rate" in recipe else ""
    fewest, most = int(table.runs.min()), int(table.runs.max())
    hours = float((table.seconds * table.runs).sum()) / 3600
    rows = {
        "operations": ", ".join(f"`{name}`" for name in table.space.operations),
        "cells": f"{table.grid().size:,} spellings, {len(table.cells):,} that differ",
        "trainings of each": f"{fewest if fewest == most else f'{fewest} to {most}'}, a seed each",
        "images": f"{data.get('name', 'unknown')}{piles}",
        "one training": f"{table.epochs} epochs{batches}{rate}",
        "all trainings": f"{hours:.0f} hours of one core",
    }
    lines = [
        "| the table | |",
        "|:--|:--|",
        *(f"| {name} | {said} |" for name, said in rows.items()),
    ]
    shown = "\n".join([*lines, "", f"{table.words[0].upper()}{table.words[1:]}."])
    return Markdown(shown)  # type: ignore[no-untyped-call]


def truths_drawn(table: Any, runs: Sequence[History[Any]]) -> list[list[float]]:
    """Of each search the truths of its cells, in their order: what the search itself never saw."""
    return [[table.mean(told.candidate.arch) for told in run.told] for run in runs]


def error_of_best(truths: Sequence[float], n: int, *, searches: int) -> float:
    """Standard error of the mean best truth that ``searches`` blind searches of n trials draw.

    Exact, from every truth. The spread of the few bests that were found would not do: where one
    draw in fifty is a dead cell, forty draws may hold none, and seem to agree far too well.
    """
    below = np.asarray(truths) - max(truths)  # at most 0, where −x² rises as x does
    square = -expected_best(-(below**2), n)
    return sqrt(max(0.0, square - expected_best(below, n) ** 2) / searches)


def standard_errors(gap: float, error: float) -> float:
    """``gap`` in standard errors: 0 where there is no gap, also without an error."""
    return 0.0 if gap == 0 else gap / error if error else copysign(inf, gap)


PAPERS = (  # test accuracies on CIFAR-10 with cutout; ± is the standard deviation between seeds
    "| DARTS's paper (best of 24 draws) | 96.71 ± 0.15 % | DARTS 97.24 ± 0.09 % | 0.53 |",
    "| Li and Talwalkar, shared weights | 97.15 ± 0.08 % | DARTS, again 97.22 ± 0.12 % | 0.07 |",
    "| Li and Talwalkar, early stopping | 96.97 ± 0.13 % | DARTS, again 97.22 ± 0.12 % | 0.25 |",
)


def reported(laps: Sequence[Lap], other: str, *, baseline: str = "random search") -> Markdown:
    """The papers' comparisons with random search, and your race between it and ``other``."""
    lines = ["| who | random search | the other one | difference |", "|:--|--:|--:|--:|", *PAPERS]
    ends = {
        name: [
            lap.steps[-1].value
            for lap in laps
            if lap.racer == name and lap.steps and lap.steps[-1].value is not None
        ]
        for name in (baseline, other)
    }
    if all(ends.values()):
        said = {name: f"{100 * mean(each):.2f}{_spread(each)} %" for name, each in ends.items()}
        gap = 100 * (mean(ends[other]) - mean(ends[baseline]))
        who = f"you, {many(len(ends[other]), 'seed')}"
        lines.append(f"| {who} | {said[baseline]} | {other} {said[other]} | {gap:.2f} |")
    return Markdown("\n".join(lines))  # type: ignore[no-untyped-call]


def _spread(values: Sequence[float]) -> str:
    return f" ± {100 * stdev(values):.2f}" if len(values) > 1 else ""


def repeats(table: Any, run: History[Any]) -> int:
    """How many of a search's trials trained a cell that computes what an earlier one did."""
    return len(run.told) - len({table.number(told.candidate.arch) for told in run.told})


def cheap_or_long(
    table: Any, runs: Sequence[History[Any]], *, epochs: Sequence[int], budget: int
) -> list[Row]:
    """The same budget of epochs, spent on many short trainings or few long ones.

    Of each search the first ``budget // e`` trials count, each by its score after ``e`` epochs (of
    a schedule made for all of them), and the best one is chosen. Rows ``epochs, trials, value``:
    the mean of what the chosen cells' other seeds show after all epochs (their truths hold the
    seed that chose, which would flatter long trainings), ``error``, the standard error of that
    mean, and ``seen``, the mean of the scores that chose.

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
        again = [second_look(table, told) for told in chosen]
        rows.append(
            {
                "epochs": each,
                "trials": trials,
                "seen": mean(_after(each)(told) for told in chosen),
                "value": mean(again),
                "error": stdev(again) / sqrt(len(again)) if len(again) > 1 else 0.0,
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
