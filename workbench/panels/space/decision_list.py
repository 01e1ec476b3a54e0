"""A control for every decision that an architecture's walk meets: one row a layer, in a list.

Controls are kept and used again: when a change makes the walk meet other decisions, only those
that are new are made, and only rows that changed are sent to the page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from numbers import Number
from typing import Any

import ipywidgets as widgets

from workbench.panels.parts import layout
from workbench.records import Decision

Steps = Sequence[tuple[Decision, int]]


class DecisionList:
    """The rows of controls; ``widget`` holds them.

    ``choose(name, index)`` is called when a learner picks another option. ``seen`` and ``locked``
    say of a decision whether it is shown, and whether it can only be looked at.
    """

    def __init__(
        self,
        choose: Callable[[str, int], None],
        *,
        seen: Callable[[Decision], bool] = lambda decision: True,
        locked: Callable[[Decision], bool] = lambda decision: False,
        height: int = 330,
    ) -> None:
        self._choose, self._seen, self._locked = choose, seen, locked
        self._controls: dict[str, widgets.Widget] = {}
        self._options: dict[str, tuple[Any, ...]] = {}
        self._rows: dict[str, tuple[widgets.HBox, widgets.HBox]] = {}
        self._reasons: dict[str, widgets.HTML] = {}
        self._quiet = False
        self._single = widgets.VBox(layout=widgets.Layout(display="none"))
        self._list = widgets.VBox(layout=widgets.Layout(max_height=f"{height}px", display="none"))
        self._single.add_class("wb-stack")
        self._list.add_class("wb-list")
        self.widget = layout.stack(self._single, self._list)

    def show(self, steps: Steps) -> None:
        """Make the controls say what an architecture's decisions are."""
        self._quiet = True
        try:
            alone, groups = list[widgets.Widget](), dict[str, list[widgets.Widget]]()
            for decision, index in filter(lambda step: self._seen(step[0]), steps):
                group = decision.name.rpartition(" / ")[0]
                place = groups.setdefault(group, []) if group else alone
                place += [self._control(decision, index), *self._why(decision)]
            rows = [self._row(group, controls) for group, controls in groups.items()]
            _hold(self._single, alone)
            _hold(self._list, rows)
        finally:
            self._quiet = False

    def control(self, name: str) -> widgets.Widget:
        """The control of a decision that has been met. Raises KeyError for any other."""
        return self._controls[name]

    def _control(self, decision: Decision, index: int) -> widgets.Widget:
        name = decision.name
        if name not in self._controls:
            self._controls[name] = self._made(decision, index)
        control = self._controls[name]
        if self._options[name] != decision.options:
            self._options[name] = decision.options
            control.options = _worded(decision)
        control.disabled = self._locked(decision) or len(decision.options) == 1
        value = bool(index) if isinstance(control, widgets.Checkbox) else index
        if control.value != value:
            control.value = value
        return control

    def _why(self, decision: Decision) -> list[widgets.Widget]:
        """A line on why a control has a single option left; none for a choice."""
        if not decision.why:
            return []
        if decision.name not in self._reasons:
            self._reasons[decision.name] = widgets.HTML()
            self._reasons[decision.name].add_class("wb-why")
        said, label = self._reasons[decision.name], decision.name.rpartition(" / ")[2]
        said.value = f"{escape(label)}: {escape(decision.why)}"  # a setting may have changed it
        return [said]

    def _made(self, decision: Decision, index: int) -> widgets.Widget:
        self._options[decision.name] = decision.options
        made = _made(decision, index)
        made.observe(lambda change: self._picked(decision.name, change["new"]), "value")
        return made

    def _picked(self, name: str, value: object) -> None:
        if not self._quiet and value is not None:
            self._choose(name, int(value))  # type: ignore[call-overload]

    def _row(self, group: str, controls: list[widgets.Widget]) -> widgets.HBox:
        if group not in self._rows:
            name = widgets.HTML(escape(group.replace(" / ", " ")))
            name.add_class("wb-name")
            fields = widgets.HBox(layout=widgets.Layout(flex_flow="row wrap"))
            fields.add_class("wb-fields")
            row = widgets.HBox([name, fields])
            row.add_class("wb-group")
            self._rows[group] = row, fields
        row, fields = self._rows[group]
        _hold(fields, controls)
        return row


def _hold(box: widgets.Box, children: list[widgets.Widget]) -> None:
    if list(box.children) != children:
        box.children = children
        box.layout.display = None if children else "none"


def _made(decision: Decision, index: int) -> widgets.Widget:
    group, _, label = decision.name.rpartition(" / ")
    tip = f"{decision.name}: one of {', '.join(map(_words, decision.options))}"
    if decision.options == (False, True):
        made = widgets.Checkbox(bool(index), description=label, indent=False, tooltip=tip)
        layout.lay(made, width="auto", flex="0 0 auto")
        return made
    options = _worded(decision)
    if not group and all(isinstance(option, Number) for option in decision.options):
        made = widgets.SelectionSlider(options=options, value=index, description=label, tooltip=tip)
        return layout.slider(made)
    made = widgets.Dropdown(options=options, value=index, description=label, tooltip=tip)
    if not group:
        return layout.slider(made)
    return layout.field(made, width=60)


def _worded(decision: Decision) -> list[tuple[str, int]]:
    return [(_words(option), i) for i, option in enumerate(decision.options)]


def _words(option: object) -> str:
    if isinstance(option, bool):
        return "yes" if option else "no"
    if isinstance(option, tuple):
        return "×".join(map(str, option))
    return str(option)
