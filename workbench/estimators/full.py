"""Train each candidate in full and look at its validation accuracy.

Elsken et al. (2019), section 4: the simplest estimate, and the dearest one.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import TypeVar

from workbench import checks
from workbench.data.images import ImageData
from workbench.estimators.one_by_one import OneByOne
from workbench.estimators.trainings import Trainings
from workbench.protocols import SearchSpace
from workbench.records import Candidate, Evaluation, Event
from workbench.scales import ACCURACY
from workbench.training.loop import MOST, train, usable

A = TypeVar("A")


class FullTraining(OneByOne[A]):
    """Trains a candidate's network; its score is the validation accuracy after the last epoch.

    The last, not the best: the maximum over epochs would favour noisy curves. ``epochs`` is the
    budget and the horizon of the learning rate; a candidate may ask for fewer (``epochs``) and a
    later one go on from there (``continues``), bit for bit as if it had never stopped. What is
    needed to go on is kept in memory or, with a folder ``checkpoints``, in files
    ``trial-17.safetensors`` there: needed where several processes train, or a search is resumed.

    The other settings are those of ``workbench.training.train``.
    """

    scale = ACCURACY

    def __init__(
        self,
        space: SearchSpace[A],
        data: ImageData,
        *,
        epochs: int = 8,
        batch_size: int = 32,
        rate: float = 0.2,
        momentum: float = 0.9,
        weight_decay: float = 5e-4,
        label_smoothing: float = 0.1,
        augment: bool = False,
        device: str = "auto",
        checkpoints: str | Path | None = None,
    ) -> None:
        self.space, self.data = space, checks.of_type("data", data, ImageData)
        self.epochs = checks.whole("epochs", epochs, least=1, most=MOST)
        # now, not in the middle of a search; plain values, as they are written into logs
        plain = usable(batch_size, rate, momentum, weight_decay, label_smoothing, augment, device)
        self.batch_size, self.rate, self.momentum, self.weight_decay = plain[:4]
        self.label_smoothing, self.augment, self.device = plain[4:]
        self.checkpoints = checks.path_or_none("checkpoints", checkpoints)
        self._trainings = Trainings(self)

    def estimate(
        self, candidate: Candidate[A], *, trial: int, seed: int
    ) -> Generator[Event[A], None, Evaluation]:
        """Train ``candidate``, yielding ``Batch`` and ``Epoch`` events of this ``trial``.

        ``seconds`` is the time spent working, not the time spent waiting to be pulled. ``curve``
        holds every epoch, those of the trial it continues included; ``measures`` are parameters,
        macs (of one image) and the last epoch's training loss.

        Raises ValueError for a candidate that cannot be built or that asks for more epochs than
        the budget, FloatingPointError where training diverges; RunError or OSError, which end the
        run, where there is nothing to continue or a checkpoint cannot be written.
        """
        checks.of_type("FullTraining: candidate", candidate, Candidate)
        training = partial(
            train,
            data=self.data,
            batch_size=self.batch_size,
            rate=self.rate,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            label_smoothing=self.label_smoothing,
            augment=self.augment,
        )
        return (yield from self._trainings.estimate(candidate, training, trial=trial, seed=seed))
