"""How good is an architecture? Performance estimation (Elsken et al. 2019, section 4).

- ``full``: ``FullTraining``, train it and look
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.estimators.full import FullTraining

_ROOMS = {"FullTraining": "full"}

__all__ = ["FullTraining"]

__getattr__ = lazy(__name__, _ROOMS)
