"""A few architectures, trained here: once in full, then at whatever fidelity is asked for."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from workbench.data.images import ImageData
from workbench.estimators.fidelity import Fidelity
from workbench.panels.fidelity.study import Point, Study
from workbench.records import Event, Failed, Told
from workbench.search import search
from workbench.serialisation import RecordedError
from workbench.spaces.walk import Space
from workbench.strategies.random_search import RandomSearch
from workbench.strategies.warm_start import WarmStart


class LiveStudy:
    """``cells`` random architectures of ``space``; ``epochs`` is the full budget.

    Costs are forward multiply-accumulates of all training images, which no other program can
    slow down. Full training and the others have seeds of their own.
    """

    def __init__(
        self, space: Space[Any], data: ImageData, *, epochs: int, cells: int, seed: int
    ) -> None:
        self.space, self.data, self.epochs, self.seed = space, data, epochs, seed
        blind = RandomSearch(space, seed=seed)
        asked = (blind.ask() for _ in range(cells))
        self.archs = tuple(candidate.arch for candidate in asked if candidate is not None)
        self.told: list[Told[Any]] = []
        self.study: Study | None = None

    def missing(self, fidelity: Fidelity) -> int:
        """How many trainings it would take to have a point there."""
        if self.study is None:
            return 2 * len(self.archs)  # full training too is judged by another one
        return 0 if self.study.point(fidelity) else len(self.archs)

    @property
    def _whole(self) -> Fidelity:
        return Fidelity(self.epochs)

    def events(self, fidelity: Fidelity) -> Iterator[Event[Any]]:
        """Train what is missing; at the end the point is there.

        Raises RuntimeError where every training of one fidelity failed: they have no order.
        """
        if self.study is None:
            told = yield from self._trained(self._whole, self.seed + 1)
            scores, costs = _columns(told)
            self.study = Study(scores, costs, source=f"{len(told)} architectures, trained here")
        if self.study.point(fidelity) is None:
            told = yield from self._trained(fidelity, self.seed)
            self.study.add(fidelity, *_columns(told))

    def point(self, fidelity: Fidelity) -> Point | None:
        """Where it lies; None: not trained yet."""
        return self.study.point(fidelity) if self.study else None

    def _trained(
        self, fidelity: Fidelity, seed: int
    ) -> Generator[Event[Any], None, list[Told[Any]]]:
        estimator = fidelity.training(self.space, self.data, epochs=self.epochs)
        strategy = WarmStart(RandomSearch(self.space, seed=self.seed), first=self.archs)
        told, errors = list[Told[Any]](), list[Exception]()
        for event in search(strategy, estimator, trials=len(self.archs), seed=seed):
            if isinstance(event, Told):
                told.append(event)
            elif isinstance(event, Failed):
                errors.append(event.error)
            yield event
        if len(errors) == len(self.archs):
            first = RecordedError.of(errors[0])
            raise RuntimeError(
                f"{fidelity.words}: all {len(errors)} trainings failed, the first of them with "
                f"{first}"
            ) from errors[0]
        self.told += told
        return told


def _columns(told: list[Told[Any]]) -> tuple[list[float], list[float]]:
    """Scores and costs; a training that failed is worth 0 and cost nothing."""
    scores = [one.evaluation.score if one.evaluation.has_score else 0.0 for one in told]
    return scores, [one.evaluation.measures.get("training macs", 0.0) for one in told]
