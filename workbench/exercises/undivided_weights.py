"""A bug hunt about Net2Wider: weights that read a copied unit and are not all divided.

The fault: only the rows added for the copies are divided by their number, the row of the original
keeps its whole weight. So a unit with copies counts for nearly twice what it did. The step that is
missing is the last line of the Keras example (``student_w2[index, :] = new_w2``, keras-team/keras,
pull request 3503); a converter for Leela Zero was published with a widening that did not keep the
output (leela-zero/leela-zero, pull request 704: "widening has still some bugs").
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from workbench.exercises.bug_hunt import BugHunt


def wider(
    incoming: Any, outgoing: Any, units: int, rng: random.Random
) -> tuple[np.ndarray, np.ndarray]:
    """A hidden layer widened to ``units`` units: the network computes what it computed.

    The network is ``relu(x @ incoming) @ outgoing``: ``incoming`` is an array (inputs, hidden),
    ``outgoing`` (hidden, outputs). The units that are there stay, in their places; the new ones
    are copies of units drawn at random.
    """
    incoming, outgoing = np.asarray(incoming, float), np.asarray(outgoing, float)
    old = len(outgoing)
    copied = [rng.randrange(old) for _ in range(units - old)]
    counts = np.array([1 + copied.count(unit) for unit in range(old)])
    rows = outgoing[copied] / counts[copied, None]
    return np.hstack([incoming, incoming[:, copied]]), np.vstack([outgoing, rows])


def divided_by_the_count(
    incoming: Any, outgoing: Any, units: int, rng: random.Random
) -> tuple[np.ndarray, np.ndarray]:
    """What ``wider`` promises: a unit and its copies have equal shares of its weight."""
    incoming, outgoing = np.asarray(incoming, float), np.asarray(outgoing, float)
    old = len(outgoing)
    unit = [*range(old), *(rng.randrange(old) for _ in range(units - old))]
    counts = np.bincount(unit)[unit]
    return incoming[:, unit], outgoing[unit] / counts[:, None]


def split_unevenly(
    incoming: Any, outgoing: Any, units: int, rng: random.Random
) -> tuple[np.ndarray, np.ndarray]:
    """What ``wider`` promises: the weight of a unit is split at random between it and its copy."""
    incoming, outgoing = np.array(incoming, float), np.array(outgoing, float)
    for _ in range(units - len(outgoing)):
        unit, share = rng.randrange(len(outgoing)), rng.uniform(0.25, 0.75)
        incoming = np.hstack([incoming, incoming[:, [unit]]])
        outgoing = np.vstack([outgoing, share * outgoing[unit]])
        outgoing[unit] *= 1 - share
    return incoming, outgoing


hunt = BugHunt(
    "Code like this widens a trained network. Write `test(implementation)`: it passes on right "
    "code and fails on this one. Call `implementation(incoming, outgoing, units)`; `rng` is handed "
    "over for you.",
    suspect=wider,
    right=divided_by_the_count,
    another=split_unevenly,
    allowed="It splits a unit's weight unevenly, and only the sum of the shares was promised.",
    fault=(
        "The new rows are divided by the number of copies, the old ones keep their whole weight. "
        "So a unit that was copied once counts for one and a half of what it did. Shapes fit and "
        "training mends the damage, which is why it went unnoticed: only the outputs tell."
    ),
    hints=(
        "The promise is about what the network computes, not about its weights.",
        "Put an `x` through both: `np.maximum(x @ incoming, 0) @ outgoing`, before and after.",
        "Compare with `np.allclose`: shares of a weight add up to it only nearly.",
    ),
    solution=(
        "import numpy as np\n\n\n"
        "def test(implementation):\n"
        "    x = np.array([[1.0, -2.0], [0.5, 3.0]])\n"
        "    first = np.array([[1.0, -1.0, 0.5], [0.25, 1.0, 2.0]])\n"
        "    second = np.array([[1.0], [2.0], [-3.0]])\n"
        "    before = np.maximum(x @ first, 0) @ second\n"
        "    first, second = implementation(first, second, 5)\n"
        "    assert np.allclose(np.maximum(x @ first, 0) @ second, before)"
    ),
    minutes=7,
)
