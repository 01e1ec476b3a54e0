"""What each detail of the two controllers is worth: one switched at a time, on the table.

Details are numbered as in ``help(Reinforce)`` and ``help(PPO)``. Where the lesson preset has one
switched on it is switched off, and where it has one off it is switched on ("+"). Left out are those
that a table cannot judge: anchor points, depth and failures, of which it has none, and the last
epochs. So are PPO's batches of one child, which take a dozen times as long.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from workbench.race.entrants import BASELINE, Entrant
from workbench.strategies import PPO, RandomSearch, Reinforce

# what the two lists have in common; a "+" adds what the lesson preset does without
_SHARED: Mapping[str, Mapping[str, Any]] = {
    "no LSTM": {"network": "independent softmaxes"},
    "weights start at 0": {"initial_range": 0.0},
    "no baseline": {"baseline": False},
    "baseline starts at 0": {"baseline_corrected": False},
    "not normalised": {"normalise": False},
    "no entropy bonus": {"entropy_weight": 0.0},
    "no Adam": {"adam": False},
    "one softmax a role": {"heads": "a role"},
    "+ bounded logits": {"temperature": 5.0, "tanh_constant": 2.5},  # ENAS's
    "+ gradient clipping": {"clip_norm": 1.0},  # half of the gradients are longer
}

# the name of a switched detail -> the settings that switch it
REINFORCE_DETAILS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        **_SHARED,
        "one child an update": {"children": 1},
        "paper's learning rate": {"controller_rate": Reinforce.PRESETS["paper"]["controller_rate"]},
        "+ cubed reward": {"reward_power": 3},
    }
)
PPO_DETAILS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        **_SHARED,
        "no clipping": {"clip_range": 0.0},
        "one pass": {"passes": 1},
        "one ratio an architecture": {"ratio": "an architecture"},
        "paper's learning rate": {"controller_rate": PPO.PRESETS["paper"]["controller_rate"]},
        "+ four minibatches": {"minibatches": 4},
    }
)

REINFORCE_RACERS: Mapping[str, Entrant] = {
    BASELINE: RandomSearch,
    "REINFORCE": Reinforce,
    **{name: partial(Reinforce, **each) for name, each in REINFORCE_DETAILS.items()},
}
PPO_RACERS: Mapping[str, Entrant] = {
    BASELINE: RandomSearch,
    "PPO": PPO,
    **{name: partial(PPO, **each) for name, each in PPO_DETAILS.items()},
}
