"""REINFORCE: a controller is rewarded for what its architectures score.

Zoph & Le (2017), Neural architecture search with reinforcement learning; Williams (1992).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar

import torch

from workbench import checks
from workbench.protocols import SearchSpace
from workbench.strategies.controller import KIND
from workbench.strategies.policy_gradient import expected_reward
from workbench.strategies.policy_search import Network, Ways
from workbench.strategies.policy_strategy import PolicyStrategy
from workbench.strategies.readings import Reading
from workbench.strategies.recurrent_steps import Heads
from workbench.strategies.rewards import DepthSchedule, Failures

A = TypeVar("A")


class Reinforce(PolicyStrategy[A]):
    """Asks what a recurrent controller draws; each batch of scores is a step up E[reward].

    ∇J = (1/m) Σ_k Σ_t ∇ log P(a_t | a_<t) (R_k − b) [Zoph & Le 2017, section 3.2]. The details, in
    brackets whose they are, and the argument that switches each off. "Paper" is Zoph & Le; what is
    marked ours is not printed there. The preset "lesson", the defaults, is ours, for hundreds of
    architectures; "paper" has the published values, for thousands.

    1. *Controller*: ``lstm_layers`` × ``hidden_size`` [paper: 2 × 35], one softmax a decision.
       ``network="independent softmaxes"``: no LSTM, the toy [NATS-Bench, Dong et al. 2021], whose
       logits are all 0 at first; 2, 10 and 13 are of the controller alone.
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
        self.deepen_every = checks.whole(f"{name}deepen_every", deepen_every, least=0)
        self.start_depth = checks.whole(f"{name}start_depth", start_depth, least=1)
        self.deepen_by = checks.whole(f"{name}deepen_by", deepen_by, least=1)
        self._settle(
            space,
            network=network,
            lstm_layers=lstm_layers,
            hidden_size=hidden_size,
            initial_range=initial_range,
            children=children,
            controller_rate=controller_rate,
            adam=adam,
            baseline=baseline,
            baseline_decay=baseline_decay,
            baseline_corrected=baseline_corrected,
            normalise=normalise,
            entropy_weight=entropy_weight,
            reward_power=reward_power,
            reward_factor=reward_factor,
            last_epochs=last_epochs,
            anchor_attention=anchor_attention,
            heads=heads,
            temperature=temperature,
            tanh_constant=tanh_constant,
            clip_norm=clip_norm,
            failures=failures,
            seed=seed,
            depths=DepthSchedule(self.deepen_every, self.start_depth, self.deepen_by),
        )

    def _learn(self, ways: Ways, rewards: Sequence[float]) -> tuple[Reading, dict[str, float]]:
        advantages, means = self._advantages.of(rewards)
        reading = self._policy.read(ways)
        entropy = reading.entropy.mean()
        worth = torch.tensor(advantages, dtype=KIND)
        objective = expected_reward(reading.log_probability, worth)
        self._climber.climb(objective + self.entropy_weight * entropy)
        return reading, means | {"entropy": float(entropy.detach())}
