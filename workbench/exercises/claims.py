"""A claim: a sentence of a notebook that the run itself confirms or refutes."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from statistics import median
from typing import Any

from workbench import checks
from workbench.exercises.note import Note, Number
from workbench.protocols import Rows

NOTHING = "not measured"
STRICT = "WORKBENCH_STRICT"  # set by the tests: a refuted claim is then an error


class ClaimError(AssertionError):
    """A claim was refuted while the tests were looking."""


def claim(
    text: str,
    rows: Rows,
    band: tuple[Number, Number],
    *,
    value: str = "value",
    unit: str = "",
    settings: Mapping[str, Any] | None = None,
    written: Mapping[str, Any] | None = None,
) -> Note:
    """Hold ``text`` to what was measured: every row's ``value`` must lie in the closed ``band``.

    ``rows`` is a plain table, one row a seed (column "seed") or a trial (column "trial"). With
    unit "%" or "points" values and band are fractions, shown times 100. ``settings`` is what the
    run used (of panels: ``runs.used(panel, …)``), ``written`` what the sentence was written for:
    where they differ nothing is judged, and neither is it without rows.

    Raises ClaimError for a refuted claim if the environment variable WORKBENCH_STRICT is set, and
    ValueError for a band upside down or rows without the column ``value``.
    """
    checks.text("claim: text", text, empty=False)
    for name, given in (("value", value), ("unit", unit)):
        checks.text(f"claim: {name}", given)
    ends = checks.numbers("claim: band", band)
    if len(ends) != 2:
        raise ValueError(f"claim: band: expected (low, high), got {band}")
    low, high = ends
    if low > high:
        raise ValueError(f"claim: band must be (low, high), got {band}: swap its ends")
    lacking = [row for row in rows if value not in row]
    if lacking:
        raise ValueError(f"claim: expected a column {value!r} in every row, got {lacking[0]}")
    measured = f"measured: {_measured(rows, value, unit)}" if rows else NOTHING
    changed = _changed(settings or {}, written or {})
    if changed:
        return Note(f"{text} Your settings differ ({changed}); {measured}.", "differs")
    holds = bool(rows) and all(low <= row[value] <= high for row in rows)
    said = Note(
        f"{text} {measured.capitalize()}; claimed: {_range(low, high, unit)}.",
        "right" if holds else "not yet" if rows else "not attempted",
    )
    if not holds and os.environ.get(STRICT):
        raise ClaimError(repr(said))
    return said


def _changed(settings: Mapping[str, Any], written: Mapping[str, Any]) -> str:
    """Which settings are not those that the sentence was written for, in words; "" where none."""
    if not written:
        return ""
    pairs = {name: (settings.get(name), meant) for name, meant in written.items()}
    more = [f"{name} {settings[name]}" for name in settings if name not in written]
    found = [f"{name} {now}, not {meant}" for name, (now, meant) in pairs.items() if now != meant]
    return ", ".join(found + more)


def _measured(rows: Rows, value: str, unit: str) -> str:
    """The spread of the values, and over what: "91.2 … 96.7 % (seeds 0, 1, 2)"."""
    values = sorted(row[value] for row in rows)
    seen = _range(values[0], values[-1], unit)
    if len(values) > 2 and values[0] < values[-1]:
        seen += f", median {_number(median(values), unit)}{_space(unit)}"
    return f"{seen} ({_runs(rows)})"


def _runs(rows: Rows) -> str:
    """Over what the values spread: the seeds by name where there are few, else how many."""
    seeds = [str(row["seed"]) for row in rows if "seed" in row]
    if seeds and len(seeds) == len(rows) and len(seeds) <= 6:
        return ("seed " if len(seeds) == 1 else "seeds ") + ", ".join(seeds)
    kind = "seed" if seeds else "trial" if "trial" in rows[0] else "measurement"
    return f"{len(rows)} {kind}s" if len(rows) > 1 else f"1 {kind}"


def _range(low: Number, high: Number, unit: str) -> str:
    ends = list(dict.fromkeys((_number(low, unit), _number(high, unit))))
    return " … ".join(ends) + _space(unit)


def _space(unit: str) -> str:
    return f"\u00a0{unit}" if unit else ""  # no line ends before the unit


def _number(value: Number, unit: str) -> str:
    if unit in ("%", "points"):
        return f"{round(100 * value, 1) + 0.0:.1f}"  # never −0.0
    if math.isfinite(value) and value == round(value) and abs(value) < 1e15:
        return f"{round(value):,}"
    return f"{value:.3g}"
