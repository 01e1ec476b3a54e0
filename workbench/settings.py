"""What a thing was made with, as plain JSON values: the header of a log, the state of a panel.

Every space, strategy and estimator keeps each constructor argument under the argument's own name,
so one function can read the settings of all of them and another can name the first difference.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"

# A folder to write to: chosen by whoever runs, never taken from somebody else's text.
FOLDERS = frozenset({"checkpoints"})
# So is a file to read from; what it holds describes itself.
PLACES = FOLDERS | {"path"}
# Where and how fast a run is computed, not what is computed: a log may be resumed elsewhere.
ELSEWHERE = PLACES | {"device"}
# Handed over by whoever puts the parts of a search together.
GIVEN = frozenset({"space", "data", "seed"})


def arguments(maker: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The keyword arguments of a strategy's, an estimator's or a method's class that can be set."""
    parameters = inspect.signature(maker).parameters
    return {
        name: parameter
        for name, parameter in parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY and name not in GIVEN | PLACES
    }


def presets(maker: Callable[..., Any]) -> dict[str, dict[str, Any]]:
    """The named settings of a class (``PRESETS``), each with every argument's value.

    "paper" are the published values, "lesson" ours for searches of minutes; what a preset does
    not name is at its default. Raises ValueError for a preset that names no argument of the class.
    """
    known = arguments(maker)
    defaults = {n: each.default for n, each in known.items() if n not in ELSEWHERE}
    found = {}
    for preset, given in getattr(maker, "PRESETS", {}).items():
        unknown = sorted(given.keys() - known.keys())
        if unknown:
            raise ValueError(
                f"{maker.__name__}.PRESETS[{preset!r}]: {unknown[0]!r} is no setting, expected "
                f"some of {sorted(known)}"
            )
        found[preset] = {**defaults, **given}
    return found


def describe(thing: object) -> Any:
    """The settings of ``thing`` as JSON values: ``{"name": class, argument: value, …}``.

    Scalars stay, tuples become lists; a thing with a method ``described()`` speaks for itself;
    of any other, each constructor argument is read from the attribute of the same name. One that
    a class names in ``ADDED_LATER`` is left out at its default, as logs from before do not say it.

    Raises TypeError where an argument is not kept as an attribute.
    """
    if thing is None or isinstance(thing, bool | int | float | str):
        return thing
    if isinstance(thing, list | tuple | range | frozenset | set):
        values = [describe(item) for item in thing]
        return sorted(values) if isinstance(thing, frozenset | set) else values
    if isinstance(thing, Mapping):
        return {str(key): describe(value) for key, value in thing.items()}
    if hasattr(thing, "described"):
        return thing.described()
    described: dict[str, Any] = {"name": type(thing).__name__}
    for name, parameter in inspect.signature(type(thing)).parameters.items():
        if name in ELSEWHERE:
            continue
        if not hasattr(thing, name):
            raise TypeError(
                f"{type(thing).__name__} does not keep its argument {name!r}: "
                f"set self.{name} in __init__ so that logs and panels can name its settings"
            )
        value = getattr(thing, name)
        if name not in getattr(thing, "ADDED_LATER", ()) or value != parameter.default:
            described[name] = describe(value)
    return described


def difference(mine: Any, theirs: Any, *, at: str = "") -> str | None:
    """Where two descriptions first differ, in words ("strategy.seed: 1 here, 0 there"), or None."""
    if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
        for key in [*mine, *(key for key in theirs if key not in mine)]:
            place = f"{at}.{key}" if at else str(key)
            if key not in mine or key not in theirs:
                absent = "nothing"
                here, there = mine.get(key, absent), theirs.get(key, absent)
                return f"{place}: {here!r} here, {there!r} there"
            found = difference(mine[key], theirs[key], at=place)
            if found:
                return found
        return None
    return None if mine == theirs else f"{at or 'value'}: {mine!r} here, {theirs!r} there"


def words(name: str) -> str:
    """A class's name as words: "RandomSearch" -> "random search"; acronyms stay."""
    # re has no class for capitals: A is one, 0 a digit, a what else a name may hold
    kinds = "".join(
        "A" if sign.isupper() else "0" if sign.isdigit() else "a" if _in_names(sign) else " "
        for sign in name
    )
    found = re.finditer("A+(?!a)|Aa*|[a0]+", kinds)
    parts = [name[part.start() : part.end()] for part in found]
    return " ".join(part if part.isupper() and len(part) > 1 else part.lower() for part in parts)


def _in_names(sign: str) -> bool:
    return sign != "_" and f"a{sign}".isidentifier()
