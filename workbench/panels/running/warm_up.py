"""What PyTorch imports late, imported early."""

from __future__ import annotations

from functools import cache

import torch
from torch import nn

from workbench.records import ImageTask
from workbench.training.metrics import cost


@cache
def warm_up() -> None:
    """Have PyTorch import what its first count of a network imports (a second or two, once).

    Done when a panel is made, so that a press of Run moves a picture at once. Not in a thread:
    imports of one package from two threads can meet half way.
    """
    with torch.device("meta"):
        network = nn.Sequential(
            nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1), nn.Flatten(), nn.Linear(4, 2)
        )
    cost(network, ImageTask(1, 2, 2, 2))
