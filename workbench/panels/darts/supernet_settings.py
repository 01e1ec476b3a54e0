"""What a supernet is made of, as controls: nodes, cells, channels, the operations on the menu."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from workbench.panels.parts.layout import complain, more, sheet, stack
from workbench.panels.space.settings_form import SpaceForm, rebuilt, settings_of

SHOWN = ("nodes", "cells", "channels", "stages", "operations")  # of those that a space has


class SupernetSettings:
    """``space`` is the space as it is set now; ``on_change(heard)`` calls ``heard(space)``.

    A panel of a search takes it in the place of a space. ``lock`` names settings that cannot be
    changed.
    """

    def __init__(self, space: Any, *, lock: Collection[str] = ()) -> None:
        self.space = space
        self._listeners: list[Callable[[Any], None]] = []
        self._fault = sheet()
        self._form = SpaceForm(
            space,
            self._choose,
            complain=lambda words: complain(self._fault, words),
            lock=lambda name: name in lock,
        )
        shown = [self._form.controls[name] for name in SHOWN if name in self._form.controls]
        self.widget = stack(more(*shown, title="The supernet's cells"), self._fault)
        complain(self._fault, None)

    @property
    def names(self) -> tuple[str, ...]:
        """The settings that there are controls for."""
        return tuple(name for name in SHOWN if name in settings_of(self.space))

    def on_change(self, heard: Callable[[Any], None]) -> Callable[[], None]:
        """Call ``heard(space)`` after each change. Returns a function that ends this."""
        self._listeners.append(heard)
        return lambda: self._listeners.remove(heard)

    def set(self, name: str, value: Any) -> None:
        """Change one setting. Raises ValueError where the space refuses it."""
        self.space = rebuilt(self.space, **{name: value})
        self._form.show(self.space)
        complain(self._fault, None)
        for heard in list(self._listeners):
            heard(self.space)

    def _choose(self, name: str, value: Any) -> None:
        try:
            self.set(name, value)
        except ValueError as error:
            complain(self._fault, error)
            self._form.show(self.space)
