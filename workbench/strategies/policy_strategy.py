"""A strategy that is a policy and learns from rewards: what REINFORCE and PPO have in common."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar, get_args

from workbench import checks
from workbench.protocols import Rows, SearchSpace
from workbench.records import Candidate, Told
from workbench.strategies.controller import Controller
from workbench.strategies.independent_softmaxes import IndependentSoftmaxes
from workbench.strategies.policy_gradient import Climber
from workbench.strategies.policy_search import Network, Policy, PolicySearch, Ways
from workbench.strategies.readings import Reading
from workbench.strategies.recurrent_steps import Heads
from workbench.strategies.rewards import Advantages, DepthSchedule, Failures, Reward

LAYERS, UNITS, MOST = 8, 4096, 10_000  # of an LSTM, at most; children of an update

A = TypeVar("A")


class PolicyStrategy(ABC, Generic[A]):
    """Asks what its policy draws; ``children`` scores make one update, which ``_learn`` makes."""

    def _settle(
        self,
        space: SearchSpace[A],
        *,
        network: Network,
        lstm_layers: int,
        hidden_size: int,
        initial_range: float,
        children: int,
        controller_rate: float,
        adam: bool,
        baseline: bool,
        baseline_decay: float,
        baseline_corrected: bool,
        normalise: bool,
        entropy_weight: float,
        reward_power: int,
        reward_factor: float,
        last_epochs: int,
        anchor_attention: bool,
        heads: Heads,
        temperature: float,
        tanh_constant: float,
        clip_norm: float,
        failures: Failures,
        seed: int,
        depths: DepthSchedule,
    ) -> None:
        """Keep the settings that all have, each under its own name, and begin.

        Raises ValueError for an impossible one.
        """
        name = f"{type(self).__name__}: "
        self.space, self.seed = space, checks.whole(f"{name}seed", seed)
        self.network = checks.one_of(f"{name}network", network, get_args(Network))
        self.lstm_layers = checks.whole(f"{name}lstm_layers", lstm_layers, least=1, most=LAYERS)
        self.hidden_size = checks.whole(f"{name}hidden_size", hidden_size, least=1, most=UNITS)
        self.initial_range = checks.number(
            f"{name}initial_range", initial_range, least=0.0, below=math.inf
        )
        self.children = checks.whole(f"{name}children", children, least=1, most=MOST)
        self.controller_rate = checks.number(
            f"{name}controller_rate", controller_rate, above=0.0, below=math.inf
        )
        self.adam = checks.yes_or_no(f"{name}adam", adam)
        self.baseline = checks.yes_or_no(f"{name}baseline", baseline)
        self.baseline_decay = checks.number(
            f"{name}baseline_decay", baseline_decay, least=0.0, below=1.0
        )
        self.baseline_corrected = checks.yes_or_no(f"{name}baseline_corrected", baseline_corrected)
        self.normalise = checks.yes_or_no(f"{name}normalise", normalise)
        self.entropy_weight = checks.number(
            f"{name}entropy_weight", entropy_weight, least=0.0, below=math.inf
        )
        self.reward_power = checks.whole(f"{name}reward_power", reward_power, least=1, most=9)
        self.reward_factor = checks.number(
            f"{name}reward_factor", reward_factor, above=0.0, below=math.inf
        )
        self.last_epochs = checks.whole(f"{name}last_epochs", last_epochs, least=0)
        self.anchor_attention = checks.yes_or_no(f"{name}anchor_attention", anchor_attention)
        self.heads = checks.one_of(f"{name}heads", heads, get_args(Heads))
        self.temperature = checks.number(
            f"{name}temperature", temperature, above=0.0, below=math.inf
        )
        self.tanh_constant = checks.number(
            f"{name}tanh_constant", tanh_constant, least=0.0, below=math.inf
        )
        self.clip_norm = checks.number(f"{name}clip_norm", clip_norm, least=0.0, below=math.inf)
        self.failures = checks.one_of(f"{name}failures", failures, get_args(Failures))
        self._policy = self._new_policy()
        self._climber = Climber(
            self._policy.parameters(),
            rate=self.controller_rate,
            adam=self.adam,
            clip_norm=self.clip_norm,
        )
        self._advantages = Advantages(
            baseline=self.baseline,
            decay=self.baseline_decay,
            corrected=self.baseline_corrected,
            normalise=self.normalise,
        )
        self._search = PolicySearch(
            space,
            self._policy,
            children=self.children,
            reward=Reward(self.reward_power, self.reward_factor, self.last_epochs),
            failures=self.failures,
            depths=depths,
            learn=self._learn,
            seed=self.seed,
        )

    def ask(self) -> Candidate[A]:
        """A child of the controller as it is now."""
        return self._search.ask()

    def skip(self, candidate: Candidate[A]) -> None:
        """This one was asked before: it is only counted."""
        self._search.skip(candidate)

    def tell(self, told: Told[A]) -> None:
        """The m-th score since the last update makes the next one."""
        self._search.tell(told)

    def inside(self) -> Mapping[str, Rows]:
        """``probabilities`` of each decision over the updates, and what the updates had in mind.

        ``controller``: the latest child, decision by decision, with the softmaxes as they are now.
        ``history``: mean reward and baseline of each batch; mean advantage; entropy, in nats; of
        PPO also the steps' mean ratio, and the share of ratios beyond 1 ± ε.
        """
        record = self._search.record
        history = {"history: reward": record.history("reward", "baseline")} | {
            f"history: {name}": record.history(name)
            for name in ("advantage", "entropy", "ratio", "clipped")
        }
        return self._search.tables() | {name: rows for name, rows in history.items() if rows}

    @property
    def policy(self) -> Policy:
        """The distribution that it draws from, as it is now."""
        return self._policy

    @property
    def updates(self) -> int:
        """How often it has learned."""
        return len(self._search.record)

    def _new_policy(self) -> Policy:
        if self.network == "independent softmaxes":
            return IndependentSoftmaxes(self.space, heads=self.heads)
        return Controller(
            self.space,
            lstm_layers=self.lstm_layers,
            hidden_size=self.hidden_size,
            initial_range=self.initial_range,
            heads=self.heads,
            attention=self.anchor_attention,
            temperature=self.temperature,
            tanh_constant=self.tanh_constant,
            seed=self.seed,
        )

    @abstractmethod
    def _learn(self, ways: Ways, rewards: Sequence[float]) -> tuple[Reading, dict[str, float]]:
        """Climb: the batch as it was read before, and numbers of the update."""
