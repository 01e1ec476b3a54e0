"""How good is an architecture? Performance estimation (Elsken et al. 2019, section 4).

- ``full``: ``FullTraining``, train it and look
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.estimators.full import FullTraining

_ROOMS = {"FullTraining": "full"}

__all__ = ["FullTraining"]


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
