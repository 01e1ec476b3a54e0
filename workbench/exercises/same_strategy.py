"""A fresh strategy with the settings of a run: to tell it that run again."""

from __future__ import annotations

import json
from typing import Any

from workbench import strategies


def same_strategy(panel: Any) -> Any:
    """What the run that a ``SearchPanel`` shows was searched by, as it was before the first trial.

    Raises ValueError where the strategy is none of the library's.
    """
    recipe = json.loads(panel.state)
    settings = dict(recipe.get("strategy", {}))
    name = settings.pop("name", "")
    if name not in strategies.__all__:
        raise ValueError(f"same_strategy: expected one of {strategies.__all__}, got {name!r}")
    return getattr(strategies, name)(panel.run_space, **{**settings, "seed": recipe["seed"]})
