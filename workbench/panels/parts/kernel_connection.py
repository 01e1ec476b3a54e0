"""A panel whose kernel has ended says so: grey, "disconnected", and how to go on.

A kernel that is gone can say nothing, so the words stand in the panel from the beginning, kept up
to date, and the style sheet hides them. JupyterLab's widget manager marks every view when a kernel
restarts or dies (``jupyter-widgets-disconnected``). It marks none when a kernel is shut down in
order; there the kernel marks its own panels, as its last act, and where the page has hung up before
it hears that, the notebook's toolbar says that there is no kernel. It also says when the page
cannot reach one that may still be there.
"""

from __future__ import annotations

import atexit
import weakref

import ipywidgets as widgets

ENDED = "wb-ended"  # the mark of a panel whose kernel was shut down

# what nobody hears any more: tabs, folded text and tables to scroll need no kernel
_CONTROLS = "button, input, select, textarea, .noUi-target, .noUi-handle"
_AWAY = ".jp-NotebookPanel:has(.jp-Notebook-ExecutionIndicator[data-status='{}']) .wb-live"
_GONE = f":is(.wb-live:is(.jupyter-widgets-disconnected, .{ENDED}), {_AWAY.format('unknown')})"
_UNREACHED = f":is({', '.join(map(_AWAY.format, ('connecting', 'disconnected')))})"

CSS = f"""
.wb-live {{ --wb-ring: #0072B2; }}
[data-jp-theme-light="false"] .wb-live {{ --wb-ring: #56B4E9; }}
.wb-live :is({_CONTROLS}, summary, [tabindex], [contenteditable]):focus-visible {{
  outline: 2px solid var(--wb-ring) !important; outline-offset: 1px; }}
.wb-live :is(.widget-dropdown, .widget-text) {{ overflow: visible; }}
.wb-live > .wb-lost {{ display: none; }}
{_GONE} > .wb-lost {{ display: flex; order: -1; margin: 0 0 6px; }}
{_GONE}::before, {_GONE} .jupyter-widgets-disconnected::before {{ content: none; }}
{_UNREACHED}:not(.jupyter-widgets-disconnected, .{ENDED})::before {{ display: block;
  content: "Not connected: no kernel answers, and what you see may be old."; font-size: 13px;
  padding: 6px 10px; border-left: 4px solid #D55E00; color: var(--jp-ui-font-color0, #000);
  background: var(--jp-layout-color2, #f3f3f3); }}
:is({_GONE}, {_UNREACHED}) > :not(.wb-lost) {{ opacity: .6; filter: grayscale(1); }}
:is({_GONE}, {_UNREACHED}) :is({_CONTROLS}) {{ pointer-events: none; interactivity: inert; }}
:is({_GONE}, {_UNREACHED}) .wb-state > * {{ display: none; }}
:is({_GONE}, {_UNREACHED}) .wb-state::before {{ content: "⊘ disconnected"; font-weight: 600; }}
.wb-lost > .widget-html-content {{ padding: 6px 10px; border-left: 4px solid #D55E00;
  font-size: 13px; line-height: 1.45; color: var(--jp-ui-font-color0, #000);
  background: var(--jp-layout-color2, #f3f3f3); height: auto; flex: 1 1 0; min-width: 0;
  overflow-wrap: anywhere; }}
"""

GONE = (
    '<div role="alert"><b>Disconnected:</b> the kernel behind this has ended, and nothing here '
    "answers. {} {} {}</div>"
)
AGAIN = "For a new one choose Run → Run All Above Selected Cell, then run this cell too."

_LIVE: weakref.WeakSet[widgets.Box] = weakref.WeakSet()


def lost(words: str = "", *, then: str = "") -> str:
    """What a panel says whose kernel has ended: what was lost and kept, which cells to run.

    ``words`` come before the cells to run, ``then`` after them; both are markup, escaped already.
    """
    return GONE.format(words, AGAIN, then)


def watched(*children: widgets.Widget, words: widgets.HTML | None = None) -> widgets.VBox:
    """A box of ``children`` that greys and shows ``words`` when its kernel has ended.

    Keep ``words.value`` up to date with ``lost(…)``; by default it says which cells to run.
    """
    words = words or widgets.HTML(lost())
    words.add_class("wb-lost")
    style = widgets.HTML(f"<style>{CSS}</style>", layout=widgets.Layout(display="none"))
    made = widgets.VBox([*children, words, style])
    made.add_class("wb-live")
    _LIVE.add(made)
    return made


def _end() -> None:
    """Python is about to end: the last thing that these panels' pages hear."""
    for each in list(_LIVE):
        each.add_class(ENDED)


atexit.register(_end)
