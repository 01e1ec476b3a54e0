"""Cheap stand-ins for real training: a small space, an estimator that answers from the seed."""

from __future__ import annotations

import random
from collections.abc import Generator
from typing import Any

from workbench.records import Batch, Candidate, Epoch, Evaluation, Event
from workbench.spaces import ChainSpace
from workbench.spaces.chain import Chain


def chains(**settings: Any) -> ChainSpace:
    """Some hundred chains of one or two layers."""
    small: dict[str, Any] = {
        "max_depth": 2,
        "filters": (4, 8),
        "kernel_heights": (1, 3),
        "kernel_widths": (3,),
        "reductions": 1,
        "hidden_units": (0,),
    }
    return ChainSpace(**(small | settings))


class Guess:
    """Draws a learning curve from the trial's seed and the architecture; no network at all.

    ``broken``: trials that raise after their first epoch. ``prepared``: shared epochs before the
    first trial.
    """

    def __init__(
        self,
        space: ChainSpace,
        *,
        epochs: int = 2,
        broken: tuple[int, ...] = (),
        prepared: int = 0,
    ) -> None:
        self.space, self.epochs, self.broken, self.prepared = space, epochs, broken, prepared

    def prepare(self, *, seed: int) -> Generator[Event[Chain], None, None]:
        for epoch in range(1, self.prepared + 1):
            yield Epoch(None, epoch, self.prepared, 1.0, 0.5, float(epoch))

    def estimate(
        self, candidate: Candidate[Chain], *, trial: int, seed: int
    ) -> Generator[Event[Chain], None, Evaluation]:
        rng = random.Random(f"{seed} {self.space.spell(candidate.arch)}")
        epochs = self.epochs if candidate.epochs is None else candidate.epochs
        curve: list[float] = []
        for epoch in range(1, epochs + 1):
            for batch in (1, 2):
                yield Batch(trial, epoch, batch, 2)
            curve.append(rng.random())
            loss = float("nan") if trial % 5 == 4 else rng.gauss(0, 1)
            yield Epoch(trial, epoch, epochs, loss, curve[-1], epoch + rng.random())
            if trial in self.broken:
                raise RuntimeError(f"no luck with trial {trial}\nat all")
        return Evaluation(curve[-1], rng.random(), tuple(curve), {"parameters": 17.0})
