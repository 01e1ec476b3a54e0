"""What a learner built outlives its panel: it comes back when the panel's cell runs again.

A page that was reloaded shows what was saved, a picture or nothing, and running the cell again
would make the notebook's own panel. Spellings are kept, not panels: a closed panel is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import ipywidgets as widgets

from workbench.panels.parts.kernel_connection import lost
from workbench.panels.parts.status_line import Notice
from workbench.panels.running.open_panels import current_cell
from workbench.panels.space.settings_form import rebuilt, settings_of

BACK = "As you left it when this cell was run before."


@dataclass(frozen=True)
class Edit:
    """A space's settings and an architecture in it, as text and plain values."""

    settings: tuple[tuple[str, Any], ...]
    spelled: str

    @classmethod
    def of(cls, space: Any, arch: Any) -> Edit:
        """What stands in a panel now."""
        return cls(tuple(settings_of(space).items()), space.spell(arch))

    def changed(self, given: Edit) -> dict[str, Any]:
        """The settings that are not as in ``given``."""
        first = dict(given.settings)
        return {name: value for name, value in self.settings if value != first.get(name)}

    def made(self, space: Any, given: Edit) -> tuple[Any, Any]:
        """(space, architecture) again. Raises ValueError where they mean nothing any more."""
        settings = self.changed(given)
        space = rebuilt(space, **settings) if settings else space
        return space, space.parse(self.spelled)

    def code(self, given: Edit, name: str) -> str:
        """What a learner can run to have it back in the panel ``name``, made anew."""
        settings: Mapping[str, Any] = self.changed(given)
        if not settings:
            return f"{name}.arch = {name}.space.parse({self.spelled!r})"
        listed = ", ".join(f"{key}={value!r}" for key, value in settings.items())
        return f"a panel of the space with {listed}, and in it the architecture {self.spelled!r}"


_KEPT: dict[tuple[str, str, Edit], list[Edit]] = {}  # (cell, kind of space, what was given) -> left


class KeptEdits:
    """What was built in a panel, kept for the panel that its cell makes when it runs again.

    ``given`` is the (space, architecture) that the notebook gave; ``become(space, arch)`` shows
    another one. ``notice`` says that something came back, and takes it away again; ``words`` are
    shown when the kernel has ended. Make it in the cell: outside of a notebook nothing is kept.
    """

    def __init__(self, given: tuple[Any, Any], become: Callable[[Any, Any], None]) -> None:
        self._first, self._given, self._become = given, Edit.of(*given), become
        self.notice, self.words = Notice(), widgets.HTML()
        here, kind = current_cell(), type(given[0]).__qualname__
        self._key = (here[0], kind, self._given) if here else None

    def bring_back(self) -> None:
        """Show what an earlier panel of this cell left, once; nothing where it left nothing."""
        waiting = _KEPT.get(self._key) if self._key is not None else None
        if not waiting:
            return
        edit = waiting.pop(0)
        try:
            self._become(*edit.made(self._first[0], self._given))
        except Exception as error:
            self.notice.say(f"What you had built here is lost, {edit.spelled}: {error}")
        else:
            self.notice.ask(BACK, "The notebook's own", lambda: self._become(*self._first))

    def show(self, space: Any, arch: Any, name: str) -> None:
        """Another architecture stands in the panel, which the notebook calls ``name``."""
        self.notice.clear()
        edit = Edit.of(space, arch)
        if edit == self._given:
            self.words.value = lost("Nothing was changed in it, so nothing is lost.")
            return
        again = escape(edit.code(self._given, name or "panel"))
        self.words.value = lost(then=f"What you built comes back with <code>{again}</code>.")

    def leave(self, space: Any, arch: Any) -> None:
        """The panel closes: what stands in it, if that is not what was given, is kept."""
        edit = Edit.of(space, arch)
        if self._key is not None and edit != self._given:
            _KEPT.setdefault(self._key, []).append(edit)
        self._key = None
