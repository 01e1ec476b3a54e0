"""The live panels of this kernel, and the cells that made them.

Running a cell again closes the panels that its earlier run made: their search stops, their
widgets go. JupyterLab says in each request which cell it comes from; where nobody says so
(a script, a test), nothing is closed.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Closable(Protocol):
    """What is registered: something that can be closed."""

    def close(self) -> None:
        """Stop what runs and take the widgets away."""


_LOCK = threading.Lock()
_LIVE: list[weakref.ref[Any]] = []  # the newest last
_CELLS: dict[str, tuple[str, list[weakref.ref[Any]]]] = {}  # cell -> (its run, panels made in it)


def current_cell() -> tuple[str, str] | None:
    """(cell, run) of the code that is executing now; None outside of a notebook."""
    from IPython.core.getipython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return None
    parent = kernel.get_parent("shell")
    cell = parent.get("metadata", {}).get("cellId")
    run = parent.get("header", {}).get("msg_id")
    return (cell, run) if cell and run else None


def register(panel: Closable) -> list[Closable]:
    """Remember a new panel, and close those that an earlier run of the same cell made.

    Returns those that were closed.
    """
    here = current_cell()
    old: list[weakref.ref[Any]] = []
    with _LOCK:
        _LIVE.append(weakref.ref(panel))
        if here is not None:
            cell, run = here
            if _CELLS.get(cell, ("", []))[0] != run:
                old = _CELLS.get(cell, ("", []))[1]
                _CELLS[cell] = (run, [])
            _CELLS[cell][1].append(weakref.ref(panel))
    closed = [earlier for ref in old if (earlier := ref()) is not None]
    for earlier in closed:  # outside the lock: closing a panel calls forget()
        earlier.close()
    return closed


def forget(panel: Closable) -> None:
    """A closed panel is not live any more."""
    with _LOCK:
        _LIVE[:] = [ref for ref in _LIVE if ref() is not None and ref() is not panel]


def called(panel: object) -> str:
    """The name of the notebook's variable that holds ``panel``; "" where none does."""
    from IPython.core.getipython import get_ipython

    names = getattr(get_ipython(), "user_ns", {})
    found = (name for name, value in list(names.items()) if value is panel)
    return next((name for name in found if not name.startswith("_")), "")


def newest(*kinds: type[Any]) -> Any:
    """The live panel of these kinds that was made last, or None."""
    with _LOCK:
        panels = [ref() for ref in reversed(_LIVE)]
    return next((panel for panel in panels if isinstance(panel, kinds)), None)
