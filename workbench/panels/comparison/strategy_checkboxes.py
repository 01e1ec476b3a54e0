"""Who takes part: a box to tick and a piece of line for each strategy; random search is locked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

import ipywidgets as widgets

from workbench.panels.parts.layout import lay, line, row, stack
from workbench.views.palette import Line

DASHES = {"-": "", "--": "7 3", "-.": "7 3 2 3", ":": "2 3"}
WHY = "always runs: the others have to beat it"
SAMPLE = (
    '<svg width="44" height="18" aria-hidden="true" style="background:#fff;border-radius:4px;'
    'border:1px solid #ccc;display:block"><line x1="4" y1="9" x2="40" y2="9" stroke="{}" '
    'stroke-width="2.4" stroke-dasharray="{}"/></svg>'
)


class StrategyBoxes:
    """``changed()`` is called when a box is ticked or cleared."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed, self._boxes = changed, dict[str, widgets.Checkbox]()
        self.widget = stack()
        self.widget.add_class("wb-racers")

    def show(self, looks: Mapping[str, Line], locked: str, ticked: tuple[str, ...]) -> None:
        """Boxes for these strategies, in place of those before; ``locked`` cannot be cleared."""
        before = self.widget.children
        self._boxes = {}
        rows = []
        for name, look in looks.items():
            box = widgets.Checkbox(
                name in ticked or name == locked, description=name, indent=False,
                disabled=name == locked,
            )  # fmt: skip
            lay(box, width="auto")
            box.observe(lambda change: self._changed(), "value")
            sample = line(SAMPLE.format(escape(look.colour), DASHES.get(look.dashes, "")))
            why = [line(f'<span class="wb-quiet">{WHY}</span>')] if name == locked else []
            rows.append(row(sample, box, *why))
            self._boxes[name] = box
        self.widget.children = rows
        for each in before:
            for held in (*each.children, each):
                held.close()

    @property
    def ticked(self) -> tuple[str, ...]:
        """The strategies whose box is ticked."""
        return tuple(name for name, box in self._boxes.items() if box.value)

    def tick(self, names: tuple[str, ...]) -> None:
        """Tick exactly these, and the locked one."""
        for name, box in self._boxes.items():
            box.value = name in names or box.disabled
