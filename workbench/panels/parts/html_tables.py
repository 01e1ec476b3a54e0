"""Plain rows as HTML tables on paper: trials, and whatever a strategy shows of its inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from workbench.protocols import Rows
from workbench.scales import ACCURACY, ScoreScale
from workbench.views.numbers_in_words import duration

ROW = 26  # CSS pixels, line between rows included
MOST = 200  # rows in one table: a page stays quick, and what is older is in the log

TABLE = "border-collapse:collapse;width:100%;font-size:13px;line-height:17px"
CELL = "padding:4px 8px;border-bottom:1px solid #eee;"
HEAD = "padding:4px 8px;position:sticky;top:0;background:#fff;color:#555;"
NARROW = "text-align:left;width:1%;white-space:nowrap"  # as wide as its words
NUMBER = "text-align:right;width:1%;white-space:nowrap"
WIDE = "text-align:left;overflow-wrap:anywhere"  # takes the rest, and wraps
MINOR = frozenset({"parameters", "time"})  # columns that a very narrow panel leaves out


def scrolling(table: str, *, rows: int, name: str) -> str:
    """A table of which ``rows`` are seen at once; the rest by scrolling, with keys too."""
    height = (rows + 1) * ROW
    return (
        f'<div role="region" aria-label="{escape(name)}" tabindex="0" '
        f'style="max-height:{height}px;overflow:auto">{table}</div>'
    )


def table(rows: Rows, *, bold: int | None = None, scale: ScoreScale = ACCURACY) -> str:
    """Any rows, a column for each key of the first; numbers to the right, ``bold`` one row.

    ``scale`` is that of a column "score"; one that is called "accuracy" holds accuracies.
    """
    scales = {"score": scale, "accuracy": ACCURACY}
    if not rows:
        return '<p style="margin:0;color:#555">nothing yet</p>'
    names = list(rows[0])
    head = "".join(f"<th scope='col' {_style(HEAD, n, rows[0])}>{escape(n)}</th>" for n in names)
    body = "".join(
        f'<tr style="font-weight:{600 if i == bold else 400}">'
        + "".join(
            f"<td {_style(CELL, n, rows[0])}>{escape(_shown(row.get(n), scales.get(n)))}</td>"
            for n in names
        )
        + "</tr>"
        for i, row in enumerate(rows[:MOST])
    )
    return f'<table style="{TABLE}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _style(base: str, name: str, row: Mapping[str, Any]) -> str:
    kind = NUMBER if isinstance(row[name], int | float) else NARROW
    kind = WIDE if name == "architecture" else kind
    minor = ' class="wb-minor"' if name in MINOR else ""
    return f'style="{base}{kind}"{minor}'


def _shown(value: object, scale: ScoreScale | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return scale.say(value) if scale else f"{value:.4g}"
    return str(value)


def trial_rows(
    rows: Sequence[Mapping[str, Any]], *, best: int | None, scale: ScoreScale = ACCURACY
) -> list[dict[str, Any]]:
    """Rows of ``history.trials`` as a learner reads them, the newest first."""
    column = "accuracy" if scale == ACCURACY else scale.name
    return [
        {
            "trial": row["trial"],
            column: "failed" if row["failed"] else scale.say(row["score"]),
            "": "★" * (row["reason"] == "yours") + "◆" * (row["trial"] == best),
            "parameters": _count(row["parameters"]),
            "time": duration(row["seconds"]),
            "architecture": row["error"] or row["arch"],
        }
        for row in reversed(rows)
    ]


def _count(value: float | None) -> str:
    return "–" if value is None else f"{round(value):,}".replace(",", " ")
