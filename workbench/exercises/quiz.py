"""A quiz: questions with a button an answer; every answer is explained, the wrong ones too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ipywidgets

from workbench import checks
from workbench.exercises.note import Note, folded, marked
from workbench.panels.parts.kernel_connection import watched

# a ring that the chosen answer fills: the state is no matter of colour alone
FREE, CHOSEN = "circle-o", "dot-circle-o"
CSS = """<style>
.wb-answers { gap: 4px; padding: 2px 2px 4px; overflow: visible; }
.wb-answers .jupyter-button { width: auto; max-width: 100%; height: auto; min-height: 28px;
  margin: 0; align-self: flex-start; white-space: normal; text-align: left; line-height: 1.4; }
.wb-answers .jupyter-button:focus-visible { outline: 2px solid #0072B2; outline-offset: 1px; }
</style>"""


@dataclass(frozen=True)
class Question:
    """``options`` maps each answer to why it is right or wrong; ``right`` is one of them.

    Raises ValueError where ``right`` is no option, or where there is nothing to choose.
    """

    text: str
    options: Mapping[str, str]
    right: str

    def __post_init__(self) -> None:
        checks.text("Question: text", self.text, empty=False)
        checks.of_type("Question: options", self.options, Mapping)
        checks.text("Question: right", self.right)
        if self.right not in self.options or len(self.options) < 2:
            raise ValueError(
                f"Question {self.text!r}: right must be one of at least two options, "
                f"got {self.right!r} of {list(self.options)}"
            )


class Quiz:
    """One or more questions, answered by buttons, explained at once. Nothing is scored."""

    def __init__(self, *questions: Question) -> None:
        if not questions:
            raise ValueError("Quiz: expected at least one question, got none")
        for question in questions:
            checks.of_type("Quiz: questions", question, Question)
        self.questions = questions

    def check(self, chosen: str | None, *, question: int = 0) -> Note:
        """What is said to ``chosen`` (None: no answer yet). Raises ValueError for no option."""
        asked = self.questions[question]
        if chosen is None:
            return Note("Not answered yet.", "not attempted")
        if chosen not in asked.options:
            raise ValueError(f"check: expected one of {list(asked.options)}, got {chosen!r}")
        why = asked.options[chosen]
        if chosen == asked.right:
            return Note(f"Right. {why}", "right")
        return Note(f"Not quite. {why}", "not yet")

    @cached_property
    def widget(self) -> ipywidgets.VBox:
        """The live quiz: Tab goes from answer to answer, Space gives it.

        Not radio buttons: JupyterLab keeps their arrow keys for walking through the cells.
        """
        children: list[ipywidgets.Widget] = []
        for number, question in enumerate(self.questions):
            children += self._controls(number, question)
        return watched(*children)

    def _controls(self, number: int, question: Question) -> list[ipywidgets.Widget]:
        buttons = [ipywidgets.Button(description=each, icon=FREE) for each in question.options]
        said = ipywidgets.HTML()

        def answered(pressed: ipywidgets.Button) -> None:
            for button in buttons:
                button.icon = CHOSEN if button is pressed else FREE
            said.value = self.check(pressed.description, question=number)._repr_html_()

        for button in buttons:
            button.on_click(answered)
        text = ipywidgets.HTML(f"{CSS}<b>{marked(question.text)}</b>")
        answers = ipywidgets.VBox(buttons)
        answers.add_class("wb-answers")
        return [text, answers, said]

    def twin(self) -> str:
        """The quiz without a kernel: questions, options, and the answers folded away."""
        return "".join(self._printed(question) for question in self.questions)

    def _printed(self, question: Question) -> str:
        options = "".join(f"<li>{marked(option)}</li>" for option in question.options)
        why = f"<p><b>{marked(question.right)}</b> {marked(question.options[question.right])}</p>"
        asked = f"<b>{marked(question.text)}</b><ul>{options}</ul>"
        return Note("Quiz", details=f"<div>{asked}</div>{folded('answer', why)}")._repr_html_()

    def __repr__(self) -> str:
        return "\n".join(f"Quiz: {question.text}" for question in self.questions)

    def _repr_mimebundle_(self, **how: Any) -> dict[str, Any]:
        shown = dict(self.widget._repr_mimebundle_(**how) or {})
        return {**shown, "text/plain": repr(self), "text/html": self.twin()}
