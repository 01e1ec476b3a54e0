"""The argument ``images`` as a tensor (n, channels, height, width) of uint8 or float32."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from jaxtyping import Shaped

from workbench.data.given import FILES, Given, taken
from workbench.data.images import Images
from workbench.data.layout import Channels, check_layout, flat_cure


def pixels_of(images: Any, channels: Any = None) -> Images:
    """Whole numbers 0 … 255 as uint8, others as float32; a copy, never the caller's memory.

    ``channels`` says where the channels are of 4-d images whose shape does not.

    Raises ValueError for shapes and values that cannot be used, with the cure.
    """
    if channels not in ("first", "last", None):
        raise ValueError(f'channels: expected "first" or "last", got {channels!r}')
    given = taken("images", images)
    kind = given.array.dtype.kind
    if kind not in "buif":
        raise ValueError(f"images: expected numbers, got {given.array.dtype}{_numbers(given)}")
    array = _shaped(given, channels)
    # too small for float32 is 0 there, too large is infinite: both are looked for, not raised
    with np.errstate(all="ignore"):
        plain = _floats(given, array) if kind == "f" else _bytes(given, array)
    return torch.from_numpy(np.ascontiguousarray(plain))


def _numbers(given: Given) -> str:
    """How what is no array of real numbers could become one."""
    kind = given.array.dtype.kind
    if kind == "c":
        return f"; pass np.abs({given.spelled})"
    if kind in "US":
        try:
            given.array.astype(float)
        except ValueError:
            return FILES
        return f"; pass {given.floats()}"
    return ""


def _shaped(given: Given, channels: Channels | None) -> Shaped[np.ndarray, "..."]:
    array, shape = given.array, given.array.shape
    if array.ndim not in (3, 4) or 0 in shape:
        cure = flat_cure(given) if array.ndim == 2 and 0 not in shape else ""
        raise ValueError(
            "images: expected (n, height, width) or (n, channels, height, width), none of them 0, "
            f"got {tuple(shape)}{cure}"
        )
    if array.ndim == 3:
        return array[:, None]  # (n, h, w) -> (n, 1, h, w)
    if channels is None:
        check_layout(given)
    return array.transpose(0, 3, 1, 2) if channels == "last" else array


def _bytes(given: Given, array: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
    low, high = int(array.min()), int(array.max())
    if low < 0 or high > 255:
        raise ValueError(
            f"images: whole numbers must be 0 … 255, got {low} … {high}; "
            f"convert to float if that is their scale: {given.floats()}"
        )
    return array.astype(np.uint8)


def _floats(given: Given, array: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
    plain = array.astype(np.float32)
    finite = np.isfinite(plain).all(axis=(1, 2, 3))
    if not finite.all():
        bad = int(np.argmin(finite))
        raise ValueError(
            f"images: image {bad} has a value that is not finite in "
            "32 bits; replace it or drop the image"
        )
    low, high = array.min(), array.max()
    size = float(max(abs(plain.min()), abs(plain.max())))
    if low != high and (plain.min() == plain.max() or size < np.finfo(np.float32).tiny):
        one = given.spelled
        raise ValueError(
            f"images: {low!s} … {high!s}: too small, or too close together, to be told apart in 32 "
            f"bits; scale them: ({one} - {one}.min()) / ({one}.max() - {one}.min())"
        )
    return plain
