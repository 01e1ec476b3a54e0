"""The white card that every figure and drawing stands on, in light and in dark themes.

Figures are ``matplotlib.figure.Figure`` objects on the Agg canvas, never pyplot: pyplot keeps
global state that two threads would share. Matplotlib's settings, font cache and mathtext are shared
all the same, so whoever draws on a figure holds ``LOCK``.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from functools import wraps
from html import escape
from math import floor, log10
from typing import Any, ParamSpec, TypeVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import LogFormatter
from PIL import Image

from workbench import checks
from workbench.views.drawing_lock import DrawingLock
from workbench.views.numbers_in_words import SUPERSCRIPTS

CARD = (
    "background:#fff;color:#111;border:1px solid #ccc;border-radius:8px;padding:8px;"
    "box-sizing:border-box;max-width:100%;overflow-x:auto"
)
TEXT = 13  # CSS pixels; a figure of 420 px may shrink to a column of 360 and stays above 11
PIXELS = 96  # CSS pixels an inch
SHARPNESS = 1.5  # image pixels a CSS pixel
POINTS = TEXT * 72 / PIXELS  # the same in points, as matplotlib counts

# Okabe & Ito (2008), colours that colour-blind readers can tell apart. On white only the first
# four have the contrast to carry lines; orange, sky and yellow are fills.
BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, YELLOW = "#E69F00", "#56B4E9", "#F0E442"
GREY, PALE, INK = "#767676", "#BBBBBB", "#111111"

STYLE: Any = {
    "font.size": POINTS,
    "font.family": "DejaVu Sans",
    "axes.titlesize": "medium",
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    # names come from learners and from files: two dollars in one are no formula
    "text.parse_math": False,
}

MOST, MOST_AXES = 20_000, 100  # CSS pixels of a side; rows or columns of axes

LOCK = DrawingLock(STYLE)
"""One lock around all Agg drawing: ``with LOCK: … draw on an ax …; picture(figure, alt)``."""

HALO = [withStroke(linewidth=3, foreground="white")]  # keeps a label readable across lines

P = ParamSpec("P")
R = TypeVar("R")


def inked(drawing: Callable[P, R]) -> Callable[P, R]:
    """Let a drawing function run under ``LOCK`` and in our style."""

    @wraps(drawing)
    def locked(*args: P.args, **kwargs: P.kwargs) -> R:
        with LOCK:
            return drawing(*args, **kwargs)

    return locked


def card(html: str) -> str:
    """Put markup on white paper, so that it reads the same in both themes."""
    html = checks.text("card: html", html)
    return f'<div class="wb-card" style="{CARD}">{html}</div>'


@inked
def figure(width: int = 420, height: int = 280) -> Figure:
    """An empty figure of ``width`` × ``height`` CSS pixels, with an Agg canvas and our text size.

    Add axes with ``axes(figure)``. Raises ValueError where a side is not positive.
    """
    sides = {"width": width, "height": height}
    wide, high = (checks.whole(f"figure: {n}", s, least=1, most=MOST) for n, s in sides.items())
    size = wide / PIXELS, high / PIXELS  # inches
    made = Figure(figsize=size, dpi=PIXELS * SHARPNESS, layout="constrained")
    FigureCanvasAgg(made)
    return made


@inked
def axes(on: Figure, *, rows: int = 1, columns: int = 1) -> list[Axes]:
    """``rows`` × ``columns`` axes on a figure, in our style, row by row.

    Raises ValueError where there is to be none.
    """
    checks.of_type("axes: on", on, Figure)
    rows = checks.whole("axes: rows", rows, least=1, most=MOST_AXES)
    columns = checks.whole("axes: columns", columns, least=1, most=MOST_AXES)
    return list(on.subplots(rows, columns, squeeze=False).flat)


class Powers(LogFormatter):
    """Ticks of a logarithmic axis in plain text: 10⁴, 2 × 10⁴."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """What stands at ``x``; "" at a tick between two that are labelled."""
        if x <= 0 or not super().__call__(x, pos):
            return ""
        exponent = floor(log10(x) + 1e-9)
        digits, power = f"{x / 10**exponent:.3g}", f"10{str(exponent).translate(SUPERSCRIPTS)}"
        return power if digits == "1" else f"{digits} × {power}"


def powers(*logarithmic: Axis) -> None:
    """Label these axes with ``Powers``: matplotlib's own way is a formula."""
    for axis in logarithmic:
        axis.set_major_formatter(Powers())
        axis.set_minor_formatter(Powers())


@inked
def picture(figure: Figure, alt: str) -> str:
    """The figure as ``<img alt=… src="data:image/png;base64,…">``, scaled down where it must.

    ``alt`` tells what is to be seen. Raises ValueError where it is empty.
    """
    checks.of_type("picture: figure", figure, Figure)
    checks.text("picture: alt", alt, empty=False, cure="say what is to be seen")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    return developed(canvas, alt)


def developed(canvas: FigureCanvasAgg, alt: str) -> str:
    """What has been drawn on ``canvas`` as ``picture`` has it; to be called under ``LOCK``."""
    ink = io.BytesIO()
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    drawn = Image.fromarray(pixels).convert("RGB")  # (height, width, 4) without its alpha
    # 64 colours are enough for lines and text, and a third of the bytes; the octree finds them in
    # a sixth of the time that the usual median cut takes, a third of a whole frame
    few = drawn.quantize(64, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(ink, format="png")
    width = round(canvas.figure.get_figwidth() * PIXELS)
    style = f"display:block;margin:0 auto;width:100%;max-width:{width}px;height:auto"
    return (
        f'<img alt="{escape(alt)}" style="{style}" '
        f'src="data:image/png;base64,{base64.b64encode(ink.getvalue()).decode()}">'
    )
