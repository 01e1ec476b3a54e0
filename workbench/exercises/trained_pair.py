"""A child that inherits beside the same network from scratch: pairs, trained; for notebook 12.

Twenty of them were recorded (``tests/benchmarks/inheritance_pairs.py``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from torch import Tensor, nn

from workbench import checks
from workbench.data.images import ImageData
from workbench.exercises.paired_curves import PairedCurves
from workbench.exercises.trained_mother import built, learning_curve
from workbench.history import Row
from workbench.protocols import SearchSpace
from workbench.recordings import recording
from workbench.training.inheritance import inherit
from workbench.training.loop import MOST

A = TypeVar("A")

FILE = "inheritance-pairs.json"
NOISE = 0.01  # as ``Inherited`` has it
APART = 1_000  # between the seeds of a pair's trainings


def recorded_pairs(further: int) -> PairedCurves:
    """The recorded twenty, whose children were trained ``further`` epochs.

    Raises ValueError for another number of epochs than were recorded.
    """
    found = json.loads(recording(FILE).read_text(encoding="utf-8"))
    known = sorted({row["epochs"] for row in found["rows"]})
    further = checks.whole("recorded_pairs: further", further, least=1)
    if further not in known:
        raise ValueError(f"recorded_pairs: further: expected one of {known}, got {further}")
    return PairedCurves([row for row in found["rows"] if row["epochs"] == further])


def pair(
    space: SearchSpace[A],
    data: ImageData,
    mother: A,
    child: A,
    *,
    epochs: int,
    further: Sequence[int],
    seed: int = 0,
) -> PairedCurves:
    """``mother`` is trained; then a pair for each number of epochs in ``further``.

    ``child`` goes on from the mother's weights for so many epochs. From scratch it is trained once
    for as many, and once for as many as both had together. Settings are those of ``Inherited``,
    on the processor; each training has its own seed, and a rate that falls to 0.

    Raises ValueError for numbers of epochs below one, or an architecture that cannot be built.
    """
    epochs = checks.whole("pair: epochs", epochs, least=1, most=MOST)
    many = [
        checks.whole("pair: further", each, least=1, most=MOST)
        for each in checks.several("pair: further", further, "(2, 8)")
    ]
    seed = checks.whole("pair: seed", seed, least=0)
    first = built(space, mother, data, seed)
    begun = learning_curve(first, data, epochs=epochs, seed=seed)
    rows: list[Row] = []
    for more in many:
        again = seed + APART
        grown = built(space, child, data, again)
        weights, kept = _handed_down(space, mother, first, child, data, again)
        grown.load_state_dict(weights)
        row: dict[str, Any] = {"seed": seed, "epochs": more, "exact": kept}
        carried = learning_curve(grown, data, epochs=more, seed=again)
        row |= {"mother": begun, "child": carried}
        for name, own, length in (("further", 2, more), ("total", 3, epochs + more)):
            again = seed + own * APART
            fresh = built(space, child, data, again)
            row[name] = learning_curve(fresh, data, epochs=length, seed=again)
        rows.append(row)
    return PairedCurves(rows)


def _handed_down(
    space: SearchSpace[Any], mother: Any, network: nn.Module, child: Any, data: ImageData, seed: int
) -> tuple[dict[str, Tensor], bool]:
    weights, kept = inherit(
        space, mother, network.state_dict(), child, data.task, noise=NOISE, seed=seed
    )
    return weights, kept.exact
