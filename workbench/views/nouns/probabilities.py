"""Softmaxes of decisions: a bar a decision, shared out among its options; or how they changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from workbench.protocols import Rows
from workbench.views.nouns.cells import DARK, PALE_TO_DARK, heat
from workbench.views.numbers_in_words import many, percent
from workbench.views.palette import label
from workbench.views.paper import INK, inked

MOST = 12  # rows in one picture
ROOM = 7.5  # CSS pixels that a letter takes
SHORT = ((r"\breduction\b", "red."), (r"\bblock (?=\d)", "b"), (r"\boperation\b", "op"))


@inked
def probabilities(rows: Rows, ax: Axes) -> Axes:
    """Rows with ``decision``, ``option``, ``probability`` and perhaps ``update`` on ``ax``.

    Of several updates, a heat map: what is dark came to be chosen. Of one, a bar a decision.
    """
    updates = sorted({row["update"] for row in rows if "update" in row})
    return _changes(rows, updates, ax) if len(updates) > 1 else _bars(rows, ax)


def _changes(rows: Rows, updates: list[Any], ax: Axes) -> Axes:
    kept = _most_changed(rows, updates)
    names = [f"{_short(decision)}: {label(option)}" for decision, option in kept]
    heat(ax, list(kept.values()), rows=names, columns=[], numbers=False)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10], integer=True))
    ax.xaxis.set_major_formatter(
        lambda at, _: str(updates[round(at)]) if 0 <= round(at) < len(updates) else ""
    )
    ax.set_xlabel("update (dark: likelier)")
    for i, line in enumerate(kept.values()):
        if line[-1] == line[-1]:
            ax.text(len(updates) - 0.3, i, f"{line[-1]:.2f}", va="center", clip_on=False)
    return ax


def _most_changed(rows: Rows, updates: list[Any]) -> dict[tuple[str, str], list[float]]:
    """A line of probabilities for each decision and option that changed most, in their order."""
    columns = {update: i for i, update in enumerate(updates)}
    grid: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        pair = str(row["decision"]), str(row["option"])
        line = grid.setdefault(pair, [float("nan")] * len(columns))
        line[columns[row["update"]]] = float(row["probability"])
    most = sorted(grid, key=lambda pair: _range(grid[pair]), reverse=True)[:MOST]
    return {pair: line for pair, line in grid.items() if pair in most}


def _short(decision: str) -> str:
    """A decision's name with short words: "reduction / block 1 / first operation" has no room."""
    for word, instead in SHORT:
        decision = re.sub(word, instead, decision)
    return decision


def _range(line: list[float]) -> float:
    known = [value for value in line if value == value]
    return max(known) - min(known) if known else 0.0


def _bars(rows: Rows, ax: Axes) -> Axes:
    found = list(_decisions(rows).items())
    shown = found[:MOST]
    wide = 0.62 * ax.figure.get_figwidth() * 96 if hasattr(ax.figure, "get_figwidth") else 240
    for i, (_, options) in enumerate(shown):
        left = 0.0
        best = max(share for _, share in options)
        for name, share in options:
            ax.barh(
                i, share, left=left, height=0.72, color=PALE_TO_DARK(0.9 * share),
                edgecolor="white", linewidth=1.5,
            )  # fmt: skip
            if share * wide > ROOM * len(name):
                ax.text(
                    left + share / 2, i, name, ha="center", va="center",
                    color="white" if share > DARK else INK,
                    weight="bold" if share == best else "normal",
                )  # fmt: skip
            left += share
    ax.set_yticks(range(len(shown)), [name for name, _ in shown])
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.set_xlim(0, 1.001)
    left_out = f" (the first {MOST} of {len(found)} decisions)" if len(found) > MOST else ""
    ax.set_xlabel(f"probability{left_out}")
    ax.spines[["left", "top", "right"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax


def _decisions(rows: Rows) -> dict[str, list[tuple[str, float]]]:
    """Options and their probabilities at the last update, by decision."""
    last = max((row["update"] for row in rows if "update" in row), default=None)
    found: dict[str, dict[str, float]] = {}
    for row in _at(rows, last):
        shares = found.setdefault(str(row["decision"]), {})
        shares[str(row["option"])] = float(row["probability"])
    return {decision: list(shares.items()) for decision, shares in found.items()}


def _at(rows: Rows, update: object) -> list[Mapping[str, Any]]:
    return [row for row in rows if row.get("update") == update]


def says(rows: Rows) -> str:
    """What is to be seen."""
    found = _decisions(rows)
    sure = max(found, key=lambda name: max(share for _, share in found[name]))
    option, share = max(found[sure], key=lambda pair: pair[1])
    updates = sorted({row["update"] for row in rows if "update" in row})
    shown = _over(rows, updates, len(found)) if len(updates) > 1 else _now(len(found))
    return f"Probabilities of {shown}; the surest: {sure} is {option} with {percent(share)}"


def _over(rows: Rows, updates: list[Any], decisions: int) -> str:
    """What a heat map shows: "the 12 options that changed most, of 15 decisions, over …"."""
    options = len({(row["decision"], row["option"]) for row in rows})
    which = f"the {MOST} options that changed most" if options > MOST else many(options, "option")
    return f"{which}, of {many(decisions, 'decision')}, over updates {updates[0]} to {updates[-1]}"


def _now(decisions: int) -> str:
    """What bars show: "the first 12 of 15 decisions"."""
    first = f"the first {MOST} of " if decisions > MOST else ""
    return first + many(decisions, "decision")
