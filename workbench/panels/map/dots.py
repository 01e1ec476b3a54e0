"""The map itself: a canvas of our own, brought to the page by anywidget.

JupyterLab's own widgets take no click on a picture, ipympl redraws each hover in the kernel, and
jupyter-scatter (WebGL) brings a bundle of a megabyte and needs a build for our marks. Some 400
lines of JavaScript, readable and served as they stand, do all that this map needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import numpy as np
import traitlets

from workbench.panels.map.axes import Places, levels, ticks
from workbench.panels.map.neighbour_graph import Landscape
from workbench.views.palette import line
from workbench.views.scatter import Trials

HERE = Path(__file__).parent
LEVELS = 32  # colours of accuracies
ZOOMS: Mapping[str, float] = {  # which share of the cells, the best, is seen
    "best 95 %": 0.95, "best half": 0.5, "best 5 %": 0.05, "all": 1.0,
}  # fmt: skip

CSS = """
.wb-dots-box { position: relative; background: #fff; border: 1px solid #ccc; border-radius: 8px;
  padding: 6px 4px 4px; box-sizing: border-box; overflow: hidden; }
.wb-dots-box:focus-visible { outline: 2px solid var(--wb-ring, #0072B2); outline-offset: 1px; }
.wb-dots-tip { position: absolute; pointer-events: none; background: #111; color: #fff;
  font: 12px/1.4 'DejaVu Sans', Verdana, sans-serif; padding: 2px 7px; border-radius: 4px;
  white-space: nowrap; }
"""


class Dots(anywidget.AnyWidget):
    """Dots on a canvas; ``dots`` and ``frame`` say where, ``here`` what is picked, ``walk`` trials.

    What a learner does comes as a message: ``{"cell": 17}`` for a click or an arrow, ``{"move":
    "best" | "random" | "back"}`` for other keys. Each is answered by a new ``here``.
    """

    # text, not a path: of a path anywidget keeps a file that keeps the widget
    _esm: ClassVar[str] = "\n".join(
        (HERE / name).read_text(encoding="utf-8") for name in ("colours_markers_axes.js", "dots.js")
    )
    _css: ClassVar[str] = CSS

    dots = traitlets.Dict().tag(sync=True)
    frame = traitlets.Dict().tag(sync=True)
    marked = traitlets.Unicode("nothing").tag(sync=True)
    here = traitlets.Dict().tag(sync=True)
    walk: traitlets.Dict[str, Any] = traitlets.Dict({"cells": []}).tag(sync=True)


class CellMap:
    """Keeps the canvas up to date with a landscape. ``pick(cell)`` and ``move(how)`` are called."""

    def __init__(self, land: Landscape, places: Places) -> None:
        self._land, self._answers = land, 0
        self.widget = Dots(here={"cell": -1, "near": [], "words": "", "label": "", "number": 0})
        self.widget.layout.width = "100%"
        self._zoom = next(iter(ZOOMS))
        self.place(places)

    def place(self, places: Places) -> None:
        """Put the dots where ``places`` says."""
        self.places, land = places, self._land
        flags = land.is_optimum.astype(np.uint8) + land.is_sure_optimum
        with self.widget.hold_sync():
            self.widget.dots = {
                "x": places.x.astype(np.float32).tobytes(),
                "y": places.y.astype(np.float32).tobytes(),
                "score": land.means.astype(np.float32).tobytes(),
                "level": levels(land.means, LEVELS).tobytes(),
                "flag": flags.astype(np.uint8).tobytes(),
                "flat": land.flatness.astype(np.float32).tobytes(),
            }
            self.widget.frame = self._frame()

    def zoom(self, name: str) -> None:
        """Show the best cells alone: a key of ``ZOOMS``. Of a map by colour nothing changes."""
        self._zoom = name
        self.widget.frame = self._frame()

    @property
    def window(self) -> tuple[float, float]:
        """Both ends of the axis upwards."""
        low, high = self.widget.frame["y"]["range"]
        return float(low), float(high)

    @property
    def up(self) -> str:
        """What the axis upwards is called, and which cells it leaves out."""
        return str(self.widget.frame["y"]["label"])

    def _frame(self) -> dict[str, Any]:
        at = self.places
        low, high = float(at.y.min()), float(at.y.max())
        up = at.y_label
        if not at.by_colour and ZOOMS[self._zoom] < 1:
            low = float(np.quantile(at.y, 1 - ZOOMS[self._zoom]))
            up += f", {self._zoom} of the cells"
        return {
            "x": {
                "label": at.x_label,
                "ticks": at.x_ticks,
                "range": _range(at.x.min(), at.x.max()),
            },
            "y": {
                "label": up,
                "ticks": () if at.by_colour else ticks((low, high)),
                "range": _range(low, high),
            },
            "by_colour": at.by_colour,
            "optimum": None if at.by_colour else high,
        }

    def show(self, cell: int, near: Sequence[int], *, words: str, label: str) -> None:
        """Mark what is picked and its neighbours; ``words`` are read aloud, ``label`` names it."""
        self._answers += 1
        self.widget.here = {
            "cell": cell,
            "near": list(dict.fromkeys(other for other in near if other != cell)),
            "words": words,
            "label": label,
            "number": self._answers,
        }

    def draw(self, trials: Trials) -> None:
        """A strategy's trials so far; the last are a trail."""
        look = line(trials.strategy)
        self.widget.walk = asdict(trials) | {"colour": look.colour, "marker": look.marker}


def _range(low: float, high: float) -> tuple[float, float]:
    """Both ends of an axis, a little beyond the values."""
    edge = 0.03 * (high - low) or 0.5
    return float(low) - edge, float(high) + edge
