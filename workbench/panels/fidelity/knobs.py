"""Five sliders, one for each thing that a cheaper training can reduce."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from workbench.estimators.fidelity import Fidelity
from workbench.panels.parts import layout

# name -> what stands before the slider, its stops, what it does
SHARES = (0.25, 0.5, 1.0)
NAMES: Mapping[str, tuple[str, Sequence[Any], str]] = {
    "epochs": ("epochs", (), "How many of the full budget are trained"),
    "train_share": ("images", SHARES, "The share of the training images"),
    "pooling": ("pixels as one", (1, 2), "So many × so many pixels are averaged"),
    "filters_share": ("filters", SHARES, "The share of the filters of every layer"),
    "cells_share": ("cells", SHARES, "The share of the cells between two reductions"),
}


class Knobs:
    """Sliders with stops; ``changed()`` after each move. ``epochs`` is the full budget.

    Only those in ``shown`` are on screen; the others stay at full training.
    """

    def __init__(
        self, *, epochs: int, changed: Callable[[], None], shown: Collection[str] = tuple(NAMES)
    ) -> None:
        self.sliders: dict[str, widgets.SelectionSlider] = {}
        for name, (said, stops, tip) in NAMES.items():
            known = tuple(range(1, epochs + 1)) if name == "epochs" else tuple(stops)
            made = layout.slider(
                widgets.SelectionSlider(
                    options=[(_said(name, stop), stop) for stop in known],
                    value=1 if name == "pooling" else known[-1],
                    description=said,
                    continuous_update=True,
                ),
                label=92,
            )
            made.tooltip = tip
            made.observe(lambda change: changed(), "value")
            self.sliders[name] = made
        self.widget = layout.stack(*(made for name, made in self.sliders.items() if name in shown))

    @property
    def fidelity(self) -> Fidelity:
        """Where they stand."""
        return Fidelity(**{name: slider.value for name, slider in self.sliders.items()})

    def turn(self, fidelity: Fidelity) -> None:
        """Set them. Raises ValueError for a value between two stops."""
        for name, value in fidelity.knobs.items():
            stops = [stop for _, stop in self.sliders[name].options]
            if value not in stops:
                raise ValueError(f"FidelityPanel: {name}: expected one of {stops}, got {value!r}")
        for name, value in fidelity.knobs.items():
            self.sliders[name].value = value


def _said(name: str, stop: Any) -> str:
    if name in ("epochs", "pooling"):
        return str(stop) if name == "epochs" else f"{stop} × {stop}"
    return f"{100 * stop:.0f} %"
