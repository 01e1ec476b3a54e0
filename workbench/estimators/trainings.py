"""Candidates trained one by one, on whatever it is: images and text have all of this in common."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, runtime_checkable

from torch import nn

from workbench.estimators.kept_trials import KeptTrials
from workbench.protocols import SearchSpace
from workbench.records import Batch, Candidate, Epoch, Evaluation, Event, Task, Told
from workbench.settings import describe
from workbench.training.checkpoint import Checkpoint
from workbench.training.device import choose_device
from workbench.training.metrics import Cost, cost_of
from workbench.training.randomness import own_draws, spawned

A = TypeVar("A")

# ``train`` or ``train_on_text`` with data and settings filled in
Train: TypeAlias = Callable[..., Generator[Batch | Epoch, None, Checkpoint]]


@runtime_checkable  # the tests check every signature at run time
class HasTask(Protocol):
    """Data of whatever kind."""

    @property
    def task(self) -> Task:
        """What is to be learned."""


@runtime_checkable
class Trains(Protocol[A]):
    """What is asked of an estimator that trains; its settings are what a checkpoint belongs to."""

    space: SearchSpace[A]
    epochs: int
    device: str
    checkpoints: Path | None

    @property
    def data(self) -> HasTask:
        """What it trains on."""


class Trainings(Generic[A]):
    """Each candidate of ``estimator`` is trained from first weights of its own, or goes on.

    A candidate may ask for fewer epochs than the budget, and a later one continue it: what trials
    leave behind is ``kept``, for the run whose seed ``kept.begin`` was told; ``keep_all``: also of
    those that have nothing left to continue.
    """

    def __init__(self, estimator: Trains[A], *, keep_all: bool = False) -> None:
        self._estimator, self._keep_all = estimator, keep_all
        self.kept = KeptTrials(estimator.checkpoints)

    def estimate(
        self, candidate: Candidate[A], train: Train, *, trial: int, seed: int
    ) -> Generator[Event[A], None, Evaluation]:
        """Train ``candidate``, yielding what ``train`` yields.

        ``seconds`` is the time spent working, not the time spent waiting to be pulled. ``curve``
        holds every epoch, those of the trial it continues included; ``measures`` are parameters,
        macs, and the last epoch's training loss and measures.

        Raises ValueError for a candidate that cannot be built or that asks for more epochs than
        the budget, FloatingPointError where training diverges; RunError or OSError, which end the
        run, where there is nothing to continue or a checkpoint cannot be written.
        """
        start = time.perf_counter()
        earlier, about, measured = None, self._about(candidate), {"loss": float("nan")}
        if candidate.continues is not None:
            earlier = self.kept.earlier(candidate.continues, about)
            measured |= earlier.about.get("measured", {})  # nothing may be left to train
        seed = earlier.seed if earlier else seed
        network, needs = self.built(candidate.arch, seed)
        horizon = self._estimator.epochs
        training = train(
            network,
            epochs=self._budget(candidate),
            horizon=horizon,
            device=self._estimator.device,
            trial=trial,
            checkpoint=earlier,
            seed=seed,
        )
        before, seconds = time.perf_counter() - start, 0.0
        measures = {"parameters": float(needs.parameters), "macs": float(needs.macs)}
        while True:
            try:
                event = next(training)
            except StopIteration as end:
                left = about | {"measured": measured}
                self.kept.keep(trial, end.value, left, horizon=None if self._keep_all else horizon)
                curve = end.value.curve
                break
            if isinstance(event, Epoch):
                seconds = event.seconds
                measured = {"loss": event.loss, **event.measures}
            yield event
        return Evaluation(curve[-1], before + seconds, curve, measures | measured)

    def built(self, arch: A, seed: int) -> tuple[nn.Module, Cost]:
        """The untrained network of a trial with this seed, and what it needs."""
        space, task = self._estimator.space, self._estimator.data.task
        with own_draws(spawned(seed).weights):
            network = space.build(arch, task)
        return network, cost_of(space, arch, task)

    def network(self, told: Told[A]) -> nn.Module:
        """The trained network of a trial, from its file.

        Raises RunError where no checkpoints are kept or the file belongs to another run, OSError
        where it is missing or damaged.
        """
        checkpoint = self.kept.trained(told.trial, self._about(told.candidate))
        network, _ = self.built(told.candidate.arch, checkpoint.seed)
        network.load_state_dict(checkpoint.group("network"))
        return network.to(choose_device(self._estimator.device))

    def _budget(self, candidate: Candidate[A]) -> int:
        most = self._estimator.epochs
        epochs = most if candidate.epochs is None else candidate.epochs
        if not 1 <= epochs <= most:
            raise ValueError(
                f"the candidate asks for {epochs} epochs, expected 1 … {most}: the learning "
                "rate has fallen to 0 by then; give the estimator a larger epochs"
            )
        return epochs

    def _about(self, candidate: Candidate[A]) -> dict[str, Any]:
        """What a checkpoint belongs to."""
        spelling = self._estimator.space.spell(candidate.arch)
        return {"arch": spelling, "settings": describe(self._estimator)}
