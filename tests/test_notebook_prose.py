"""The notebooks' prose and shape, as far as a machine can hold it to the rules."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Any

import nbformat
import pytest

from workbench.course import notebooks

WORDS = range(1200, 2001)
CELLS = range(35, 61)
SENTENCE = 20  # words, on average
BANNED = re.compile(r"\b(simply|just do|obviously|trivial(ly)?)\b", re.IGNORECASE)
LAUNCH = re.compile(r"^\s*(\w+)\.run\(\)", re.MULTILINE)

every_notebook = pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)


def prose(notebook: Any) -> str:
    """The Markdown without formulas, code, addresses and marks of layout."""
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    for code in (r"\$\$.*?\$\$", r"\$[^$]*\$", r"```.*?```"):
        text = re.sub(code, " x ", text, flags=re.DOTALL)
    text = re.sub(r"`[^`]*`", "x", text)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    return re.sub(r"[*_\[\]>]", "", text)


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:[’'-][^\W_]+)*", text)


def sentences(text: str) -> list[str]:
    """Sentences of running text: no tables, no headings; a list's item is one."""
    lines = [re.sub(r"^\s*([-*]|\d+\.)\s+", "", line) for line in text.split("\n")]
    kept = [line for line in lines if not line.lstrip().startswith(("#", "|"))]
    parts = re.split(r"(?<=[.!?:])\s+|\n\s*\n", "\n".join(kept))
    return [part for part in parts if len(words(part)) > 1]


def headings(path: Path) -> set[str]:
    text = "\n".join(
        cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type != "code"
    )
    found = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"^Exercise \d: ", "", heading) for heading in found}


@every_notebook
def test_length_and_sentences(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    text = prose(notebook)
    assert len(words(text)) in WORDS
    assert len(notebook.cells) in CELLS
    assert mean(len(words(sentence)) for sentence in sentences(text)) <= SENTENCE
    assert BANNED.findall(text) == []


@every_notebook
def test_whoever_launches_waits(path: Path) -> None:
    """Under Run All a kernel may end with its last cell: nobody may leave a run behind."""
    code = [
        cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"
    ]
    for i, source in enumerate(code):
        for panel in LAUNCH.findall(source):
            assert any(f"{panel}.wait()" in later for later in code[i : i + 2]), panel


def test_consecutive_notebooks_open_and_head_differently() -> None:
    for one, two in pairwise(notebooks()):
        assert headings(one) & headings(two) == set(), f"{one.stem} and {two.stem}"


def test_the_rules_can_fail() -> None:
    assert BANNED.search("You simply run it.")
    text = "# A title\n\nOne two three. Four five!\n\n- six seven\n| a b | c d |\n"
    assert [len(words(sentence)) for sentence in sentences(text)] == [3, 2, 2]
    cells = [nbformat.v4.new_markdown_cell("A *b* `c d` $e = f$ [g h](http://i) **j**")]
    assert len(words(prose(nbformat.v4.new_notebook(cells=cells)))) == 7
