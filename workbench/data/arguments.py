"""Arguments that every source of images takes, judged when they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from workbench import checks

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
    why = "the same images must be set apart whenever the data is loaded; say split_seed=0"
    return checks.whole("split_seed", given, least=0, cure=why)


def shares_of(validation: Any, test: Any) -> tuple[float, float]:
    """Both shares as floats. Raises ValueError where they leave nothing for training."""
    try:
        first = checks.number("validation", validation, above=0.0, below=1.0)
        second = checks.number("test", test, above=0.0, below=1.0)
        checks.number("both", first + second, below=1.0)
    except ValueError:
        raise ValueError(
            "validation and test: expected two shares that leave some for training, such as "
            f"0.2 and 0.2; got {validation!r} and {test!r}"
        ) from None
    return first, second


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


def whole(given: Any) -> int | None:
    """A whole number as an int; None for anything else, True and 2.5 among it."""
    return checks.whole("", given) if checks.is_whole(given) else None
