"""From the settings, as they stand in a form, to the plan of a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench import checks
from workbench.data.images import ImageData
from workbench.panels.running.run_plan import MethodPlan, Plan, SearchPlan
from workbench.panels.search.settings_form import SettingsForm


class Planner:
    """``space()`` gives the space as it is set now; ``yours`` is an architecture, or its panel."""

    def __init__(
        self, form: SettingsForm, space: Callable[[], Any], data: ImageData, yours: Any
    ) -> None:
        checks.of_type("SearchPanel: data", data, ImageData)
        self._form, self._space, self._data, self._yours = form, space, data, yours
        self._said: Plan | None = None  # what the settings said when all of them were values

    def plan(self) -> Plan:
        """What the settings say; while one of them is no value, what they said before."""
        if self._form.readable or self._said is None:
            self._said = self._read()
        return self._said

    def faults(self) -> list[str]:
        """All that is wrong with the settings, one line each."""
        return self._form.faults() + (self.plan().faults() if self._form.readable else [])

    def faultless(self) -> Plan:
        """What the settings say. Raises ValueError where something is wrong with them."""
        faults = self.faults()
        if faults:
            raise ValueError("; ".join(faults))
        return self.plan()

    def _read(self) -> Plan:
        form, space = self._form, self._space()
        if form.trials is None:
            return MethodPlan(space, self._data, form.seed, form.chosen("method"))
        yours = getattr(self._yours, "arch", self._yours)
        return SearchPlan(
            space,
            self._data,
            form.seed,
            form.chosen("strategy"),
            form.chosen("estimator"),
            form.trials,
            () if yours is None else (yours,),
        )
