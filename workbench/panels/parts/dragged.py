"""A slider that is dragged over pictures: each stop has its numbers as a line, and its picture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from html import escape
from typing import Any, Generic, TypeVar

import ipywidgets as widgets

from workbench.panels.parts import layout
from workbench.panels.parts.dispose_widgets import close_widgets
from workbench.panels.running.open_panels import register
from workbench.views.paper import card

S = TypeVar("S", int, float)  # a stop


class Dragged(ABC, Generic[S]):
    """A slider over a few stops, a line of numbers, a picture; the twin shows some of the stops.

    ``stops`` are (label, value) pairs, ``start`` the value of one of them; ``slider_name`` and
    ``tip`` say what is dragged, ``setting`` what it is called where a wrong value is refused, and
    ``label`` is the least width of the name, in CSS pixels. ``above`` and ``below`` are further
    controls, over and under the slider: pictures may depend on their ``value`` too. ``mark`` is a
    CSS class of the picture.

    A picture is drawn once, when it is first looked at.
    """

    def __init__(
        self,
        slider_name: str,
        stops: Sequence[tuple[str, S]],
        start: S,
        *,
        tip: str,
        setting: str = "value",
        label: int = 30,
        above: tuple[widgets.ValueWidget, ...] = (),
        below: tuple[widgets.ValueWidget, ...] = (),
        mark: str = "",
    ) -> None:
        self._setting, self._beside = setting, (*above, *below)
        self._drawn: dict[tuple[Hashable, ...], str] = {}  # by all that is set
        self.slider = layout.slider(
            widgets.SelectionSlider(options=stops, value=start, description=slider_name),
            label=label,
        )
        self.slider.tooltip = tip
        self._said, self._sheet = layout.line(), layout.sheet()
        if mark:
            self._sheet.add_class(mark)
        for control in (self.slider, *self._beside):
            control.observe(lambda change: self._renew(), "value")
        self.widget = layout.panel(*above, self.slider, *below, self._said, self._sheet)
        register(self)
        self._renew()

    @property
    def stops(self) -> list[S]:
        """Where the slider can stand."""
        return [stop for _, stop in self.slider.options]

    @property
    def value(self) -> S:
        """Where the slider stands; set it to one of its stops."""
        stop: S = self.slider.value
        return stop

    @value.setter
    def value(self, stop: S) -> None:
        if stop not in self.stops:
            raise ValueError(f"{self._setting}: expected one of {self.stops}, got {stop!r}")
        self.slider.value = stop

    @property
    @abstractmethod
    def told(self) -> tuple[S, ...]:
        """The stops that a reader without a kernel sees."""

    @abstractmethod
    def words(self, stop: S) -> str:
        """The numbers at a stop."""

    @abstractmethod
    def _draw(self, stop: S) -> str:
        """The picture at a stop."""

    def _picture(self, stop: S) -> str:
        key = (stop, *(control.value for control in self._beside))
        if key not in self._drawn:
            self._drawn[key] = self._draw(stop)
        return self._drawn[key]

    def _renew(self) -> None:
        self._said.value = escape(self.words(self.value))
        self._sheet.value = card(self._picture(self.value))

    def close(self) -> None:
        """Take the widgets away."""
        close_widgets(self)

    def twin(self) -> str:
        """The moment without a kernel, stop by stop."""
        return "".join(
            f"<p>{escape(self.words(stop))}</p>{card(self._picture(stop))}"
            for stop in dict.fromkeys(self.told)
        )

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, Any]:
        return layout.bundle_of(self, self.words(self.value))
