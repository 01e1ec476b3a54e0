"""The figure of a race: bands of all racers, on axes that stand from frame to frame."""

from __future__ import annotations

from html import escape

from workbench.panels.comparison.final_table import seeds, where
from workbench.panels.comparison.race_so_far import Standing
from workbench.panels.parts.card_markup import HEADING
from workbench.views.paper import LOCK, axes, card, figure, picture
from workbench.views.race_curves import banded, race_bands

SIZE = 400, 290  # CSS pixels: its text stays above 11 px in a column of 340
MOST = 560  # CSS pixels to which it may grow
PLACE = {"left": 0.15, "right": 0.7, "bottom": 0.17, "top": 0.97}  # labels stand at the right
SOURCE = (
    '<p style="margin:4px 0 0;font-size:12px;color:#333;border-left:4px solid #0072B2;'
    'padding:1px 8px;overflow-wrap:anywhere">{}</p>'
)
AXES = {"trials": "trials", "seconds": "simulated seconds", "epochs": "epochs"}


class RaceFigure:
    """Draws a standing; the same axes each time."""

    def __init__(self) -> None:
        self.figure = figure(*SIZE)
        self.figure.set_layout_engine(None)  # a third of a frame's cost
        self.figure.subplots_adjust(**PLACE)
        self.ax = axes(self.figure)[0]

    def __call__(self, seen: Standing) -> str:
        """The card."""
        with LOCK:
            for artist in (*self.ax.lines, *self.ax.texts, *self.ax.patches, *self.ax.collections):
                artist.remove()
            race_bands(
                [{**row, AXES[seen.by]: row[seen.by]} for row in seen.rows],
                self.ax,
                looks=seen.looks,
                x=AXES[seen.by],
                label=seen.curve.label(seen.scale),
                times=seen.scale.times,
                line_at=seen.curve.reference(seen.truth),
                falling=seen.curve.regret,
                log=seen.log and seen.curve.regret,
            )
            image = picture(self.figure, in_words(seen))
        image = image.replace(f"max-width:{SIZE[0]}", f"max-width:{MOST}")
        return card(HEADING.format(escape(heading(seen))) + image + source(seen))


def heading(seen: Standing) -> str:
    """What is drawn: curve, bands, how many seeds."""
    kind = "Recorded: " if seen.source else ""
    count = seeds(seen) if seen.n else "no lap has ended yet"
    few = " (one band a colour)" * (len(banded(seen.looks)) < len(seen.looks))
    return f"{kind}{seen.curve.title}; median and quartiles{few}, {count}"


def source(seen: Standing) -> str:
    """Where a recorded race comes from; "" for a live one."""
    return SOURCE.format(seen.source) if seen.source else ""


def in_words(seen: Standing) -> str:
    """The figure for those who do not see it."""
    if not seen.n:
        return f"{seen.curve.title} of a race: no lap has ended yet, the axes are empty."
    times, unit = seen.scale.times, seen.curve.unit(seen.scale)
    unit = unit if seen.curve.regret else seen.scale.unit
    order = sorted(seen.ends, key=lambda row: str(row["racer"]) != seen.best)
    ends = (
        f"{row['racer']} {_digits(times * row['median'])} {unit}".rstrip()
        + f" (quartiles {_digits(times * row['low'])} to {_digits(times * row['high'])})"
        for row in order
    )
    line_at = seen.curve.reference(seen.truth)
    across = f" A dotted line, the {line_at[1]}, at {times * line_at[0]:.2f}." if line_at else ""
    axis = ", on a logarithmic axis" if seen.log and seen.curve.regret else ""
    return (
        f"{heading(seen)}{axis}. Steps, a line for each strategy. After {where(seen)} "
        f"the medians are: {'; '.join(ends)}.{across}"
    )


def _digits(number: float) -> str:
    return f"{round(number, 2) + 0.0:.2f}"  # never −0.00
