"""What is shown of the picked cell: its drawing, its numbers, its curves, its neighbours."""

from __future__ import annotations

import math
from collections.abc import Callable
from html import escape
from typing import Any

from workbench.panels.map import change_one_decision
from workbench.panels.map.clickable_markup import Pressable
from workbench.panels.map.figures import CellCurves
from workbench.panels.map.neighbour_graph import Landscape
from workbench.panels.map.variance_by_edge import Shares
from workbench.panels.parts.layout import lay, sheet, stack
from workbench.panels.space.counts import Pairs, sentence, tiles
from workbench.spaces.topology import Topology
from workbench.views.drawings import draw
from workbench.views.numbers_in_words import duration, many, percent, rounded
from workbench.views.paper import card

HEADING = '<div style="font-size:13px;font-weight:600;color:#333;margin:0 0 4px">{}</div>'


class CellViews:
    """Four cards of one cell. ``go(arch)`` is called when a neighbour's bar is pressed.

    ``decomposed`` says whether "What made it good?" is in sight: only then it is renewed.
    """

    def __init__(self, land: Landscape, go: Callable[[Topology], None]) -> None:
        self._land, self._go, self._arch = land, go, land.table.best
        self._shares, self.decomposed = Shares(land), False
        self._curves = CellCurves(land.table)
        self._drawing, self._facts, self._figure = sheet(), sheet(), sheet()
        self._shared, self._bars = sheet(), Pressable()
        self._bars.on_msg(self._pressed)
        lay(self._bars, width="100%")
        for each, name in (
            (self._drawing, "cell"),
            (self._figure, "curves"),
            (self._bars, "neighbours"),
            (self._shared, "shares"),
        ):
            each.add_class(f"wb-{name}")
        self.cell = stack(self._drawing, self._facts)
        self.curves, self.neighbours, self.shares = self._figure, self._bars, self._shared

    def show(self, arch: Topology) -> None:
        """The drawing first: it is what a learner looks at; then bars, and last the curves."""
        self._arch = arch
        self._drawing.value = self._drawn(arch).html()
        self._facts.value = self._told(arch)
        self._bars.html = self._paired(arch)
        if self.decomposed:
            self._shared.value = self._decomposed(arch)
        self._figure.value = self._curved(arch)

    def _pressed(self, widget: Any, content: Any, buffers: Any) -> None:
        edge, _, operation = str(content.get("press", "")).partition(":")
        for each in self._land.neighbours(self._arch):
            if str(each.edge) == edge and each.operation == operation:
                self._go(each.arch)
                return

    # ------------------------------------------------------------ markup

    def _drawn(self, arch: Topology, prefix: str | None = None) -> Any:
        return draw(self._land.space.graph(arch), prefix=prefix, max_width=300)

    def _told(self, arch: Topology) -> str:
        spelled = escape(self._land.space.spell(arch))
        return (
            f"{tiles(self.facts(arch))}"
            f'<code class="wb-spelled" title="click to select">{spelled}</code>'
        )

    def facts(self, arch: Topology) -> Pairs:
        """What is known of the cell, as (name, value) pairs of text."""
        table, cell = self._land.table, self._land.table.number(arch)
        runs, test = int(table.runs[cell]), float(table.test(arch))
        error = 100 * table.noise / math.sqrt(runs)
        mean = percent(float(table.mean(arch)))
        mean = mean if math.isnan(error) else f"{mean[:-2]} ± {error:.1f} %"
        facts = [
            (f"mean of {many(runs, 'seed')}", mean),
            ("rank", f"{self._land.ranks[cell]:,} of {len(table.cells):,}"),
            ("parameters", rounded(int(table.parameters[cell]))),
            ("one training", duration(float(table.seconds[cell]))),
        ]
        return facts if math.isnan(test) else [*facts[:1], ("test", percent(test)), *facts[1:]]

    def words(self, arch: Topology) -> str:
        """The cell in a sentence, to be read aloud."""
        said = ", ".join(f"{name} {value}" for name, value in self.facts(arch))
        return f"{said}. {change_one_decision.words(self._land, arch)}"

    def _paired(self, arch: Topology, *, still: bool = False) -> str:
        heading = HEADING.format("Change one decision")
        return card(heading + change_one_decision.html(self._land, arch, still=still))

    def look(self, decomposed: bool) -> None:
        """ "What made it good?" comes into sight, or goes."""
        self.decomposed = decomposed
        if decomposed:
            self._shared.value = self._decomposed(self._arch)

    def _decomposed(self, arch: Topology) -> str:
        return card(HEADING.format("What made it good?") + self._shares.html(arch))

    def _curved(self, arch: Topology) -> str:
        return card(HEADING.format("Its learning curves") + self._curves(arch))

    def still(self, arch: Topology) -> dict[str, str]:
        """The same as markup for a reader without a kernel, by the views' names."""
        spelled = escape(self._land.space.spell(arch))
        drawn = self._drawn(arch, prefix="twin-cell-").image()
        return {
            "cell": f'<div style="max-width:400px;overflow-wrap:anywhere">{drawn}'
            f"<p>{sentence(self.facts(arch))}</p><p><code>{spelled}</code></p></div>",
            "curves": self._curved(arch),
            "neighbours": self._paired(arch, still=True),
            "shares": self._decomposed(arch),
        }
