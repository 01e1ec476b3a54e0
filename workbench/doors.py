"""A package's door: it says what is inside, and loads a room when a name of it is first used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module


def lazy(package: str, rooms: Mapping[str, str]) -> Callable[[str], object]:
    """The ``__getattr__`` of ``package``; ``rooms`` says for each public name its module.

    ``import workbench`` stays light that way: torch, matplotlib and widgets load with the first
    room that needs them. The function raises AttributeError for any other name.
    """

    def find(name: str) -> object:
        if name not in rooms:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{rooms[name]}"), name)

    return find
