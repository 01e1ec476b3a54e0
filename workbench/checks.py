"""What was given, checked once: a plain Python value, or ``ValueError``: name, expected, got, cure.

Every constructor and frozen record calls these and keeps what they return, so that a numpy number
becomes a plain one, a list a tuple, and nothing else passes for a number. ``what`` names the
argument as its owner does, such as ``"ChainSpace: filters"``.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")


def whole(what: str, value: Any, *, least: int | None = None) -> int:
    """A whole number, at least ``least``; numpy's are accepted, booleans and 2.0 are not."""
    if type(value) is not int:
        try:
            if isinstance(value, bool):
                raise TypeError
            value = operator.index(value)
        except TypeError:
            raise ValueError(
                f"{what}: expected a whole number such as {max(least or 0, 1)}, got {value!r}"
            ) from None
    if least is not None and value < least:
        raise ValueError(f"{what} must be at least {least}, got {value}")
    return int(value)


def whole_or_none(what: str, value: Any, *, least: int | None = None) -> int | None:
    """A whole number, or None where nothing was given."""
    return None if value is None else whole(what, value, least=least)


def wholes(what: str, values: Any, *, least: int | None = None) -> tuple[int, ...]:
    """One or more whole numbers, none of them twice."""
    numbers = tuple([whole(what, value) for value in several(what, values, "(8, 16)")])
    if not numbers or (least is not None and min(numbers) < least):
        raise ValueError(f"{what} must be at least {least or 0}, got {numbers}")
    return _different(what, numbers)


def number(
    what: str, value: Any, *, least: float = -math.inf, below: float = math.inf, nan: bool = False
) -> float:
    """A number in [least, below]; ``below`` itself only where it is infinite. ``nan``: or NaN.

    Whatever turns into one number is accepted (numpy's, a tensor of one element), text is not.
    """
    if type(value) is not float:
        try:
            if isinstance(value, bool) or not hasattr(type(value), "__float__"):
                raise TypeError
            value = float(value)
        except (TypeError, ValueError, RuntimeError):
            raise ValueError(f"{what}: expected a number such as 0.9, got {value!r}") from None
    if value != value and nan:
        return value  # type: ignore[no-any-return]
    if not (least <= value < below or value == below == math.inf):
        where = f"at least {least:g}" if below == math.inf else f"in [{least:g}, {below:g})"
        raise ValueError(f"{what} must be {where}, got {value}")
    return value  # type: ignore[no-any-return]


def numbers(what: str, values: Any) -> tuple[float, ...]:
    """Numbers in order, NaN among them if it is; maybe none."""
    given = several(what, values, "(0.5, 0.9)")
    return tuple([number(what, value, least=-math.inf, nan=True) for value in given])


def measures(what: str, values: Any) -> Mapping[str, float]:
    """Numbers by name; whole ones stay whole."""
    if not isinstance(values, Mapping):
        raise ValueError(
            f"{what}: expected numbers by name such as {{'loss': 0.1}}, got {values!r}"
        )
    return {
        str(name): value
        if type(value) in (int, float)
        else number(f"{what}: {name}", value, nan=True)
        for name, value in values.items()
    }


def yes_or_no(what: str, value: Any) -> bool:
    """True or False, nothing that merely looks like it."""
    if type(value).__name__ not in ("bool", "bool_"):  # numpy's as well
        raise ValueError(f"{what}: expected True or False, got {value!r}")
    return bool(value)


def text(what: str, value: Any) -> str:
    """A text."""
    if not isinstance(value, str):
        raise ValueError(f"{what}: expected a text, got {value!r}")
    return value


def one_of(what: str, value: Any, known: Collection[T]) -> T:
    """One of the ``known`` values."""
    for each in known:
        if type(each) is type(value) and each == value:
            return each
    raise ValueError(f"{what}: expected one of {tuple(known)}, got {value!r}")


def some_of(what: str, values: Any, known: Collection[str]) -> tuple[str, ...]:
    """One or more of the ``known`` names, none of them twice."""
    given = several(what, values, f"({next(iter(known))!r},)")
    unknown = [value for value in given if value not in tuple(known)]
    if unknown or not given:
        raise ValueError(f"{what}: expected some of {tuple(known)}, got {unknown or given}")
    return _different(what, given)


def instance(what: str, value: Any, kind: type[T]) -> T:
    """An architecture of this very space."""
    if not isinstance(value, kind):
        raise ValueError(
            f"{what}: not in this space: expected a {kind.__name__}, got {value!r}: "
            "use the space that this architecture came from"
        )
    return value


def several(what: str, values: Any, such: str = "(1, 3)") -> tuple[Any, ...]:
    """Any values, in order; a text is one value, not several."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise ValueError(f"{what}: expected several values such as {such}, got {values!r}")
    return tuple(values)


def _different(what: str, values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) < len(values):
        raise ValueError(f"{what}: each value once, got {values}")
    return values
