"""The settings of a search space as controls: one for each argument of its constructor.

A whole number becomes a slider over the values that the space accepts, a tuple of words a tick
for each, a tuple of numbers a line of text, a choice of words a menu.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import ipywidgets as widgets

from workbench.panels.parts import layout
from workbench.panels.parts.setting_controls import SettingControl, number, setting_control

FARTHEST = 64  # values tried on either side of an integer to see which ones a space accepts

Scalar: TypeAlias = bool | int | float | str


def settings_of(space: object) -> dict[str, Any]:
    """The constructor's arguments and their values now, in the constructor's order."""
    names = inspect.signature(type(space)).parameters
    return {name: getattr(space, name) for name in names if hasattr(space, name)}


def rebuilt(space: Any, **settings: Any) -> Any:
    """The same space with some settings changed. Raises ValueError where it refuses them."""
    return type(space)(**{**settings_of(space), **settings})


class SpaceForm:
    """Controls by setting (``controls``); ``choose(name, value)`` is called after each change.

    ``complain(words)`` is called where what was typed is no value. ``ranges`` gives sliders other
    ends than the values from 0 to twice the present one that the space accepts.
    """

    def __init__(
        self,
        space: object,
        choose: Callable[[str, Any], None],
        *,
        complain: Callable[[str], None],
        ranges: Mapping[str, tuple[int, int]] | None = None,
        lock: Callable[[str], bool] = lambda name: False,
    ) -> None:
        self._choose, self._complain, self._ranges = choose, complain, dict(ranges or {})
        self._lock, self._quiet = lock, False
        self._space = space
        self.controls: dict[str, widgets.Widget] = {}
        self._values: dict[str, SettingControl] = {}  # of those that are one control, one value
        for name, value in settings_of(space).items():
            made = self._made(name, value)
            if made is not None:
                self.controls[name] = made

    def show(self, space: object) -> None:
        """Make the controls say what the settings of ``space`` are, and what they may become."""
        self._quiet, self._space = True, space
        try:
            for name, value in settings_of(space).items():
                control = self.controls.get(name)
                if isinstance(control, widgets.IntSlider):
                    low, high = self._ends(name, value)
                    control.min, control.max = min(low, control.min), max(high, control.max)
                    control.value, control.min, control.max = value, low, high
                elif isinstance(control, Ticks):
                    control.set(value)
                elif name in self._values:
                    self._values[name].value = value
                elif control is not None:
                    control.value = _listed(value)
        finally:
            self._quiet = False

    def _made(self, name: str, value: Any) -> widgets.Widget | None:
        text, tip = name.replace("_", " "), f"setting of the space: {name}"
        about = {"description": text, "tooltip": tip, "disabled": self._lock(name)}
        if isinstance(value, int) and not isinstance(value, bool):
            low, high = self._ends(name, value)
            slider = widgets.IntSlider(value, min=low, max=high, **about)
            slider.observe(lambda change: self._told(name, change["new"]), "value")
            return layout.slider(slider, label=LABEL)
        if isinstance(value, tuple) and value:
            return self._sequence(name, value, about)
        made = setting_control(type(self._space), name, value, **about)
        if made is None:
            return None
        self._values[name] = made
        made.observe(lambda: self._heard(name))
        if isinstance(value, bool):
            made.widget.indent = True
        return layout.slider(made.widget, label=LABEL)

    def _sequence(
        self, name: str, value: tuple[Any, ...], about: dict[str, Any]
    ) -> widgets.Widget | None:
        if all(isinstance(item, str) for item in value):
            default = inspect.signature(type(self._space)).parameters[name].default
            menu = default if isinstance(default, tuple) else value
            options = (*menu, *(item for item in value if item not in menu))
            return Ticks(options, value, lambda chosen: self._told(name, chosen), **about)
        if all(isinstance(item, int | float) for item in value):
            typed = widgets.Text(_listed(value), continuous_update=False, **about)
            typed.observe(lambda change: self._typed(name, change["new"]), "value")
            return layout.slider(typed, label=LABEL)
        return None

    def _heard(self, name: str) -> None:
        fault = self._values[name].fault
        if fault:
            self._complain(fault)
        else:
            self._told(name, self._values[name].value)

    def _told(self, name: str, value: Any) -> None:
        if not self._quiet:
            self._choose(name, value)

    def _typed(self, name: str, text: str) -> None:
        if self._quiet:
            return
        try:
            self._choose(name, tuple(_number(word) for word in re.split(r"[,;\s]+", text.strip())))
        except _NumberError as wrong:
            self._complain(
                f"{name.replace('_', ' ')}: {wrong} is no number; write numbers with commas "
                f"between them, such as {_listed(settings_of(self._space)[name])}"
            )

    def _ends(self, name: str, value: int) -> tuple[int, int]:
        """The ends of a slider: values around the present one that the space accepts."""
        if name in self._ranges:
            low, high = self._ranges[name]
            return min(low, value), max(high, value)
        floor, ceiling = max(0, value - FARTHEST), min(max(8, 2 * value), value + FARTHEST)
        low, high = value, value
        while low > floor and self._accepts(name, low - 1):
            low -= 1
        while high < ceiling and self._accepts(name, high + 1):
            high += 1
        return low, high

    def _accepts(self, name: str, value: int) -> bool:
        try:
            rebuilt(self._space, **{name: value})
        except Exception:  # whatever a constructor raises, this value is not for a slider
            return False
        return True


LABEL = 118  # CSS pixels for a setting's name


class Ticks(widgets.VBox):  # type: ignore[misc]
    """A tuple of words as one tick each, in the menu's order."""

    def __init__(
        self,
        options: tuple[str, ...],
        value: tuple[str, ...],
        choose: Callable[[tuple[str, ...]], None],
        *,
        description: str,
        tooltip: str,
        disabled: bool,
    ) -> None:
        self._ticks = {
            option: widgets.Checkbox(
                option in value, description=option, indent=False, disabled=disabled,
                tooltip=f"{tooltip}: {option}", layout=widgets.Layout(width="auto"),
            )
            for option in options
        }  # fmt: skip
        for tick in self._ticks.values():
            tick.observe(lambda change: choose(self.value), "value")
        box = widgets.HBox(
            list(self._ticks.values()), layout=widgets.Layout(flex_flow="row wrap", flex="1 1 0")
        )
        box.add_class("wb-fields")
        name = widgets.HTML(description, layout=widgets.Layout(flex=f"0 0 {LABEL}px", margin="0"))
        name.add_class("wb-line")
        super().__init__([widgets.HBox([name, box], layout=widgets.Layout(padding="0 8px"))])

    @property
    def value(self) -> tuple[str, ...]:
        """The words that are ticked."""
        return tuple(option for option, tick in self._ticks.items() if tick.value)

    def set(self, value: tuple[str, ...]) -> None:
        """Tick these and no others."""
        for option, tick in self._ticks.items():
            tick.value = option in value


class _NumberError(ValueError):
    pass


def _number(word: str) -> int | float:
    try:
        return int(word)
    except ValueError:
        pass
    try:
        return number(word)
    except ValueError:
        raise _NumberError(repr(word)) from None


def _listed(value: tuple[Scalar, ...]) -> str:
    return ", ".join(map(str, value))
