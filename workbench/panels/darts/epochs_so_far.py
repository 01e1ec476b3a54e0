"""What a gradient-based search has shown so far: an epoch's numbers and its α, one record each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.history import History, Row
from workbench.protocols import Rows
from workbench.records import Epoch, Mixture
from workbench.spaces.edges import EdgeSpace, Table, softmax


@dataclass(frozen=True)
class AfterEpoch:
    """The search as it was when an epoch had ended; NaN where a number was not measured.

    ``weights`` are the tables α by kind of cell. Losses are in nats an image, ``entropy`` in nats
    an edge, accuracies in [0, 1]: ``discrete`` is that of the discretised cell, ``supernet`` that
    of the mixture, both with the supernet's weights, on the validation images.
    """

    number: int
    epochs: int
    weights: Mapping[str, Table]
    train_loss: float
    held_out_loss: float
    discrete: float
    supernet: float
    entropy: float
    skips: float
    eigenvalue: float

    @property
    def row(self) -> Row:
        """Its numbers by name, as curves take them."""
        return {"epoch": self.number} | {
            name: getattr(self, name)
            for name in (
                *("train_loss", "held_out_loss", "discrete", "supernet"),
                *("entropy", "skips", "eigenvalue"),
            )
        }


def after_epochs(history: History[Any]) -> tuple[AfterEpoch, ...]:
    """Every epoch that ended with a mixture, in order."""
    found: list[AfterEpoch] = []
    last: Epoch | None = None
    for event in history.events:
        if isinstance(event, Epoch) and event.trial is None:
            last = event
        elif isinstance(event, Mixture) and last is not None and event.epoch == last.epoch:
            found.append(_joined(last, event.weights))
    return tuple(found)


def _joined(epoch: Epoch, weights: Mapping[str, Table]) -> AfterEpoch:
    measured = {name: float(value) for name, value in epoch.measures.items()}
    return AfterEpoch(
        epoch.epoch,
        epoch.epochs,
        weights,
        float(epoch.loss),
        measured.get("held-out loss", math.nan),
        float(epoch.score),
        measured.get("supernet", math.nan),
        measured.get("entropy", math.nan),
        measured.get("skip connections", math.nan),
        measured.get("dominant eigenvalue", math.nan),
    )


def mixture_rows(space: EdgeSpace[Any], weights: Mapping[str, Table], kind: str) -> Rows:
    """The softmax of each edge of one kind of cell, as the noun "mixture" takes it."""
    return [
        {"edge": f"{tail} → {head}", "operation": name, "weight": weight}
        for (tail, head), row in zip(space.edges(), weights[kind])
        for name, weight in zip(space.operations, softmax(row))
    ]
