"""Children of a policy, and their rewards in batches: what REINFORCE and PPO share."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar, runtime_checkable

import torch
from torch import nn

from workbench.protocols import Rows, SearchSpace
from workbench.records import Candidate, Told
from workbench.strategies.draws import generator
from workbench.strategies.policy_rows import PolicyRecord, unrolled
from workbench.strategies.readings import Reading
from workbench.strategies.recurrent_steps import (
    Forced,
    SoftmaxTable,
    Unrolling,
    walked,
)
from workbench.strategies.rewards import DepthSchedule, Failures, Reward
from workbench.training.threads import threads

A = TypeVar("A")

Network: TypeAlias = Literal["controller", "independent softmaxes"]
Ways: TypeAlias = Sequence[Unrolling[Any]]
# a batch's walks and rewards -> its reading before the update, and numbers of the update
Learn: TypeAlias = Callable[[Ways, Sequence[float]], tuple[Reading, Mapping[str, float]]]


@runtime_checkable  # the tests check every signature at run time
class Policy(Protocol):
    """A distribution over the walks of a space, with weights that can be learned."""

    table: SoftmaxTable

    def sample(self, ways: Ways, rngs: Sequence[random.Random]) -> None:
        """Follow these walks to their ends, each with its own draws."""

    def read(self, ways: Ways) -> Reading:
        """How likely complete walks are."""

    def parameters(self) -> Iterator[nn.Parameter]:
        """What is learned."""


class PolicySearch(Generic[A]):
    """Children are drawn from the policy as it is; ``children`` of them told are an update.

    The n-th ask is a function of the weights and n. ``children`` of them are drawn together, in one
    network pass a step, always the same ones together: those of asks 0 … m − 1, of m … 2m − 1, …
    """

    def __init__(
        self,
        space: SearchSpace[A],
        policy: Policy,
        *,
        children: int,
        reward: Reward,
        failures: Failures,
        depths: DepthSchedule,
        learn: Learn,
        seed: int,
    ) -> None:
        self.space, self.policy, self.children, self.seed = space, policy, children, seed
        self.record = PolicyRecord()
        self._reward, self._failures, self._depths = reward, failures, depths
        self._learn = learn
        self._asks = 0  # also those skipped
        self._drawn: tuple[int, int, list[A]] | None = None  # of which weights, from which ask on
        self._latest: A | None = None
        self._lowest: float | None = None
        self._batch: list[tuple[A, float]] = []

    def ask(self) -> Candidate[A]:
        """The next child of the policy as it is now."""
        updates, first = len(self.record), self._asks - self._asks % self.children
        if self._drawn is None or self._drawn[:2] != (updates, first):
            self._drawn = updates, first, self._draw(first)
        arch = self._drawn[2][self._asks - first]
        after = f"{updates} update" + "s" * (updates != 1)
        candidate = Candidate(arch, reason=f"drawn from the policy after {after}")
        self.skip(candidate)
        return candidate

    def skip(self, candidate: Candidate[A]) -> None:
        """This one was asked before."""
        self._asks += 1
        self._latest = candidate.arch

    def tell(self, told: Told[A]) -> None:
        """Its reward joins the batch; a full batch is an update."""
        arch = told.candidate.arch
        self.space.decisions(arch)  # raises where it is not in the space
        reward = self._reward.of(told.evaluation)
        if reward is not None:
            self._lowest = reward if self._lowest is None else min(reward, self._lowest)
        elif self._failures == "lowest reward":
            reward = self._lowest
        if reward is None:
            return
        self._batch.append((arch, reward))
        if len(self._batch) == self.children:
            archs, rewards = zip(*self._batch)
            self._batch = []
            with threads(1), torch.enable_grad():
                self.record.add(*self._learn([self._walked(a) for a in archs], rewards))

    def tables(self) -> dict[str, Rows]:
        """``probabilities`` over the updates, and ``controller``: the latest child, unrolled."""
        tables: dict[str, Rows] = {}
        if len(self.record):
            tables["probabilities"] = self.record.probabilities()
        if self._latest is not None:
            with threads(1), torch.no_grad():
                tables["controller"] = unrolled(self.policy.read([self._walked(self._latest)]))
        return {name: rows for name, rows in tables.items() if rows}

    def _draw(self, first: int) -> list[A]:
        asks = range(first, first + self.children)
        with threads(1):
            ways = [
                Unrolling(self.policy.table, self.space.begin(), forced=self._forced(ask))
                for ask in asks
            ]
            self.policy.sample(ways, [generator(self.seed, ask) for ask in asks])
        return [way.arch for way in ways]

    def _forced(self, ask: int) -> Forced:
        return lambda decision: self._depths.forced(decision, ask)

    def _walked(self, arch: A) -> Unrolling[A]:
        return walked(self.policy.table, self.space, arch, depth=self._depths.sets_depth)
