"""Links of the notebooks: files exist, and a line that computes an equation still says so.

A link to code carries, as its title, the comment that the line it points to must hold:
``[line 35 of `search.py`](../workbench/search.py#L35 "Elsken et al. 2019, figure 1")``.
Its text names the line as well: JupyterLab opens the file, but at its top.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest

from workbench.course import notebooks, originals

LINK = re.compile(
    r"""(?<!!)\[(?P<label>[^\]]+)\]\((?P<target>[^)\s"]+)(?:\s+"(?P<title>[^"]*)")?\)"""
)

pages = sorted([*notebooks(), *originals().glob("*.md")])
every_page = pytest.mark.parametrize("page", pages, ids=lambda page: page.name)


class Link(NamedTuple):
    label: str
    target: str
    title: str


def links(text: str) -> list[Link]:
    """Every Markdown link to a file of the repository, in order."""
    found = (
        Link(match["label"], match["target"], match["title"] or "") for match in LINK.finditer(text)
    )
    return [link for link in found if not re.match(r"[a-z]+:|#", link.target)]


def text_of(page: Path) -> str:
    if page.suffix == ".md":
        return page.read_text(encoding="utf-8")
    cells = nbformat.read(page, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def wrong(link: Link, folder: Path) -> str:
    """What is wrong with a link, "" where nothing is."""
    name, _, place = link.target.partition("#")
    path = folder / name
    if not path.is_file():
        return f"{link.target}: no such file"
    if path.suffix != ".py":
        return ""
    if not re.fullmatch(r"L\d+", place) or not link.title:
        return f"{link.target}: a link to code needs #L and, as its title, the line's comment"
    lines = path.read_text(encoding="utf-8").splitlines()
    line = lines[int(place[1:]) - 1] if int(place[1:]) <= len(lines) else ""
    if link.title not in line.partition("#")[2]:
        now = [i for i, text in enumerate(lines, start=1) if link.title in text.partition("#")[2]]
        return f"{link.target}: expected a comment {link.title!r}; it is now in lines {now}"
    if f"line {place[1:]} of " not in link.label:
        return f"{link.target}: its text must say line {place[1:]} of …, got {link.label!r}"
    return ""


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    found = [wrong(link, page.parent) for link in links(text_of(page))]
    assert [problem for problem in found if problem] == []


@pytest.mark.parametrize("page", notebooks(), ids=lambda page: page.name)
def test_every_notebook_links_its_equation_and_the_glossary(page: Path) -> None:
    targets = [link.target for link in links(text_of(page))]
    assert any(target.startswith("../workbench/") for target in targets)
    assert "GLOSSARY.md" in targets


def test_the_links_test_can_fail(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1  # eq. 1\ny = 2\n", encoding="utf-8")
    cases = {
        '[line 1 of a.py](a.py#L1 "eq. 1")': "",
        '[this line of a.py](a.py#L1 "eq. 1")': "must say line 1",
        '[line 11 of a.py](a.py#L1 "eq. 1")': "must say line 1",
        '[moved](a.py#L2 "eq. 1")': "expected a comment",
        '[gone](a.py#L9 "eq. 1")': "expected a comment",
        '[code is no comment](a.py#L1 "x = 1")': "expected a comment",
        "[bare](a.py)": "needs #L",
        '[lost](b.py#L1 "eq. 1")': "no such file",
        "[lost](02_b.ipynb)": "no such file",
    }
    for text, expected in cases.items():
        (link,) = links(text)
        said = wrong(link, tmp_path)
        assert (expected in said) if expected else said == "", text
    assert links("[web](https://a.org) ![picture](a.png) [here](#there)") == []
