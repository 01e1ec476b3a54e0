"""Several aims at once: which answers no other one beats in all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from workbench import checks


def pareto_front(
    rows: Sequence[Mapping[str, Any]], *, better: Mapping[str, str]
) -> list[Mapping[str, Any]]:
    """The rows that no other row dominates (as good in all columns, better in one), in order.

    ``better`` says for each column to compare which way is better:
    ``{"score": "higher", "parameters": "lower"}``. A row with a NaN is never on the front. Trials
    that ``failed`` are left out: their score is no number, however low the scores of others are.

    Raises ValueError for an unknown direction or a column that a row lacks.
    """
    rows = checks.several("pareto_front: rows", rows, "trials(history)")
    for row in rows:
        checks.of_type("pareto_front: rows", row, Mapping)
    rows = [row for row in rows if not row.get("failed")]
    checks.of_type("pareto_front: better", better, Mapping)
    signs = {"higher": 1.0, "lower": -1.0}
    points = []
    for column, way in better.items():
        if way not in signs:
            raise ValueError(f"pareto_front: {column!r} must be 'higher' or 'lower', got {way!r}")
    for row in rows:
        missing = [column for column in better if row.get(column) is None]
        if missing:
            raise ValueError(f"pareto_front: a row has no {missing[0]!r}: {dict(row)}")
        points.append(tuple(signs[way] * float(row[column]) for column, way in better.items()))

    def dominated(point: tuple[float, ...]) -> bool:
        return any(other != point and all(a >= b for a, b in zip(other, point)) for other in points)

    return [
        row
        for row, point in zip(rows, points)
        if not any(math.isnan(value) for value in point) and not dominated(point)
    ]
