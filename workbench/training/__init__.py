"""How a network is trained and measured.

- ``loop``: ``train``, a generator of ``Batch``es and ``Epoch``s · ``trainer``: what it drives
- ``progress``: where a training got to, in memory or on disk
- ``device``: what it runs on · ``metrics``: accuracy, parameters, multiply-accumulates
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.training.device import choose_device, device_name
    from workbench.training.loop import train
    from workbench.training.metrics import Cost, accuracy, cost, cost_of
    from workbench.training.progress import Progress

_ROOMS = {
    "Cost": "metrics",
    "Progress": "progress",
    "accuracy": "metrics",
    "choose_device": "device",
    "cost": "metrics",
    "cost_of": "metrics",
    "device_name": "device",
    "train": "loop",
}

__all__ = [
    "Cost",
    "Progress",
    "accuracy",
    "choose_device",
    "cost",
    "cost_of",
    "device_name",
    "train",
]


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
