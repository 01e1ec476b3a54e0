"""Zoph & Le's search space for convolutional networks (ICLR 2017), as a ``BranchSpace``.

Every layer is a convolution: filter height and width from {1, 3, 5, 7}, 24, 36, 48 or 64 filters,
a stride of 1 or stride height and width from {1, 2, 3} each, and one anchor point, whose yes-or-no
questions say which of the layers before it are read. Stitching: several inputs are concatenated
along depth, a layer without one reads the image, outputs that no layer reads are concatenated
before the classifier, and smaller maps are padded with zeros.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from workbench import checks
from workbench.spaces.branches import BranchSpace

Preset: TypeAlias = Literal["paper", "lesson"]

# "paper": published; its networks grow from 6 layers by 2 every 1,600 samples, 12,800 in all.
# "lesson" (ours): a quarter of the filters, 2 to 6 layers, and at most two of them with a stride
# above 1, so that every network can be built for images of 8 × 8 pixels.
PRESETS: Mapping[Preset, Mapping[str, Any]] = {
    "paper": {"depths": (6, 20), "filters": (24, 36, 48, 64), "reductions": None},
    "lesson": {"depths": (2, 6), "filters": (6, 9, 12, 16), "reductions": 2},
}


def zoph_le_space(
    preset: Preset = "lesson", *, depth: int | None = None, predict_strides: bool = True
) -> BranchSpace:
    """Their space: (64 · 9)ⁿ · 2^(n(n−1)/2) networks of n layers, without strides 64ⁿ · 2^….

    ``depth`` fixes the number of layers; None leaves it open, for the controller's schedule.
    Without ``predict_strides`` all strides are 1. Of a layer the questions come in the order of
    ``BranchSpace`` (filters first), not in the paper's. In "paper" strides are not limited, and an
    architecture that shrinks a map below one pixel cannot be built: its ``build`` says so.

    Raises ValueError for an unknown preset or a depth below 1.
    """
    chosen = PRESETS[checks.one_of("zoph_le_space: preset", preset, tuple(PRESETS))]
    least, most = chosen["depths"]
    if depth is not None:
        least = most = checks.whole("zoph_le_space: depth", depth, least=1)
    strides = checks.yes_or_no("zoph_le_space: predict_strides", predict_strides)
    return BranchSpace(
        min_depth=least,
        max_depth=most,
        operations=("convolution",),
        filters=chosen["filters"],
        kernel_heights=(1, 3, 5, 7),
        kernel_widths=(1, 3, 5, 7),
        strides=(1, 2, 3) if strides else (1,),
        reductions=most if chosen["reductions"] is None else chosen["reductions"],
        always_chain=False,
        merges=("pad",),
        stride_per_side=strides,
    )
