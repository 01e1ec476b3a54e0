"""An estimator that trains its candidates one by one: what all of these answer alike."""

from __future__ import annotations

from collections.abc import Generator
from typing import Generic, TypeVar

from torch import nn

from workbench.estimators.trainings import Trainings
from workbench.records import Event, Told

A = TypeVar("A")


class OneByOne(Generic[A]):
    """Prepares nothing but the place of its checkpoints, and gives trained networks back.

    Its constructor makes ``_trainings``, with which it trains.
    """

    _trainings: Trainings[A]

    def prepare(self, *, seed: int) -> Generator[Event[A], None, None]:
        """Nothing to prepare, as every candidate is trained on its own; ``seed`` is the run's.

        Raises OSError where nothing can be written to ``checkpoints``.
        """
        self._trainings.kept.begin(seed)
        yield from ()

    def network(self, told: Told[A]) -> nn.Module:
        """The trained network of a trial, from its file in ``checkpoints``.

        Raises RunError where no checkpoints are kept or the file belongs to another run, OSError
        where it is missing or damaged.
        """
        return self._trainings.network(told)
