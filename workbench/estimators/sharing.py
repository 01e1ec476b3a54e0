"""One-shot models: one network is trained, and every architecture inherits its weights from it.

Guo et al. (2020), *Single path one-shot NAS*; Bender et al. (2018) before, with path dropout; Pham
et al. (2018), ENAS, where the shared weights go on learning while a controller asks.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from pathlib import Path
from typing import Generic, TypeVar

import torch
from torch import nn

from workbench import checks
from workbench.data.images import ImageData
from workbench.estimators.shared_training import SharedTraining
from workbench.records import Batch, Candidate, Evaluation, Event, RunError, Told
from workbench.scales import ACCURACY
from workbench.spaces.edges import EdgeSpace
from workbench.training.loop import MOST, usable
from workbench.training.randomness import spawned

A = TypeVar("A")


class OneShot(Generic[A]):
    """Scores candidates with weights inherited from one supernet, which ``prepare`` trains.

    At each step of the ``epochs`` epochs one path is drawn uniformly and trained (SPOS). Then a
    candidate is not trained any more: its score is the accuracy on ``images`` validation images,
    always the same (all, where there are no more). ``RandomSearch`` with it is random search with
    weight sharing (Li & Talwalkar 2019). What combines:

    1. ``recalibrate``: before it is judged, a candidate's batch normalisation is measured on
       ``calibration`` training images (SPOS); without, it has the supernet's moving averages, a
       mixture over all paths.
    2. ``path_dropout`` r > 0: not one path but all of them are trained at first, fewer later, as
       the rate at which *all* ways into a state are dropped rises from 0 to r (Bender et al.; 0.1).
    3. ``split``: an edge of the (first kind of) cell, by its row; each operation on it has a
       supernet of its own (few-shot NAS, Zhao et al. 2021). A step trains the supernet that its
       path is in, so all together cost what one does, and each has a share of the steps; the paper
       begins from a trained supernet and gives each as many steps as that had.
    4. ``steps`` k > 0: each candidate's path is trained on k more batches, at ``step_rate``, before
       it is judged, with ``same_images=False`` on validation images of its trial's own. With
       ``Reinforce`` that is ENAS, with ``epochs=0`` from untrained weights. It departs from the
       paper in that weights and controller take turns with every candidate: there an epoch of the
       weights, on paths of a controller that stands still, alternates with many updates of the
       controller, for which no weight moves.

    What is trained lies in ``checkpoints``, a folder, after each epoch; ``prepare`` goes on from
    there, or finds it finished, whatever the settings by which candidates are judged. With
    ``steps`` a resumed run trains again what its trials trained, in their order, and trials cannot
    run in several processes.

    Raises ValueError for an impossible setting.
    """

    scale = ACCURACY

    def __init__(
        self,
        space: EdgeSpace[A],
        data: ImageData,
        *,
        epochs: int = 30,
        batch_size: int = 64,
        rate: float = 0.1,
        momentum: float = 0.9,
        weight_decay: float = 5e-4,
        label_smoothing: float = 0.0,
        augment: bool = False,
        path_dropout: float = 0.0,
        split: int | None = None,
        recalibrate: bool = True,
        calibration: int = 500,
        images: int = 1000,
        same_images: bool = True,
        steps: int = 0,
        step_rate: float = 0.02,
        device: str = "auto",
        checkpoints: str | Path | None = None,
    ) -> None:
        of = "OneShot: {}".format
        if not isinstance(space, EdgeSpace):
            raise ValueError(
                "OneShot: space: expected cells with an operation on each edge, as DARTSSpace's "
                f"or TopologySpace's, got {type(space).__name__}"
            )
        self.space, self.data = space, checks.of_type(of("data"), data, ImageData)
        self.epochs = checks.whole(of("epochs"), epochs, least=0, most=MOST)
        plain = usable(batch_size, rate, momentum, weight_decay, label_smoothing, augment, device)
        self.batch_size, self.rate, self.momentum, self.weight_decay = plain[:4]
        self.label_smoothing, self.augment, self.device = plain[4:]
        self.path_dropout = checks.number(of("path_dropout"), path_dropout, least=0.0, below=1.0)
        last = len(space.edges()) - 1
        self.split = None if split is None else checks.whole(of("split"), split, least=0, most=last)
        self.recalibrate = checks.yes_or_no(of("recalibrate"), recalibrate)
        self.calibration = checks.whole(of("calibration"), calibration, least=2)
        self.images = checks.whole(of("images"), images, least=1)
        self.same_images = checks.yes_or_no(of("same_images"), same_images)
        self.steps = checks.whole(of("steps"), steps, least=0, most=MOST)
        self.step_rate = checks.number(of("step_rate"), step_rate, above=0.0, below=math.inf)
        if self.epochs == 0 and self.steps == 0:
            raise ValueError("OneShot: epochs: expected 1 at least where steps is 0: no training")
        self.checkpoints = checks.path_or_none("checkpoints", checkpoints)
        self._shared = SharedTraining(self)
        self._here: set[int] = set()  # trials that this very estimator looks at, or did
        self._before: list[Told[A]] = []  # those that a log holds, to be trained again

    def prepare(self, *, seed: int) -> Generator[Event[A], None, None]:
        """Train the supernet: ``Batch`` and ``Epoch`` events of no trial. Nothing, if it is done.

        The score of an epoch is the mean accuracy of four architectures, always the same.

        Raises FloatingPointError where training diverges, ValueError for a checkpoint of another
        training, OSError where nothing can be written to ``checkpoints``.
        """
        before, self._before, self._here = self._before, [], set()
        yield from self._shared.train(seed=checks.whole("seed", seed, least=0))
        for told in before:
            seed_then = told.evaluation.measures.get("seed")
            if seed_then is not None:  # it did not fail
                yield from self._trained_on(told.candidate.arch, None, int(seed_then), self.steps)

    def estimate(
        self, candidate: Candidate[A], *, trial: int, seed: int
    ) -> Generator[Event[A], None, Evaluation]:
        """Judge ``candidate`` with the weights that it inherits, yielding ``Batch`` events.

        ``measures`` are parameters (of its own network) and, with ``steps``, the ``seed`` of the
        trial. A trial that is stopped, or fails, leaves the shared weights as they were.

        Raises ValueError for a candidate that is not in the space, FloatingPointError where its
        steps diverge, RunError where nothing was prepared.
        """
        checks.of_type("OneShot: candidate", candidate, Candidate)
        arch, shared = candidate.arch, self._shared
        self._here.add(trial)
        turns = shared.training.turns
        start, split = turns.seconds, None if self.same_images else shared.drawn(seed)
        measures = {"seed": float(seed)} if self.steps else {}
        with shared.undone_unless_finished(keeps=self.steps > 0):
            beats = self.steps + 1
            yield from self._trained_on(arch, trial, seed, beats)
            with shared.training.turn():
                network = shared.judge.network(arch)
                measures["parameters"] = float(sum(w.numel() for w in network.parameters()))
                judging = shared.judge.of(network, split)
            while True:
                with shared.training.turn():
                    found = next(judging)
                if found is not None:
                    break
                yield Batch(trial, 1, beats, beats)
        return Evaluation(found, turns.seconds - start, (), measures)

    def _trained_on(
        self, arch: A, trial: int | None, seed: int, beats: int
    ) -> Generator[Batch, None, None]:
        """``steps`` steps of the shared weights on the path of ``arch``."""
        generator = torch.Generator().manual_seed(spawned(seed).order)
        for step in range(1, self.steps + 1):
            training = self._shared.training
            with training.turn():
                part = torch.randperm(len(self.data.train), generator=generator)
                training.step_on(arch, part[: self.batch_size], self.step_rate)
                self._shared.moved = True
            yield Batch(trial, 1, step, beats)

    def tell(self, told: Told[A]) -> None:
        """Which trials trained the shared weights, in which order; a resumed run trains them again.

        Raises RunError where another process trained a copy of the weights.
        """
        if not self.steps:
            return
        if self._shared.ready and told.trial not in self._here:
            raise RunError(
                f"trial {told.trial} was not trained here: with steps the shared weights are "
                "trained by one trial after the other, in one process: search without an executor, "
                "and resume with a fresh estimator"
            )
        if not self._shared.ready:
            self._before.append(told)

    def network(self, told: Told[A]) -> nn.Module:
        """The network of a trial, with the weights that it inherited; recalibrated, where it was.

        Raises RunError where nothing was prepared, or the weights were trained on since.
        """
        if self.steps:
            raise RunError(
                f"trial {told.trial}: the shared weights were trained on since; train the "
                "architecture by itself, FullTraining(…)"
            )
        with self._shared.training.turn():
            return self._shared.judge.measured(told.candidate.arch)
