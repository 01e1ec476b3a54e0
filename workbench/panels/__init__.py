"""Panels: configure, run, pause, step, stop, compare (ipywidgets over matplotlib and graphviz).

- ``running``: a run under way (worker thread, session, plan, state string); no widgets
- ``parts``: what panels are put together from (layout, buttons, tables, status line)
- ``search``: ``SearchPanel``, any space × strategy × estimator
- ``comparison``: ``ComparisonPanel``, strategies × seeds, live or recorded
- ``space``: ``SpacePanel``, build an architecture by hand
- ``map``: ``TableMap``, every cell of a table, and how strategies walk over them
- ``cell_code_reader``: ``CellReader``, one code read by two papers' numbering
- ``second_look``: ``SecondLook``, the best score seen beside other seeds of the same picks
- ``attach_after_reload``: ``attach()``, a panel again after the page was lost
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.panels.attach_after_reload import attach
    from workbench.panels.cell_code_reader import CellReader
    from workbench.panels.comparison.panel import ComparisonPanel
    from workbench.panels.map.panel import TableMap
    from workbench.panels.running.worker_thread import Runner
    from workbench.panels.search.panel import SearchPanel
    from workbench.panels.second_look import SecondLook
    from workbench.panels.space.panel import SpacePanel

_ROOMS = {
    "CellReader": "cell_code_reader",
    "ComparisonPanel": "comparison.panel",
    "Runner": "running.worker_thread",
    "SearchPanel": "search.panel",
    "SecondLook": "second_look",
    "SpacePanel": "space.panel",
    "TableMap": "map.panel",
    "attach": "attach_after_reload",
}

__all__ = [
    "CellReader",
    "ComparisonPanel",
    "Runner",
    "SearchPanel",
    "SecondLook",
    "SpacePanel",
    "TableMap",
    "attach",
]

__getattr__ = lazy(__name__, _ROOMS)
