"""A policy as it was before and after the updates of a run, without running anything again."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, TypeAlias

import torch
from torch import Tensor

from workbench import checks
from workbench.history import History
from workbench.replay import replay
from workbench.strategies.policy_rows import spread
from workbench.strategies.policy_search import Policy
from workbench.strategies.ppo import PPO
from workbench.strategies.reinforce import Reinforce

Weights: TypeAlias = tuple[Tensor, ...]

MOST = 40  # updates that one can go to, the first and the last among them


class LearnedWeights:
    """``strategy``, fresh, is told a run again; ``updates`` are those that are kept.

    ``policy(update)`` is its policy after so many updates, 0 before any. The strategy that is given
    stays as it is. Raises ValueError for a strategy without a policy, one that has learned, one
    whose depth a schedule sets, and for a run of another space.
    """

    def __init__(self, strategy: Any, run: History[Any] | None = None) -> None:
        what = "ControllerPanel: strategy"
        checks.of_type(what, strategy, (Reinforce, PPO), cure="Reinforce(space)")
        if strategy.updates:
            raise ValueError(
                f"{what}: expected a fresh one, got one that has learned {strategy.updates} times; "
                "make another with the same settings, and pass the run"
            )
        if getattr(strategy, "deepen_every", 0):
            raise ValueError(
                f"{what}: expected one that takes every decision, got a schedule that sets the "
                "depth; make one with deepen_every=0"
            )
        own = deepcopy(strategy)
        self._policy: Policy = own.policy
        kept: list[tuple[int, Weights]] = [(0, self._weights())]
        for event in () if run is None else run.events:
            before = own.updates
            replay(own, [event])
            if own.updates > before:
                if len(kept) > 2 * MOST:
                    kept = kept[::2]
                kept.append((own.updates, self._weights()))
        self._kept = dict(spread(kept, MOST))
        self._loaded = -1

    @property
    def updates(self) -> tuple[int, ...]:
        """After how many updates the policy can be looked at; the first is 0."""
        return tuple(self._kept)

    def policy(self, update: int) -> Policy:
        """The policy with the weights that it had after this many updates, one of ``updates``.

        It is the same object each time: ask, read, and be done with it.
        """
        if update != self._loaded:
            with torch.no_grad():
                for parameter, value in zip(self._policy.parameters(), self._kept[update]):
                    parameter.copy_(value)
            self._loaded = update
        return self._policy

    def _weights(self) -> Weights:
        return tuple(each.detach().clone() for each in self._policy.parameters())
