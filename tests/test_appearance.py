"""What a notebook's outputs tell a reader, and when that counts as changed."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

from workbench.appearance import Reader, changes, masked, told

CARD = """<div class="wb-card"><div style="x">Best so <b>far</b></div><img alt="A curve.
Best 98.9 %." src="data:,x"></div><p>finished &amp; done</p><pre>x = 1
y = 2</pre>"""


def notebook(*texts: str, kind: str = "text/plain") -> Any:
    made = nbformat.v4.new_notebook()
    made.cells = [nbformat.v4.new_markdown_cell("# Title")]
    for number, text in enumerate(texts):
        output = nbformat.v4.new_output("display_data", data={kind: text})
        made.cells.append(nbformat.v4.new_code_cell("show", outputs=[output], id=f"c{number}"))
    return made


def test_lines_are_what_a_browser_shows() -> None:
    assert told(notebook(CARD, kind="text/html").cells[1]) == [
        "picture: A curve. Best 98.9 %.",
        "Best so far",
        "finished & done",
        "x = 1",
        "y = 2",
    ]
    printed = nbformat.v4.new_output("stream", text="one\n\n  two   three\n")
    assert told(nbformat.v4.new_code_cell(outputs=[printed])) == ["one", "two three"]


def test_a_picture_without_words_is_known() -> None:
    assert Reader("<p><img src='x'><img alt=''><img alt='seen'></p>").alts == [None, "", "seen"]


@pytest.mark.parametrize(
    ("line", "mask"),
    [
        ("best 98.9 % (trial 17)", "best # % (trial #"),
        ("finished in 12.3 s of training", "finished in # of training"),
        ("finished in 3 min 20 s of training", "finished in # of training"),
        ("for 25 seconds", "for #"),
        ("conv3x3:8-conv3x3:16/2-fc0", "#"),
        ("4 samples", "# samples"),
        ("no number", "no number"),
    ],
)
def test_masks(line: str, mask: str) -> None:
    assert masked([line]) == [mask]


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        ("best 98.9 %", "best 98.7 %", True),
        ("took 12.3 s", "took 1 min 02 s", True),
        ("best 98.9 % of 20", "highest 98.9 % of 20", False),
        ("best 98.9 %, took 3 s", "highest 98.9 %, took 4 s", False),  # times are no numbers
        # the run went another way: another winner is drawn, but what is said without a number stays
        ("best 98.9 %\nchain of pooling (4 nodes)", "best 98.7 %\nchain of conv (5 nodes)", True),
        ("Being tried\nbest 98.9 %", "Tried last\nbest 98.7 %", False),
        ("best 98.9 %\nat 3", "best 98.7 %\nat 4\nat 7", True),
        ("best 98.9 %", "best 98.9 %\nmore", False),
        ("best 98.9 %", "", False),
    ],
)
def test_changes(before: str, now: str, same: bool) -> None:
    found = changes(notebook("x", before), notebook("x", now))
    assert (found == []) is same
    assert all(text.startswith("cell c1: ") for text in found)


def test_a_change_is_told_by_its_first_line() -> None:
    (text,) = changes(notebook("a\nb 1"), notebook("a\nc 1\nd"))
    assert text == "cell c0: 'b 1' has become 'c 1'"
    (text,) = changes(notebook("a"), notebook("a\nb"))
    assert text == "cell c0: 'nothing' has become 'b'"
