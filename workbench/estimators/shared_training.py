"""The shared training of a one-shot estimator: run, kept on disk, sent to other processes."""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from workbench.data.images import ImageData, Split
from workbench.estimators.inherited_accuracy import InheritedAccuracy, some
from workbench.records import Batch, Epoch, RunError
from workbench.settings import describe, difference
from workbench.spaces.edges import EdgeSpace
from workbench.training.checkpoint import Checkpoint
from workbench.training.device import choose_device
from workbench.training.loop import batches_of, driven
from workbench.training.path_training import Found, PathTraining
from workbench.training.randomness import own_draws, spawned
from workbench.training.shared_weights import SharedWeights

A = TypeVar("A")

FILE = "one-shot.safetensors"
WATCHED = 4  # architectures whose mean accuracy is the score of an epoch
TRAINED_BY = (  # settings by which candidates are judged are not among them
    *("space", "data", "epochs", "batch_size", "rate", "momentum", "weight_decay"),
    *("label_smoothing", "augment", "path_dropout", "split"),
)


@runtime_checkable  # the tests check every signature at run time
class Shares(Protocol[A]):
    """What is asked of an estimator whose candidates share weights: its settings."""

    space: EdgeSpace[A]
    data: ImageData
    epochs: int
    batch_size: int
    rate: float
    path_dropout: float
    split: int | None
    recalibrate: bool
    calibration: int
    images: int
    device: str
    checkpoints: Path | None


class SharedTraining(Generic[A]):
    """The weights that all candidates of ``estimator`` inherit, and how they are trained.

    ``ready``: they were trained. ``moved``: trials have trained them on since. What cannot be sent
    to another process (an optimiser, generators) is sent as a checkpoint.
    """

    def __init__(self, estimator: Shares[A]) -> None:
        self._estimator = estimator
        self._training: PathTraining[A] | None = None
        self._judge: InheritedAccuracy[A] | None = None
        self._kept: Checkpoint | None = None  # stands for the training where there is none
        self._seed: int | None = None  # of the run that it was trained for
        self.moved = False

    def __getstate__(self) -> dict[str, Any]:
        kept = self._training.checkpoint() if self._training else self._kept
        return {**self.__dict__, "_training": None, "_judge": None, "_kept": kept}

    @property
    def ready(self) -> bool:
        """Whether candidates can be judged."""
        return self._training is not None or self._kept is not None

    @property
    def training(self) -> PathTraining[A]:
        """Raises RunError where nothing was prepared."""
        if self._training is None:
            if self._kept is None or self._seed is None:
                raise RunError(
                    "OneShot: nothing is trained yet: search(…) prepares an estimator; by hand, "
                    "for _ in estimator.prepare(seed=0): pass"
                )
            self._training, self._judge = self._begun(self._seed, self._kept)
            self._kept = None
        return self._training

    @property
    def judge(self) -> InheritedAccuracy[A]:
        """What judges candidates. Raises RunError where nothing was prepared."""
        if self.training is None or self._judge is None:
            raise RunError("OneShot: nothing is trained yet")
        return self._judge

    def train(self, *, seed: int) -> Generator[Batch | Epoch, None, None]:
        """The whole training, or what is left of it by a checkpoint; nothing, where it is done."""
        if self.ready and self._seed == seed and not self.moved:
            return
        self._training = self._judge = self._kept = None
        estimator = self._estimator
        about = {name: describe(getattr(estimator, name)) for name in TRAINED_BY}
        about["seed"] = seed
        training, judge = self._begun(seed, self._found(about))
        for event in driven(
            training, trial=None, epochs=estimator.epochs, horizon=estimator.epochs,
            rate=estimator.rate,
        ):  # fmt: skip
            yield event
            if isinstance(event, Epoch) and estimator.checkpoints is not None:
                with training.turn():
                    checkpoint = replace(training.checkpoint(), about={"training": about})
                    checkpoint.save(estimator.checkpoints / FILE)
        self._training, self._judge, self._seed, self.moved = training, judge, seed, False

    def _begun(
        self, seed: int, checkpoint: Checkpoint | None
    ) -> tuple[PathTraining[A], InheritedAccuracy[A]]:
        estimator = self._estimator
        data, device = estimator.data, choose_device(estimator.device)
        with own_draws(spawned(seed).weights):
            shared = SharedWeights(estimator.space, data.task, split=estimator.split)
        names = ("momentum", "weight_decay", "label_smoothing", "augment")
        training = PathTraining(
            shared,
            data,
            device,
            checkpoint,
            seed,
            batches=batches_of(len(data.train), estimator.batch_size),
            dropout=estimator.path_dropout,
            watch=lambda: self._watched(judge),
            settings={name: getattr(estimator, name) for name in names},
        )
        judge = InheritedAccuracy(
            shared,
            data,
            device,
            training.trainer.layout,
            images=estimator.images,
            calibration=estimator.calibration if estimator.recalibrate else 0,
        )
        return training, judge

    def _watched(self, judge: InheritedAccuracy[A]) -> Iterator[Found]:
        rng, total = random.Random("watched"), 0.0
        for _ in range(WATCHED):
            for found in judge.of(judge.network(self._estimator.space.sample(rng))):
                total += found or 0.0
                yield None
        yield total / WATCHED, {}

    def _found(self, about: dict[str, Any]) -> Checkpoint | None:
        """What an earlier process left of this training."""
        folder = self._estimator.checkpoints
        if folder is None:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        try:
            checkpoint = Checkpoint.load(folder / FILE)
        except OSError:  # none, or a torn one: begin anew
            return None
        if other := difference(about, checkpoint.about.get("training")):
            raise ValueError(
                f"{folder / FILE}: the checkpoint of another training: {other}; delete it to begin "
                "anew, or use another folder for checkpoints"
            )
        return checkpoint

    # ------------------------------------------------------------------ while trials run

    @contextmanager
    def undone_unless_finished(self, *, keeps: bool) -> Iterator[None]:
        """Where what is inside does not end well, the weights are what they were before.

        ``keeps``: it trains them at all.
        """
        before = self.training.checkpoint() if keeps else None
        try:
            yield
        except BaseException:
            if before is not None:
                self._training, self._judge, self._kept = None, None, before
            raise

    def drawn(self, seed: int) -> Split:
        """Validation images of a trial's own."""
        return some(self._estimator.data.validation, self._estimator.images, seed=seed)
