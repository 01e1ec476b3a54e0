"""A bug hunt about batch normalisation in a supernet: moments that are not measured anew.

The fault: before an architecture is judged, training images pass through it in training mode, but
the running moments are not reset first. So those of the paths that were trained lately, and of the
architecture judged before, stay in with a weight of 0.9 to the number of batches. Published code
had it (open-mmlab/mmrazor, issue 298, on its DetNAS); others left the measuring out altogether
(ShunLu91/Single-Path-One-Shot-NAS, issue 15).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from statistics import fmean

from workbench.exercises.bug_hunt import BugHunt


def running_mean(before: float, batches: Sequence[Sequence[float]], momentum: float = 0.1) -> float:
    """The mean by which a channel is normalised when one architecture is judged.

    It is measured on ``batches``, the channel's values on training images that passed through this
    architecture, and says nothing of any other. ``before`` is what the supernet's normalisation
    holds, of whatever paths were trained. How batches are averaged is left open.
    """
    mean = before
    for batch in batches:
        mean = (1 - momentum) * mean + momentum * fmean(batch)
    return mean


def mean_of_batches(
    before: float, batches: Sequence[Sequence[float]], momentum: float = 0.1
) -> float:
    """What ``running_mean`` promises: the plain mean of the batches' means."""
    return fmean(fmean(batch) for batch in batches)


def mean_of_values(
    before: float, batches: Sequence[Sequence[float]], momentum: float = 0.1
) -> float:
    """What ``running_mean`` promises, over all values alike."""
    return fmean(chain.from_iterable(batches))


hunt = BugHunt(
    "Code like this prepared each architecture of a supernet for its judgement. Write "
    "`test(implementation)`: it passes on right code and fails on this one.",
    suspect=running_mean,
    right=mean_of_batches,
    another=mean_of_values,
    allowed="It averages values and not batches, so a larger batch counts for more.",
    fault=(
        "The mean of the supernet is never thrown away. After five batches 59 % of it are left, so "
        "the architecture is normalised by what other paths had, and by what was judged before it. "
        "A published toolbox did that; reset first, or average from nothing."
    ),
    hints=(
        "Which of the arguments may the result depend on? Read the promise once more.",
        "Keep the batches, and change what the supernet held before.",
        "`implementation(0.0, [[1.0, 3.0]])` and `implementation(9.0, [[1.0, 3.0]])` are to agree.",
    ),
    solution=(
        "def test(implementation):\n"
        "    batches = [[1.0, 3.0], [2.0, 4.0]]\n"
        "    cold, warm = implementation(0.0, batches), implementation(9.0, batches)\n"
        "    assert abs(cold - warm) < 1e-9"
    ),
    minutes=6,
)
