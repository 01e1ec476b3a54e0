"""What is counted of an architecture and its space: parameters, MACs, how many, how long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from workbench.panels.magnitude import counted, lasting, rounded
from workbench.records import ImageTask, Task
from workbench.training.metrics import Cost, cost_of

PATIENCE = 0.15  # seconds that a slider waits for the size of a space; large spaces take longer

Pairs = list[tuple[str, str]]


def cost(space: Any, arch: Any, task: Task) -> Cost | None:
    """Parameters and MACs; None for a task of text.

    Raises ValueError where the space cannot build ``arch`` for ``task``.
    """
    return cost_of(space, arch, task) if isinstance(task, ImageTask) else None


def of_network(found: Cost | None) -> Pairs:
    """Parameters and MACs as (name, value) pairs of text; none without a cost."""
    if found is None:
        return []
    return [("parameters", f"{found.parameters:,}"), ("MACs", rounded(found.macs))]


def of_space(size: int | None) -> Pairs:
    """The size of a space, and how long to try it all, as (name, value) pairs of text."""
    if size is None:
        return [("architectures in this space", "counting …")]
    return [
        ("architectures in this space", counted(size)),
        ("time to try them all, one a second", lasting(size)),
    ]


def tiles(pairs: Sequence[tuple[str, str]]) -> str:
    """Pairs as markup for a panel: each a small name over a large value."""
    made = "".join(f"<div><span>{escape(n)}</span><b>{escape(v)}</b></div>" for n, v in pairs)
    return f'<div class="wb-tiles">{made}</div>'


def sentence(pairs: Sequence[tuple[str, str]]) -> str:
    """The same as one line of markup, for readers without a panel."""
    return " · ".join(f"{escape(name)} <b>{escape(value)}</b>" for name, value in pairs)


class Size:
    """The size of a space, counted in the background where that takes long.

    ``known()`` is called, in another thread, when a count that was not waited for has ended.
    """

    def __init__(self, known: Callable[[], None]) -> None:
        self._known = known
        self._found: tuple[Any, int] | None = None  # the space itself: two may be equal
        self._counting: Any = None

    def of(self, space: Any) -> int | None:
        """The size, or None while it is being counted."""
        if self._found is not None and self._found[0] is space:
            return self._found[1]
        if self._counting is space:
            return None
        self._counting = space
        waited = threading.Event()
        worker = threading.Thread(target=self._count, args=(space, waited), daemon=True)
        worker.start()
        worker.join(PATIENCE)
        if worker.is_alive():
            waited.set()
        return self._found[1] if self._found is not None and self._found[0] is space else None

    def _count(self, space: Any, waited: threading.Event) -> None:
        size = space.size()
        if self._counting is space:  # else a newer space is being counted
            self._found = (space, size)
            if waited.is_set():
                self._known()
