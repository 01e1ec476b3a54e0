"""What a ComparisonPanel looks like: where buttons, strategies, the figure and the table stand.

Wide, two columns; where the panel itself is too narrow, one: settings, figure, table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path

import ipywidgets as widgets

from workbench.panels.comparison.live_race import Course
from workbench.panels.comparison.race_settings_form import RaceSettings
from workbench.panels.comparison.strategy_checkboxes import StrategyBoxes
from workbench.panels.parts.folded_state import folded_state
from workbench.panels.parts.kernel_connection import lost
from workbench.panels.parts.layout import (
    column,
    field,
    line,
    more,
    panel,
    row,
    sheet,
    stack,
    wrap,
)
from workbench.panels.parts.run_buttons import RunButtons
from workbench.panels.parts.status_line import Notice
from workbench.panels.parts.two_columns import two_columns
from workbench.views.stored_examples import RAN

CSS = f"""
{two_columns("race", "plot", "final")}
.wb-race .wb-racers {{ gap: 2px; }}
.wb-race .wb-racers .wb-row {{ min-height: 28px; flex-wrap: nowrap !important; }}
.wb-race .wb-racers .widget-checkbox {{ flex: 0 0 auto; }}
.wb-race .wb-racers .wb-quiet {{ font-size: 12px; }}
.wb-race .wb-choice {{ display: flex; flex-flow: row wrap; align-items: center; gap: 2px 4px;
  height: auto; }}
.wb-race .wb-head {{ justify-content: space-between; align-items: flex-end; }}
.wb-race .wb-axes {{ align-items: flex-end; }}
.wb-race .wb-axes .widget-checkbox {{ height: 28px; }}
"""
TIPS: Mapping[str, str] = {
    "Run": "Start the race: every strategy with every seed",
    "Continue": "Go on: only laps that are not there yet are run",
    "Run anew": "Start again from the first lap",
    "Pause": "Pause after this trial",
}
UNITS = "trial", "lap"


class RaceLayout:
    """Builds the widget tree; what changes while a race runs is an attribute."""

    def __init__(
        self,
        settings: RaceSettings,
        boxes: StrategyBoxes,
        shown: Sequence[str],
        *,
        run: Callable[[], None],
        step: Callable[[], None],
        stop: Callable[[], None],
        clear: Callable[[], None],
        restore: Callable[[], None],
    ) -> None:
        self.buttons = RunButtons(
            run=run, step=step, stop=stop, clear=clear, restore=restore, units=UNITS, unit="lap",
            tips=TIPS,
        )  # fmt: skip
        self.buttons.stop.tooltip = "End the race; laps that were run stay, Continue goes on"
        self.buttons.clear.tooltip = "Forget this panel's laps; a record on disk stays"
        self.menu = field(widgets.Dropdown(options=shown, description="shown"), width=200)
        if len(shown) < 2:
            self.menu.layout.display = "none"
        self.notice, self.status, self.caption = Notice(), line(), line()
        self.figure, self.table = sheet(), sheet()
        self._lost = widgets.HTML(lost("Laps that were not recorded are lost."))
        self.status.add_class("wb-status")
        self.caption.add_class("wb-caption")
        self.figure.add_class("wb-bands")
        self.table.add_class("wb-final")
        front, own = row(settings.seeds, settings.trials), row(settings.seconds, self.buttons.unit)
        rest = row(self.buttons.clear, self.buttons.restore)
        for each in (front, own):
            each.add_class("wb-form")
        axes = row(settings.axis, settings.log)
        axes.add_class("wb-axes")
        plot = stack(self.figure, settings.curves, axes)
        plot.add_class("wb-plot")
        left = column(stack(boxes.widget, front, more(own, rest)), self.table)
        sides = wrap(left, column(plot))
        sides.add_class("wb-sides")
        head = row(self.buttons.widget, self.menu)
        head.add_class("wb-head")
        style = widgets.HTML(f"<style>{CSS}</style>", layout=widgets.Layout(display="none"))
        race = stack(style, head, self.status, self.notice.widget, sides, self.caption)
        race.add_class("wb-race")
        self.widget = panel(race, lost=self._lost)

    def offer(self, shown: Sequence[str], chosen: str) -> None:
        """What the menu of races offers, and which one is shown."""
        if tuple(self.menu.options) != tuple(shown):
            self.menu.options = tuple(shown)
        self.menu.value = chosen
        self.menu.layout.display = None if len(shown) > 1 else "none"

    def say(
        self,
        *,
        course: Course,
        record: Path | None,
        live: bool,
        stale: bool,
        state: str,
        ran: bool,
    ) -> None:
        """The caption, and folded the state string, which a click selects.

        ``live``: the panel's own race is shown; ``stale``: it had another budget. ``ran``: there
        are laps of it.
        """
        (self.widget.add_class if ran else self.widget.remove_class)(RAN)
        limit = f", at most {course.seconds:g} simulated seconds" if course.seconds else ""
        words = f"seeds 0 … {course.seeds - 1}, the same for all · {course.trials} trials a lap"
        words = words if live else f"A recorded race is shown. Run starts this panel's own: {words}"
        words += limit + (f" · recorded in {escape(str(record))}" if record else "")
        if stale:
            words += "<br><b>Budget changed: Run starts with it; what is shown had another.</b>"
        call = "ComparisonPanel.from_state(text, estimator)"
        self.caption.value = words + folded_state(state, call)
