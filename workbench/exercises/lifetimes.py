"""Evolutions of notebook 06 on a table: what a lie does, what pressure does, lives side by side."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from statistics import median
from typing import Any

from workbench.estimators.table import Table
from workbench.exercises.descent import (
    births_to_one_line,
    consequences,
    descendants,
    lives,
)
from workbench.exercises.liar import LyingTable
from workbench.history import History
from workbench.history.run import Row
from workbench.protocols import Rows, Strategy
from workbench.replay import replayed
from workbench.search import finish, search
from workbench.strategies.evolution import RegularizedEvolution
from workbench.views.drawings import Drawing, draw
from workbench.views.lifelines import lifelines
from workbench.views.nouns.family import family
from workbench.views.numbers_in_words import percent
from workbench.views.paper import LOCK, axes, card, figure, picture


def lied_to(
    table: LyingTable, *, aging: bool, population: int, sample: int, births: int, seed: int
) -> Row:
    """An evolution that is lied to: what became of the liar within so many ``births``.

    The row of ``consequences``, with ``seed``, ``aging``, and of those who live then, the liar
    left out: ``truth``, the mean of their true accuracies, and ``luck``, by how much the scores
    they were told lie above it (both fractions; NaN where the liar lives alone). ``cells`` is how
    many different cells, isomorphic ones counted once, were tried in all ``trials``.
    """

    def fresh() -> RegularizedEvolution[Any]:
        return RegularizedEvolution(
            table.space, population=population, sample=sample, aging=aging, seed=seed
        )

    estimator: Any = table  # a table's space is narrower than any space
    trials = table.liar + 1 + births
    history = finish(search(fresh(), estimator, trials=trials, seed=seed))
    rows = lives(fresh(), history)
    found = consequences(rows, history, table.liar, births=births)
    cells = {told.trial: told.candidate.arch for told in history.told}
    honest = [row for row in rows if row["died"] is None and row["trial"] != table.liar]
    truth = _mean([table.table.mean(cells[row["trial"]]) for row in honest])
    luck = _mean([row["score"] for row in honest]) - truth
    tried = len({table.table.number(arch) for arch in cells.values()})
    believed = {"truth": truth, "luck": luck, "cells": tried, "trials": trials}
    return {"seed": seed, "aging": aging, **found, **believed}


def fate(rows: Rows) -> str:
    """The medians of such rows in a sentence."""
    names = ("children", "share", "truth", "luck", "cells", "trials")
    middle = {name: median(row[name] for row in rows) for name in names}
    return (
        f"{middle['children']:.0f} children of the liar, its line is "
        f"{100 * middle['share']:.0f} % of the last population; the others are worth "
        f"{percent(middle['truth'])} and were told {100 * middle['luck']:+.2f} points more; "
        f"{middle['cells']:.0f} different cells in {middle['trials']:.0f} trials"
    )


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else float("nan")


def two_fates(
    table: LyingTable,
    *,
    population: int,
    sample: int,
    births: int,
    seed: int,
    names: tuple[str, str] = ("the oldest dies", "the worst dies"),
) -> Lifetimes:
    """The same lie told twice, with the same dice: once with aging, once without.

    Drawn from one population before the liar to so many ``births`` after it.
    """
    estimator: Any = table
    runs = {}
    for name, aging in zip(names, (True, False)):
        fresh, used = [
            RegularizedEvolution(
                table.space, population=population, sample=sample, aging=aging, seed=seed
            )
            for _ in range(2)
        ]
        trials = table.liar + 1 + births
        runs[name] = fresh, finish(search(used, estimator, trials=trials, seed=seed))
    return Lifetimes(runs, liar=table.liar, since=max(0, table.liar - population))


def under_pressure(table: Table, *, population: int, sample: int, trials: int, seed: int) -> Row:
    """An evolution with so large a tournament: what it found, how soon one founder was left.

    A row ``sample``, ``seed``, ``gap`` (of the best seen to the best cell, in the truth, a
    fraction), ``one_line`` (births; None: there were several lines to the end).
    """
    strategy = RegularizedEvolution(
        table.space, population=population, sample=sample, mutation="any decision", seed=seed
    )
    estimator: Any = table
    history = finish(search(strategy, estimator, trials=trials, seed=seed))
    best = history.best
    found = table.highest - table.mean(best.candidate.arch) if best else 1.0
    alone = births_to_one_line(history)
    return {"sample": sample, "seed": seed, "gap": found, "one_line": alone}


def typical(values: list[int | None]) -> str:
    """The median in words; None counts as more than any number."""
    middle = median([float("inf") if value is None else float(value) for value in values])
    return "more" if middle == float("inf") else f"{middle:.0f}"


def family_tree(strategy: Strategy[Any], history: History[Any]) -> Drawing:
    """Who lives at the end and the best of all, with all that they come from.

    ``strategy``, which must be fresh, is told again what the history holds. Read aloud it is the
    line of the best.
    """
    rows = replayed(strategy, history.events).inside()["family"]
    return draw(family(rows))


class Lifetimes:
    """Runs side by side, a line a life; the liar is thick, its descendants are blue.

    ``runs`` are fresh strategies with what they were told, by name. ``since`` leaves out who died
    before that trial. A run in which the liar was not told is drawn without it.
    """

    def __init__(
        self,
        runs: Mapping[str, tuple[Strategy[Any], History[Any]]],
        *,
        liar: int,
        since: int = 0,
    ) -> None:
        self.liar, self.since = liar, since
        self.rows = {
            name: [
                row
                for row in lives(strategy, history)
                if row["died"] is None or row["died"] >= since
            ]
            for name, (strategy, history) in runs.items()
        }
        self._lines = {name: descendants(history, liar) for name, (_, history) in runs.items()}

    def __repr__(self) -> str:
        return "; ".join(f"{name}: {self._fate(name)}" for name in self.rows)

    def _repr_html_(self) -> str:
        sheet = figure(760, 300)
        row = axes(sheet, columns=len(self.rows)) if self.rows else []
        with LOCK:
            for ax, name in zip(row, self.rows):
                line = self._lines[name]
                lifelines(
                    self.rows[name], ax, marked=self.liar, said=f"trial {self.liar}", line=line
                )
                ax.set_title(name, loc="left")
                ax.set_xlim(left=self.since)
            for ax in row[1:]:
                ax.sharey(row[0])
                ax.set_ylabel("")
        return card(f"{picture(sheet, repr(self))}<div>{escape(repr(self))}</div>")

    def _fate(self, name: str) -> str:
        rows = self.rows[name]
        own = next((row for row in rows if row["trial"] == self.liar), None)
        if own is None:
            return "it was not told"
        children = [row for row in rows if row["parent"] == self.liar]
        brief = sum(row["died"] == row["born"] for row in children)
        said = f"trial {self.liar}, told {percent(own['score'])}, has {len(children)} children"
        said += f" ({brief} of them the worst at birth, a cross) and " if brief else " and "
        if own["died"] is None:
            return f"{said}still lives {rows[-1]['born'] - own['born']} births later"
        return f"{said}dies after {own['died'] - own['born']} births"
