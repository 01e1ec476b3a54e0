"""A mixture as a table of coloured cells: the heat map of the figure, in a fraction of its time.

A figure with a hundred numbers takes longer to draw than a move of the time slider may take.
"""

from __future__ import annotations

from html import escape

from matplotlib.colors import to_hex

from workbench.protocols import Rows
from workbench.views.nouns.cells import DARK, PALE_TO_DARK, number
from workbench.views.palette import label
from workbench.views.paper import INK

EDGE = "font-weight:400;text-align:right;white-space:nowrap"
HEAD = "font-weight:400;font-size:11px;vertical-align:bottom"
TABLE = (
    "border-spacing:3px;margin:0 auto;line-height:1.25;font-size:12px;text-align:center;color:#111;"
    "font-variant-numeric:tabular-nums"
)


def heat_table(rows: Rows, said: str) -> str:
    """Rows with ``edge``, ``operation``, ``weight``: a row an edge, the highest of each framed.

    ``said`` is what a screen reader is told of the whole. It is text, so a twin has it as well.
    """
    weights = {(row["edge"], row["operation"]): float(row["weight"]) for row in rows}
    edges = list(dict.fromkeys(edge for edge, _ in weights))
    operations = list(dict.fromkeys(operation for _, operation in weights))
    heads = "".join(
        f'<th scope="col" style="{HEAD}">{escape(label(name))}</th>' for name in operations
    )
    lines = [f"<tr><td></td>{heads}</tr>"]
    for edge in edges:
        shares = [weights[edge, name] for name in operations]
        top = shares.index(max(shares))
        cells = "".join(_cell(share, highest=o == top) for o, share in enumerate(shares))
        lines.append(f'<tr><th scope="row" style="{EDGE}">{escape(edge)}</th>{cells}</tr>')
    about = f'aria-label="{escape(said)}" cellpadding="3" style="{TABLE}"'
    return f"<table {about}>{''.join(lines)}</table>"


def _cell(share: float, *, highest: bool) -> str:
    style = f"background:{to_hex(PALE_TO_DARK(share))}"
    style += ";color:#fff" * (share > DARK) + f";outline:2px solid {INK}" * highest
    words = f"<b>{number(share)}</b>" if highest else number(share)  # where styles are dropped
    return f'<td style="{style}">{words}</td>'
