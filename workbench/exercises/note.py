"""A note: what is said back to the learner, as one line of text and as a small white card."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Literal, TypeAlias

from workbench import checks
from workbench.views.paper import BLUE, GREEN, GREY, VERMILLION, card

Mark: TypeAlias = Literal["right", "not yet", "not attempted", "differs", "note"]
Number: TypeAlias = int | float

# a sign and a colour each: neither alone carries the meaning
SIGNS: dict[str, tuple[str, str]] = {
    "right": ("✔", GREEN),
    "not yet": ("✘", VERMILLION),
    "not attempted": ("○", GREY),
    "differs": ("≠", BLUE),
    "note": ("▸", BLUE),
}


# on the white card in both themes: a dark theme has other ideas about code
CODE = "background:#f2f2f2;color:#111;border-radius:3px"


def marked(text: str) -> str:
    """Plain text as HTML: escaped, `code` between backticks set as code."""
    code = rf'<code style="{CODE};padding:1px 4px">\1</code>'
    return re.sub(r"`([^`]+)`", code, escape(text, quote=False))


def listing(code: str) -> str:
    """Lines of code as HTML, wrapped where they must."""
    frame = f"{CODE};margin:6px 0;padding:6px 8px;white-space:pre-wrap"
    return f'<pre style="{frame}">{escape(code)}</pre>'


def folded(summary: str, html: str) -> str:
    """``html`` behind a line to open, which needs no kernel and works from the keyboard."""
    return (
        f'<details style="margin-top:4px"><summary style="cursor:pointer">{marked(summary)}'
        f"</summary>{html}</details>"
    )


@dataclass(frozen=True)
class Note:
    """A line of ``text`` under a ``mark``; ``details`` is HTML that may stand below it."""

    text: str
    mark: Mark = "note"
    details: str = ""

    def __post_init__(self) -> None:
        checks.text("Note: text", self.text)
        checks.one_of("Note: mark", self.mark, SIGNS)
        checks.text("Note: details", self.details)

    def __repr__(self) -> str:
        return f"{SIGNS[self.mark][0]} {self.text.replace('`', '')}"

    def _repr_html_(self) -> str:
        sign, colour = SIGNS[self.mark]
        line = f'<b style="color:{colour}">{sign}</b> {marked(self.text)}'
        frame = f"border-left:4px solid {colour};padding-left:8px;line-height:1.45"
        return card(f'<div style="{frame}">{line}{self.details}</div>')
