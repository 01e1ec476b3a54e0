"""Scores in rows that a strategy shows: which of them are answers, and which is the best."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from workbench.protocols import Rows


def score(row: Mapping[str, Any]) -> float:
    """A row's score, NaN where there is none."""
    value = row["score"]
    return math.nan if value is None else float(value)


def answered(rows: Rows) -> list[Mapping[str, Any]]:
    """The rows that have a score."""
    return [row for row in rows if math.isfinite(score(row))]


def best(rows: Rows) -> Mapping[str, Any] | None:
    """The row of the highest score, the first of equals; None where no row has one."""
    return max(answered(rows), key=score, default=None)
