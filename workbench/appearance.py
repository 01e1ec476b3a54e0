"""What a reader without a kernel is told by a notebook's outputs, and whether it is still so.

Pictures speak through their alt texts, everything else in lines of text. A run on another day
takes other times, and on another processor rounds otherwise, so numbers are masked: a word with a
digit in it counts as "#".
"""

from __future__ import annotations

import html.parser
import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

# where a browser begins a new line; what stands inside a line is only dressed
BLOCKS = frozenset(
    ("p", "div", "ul", "ol", "li", "tr", "td", "th", "table", "pre", "details", "summary", "br")
)
TIME = re.compile(r"\d[\d.,]*\s?(?:µs|ms|s|min|h|seconds?|minutes?|hours?)\b")
NUMBER = re.compile(r"\S*\d\S*(?: \S*\d\S*)*")


class Reader(html.parser.HTMLParser):
    """Reads HTML into ``lines`` of text and ``alts``, a picture's alt text (None: it has none)."""

    def __init__(self, markup: str = "") -> None:
        super().__init__()
        self.lines, self.alts = [""], list[str | None]()
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A picture's words, or the beginning of a line."""
        if tag == "img":
            self.alts.append(dict(attrs).get("alt"))
        if tag in BLOCKS:
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        """The end of a line."""
        if tag in BLOCKS:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        """Text, which goes on with the present line."""
        first, *more = data.split("\n")
        self.lines[-1] += first
        self.lines += more


def told(cell: Any) -> list[str]:
    """The lines of a code cell's outputs, alt texts among them, in order; blank ones left out."""
    found = (line for output in cell.get("outputs", ()) for line in _lines(output))
    return [line for line in (" ".join(each.split()) for each in found) if line]


def _lines(output: Any) -> Iterator[str]:
    if output.output_type == "stream":
        yield from output.text.splitlines()
    for kind, text in sorted(output.get("data", {}).items()):
        if kind == "text/html":
            reader = Reader(text)
            yield from (f"picture: {alt}" for alt in reader.alts)
            yield from reader.lines
        elif kind.startswith("text/"):
            yield from text.splitlines()


def changes(before: Any, now: Any) -> list[str]:
    """In words, in which code cells of two notebooks the outputs tell something else.

    Where a cell's numbers (times apart) are the same, every word must be. Where they are not, the
    run went another way, and what its lines say of numbers may differ; the others must be the same.
    """
    pairs = zip(before.cells, now.cells, strict=True)
    both = ((one.get("id"), told(one), told(two)) for one, two in pairs if one.cell_type == "code")
    return [f"cell {name}: {_first(a, b)}" for name, a, b in both if not _alike(a, b)]


def _alike(before: list[str], now: list[str]) -> bool:
    if masked(before) == masked(now):
        return True
    return _numbers(before) != _numbers(now) and _fixed(before) == _fixed(now)


def masked(lines: list[str]) -> list[str]:
    """The lines with every word that holds a digit as "#", neighbours as one."""
    return [NUMBER.sub("#", TIME.sub("0", line)) for line in lines]


def _numbers(lines: list[str]) -> list[str]:
    return [number for line in lines for number in re.findall(r"\d+", TIME.sub("", line))]


def _fixed(lines: list[str]) -> list[str]:
    fixed = (line if line == mask else "#" for line, mask in zip(lines, masked(lines)))
    return [line for line, _ in groupby(fixed)]


def _first(before: list[str], now: list[str]) -> str:
    """The first line that differs: as it was, and as it is."""
    length = max(len(before), len(now))
    padded = ([*lines, *["nothing"] * (length - len(lines))] for lines in (before, now))
    return next(f"{a!r} has become {b!r}" for a, b in zip(*padded) if masked([a]) != masked([b]))
