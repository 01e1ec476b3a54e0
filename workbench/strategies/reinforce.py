"""REINFORCE: a controller is rewarded for what its architectures score.

Zoph & Le (2017), Neural architecture search with reinforcement learning; Williams (1992).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean as mean
from typing import Any, ClassVar, Generic, TypeVar, get_args

import torch

from workbench import checks
from workbench.protocols import Rows, SearchSpace
from workbench.records import Candidate, Told
from workbench.strategies.controller import KIND, Controller
from workbench.strategies.independent_softmaxes import IndependentSoftmaxes
from workbench.strategies.policy_gradient import Climber, expected_reward
from workbench.strategies.policy_search import Network, Policy, PolicySearch, Ways
from workbench.strategies.readings import Reading
from workbench.strategies.recurrent_steps import Heads
from workbench.strategies.rewards import (
    DepthSchedule,
    Failures,
    MovingAverage,
    Reward,
    normalised,
)

LAYERS, UNITS, MOST = 8, 4096, 10_000  # of an LSTM, at most; children of an update

A = TypeVar("A")


class Reinforce(Generic[A]):
    """Asks what a recurrent controller draws; each batch of scores is a step up E[reward].

    ∇J = (1/m) Σ_k Σ_t ∇ log P(a_t | a_<t) (R_k − b) [Zoph & Le 2017, section 3.2]. The details, in
    brackets whose they are, and the argument that switches each off. "Paper" is Zoph & Le; what is
    marked ours is not printed there. The preset "lesson", the defaults, is ours, for hundreds of
    architectures; "paper" has the published values, for thousands.

    1. *Controller*: ``lstm_layers`` × ``hidden_size`` [paper: 2 × 35], one softmax a decision.
       ``network="independent softmaxes"``: no LSTM, the toy [NATS-Bench, Dong et al. 2021].
    2. *Initial weights*: uniform in ±``initial_range`` [paper: 0.08]; 0: all alike, and uniform.
    3. *Children*: ``children`` scores make one update [paper: m = 8]; 1: each score is one.
    4. *Baseline*: a moving average of earlier rewards [paper; ``baseline_decay`` 0.95 is NASNet's];
       ``baseline=False``: b = 0.
    5. *Its start* is corrected [NATS-Bench], and the first batch compares its children with each
       other [Kool et al. 2019]; ``baseline_corrected=False``: b starts at 0.
    6. *Normalised advantage*: divided by its root mean square in the batch [ours];
       ``normalise=False``.
    7. *Entropy bonus*: + ``entropy_weight`` · H, summed over decisions [Williams & Peng 1991;
       paper: none]; 0: none.
    8. *Reward*: score^``reward_power``, of the best of the ``last_epochs`` epochs [paper: the cube,
       of five]; 1, and 0: the score. ``reward_factor`` c is for rewards such as c / perplexity².
    9. *Learning rate*: Adam with ``controller_rate`` [paper: 6e-4; lesson 5e-3]; ``adam=False``:
       plain gradient ascent.
    10. *Anchor points*: skip connections by attention, one recurrent step a layer [paper, section
        3.3]; ``anchor_attention=False``: softmaxes like all others.
    11. *Depth* grows: ``start_depth`` layers, ``deepen_by`` more after ``deepen_every``
        architectures, where the space has a decision "depth" [paper: 6, 2, 1,600]; 0: it is a
        decision like the others.
    12. *Softmaxes*: one for each decision [paper]; ``heads="a role"``: all decisions of a role
        share theirs [ENAS, Pham et al. 2018].
    13. *Logits* z become c tanh(z / T) with ``temperature`` T, ``tanh_constant`` c [Bello et al.
        2017; ENAS: 5 and 2.5]; 1, and 0: off.
    14. *Gradient clipping* to the norm ``clip_norm`` [ours]; 0: off.
    15. *Failures*: ``failures`` have the "lowest reward" so far [ours], or are "left out".

    Scores that come late, of children that an older policy drew, are learned from as if this one
    had. It may ask about one twice, and never finishes. The n-th ask has draws of its own, and
    log-probabilities are recomputed from what was told, so a resumed run skips its asks.
    Raises ValueError for an impossible setting.
    """

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "paper": {
            "controller_rate": 6e-4,
            "normalise": False,
            "entropy_weight": 0.0,
            "reward_power": 3,
            "last_epochs": 5,
            "deepen_every": 1600,
        },
        "lesson": {},
    }

    def __init__(
        self,
        space: SearchSpace[A],
        *,
        network: Network = "controller",
        lstm_layers: int = 2,
        hidden_size: int = 35,
        initial_range: float = 0.08,
        children: int = 8,
        controller_rate: float = 5e-3,
        adam: bool = True,
        baseline: bool = True,
        baseline_decay: float = 0.95,
        baseline_corrected: bool = True,
        normalise: bool = True,
        entropy_weight: float = 0.1,
        reward_power: int = 1,
        reward_factor: float = 1.0,
        last_epochs: int = 0,
        anchor_attention: bool = True,
        deepen_every: int = 0,
        start_depth: int = 6,
        deepen_by: int = 2,
        heads: Heads = "a decision",
        temperature: float = 1.0,
        tanh_constant: float = 0.0,
        clip_norm: float = 0.0,
        failures: Failures = "lowest reward",
        seed: int = 0,
    ) -> None:
        name = "Reinforce: "
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
        self.deepen_every = checks.whole(f"{name}deepen_every", deepen_every, least=0)
        self.start_depth = checks.whole(f"{name}start_depth", start_depth, least=1)
        self.deepen_by = checks.whole(f"{name}deepen_by", deepen_by, least=1)
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
        self._average = MovingAverage(decay=self.baseline_decay, corrected=self.baseline_corrected)
        self._search = PolicySearch(
            space,
            self._policy,
            children=self.children,
            reward=Reward(self.reward_power, self.reward_factor, self.last_epochs),
            failures=self.failures,
            depths=DepthSchedule(self.deepen_every, self.start_depth, self.deepen_by),
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
        ``history``: mean reward and baseline of each batch; mean advantage; entropy, in nats.
        """
        record = self._search.record
        history = {
            "history: reward": record.history("reward", "baseline"),
            "history: advantage": record.history("advantage"),
            "history: entropy": record.history("entropy"),
        }
        return self._search.tables() | {name: rows for name, rows in history.items() if rows}

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

    def _learn(self, ways: Ways, rewards: Sequence[float]) -> tuple[Reading, dict[str, float]]:
        baselines = self._average.before(rewards) if self.baseline else [0.0] * len(rewards)
        self._average.add(rewards)
        advantages = [reward - b for reward, b in zip(rewards, baselines)]
        weights = normalised(advantages) if self.normalise else advantages
        reading = self._policy.read(ways)
        entropy = reading.entropy.mean()
        objective = expected_reward(reading.log_probability, torch.tensor(weights, dtype=KIND))
        self._climber.climb(objective + self.entropy_weight * entropy)
        return reading, {
            "reward": mean(rewards),
            "baseline": mean(baselines),
            "advantage": mean(advantages),
            "entropy": float(entropy.detach()),
        }
