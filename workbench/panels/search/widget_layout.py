"""What a SearchPanel looks like: where buttons, settings, figures, drawings and tables stand.

Wide, two columns; where the panel itself is too narrow for them, one, with the figure right under
the settings. A container query asks the panel's own width, never the window's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

import ipywidgets as widgets

from workbench.panels.parts.folded_state import folded_state
from workbench.panels.parts.kernel_connection import lost
from workbench.panels.parts.layout import (
    choice,
    column,
    field,
    line,
    more,
    panel,
    row,
    stack,
    tabs,
    wrap,
)
from workbench.panels.parts.run_buttons import RunButtons
from workbench.panels.parts.status_line import Notice
from workbench.panels.parts.two_columns import two_columns
from workbench.panels.running.live_pace import USUAL
from workbench.panels.search.final_test_button import TestImages
from workbench.panels.search.settings_form import SettingsForm
from workbench.panels.search.time_slider import TimeSlider
from workbench.panels.search.view_list import VIEWS, SearchViews
from workbench.views.stored_examples import RAN

CSS = f"""
{two_columns("search", "best", "drawings", "tabs")}
.wb-search .widget-tab {{ overflow: visible; }}
.wb-search .wb-drawings {{ align-items: stretch; }}
.wb-search .wb-drawings > * {{ min-width: 0; }}
.wb-search .widget-tab > .widget-tab-contents, .wb-search .lm-TabPanel-stackedPanel {{
  padding: 6px 0 0; border: none; overflow: visible; }}
.wb-search .wb-time {{ width: 100%; }}
@container (max-width: 900px) {{ .wb-search .wb-status {{ min-height: 38px; }} }}
@container (max-width: 520px) {{ .wb-search .wb-minor {{ display: none; }} }}
"""

CHOICES: Mapping[str, tuple[str, tuple[str, ...]]] = {  # of a view: a name, what to choose from
    "best": ("x axis", ("trials", "seconds")),
    "inside": ("shown", ()),
}
PACES: Mapping[str, int] = {
    "2 trials a second": 2,
    "10 trials a second": 10,
    f"{USUAL} trials a second": USUAL,
    "as fast as it goes": 0,
}


class Arrangement:
    """Builds the widget tree; what changes while a search runs is an attribute."""

    def __init__(
        self,
        form: SettingsForm,
        views: SearchViews,
        shown: Sequence[str],
        your_turn: widgets.Widget,
        *,
        run: Callable[[], None],
        step: Callable[[], None],
        stop: Callable[[], None],
        clear: Callable[[], None],
        restore: Callable[[], None],
        moved: Callable[[], None],
        fork: Callable[[int], None],
        test: Callable[[], None],
    ) -> None:
        self.time, self.test_images = TimeSlider(moved=moved, fork=fork), TestImages(test)
        self.buttons = RunButtons(run=run, step=step, stop=stop, clear=clear, restore=restore)
        self.notice, self.status, self.caption, self.runs_on = Notice(), line(), line(), line()
        self._lost = widgets.HTML()  # for the day when the kernel has ended
        self.compare = widgets.Checkbox(True, description="earlier runs in grey", indent=False)
        self.compare.layout.width = "auto"
        pace = widgets.Dropdown(options=PACES, value=USUAL, description="pace")
        self.pace = field(pace, width=140)
        self.pace.tooltip = "A search that answers at once is slowed down, so that it can be seen"
        self._shown = {name: views.widgets[name] for name in shown}
        # what a view lets a learner choose stands under it; a view that is left out has nothing
        self.choices = {name: choice(*CHOICES[name]) for name in CHOICES if name in self._shown}
        for name, each in self.choices.items():
            each.layout.display = None if len(each.options) > 1 else "none"
            self._shown[name] = stack(self._shown[name], each)
        for name, each in self._shown.items():
            each.add_class(f"wb-{name}")
        self.status.add_class("wb-status")
        self.caption.add_class("wb-caption")
        for each in (form.top, form.more):
            each.add_class("wb-form")
        own = row(
            self.buttons.unit, self.pace, self.compare, self.buttons.clear, self.buttons.restore
        )
        settings = stack(form.top, more(form.more, self.runs_on, own))
        own.add_class("wb-form")
        sides = wrap(
            column(settings, *self._drawings(), self.test_images.widget),
            column(*self._placed("figure").values(), *self._tabs()),
        )
        sides.add_class("wb-sides")
        head = stack(self.buttons.widget, self.status, self.notice.widget, your_turn)
        style = widgets.HTML(f"<style>{CSS}</style>", layout=widgets.Layout(display="none"))
        below = self._placed("below").values()
        search = stack(style, head, sides, self.time.widget, *below, self.caption)
        search.add_class("wb-search")
        self.widget = panel(search, lost=self._lost)

    def _placed(self, where: str) -> dict[str, widgets.Widget]:
        """The views that stand in one place, by title."""
        here = {view.title: view.name for view in VIEWS if view.place == where}
        return {title: self._shown[name] for title, name in here.items() if name in self._shown}

    def _drawings(self) -> list[widgets.Widget]:
        both = list(self._placed("drawings").values())
        for each in both:
            each.layout.flex = "1 1 150px"
        if not both:  # a widget that nobody holds would never be closed
            return []
        made = wrap(*both)
        made.add_class("wb-drawings")
        return [made]

    def _tabs(self) -> list[widgets.Widget]:
        pages = self._placed("tabs")
        if not pages:
            return []
        made = tabs(pages) if len(pages) > 1 else widgets.VBox(list(pages.values()))
        made.add_class("wb-tabs")
        return [made]

    def offer(self, nouns: Sequence[str]) -> None:
        """Let a learner choose between the tables that a strategy shows."""
        choice = self.choices.get("inside")
        if choice is None or choice.options == tuple(nouns):
            return
        before = choice.value
        chosen = before in nouns and before != choice.options[0]  # the first came by itself
        choice.options = tuple(nouns)
        choice.value = before if chosen else next(iter(nouns), None)
        choice.layout.display = None if len(nouns) > 1 else "none"

    def chosen(self, name: str) -> str:
        """What is chosen under a view; "" where there is nothing to choose."""
        return str(self.choices[name].value or "") if name in self.choices else ""

    def say(self, *, seed: int, device: str, log: str, state: str, changed: bool) -> None:
        """The caption: seed, device, log, and folded the state string, which a click selects."""
        self._lost.value = _lost(log)
        (self.widget.add_class if log else self.widget.remove_class)(RAN)
        log = f" · log {escape(log)}" if log else ""
        log += "<br><b>Settings changed: Run anew starts with them.</b>" if changed else ""
        words = f"seed {seed} · runs on {escape(device)}{log}"
        self.caption.value = words + folded_state(state, "SearchPanel.from_state(text)")


def _lost(log: str) -> str:
    """What is left of a search whose kernel has ended, and how to go on with it."""
    if not log:
        return lost("Nothing had been run in it.")
    code = f"import workbench; workbench.attach({log!r})"
    return lost(
        f"Trials that were done are in the log, <code>{escape(log)}</code>; only what was under "
        f"way is lost. To go on, run <code>{escape(code)}</code> in a new cell."
    )
