"""Panels: configure, run, pause, step, stop, compare (ipywidgets over matplotlib and graphviz).

- ``runner``: ``Runner``, one thread that pulls any event stream · ``frames``: drawing, throttled
- ``space``: ``SpacePanel``, build an architecture by hand · ``layout``: boxes that wrap
- ``search``: ``SearchPanel``, any space × strategy × estimator, made of ``buttons``,
  ``settings_form``, ``exhibits``, ``tables``, ``recipe`` (the state string) and ``outcome``
- ``attachment``: ``attach()``, a panel again after the page was lost
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.panels.attachment import attach
    from workbench.panels.runner import Runner
    from workbench.panels.search import SearchPanel
    from workbench.panels.space import SpacePanel

_ROOMS = {
    "Runner": "runner",
    "SearchPanel": "search",
    "SpacePanel": "space",
    "attach": "attachment",
}

__all__ = ["Runner", "SearchPanel", "SpacePanel", "attach"]

__getattr__ = lazy(__name__, _ROOMS)
