"""What was given, checked once: a plain Python value, or ``ValueError``: name, expected, got, cure.

Every constructor and frozen record calls these and keeps what they return, so that a numpy number
becomes a plain one, a list a tuple, and nothing else passes for a number. ``what`` names the
argument as its owner does, such as ``"ChainSpace: filters"``.
"""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

SHOWN = 80  # characters of what was given


def whole(
    what: str, value: Any, *, least: int | None = None, most: int | None = None, cure: str = ""
) -> int:
    """A whole number in [least, most]; numpy's are accepted, booleans and 2.0 are not."""
    if type(value) is not int:
        try:
            if _is_truth(value):
                raise TypeError
            value = operator.index(value)
        except Exception:  # whatever a stranger's __index__ raises
            raise ValueError(
                f"{what}: expected a whole number such as {max(least or 0, 1)}, got {_shown(value)}"
                f"{cure and '; '}{cure}"
            ) from None
    if (least is not None and value < least) or (most is not None and value > most):
        where = f"at least {least}" if most is None else f"{least} … {most}"
        raise ValueError(f"{what} must be {where}, got {_shown(value)}{cure and '; '}{cure}")
    return int(value)


def whole_or_none(what: str, value: Any, *, least: int | None = None) -> int | None:
    """A whole number, or None where nothing was given."""
    return None if value is None else whole(what, value, least=least)


def is_whole(value: Any) -> bool:
    """Whether ``whole`` would take it."""
    try:
        whole("", value)
    except ValueError:
        return False
    return True


def wholes(
    what: str, values: Any, *, least: int | None = None, count: int | None = None
) -> tuple[int, ...]:
    """One or more whole numbers, or ``count`` of them, none of them twice."""
    numbers = tuple([whole(what, value) for value in several(what, values, "(8, 16)")])
    if not numbers:
        raise ValueError(f"{what}: expected at least one whole number, got {values!r}")
    if least is not None and min(numbers) < least:
        raise ValueError(f"{what} must be at least {least}, got {numbers}")
    if count is not None and len(numbers) != count:
        raise ValueError(f"{what}: expected {count} whole numbers, got {numbers}")
    return _different(what, numbers)


def number(
    what: str,
    value: Any,
    *,
    least: float | None = None,
    above: float | None = None,
    most: float | None = None,
    below: float | None = None,
    nan: bool = False,
    cure: str = "",
) -> float:
    """A number from ``least`` (or ``above`` it) to ``most`` (or ``below`` it); ``nan``: or NaN.

    ``below=math.inf`` asks for a finite one. Whatever turns into one number is accepted (numpy's,
    a tensor of one element), text is not.
    """
    if type(value) is not float:
        given = value
        try:
            if _is_truth(value) or isinstance(value, str | bytes):
                raise TypeError
            value = float(value)
        except Exception:  # whatever a stranger's __float__ raises
            raise ValueError(
                f"{what}: expected a number such as 0.9, got {_shown(given)}{cure and '; '}{cure}"
            ) from None
    if value != value:
        inside = nan
    else:
        inside = (least is None or value >= least) and (above is None or value > above)
        inside = inside and (most is None or value <= most) and (below is None or value < below)
    if not inside:
        where = _range(least, above, most, below)
        raise ValueError(f"{what} must be {where}, got {value}{cure and '; '}{cure}")
    return value  # type: ignore[no-any-return]


def number_or_none(what: str, value: Any, **range_: Any) -> float | None:
    """A number as ``number`` has it, or None where nothing was given."""
    return None if value is None else number(what, value, **range_)


def numbers(what: str, values: Any) -> tuple[float, ...]:
    """Numbers in order, NaN among them if it is; maybe none."""
    given = several(what, values, "(0.5, 0.9)")
    return tuple([number(what, value, nan=True) for value in given])


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


def tables(what: str, values: Any) -> Mapping[str, tuple[tuple[float, ...], ...]]:
    """Rows of numbers by name."""
    given = of_type(what, values, Mapping)
    return {
        str(name): tuple(
            [numbers(f"{what}: {name}", row) for row in several(f"{what}: {name}", rows, "((1,),)")]
        )
        for name, rows in given.items()
    }


def yes_or_no(what: str, value: Any) -> bool:
    """True or False, nothing that merely looks like it."""
    if not _is_truth(value):
        raise ValueError(f"{what}: expected True or False, got {value!r}")
    return bool(value)


def text(what: str, value: Any, *, empty: bool = True, cure: str = "") -> str:
    """A text; ``empty`` says whether it may be that."""
    if not isinstance(value, str) or not (empty or value.strip()):
        raise ValueError(f"{what}: expected a text, got {value!r}{cure and '; '}{cure}")
    return value


def path(what: str, value: Any) -> Path:
    """A path, ``~`` expanded."""
    if not isinstance(value, str | os.PathLike) or not str(value).strip() or "\0" in str(value):
        raise ValueError(f"{what}: expected a path, got {value!r}")
    try:
        return Path(value).expanduser()
    except RuntimeError as error:  # "~somebody" unknown here, or nobody's home at all
        raise ValueError(f"{what}: {value}: {error}; write the path in full, without ~") from error


def path_or_none(what: str, value: Any) -> Path | None:
    """A path, or None where nothing was given."""
    return None if value is None else path(what, value)


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


def of_type(what: str, value: Any, kind: type[T] | tuple[type[T], ...], *, cure: str = "") -> T:
    """A value of this class, or of one of these."""
    if not isinstance(value, kind):
        names = " or ".join(
            each.__name__ for each in (kind if isinstance(kind, tuple) else (kind,))
        )
        article = "an" if names[0] in "AEIOU" else "a"
        raise ValueError(
            f"{what}: expected {article} {names}, got {_shown(value)}{cure and '; '}{cure}"
        )
    return value


def function(what: str, value: Any, such: str) -> Any:
    """Something to call, ``such`` as this."""
    if not callable(value):
        raise ValueError(f"{what}: expected a function such as {such}, got {_shown(value)}")
    return value


def several(what: str, values: Any, such: str = "(1, 3)") -> tuple[Any, ...]:
    """Any values, in order; a text is one value, not several."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise ValueError(f"{what}: expected several values such as {such}, got {values!r}")
    return tuple(values)


def keep(record: object, **fields: Any) -> None:
    """Write what the checks gave into a frozen record."""
    for name, value in fields.items():
        object.__setattr__(record, name, value)


def _different(what: str, values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) < len(values):
        raise ValueError(f"{what}: each value once, got {values}")
    return values


def _is_truth(value: Any) -> bool:
    return type(value).__name__ in ("bool", "bool_")  # numpy's as well


def _range(
    least: float | None, above: float | None, most: float | None, below: float | None
) -> str:
    """Where a number must lie, in words."""
    low, high = above if least is None else least, below if most is None else most
    if low is None or low == -math.inf:
        if high is None or high == math.inf:
            return "a number" if high is None else "a finite number"
        return f"at most {high:g}" if below is None else f"less than {high:g}"
    if high is None or high == math.inf:
        start = f"at least {low:g}" if above is None else f"more than {low:g}"
        return start if high is None else f"{start} and finite"
    left, right = "[" if above is None else "(", "]" if below is None else ")"
    return f"in {left}{low:g}, {high:g}{right}"


def _shown(value: Any) -> str:
    """What was given, on one line that can be read: an array or a huge number is cut."""
    try:
        said = " ".join(repr(value).split())
    except Exception:  # a stranger's __repr__; or a number too long for Python to write
        return f"a {type(value).__name__}"
    return said if len(said) <= SHOWN else f"{said[:SHOWN]}…"
