"""Search strategies: which architecture to try next (Elsken et al. 2019, section 3).

- ``random_search``: ``RandomSearch``, the baseline of every other claim
- ``warm_start``: ``WarmStart``, the learner's own architectures first, then any strategy
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.strategies.random_search import RandomSearch
    from workbench.strategies.warm_start import WarmStart

_ROOMS = {
    "RandomSearch": "random_search",
    "WarmStart": "warm_start",
}

__all__ = ["RandomSearch", "WarmStart"]


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
