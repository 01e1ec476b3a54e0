"""The winner of a search that trained, trained again: with the search's seed, and with others."""

from __future__ import annotations

from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

from workbench.data.images import ImageData
from workbench.estimators.full import FullTraining
from workbench.exercises.table_searches import best_told
from workbench.records import Asked
from workbench.search import attempt
from workbench.verdict import open_test_images
from workbench.views.numbers_in_words import percent


class Winner:
    """The best trial of a ``panel``'s run, trained again; ``more`` further seeds beside its own.

    ``own`` and ``others`` are (validation, test) accuracies, fractions. The search's own seed gives
    the search's own network again, bit for bit, so ``own[0]`` is the score that won.

    Raises ValueError before a trial has succeeded.
    """

    def __init__(
        self, panel: Any, images: ImageData, *, epochs: int, seed: int, more: int = 3
    ) -> None:
        self._told, self._space = best_told(panel.history), panel.space
        self.own, *others = (
            self._trained(images, epochs, each) for each in range(seed, seed + 1 + more)
        )
        self.others: tuple[tuple[float, float], ...] = tuple(others)

    @property
    def arch(self) -> Any:
        """The architecture."""
        return self._told.candidate.arch

    def _trained(self, images: ImageData, epochs: int, seed: int) -> tuple[float, float]:
        with TemporaryDirectory() as folder:
            estimator = FullTraining(self._space, images, epochs=epochs, checkpoints=Path(folder))
            for _ in estimator.prepare(seed=seed):
                pass
            begun = Asked(self._told.trial, self._told.candidate)
            training = attempt(estimator, begun, seed=seed)
            while True:
                try:
                    next(training)
                except StopIteration as end:
                    told = end.value
                    break
            return told.evaluation.score, open_test_images(estimator, images, told).score

    def _repr_markdown_(self) -> str:
        own, others = self.own, self.others
        lines = [
            f"| trial {self._told.trial}, the winner | validation | test |",
            "|:--|--:|--:|",
            f"| as the search saw it | {percent(own[0])} | {percent(own[1])} |",
        ]
        if others:
            means = [percent(mean(column)) for column in zip(*others)]
            lines.append(f"| {len(others)} other seeds, mean | {means[0]} | {means[1]} |")
        return "\n".join(lines)
