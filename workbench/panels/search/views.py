"""What a search shows of itself: curves, drawings, tables and the bill, each in an HTML widget.

Every view turns a ``Snapshot`` into markup. The same markup, with drawings as ``<img>``, is
the panel's static twin. Nothing here knows threads or buttons.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import chain
from typing import Any

import ipywidgets as widgets
from matplotlib.axes import Axes

from workbench.history import History, incumbents, learning_curves, ledger, trials
from workbench.panels.parts.tables import scrolling, table, trial_rows
from workbench.protocols import Rows
from workbench.records import Asked, Epoch
from workbench.views.curves import best_so_far, rank
from workbench.views.curves import learning_curves as draw_curves
from workbench.views.drawings import draw
from workbench.views.numbers_in_words import duration, percent
from workbench.views.paper import LOCK, axes, card, figure, picture

HEADING = '<div style="font-size:13px;font-weight:600;color:#333;margin:0 0 4px">{}</div>'
QUIET = '<p style="margin:0;font-size:13px;color:#555">{}</p>'
SIZE = 390, 236  # CSS pixels of a figure: its text stays above 11 px in a column of 340
MOST = 480  # CSS pixels to which it may grow
PLACE = {"left": 0.15, "right": 0.76, "bottom": 0.2, "top": 0.96}  # labels stand at the right
DRAWING = 150  # CSS pixels that a drawing takes at least
RANGES = {0: (110, 20), 50: (105, 10)}  # per cent: lower end -> (upper end, between two ticks)
LEAST_WIDTH = re.compile(r"min-width:(\d+)px")


@dataclass(frozen=True)
class Snapshot:
    """A search at one moment: all that its views need."""

    space: Any
    history: History[Any] = field(default_factory=History)
    total: int = 0  # trials in all
    current: int | None = None  # the trial that is training
    yours: int | None = None  # the learner's own trial
    strategy: str = "random search"  # in the words of views.curves.LINES
    earlier: tuple[History[Any], ...] = ()  # runs to compare with
    inside: Mapping[str, Rows] = field(default_factory=dict)

    @property
    def epochs(self) -> int:
        """Epochs of the longest training so far, the present one in full."""
        events = self.history.events
        return max((event.epochs for event in events if isinstance(event, Epoch)), default=8)

    def arch(self, trial: int | None) -> Any:
        """The architecture that a trial asked about, or None."""
        asked = (event for event in self.history.events if isinstance(event, Asked))
        return next((event.candidate.arch for event in asked if event.trial == trial), None)


class SearchViews:
    """The views of a SearchPanel by name, each with its ``widget``; ``draw(name)`` renews one."""

    names = ("best", "curves", "inside", "tried", "champion", "table", "cost")

    def __init__(self) -> None:
        self.widgets = {name: widgets.HTML() for name in self.names}
        for each in self.widgets.values():
            each.layout = widgets.Layout(width="auto", margin="0", min_width="0")
        self._figures = {name: figure(*SIZE) for name in ("best", "curves")}
        for each in self._figures.values():
            each.set_layout_engine(None)  # a third of a frame's cost, and axes that stand still
            each.subplots_adjust(**PLACE)
        self._axes = {name: axes(figure)[0] for name, figure in self._figures.items()}

    def draw(self, name: str, seen: Snapshot) -> None:
        """Renew one view."""
        html, shown = self.html(name, seen), self.widgets[name]
        width = LEAST_WIDTH.search(html) if name in ("tried", "champion") else None
        if width:  # a wide drawing takes a line of its own
            shown.layout.flex = f"1 1 {max(DRAWING, int(width[1]) + 20)}px"
        shown.value = html

    def html(self, name: str, seen: Snapshot, *, still: bool = False) -> str:
        """One view as markup; ``still``: drawings as ``<img>``, tables in full."""
        if name in ("tried", "champion"):
            return self._drawing(name, seen, still)
        made: str = getattr(self, f"_{name}")(seen)
        return made

    # ------------------------------------------------------------ curves

    def _best(self, seen: Snapshot) -> str:
        rows, best = incumbents(seen.history), seen.history.best
        with LOCK:
            ax = self._axes["best"]
            _wipe(ax)
            earlier = [incumbents(run) for run in seen.earlier]
            window = max(seen.total, 1), [row["score"] for row in chain(rows, *earlier)]
            _frame(ax, *window)
            best_so_far(rows, ax, yours=seen.yours, strategy=seen.strategy, earlier=earlier)
            _frame(ax, *window)  # an empty figure has got its own
            said = "Best validation accuracy so far, a step a trial; dots are the trials. "
            said += f"Best {percent(best.evaluation.score)}." if best else "No trial has ended yet."
            count = len(seen.earlier)
            said += f" Pale steps: {count} earlier run{'s' * (count != 1)}." if count else ""
            image = self._image("best", said + self.place(seen))
        return card(HEADING.format("Best so far, and all trials" + self.place(seen)) + image)

    def place(self, seen: Snapshot) -> str:
        """Where the learner's own architecture stands: "; ★ yours is rank 14 of 21"."""
        rows = trials(seen.history)
        if seen.yours is None or all(row["trial"] != seen.yours for row in rows):
            return ""
        return f"; ★ yours: {rank(rows, seen.yours)}"

    def _curves(self, seen: Snapshot) -> str:
        rows, best = learning_curves(seen.history), seen.history.best
        with LOCK:
            ax = self._axes["curves"]
            _wipe(ax)
            longest = max([row["epoch"] for row in rows], default=1)
            window = max(longest, seen.epochs), [row["score"] for row in rows]
            _frame(ax, *window)
            draw_curves(rows, ax, current=seen.current, best=best.trial if best else None)
            _frame(ax, *window)
            count = len({row["trial"] for row in rows})
            said = f"Learning curves of {count} trial{'s' * (count != 1)}"
            said += f"; now training: trial {seen.current}" if seen.current is not None else ""
            image = self._image("curves", said)
        return card(HEADING.format(said) + image)

    def _image(self, name: str, alt: str) -> str:
        return picture(self._figures[name], alt).replace(
            f"max-width:{SIZE[0]}", f"max-width:{MOST}"
        )

    # ------------------------------------------------------------ architectures

    def _drawing(self, name: str, seen: Snapshot, still: bool) -> str:
        best = seen.history.best
        trial: int | None
        if name == "tried":
            trial, words = seen.current, "Being tried"
            if trial is None and seen.history.told:
                trial, words = seen.history.told[-1].trial, "Tried last"
        else:
            trial, words = (best.trial if best else None), "Best"
        arch = seen.arch(trial)
        if arch is None:
            return card(HEADING.format(words) + QUIET.format("nothing yet"))
        if name == "champion" and best is not None:
            words += f", {percent(best.evaluation.score)}"
        heading = HEADING.format(f"{words} (trial {trial})")
        drawing = draw(seen.space.graph(arch))
        paper = drawing.image() if still else drawing.html()
        return paper.replace(">", ">" + heading, 1)  # on the same card

    # ------------------------------------------------------------ tables

    def _inside(self, seen: Snapshot) -> str:
        if not seen.inside:
            return card(QUIET.format("The strategy shows nothing of its inside yet."))
        parts = [
            HEADING.format(escape(name)) + scrolling(table(rows), rows=8, name=name)
            for name, rows in seen.inside.items()
        ]
        return card("".join(parts))

    def _table(self, seen: Snapshot) -> str:
        best = seen.history.best
        rows = trial_rows(trials(seen.history, space=seen.space), best=best.trial if best else None)
        bold = next((i for i, row in enumerate(rows) if best and row["trial"] == best.trial), None)
        return card(
            HEADING.format("Trials, the newest first (★ yours, ◆ best)")
            + scrolling(table(rows, bold=bold), rows=5, name="Trials")
        )

    def _cost(self, seen: Snapshot) -> str:
        bill = ledger(seen.history)
        if not bill:
            return card(QUIET.format("Cost so far: nothing"))
        last = bill[-1]
        words = f"Cost so far: {last['trials']} architectures, {last['epochs']} epochs, "
        words += f"{duration(last['seconds'])} of training"
        if last["trials"]:
            words += f" ({duration(last['seconds'] / last['trials'])} each)"
        words += f", {last['failed']} failed" if last["failed"] else ""
        return card(QUIET.format(words))


def _frame(ax: Axes, length: int, scores: Sequence[float]) -> None:
    """Limits and ticks: accuracies from 50 % where all are above, else from 0.

    Two ranges only, so that pictures compare all the same.
    """
    known = [score for score in scores if math.isfinite(score)]
    low = 50 if known and min(known) >= 0.5 else 0
    high, apart = RANGES[low]
    ax.set_xlim(0.5, length + 0.5)
    if ax.get_ylim() != (low, high):
        ax.set_ylim(low, high)
        ax.set_yticks(range(low, 101, apart))


def _wipe(ax: Axes) -> None:
    """Take away what was drawn, but keep axes and ticks: making them anew is half of a frame."""
    for artist in (*ax.lines, *ax.texts, *ax.patches, *ax.collections):
        artist.remove()
