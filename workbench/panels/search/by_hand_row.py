"""The learner as the strategy: a field, "Ask this one", and the history as a prompt.

A search whose ``ByHand`` waits is paused by its own worker, so that nothing spins, a cell that
waits for the panel returns, and Stop works as ever. An answer lets it go on.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from workbench.panels.parts.layout import button, field, line, more, row, stack
from workbench.panels.running.run_plan import Plan
from workbench.panels.running.session import Session
from workbench.records import Batch, Event
from workbench.strategies.by_hand import ByHand
from workbench.strategies.pasted_answer import understood
from workbench.strategies.prompt import prompt

HINT = "an architecture, spelled, or an answer pasted from a language model"
TIP = "Train this architecture as the next trial"
COPY = "One click selects all of it: copy it, give it to a language model, paste what it answers."
PROMPT = (
    f'<p style="margin:0;font-size:12px">{COPY}</p>'
    '<pre tabindex="0" aria-label="the history as a prompt" title="click to select" style="'
    "user-select:all;white-space:pre-wrap;overflow-wrap:anywhere;max-height:220px;overflow-y:auto;"
    'font-size:12px;line-height:1.4;padding:6px;border:1px solid #999">{}</pre>'
)
COMPLETE = (
    "answer: this run has had all of its {} trials: raise trials and fork from its last one (under "
    "the time slider), or Run anew"
)


class YourTurn:
    """A row under the buttons, seen while ``ByHand`` is the strategy that ``plan()`` says.

    ``run()`` starts the search or lets it go on, ``attempt`` does what a button does and shows
    what goes wrong.
    """

    def __init__(
        self,
        session: Session,
        plan: Callable[[], Plan],
        run: Callable[[], None],
        attempt: Callable[[Callable[[], object]], None],
    ) -> None:
        self._session, self._plan, self._run = session, plan, run
        self._answers: deque[Any] = deque()  # that the run at work has not been given yet
        self._gate, self._opened = threading.RLock(), False
        self.text = field(widgets.Textarea(placeholder=HINT, rows=2, description="your next one"))
        self.text.layout.flex, self.text.layout.width = "1 1 300px", "auto"
        self.press = button(
            "Ask this one", lambda: attempt(self._typed), tip=TIP, icon="hand-pointer-o"
        )
        self.said, self.prompt = line(), widgets.HTML()
        self.widget = stack(
            row(self.text, self.press),
            self.said,
            more(self.prompt, title="History as a prompt", opened=self._open),
        )

    # ------------------------------------------------------------ what the learner does

    def answer(self, given: Any) -> Any:
        """The next trial is ``given``, an architecture or a text that spells one; it is returned.

        It starts the search, or lets it go on. While a trial trains, the answer waits for its end.

        Raises ValueError where another strategy is chosen, for what is no architecture, and where
        the run is complete; and as ``run`` does.
        """
        plan, session = self._plan(), self._session
        if not by_hand(plan):
            raise ValueError(f"answer: expected ByHand as the strategy, got {plan.title}")
        tried = [told.candidate.arch for told in session.history.told]
        arch = understood(plan.space, given, tried=tried)
        same = session.now is not None and session.now.plan.recipe == plan.recipe
        if session.state == "finished" and same:
            raise ValueError(COMPLETE.format(plan.total))
        with self._gate:
            busy = session.state == "running" and session.by_hand and session.turn is None
            self._answers.append(arch)
            if same or busy:  # else it is the first of a run that is about to begin
                self._deliver()
        self.said.value = f"next: <code>{escape(plan.space.spell(arch))}</code>"
        if not busy:
            try:
                self._run()
            except Exception:
                self.forget()
                raise
        return arch

    def offer(self, arch: Any) -> None:
        """An architecture that was picked elsewhere is put into the field.

        A ``TableMap``'s: ``map.observe(panel.by_hand.offer)``; a ``SpacePanel`` that is the space
        of this panel needs nothing.
        """
        plan = self._plan()
        if by_hand(plan):
            self.text.value = plan.space.spell(arch)

    def forget(self) -> None:
        """Drop the answers that no run was given."""
        self._answers.clear()
        self.said.value = ""

    def _typed(self) -> None:
        self.answer(self.text.value)
        self.text.value = ""

    # ------------------------------------------------------------ what the run does

    def hear(self, event: Event[Any], otherwise: Callable[[Event[Any]], None]) -> None:
        """Pause where the event says that it is the learner's turn; pass on every other one.

        Called in the thread that pulls.
        """
        if not isinstance(event, Batch) or event.trial is not None or not self._is_waited_for():
            otherwise(event)

    def _is_waited_for(self) -> bool:
        with self._gate:  # an answer given right now either is seen here, or ends the pause
            if self._session.turn is None:
                return False
            if not self._deliver():
                self._session.pause()
        self._renew()
        return True

    def show(self) -> None:
        """Stand there, or not, as the strategy that is chosen says."""
        self.widget.layout.display = None if by_hand(self._plan()) else "none"
        self._renew()

    def _deliver(self) -> bool:
        """Give the answers to the run at work, if there is one; whether any was given."""
        person: ByHand[Any] | None = self._session.by_hand
        waiting = bool(self._answers)
        while person is not None and self._answers:
            person.answer(self._answers.popleft())
        return waiting and person is not None

    def _open(self) -> None:
        self._opened = True
        self._renew()

    def _renew(self) -> None:
        """The prompt, once somebody has looked at it; and no word of what is already asked."""
        if self._session.turn is not None:
            self.said.value = ""
        plan = self._plan()
        if self._opened and by_hand(plan):
            words = prompt(plan.space, self._session.history.told)
            self.prompt.value = PROMPT.format(escape(words))


def by_hand(plan: Plan) -> bool:
    """Whether the learner is the strategy of a plan."""
    maker = plan.parts["strategy"][0] if "strategy" in plan.parts else None
    return isinstance(maker, type) and issubclass(maker, ByHand)
