"""What a policy shows of its inside: how its softmaxes, entropy, rewards changed, as plain rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from workbench.protocols import Rows
from workbench.records import Decision
from workbench.strategies.readings import Reading

T = TypeVar("T")

MOST = 200  # rows of one table
AT_LEAST = 4  # updates that are shown of a policy with many options


class PolicyRecord:
    """Numbers of each update, and the mean softmax of each decision that its batch met."""

    def __init__(self) -> None:
        self._numbers: list[Mapping[str, float]] = []
        self._columns: dict[tuple[str, str], int] = {}  # decision, option
        self._shares: list[np.ndarray] = []  # of each update, by column; NaN where not met

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, reading: Reading, numbers: Mapping[str, float]) -> None:
        """The reading is that of the batch before the update, ``numbers`` came of the update."""
        sums: dict[int, float] = {}
        counts: dict[int, int] = {}
        for met, shares in reading.softmaxes():
            for option, share in shares:
                pair = (met.decision.name, said(met.decision, option))
                column = self._columns.setdefault(pair, len(self._columns))
                sums[column] = sums.get(column, 0.0) + share
                counts[column] = counts.get(column, 0) + 1
        row = np.full(len(self._columns), np.nan, dtype=np.float32)
        for column, total in sums.items():
            row[column] = total / counts[column]
        self._shares.append(row)
        self._numbers.append(numbers)

    def probabilities(self) -> Rows:
        """``decision option probability update``: the batch's mean softmax before each update.

        At most 200 rows: of decisions those that have changed most, of updates some, evenly spread.
        """
        if not self._shares:
            return []
        grid = np.full((len(self._shares), len(self._columns)), np.nan)
        for row, shares in zip(grid, self._shares):
            row[: len(shares)] = shares
        kept = _most_changed(grid, [name for name, _ in self._columns])
        updates = spread(range(len(grid)), MOST // max(1, len(kept)))
        pairs = list(self._columns)
        return [
            {
                "decision": pairs[column][0],
                "option": pairs[column][1],
                "probability": float(grid[update, column]),
                "update": update,
            }
            for update in updates
            for column in kept
            if not np.isnan(grid[update, column])
        ]

    def history(self, *names: str) -> Rows:
        """``step value series``: these numbers of the updates, at most 200 rows."""
        steps = spread(range(len(self)), MOST // len(names))
        return [
            {"step": step + 1, "value": self._numbers[step][name], "series": name}
            for name in names
            for step in steps
            if name in self._numbers[step]
        ]


def unrolled(reading: Reading) -> Rows:
    """``step decision option probability chosen`` of one architecture; the last 200 rows at most.

    A step is a decision; ``recurrent step``: which of the network's steps it belongs to, as the
    questions of one anchor point share theirs.
    """
    rows: list[dict[str, Any]] = []
    begins: list[int] = []
    for met, shares in reading.softmaxes():
        begins.append(len(rows))
        rows += [
            {
                "step": met.number + 1,
                "decision": met.decision.name,
                "option": said(met.decision, option),
                "probability": share,
                "chosen": column == met.taken,
                "recurrent step": met.step + 1,
            }
            for (option, share), column in zip(shares, met.columns)
        ]
    return rows[next((b for b in begins if len(rows) - b <= MOST), len(rows)) :]


def said(decision: Decision, option: object) -> str:
    """An option as a word: an anchor's answers are yes and no."""
    if decision.options == (False, True) and isinstance(option, bool):  # 0 == False
        return "yes" if option else "no"
    return str(option)


def spread(values: Sequence[T], most: int) -> list[T]:
    """At most so many of them, evenly spread, the first and the last among them."""
    if len(values) <= most:
        return [*values]
    last = len(values) - 1
    return [values[round(i * last / (most - 1))] for i in range(most)] if most > 1 else [values[-1]]


def _most_changed(grid: np.ndarray, decisions: list[str]) -> list[int]:
    """Columns of whole decisions, as many as leave room for some updates; in order."""
    room = MOST // min(AT_LEAST, len(grid))
    columns: dict[str, list[int]] = {}
    for column, name in enumerate(decisions):
        columns.setdefault(name, []).append(column)
    change = {name: _range(grid[:, of_this]) for name, of_this in columns.items()}
    kept: list[int] = []
    for name in sorted(columns, key=lambda name: -change[name]):  # ties: in a walk's order
        if not kept or len(kept) + len(columns[name]) <= room:
            kept += columns[name][:MOST]
    return sorted(kept)


def _range(shares: np.ndarray) -> float:
    """By how much the most changed option of a decision has."""
    known = [column[~np.isnan(column)] for column in shares.T]
    return max((float(np.ptp(column)) for column in known if len(column)), default=0.0)
