"""Inside the strategy: one of the tables that it shows, drawn where there is a drawing for it."""

from __future__ import annotations

from html import escape

from workbench.panels.parts.card_markup import FAULT, HEADING, QUIET
from workbench.panels.parts.html_tables import scrolling, table
from workbench.panels.search.cards_without_figures import fault
from workbench.panels.search.run_snapshot import Snapshot
from workbench.protocols import Rows
from workbench.scales import ACCURACY, ScoreScale
from workbench.views.nouns import pictured
from workbench.views.paper import card


def inside(seen: Snapshot, *, still: bool = False) -> str:
    """The entry that was chosen, or the first. Raises what the strategy raised."""
    if isinstance(seen.inside, Exception):
        raise seen.inside
    if not seen.inside:
        return card(QUIET.format("The strategy shows nothing of its inside yet."))
    name = seen.noun if seen.noun in seen.inside else next(iter(seen.inside))
    rows = seen.inside[name]
    return card(HEADING.format(escape(name)) + entry(name, rows, still=still, scale=seen.scale))


def entry(name: str, rows: Rows, *, still: bool = False, scale: ScoreScale = ACCURACY) -> str:
    """A table of ``inside()``: its drawing, or its rows, with why it could not be drawn."""
    plain = scrolling(table(rows, scale=scale), rows=8, name=name)
    try:
        return pictured(name, rows, still=still, scale=scale) or plain
    except Exception as error:  # values that no drawing expects
        return FAULT.format(f"No drawing of {escape(name)}. {fault(error)}") + plain
