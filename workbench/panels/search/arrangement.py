"""What a SearchPanel looks like: where buttons, settings, figures, drawings and tables stand.

Wide, two columns; where the panel itself is too narrow for them, one, with the figure right under
the settings. A container query asks the panel's own width, never the window's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import ipywidgets as widgets

from workbench.panels.parts.layout import COLUMN, column, line, more, panel, row, stack, tabs, wrap
from workbench.panels.parts.run_buttons import RunButtons
from workbench.panels.parts.status_line import Notice
from workbench.panels.search.settings_form import SettingsForm
from workbench.panels.search.views import SearchViews

GAP = 14  # CSS pixels between columns, as in the shared style sheet

CSS = f"""
.wb-search {{ container-type: inline-size; width: 100%; overflow: visible; }}
.wb-search .wb-status {{ flex: 1 1 220px; min-height: 0; align-self: center; }}
.wb-search .wb-form {{ align-items: flex-end; }}
.wb-search .widget-tab {{ overflow: visible; }}
.wb-search .wb-drawings {{ align-items: stretch; }}
.wb-search .wb-drawings > * {{ min-width: 0; }}
.wb-search .widget-tab > .widget-tab-contents, .wb-search .lm-TabPanel-stackedPanel {{
  padding: 6px 0 0; border: none; overflow: visible; }}
.wb-search .wb-caption {{ font-size: 12px; line-height: 1.5; overflow-wrap: anywhere;
  color: var(--jp-ui-font-color2, #666); }}
.wb-search .wb-caption code {{ font-size: 11px; user-select: all; color: inherit;
  background: none; white-space: normal; overflow-wrap: anywhere; }}
@container (max-width: {2 * COLUMN + GAP - 1}px) {{
  .wb-search .wb-sides {{ align-items: stretch; flex-flow: column nowrap !important; }}
  .wb-search .wb-sides > .wb-column {{ display: contents; }}
  .wb-search .wb-best {{ order: 1; }}
  .wb-search .wb-drawings {{ order: 2; }}
  .wb-search .wb-tabs {{ order: 3; }}
}}
@container (max-width: 520px) {{ .wb-search .wb-minor {{ display: none; }} }}
"""

VIEWS = {"curves": "Learning curves", "inside": "Inside the strategy"}


class Arrangement:
    """Builds the widget tree; what changes while a search runs is an attribute."""

    def __init__(
        self,
        form: SettingsForm,
        views: SearchViews,
        shown: Sequence[str],
        *,
        run: Callable[[], None],
        step: Callable[[], None],
        stop: Callable[[], None],
        reset: Callable[[], None],
    ) -> None:
        self.buttons = RunButtons(run=run, step=step, stop=stop, reset=reset)
        self.notice, self.status, self.caption, self.runs_on = Notice(), line(), line(), line()
        self.compare = widgets.Checkbox(True, description="earlier runs in grey", indent=False)
        self.compare.layout.width = "auto"
        self._shown = {name: views.widgets[name] for name in shown}
        for name, each in self._shown.items():
            each.add_class(f"wb-{name}")
        self.status.add_class("wb-status")
        self.caption.add_class("wb-caption")
        for each in (form.top, form.more):
            each.add_class("wb-form")
        own = row(self.buttons.unit, self.buttons.reset, self.compare)
        settings = stack(form.top, more(form.more, self.runs_on, own))
        own.add_class("wb-form")
        sides = wrap(
            column(settings, *self._drawings()),
            column(*self._alone("best"), *self._tabs()),
        )
        sides.add_class("wb-sides")
        head = row(self.buttons.widget, self.status)
        style = widgets.HTML(f"<style>{CSS}</style>", layout=widgets.Layout(display="none"))
        below = [*self._alone("table"), *self._alone("cost"), self.caption]
        search = stack(style, head, self.notice.widget, sides, *below)
        search.add_class("wb-search")
        self.widget = panel(search)

    def _alone(self, name: str) -> list[widgets.Widget]:
        return [self._shown[name]] if name in self._shown else []

    def _drawings(self) -> list[widgets.Widget]:
        both = [*self._alone("tried"), *self._alone("champion")]
        for each in both:
            each.layout.flex = "1 1 150px"
        made = wrap(*both)
        made.add_class("wb-drawings")
        return [made] if both else []

    def _tabs(self) -> list[widgets.Widget]:
        pages = {title: self._shown[name] for name, title in VIEWS.items() if name in self._shown}
        made = tabs(pages) if len(pages) > 1 else widgets.VBox(list(pages.values()))
        made.add_class("wb-tabs")
        return [made] if pages else []

    def say(self, *, seed: int, device: str, log: str, state: str, changed: bool) -> None:
        """The caption: seed, device, log, and folded the state string, which a click selects."""
        log = f" · log {escape(log)}" if log else ""
        log += "<br><b>Settings changed: Run anew starts with them.</b>" if changed else ""
        self.caption.value = (
            f"seed {seed} · runs on {escape(device)}{log}<details><summary>state string</summary>"
            f'<code title="click to select">{escape(state)}</code><br>'
            "<code>SearchPanel.from_state(text)</code> builds this panel again.</details>"
        )
