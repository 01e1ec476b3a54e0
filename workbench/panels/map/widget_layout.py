"""What a ``TableMap`` looks like: the map, its small controls, and what stands beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

import ipywidgets as widgets

from workbench.panels.map.axes import AXES
from workbench.panels.map.cell_views import CellViews
from workbench.panels.map.dots import ZOOMS, CellMap
from workbench.panels.parts.layout import (
    button,
    choice,
    column,
    line,
    panel,
    row,
    slider,
    stack,
    tabs,
    wrap,
)
from workbench.views.paper import card

VIEWS = ("cell", "neighbours", "shares", "curves")
TITLES = {"neighbours": "Change one decision", "shares": "What made it good?"}
MARKS = ("nothing", "local optima", "plateaus")
WIDE, NARROW = 460, 300  # CSS pixels that the map and the cell beside it want at least
GAP = 14  # CSS pixels between them, as in the shared style sheet
KEYS = (
    "Arrow left and right: next cell along the axis. Arrow up: best neighbour. Arrow down: back. "
    "R: a random cell. Home, End: first and last."
)
CSS = f"""
@container (max-width: {WIDE + NARROW + GAP - 1}px) {{
  .wb-map .wb-sides {{ align-items: stretch; flex-flow: column nowrap !important; }}
  .wb-map .wb-sides > .wb-column {{ display: contents; }}
}}
"""
CSS += """
.wb-map { container-type: inline-size; width: 100%; }
.wb-map { overflow: visible; gap: 8px; }
.wb-map .wb-form { align-items: flex-end; }
.wb-map .wb-choice { display: flex; flex-flow: row nowrap; align-items: center; gap: 4px; }
.wb-map .wb-spelled { font-size: 11px; user-select: all; overflow-wrap: anywhere;
  background: none; color: var(--jp-ui-font-color2, #666); }
.wb-map button.jupyter-button { min-width: 0; }
.wb-map .wb-neighbours button:hover { border-color: #0072B2 !important; }
.wb-map .wb-neighbours button:focus-visible { outline: 2px solid #0072B2; outline-offset: 0; }
.wb-map .widget-tab { overflow: visible; --jp-widgets-horizontal-tab-width: 176px; }
.wb-map .widget-tab > .widget-tab-contents, .wb-map .lm-TabPanel-stackedPanel {
  padding: 6px 0 0; border: none; overflow: visible; }
"""
LIT = """
.wb-map:has(.wb-edge-{0}:is(:hover, :focus-within)) .wb-cell svg
  :is([id$="-e{0}"], [id$="-e{0}a"]) path {{ stroke: #D55E00; stroke-width: 3.5; }}
"""
NOTES: Mapping[str, str] = {
    "nothing": "",
    "plateaus": "Orange: cells at least half of whose neighbours differ from them by no more than "
    "the seeds' noise. There a strategy sees chance, not a slope.",
}


class MapLayout:
    """Builds the widget tree; ``across``, ``moved``, ``ranked`` are called by its controls."""

    def __init__(
        self,
        dots: CellMap,
        cell: CellViews,
        walks: widgets.Widget | None,
        views: Sequence[str],
        *,
        x: str,
        across: Callable[[str], None],
        moved: Callable[[str], None],
        ranked: Callable[[int], None],
        cells: int,
        optima: str,
        edges: int,
    ) -> None:
        self._dots, self._optima, self._quiet = dots, optima, False
        self._views = tuple(views)
        self._across, self._ranked = across, ranked
        self.axis = choice("x axis", AXES)
        self.axis.value = x
        self.zoom = choice("show", tuple(ZOOMS))
        self.mark = choice("mark", MARKS)
        self.slider = slider(widgets.IntSlider(1, min=1, max=cells, description="rank"), label=40)
        self.slider.tooltip = "Cells from the best to the worst"
        self.slider.layout.flex = "1 1 200px"
        self.note = line()
        self.axis.observe(lambda change: self._across(change["new"]), "value")
        self.zoom.observe(lambda change: dots.zoom(change["new"]), "value")
        self.mark.observe(lambda change: self._marked(change["new"]), "value")
        self.slider.observe(lambda change: self._slid(change["new"]), "value")
        walk = row(
            button("Best neighbour", lambda: moved("best"), icon="arrow-up",
                   tip="To the best of the neighbours, where one is better (key: arrow up)"),
            button("Random", lambda: moved("random"), icon="random",
                   tip="To a random cell (key: R)"),
            button("Back", lambda: moved("back"), icon="undo",
                   tip="To the cell picked before (key: arrow down)"),
            self.slider,
        )  # fmt: skip
        top = stack(dots.widget, walk, row(self.axis, self.zoom, self.mark), self.note)
        self.widget = self._assembled(top, cell, walks, edges)
        self._marked(self.mark.value)

    def _assembled(
        self, top: widgets.Widget, cell: CellViews, walks: widgets.Widget | None, edges: int
    ) -> widgets.VBox:
        right = [cell.cell] * ("cell" in self._views)
        right += [cell.curves] * ("curves" in self._views)
        left = [top]
        pages = {"neighbours": cell.neighbours, "shares": cell.shares}
        seen = {TITLES[name]: page for name, page in pages.items() if name in self._views}
        if len(seen) > 1:
            both = tabs(seen)
            both.observe(lambda change: cell.look(change["new"] == 1), "selected_index")
            left.append(both)
        elif seen:
            cell.look("shares" in self._views)
            left += seen.values()
        for order, each in enumerate([top, cell.cell, *left[1:], cell.curves]):
            each.layout.order = str(order)  # of one column, where there is room for no second
        sides = wrap(column(*left, basis=WIDE, grow=3))
        if right:
            sides.children = (*sides.children, column(*right, basis=NARROW, grow=2))
        sides.add_class("wb-sides")
        lit = "".join(map(LIT.format, range(edges)))  # a row's edge, in the drawing
        style = widgets.HTML(f"<style>{CSS}{lit}</style>", layout=widgets.Layout(display="none"))
        whole = stack(style, *([walks] if walks else []), sides)
        whole.add_class("wb-map")
        return panel(whole)

    # ------------------------------------------------------------ small controls

    @property
    def optima_are_marked(self) -> bool:
        """Whether local optima are marked."""
        return bool(self.mark.value == "local optima")

    def ranked(self, rank: int) -> None:
        """The slider stands at the picked cell."""
        self._quiet = True
        try:
            self.slider.value = rank
        finally:
            self._quiet = False

    def _slid(self, rank: int) -> None:
        if not self._quiet:
            self._ranked(rank)

    def _marked(self, what: str) -> None:
        self._dots.widget.marked = what
        words = self._optima if what == "local optima" else NOTES[what]
        self.note.value = f'<span class="wb-quiet">{escape(words)}</span>'
        self.note.layout.display = None if words else "none"

    def label(self, words: str) -> str:
        """What a screen reader says of the map when it gets the keyboard."""
        return f"Map of {self.slider.max:,} cells. Picked: {words}. {KEYS}"

    # ------------------------------------------------------------ for readers without a kernel

    def still(self, image: str, views: Mapping[str, str]) -> str:
        """The map as an image, and the views that are seen, beside one another."""
        heading = '<div style="font-size:13px;font-weight:600;color:#333">Every cell a dot</div>'
        parts = [card(heading + image), *(views[name] for name in self._views if name in views)]
        note = f"<p>{escape(self._optima)}</p>" if self.optima_are_marked else ""
        shown = "".join(f'<div style="flex:0 1 auto;max-width:100%">{each}</div>' for each in parts)
        return f'<div style="display:flex;flex-wrap:wrap;gap:10px">{shown}</div>{note}'
