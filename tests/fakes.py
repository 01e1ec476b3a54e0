"""Cheap stand-ins for real training: a small space, estimators that answer from the seed, a
strategy that learns, a method of its own. No network at all.
"""

from __future__ import annotations

import json
import math
import os
import random
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from workbench import trial
from workbench.protocols import Rows
from workbench.records import Asked, Batch, Candidate, Epoch, Evaluation, Event, Mixture, Told
from workbench.settings import describe
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


@contextmanager
def stopped_clock() -> Iterator[None]:
    """A failed trial costs the seconds that it worked up to its failure: here 0, each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trial, "time", SimpleNamespace(perf_counter=lambda: 0.0))
        yield


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


class Climb:
    """Hill climbing: mutates the best that it was told of; ``skips`` counts what it left out."""

    def __init__(self, space: ChainSpace, *, seed: int = 0) -> None:
        self.space, self.seed = space, seed
        self.asks = self.skips = 0
        self._told: list[Told[Chain]] = []

    def ask(self) -> Candidate[Chain] | None:
        rng = random.Random(f"{self.seed} {self.asks}")  # of this ask alone
        self.asks += 1
        best = max(self._told, key=lambda told: told.evaluation.score, default=None)
        if best is None or self.asks % 4 == 0:
            return Candidate(self.space.sample(rng), reason="drawn at random")
        arch = self.space.mutate(best.candidate.arch, rng)
        return Candidate(arch, parents=(best.trial,), reason=f"mutant of trial {best.trial}")

    def skip(self, candidate: Candidate[Chain]) -> None:
        self.asks += 1
        self.skips += 1

    def tell(self, told: Told[Chain]) -> None:
        self._told.append(told)

    def inside(self) -> Mapping[str, Rows]:
        return {"told": [{"trial": t.trial, "score": t.evaluation.score} for t in self._told]}


class Impressed(Guess):
    """Listens: its score is lower by a tenth of the best that it was told of."""

    best = 0.0

    def tell(self, told: Told[Chain]) -> None:
        self.best = max(self.best, told.evaluation.score)

    def estimate(
        self, candidate: Candidate[Chain], *, trial: int, seed: int
    ) -> Generator[Event[Chain], None, Evaluation]:
        best = self.best
        answer = yield from super().estimate(candidate, trial=trial, seed=seed)
        return Evaluation(answer.score - best / 10, answer.seconds, answer.curve)


# ------------------------------------------------------------- what trains over epochs


class Descent:
    """A method in a few lines: gradient descent on two numbers; its checkpoint is JSON.

    ``pause``: seconds that a batch takes.
    """

    def __init__(self, space: ChainSpace, *, epochs: int = 6, pause: float = 0.0) -> None:
        self.space, self.epochs, self.pause = space, epochs, pause

    def events(
        self, *, seed: int, progress: Path | None = None
    ) -> Generator[Event[Chain], None, None]:
        about = {"seed": seed, "settings": describe(self)}
        done, point = earlier(progress, about) or (0, [3.0, -2.0])
        for epoch in range(done + 1, self.epochs + 1):
            rng = random.Random(f"{seed} {epoch}")
            for batch in (1, 2, 3):
                point = [x - 0.3 * (x - 1.0 + rng.gauss(0, 0.1)) for x in point]
                time.sleep(self.pause)
                yield Batch(None, epoch, batch, 3)
            loss = loss_of(point)
            yield Epoch(None, epoch, self.epochs, loss, math.exp(-loss), float(epoch))
            yield Mixture(None, epoch, {"point": (tuple(point),)})
            save(progress, about, epoch, point)
        found = Candidate(self.space.sample(random.Random(repr(point))), reason="at the minimum")
        yield Asked(0, found)
        yield Told(0, found, Evaluation(math.exp(-loss_of(point)), float(self.epochs)))

    def inside(self) -> Mapping[str, Rows]:
        return {}


class Shared(Guess):
    """An estimator whose ``prepare`` trains two numbers over epochs; every score depends on them.

    Its checkpoint is a JSON file in ``checkpoints``.
    """

    def __init__(
        self,
        space: ChainSpace,
        *,
        epochs: int = 2,
        passes: int = 6,
        pause: float = 0.0,
        checkpoints: Path | None = None,
    ) -> None:
        super().__init__(space, epochs=epochs)
        self.passes, self.pause, self.checkpoints = passes, pause, checkpoints
        self._point = [0.0, 0.0]

    def prepare(self, *, seed: int) -> Generator[Event[Chain], None, None]:
        progress = self.checkpoints and self.checkpoints / "shared.json"
        about = {"seed": seed, "settings": describe(self)}
        done, self._point = earlier(progress, about) or (0, [3.0, -2.0])
        for epoch in range(done + 1, self.passes + 1):
            rng = random.Random(f"{seed} {epoch}")
            for batch in (1, 2):
                self._point = [0.7 * x + rng.gauss(0, 0.1) for x in self._point]
                time.sleep(self.pause)
                yield Batch(None, epoch, batch, 2)
            loss = loss_of(self._point)
            yield Epoch(None, epoch, self.passes, loss, math.exp(-loss), float(epoch))
            save(progress, about, epoch, self._point)

    def estimate(
        self, candidate: Candidate[Chain], *, trial: int, seed: int
    ) -> Generator[Event[Chain], None, Evaluation]:
        time.sleep(self.pause)
        answer = yield from super().estimate(candidate, trial=trial, seed=seed)
        return Evaluation(answer.score + sum(self._point), answer.seconds, answer.curve)


def loss_of(point: list[float]) -> float:
    return sum((x - 1.0) ** 2 for x in point)


def save(progress: Path | None, about: Mapping[str, Any], epoch: int, point: list[float]) -> None:
    """To a temporary name first, then renamed: never half a file."""
    if progress is None:
        return
    progress.parent.mkdir(parents=True, exist_ok=True)
    temporary = progress.with_suffix(".new")
    temporary.write_text(json.dumps({"about": about, "epoch": epoch, "point": point}))
    os.replace(temporary, progress)


def earlier(progress: Path | None, about: Mapping[str, Any]) -> tuple[int, list[float]] | None:
    """Epoch and point of a checkpoint; None where there is none, or a torn one."""
    try:
        kept = json.loads(progress.read_text()) if progress else None
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    if kept is None:
        return None
    if kept["about"] != json.loads(json.dumps(about)):
        raise ValueError(f"{progress}: the checkpoint of another run: {kept['about']}")
    return kept["epoch"], kept["point"]
