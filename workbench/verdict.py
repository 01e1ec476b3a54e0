"""The one look at the test images, after a search has chosen by the validation images.

Nothing else reads ``data.test``. Each further look makes the test images a little less of a test:
whoever chooses by them needs new ones. So the look is logged (``records.Opened``).
"""

from __future__ import annotations

from typing import TypeVar

from workbench import checks
from workbench.data.images import ImageData
from workbench.protocols import Rebuilds
from workbench.records import Opened, Told
from workbench.training.device import choose_device
from workbench.training.metrics import accuracy

A = TypeVar("A")


def open_test_images(estimator: Rebuilds[A], data: ImageData, told: Told[A]) -> Opened:
    """Classify the test images with the network that a trial trained; nothing is trained anew.

    Raises RunError or OSError where the estimator kept no network of this trial.
    """
    checks.of_type("open_test_images: data", data, ImageData)
    checks.of_type("open_test_images: told", told, Told)
    network = estimator.network(told)
    device = next((p.device for p in network.parameters()), choose_device("cpu"))
    return Opened(told.trial, accuracy(network, data.test, data, device))
