"""Which layer reads which, as a triangle of ticks: a row a layer, a tick for each layer before."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from workbench.panels.parts import layout
from workbench.records import Decision

Steps = Sequence[tuple[Decision, int]]
Pair = tuple[int, int]  # earlier layer, this layer
CELL = 36  # CSS pixels of a column


def is_anchor(decision: Decision) -> bool:
    """Whether a decision is a tick of the triangle rather than a control of its own."""
    return decision.kind == "anchor" and decision.between is not None


class AnchorMatrix:
    """The anchors of an architecture; ``widget`` holds them, and nothing where there are none.

    ``choose(name, index)`` is called when a learner ticks; ``seen`` and ``locked`` say of a
    decision whether it is shown, and whether it can only be looked at. A pair that is no decision
    is read always: the layer before, in a space with ``always_chain``.
    """

    def __init__(
        self,
        choose: Callable[[str, int], None],
        *,
        seen: Callable[[Decision], bool] = lambda decision: True,
        locked: Callable[[Decision], bool] = lambda decision: False,
    ) -> None:
        self._choose, self._seen, self._locked = choose, seen, locked
        self._ticks: dict[Pair, widgets.Checkbox] = {}
        self._fixed: dict[Pair, widgets.Checkbox] = {}
        self._rows: dict[int, widgets.HBox] = {}
        self._quiet = False
        self.widget = layout.stack()
        self.widget.layout.display = "none"

    def show(self, steps: Steps) -> None:
        """Make the ticks say what an architecture's anchors are."""
        anchors = {
            d.between: (d, index)
            for d, index in steps
            if d.between and is_anchor(d) and self._seen(d)
        }
        self._quiet = True
        try:
            rows = self._triangle(anchors) if anchors else []
            if list(self.widget.children) != rows:
                self.widget.children = rows
                self.widget.layout.display = None if rows else "none"
        finally:
            self._quiet = False

    def tick(self, earlier: int, this: int) -> widgets.Checkbox:
        """The tick of a pair that can be chosen. Raises KeyError for any other."""
        return self._ticks[earlier, this]

    def _triangle(self, anchors: dict[Pair, tuple[Decision, int]]) -> list[widgets.Widget]:
        depth = max(this for _, this in anchors)
        return [self._row(this, anchors) for this in range(2, depth + 1)]

    def _row(self, this: int, anchors: dict[Pair, tuple[Decision, int]]) -> widgets.HBox:
        if this not in self._rows:
            words = widgets.HTML(f"layer {this} reads", layout=widgets.Layout(flex="0 0 96px"))
            words.add_class("wb-line")
            self._rows[this] = widgets.HBox([words], layout={"overflow": "visible"})
            self._rows[this].add_class("wb-ticks")
        row = self._rows[this]
        pairs = [(earlier, this) for earlier in range(1, this)]
        ticks = [
            self._tick(pair, *anchors[pair]) if pair in anchors else self._always(pair)
            for pair in pairs
        ]
        if list(row.children[1:]) != ticks:
            row.children = [row.children[0], *ticks]
        return row

    def _tick(self, pair: Pair, decision: Decision, index: int) -> widgets.Checkbox:
        if pair not in self._ticks:
            made = _checkbox(pair, bool(index), "layer {1} reads layer {0}")
            made.disabled = self._locked(decision)
            made.observe(lambda change: self._picked(decision.name, change["new"]), "value")
            self._ticks[pair] = made
        tick = self._ticks[pair]
        if tick.value != bool(index):
            tick.value = bool(index)
        return tick

    def _always(self, pair: Pair) -> widgets.Checkbox:
        if pair not in self._fixed:
            self._fixed[pair] = _checkbox(pair, True, "layer {1} always reads layer {0}")
            self._fixed[pair].disabled = True
        return self._fixed[pair]

    def _picked(self, name: str, value: bool) -> None:
        if not self._quiet:
            self._choose(name, int(value))


def _checkbox(pair: Pair, value: bool, tip: str) -> widgets.Checkbox:
    """A tick beside the number of the layer that is read."""
    made = widgets.Checkbox(value, description=f"{pair[0]}", indent=False)
    made.tooltip = tip.format(*pair)
    layout.lay(made, width=f"{CELL}px", flex=f"0 0 {CELL}px", margin="0")
    return made
