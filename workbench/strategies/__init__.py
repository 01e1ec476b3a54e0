"""Search strategies: which architecture to try next (Elsken et al. 2019, section 3).

- ``bayesian``: ``BayesianOptimization``, a model of the scores chooses · its parts:
  ``gaussian_process`` ``encodings`` ``expected_improvement`` ``pool``
- ``by_hand``: ``ByHand``, a person, or a pasted answer, chooses · ``pasted_answer`` ``prompt``
- ``random_search``: ``RandomSearch``, the baseline of every other claim
- ``local_search``: ``LocalSearch``, one changed decision after the other, uphill
- ``evolution``: ``RegularizedEvolution``, a population whose oldest die, or whose worst
- ``halving``: ``SuccessiveHalving``, many begin, the best train on · ``hyperband``: ``Hyperband``,
  from few epochs and from many · ``asha``: ``ASHA``, and nobody waits · their parts: ``brackets``
  ``ladders`` ``climbing`` ``largest_budget``
- ``nash``: ``NASH``, hill climbing by network morphisms
- ``lamarckian``: ``LamarckianEvolution``, a Pareto front whose children inherit weights
- ``reinforce``: ``Reinforce``, a controller is rewarded for what its architectures score ·
  ``ppo``: ``PPO``, several careful steps from each batch · their parts: the policies
  ``controller`` ``anchor_attention`` ``independent_softmaxes``, ``recurrent_steps`` ``readings``,
  ``policy_gradient`` ``rewards`` ``policy_search`` ``policy_rows``; ``policy_strategy``, what both
  have in common
- ``differentiable``: the method ``DifferentiableSearch``, DARTS and its descendants · its parts:
  ``gradient_based``
- ``warm_start``: ``WarmStart``, the learner's own architectures first, then any strategy
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.strategies.asha import ASHA
    from workbench.strategies.bayesian import BayesianOptimization
    from workbench.strategies.by_hand import ByHand
    from workbench.strategies.differentiable import DifferentiableSearch
    from workbench.strategies.evolution import RegularizedEvolution
    from workbench.strategies.halving import SuccessiveHalving
    from workbench.strategies.hyperband import Hyperband
    from workbench.strategies.lamarckian import LamarckianEvolution
    from workbench.strategies.local_search import LocalSearch
    from workbench.strategies.nash import NASH
    from workbench.strategies.ppo import PPO
    from workbench.strategies.random_search import RandomSearch
    from workbench.strategies.reinforce import Reinforce
    from workbench.strategies.warm_start import WarmStart

_ROOMS = {
    "ASHA": "asha",
    "BayesianOptimization": "bayesian",
    "ByHand": "by_hand",
    "DifferentiableSearch": "differentiable",
    "Hyperband": "hyperband",
    "LamarckianEvolution": "lamarckian",
    "LocalSearch": "local_search",
    "NASH": "nash",
    "PPO": "ppo",
    "RandomSearch": "random_search",
    "RegularizedEvolution": "evolution",
    "Reinforce": "reinforce",
    "SuccessiveHalving": "halving",
    "WarmStart": "warm_start",
}

__all__ = [
    "ASHA",
    "NASH",
    "PPO",
    "BayesianOptimization",
    "ByHand",
    "DifferentiableSearch",
    "Hyperband",
    "LamarckianEvolution",
    "LocalSearch",
    "RandomSearch",
    "RegularizedEvolution",
    "Reinforce",
    "SuccessiveHalving",
    "WarmStart",
]

__getattr__ = lazy(__name__, _ROOMS)
