"""Search strategies: which architecture to try next (Elsken et al. 2019, section 3).

- ``random_search``: ``RandomSearch``, the baseline of every other claim
- ``warm_start``: ``WarmStart``, the learner's own architectures first, then any strategy
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.strategies.random_search import RandomSearch
    from workbench.strategies.warm_start import WarmStart

_ROOMS = {
    "RandomSearch": "random_search",
    "WarmStart": "warm_start",
}

__all__ = ["RandomSearch", "WarmStart"]

__getattr__ = lazy(__name__, _ROOMS)
