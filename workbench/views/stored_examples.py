"""Stored outputs say that they are examples, and go once a learner's own panel has run.

A fresh copy of a notebook shows pictures of somebody else's runs. Each stands in a box that says
so. The box names the panels whose runs it tells of; a live panel of that name that has run brings
the rule that empties the box (``outdated``). Other readers, a code host say, see the pictures.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

SMALL = "font-size:12px;color:var(--jp-ui-font-color2,#666)"
RAN = "wb-has-run"  # the mark of a panel that has a run to show


def example(markup: str, *, seed: int | None = None, of: Iterable[str] = ()) -> str:
    """``markup`` of an output, HTML or Markdown, in a box that says that it is an example.

    ``of`` are the names of the panels whose runs it tells of.
    """
    made = "" if seed is None else f", made with seed {seed}"
    words = f'<p style="margin:0 0 4px;{SMALL}">Example{made}. Run this cell for your own.</p>'
    names = " ".join(["wb-example", *(f"wb-of-{escape(name)}" for name in sorted(of))])
    return f'<div class="{names}">{words}\n\n{markup}\n\n</div>'


def named(name: str) -> str:
    """The mark of the live panel that the notebook calls ``name``."""
    return f"wb-named-{name}"


def outdated(name: str) -> str:
    """The style sheet of a live panel: once it has run, examples of its runs are not shown."""
    ran = f".jp-Notebook:has(.{named(name)} .{RAN}, .{named(name)}.{RAN}) .wb-of-{name}"
    return (
        f"{ran} > * {{ display: none !important; }} {ran}::after {{ font-size: 13px; "
        f'content: "An example of {name} stood here. Run this cell: there is a run of your own."; '
        f"color: var(--jp-ui-font-color2, #666); }}"
    )
