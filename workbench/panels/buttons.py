"""Run ↔ Pause, Step, Stop: the buttons of anything that a ``Runner`` pulls."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from workbench.panels.layout import button, field, row
from workbench.panels.runner import AT_WORK, State

GO = "Start the search, or go on"


class RunButtons:
    """Three buttons, plus ``unit`` (what a step is) and ``reset``, which belong under More.

    The callbacks only set flags or start a thread. ``show(state)`` makes the buttons say what
    they would do next.
    """

    def __init__(
        self,
        *,
        run: Callable[[], None],
        step: Callable[[], None],
        stop: Callable[[], None],
        reset: Callable[[], None],
        units: Sequence[str] = ("batch", "epoch", "trial"),
        unit: str = "epoch",
    ) -> None:
        self.run = button("Run", run, tip=GO, icon="play", primary=True)
        self.step = button("Step", step, tip="Run one step, then pause", icon="step-forward")
        self.stop = button("Stop", stop, tip="End it; Run goes on from its log", icon="stop")
        self.reset = button("Reset", reset, tip="Forget all runs; their logs stay", icon="undo")
        self.unit = field(widgets.Dropdown(options=units, value=unit, description="one step is a"))
        self.unit.observe(lambda change: self._name_step(), "value")
        self.widget = row(self.run, self.step, self.stop)
        self._name_step()
        self.show("idle")

    def show(self, state: State) -> None:
        """Say what each button would do in this state."""
        running = state == "running"
        self.run.description, self.run.icon = ("Pause", "pause") if running else ("Run", "play")
        self.run.tooltip = "Pause after this batch" if running else GO
        self.run.button_style = "" if running else "primary"
        self.run.disabled = self.step.disabled = self.reset.disabled = state == "stopping"
        self.stop.disabled = state not in AT_WORK or state == "stopping"

    def _name_step(self) -> None:
        self.step.description = f"Step 1 {self.unit.value}"
