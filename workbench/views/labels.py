"""The words of a drawing, as Graphviz's HTML-like labels; every text escaped.

What a space writes survives literally: ``<``, ``&``, quotes, and ``\\N``, which DOT would replace
by a node's name.
"""

from __future__ import annotations

import re
from html import escape

from workbench.graphs import Edge, Node
from workbench.views.palette import label, shades
from workbench.views.paper import BLUE, INK

MARKED = "#FFF1B8"  # what was just changed or chosen; its border is thick as well
BARS = "#C8C8C8"  # of what was not chosen
BAR = 64  # points, the width of a softmax bar
LETTER = 6.6  # points of a letter in a pill, rather more than less
SMALL, TEXT = 11, 12  # points; one point is at least one CSS pixel on screen

_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def plain(text: str) -> str:
    """Text as XML can hold it: what it cannot becomes U+FFFD, white space becomes one space."""
    return " ".join(_UNPRINTABLE.sub("\ufffd", text).split())


def escaped(text: str) -> str:
    """Text for an HTML-like label: nothing in it is read as markup or as a DOT escape."""
    return escape(plain(text)).replace("\\", "\\\\")


def node_label(node: Node) -> str:
    """A node's name, and below it its detail and its share."""
    if node.mixture:
        return softmax_label(node)
    details = [escaped(node.detail)] if node.detail else []
    details += [f"{node.share:.2f}"] if node.share is not None else []
    first = escaped(node.label) or "&#160;"
    small = f'<font point-size="{SMALL}" color="#444444">'
    lines = "".join(f"<br/>{small}{detail or ' '}</font>" for detail in details)
    if node.kind == "merge" or not lines:
        return first + lines
    return f'<font point-size="{TEXT}">{first}</font>{lines}'


def softmax_label(node: Node) -> str:
    """A decision's name, below it a row for each option: name, bar, number; the chosen one bold.

    "normal / block 1 / first input" takes three lines.
    """
    rows = []
    for name, share in node.mixture:
        width, bold = round(BAR * min(share, 1.0)), name == node.chosen
        marks = (f'<b><font color="{BLUE}">', "</font></b>") if bold else ("", "")
        parts = [(width, f' bgcolor="{BLUE if bold else BARS}"'), (BAR - width, "")]
        cells = "".join(
            f'<td fixedsize="true" width="{size}" height="8"{fill}></td>'
            for size, fill in parts
            if size >= 1
        )
        bar = (
            '<td><table border="0" cellborder="0" cellspacing="0" cellpadding="0">'
            f"<tr>{cells}</tr></table></td>"
        )
        words = f'<td align="left">{marks[0]}{escaped(name) or "&#160;"}{marks[1]}</td>'
        number = f'<td align="right">{marks[0]}{share:.2f}{marks[1]}</td>'
        rows.append(f"<tr>{words}{bar}{number}</tr>")
    name = '<br align="left"/>'.join(escaped(part) for part in node.label.split(" / "))
    head = f'<tr><td colspan="3" align="left" balign="left"><font color="#444444">{name}</font>'
    return (
        '<table border="1" color="#BBBBBB" cellborder="0" cellspacing="0" cellpadding="2" '
        f'bgcolor="#FFFFFF" style="rounded">{head}</td></tr>{"".join(rows)}</table>'
    )


def chosen(edge: Edge) -> tuple[str, float]:
    """The operation that a mixture stands for, and its share; of equal ones the first.

    The strongest of all; but an edge that discretisation keeps never does so for *none*, and
    there it is the strongest of the others.
    """
    others = [pair for pair in edge.mixture if not (edge.kept and pair[0] == "none")]
    return max(others or edge.mixture, key=lambda pair: pair[1])


def mixture_label(edge: Edge) -> str:
    """A softmax as a pill: the operation it stands for, its share, and all of them as a bar.

    Pills over the same operations have one size: where only probabilities change, nothing moves.
    """
    names = tuple(name for name, _ in edge.mixture)
    best, share = chosen(edge)
    lines = (edge.label, "") if edge.label else (label(best), f"{share:.2f}")
    longest = [*map(label, names), edge.label]
    room = max(round(LETTER * max(map(len, longest))), BAR + len(names) + 1)
    cells = "".join(
        f'<td fixedsize="true" width="{width}" height="6" bgcolor="{fill}"></td>'
        for width, fill in _bar(edge.mixture, shades(names))
    )
    size = f'width="{BAR + len(names) + 1}" height="8"'
    border = INK if edge.highlight else ("#333333" if edge.kept else "#BBBBBB")
    words = "".join(
        f'<tr><td fixedsize="true" width="{room}" height="16">{escaped(line) or "&#160;"}</td></tr>'
        for line in lines
    )
    return (
        f'<table border="1" color="{border}" cellborder="0" cellspacing="0" cellpadding="1" '
        f'bgcolor="{MARKED if edge.highlight else "#FFFFFF"}" style="rounded">{words}'
        '<tr><td align="center">'
        f'<table border="0" cellborder="0" cellspacing="1" cellpadding="0" fixedsize="true" {size}>'
        f"<tr>{cells}</tr></table></td></tr></table>"
    )


def _bar(mixture: tuple[tuple[str, float], ...], fills: list[str]) -> list[tuple[int, str]]:
    """The parts of a softmax bar, in points; a part below half a point is left out.

    With a separator on each side they take the same room, however many there are; where all are
    left out, an empty part does, as Graphviz has no row without one.
    """
    total = sum(share for _, share in mixture) or 1.0
    seen = [(s, fill) for (_, s), fill in zip(mixture, fills) if round(BAR * s / total) >= 1]
    if not seen:
        return [(BAR + len(mixture) - 1, "#FFFFFF")]
    room, shown = BAR + len(mixture) - len(seen), sum(share for share, _ in seen)
    widths = [max(1, int(room * share / shown)) for share, _ in seen]
    widths[widths.index(max(widths))] += room - sum(widths)
    return list(zip(widths, [fill for _, fill in seen]))
