"""Links of the notebooks: files exist, and a line that computes an equation still says so."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from workbench.course import notebooks, originals
from workbench.links import links, renewed, wrong
from workbench.rendering import renew_links

pages = sorted([*notebooks(), *originals().glob("*.md")])
every_page = pytest.mark.parametrize("page", pages, ids=lambda page: page.name)


def text_of(page: Path) -> str:
    if page.suffix == ".md":
        return page.read_text(encoding="utf-8")
    cells = nbformat.read(page, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    found = [wrong(link, page.parent) for link in links(text_of(page))]
    assert [problem for problem in found if problem] == []


def places(text: str) -> set[str]:
    """Where a link into a page of Markdown can lead: its headings, and what has an id."""
    heads = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    slugs = {re.sub(r"[^\w -]", "", head).strip().lower().replace(" ", "-") for head in heads}
    return slugs | set(re.findall(r'<a id="([^"]+)"></a>', text))


def lost(text: str, folder: Path) -> list[str]:
    """The links of ``text`` to a place that the page they name has not."""
    found = [link for link in links(text) if link.file.endswith(".md") and "#" in link.target]
    return [
        link.target
        for link in found
        if link.target.partition("#")[2]
        not in places((folder / link.file).read_text(encoding="utf-8"))
    ]


@every_page
def test_links_into_a_page_lead_to_a_place_of_it(page: Path) -> None:
    assert lost(text_of(page), page.parent) == []


def test_a_lost_place_is_found(tmp_path: Path) -> None:
    (tmp_path / "A.md").write_text('## Short forms\n\n| <a id="cell"></a>**cell** |\n')
    text = "[a](A.md#cell) [b](A.md#short-forms) [c](A.md) [d](A.md#cells) [e](A.md#short)"
    assert lost(text, tmp_path) == ["A.md#cells", "A.md#short"]


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


# ------------------------------------------------------------------ renewed

MOVED = "import math\n\n\nx = 1  # eq. 1\n"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A folder of texts beside a package, as in the repository."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "house" / "room").mkdir(parents=True)
    (tmp_path / "house" / "a.py").write_text(MOVED, encoding="utf-8")
    (tmp_path / "house" / "room" / "b.py").write_text("y = 2  # eq. 2\n", encoding="utf-8")
    return tmp_path / "notebooks"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[line 1 of `a.py`](../house/a.py#L1 "eq. 1")', "[line 4 of `a.py`](../house/a.py#L4"),
        ('[line 9 of `a.py`](../house/a.py#L9 "eq. 1")', "[line 4 of `a.py`](../house/a.py#L4"),
        ('[line 4 of `a.py`](../house/a.py#L4 "eq. 1")', "[line 4 of `a.py`](../house/a.py#L4"),
        (
            '[line 7 of `a.py`](../house/a.py#L7 "eq. 2")',
            "[line 1 of `b.py`](../house/room/b.py#L1",
        ),
        (
            '[line 7 of `c.py`](../house/c.py#L7 "eq. 2")',
            "[line 1 of `b.py`](../house/room/b.py#L1",
        ),
        ("[here](GLOSSARY.md), [web](https://a.org/b.py#L3), $f(x)$", "[here](GLOSSARY.md), [web]"),
        ("[bare](../house/a.py)", "[bare](../house/a.py)"),
    ],
)
def test_a_link_follows_its_line(course: Path, before: str, after: str) -> None:
    new = renewed(f"See {before} there.", course)
    assert new.startswith(f"See {after}")
    assert new.endswith(" there.")
    assert renewed(new, course) == new
    code = [link for link in links(new) if link.line]
    assert [wrong(link, course) for link in code] == ["" for _ in code]


def test_a_line_that_has_gone_or_is_there_twice_is_for_the_author(course: Path) -> None:
    with pytest.raises(ValueError, match=r"one line with the comment 'eq. 9', found nowhere"):
        renewed('[line 1 of `a.py`](../house/a.py#L1 "eq. 9")', course)
    with pytest.raises(ValueError, match=r"found \['a.py, line 4', 'b.py, line 1'\]"):
        renewed('[line 1 of `c.py`](../house/c.py#L1 "eq. ")', course)


def test_renewing_keeps_outputs_and_what_made_them(course: Path) -> None:
    notebook = nbformat.v4.new_notebook(metadata={"workbench": {"numbers": "n", "looks": "l"}})
    said = nbformat.v4.new_output("stream", text="42\n")
    link = '[line 1 of `a.py`](../house/a.py#L1 "eq. 1")'
    notebook.cells = [
        nbformat.v4.new_markdown_cell(link),
        nbformat.v4.new_code_cell(f"print(42)  # {link}", outputs=[said]),
    ]
    path = course / "00_first.ipynb"
    nbformat.write(notebook, path)
    assert renew_links(path)
    assert not renew_links(path)
    now = nbformat.read(path, as_version=4)
    assert "#L4" in now.cells[0].source
    assert now.cells[1] == notebook.cells[1]
    assert now.metadata == notebook.metadata
    page = course / "GLOSSARY.md"
    page.write_text(f"- {link}\n", encoding="utf-8")
    assert renew_links(page)
    assert "[line 4 of `a.py`](../house/a.py#L4" in page.read_text(encoding="utf-8")
