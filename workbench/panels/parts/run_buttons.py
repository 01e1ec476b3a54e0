"""Run ↔ Pause, Step, Stop: the buttons of anything that a ``Runner`` pulls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeAlias

import ipywidgets as widgets

from workbench.panels.parts.layout import button, field, row
from workbench.panels.running.worker_thread import AT_WORK, State

Next: TypeAlias = Literal["Run", "Continue", "Run anew"]

TIPS: Mapping[str, str] = {
    "Run": "Start the search",
    "Continue": "Go on where it stands",
    "Run anew": "Start again from the first trial; the run that is shown stays to compare with",
    "Pause": "Pause after this batch",
}


class RunButtons:
    """Three buttons, plus those that belong under More.

    ``unit`` says what a step is, ``clear`` forgets the runs, ``restore`` brings the settings back
    that the notebook gave. ``tips`` say what Run does where that is no search.

    The callbacks only set flags or start a thread. ``show(state)`` makes the buttons say what
    they would do next.
    """

    def __init__(
        self,
        *,
        run: Callable[[], None],
        step: Callable[[], None],
        stop: Callable[[], None],
        clear: Callable[[], None],
        restore: Callable[[], None],
        units: Sequence[str] = ("batch", "epoch", "trial"),
        unit: str = "epoch",
        tips: Mapping[str, str] = TIPS,
    ) -> None:
        self._tips = tips
        self.run = button("Run", run, tip=tips["Run"], icon="play", primary=True)
        self.run.layout.min_width = "104px"  # "Continue" fits too: the others stand still
        self.step = button("Step", step, tip="Run one step, then pause", icon="step-forward")
        self.stop = button("Stop", stop, tip="End it; Continue goes on from its log", icon="stop")
        self.clear = button("Clear runs", clear, tip="Forget this panel's runs; their logs stay")
        self.restore = button(
            "Notebook's settings", restore, tip="Every setting as the notebook gave it; runs stay"
        )
        self.unit = field(widgets.Dropdown(options=units, value=unit, description="one step is a"))
        self.unit.observe(lambda change: self._name_step(), "value")
        self.widget = row(self.run, self.step, self.stop)
        self._name_step()
        self.show("idle")

    def show(self, state: State, then: Next = "Run") -> None:
        """Say what each button would do in this state; ``then``: what Run would, at rest."""
        running = state == "running"
        self.run.description = "Pause" if running else then
        self.run.icon = "pause" if running else "play"
        self.run.tooltip = self._tips[self.run.description]
        self.run.button_style = "" if running else "primary"
        self.run.disabled = self.step.disabled = self.clear.disabled = state == "stopping"
        self.stop.disabled = state not in AT_WORK or state == "stopping"

    def _name_step(self) -> None:
        self.step.description = f"Step 1 {self.unit.value}"
