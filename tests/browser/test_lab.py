"""``workbench lab`` in a real browser: what a learner meets before the first cell runs."""

from __future__ import annotations

import sys

import nbformat
import pytest
from laboratory import Laboratory, Notebook
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PROSE = "A search space says which architectures can be written down at all. " * 12


def test_nothing_asks_and_nothing_stands_in_the_way(
    notebook: Notebook, laboratory: Laboratory
) -> None:
    notebook.open(laboratory.write("plain.ipynb", "import sys", "print(sys.executable)"))
    page = notebook.page
    notebook.run_all()
    expect(page.locator(".jp-OutputArea-output").first).to_contain_text(sys.executable)
    expect(page.locator(".jp-Dialog")).to_have_count(0)  # no kernel to choose
    expect(page.locator(".jp-toast-message, .Toastify__toast")).to_have_count(0)  # no news
    expect(page.locator("#filebrowser")).to_be_hidden()  # the sidebar is shut
    assert notebook.complaints() == []


def test_lines_of_text_are_at_most_75_characters(
    notebook: Notebook, laboratory: Laboratory
) -> None:
    made = nbformat.v4.new_notebook()
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    made.cells = [nbformat.v4.new_markdown_cell(f"{PROSE}\n\n- {PROSE}\n\n> {PROSE}")]
    nbformat.write(made, laboratory.folder / "prose.ipynb")
    notebook.open("prose.ipynb")
    notebook.page.wait_for_selector(".jp-RenderedMarkdown blockquote p")
    lines = notebook.page.evaluate(
        """() => [...document.querySelectorAll('.jp-RenderedMarkdown :is(p, li)')].flatMap(one => {
          const text = [...one.childNodes].find(node => node.nodeType == 3 && node.length > 200);
          if (!text) return [];
          const place = document.createRange(), lines = [];
          let start = 0, last = null;
          for (let i = 0; i < text.length; i++) {
            place.setStart(text, i); place.setEnd(text, i + 1);
            const top = place.getBoundingClientRect().top;
            if (last !== null && top - last > 4) { lines.push(i - start); start = i; }
            last = top;
          }
          return lines;
        })"""
    )
    assert len(lines) > 20
    assert 55 <= max(lines) <= 75


def test_links_to_code_open_it(notebook: Notebook, laboratory: Laboratory) -> None:
    made = nbformat.v4.new_notebook()
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    link = '[the loop](../workbench/search.py#L35 "Elsken et al. 2019, figure 1")'
    made.cells = [nbformat.v4.new_markdown_cell(link)]
    nbformat.write(made, laboratory.folder / "links.ipynb")
    notebook.open("links.ipynb")
    notebook.page.get_by_role("link", name="the loop").click()
    expect(notebook.page.locator(".jp-FileEditor")).to_contain_text("def search(")
    assert notebook.complaints() == []
