"""Train a child on from what its parents have learnt: weight inheritance.

Elsken et al. (2019), section 4: network morphisms change an architecture and leave the function
that its network computes, so a child need not be trained from scratch (Real et al. 2017;
Elsken et al. 2017; Cai et al. 2018).
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from torch import Tensor, nn

from workbench import checks
from workbench.data.images import ImageData
from workbench.estimators.one_by_one import OneByOne
from workbench.estimators.trainings import Trainings
from workbench.protocols import SearchSpace
from workbench.records import Batch, Candidate, Epoch, Evaluation, Event, Told
from workbench.scales import ACCURACY
from workbench.settings import describe
from workbench.training.checkpoint import Checkpoint
from workbench.training.inheritance import Kept, inherit
from workbench.training.loop import MOST, train, usable

A = TypeVar("A")


class Inherited(OneByOne[A]):
    """``FullTraining`` whose candidates begin with their parents' weights.

    A candidate without ``parents`` is trained from scratch, ``epochs`` epochs from the learning
    rate ``rate`` down to 0. A child begins with ``inherit``'s weights (exact where network
    morphisms lead from a parent to it, otherwise what has the same name and shape; of several
    parents the one that gives most) and is trained as many epochs more, from the learning rate
    ``restart`` down: a warm restart. Elsken et al. (2017) say 0.05 for 17 epochs; where there are
    three, a higher one learns more. A parent that failed has nothing to give.

    ``noise`` tells the copies apart that a wider layer begins with, as ``inherit`` has it: without
    any they stay copies. So a wider child's function is nearly its mother's.

    Every trial's weights are kept: in memory or, with a folder ``checkpoints``, in files, needed
    where several processes train, or a search is resumed. The other settings are ``train``'s.
    """

    scale = ACCURACY

    def __init__(
        self,
        space: SearchSpace[A],
        data: ImageData,
        *,
        epochs: int = 4,
        batch_size: int = 32,
        rate: float = 0.2,
        restart: float = 0.2,
        noise: float = 0.01,
        momentum: float = 0.9,
        weight_decay: float = 5e-4,
        label_smoothing: float = 0.1,
        augment: bool = False,
        device: str = "auto",
        checkpoints: str | Path | None = None,
    ) -> None:
        self.space, self.data = space, checks.of_type("data", data, ImageData)
        self.epochs = checks.whole("epochs", epochs, least=1, most=MOST)
        self.restart = checks.number("restart", restart, above=0.0, below=math.inf, cure="try 0.2")
        self.noise = checks.number("noise", noise, least=0.0, below=math.inf)
        plain = usable(batch_size, rate, momentum, weight_decay, label_smoothing, augment, device)
        self.batch_size, self.rate, self.momentum, self.weight_decay = plain[:4]
        self.label_smoothing, self.augment, self.device = plain[4:]
        self.checkpoints = checks.path_or_none("checkpoints", checkpoints)
        self._trainings = Trainings(self, keep_all=True)
        self._failed: set[int] = set()

    def tell(self, told: Told[A]) -> None:
        """A trial that failed left no weights: its children do without."""
        if told.evaluation.is_failure:
            self._failed.add(told.trial)
        else:  # the trial of that number of an earlier search may have failed
            self._failed.discard(told.trial)

    def estimate(
        self, candidate: Candidate[A], *, trial: int, seed: int
    ) -> Generator[Event[A], None, Evaluation]:
        """Train ``candidate`` on from its parents' weights, yielding ``Batch`` and ``Epoch``.

        ``measures`` are those of ``FullTraining`` and of a child two more: ``inherited``, the
        share of its parameters that hold a parent's values, and ``exact``, 1 where it began with
        the very function of its parent (``noise`` apart), else 0.

        Raises what ``FullTraining.estimate`` raises; RunError or OSError also where a parent's
        weights are gone.
        """
        start = time.perf_counter()
        checks.of_type("Inherited: candidate", candidate, Candidate)
        parents = [parent for parent in candidate.parents if parent not in self._failed]
        begin = partial(
            self._begin,
            weights=None,
            data=self.data,
            batch_size=self.batch_size,
            rate=self.restart if parents else self.rate,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            label_smoothing=self.label_smoothing,
            augment=self.augment,
        )
        if not parents or candidate.continues is not None:
            return (yield from self._trainings.estimate(candidate, begin, trial=trial, seed=seed))
        weights, kept = self._handed_down(candidate.arch, parents, seed)
        begin, seconds = partial(begin, weights=weights), time.perf_counter() - start
        answer = yield from self._trainings.estimate(candidate, begin, trial=trial, seed=seed)
        more = {"inherited": kept.share, "exact": float(kept.exact)}
        measures = {**answer.measures, **more}
        return replace(answer, seconds=seconds + answer.seconds, measures=measures)

    def _begin(
        self, network: nn.Module, *, weights: dict[str, Tensor] | None, **training: Any
    ) -> Generator[Batch | Epoch, None, Checkpoint]:
        if weights is not None:
            network.load_state_dict(weights)
        return train(network, **training)

    def _handed_down(
        self, child: A, parents: list[int], seed: int
    ) -> tuple[dict[str, Tensor], Kept]:
        """From the parent that gives most."""
        found = []
        for parent in parents:
            left = self._trainings.kept.earlier(parent, {"settings": describe(self)})
            mother, weights = self.space.parse(left.about["arch"]), left.group("network")
            found.append(
                inherit(
                    self.space, mother, weights, child, self.data.task,
                    noise=self.noise, seed=seed,
                )
            )  # fmt: skip
        return max(found, key=lambda each: (each[1].exact, each[1].share))
