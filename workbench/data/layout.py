"""Which axis holds the channels: told where the shape tells it, asked for where it does not."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

from workbench.data.given import Given

Channels: TypeAlias = Literal["first", "last"]
Reading: TypeAlias = Literal["first", "last", "doubtful"]

FEW = 4  # channels that a picture has: grey, grey and alpha, colour, colour and alpha


def reading(channels: int, rows: int, last: int) -> Reading:
    """How images of shape (n, ``channels``, ``rows``, ``last``) are to be read.

    An axis of at most four is taken for the channels, and images for square ones where that
    decides: (4, 4, 3) may be four channels of 4 × 3 pixels, or 4 × 4 pixels in colour. Doubtful
    is what has two good readings.
    """
    if channels == rows == last:
        return "first" if last == 1 else "doubtful"
    square_first, square_last = rows == last, channels == rows
    if channels == 1:
        return "doubtful" if square_last and 2 <= last <= FEW else "first"
    if square_first:
        # eight channels of 4 × 4 pixels, or 8 × 4 pixels in four channels
        return "doubtful" if channels > FEW >= last else "first"
    if channels > FEW >= last:
        return "last"
    if channels <= FEW < last:
        return "doubtful" if square_last else "first"
    if last == 1 and square_last:
        return "last"
    return "doubtful"


def check_layout(images: Given) -> None:
    """Raises ValueError, with the cure, for 4-d images whose channels are not surely second."""
    shape = images.array.shape
    found = reading(*shape[1:])
    if found == "first":
        return
    _, a, b, c = shape
    put_second = images.moved(0, 3, 1, 2)
    clear = reading(c, a, b) == "first"  # then moving the axis is enough
    if found == "last":
        cure = f'{put_second}, or say channels="last"' if clear else 'say channels="last"'
        raise ValueError(
            f"images: {shape} looks like (n, height, width, channels); channels come second "
            f"here: {cure}"
        )
    cure = f" (the same as {put_second})" if clear else ""
    raise ValueError(
        f"images: {shape} has two readings: channels first, {a} channels of {b} × {c} pixels, or "
        f'channels last, {a} × {b} pixels in {c} channels; say channels="first" or '
        f'channels="last"{cure}'
    )


def flat_cure(images: Given) -> str:
    """For (n, pixels): the reshaping that would make pictures of the rows, if they are square."""
    pixels = images.array.shape[1]
    start = f"{images.spelled}.reshape(-1, "
    for channels in (1, 3):
        side = math.isqrt(pixels // channels)
        if side > 1 and channels * side * side == pixels:
            sides = f"{side}, {side})" if channels == 1 else f"{channels}, {side}, {side})"
            return f"; rows of pixels become pictures by {start}{sides}"
    return "; rows of pixels become pictures by reshape(-1, height, width)"
