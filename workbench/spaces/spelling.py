"""How cells are written in one line of text, for NASNet's and DARTS's alike.

``normal: sep_conv_5x5 c[k-1] + sep_conv_3x3 c[k-2] | … || reduction: …``: a term is an operation
and the state it reads; " + " adds two terms, " ++ " concatenates them; blocks (or nodes) are
parted by " | ", cells by " || ". " -> " names the states of an explicit output.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

KINDS = ("normal", "reduction")
SIGNS = {"add": "+", "concat": "++"}


class Pair(NamedTuple):
    """Two states, what is done to each, and how the results are combined."""

    first: str
    second: str
    first_operation: str
    second_operation: str
    combination: str = "add"


def spell_cell(kind: str, pairs: Iterable[Pair], output: tuple[str, ...] | None = None) -> str:
    """One cell's text."""
    texts = [
        f"{p.first_operation} {p.first} {SIGNS[p.combination]} {p.second_operation} {p.second}"
        for p in pairs
    ]
    end = "" if output is None else " -> " + ", ".join(output)
    return f"{kind}: " + " | ".join(texts) + end


def parse_cells(text: str) -> list[tuple[list[Pair], tuple[str, ...] | None]]:
    """Each cell's pairs and explicit output (None: none given), normal cell first.

    Raises ValueError that names the cell, the block and what was expected there.
    """
    parts = text.split(" || ")
    if len(parts) != len(KINDS):
        raise ValueError(f"cells {text!r}: expected 'normal: … || reduction: …'")
    return [_parse_cell(part, kind) for part, kind in zip(parts, KINDS)]


def _parse_cell(text: str, kind: str) -> tuple[list[Pair], tuple[str, ...] | None]:
    start = f"{kind}: "
    if not text.startswith(start):
        raise ValueError(f"{kind} cell {text!r}: expected it to begin with {start!r}")
    body, arrow, end = text.removeprefix(start).partition(" -> ")
    pairs = [
        _parse_pair(words, f"{kind} cell, block {i}")
        for i, words in enumerate(body.split(" | "), start=1)
    ]
    return pairs, tuple(end.split(", ")) if arrow else None


def _parse_pair(text: str, where: str) -> Pair:
    words = text.split(" ")
    combinations = {sign: name for name, sign in SIGNS.items()}
    if len(words) != 5 or words[2] not in combinations:
        raise ValueError(
            f"{where} is {text!r}, expected 'operation state + operation state' "
            "(++ to concatenate), such as 'sep_conv_3x3 c[k-1] + identity c[k-2]'"
        )
    return Pair(words[1], words[4], words[0], words[3], combinations[words[2]])
