"""Arguments that every source of images takes, judged when they are given."""

from __future__ import annotations

import operator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import numpy as np

T = TypeVar("T")

if TYPE_CHECKING:
    Judged = Annotated[T, "a function says itself, in our words, what is wrong with its argument"]
else:

    class Judged:
        """``Judged[int]`` asks for an int; where annotations are checked, anything passes."""

        def __class_getitem__(cls, item: object) -> type:
            return object


MOST = 4096  # pixels along a side of an image that ``size`` may ask for


def split_seed_of(given: Any) -> int:
    """``split_seed`` as an int. Raises ValueError for what is not a whole number from 0 on."""
    seed = whole(given)
    if seed is None or seed < 0:
        raise ValueError(
            f"split_seed: expected a whole number from 0 on, got {given!r}: the same images must "
            "be set apart whenever the data is loaded; say split_seed=0"
        )
    return seed


def shares_of(validation: Any, test: Any) -> tuple[float, float]:
    """Both shares as floats. Raises ValueError where they leave nothing for training."""
    try:
        shares = float(validation), float(test)
    except (TypeError, ValueError, RuntimeError):
        shares = (float("nan"), float("nan"))
    if not (0 < shares[0] < 1 and 0 < shares[1] < 1 and sum(shares) < 1):
        raise ValueError(
            "validation and test: expected two shares that leave some for training, such as "
            f"0.2 and 0.2; got {validation!r} and {test!r}"
        )
    return shares


def yes_or_no(argument: str, given: Any) -> bool:
    """A bool. Raises ValueError for anything else: "no" would be true."""
    if not isinstance(given, bool | np.bool_):
        raise ValueError(f"{argument}: expected True or False, got {given!r}")
    return bool(given)


def size_of(given: Any) -> tuple[int, int] | None:
    """``size`` as (height, width) or None. Raises ValueError for anything else."""
    if given is None:
        return None
    numbers = () if isinstance(given, str | bytes | dict | set) else given
    try:
        sides = [whole(side) for side in numbers]
    except TypeError:  # not a sequence
        sides = []
    if len(sides) == 2 and all(side is not None and 1 <= side <= MOST for side in sides):
        height, width = (side for side in sides if side is not None)
        return height, width
    one = whole(given)
    cure = f"; say size=({one}, {one})" if one is not None and 1 <= one <= MOST else ""
    raise ValueError(
        f"size: expected (height, width), two whole numbers 1 … {MOST}, got {given!r}{cure}"
    )


def folder_at(argument: str, given: Any) -> Path:
    """A path, ``~`` expanded. Raises ValueError for what is none, or where no home is known."""
    if not isinstance(given, str | Path) or not str(given).strip() or "\0" in str(given):
        raise ValueError(f"{argument}: expected the path of a folder, got {given!r}")
    try:
        return Path(given).expanduser()
    except RuntimeError as error:  # "~somebody" unknown here, or nobody's home at all
        raise ValueError(
            f"{argument}: {given}: {error}; write the folder's full path instead of ~"
        ) from error


def whole(given: Any) -> int | None:
    """A whole number as an int; None for anything else, True and 2.5 among it."""
    if isinstance(given, bool | np.bool_):
        return None
    try:
        return operator.index(given)
    except (TypeError, ValueError, RuntimeError):
        return None
