"""Panels: configure, run, pause, step, stop, compare (ipywidgets over matplotlib and graphviz).

- ``running``: a run under way (worker thread, session, plan, state string); no widgets
- ``parts``: what panels are put together from (layout, buttons, tables, status line)
- ``search``: ``SearchPanel``, any space × strategy × estimator
- ``darts``: ``DARTSPanel``, a gradient-based search and its mixture, epoch by epoch
- ``comparison``: ``ComparisonPanel``, strategies × seeds, live or recorded
- ``space``: ``SpacePanel``, build an architecture by hand
- ``map``: ``TableMap``, every cell of a table, and how strategies walk over them
- ``controller``: ``ControllerPanel``, a controller's sampling, decision by decision
- ``fidelity``: ``FidelityPanel``, cost against rank correlation as five knobs turn
- ``first_rung``: ``FirstRung``, who is cut too early as the first rung is dragged
- ``gradient_cloud``: ``GradientCloud``, a baseline dragged, gradients as arrows
- ``extrapolation``: ``HiddenCurves``, guess where learning curves end · ``StoppedTrainings``, live
- ``nasnet_or_darts_numbering``: ``CellReader``, one code read by two papers' numbering
- ``trained_cells``: ``TrainedCells``, how many a surrogate needs
- ``winners_curse``: ``SecondLook``, the best score seen beside other seeds of the same picks
- ``attach_live_or_from_log``: ``attach()``, a panel again after the page was lost
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.panels.attach_live_or_from_log import attach
    from workbench.panels.comparison.panel import ComparisonPanel
    from workbench.panels.controller.panel import ControllerPanel
    from workbench.panels.darts.panel import DARTSPanel
    from workbench.panels.extrapolation.panel import HiddenCurves
    from workbench.panels.extrapolation.stopped import StoppedTrainings
    from workbench.panels.fidelity.panel import FidelityPanel
    from workbench.panels.fidelity.recorded_study import read_study, table_study
    from workbench.panels.first_rung import FirstRung
    from workbench.panels.gradient_cloud import GradientCloud
    from workbench.panels.map.panel import TableMap
    from workbench.panels.nasnet_or_darts_numbering import CellReader
    from workbench.panels.running.worker_thread import Runner
    from workbench.panels.search.panel import SearchPanel
    from workbench.panels.space.panel import SpacePanel
    from workbench.panels.trained_cells import TrainedCells
    from workbench.panels.winners_curse import SecondLook

_ROOMS = {
    "CellReader": "nasnet_or_darts_numbering",
    "ComparisonPanel": "comparison.panel",
    "ControllerPanel": "controller.panel",
    "FidelityPanel": "fidelity.panel",
    "FirstRung": "first_rung",
    "GradientCloud": "gradient_cloud",
    "DARTSPanel": "darts.panel",
    "HiddenCurves": "extrapolation.panel",
    "Runner": "running.worker_thread",
    "SearchPanel": "search.panel",
    "SecondLook": "winners_curse",
    "SpacePanel": "space.panel",
    "StoppedTrainings": "extrapolation.stopped",
    "TableMap": "map.panel",
    "TrainedCells": "trained_cells",
    "attach": "attach_live_or_from_log",
    "read_study": "fidelity.recorded_study",
    "table_study": "fidelity.recorded_study",
}

__all__ = [
    "CellReader",
    "ComparisonPanel",
    "ControllerPanel",
    "DARTSPanel",
    "FidelityPanel",
    "FirstRung",
    "GradientCloud",
    "HiddenCurves",
    "Runner",
    "SearchPanel",
    "SecondLook",
    "SpacePanel",
    "StoppedTrainings",
    "TableMap",
    "TrainedCells",
    "attach",
    "read_study",
    "table_study",
]

__getattr__ = lazy(__name__, _ROOMS)
