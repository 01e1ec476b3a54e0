"""What is counted of an architecture and its space: parameters, MACs, how many, how long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from workbench.records import Task
from workbench.training.metrics import Cost, cost_of
from workbench.views.numbers_in_words import counted, lasting, rounded

PATIENCE = 0.15  # seconds that a slider waits for the size of a space; large spaces take longer

Pairs = list[tuple[str, str]]


def cost(space: Any, arch: Any, task: Task) -> Cost | None:
    """Parameters and MACs, of an image or of a token.

    Raises ValueError where the space cannot build ``arch`` for ``task``.
    """
    return cost_of(space, arch, task)


def of_network(found: Cost | None) -> Pairs:
    """Parameters and MACs as (name, value) pairs of text; none without a cost."""
    if found is None:
        return []
    return [("parameters", f"{found.parameters:,}"), ("MACs", rounded(found.macs))]


def of_space(size: int | Exception | None) -> Pairs:
    """The size of a space, and how long to try it all, as (name, value) pairs of text."""
    if isinstance(size, Exception):
        return [("architectures in this space", f"not counted: {size}")]
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

    ``known()`` is called, in another thread, when a count that was not waited for has ended. One
    thread counts, however fast spaces change; it ends with the count under way after ``close``.
    """

    def __init__(self, known: Callable[[], None]) -> None:
        self._known, self._gate = known, threading.Condition()
        self._asked: Any = None  # the space itself: two may be equal
        self._found: int | Exception | None = None
        self._late = False  # nobody waits any more
        self._worker: threading.Thread | None = None

    def of(self, space: Any) -> int | Exception | None:
        """The size, None while it is being counted, or what counting it raised."""
        with self._gate:
            if self._asked is not space:
                self._asked, self._found, self._late = space, None, False
                if self._worker is None:
                    self._worker = threading.Thread(target=self._count, daemon=True)
                    self._worker.start()
            self._gate.wait_for(lambda: self._found is not None, PATIENCE)
            self._late = self._found is None
            return self._found

    def wait(self, seconds: float | None = None) -> None:
        """Wait until the space asked about last has been counted, at most so many seconds."""
        with self._gate:
            self._gate.wait_for(lambda: self._asked is None or self._found is not None, seconds)

    def close(self) -> None:
        """Ask about nothing any more."""
        with self._gate:
            self._asked = None
            self._gate.notify_all()

    def _count(self) -> None:
        while True:
            with self._gate:
                space = self._asked
                if space is None or self._found is not None:
                    self._worker = None
                    return
            found = _size(space)
            with self._gate:
                if self._asked is not space:  # a newer space waits
                    continue
                self._found, late = found, self._late
                self._gate.notify_all()
            if late:
                self._known()


def _size(space: Any) -> int | Exception:
    try:
        return int(space.size())
    except Exception as error:  # a space that is too large to count, or a learner's mistake
        return error
