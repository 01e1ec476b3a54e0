"""The views of a SearchPanel, declared in one place, each in an HTML widget.

Every view is a function of a ``Snapshot``; the same markup, with drawings as ``<img>``, is the
panel's static twin. Nothing here knows threads or buttons.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

import ipywidgets as widgets

from workbench import checks
from workbench.panels.parts.card_markup import FAULT, HEADING
from workbench.panels.parts.layout import lay
from workbench.panels.search.cards_without_figures import bill, champion, fault, trial_table, tried
from workbench.panels.search.figures import BestSoFar, LearningCurves
from workbench.panels.search.run_snapshot import Snapshot
from workbench.panels.search.strategy_internals import inside
from workbench.records import Asked, Epoch, Failed, Mixture, Told
from workbench.views.paper import card

T = TypeVar("T")

DRAWING = 150  # CSS pixels that a drawing takes at least
LEAST_WIDTH = re.compile(r"min-width:(\d+)px")


class Drawer(Protocol):
    """Turns a snapshot into a card."""

    def __call__(self, seen: Snapshot, *, still: bool = False) -> str:
        """Markup; ``still``: drawings as ``<img>``."""


@dataclass(frozen=True)
class View:
    """A view: its name in ``show=[…]``, its title, and what a panel needs to place and renew it.

    ``place`` is where it stands: the main "figure", one of the "tabs", beside other "drawings", or
    "below" everything. ``stale`` are the kinds of event after which it shows an old state.
    ``dear``: drawn by matplotlib, a hundred times the cost of the rest. ``made()`` gives its
    drawer: a figure keeps its axes from frame to frame, so each panel has drawers of its own.
    """

    name: str
    title: str
    place: Literal["figure", "tabs", "drawings", "below"]
    stale: tuple[type, ...]
    made: Callable[[], Drawer]
    dear: bool = False


VIEWS = (
    View("best", "Best so far", "figure", (Told,), BestSoFar, dear=True),
    View("curves", "Learning curves", "tabs", (Asked, Epoch, Told), LearningCurves, dear=True),
    View("inside", "Inside the strategy", "tabs", (Told, Mixture), lambda: inside, dear=True),
    View("tried", "Tried last", "drawings", (Asked, Told), lambda: tried),
    View("champion", "Best", "drawings", (Told,), lambda: champion),
    View("table", "Trials", "below", (Failed, Told), lambda: trial_table),
    View("cost", "Cost", "below", (Told,), lambda: bill),
)


class _Made(dict[str, T]):
    """Values by name, each made when it is first asked for."""

    def __init__(self, make: Callable[[str], T]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, name: str) -> T:
        return self.setdefault(name, self._make(name))


def _sheet() -> widgets.HTML:
    made = widgets.HTML()
    lay(made, width="auto", margin="0", min_width="0")
    return made


class SearchViews:
    """The views of one panel by name, each with its ``widget``; ``draw(name, seen)`` renews one."""

    names = tuple(view.name for view in VIEWS)

    @classmethod
    def chosen(cls, show: Sequence[str] | None) -> tuple[str, ...]:
        """Those that ``show`` names; all of them where it names none."""
        given = () if show is None else checks.several("SearchPanel: show", show, '("curves",)')
        return tuple(name for name in given if name in cls.names) or cls.names

    def __init__(self) -> None:
        self._views = {view.name: view for view in VIEWS}
        # a view that a panel leaves out has neither a widget nor a figure
        self.widgets = _Made(lambda name: _sheet())
        self.drawers = _Made(lambda name: self._views[name].made())

    def draw(self, name: str, seen: Snapshot) -> None:
        """Renew one view."""
        html, shown = self.html(name, seen), self.widgets[name]
        width = LEAST_WIDTH.search(html) if self._views[name].place == "drawings" else None
        if width:  # a wide drawing takes a line of its own
            shown.layout.flex = f"1 1 {max(DRAWING, int(width[1]) + 20)}px"
        shown.value = html

    def html(self, name: str, seen: Snapshot, *, still: bool = False) -> str:
        """One view as markup; ``still``: drawings as ``<img>``, tables in full.

        A view that cannot be drawn is a card that says why: the search goes on all the same.
        """
        try:
            return self.drawers[name](seen, still=still)
        except Exception as error:
            title = HEADING.format(f"{self._views[name].title}: cannot be drawn")
            return card(title + FAULT.format(fault(error)))
