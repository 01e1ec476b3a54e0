"""Five knobs of a cheaper training, as one value: how faithful, and how dear, an estimate is."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeVar

from workbench import checks
from workbench.data.images import ImageData
from workbench.estimators.reduced import ReducedTraining
from workbench.spaces.narrower import share
from workbench.spaces.walk import Space

A = TypeVar("A")


@dataclass(frozen=True)
class Fidelity:
    """``epochs`` of the full budget, and what ``ReducedTraining`` reduces beside them."""

    epochs: int
    train_share: float = 1.0
    pooling: int = 1
    filters_share: float = 1.0
    cells_share: float = 1.0

    def __post_init__(self) -> None:
        for name in ("epochs", "pooling"):
            number = checks.whole(f"Fidelity: {name}", getattr(self, name), least=1)
            checks.keep(self, **{name: number})
        for name in ("train_share", "filters_share", "cells_share"):
            checks.keep(self, **{name: share(f"Fidelity: {name}", getattr(self, name))})

    @property
    def words(self) -> str:
        """What is reduced: "3 epochs, 50 % of the images, 2 × 2 pixels as one"."""
        parts = [f"{self.epochs} epoch{'s' * (self.epochs != 1)}"]
        if self.train_share < 1:
            parts.append(f"{100 * self.train_share:.0f} % of the images")
        if self.pooling > 1:
            parts.append(f"{self.pooling} × {self.pooling} pixels as one")
        for name in ("filters", "cells"):
            part = getattr(self, f"{name}_share")
            if part < 1:
                parts.append(f"{100 * part:.0f} % of the {name}")
        return ", ".join(parts)

    @property
    def knobs(self) -> dict[str, Any]:
        """The five by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def training(
        self, space: Space[A], data: ImageData, *, epochs: int, **settings: Any
    ) -> ReducedTraining[A]:
        """The estimator; ``epochs`` is the full budget. Raises what ``ReducedTraining`` does."""
        reductions = {name: knob for name, knob in self.knobs.items() if name != "epochs"}
        return ReducedTraining(
            space, data, epochs=epochs, stop_after=self.epochs, **reductions, **settings
        )
