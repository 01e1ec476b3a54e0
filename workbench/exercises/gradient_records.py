"""DARTS on the exhaustive table's space: what each epoch's cell is worth; for notebook 09.

The searches were recorded (they need the table's images), the worth of their cells comes from the
table, as NAS-Bench-201 judged its searches (Dong & Yang 2020, section 5).
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from html import escape
from math import nan
from statistics import mean, stdev
from typing import Any

import numpy as np
from IPython.display import Markdown

from workbench import checks
from workbench.estimators import Table
from workbench.exercises.by_group import by_group
from workbench.history import Row
from workbench.recordings import recording
from workbench.spaces import TopologySpace
from workbench.strategies.gradient_based.stopping import Noted, too_many_skips
from workbench.views.numbers_in_words import many
from workbench.views.paper import (
    BLUE,
    GREEN,
    GREY,
    HALO,
    INK,
    LOCK,
    VERMILLION,
    axes,
    card,
    figure,
    picture,
)

FILE = "gradient-searches.json"
FIRST_ORDER = "first order"
INTERVAL = 0.95
BELOW = 0.03  # so far below six skips: what lies lower is said, not drawn
HALF, LAST, STOPPED = "half", "last", "stopped"
MEANS = ("supernet", "entropy")
EDGES = (("convolutions",), ("pools", "skips"))
WHEN = {HALF: "At half of them", LAST: "Last", STOPPED: "Stopped before a second skip"}


class TableSearches:
    """Recorded searches by gradient, each epoch's discretised cell looked up in the table.

    ``search`` is one of ``kinds()``: "first order" and "second order" at the lesson's settings,
    "paper" at the published ones, first order.

    ``rows``, one a seed and epoch: ``seed``, ``epoch``, ``cell`` (its text), ``truth`` (the table's
    mean validation accuracy), ``supernet`` (the mixture's accuracy) and how many edges have
    ``convolutions``, ``pools``, ``skips`` and ``nones``.
    """

    def __init__(self, search: str = FIRST_ORDER) -> None:
        found = _found()
        rows = _rows(found)
        self.search = checks.one_of("TableSearches: search", search, _kinds(rows))
        self._table = Table(TopologySpace(operations=tuple(found["operations"])))
        self.rows: tuple[Row, ...] = tuple(
            self._judged(row) for row in rows if row["search"] == search
        )
        self.seeds = tuple(sorted({int(row["seed"]) for row in self.rows}))
        self.epochs = max(int(row["epoch"]) for row in self.rows)

    @staticmethod
    def kinds() -> tuple[str, ...]:
        """The names of the searches that were recorded."""
        return _kinds(_rows(_found()))

    def _judged(self, row: dict[str, Any]) -> Row:
        cell = self._table.space.parse(row["cell"])
        chosen = next(iter(self._table.space.chosen(cell).values()))
        return row | {
            "truth": self._table.mean(cell),
            "convolutions": sum(str(name).startswith("nor_conv") for name in chosen),
            "pools": chosen.count("avg_pool_3x3"),
            "skips": chosen.count("skip_connect"),
            "nones": chosen.count("none"),
        }

    def of(self, seed: int) -> list[Row]:
        """The rows of one seed, by epoch."""
        return [row for row in self.rows if row["seed"] == seed]

    def half(self, seed: int) -> Row:
        """The row of half the epochs, rounded down.

        The best epoch would say more and mean less: the maximum of many is above the others by luck
        alone.
        """
        return self.of(seed)[self.epochs // 2 - 1]

    def leads(self, others: int = 8, *, when: str = LAST) -> list[Row]:
        """By seed, how far a cell of the search is above the mean of ``others`` random ones.

        Those are drawn among the cells that differ, without return, by a generator of the search's
        seed; all were trained alike, by the table. ``when``: "last", "half" for the cell of
        ``half()``, or "stopped" for that of ``stopped()``.

        Raises ValueError for fewer than one, or more than there are, and for another ``when``.
        """
        others = checks.whole("leads: others", others, least=1, most=len(self._table.cells))
        when = checks.one_of("leads: when", when, tuple(WHEN))
        rows: list[Row] = []
        for kept in self.stopped():
            seed = kept["seed"]
            drawn = random.Random(seed).sample(self._table.cells, others)
            cells = {HALF: self.half(seed), LAST: self.of(seed)[-1], STOPPED: kept}
            found = cells[when]["truth"]
            truths = [self._table.mean(cell) for cell in drawn]
            lead = {"value": found - mean(truths), "best": max(truths)}
            rows.append({"seed": seed, "found": found, "random": mean(truths), **lead})
        return rows

    def stopped(self) -> list[Row]:
        """By seed, the epoch to which DARTS+ goes back at two skips, and what that gains.

        ``value`` is the worth of that epoch's cell less that of the last one; 0 where no cell has
        two skips. Up to there the two searches are one, so nothing has to be run again.
        """
        rows: list[Row] = []
        for seed in self.seeds:
            run = self.of(seed)
            noted = [Noted(int(row["skips"]), (), nan) for row in run]
            stops = (too_many_skips(noted[:end]) for end in range(1, len(run) + 1))
            epoch = next((stop for stop in stops if stop is not None), len(run))
            kept, last = run[epoch - 1]["truth"], run[-1]["truth"]
            rows.append({"seed": seed, "epoch": epoch, "truth": kept, "value": kept - last})
        return rows

    def given_up(self, *, groups: int | None = None) -> list[Row]:
        """By seed, how many edges fewer have a convolution at the end than at half the epochs.

        ``groups``: the seeds are dealt out to so many groups, and a row is the mean of one.
        """
        rows: list[Row] = []
        for seed in self.seeds:
            before, after = self.half(seed)["convolutions"], self.of(seed)[-1]["convolutions"]
            rows.append({"seed": seed, "value": int(before) - int(after)})
        if groups is None:
            return rows
        groups = checks.whole("given_up: groups", groups, least=1, most=len(rows))
        return [*by_group((row["value"] for row in rows), groups)]

    def interval(self, others: int = 8, *, when: str = LAST) -> tuple[float, float, float]:
        """The mean lead over the seeds, and its 95 % interval by Student's t."""
        from scipy.stats import t  # slow to import

        values = [float(row["value"]) for row in self.leads(others, when=when)]
        middle, n = mean(values), len(values)
        half = float(t.ppf((1 + INTERVAL) / 2, n - 1)) * stdev(values) / n**0.5
        return middle, middle - half, middle + half

    def __repr__(self) -> str:
        return (
            f"DARTS, {self.search}, {len(self.seeds)} seeds, {self.epochs} epochs. "
            f"{'. '.join(map(self._words, WHEN))}. The best of those 8 is worth "
            f"{100 * mean(float(row['best']) for row in self.leads()):.1f} % on average"
        )

    def _words(self, when: str) -> str:
        middle, low, high = (100 * each for each in self.interval(when=when))
        found = [100 * float(row["found"]) for row in self.leads(when=when)]
        return (
            f"{WHEN[when]}, cells are worth {min(found):.1f} to {max(found):.1f} %: {middle:+.1f} "
            f"points beside the mean of 8 random cells (95 % interval {low:+.1f} to {high:+.1f})"
        ).replace("-", "−")

    def _repr_html_(self) -> str:
        table = self._table
        made = figure(560, 320)
        (ax,) = axes(made)
        skips = table.mean(self._all("skip_connect"))
        lost = [row for row in self.rows if float(row["truth"]) < skips - BELOW]
        with LOCK:
            for seed in self.seeds:
                places = [(int(row["epoch"]), 100 * float(row["truth"])) for row in self.of(seed)]
                ax.plot(*zip(*places), color=BLUE, linewidth=1, marker="o", markersize=3, alpha=0.7)
            stops = [(int(row["epoch"]), 100 * float(row["truth"])) for row in self.stopped()]
            ax.plot(
                *zip(*stops), color=GREEN, linestyle="", marker="D", markersize=7, zorder=3,
                markeredgecolor="white",
            )  # fmt: skip
            means = np.asarray(table.means)
            for value, words, colour, side in (
                (float(means.max()), "best cell", INK, 0.99),
                (float(means.mean()), "mean of all cells", GREY, 0.31),
                (skips, "six skips", VERMILLION, 0.5),
            ):
                ax.axhline(100 * value, color=colour, linestyle=":", linewidth=1)
                ax.annotate(
                    words, (side, 100 * value), (0, -7 if colour == GREY else 0),
                    xycoords=("axes fraction", "data"), textcoords="offset points", ha="right",
                    va="top" if colour == GREY else "bottom", color=colour, path_effects=HALO,
                    zorder=6,
                )  # fmt: skip
            ax.set(xlabel="epochs of search", ylabel="worth of the cell (%)")
            if lost:  # a cell that computes next to nothing would flatten all others
                ax.set_ylim(100 * (skips - BELOW), 100 * float(means.max()) + 1)
                ax.annotate(
                    _not_shown(lost), (0.01, 0.02), xycoords="axes fraction", color=INK,
                    path_effects=HALO,
                )  # fmt: skip
        alt = (
            f"The worth of {len(self.seeds)} searches' cells over the epochs, a diamond where "
            f"DARTS+ stops{f' ({_not_shown(lost)})' if lost else ''}. {self!r}"
        )
        return card(f"{picture(made, alt)}<div>{escape(repr(self))}</div>")

    def _all(self, operation: str) -> Any:
        space = self._table.space
        names = [operation] * len(space.edges())
        return next(cell for cell in self._table.cells
                    if [*next(iter(space.chosen(cell).values()))] == names)  # fmt: skip


def _not_shown(lost: Sequence[Row]) -> str:
    lowest = 100 * min(float(row["truth"]) for row in lost)
    return f"{many(len(lost), 'cell')} not shown, down to {lowest:.0f} %"


def searches_side_by_side() -> Markdown:
    """A line a recorded search: its last cells' worth, its lead, and what became of the edges.

    The leads, at half the epochs and at the end, are over the mean of eight random cells, with
    their 95 % intervals. How many edges have a convolution, and how many a pooling or a skip (at
    half and at the end), the accuracy of the supernet itself, and the entropy of an edge's mixture
    in nats (even: the logarithm of the operations) are means over the seeds.
    """
    lines = [
        "| search | epochs | last cells, % | supernet, % | lead at half, points "
        "| lead at the end | convs | pools and skips | entropy, nats |",
        "|:--|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name in TableSearches.kinds():
        found = TableSearches(name)
        worth = [100 * float(row["found"]) for row in found.leads()]
        half, last = (_lead(found, when) for when in (HALF, LAST))
        before = [found.half(seed) for seed in found.seeds]
        ends = [found.of(seed)[-1] for seed in found.seeds]
        supernet, entropy = (mean(float(row[key]) for row in ends) for key in MEANS)
        convolutions, others = (_change(before, ends, *keys) for keys in EDGES)
        lines.append(
            f"| {name} | {found.epochs} | {min(worth):.1f} to {max(worth):.1f} | "
            f"{100 * supernet:.1f} | {half} | {last} | {convolutions} | {others} | {entropy:.2f} |"
        )
    return Markdown("\n".join(lines))  # type: ignore[no-untyped-call]


def _lead(found: TableSearches, when: str) -> str:
    middle, low, high = (100 * each for each in found.interval(when=when))
    return f"{middle:+.1f} [{low:+.1f}, {high:+.1f}]".replace("-", "−")


def _change(before: list[Row], after: list[Row], *operations: str) -> str:
    """How many edges have one of the operations, on average, before and after."""
    edges = (mean(sum(int(row[key]) for key in operations) for row in rows)
             for rows in (before, after))  # fmt: skip
    return " → ".join(f"{each:.1f}" for each in edges)


def _found() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(recording(FILE).read_text(encoding="utf-8"))
    return found


def _rows(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(zip(found["columns"], row)) for row in found["rows"]]


def _kinds(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row["search"] for row in rows))
