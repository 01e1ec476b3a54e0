"""Train each candidate in full and look at its validation accuracy.

Elsken et al. (2019), section 4: the simplest estimate, and the dearest one.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, Generic, TypeVar

from torch import nn

from workbench import checks
from workbench.data.images import ImageData
from workbench.estimators.kept_trials import KeptTrials
from workbench.protocols import SearchSpace
from workbench.records import Candidate, Evaluation, Event, Told
from workbench.scales import ACCURACY
from workbench.settings import describe
from workbench.training.device import choose_device
from workbench.training.loop import MOST, train, usable
from workbench.training.metrics import Cost, cost_of
from workbench.training.randomness import own_draws, spawned

A = TypeVar("A")


class FullTraining(Generic[A]):
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
        self.checkpoints = None if checkpoints is None else checks.path("checkpoints", checkpoints)
        self._trials = KeptTrials(self.checkpoints)

    def prepare(self, *, seed: int) -> Generator[Event[A], None, None]:
        """Nothing to prepare, as every candidate is trained on its own; ``seed`` is the run's.

        Raises OSError where nothing can be written to ``checkpoints``.
        """
        self._trials.begin(seed)
        yield from ()

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
        start = time.perf_counter()
        checks.of_type("FullTraining: candidate", candidate, Candidate)
        earlier, about = None, self._about(candidate)
        if candidate.continues is not None:
            earlier = self._trials.earlier(candidate.continues, about)
        seed = earlier.seed if earlier else seed
        network, needs = self._built(candidate.arch, seed)
        training = train(
            network,
            self.data,
            epochs=self._budget(candidate),
            horizon=self.epochs,
            batch_size=self.batch_size,
            rate=self.rate,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            label_smoothing=self.label_smoothing,
            augment=self.augment,
            device=self.device,
            trial=trial,
            checkpoint=earlier,
            seed=seed,
        )
        before, seconds, loss = time.perf_counter() - start, 0.0, float("nan")
        while True:
            try:
                event = next(training)
            except StopIteration as end:
                self._trials.keep(trial, end.value, about, horizon=self.epochs)
                curve = end.value.curve
                break
            seconds, loss = getattr(event, "seconds", seconds), getattr(event, "loss", loss)
            yield event
        measures = {"parameters": float(needs.parameters), "macs": float(needs.macs), "loss": loss}
        return Evaluation(curve[-1], before + seconds, curve, measures)

    def _budget(self, candidate: Candidate[A]) -> int:
        epochs = self.epochs if candidate.epochs is None else candidate.epochs
        if not 1 <= epochs <= self.epochs:
            raise ValueError(
                f"the candidate asks for {epochs} epochs, expected 1 … {self.epochs}: the learning "
                "rate has fallen to 0 by then; give the estimator a larger epochs"
            )
        return epochs

    def _built(self, arch: A, seed: int) -> tuple[nn.Module, Cost]:
        with own_draws(spawned(seed).weights):
            network = self.space.build(arch, self.data.task)
        return network, cost_of(self.space, arch, self.data.task)

    def network(self, told: Told[A]) -> nn.Module:
        """The trained network of a trial, from its file in ``checkpoints``.

        Raises RunError where no checkpoints are kept or the file belongs to another run, OSError
        where it is missing or damaged.
        """
        checkpoint = self._trials.trained(told.trial, self._about(told.candidate))
        network, _ = self._built(told.candidate.arch, checkpoint.seed)
        network.load_state_dict(checkpoint.group("network"))
        return network.to(choose_device(self.device))

    def _about(self, candidate: Candidate[A]) -> dict[str, Any]:
        """What a checkpoint belongs to."""
        return {"arch": self.space.spell(candidate.arch), "settings": describe(self)}
