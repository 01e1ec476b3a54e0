"""Back to any trial or epoch of a run: a slider, Play, and a fork from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import ipywidgets as widgets

from workbench.panels.parts.layout import button, lay, line, row

WHOLE = 20_000  # milliseconds that Play takes for a whole run, where its steps allow that
STEPS = 120, 500  # milliseconds: the shortest and the longest step of Play


class TimeSlider:
    """``trial`` is where it stands: the run as it was when that trial had been told; None: now.

    ``moved()`` is called after each move of the learner's, ``fork(trial)`` when the button is
    pressed (None: there is no such button). While it stands at the end it goes along with a run
    (``extend``). ``unit`` "epoch": a step is an epoch instead of a trial.
    """

    def __init__(
        self,
        *,
        moved: Callable[[], None],
        fork: Callable[[int], None] | None,
        unit: Literal["trial", "epoch"] = "trial",
    ) -> None:
        self._moved, self._fork_from, self._unit = moved, fork, unit
        self._told: tuple[int, ...] = ()
        self._quiet = False
        self.slider = widgets.IntSlider(
            1, min=1, max=1, description="as it was", readout=False, continuous_update=True
        )
        self.slider.tooltip = f"Go back to any {unit} of this run; nothing is trained anew"
        self.slider.style.description_width = "auto"
        lay(self.slider, flex="1 1 160px", min_width="0", width="auto")
        self.play = widgets.Play(1, min=1, max=1, show_repeat=False)
        self.play.layout.width = "auto"
        self._link = widgets.jslink((self.play, "value"), (self.slider, "value"))
        self.words = line()
        self.fork = button(
            "Fork here", self._press, icon="code-fork",
            tip="A new run from this trial on, with the settings as they stand; this one stays",
        )  # fmt: skip
        self.slider.observe(lambda change: self._slid(), "value")
        forks = [] if fork is None else [self.fork]
        self.widget = row(self.play, self.slider, self.words, *forks)
        self.widget.add_class("wb-time")
        self.widget.layout.display = "none"  # until there is somewhere to go

    @property
    def trial(self) -> int | None:
        """The trial after which the run is shown; None: as it is now."""
        place = int(self.slider.value)
        return self._told[place - 1] if place < len(self._told) else None

    def extend(self, told: Sequence[int]) -> None:
        """The trials told so far, in their order; fewer than two: there is nowhere to go."""
        if tuple(told) == self._told:
            return
        live = self.trial is None
        self._told, end = tuple(told), max(1, len(told))
        self._quiet = True
        try:
            for each in (self.slider, self.play):
                each.value = min(each.value, end)
                each.max = end
            self.play.interval = min(max(WHOLE // end, STEPS[0]), STEPS[1])
            if live:
                self.slider.value = self.play.value = end
        finally:
            self._quiet = False
        self.widget.layout.display = None if len(told) > 1 else "none"
        self._say()

    def _say(self) -> None:
        trial, count = self.trial, len(self._told)
        ended = f"{count} told" if self._unit == "trial" else f"{count} ended"
        self.words.value = "now" if trial is None else f"after {self._unit} {trial} ({ended})"
        self.fork.disabled = trial is None

    def _slid(self) -> None:
        if not self._quiet:
            self._say()
            self._moved()

    def _press(self) -> None:
        if self.trial is not None and self._fork_from is not None:
            self._fork_from(self.trial)
