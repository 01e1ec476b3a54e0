"""Proximal policy optimisation: several careful steps from each batch of scores.

NASNet: Zoph, Vasudevan, Shlens & Le (2018), Learning transferable architectures; Schulman et al.
(2017), Proximal policy optimization algorithms.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal, TypeAlias, TypeVar, get_args

import torch
from torch import Tensor

from workbench import checks
from workbench.protocols import SearchSpace
from workbench.strategies.controller import KIND
from workbench.strategies.draws import generator
from workbench.strategies.policy_gradient import clipped_surrogate
from workbench.strategies.policy_search import Network, Ways
from workbench.strategies.policy_strategy import PolicyStrategy
from workbench.strategies.readings import Reading
from workbench.strategies.recurrent_steps import Heads
from workbench.strategies.rewards import DepthSchedule, Failures

PASSES = 1_000

A = TypeVar("A")

Ratio: TypeAlias = Literal["an architecture", "a decision"]


class PPO(PolicyStrategy[A]):
    """Asks what a recurrent controller draws; each batch is learned from several times, clipped.

    The objective: the mean of min(r A, clip(r, 1 − ε, 1 + ε) A), where r says how much likelier
    the controller makes a child now than when the batch was complete [Schulman et al. 2017, eq. 7].
    The details, in brackets whose they are, and the argument that switches each off. "Paper" is
    NASNet; what is marked ours is not printed there. The preset "lesson", the defaults, is ours,
    for hundreds of architectures; "paper" has the published values, for thousands.

    1. *Controller*: ``lstm_layers`` × ``hidden_size`` [paper: 1 × 100], one softmax a decision.
       ``network="independent softmaxes"``: no LSTM, the toy, whose logits are all 0 at first; 2, 14
       and 16 are of the controller alone.
    2. *Initial weights*: uniform in ±``initial_range`` [paper: 0.1]; 0: all alike, and uniform.
    3. *Children*: ``children`` scores make one batch [paper: 20]; 1: each score is one.
    4. *Clipping* at 1 ± ``clip_range`` [ours: Schulman et al.'s 0.2; paper: not named]; 0: off.
    5. *Passes* over a batch: ``passes`` [ours: 4; paper: not named]; 1: one, at ratio 1.
    6. *Minibatches* a pass: ``minibatches`` parts of the batch, a step each [ours]; 1: the whole.
    7. *Ratio*: ``ratio`` of "an architecture" [paper: the product of all its softmaxes], or of each
       "a decision", clipped by itself [lesson: at its rate, one step takes a product of 20 beyond
       1 ± ε, and then only the entropy bonus pulls, back to where all are alike].
    8. *Baseline*: a moving average of earlier rewards [paper: ``baseline_decay`` 0.95];
       ``baseline=False``: b = 0.
    9. *Its start* is corrected [NATS-Bench], and the first batch compares its children with each
       other [Kool et al. 2019]; ``baseline_corrected=False``: b starts at 0.
    10. *Normalised advantage*: divided by its root mean square in the batch [ours];
        ``normalise=False``.
    11. *Entropy bonus*: + ``entropy_weight`` · H, summed over decisions [paper: 1e-5]; 0: none.
    12. *Reward*: score^``reward_power``, of the best of the ``last_epochs`` epochs [paper: the
        score]; 1, and 0: the score. ``reward_factor`` multiplies it.
    13. *Learning rate*: Adam with ``controller_rate`` [paper: 3.5e-4; lesson 2e-3];
        ``adam=False``: plain gradient ascent.
    14. *Anchor points*: skip connections by attention [Zoph & Le 2017]; ``anchor_attention=False``.
    15. *Softmaxes*: one for each decision [paper]; ``heads="a role"``: decisions of a role share
        theirs [ENAS, Pham et al. 2018].
    16. *Logits* z become c tanh(z / T) with ``temperature`` T, ``tanh_constant`` c [Bello et al.
        2017; ENAS: 5 and 2.5]; 1, and 0: off.
    17. *Gradient clipping* to the norm ``clip_norm`` [ours]; 0: off.
    18. *Failures*: ``failures`` have the "lowest reward" so far [ours], or are "left out".

    Scores that come late, of children that an older policy drew, are learned from as if this one
    had. It may ask about one twice, and never finishes. The n-th ask has draws of its own, and
    log-probabilities are recomputed from what was told, so a resumed run skips its asks.
    Raises ValueError for an impossible setting.
    """

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "paper": {
            "controller_rate": 3.5e-4,
            "ratio": "an architecture",
            "normalise": False,
            "entropy_weight": 1e-5,
        },
        "lesson": {},
    }

    def __init__(
        self,
        space: SearchSpace[A],
        *,
        network: Network = "controller",
        lstm_layers: int = 1,
        hidden_size: int = 100,
        initial_range: float = 0.1,
        children: int = 20,
        controller_rate: float = 2e-3,
        adam: bool = True,
        clip_range: float = 0.2,
        passes: int = 4,
        minibatches: int = 1,
        ratio: Ratio = "a decision",
        baseline: bool = True,
        baseline_decay: float = 0.95,
        baseline_corrected: bool = True,
        normalise: bool = True,
        entropy_weight: float = 0.1,
        reward_power: int = 1,
        reward_factor: float = 1.0,
        last_epochs: int = 0,
        anchor_attention: bool = True,
        heads: Heads = "a decision",
        temperature: float = 1.0,
        tanh_constant: float = 0.0,
        clip_norm: float = 0.0,
        failures: Failures = "lowest reward",
        seed: int = 0,
    ) -> None:
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
            depths=DepthSchedule(),
        )
        name = "PPO: "
        self.clip_range = checks.number(f"{name}clip_range", clip_range, least=0.0, below=1.0)
        self.passes = checks.whole(f"{name}passes", passes, least=1, most=PASSES)
        self.minibatches = checks.whole(
            f"{name}minibatches", minibatches, least=1, most=self.children,
            cure="at most the children",
        )  # fmt: skip
        self.ratio = checks.one_of(f"{name}ratio", ratio, get_args(Ratio))

    def _learn(self, ways: Ways, rewards: Sequence[float]) -> tuple[Reading, dict[str, float]]:
        advantages, means = self._advantages.of(rewards)
        first = self._policy.read(ways)
        whole = self.ratio == "an architecture"
        owners = torch.arange(len(ways)) if whole else first.owners
        old = self._logs(first).detach()
        ratios: list[Tensor] = []
        for part in self._parts():
            # at the old weights nothing has to be read again
            again = bool(ratios) or len(part) < len(ways)
            reading = self._policy.read([ways[child] for child in part]) if again else first
            mine = torch.isin(owners, torch.tensor(part))
            ratio = (self._logs(reading) - old[mine]).exp()  # r = π(a) / π_old(a)
            worth = torch.tensor(advantages, dtype=KIND)[owners[mine]]
            gain = clipped_surrogate(ratio, worth, self.clip_range).sum() / len(part)
            self._climber.climb(gain + self.entropy_weight * reading.entropy.mean())
            ratios.append(ratio.detach())
        every = torch.cat(ratios)
        beyond = (every - 1).abs() > (self.clip_range or math.inf)
        return first, means | {
            "entropy": float(first.entropy.detach().mean()),
            "ratio": float(every.mean()),
            "clipped": float(beyond.double().mean()),
        }

    def _logs(self, reading: Reading) -> Tensor:
        """ln π of each architecture, or of each decision."""
        whole = self.ratio == "an architecture"
        return reading.log_probability if whole else reading.decision_logs

    def _parts(self) -> Iterator[list[int]]:
        """The children of each minibatch, pass after pass, shuffled by draws of this update."""
        rng = generator(self.seed, -1 - len(self._search.record))  # asks count from 0
        for _ in range(self.passes):
            order = list(range(self.children))
            rng.shuffle(order)
            for first in range(self.minibatches):
                yield sorted(order[first :: self.minibatches])
