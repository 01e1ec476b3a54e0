"""A cheaper training in the place of the full one: lower fidelity.

Elsken et al. (2019), section 4: fewer epochs, part of the data, downscaled images, downscaled
models. Only the *ranking* has to survive: ``history.rank_agreement`` against full training says
whether it does. EcoNAS (Zhou et al. 2020) finds that fewer filters and smaller images keep it
better than fewer images.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Generic, TypeVar

from torch import nn

from workbench import checks
from workbench.data.images import ImageData, assembled, part, stratified
from workbench.estimators.full import FullTraining
from workbench.estimators.table_training import averaged
from workbench.estimators.wrapped import relayed
from workbench.protocols import SearchSpace
from workbench.records import Candidate, Epoch, Evaluation, Event, Told
from workbench.scales import ACCURACY
from workbench.spaces.narrower import Narrower, fewer, share
from workbench.spaces.walk import Space

A = TypeVar("A")


class ReducedTraining(Generic[A]):
    """``FullTraining`` of something smaller; each reduction alone or with others.

    - ``epochs`` is the full budget, where the learning rate reaches 0. ``stop_after`` ends
      training after so many of them, on the way down: what successive halving sees. A schedule of
      its own that is shorter is a smaller ``epochs``.
    - ``train_share``: this share of the training images, classes in proportion; validation stays.
    - ``pooling``: so many × so many pixels are averaged to one, in every split.
    - ``filters_share`` and ``cells_share``: the network has fewer filters, fewer cells between two
      reductions; see ``spaces.narrower``.

    A candidate that says ``epochs`` itself is trained for so many, up to ``epochs``, and one may
    continue another, as in ``FullTraining``, whose settings the others are.

    Raises ValueError for a share outside (0, 1], too few images to have all classes, images too
    small to pool, and a space that has no cells or filters to spare.
    """

    scale = ACCURACY

    def __init__(
        self,
        space: Space[A],
        data: ImageData,
        *,
        epochs: int = 8,
        stop_after: int | None = None,
        train_share: float = 1.0,
        pooling: int = 1,
        filters_share: float = 1.0,
        cells_share: float = 1.0,
        batch_size: int = 32,
        rate: float = 0.2,
        momentum: float = 0.9,
        weight_decay: float = 5e-4,
        label_smoothing: float = 0.1,
        augment: bool = False,
        device: str = "auto",
        checkpoints: str | Path | None = None,
    ) -> None:
        self.space: SearchSpace[A] = space
        self.data = checks.of_type("data", data, ImageData)
        self.train_share = share("train_share", train_share)
        task = self.data.task
        self.pooling = checks.whole(
            "pooling", pooling, least=1, most=min(task.height, task.width),
            cure="one pixel must be left",
        )  # fmt: skip
        self.filters_share = share("filters_share", filters_share)
        self.cells_share = share("cells_share", cells_share)
        smaller = space
        if self.filters_share < 1 or self.cells_share < 1:
            smaller = Narrower(
                space, filters_share=self.filters_share, cells_share=self.cells_share
            )
        self._full = FullTraining(
            smaller,
            reduced(self.data, self.train_share, self.pooling),
            epochs=epochs,
            batch_size=batch_size,
            rate=rate,
            momentum=momentum,
            weight_decay=weight_decay,
            label_smoothing=label_smoothing,
            augment=augment,
            device=device,
            checkpoints=checkpoints,
        )
        full = self._full
        self.epochs, self.checkpoints = full.epochs, full.checkpoints
        self.batch_size, self.rate, self.momentum = full.batch_size, full.rate, full.momentum
        self.weight_decay, self.label_smoothing = full.weight_decay, full.label_smoothing
        self.augment, self.device = full.augment, full.device
        least = checks.whole_or_none("stop_after", stop_after, least=1)
        if least is not None and least > self.epochs:
            raise ValueError(f"stop_after: expected 1 … {self.epochs}, the epochs, got {least}")
        self.stop_after = least
        self._trained: dict[int, int] = {}  # trial -> epochs of its own: it may come in parts

    def prepare(self, *, seed: int) -> Generator[Event[A], None, None]:
        """Nothing to prepare; see ``FullTraining``."""
        yield from self._full.prepare(seed=seed)

    def estimate(
        self, candidate: Candidate[A], *, trial: int, seed: int
    ) -> Generator[Event[A], None, Evaluation]:
        """Train the smaller twin of ``candidate``; its score is validation accuracy at the end.

        ``measures`` are those of the smaller network, and what this trial's training was fed:
        ``samples``, images × epochs, and ``training macs``, forward multiply-accumulates of all of
        them (the way back costs about twice as many again).

        Raises what ``FullTraining.estimate`` does.
        """
        checks.of_type("ReducedTraining: candidate", candidate, Candidate)
        if candidate.epochs is None and self.stop_after is not None:
            candidate = replace(candidate, epochs=self.stop_after)
        epochs = self._trained.get(trial, 0) if candidate.continues == trial else 0

        def counted(event: Event[A]) -> Event[A]:
            nonlocal epochs
            epochs += isinstance(event, Epoch)
            return event

        training = self._full.estimate(candidate, trial=trial, seed=seed)
        evaluation = yield from relayed(training, counted)
        self._trained[trial] = epochs
        samples = float(epochs * len(self._full.data.train))
        spent = {"samples": samples, "training macs": samples * evaluation.measures["macs"]}
        return replace(evaluation, measures={**evaluation.measures, **spent})

    def network(self, told: Told[A]) -> nn.Module:
        """The trained smaller network of a trial; see ``FullTraining.network``."""
        return self._full.network(told)


def reduced(data: ImageData, train_share: float, pooling: int) -> ImageData:
    """Part of the training images, and all images averaged down."""
    if pooling > 1:
        data = averaged(data, pooling)
    if train_share == 1:
        return data
    count = fewer(len(data.train), train_share)
    chosen = stratified(data.train.labels, count, seed=0)[1]
    try:
        return assembled(
            f"{count} of {data.name}",
            part(data.train.images, data.train.labels, chosen),
            data.validation,
            data.test,
            classes=data.classes,
            split_seed=data.split_seed,
            flip=data.flip,
        )
    except ValueError as error:
        raise ValueError(f"train_share: {count} training images are too few: {error}") from None
