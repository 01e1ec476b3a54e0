"""One list of numbers, two cells: a published code, read by NASNet's or by DARTS's numbering."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ipywidgets as widgets

from workbench import checks
from workbench.graphs import Graph
from workbench.panels.parts import layout
from workbench.panels.parts.dispose_widgets import close_widgets
from workbench.panels.running.open_panels import register
from workbench.spaces.nasnet_cell import NASNetCell, graph_of
from workbench.spaces.operations import OPERATIONS
from workbench.spaces.published_cells import DARTS_NUMBERS, NASNET_NUMBERS, Code, numbered
from workbench.views.drawings import draw

NUMBERS = {"NASNet": NASNET_NUMBERS, "DARTS": DARTS_NUMBERS}


class CellReader:
    """A switch "read as NASNet / as DARTS" above the cell that ``code`` then stands for.

    ``code`` is (operation, number of the state it reads), two entries a block. Raises ValueError
    for a number of a block that does not come before.
    """

    def __init__(self, code: Code) -> None:
        self.code = checks.several("CellReader: code", code, '(("sep_conv_3x3", 0), …)')
        self._cells = {
            name: NASNetCell(numbered(self.code, meaning)) for name, meaning in NUMBERS.items()
        }
        tips = [f"0 is {zero}, 1 is {one}" for zero, one in NUMBERS.values()]
        self.switch = widgets.ToggleButtons(
            options=tuple(NUMBERS), description="read as", tooltips=tips
        )
        self.switch.style.button_width = "110px"
        self._said, self._sheet = layout.line(), layout.sheet()
        self.switch.observe(lambda change: self._renew(), "value")
        self.widget = layout.panel(self.switch, self._said, self._sheet)
        register(self)
        self._renew()

    @property
    def cell(self) -> NASNetCell:
        """The cell as it is read now."""
        return self._cells[self.switch.value]

    def _renew(self) -> None:
        self._said.value = self._words(self.switch.value)
        self._sheet.value = draw(self._graph(self.switch.value)).html()

    def _graph(self, name: str) -> Graph:
        cell = self._cells[name]
        return replace(graph_of({"normal": cell}), title=f"read as {name}, {_aloud(cell)}")

    def _words(self, name: str) -> str:
        zero, one = NUMBERS[name]
        return f"Read as {name}: 0 is <b>{zero}</b>, 1 is <b>{one}</b>, 2 is the first block."

    def close(self) -> None:
        """Take the widgets away."""
        close_widgets(self)

    def twin(self) -> str:
        """Both readings, for readers without a kernel."""
        return "".join(
            f"<p>{self._words(name)}</p>{draw(self._graph(name), prefix=f'{name}-').image()}"
            for name in NUMBERS
        )

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, Any]:
        words = f"a cell of {len(self.cell.blocks)} blocks, read as {self.switch.value}"
        return layout.bundle(self.widget, self.twin, words)


def _aloud(cell: NASNetCell) -> str:
    """Which state each operation reads: what a picture shows by its arrows."""
    said = [
        f"block {b} adds {OPERATIONS[block.first_operation].label} of {block.first} "
        f"and {OPERATIONS[block.second_operation].label} of {block.second}"
        for b, block in enumerate(cell.blocks, start=1)
    ]
    return "; ".join(said)
