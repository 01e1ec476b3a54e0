"""Architectures with a name: those that a space says were published, to start from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets

from workbench.panels.parts import layout

OWN = "none of these"
TIP = "Show a published architecture of this space"


class PublishedMenu:
    """A menu of ``space.published()``; ``widget`` is hidden where there is nothing to choose.

    ``choose(arch)`` is called when a learner picks one. It shows the name of the architecture that
    stands, where it has one.
    """

    def __init__(self, choose: Callable[[Any], None]) -> None:
        self._choose, self._quiet = choose, False
        self._space: Any = None
        self._archs: Mapping[str, Any] = {}
        made = widgets.Dropdown(options=(OWN,), description="published", tooltip=TIP)
        made.observe(lambda change: self._picked(change["new"]), "value")
        self.widget = layout.slider(made, label=66)
        self.widget.layout.display = "none"

    def show(self, space: Any, arch: Any) -> None:
        """Offer what ``space`` publishes, and name ``arch``."""
        self._quiet = True
        try:
            if space is not self._space:
                self._space = space
                self._archs = space.published() if hasattr(space, "published") else {}
                self.widget.options = (OWN, *self._archs)
                self.widget.layout.display = None if self._archs else "none"
            names = (name for name, known in self._archs.items() if known == arch)
            self.widget.value = next(names, OWN)
        finally:
            self._quiet = False

    def _picked(self, name: str) -> None:
        if not self._quiet and name in self._archs:
            self._choose(self._archs[name])
