"""What a gradient-based search notes after each epoch: its cell, its score, the shape of α."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from workbench.spaces.edges import EdgeSpace, Table, highest, softmax
from workbench.strategies.gradient_based.stopping import Noted

A = TypeVar("A")


@dataclass(frozen=True)
class Journal:
    """By epoch: the score of the discretised cell, its spelling, what stopping rules look at."""

    curve: tuple[float, ...] = ()
    archs: tuple[str, ...] = ()
    noted: tuple[Noted, ...] = ()

    def after(
        self,
        space: EdgeSpace[A],
        arch: A,
        tables: Mapping[str, Table],
        score: float,
        eigenvalue: float,
    ) -> Journal:
        """With one more epoch."""
        normal = space.chosen(arch)[space.cell_kinds()[0]]
        others = [o for o, name in enumerate(space.operations) if name != "none"]
        ranking = tuple([highest(row, others) for rows in tables.values() for row in rows])
        noted = Noted(normal.count("skip_connect"), ranking, eigenvalue)
        return Journal((*self.curve, score), (*self.archs, space.spell(arch)), (*self.noted, noted))

    def measures(self, space: EdgeSpace[A], tables: Mapping[str, Table]) -> dict[str, float]:
        """Of the last epoch: the mean entropy of a mixture, skip connections, λ_max if measured."""
        entropies = [_entropy(softmax(row)) for rows in tables.values() for row in rows]
        found = {
            "entropy": math.fsum(entropies) / len(entropies),
            "skip connections": float(self.noted[-1].skips),
        }
        if not math.isnan(self.noted[-1].eigenvalue):
            found["dominant eigenvalue"] = self.noted[-1].eigenvalue
        return found

    def to_json(self, seconds: float) -> dict[str, Any]:
        """All but the curve as JSON values, with the ``seconds`` that the run took."""
        noted = [asdict(each) for each in self.noted]
        for each in noted:
            each["eigenvalue"] = None if math.isnan(each["eigenvalue"]) else each["eigenvalue"]
        return {"archs": [*self.archs], "noted": noted, "seconds": seconds}

    @classmethod
    def from_json(cls, curve: tuple[float, ...], about: Mapping[str, Any]) -> Journal:
        """What ``to_json`` wrote, and the curve that was kept beside it."""
        noted = [
            Noted(
                each["skips"],
                tuple(each["ranking"]),
                math.nan if each["eigenvalue"] is None else each["eigenvalue"],
            )
            for each in about["noted"]
        ]
        return cls(curve, tuple(about["archs"]), tuple(noted))


def _entropy(row: tuple[float, ...]) -> float:
    """−Σ θ log θ, in nats."""
    return -math.fsum(weight * math.log(weight) for weight in row if weight > 0.0)
