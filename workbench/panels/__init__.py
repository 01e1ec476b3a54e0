"""Panels: configure, run, pause, step, stop, compare (ipywidgets over matplotlib and graphviz).

- ``running``: a run under way (worker thread, session, plan, state string); no widgets
- ``parts``: what panels are put together from (layout, buttons, tables, status line)
- ``search``: ``SearchPanel``, any space × strategy × estimator
- ``space``: ``SpacePanel``, build an architecture by hand
- ``cell_reader``: ``CellReader``, one code read by two papers' numbering
- ``reattach``: ``attach()``, a panel again after the page was lost
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.panels.cell_reader import CellReader
    from workbench.panels.reattach import attach
    from workbench.panels.running.worker import Runner
    from workbench.panels.search.panel import SearchPanel
    from workbench.panels.space.panel import SpacePanel

_ROOMS = {
    "CellReader": "cell_reader",
    "Runner": "running.worker",
    "SearchPanel": "search.panel",
    "SpacePanel": "space.panel",
    "attach": "reattach",
}

__all__ = ["CellReader", "Runner", "SearchPanel", "SpacePanel", "attach"]

__getattr__ = lazy(__name__, _ROOMS)
