"""Where a search has been on the line of cells, as a picture in a notebook."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.exercises.cell_line import LINE
from workbench.protocols import Rows
from workbench.views.line_walk import line_walk, says
from workbench.views.paper import axes, card, figure, picture


class Walk:
    """``places`` on the line, in the order in which they were tried."""

    def __init__(self, places: Sequence[int]) -> None:
        trial = {place: number for number, place in enumerate(places)}
        self.rows: Rows = [
            {"x": place, "score": score, "trial": trial.get(place)}
            for place, (_, score) in enumerate(LINE)
        ]

    def __repr__(self) -> str:
        return says(self.rows)

    def _repr_html_(self) -> str:
        sheet = figure(640, 230)
        line_walk(self.rows, axes(sheet)[0])
        return card(picture(sheet, says(self.rows)))
