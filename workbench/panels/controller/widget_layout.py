"""What a ``ControllerPanel`` looks like: its controls, and where its pictures stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from workbench.panels.parts.layout import (
    button,
    column,
    field,
    lay,
    line,
    more,
    panel,
    row,
    sheet,
    slider,
    wrap,
)
from workbench.panels.running.worker_thread import State

DRAW = "drawn"  # of the menu that forces an option: it is not forced


class ControllerLayout:
    """The widgets; ``at``, ``update`` and ``option`` are called with what a learner has set.

    ``updates`` are those that one can go to; one alone needs no slider.
    """

    def __init__(
        self,
        *,
        step: Callable[[], None],
        run: Callable[[], None],
        fresh: Callable[[], None],
        at: Callable[[int], None],
        update: Callable[[int], None],
        option: Callable[[int], None],
        updates: Sequence[int],
    ) -> None:
        self._quiet = False
        self.step = button(
            "Step 1 decision", step, tip="Draw the next decision", icon="step-forward"
        )
        self.run = button(
            "Run to the end", run, tip="Draw all that are left", icon="play", primary=True
        )
        self.run.layout.min_width = "132px"  # "Pause" fits too: the others stand still
        self.fresh = button(
            "New architecture", fresh, tip="Begin another one, with new dice", icon="refresh"
        )
        self.at = slider(widgets.IntSlider(0, min=0, max=1, description="decisions"), label=72)
        self.at.tooltip = "Go back to any decision of this architecture; nothing is drawn anew"
        self.update = slider(
            widgets.SelectionSlider(
                options=[(_said(each), each) for each in updates],
                value=updates[-1],
                description="updates",
                continuous_update=True,
            ),
            label=72,
        )
        self.update.tooltip = "The controller as it was after so many updates; decisions stay"
        self.option = field(widgets.Dropdown(options=(DRAW,), description="this decision is"))
        self.option.tooltip = "Take an option yourself; later decisions stay where they can"
        self.words, self.unrolled = line(), sheet()
        self.bars, self.beside = sheet(), sheet()
        self.words.add_class("wb-status")
        self.unrolled.add_class("wb-unrolled")
        self.bars.add_class("wb-softmax")
        for control, told in ((self.at, at), (self.update, update), (self.option, option)):
            control.observe(self._heard(control, told), "value")
        if len(updates) == 1:
            lay(self.update, display="none")
        self.widget = panel(
            row(self.step, self.run, self.fresh),
            self.at,
            self.update,
            self.words,
            self.unrolled,
            wrap(column(self.bars), column(self.beside)),
            more(row(self.option)),
        )
        self.widget.add_class("wb-controller")

    def show(self, *, at: int, known: int, options: Sequence[str], taken: int | None) -> None:
        """Where the sliders stand, and what this decision may be; nobody is told."""
        self._quiet = True
        try:
            self.at.max = max(1, known, self.at.value)
            self.at.value = at
            self.at.max = max(1, known)
            self.option.options = [(DRAW, -1), *((each, i) for i, each in enumerate(options))]
            self.option.value = -1 if taken is None else taken
            self.option.disabled = not options
        finally:
            self._quiet = False

    def state(self, state: State, *, ended: bool) -> None:
        """Say what the buttons would do."""
        running = state == "running"
        self.run.description = "Pause" if running else "Run to the end"
        self.run.icon = "pause" if running else "play"
        self.run.button_style = "" if running else "primary"
        self.step.disabled, self.run.disabled = ended or running, ended and not running

    def _heard(self, control: Any, told: Callable[[int], None]) -> Callable[[Any], None]:
        def heard(change: Any) -> None:
            if not self._quiet and isinstance(change["new"], int):
                told(int(change["new"]))

        return heard


def _said(update: int) -> str:
    return "before any" if update == 0 else f"after {update:,}"
