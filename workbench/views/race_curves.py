"""Many seeds of several strategies in one figure: a median line for each, and quartile bands.

Rows come from ``workbench.history.bands``. Lines are step functions, as races are: nothing is
interpolated. Each line carries its name; colour is doubled by dashes and a marker.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from workbench.views.line_labels import End, label_ends
from workbench.views.palette import Line, blend
from workbench.views.paper import INK, POINTS, inked

LETTERS = 13  # of a line of a label beside the axes
LINEAR = 0.1  # points of regret: below it a logarithmic axis is linear, so that 0 is on it
MARKS = 6  # markers on a line
SHADES = 0.6, 0.35  # of a colour, in black: a strategy's later racers
DASHES = "-", "--", "-.", ":"
MARKERS = "o", "v", "s", "^", "P", "X", "<", ">", "p", "h"
SETTLED = 0.1  # of the budget: what an axis that is not logarithmic shows in full


@inked
def race_bands(
    rows: Sequence[Mapping[str, Any]],
    ax: Axes,
    *,
    looks: Mapping[str, Line],
    x: str = "trials",
    label: str = "regret (points)",
    times: int | float = 100.0,
    line_at: tuple[float, str] | None = None,
    falling: bool = True,
    log: bool = False,
) -> Axes:
    """The bands of a race on ``ax``: ``racer``, ``x``, ``low``, ``median``, ``high`` a row.

    ``looks`` has each racer's line; those that are ``banded`` have a band. ``times`` is what
    heights are multiplied by, ``label`` that of their axis. ``line_at`` is a height, not
    multiplied, with a name: a dotted line across. ``falling``: lower is better (regret, whose axis
    begins at 0). ``log``: a logarithmic axis, linear below 0.1.
    """
    drawn = {name: [row for row in rows if row["racer"] == name] for name in looks}
    lines = {
        name: [row for row in of if not math.isnan(row["median"])] for name, of in drawn.items()
    }
    _limit(ax, lines, x, times, line_at, falling=falling, log=log)
    ends, wide = [], banded(looks)
    if line_at is not None:
        height, words = times * line_at[0], line_at[1]
        ax.axhline(height, color=INK, linewidth=1.0, linestyle=(0, (1, 2)), zorder=1.5)
        ends.append(End(ax.get_xlim()[1], height, fill(words, LETTERS), INK))
    for name, own in lines.items():
        if own:
            if name in wide:
                _band(ax, own, looks[name].colour, x, times)
            ends.append(_median(ax, name, own, looks[name], x, times))
    label_ends(ax, ends)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=POINTS, colors="#444444")
    ax.set_xlabel(x, fontsize=POINTS)
    ax.set_ylabel(label, fontsize=POINTS)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=x == "trials", min_n_ticks=1))
    return ax


def _band(
    ax: Axes, rows: Sequence[Mapping[str, Any]], colour: str, x: str, times: int | float
) -> None:
    places = [row[x] for row in rows]
    low, high = ([times * row[key] for row in rows] for key in ("low", "high"))
    ax.fill_between(places, low, high, step="post", color=colour, alpha=0.16, linewidth=0)


def _median(
    ax: Axes,
    name: str,
    rows: Sequence[Mapping[str, Any]],
    look: Line,
    x: str,
    times: int | float,
) -> End:
    places, median = [row[x] for row in rows], [times * row["median"] for row in rows]
    ax.plot(
        places, median, drawstyle="steps-post", color=look.colour, linestyle=look.dashes,
        linewidth=2, marker=look.marker, markersize=5, markevery=max(1, len(places) // MARKS),
    )  # fmt: skip
    said = fill(f"{name} {_number(median[-1])}", LETTERS, break_long_words=False)
    return End(places[-1], median[-1], said, look.colour)


def _number(height: float) -> str:
    return f"{round(height, 2) + 0.0:.2f}".replace("-", "−")  # never −0.00


def _limit(
    ax: Axes,
    lines: Mapping[str, Sequence[Mapping[str, Any]]],
    x: str,
    times: int | float,
    line_at: tuple[float, str] | None,
    *,
    falling: bool,
    log: bool,
) -> None:
    """Both axes: all that was spent, and the heights that are reached after a tenth of it."""
    every = [row for own in lines.values() for row in own]
    first, last = (
        min((row[x] for row in every), default=0),
        max((row[x] for row in every), default=1),
    )
    ax.set_xlim(first - 0.02 * (last - first), last if last > first else first + 1)
    after = first if log else first + SETTLED * (last - first)
    seen = [row for row in every if row[x] >= after]
    low = min((times * row["low"] for row in seen), default=0.0)
    high = max((times * row["high"] for row in seen), default=1.0)
    if line_at is not None:
        low, high = min(low, times * line_at[0]), max(high, times * line_at[0])
    room = 0.06 * (high - low) or 0.5
    if log:
        if ax.get_yscale() != "symlog":  # makes every tick anew
            ax.set_yscale("symlog", linthresh=LINEAR, linscale=0.5)
        ax.set_ylim(min(0.0, low), max(1.3 * high, 2 * LINEAR))
        decades = [10.0**power for power in range(-1, 6) if 10.0**power <= 1.3 * high]
        ax.set_yticks([0.0, *decades])
        ax.yaxis.set_major_formatter(FuncFormatter(lambda place, _: f"{place:g}"))
    else:
        if ax.get_yscale() != "linear":
            ax.set_yscale("linear")
        ax.set_ylim(min(0.0, low) if falling else low - room, high + room)
        ax.yaxis.set_major_locator(MaxNLocator(nbins=6))


def apart(racers: Mapping[str, Line]) -> dict[str, Line]:
    """Lines that differ: the first racer of a strategy has its look, others darker shades of it.

    Others have other dashes and markers as well.
    """
    found: dict[str, Line] = {}
    for name, look in racers.items():
        if look not in found.values():
            found[name] = look
    for name, look in racers.items():
        if name not in found:
            found[name] = _shade(look, list(found.values()))
    return {name: found[name] for name in racers}


def _shade(look: Line, taken: Sequence[Line]) -> Line:
    """A darker shade: with dashes that its hue has not yet, else that this shade has not."""
    kin = [each for each in taken if each.hue == look.hue]
    shades = [each for each in kin if each.shade_of]
    colour = blend(look.hue, SHADES[len(shades) % len(SHADES)], other=0)
    worn = {each.dashes for each in kin}, {each.dashes for each in kin if each.colour == colour}
    free = (each for of in worn for each in DASHES if each not in of)
    marks = {each.marker for each in taken}
    mark = next((each for each in (look.marker, *MARKERS) if each not in marks), look.marker)
    return Line(colour, next(free, ":"), mark, shade_of=look.hue)


def banded(looks: Mapping[str, Line]) -> list[str]:
    """The racers that have a band: of each hue the first, as bands of one colour are a blot."""
    first: dict[str, str] = {}
    for name, look in looks.items():
        first.setdefault(look.hue, name)
    return list(first.values())
