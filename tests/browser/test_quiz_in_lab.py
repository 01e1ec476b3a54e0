"""A quiz answered without a mouse: JupyterLab has its own ideas about keys."""

from __future__ import annotations

import pytest
from laboratory import Laboratory, Notebook
from playwright.sync_api import Locator, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

QUIZ = """\
from workbench.exercises import introduction as lesson
lesson.which_part"""
ACTIVE = """() => [...document.querySelectorAll('.jp-Notebook .jp-Cell')]
  .findIndex(cell => cell.classList.contains('jp-mod-active'))"""

BEFORE = 12  # the cell's own toolbar may be there by then, and its buttons come first


def tab_to(button: Locator) -> None:
    for _ in range(BEFORE):
        button.page.keyboard.press("Tab")
        if button.evaluate("each => each === document.activeElement"):
            return
    expect(button).to_be_focused()


@pytest.mark.parametrize("key", ["Space", "Enter"])
def test_tab_and_a_key_answer_and_the_cell_stays(
    key: str, notebook: Notebook, laboratory: Laboratory
) -> None:
    notebook.open(laboratory.write("quiz.ipynb", "1 + 1", QUIZ, "2 + 2"))
    notebook.run_all()
    page = notebook.page
    cell = page.locator(".jp-CodeCell").nth(1)
    cell.locator(".jp-InputPrompt").click()  # command mode, as after Shift-Enter
    answers = cell.locator(".wb-answers button")
    expect(answers).to_have_count(3)
    for number in range(3):
        tab_to(answers.nth(number))
        page.keyboard.press(key)
        sign = "Right" if number == 0 else "Not quite"
        expect(cell.locator(".wb-card")).to_contain_text(sign)
        expect(cell.locator(".wb-answers .fa-dot-circle-o")).to_have_count(1)
        expect(answers.nth(number).locator(".fa-dot-circle-o")).to_have_count(1)
        expect(answers.nth(number)).to_be_focused()
        assert page.evaluate(ACTIVE) == 1
    assert notebook.complaints() == []
