"""Zero-cost proxies as an estimator: an architecture is judged untrained, in one or two passes.

Abdelfattah et al. (2021); the formulas are in ``training.zero_cost``. The two counts among them are
what every other proxy has to be compared with: on NAS-Bench-201 the number of parameters alone
ranks as well as most.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from typing import Generic, Literal, TypeAlias, TypeVar, get_args

import torch
from torch import Tensor, nn

from workbench import checks
from workbench.data.images import ImageData, normalised
from workbench.protocols import SearchSpace
from workbench.records import Batch, Candidate, Evaluation, Event
from workbench.scales import PLAIN
from workbench.training.device import choose_device
from workbench.training.inspection import complete, inspected, ordinary
from workbench.training.metrics import cost_of
from workbench.training.randomness import own_draws, spawned
from workbench.training.trainer import SMALL
from workbench.training.turns import Turns
from workbench.training.zero_cost import SCORES

A = TypeVar("A")

Proxy: TypeAlias = Literal[
    "gradient norm",
    "SNIP",
    "GraSP",
    "SynFlow",
    "Fisher",
    "Jacobian covariance",
    "NASWOT",
    "parameters",
    "MACs",
]


class ZeroCost(Generic[A]):
    """Scores a candidate's network before any training, by one ``proxy``; higher is better.

    A trial's seed draws the initial weights and the minibatch of ``images`` training images, so two
    trials of one architecture differ; "SynFlow" looks at no image, "parameters" and "MACs" not even
    at weights. A score that is no finite number (the NASWOT of a network that treats two images
    alike, say, is −∞) is NaN: no answer, which comes last. Scores are no accuracies, and those of
    two proxies have nothing in common but their direction.

    Raises ValueError for an impossible setting.
    """

    scale = PLAIN

    def __init__(
        self,
        space: SearchSpace[A],
        data: ImageData,
        *,
        proxy: Proxy = "SynFlow",
        images: int = 64,
        device: str = "auto",
    ) -> None:
        self.space, self.data = space, checks.of_type("ZeroCost: data", data, ImageData)
        self.proxy = checks.one_of("ZeroCost: proxy", proxy, get_args(Proxy))
        self.images = checks.whole("ZeroCost: images", images, least=2)
        choose_device(device)
        self.device = device

    def prepare(self, *, seed: int) -> Generator[Event[A], None, None]:
        """Nothing to prepare."""
        yield from ()

    def estimate(
        self, candidate: Candidate[A], *, trial: int, seed: int
    ) -> Generator[Event[A], None, Evaluation]:
        """Build the network of ``candidate`` and look; ``measures`` are parameters and macs.

        Raises ValueError for a candidate that cannot be built.
        """
        start = time.perf_counter()
        checks.of_type("ZeroCost: candidate", candidate, Candidate)
        needs = cost_of(self.space, candidate.arch, self.data.task)
        if self.proxy == "parameters":
            score = float(needs.parameters)
        elif self.proxy == "MACs":
            score = float(needs.macs)
        else:
            streams = spawned(seed)
            with own_draws(streams.weights):
                network = self.space.build(candidate.arch, self.data.task)
            score = self._score(network, order=streams.order, other=streams.other)
        seconds = time.perf_counter() - start
        yield Batch(trial, 1, 1, 1)
        measures = {"parameters": float(needs.parameters), "macs": float(needs.macs)}
        return Evaluation(score if math.isfinite(score) else math.nan, seconds, (), measures)

    def _score(self, network: nn.Module, *, order: int, other: int) -> float:
        task, where = self.data.task, choose_device(self.device)
        complete(network, task, seed=other)
        ordinary(network)
        small = task.height * task.width <= SMALL and where.type == "cpu"
        draws = inspected(network, task).draws is not False
        with Turns(where, threads=1 if small else None, draws=draws, seed=other).turn():
            network.to(where).train()
            return SCORES[self.proxy](network, *self._minibatch(where, order))

    def _minibatch(self, where: torch.device, seed: int) -> tuple[Tensor, Tensor]:
        """Some training images, normalised, and their labels."""
        split = self.data.train
        generator = torch.Generator().manual_seed(seed)
        chosen = torch.randperm(len(split), generator=generator)[: self.images]
        images = normalised(split.images[chosen], self.data.mean, self.data.deviation)
        return images.to(where), split.labels[chosen].to(where)
