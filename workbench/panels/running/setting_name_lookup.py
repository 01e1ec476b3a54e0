"""Which setting a name means: "strategy.lr", or "lr" where one part alone has it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any


class SettingNames:
    """The settings of a run: ``plain`` ones ("trials", "seed"), and arguments by ``parts``.

    ``parts`` says for each part ("strategy", "estimator", "method") the names of its arguments. A
    learner's classes may share one: then it is said with its part, "estimator.lr".
    """

    def __init__(self, plain: Iterable[str], parts: Mapping[str, Collection[str]]) -> None:
        self.plain, self.parts = tuple(plain), parts

    def full(self, name: str) -> str:
        """The one full name that ``name`` means: "estimator.lr", of plain ones "trials".

        Raises ValueError for a name that means no setting, or two.
        """
        if name in self.plain:
            return name
        part, dot, argument = name.partition(".")
        if dot and argument in self.parts.get(part, ()):
            return name
        owners = [part for part, names in self.parts.items() if name in names]
        if len(owners) == 1:
            return f"{owners[0]}.{name}"
        if owners:
            both = " or ".join(repr(f"{part}.{name}") for part in owners)
            raise ValueError(f"setting {name!r}: several parts have it; say {both}")
        known = sorted({*self.plain, *(n for names in self.parts.values() for n in names)})
        raise ValueError(f"setting {name!r}: expected some of {known}")

    def short(self, full: str) -> str:
        """How a setting is called where it is clear: "lr", or "estimator.lr" if another has one."""
        _, dot, argument = full.partition(".")
        if not dot:
            return full
        shared = argument in self.plain or sum(argument in n for n in self.parts.values()) > 1
        return full if shared else argument

    def of_part(self, given: Mapping[str, Any], part: str) -> dict[str, Any]:
        """Those of ``given`` (by any name) that belong to ``part``, by argument name."""
        full = {self.full(name): value for name, value in given.items()}
        return {
            name.removeprefix(f"{part}."): value
            for name, value in full.items()
            if name.startswith(f"{part}.")
        }
