"""The state string: settings, seed, data and versions of a search in one line of JSON, and back.

Nothing in a string is ever executed. A class is found by its name among the public names of
``workbench.spaces``, ``strategies`` and ``estimators``, or those that the caller passes, and is
called with the arguments that differ from its defaults. A search names the parts "strategy" and
"estimator" and its number of trials; a method is one part and has none.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal, TypeAlias

import torch

import workbench
from workbench.data.images import ImageData
from workbench.settings import PLACES, describe, difference

Door: TypeAlias = Literal["spaces", "strategies", "estimators"]
Part: TypeAlias = dict[str, Any]

# data sets that the library itself can load again, by their name in a state string
LOADERS = {"digits": "digits", "fashion-mnist": "fashion_mnist", "cifar-10": "cifar10"}
# part -> the package that has its public classes
DOORS: Mapping[str, Door] = {
    "strategy": "strategies",
    "estimator": "estimators",
    "method": "strategies",
}
# part -> the argument of SearchPanel that takes its classes
PLURALS = {"strategy": "strategies", "estimator": "estimators", "method": "methods"}
IGNORED = PLACES | {"name"}  # a class's name is no argument


def versions() -> dict[str, str]:
    """What the numbers of a run may depend on beside its settings."""
    return {"workbench": workbench.__version__, "torch": str(torch.__version__).split("+")[0]}


@dataclass(frozen=True)
class Recipe:
    """All that makes a search what it is, as JSON values; two equal recipes are one search."""

    space: Part
    data: Part
    parts: Mapping[str, Part]  # "strategy" and "estimator", or "method"
    seed: int
    trials: int | None = None  # of a method: None
    yours: str | None = None  # the learner's own architecture, spelled
    made_with: dict[str, str] = field(default_factory=versions)

    @property
    def text(self) -> str:
        """One line of JSON."""
        said: dict[str, Any] = {
            "space": self.space,
            "data": self.data,
            **self.parts,
            "trials": self.trials,
        }
        said |= {"seed": self.seed, "yours": self.yours, "made_with": self.made_with}
        known = {name: value for name, value in said.items() if value is not None}
        return json.dumps(known, ensure_ascii=False, separators=(", ", ": "))

    @classmethod
    def read(cls, text: str) -> Recipe:
        """What ``text`` says. Raises ValueError that names what is wrong with a string."""
        try:
            parts = json.loads(text)
        except ValueError as error:
            raise ValueError(
                f"state: expected a line of JSON, as a panel shows it: {error}"
            ) from None
        method = isinstance(parts, dict) and "method" in parts
        named = ("method",) if method else ("strategy", "estimator")
        kinds: dict[str, type] = {"seed": int} if method else {"trials": int, "seed": int}
        kinds |= dict.fromkeys(("space", "data", *named, "made_with"), dict)
        for name, kind in kinds.items():
            if not isinstance(parts, dict) or type(parts.get(name)) is not kind:
                raise ValueError(f"state: expected {name!r} as {kind.__name__}; copy all of it")
        if not isinstance(parts.get("yours", ""), str):
            raise ValueError(f"state: expected 'yours' as a text, got {parts['yours']!r}")
        unknown = sorted(parts.keys() - kinds.keys() - {"yours"})
        if unknown:
            raise ValueError(f"state: {unknown[0]!r} is unknown here: made by a newer version?")
        found = {name: parts.pop(name) for name in named}
        return cls(parts=found, **parts)

    def arguments(self, data: ImageData | None, own: Iterable[type]) -> dict[str, Any]:
        """What ``SearchPanel(…)`` is to be called with; ``data`` None: loaded by its name."""
        space, own = built_space(self.space, own), tuple(own)
        found: dict[str, Any] = {
            "space": space,
            "data": loaded(self.data) if data is None else data,
            "seed": self.seed,
            "yours": None if self.yours is None else space.parse(self.yours),
            "settings": {},
        }
        found |= {} if self.trials is None else {"trials": self.trials}
        for part, described in self.parts.items():
            maker, given = made(described, DOORS[part], own)
            found[PLURALS[part]] = (maker,)
            found["settings"] |= {f"{part}.{name}": value for name, value in given.items()}
        return found

    def differs(self, data: ImageData) -> list[str]:
        """In words, what is not as it was where the string was made; empty: all is the same."""
        found = [difference(versions(), self.made_with), difference(about(data), self.data)]
        return [words for words in found if words]


def about(data: ImageData) -> Part:
    """What a state string says of the data: name, sizes, split and fingerprint."""
    all_of_it = data.described()
    return {name: all_of_it[name] for name in ("name", "sizes", "split_seed", "fingerprint")}


def spelled(maker: Callable[..., Any], given: Mapping[str, Any]) -> Part:
    """A class by name, with those of the arguments ``given`` that differ from its defaults."""
    parameters = inspect.signature(maker).parameters
    changed = {
        name: describe(value)
        for name, value in given.items()
        if describe(value) != _plain(parameters[name].default)
    }
    return {"name": maker.__name__, **changed}


def spelled_space(space: object) -> Part:
    """A space by name, with the arguments that differ from its defaults."""
    names = inspect.signature(type(space)).parameters
    return spelled(type(space), {name: getattr(space, name) for name in names})


def _plain(default: object) -> object:
    return default if default is inspect.Parameter.empty else describe(default)


def made(part: Part, door: Door, own: Iterable[type] = ()) -> Any:
    """The class that ``part`` names and its arguments, as ``(class, arguments)``.

    ``own`` are the learner's classes, beside the public ones. Raises ValueError for an unknown
    class or argument.
    """
    room, own = import_module(f"workbench.{door}"), tuple(own)
    public = [getattr(room, name) for name in room.__all__]
    known = {each.__name__: each for each in (*public, *own) if _buildable(each, door)}
    name = part.get("name")
    if not isinstance(name, str) or name not in known:
        raise ValueError(f"state: {name!r} is none of {sorted(known)}; pass your own as own=(…,)")
    parameters = inspect.signature(known[name]).parameters
    arguments = {key: _value(value, own) for key, value in part.items() if key not in IGNORED}
    settings: list[object] = [inspect.Parameter.KEYWORD_ONLY]
    if door == "spaces":  # strategies and estimators are given their first arguments by a panel
        settings.append(inspect.Parameter.POSITIONAL_OR_KEYWORD)
    for key in arguments:
        if key not in parameters or parameters[key].kind not in settings:
            raise ValueError(f"state: {name} has no setting {key!r} here")
    return known[name], arguments


def _buildable(each: object, door: Door) -> bool:
    if door == "spaces" and not hasattr(each, "compose"):  # a genotype stands behind that door too
        return False
    return isinstance(each, type) and not inspect.isabstract(each)


def _value(value: Any, own: Iterable[type]) -> Any:
    """JSON back to an argument: lists were tuples, an object with a name was a space."""
    if isinstance(value, list):
        return tuple(_value(item, own) for item in value)
    if isinstance(value, dict) and "name" in value:
        return built_space(value, own)
    return value


def built_space(part: Part, own: Iterable[type] = ()) -> Any:
    """The search space that ``part`` describes. Raises ValueError where none can be made of it."""
    maker, arguments = made(part, "spaces", own)
    try:
        return maker(**arguments)
    except TypeError as error:
        raise ValueError(f"state: {part['name']} cannot be made: {error}") from error


def loaded(part: Part) -> ImageData:
    """The data that ``part`` names. Raises ValueError for the learner's own data."""
    name, sizes = part.get("name"), part.get("sizes", ())
    if not isinstance(name, str) or name not in LOADERS:
        raise ValueError(f"state: the data {name!r} is your own: pass it as data=")
    if not isinstance(sizes, list | tuple):
        raise ValueError(f"state: expected the sizes of the data as a list, got {sizes!r}")
    load = getattr(import_module("workbench.data"), LOADERS[name])
    wanted = dict(zip(("train", "validation"), sizes))
    arguments = {key: n for key, n in wanted.items() if key in inspect.signature(load).parameters}
    data: ImageData = load(split_seed=part.get("split_seed", 0), **arguments)
    return data
