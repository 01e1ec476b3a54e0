"""The controls of a race: its budget and seeds, and what of it is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from workbench.history.laps import Axis
from workbench.panels.comparison.curve_kinds import CURVES, REGRET, Curve
from workbench.panels.parts.layout import choice, field, lay
from workbench.panels.parts.setting_controls import number_control

RANGES = {"seeds": (1, 10_000), "trials": (1, 10**6), "seconds": (0, 10**9)}
AXES: dict[str, Axis] = {"trials": "trials", "simulated seconds": "seconds"}


class RaceSettings:
    """``changed()`` is called when what is to be run changes, ``looked()`` when what is shown does.

    ``seeds``, ``trials`` and ``seconds`` (0: no limit) are numbers to type.
    """

    def __init__(
        self,
        *,
        seeds: int,
        trials: int,
        seconds: int | float | None,
        curves: Sequence[str],
        changed: Callable[[], None],
        looked: Callable[[], None],
    ) -> None:
        given = {"seeds": seeds, "trials": trials, "seconds": seconds or 0}
        words = {"seconds": "simulated seconds (0: no limit)"}
        self._numbers = {
            name: number_control(each, within=RANGES[name], description=words.get(name, name))
            for name, each in given.items()
        }
        for each in self._numbers.values():
            field(each.widget, width=100)
            each.observe(changed)
        self._first = given
        self.curves = choice("curve", curves)
        self.axis = choice("x axis", tuple(AXES))
        if seconds:  # who may spend seconds is compared by them
            self.axis.value = "simulated seconds"
        self.log = widgets.Checkbox(True, description="log scale", indent=False)
        self.log.tooltip = "A logarithmic axis of regret; accuracies have a plain one"
        lay(self.log, width="auto")
        self._looked, self._quiet = looked, False
        for each in (self.curves, self.axis, self.log):
            each.observe(lambda change: self._look(), "value")
        self.log.disabled = not self.curve.regret

    def _look(self) -> None:
        self.log.disabled = not self.curve.regret
        if not self._quiet:
            self._looked()

    def offer(self, curves: Sequence[str]) -> None:
        """Let a learner choose between these curves."""
        if tuple(self.curves.options) == tuple(curves):
            return
        before = self.curves.value
        self._quiet = True
        try:
            self.curves.options = tuple(curves)
            self.curves.value = before if before in curves else curves[0]
        finally:
            self._quiet = False
        self.log.disabled = not self.curve.regret

    @property
    def seeds(self) -> widgets.Widget:
        """The control of how many seeds."""
        return self._numbers["seeds"].widget

    @property
    def trials(self) -> widgets.Widget:
        """The control of how many trials a lap has."""
        return self._numbers["trials"].widget

    @property
    def seconds(self) -> widgets.Widget:
        """The control of how many simulated seconds a lap may take."""
        return self._numbers["seconds"].widget

    @property
    def budget(self) -> tuple[int, int, int | float | None]:
        """Seeds, trials, simulated seconds (None: no limit). Raises ValueError for no numbers."""
        seeds, trials, seconds = (self._numbers[name].value for name in RANGES)
        return int(seeds), int(trials), float(seconds) or None

    def faults(self) -> list[str]:
        """What was expected where what was typed is no value, one line each."""
        return [fault for each in self._numbers.values() if (fault := each.fault)]

    @property
    def curve(self) -> Curve:
        """Which curve is shown."""
        return CURVES[self.curves.value or REGRET]

    @property
    def by(self) -> Axis:
        """What the x axis counts."""
        return AXES[self.axis.value]

    def restore(self) -> None:
        """The numbers as the notebook gave them."""
        for name, each in self._numbers.items():
            each.value = self._first[name]
