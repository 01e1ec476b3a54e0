"""How every panel is put together: boxes that wrap at their *own* width, cards, stacked controls.

A panel stands in a notebook whose column is 368 to 1740 px wide, whatever the window. So nothing
asks the window: columns are flex children that grow from a basis and wrap. Figures stand on white
cards; only controls follow JupyterLab's theme.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, Protocol, runtime_checkable

import ipywidgets as widgets

from workbench.panels.parts.kernel_connection import watched
from workbench.panels.running.open_panels import called
from workbench.views.stored_examples import named, outdated

LETTER = 7.2  # CSS pixels of a letter in a label, rather more than less
COLUMN = 360  # CSS pixels: a column that would get narrower than this moves below

CSS = """
.wb-panel { max-width: 100%; padding: 2px 0 6px; overflow: visible; gap: 8px; }
.wb-panel > * { margin: 0; }
.wb-panel .widget-html, .wb-panel .widget-html-content { overflow: visible; height: auto; }
.wb-panel .widget-html { min-width: 0; max-width: 100%; }
.wb-panel .widget-html-content { line-height: 1.45; flex: 1 1 0; min-width: 0; max-width: 100%; }
.wb-wrap { gap: 10px 14px; align-items: flex-start; overflow: visible; }
.wb-column { min-width: 0; overflow: visible; gap: 6px; }
.wb-row { gap: 6px 8px; align-items: center; overflow: visible; }
.wb-stack { overflow: visible; gap: 6px; margin: 0; flex: 0 0 auto; }
.wb-row > *, .wb-fields > *, .wb-column > *, .wb-stack > * { margin: 0; }
.wb-fields > .widget-checkbox { align-self: flex-end; height: 28px; }
.wb-line { font-size: 13px; color: var(--jp-ui-font-color1, #111);
  font-variant-numeric: tabular-nums; }
.wb-tiles { display: flex; flex-wrap: wrap; gap: 6px 22px; padding: 2px 0; }
.wb-tiles > div { display: flex; flex-direction: column; }
.wb-tiles span { font-size: 12px; color: var(--jp-ui-font-color2, #666); }
.wb-tiles b { font-size: 16px; font-weight: 600; line-height: 1.3; }
.wb-line b { font-weight: 600; }
.wb-line .wb-quiet { color: var(--jp-ui-font-color2, #666); }
.wb-error { color: var(--jp-ui-font-color0, #000); border-left: 4px solid #D55E00;
  background: var(--jp-layout-color2, #f3f3f3); padding: 6px 10px; font-size: 13px; }
.wb-list { overflow-y: auto; overflow-x: hidden; gap: 4px;
  scrollbar-width: thin; }
.wb-list:empty { display: none; }
.wb-group { align-items: flex-start; gap: 8px; padding: 4px 8px 6px; border-radius: 6px;
  background: var(--jp-layout-color2, #f3f3f3); overflow: visible; flex: 0 0 auto; }
.wb-group > .wb-name { flex: 0 0 72px; margin: 0; padding-top: 19px; font-size: 13px;
  font-weight: 600; line-height: 20px; color: var(--jp-ui-font-color1, #111); }
.wb-fields { flex: 1 1 0; min-width: 0; gap: 4px 8px; overflow: visible; }
.wb-fields > .wb-why { flex: 1 1 120px; align-self: flex-end; font-size: 12px;
  color: var(--jp-ui-font-color2, #666); }
.wb-field.widget-inline-hbox { flex-direction: column; align-items: stretch; height: auto; }
.wb-field .widget-label { width: auto; max-width: none; height: 18px; line-height: 18px;
  text-align: left; font-size: 12px; color: var(--jp-ui-font-color2, #666); margin: 0;
  overflow: visible; text-overflow: clip; }
.wb-panel .wb-field > input:is([type]) { width: 0; min-width: 100%; }
.wb-panel .wb-field > select { width: auto; min-width: 100%; flex: 0 0 28px; }
.wb-bad input, .wb-bad select { border-color: #D55E00; box-shadow: inset 0 0 0 1px #D55E00; }
.wb-panel .jupyter-button.mod-primary { background-color: #0072B2; color: #fff; }
[data-jp-theme-light="false"] .wb-panel select { background-image: url("data:image/svg+xml,\
%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 18 18'%3E\
%3Cpath d='M5.2 5.9 9 9.7l3.8-3.8 1.2 1.2-5 5-5-5z' fill='%23ddd'/%3E%3C/svg%3E"); }
.wb-slider.widget-inline-hbox { height: 30px; padding: 0 8px; }
.wb-slider .widget-label { text-align: left; font-size: 13px; overflow: visible;
  flex: 0 0 auto; text-overflow: clip; }
.wb-slider .widget-readout { min-width: 44px; font-size: 13px; }
.wb-panel .wb-choice { align-items: center; }
.wb-panel .wb-choice .widget-label { font-size: 12px; min-width: 0;
  color: var(--jp-ui-font-color2, #666); }
.wb-panel .wb-choice button { font-size: 12px; height: 24px; line-height: 24px;
  padding: 0 8px; min-width: 0; }
.wb-panel .wb-caption { font-size: 12px; line-height: 1.5; overflow-wrap: anywhere;
  color: var(--jp-ui-font-color2, #666); }
.wb-panel .wb-caption code { font-size: 11px; user-select: all; color: inherit;
  background: none; white-space: normal; overflow-wrap: anywhere; }
.wb-toggle.jupyter-button { background: none; box-shadow: none; border: none; text-align: left;
  padding: 0 4px; font-size: 13px; color: var(--jp-ui-font-color1, #111); width: auto; }
.wb-toggle.jupyter-button:hover { text-decoration: underline; box-shadow: none; }
"""


PICTURE = (
    '<p style="font-size:12px;color:var(--jp-ui-font-color2,#666)">A picture. '
    "For the live panel run {}.</p>"
)


class Live(Protocol):
    """A panel that can be closed."""

    widget: widgets.Widget


@runtime_checkable  # the tests check every signature at run time
class Shown(Protocol):
    """A panel that is shown in a notebook."""

    widget: widgets.Box

    def twin(self) -> str:
        """Its markup for readers without a kernel."""


def panel(*children: widgets.Widget, lost: widgets.HTML | None = None) -> widgets.VBox:
    """A whole panel: its children below one another, and the style sheet that all panels share.

    ``lost`` is shown once its kernel has ended; see ``connection.watched``.
    """
    style = widgets.HTML(f"<style>{CSS}</style>", layout=widgets.Layout(display="none"))
    return _classed(watched(style, *children, words=lost), "wb-panel")


def wrap(*children: widgets.Widget) -> widgets.HBox:
    """Columns beside one another; those that find no room move below. See ``column``."""
    return _classed(widgets.HBox(children, layout=widgets.Layout(flex_flow="row wrap")), "wb-wrap")


def column(*children: widgets.Widget, basis: int = COLUMN, grow: int = 1) -> widgets.VBox:
    """A column of ``wrap``: ``basis`` px at least where there is room, and a share of more."""
    layout = widgets.Layout(flex=f"{grow} 1 {basis}px", min_width="0")
    return _classed(widgets.VBox(children, layout=layout), "wb-column")


def stack(*children: widgets.Widget) -> widgets.VBox:
    """Children below one another."""
    return _classed(widgets.VBox(children), "wb-stack")


def row(*children: widgets.Widget) -> widgets.HBox:
    """Buttons and lines of text in a row that may wrap."""
    return _classed(widgets.HBox(children, layout=widgets.Layout(flex_flow="row wrap")), "wb-row")


def sheet(html: str = "") -> widgets.HTML:
    """Where a card with a figure or a drawing is shown: set ``.value`` to markup."""
    return widgets.HTML(html, layout=widgets.Layout(width="100%", margin="0"))


def line(html: str = "") -> widgets.HTML:
    """A line of numbers that follows the theme; ``html`` must be escaped already."""
    return _classed(widgets.HTML(html, layout=widgets.Layout(margin="0")), "wb-line")


def complain(where: widgets.HTML, error: BaseException | str | None) -> None:
    """Show an error and its cure in ``where`` (a ``sheet``), escaped; None takes it away.

    One without words, such as a bare NotImplementedError, is called by its type.
    """
    words = escape(str(error) or type(error).__name__) if error else ""
    where.value = f'<div class="wb-error" role="alert">{words}</div>' if words else ""
    where.layout.display = None if words else "none"


def button(
    text: str, press: Callable[[], None], *, tip: str, icon: str = "", primary: bool = False
) -> widgets.Button:
    """A button as wide as its words; ``tip`` says what it does."""
    made = widgets.Button(
        description=text, icon=icon, tooltip=tip, button_style="primary" if primary else ""
    )
    lay(made, width="auto", min_width="84px")
    made.on_click(lambda _: press())
    return made


def field(control: widgets.Widget, *, width: int = 78) -> widgets.Widget:
    """A control whose description stands above it: several fit into one row.

    As wide as its longest word, ``width`` px at least: nothing in it is cut.
    """
    lay(control, flex="0 0 auto", min_width=f"{width}px", max_width="100%", width="max-content")
    return _classed(control, "wb-field")


def slider(control: widgets.Widget, *, label: int = 104) -> widgets.Widget:
    """A control that takes a whole row, its description on the left, ``label`` px at least."""
    control.layout.width, control.layout.min_width = "auto", "0"
    whole = round(LETTER * len(control.description))
    control.style.description_width = f"{max(label, whole)}px"
    return _classed(control, "wb-slider")


def choice(name: str, options: Sequence[str]) -> widgets.ToggleButtons:
    """A row of small buttons of which one is down."""
    made = widgets.ToggleButtons(options=options, description=name)
    made.style.button_width = "auto"
    made.style.description_width = "auto"
    made.layout.width = "auto"
    made.add_class("wb-choice")
    return made


def more(
    *children: widgets.Widget,
    title: str = "More settings",
    opened: Callable[[], None] = lambda: None,
) -> widgets.VBox:
    """Children that are hidden until ``▸ title`` is pressed; nothing at all without children.

    ``opened()`` is called each time they are about to be shown.
    """
    press = widgets.ToggleButton(False, description=f"▸ {title}", tooltip=f"Show or hide: {title}")
    press.layout.width = "auto"
    inside = widgets.VBox(children, layout=widgets.Layout(display="none", padding="0 0 0 12px"))

    def turn(change: Mapping[str, Any]) -> None:
        if change["new"]:
            opened()
        press.description = f"{'▾' if change['new'] else '▸'} {title}"
        inside.layout.display = None if change["new"] else "none"

    press.observe(turn, "value")
    both = [_classed(press, "wb-toggle"), inside]
    return stack(*both) if children else stack()


def tabs(pages: Mapping[str, widgets.Widget]) -> widgets.Tab:
    """Views that share one place, by title."""
    return widgets.Tab(list(pages.values()), titles=tuple(pages))


def bundle(
    shown: widgets.Box, twin: Callable[[], str], words: str, *, live: str = "", name: str = ""
) -> dict[str, Any]:
    """A panel's mime bundle: the live widget, and for readers without a kernel its static twin.

    ``live`` says in markup what to run to get the panel itself; it stands under the twin.
    ``name`` is what the notebook calls the panel: stored examples of its runs go when it has run.
    """
    found: dict[str, Any] = {"text/plain": words, "text/html": twin()}
    if not os.environ.get("WORKBENCH_RENDER"):
        found["text/html"] += PICTURE.format(live) if live else ""
        _name(shown, name)
        view = {"version_major": 2, "version_minor": 0, "model_id": shown.model_id}
        found["application/vnd.jupyter.widget-view+json"] = view
    return found


def bundle_of(panel: Shown, words: str) -> dict[str, Any]:
    """``bundle`` of a panel, which the notebook's variable that holds it, if any, shows again."""
    name = called(panel)
    live = f"its name (here: <code>{escape(name)}</code>)" if name else "its cell again"
    return bundle(panel.widget, panel.twin, words, live=live, name=name)


def _name(shown: widgets.Box, name: str) -> None:
    if name and named(name) not in shown._dom_classes:
        shown.add_class(named(name))
        style = widgets.HTML(f"<style>{outdated(name)}</style>")
        lay(style, display="none")
        shown.children = (*shown.children, style)


def lay(shown: widgets.Widget, **css: str) -> None:
    """Set some of a widget's layout; a new ``Layout`` would leave the old one alive for good."""
    for name, value in css.items():
        setattr(shown.layout, name, value)


def _classed(made: Any, name: str) -> Any:
    made.add_class(name)
    return made
