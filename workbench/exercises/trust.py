"""How far a surrogate's predictions of a table can be trusted, as a table in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from workbench.estimators.table import Table
from workbench.exercises.beliefs import PARTS, predictions, reliability
from workbench.exercises.claims import claim
from workbench.exercises.note import Note
from workbench.history import Row

Found = Sequence[Mapping[str, Mapping[str, float]]]  # of each seed, of each part of the cells


class Trust:
    """Each of ``encodings``, with ``seeds``: what ``trained`` random cells tell about all others.

    ``found`` holds, for each encoding, what ``reliability`` says for each seed.
    """

    def __init__(
        self, table: Table, encodings: Sequence[str], *, trained: int, seeds: Sequence[int]
    ) -> None:
        self.trained, self.seeds = trained, tuple(seeds)
        self.found: dict[str, Found] = {
            encoding: [
                reliability(predictions(table, trained=trained, seed=each, encoding=encoding))
                for each in self.seeds
            ]
            for encoding in encodings
        }

    def rows(self, encoding: str, part: str, what: str) -> list[Row]:
        """``what`` ("within", "miss", …) of a part of the cells, a row a seed, for a claim."""
        numbers = (each[part][what] for each in self.found[encoding])
        return [{"seed": seed, "value": number} for seed, number in zip(self.seeds, numbers)]

    def claims(self, encoding: str) -> tuple[Note, Note]:
        """What notebook 05 says of its doubt, held to what was measured."""
        now: dict[str, Any] = {"trained": self.trained, "seeds": [*self.seeds]}
        then: dict[str, Any] = {"trained": 60, "seeds": [0, 1, 2]}
        errors, doubts = (
            self.rows(encoding, "better half", what) for what in ("miss", "deviation")
        )
        one = claim(
            "Too modest: the better half's error is under 0.67 deviations, where half of an honest "
            "bell lies.",
            [
                {**error, "value": error["value"] / doubt["value"]}
                for error, doubt in zip(errors, doubts)
            ],
            (0.0, 0.67),
            settings=now,
            written=then,
        )
        two = claim(
            "Too sure: of the worst tenth at most 90 % lie within two deviations.",
            self.rows(encoding, "worst tenth", "within"),
            (0.0, 0.90),
            unit="%",
            settings=now,
            written=then,
        )
        return one, two

    def __repr__(self) -> str:
        return self._repr_markdown_()

    def _repr_markdown_(self) -> str:
        lines = [
            "| encoding | cells | within ± 2 deviations | deviation | error | ranked, τ |",
            "|:--|:--|--:|--:|--:|--:|",
        ]
        for encoding, found in self.found.items():
            lines += [
                f"| {encoding} | {part} | {_numbers([each[part] for each in found])} |"
                for part in PARTS
            ]
        many = len(self.seeds)
        return "\n".join([*lines, "", f"Medians of {many} {'draws' if many > 1 else 'draw'}."])


def _numbers(found: Sequence[Mapping[str, float]]) -> str:
    middle = {name: median(each[name] for each in found) for name in found[0]}
    return (
        f"{100 * middle['within']:.0f} % | {100 * middle['deviation']:.1f} points | "
        f"{100 * middle['miss']:.1f} points | {middle['order']:.2f}".replace("-", "−")
    )
