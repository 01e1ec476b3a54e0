"""What a panel leaves behind when it is closed: nothing.

ipywidgets keeps every widget alive until it is closed, its layout and its style too, whether it is
in sight or not; and each one keeps what its callbacks belong to. So a panel closes all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import ipywidgets as widgets

from workbench.panels.running.open_panels import Closable, forget

HERE = __name__.split(".")[0]  # parts of panels are objects of this package


def close_widgets(panel: Closable) -> None:
    """Close every widget that ``panel`` and its parts hold, and forget the panel.

    Another panel that it holds (a ``SpacePanel`` whose space is searched) stays open.
    """
    forget(panel)
    for each in list(widgets_of(panel)):
        each.close()


def widgets_of(panel: Closable) -> Iterator[widgets.Widget]:
    """Every widget that a panel, its parts, and their widgets hold, each once."""
    seen: set[int] = set()
    ahead: list[Any] = [panel]
    while ahead:
        thing = ahead.pop()
        if id(thing) in seen or (isinstance(thing, Closable) and _another(thing, panel)):
            continue
        seen.add(id(thing))
        if isinstance(thing, widgets.Widget):
            yield thing
        ahead += _held(thing)


def _another(thing: Closable, panel: Closable) -> bool:
    """Whether it is a panel of its own; widgets and generators have a ``close`` as well."""
    return thing is not panel and hasattr(thing, "twin")


def _held(thing: Any) -> list[Any]:
    if isinstance(thing, Mapping):
        return list(thing.values())
    if isinstance(thing, list | tuple | set | frozenset):
        return list(thing)
    if isinstance(thing, widgets.Widget):
        return [*thing._trait_values.values(), *_attributes(thing)]
    return _attributes(thing)


def _attributes(thing: Any) -> list[Any]:
    ours = type(thing).__module__.split(".")[0] == HERE
    return list(vars(thing).values()) if ours and hasattr(thing, "__dict__") else []
