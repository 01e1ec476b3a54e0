"""The axis of scores in a figure that stays from frame to frame: its limits, ticks and room."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from workbench.scales import ACCURACY, ScoreScale
from workbench.views.paper import PIXELS, TEXT

RANGES = {0: (110, 20), 50: (105, 10)}  # per cent: lower end -> (upper end, between two ticks)
MARGIN = 0.1  # of what the scores span, above and below
NARROWEST = 1e-9, 1e-100  # of their size, and at all: scores that differ by less are the same
LETTERS, USUAL = 26, 3  # of a line of the label, of a number beside a tick
HUGE = 1e300  # beyond it the ends of an axis are too far apart for a float


class ScoreAxis:
    """``fit`` gives an axis the limits and ticks that some scores need.

    ``left`` is the edge of the axes as it was laid out, for numbers of three letters.
    """

    def __init__(self, ax: Axes) -> None:
        self.ax, self._scale = ax, ACCURACY
        self._left = ax.figure.subplotpars.left if isinstance(ax.figure, Figure) else 0.0

    def fit(self, scores: Sequence[int | float], scale: ScoreScale) -> None:
        """Accuracies from 50 % where all are above, else from 0: two ranges, so pictures compare.

        Other scores between the ends of their scale, or where it has none, with a margin.
        """
        if scale != self._scale:
            self._scale = scale
            self.ax.set_ylim(0, 1)  # ticks are set anew with the limits
            self.ax.yaxis.set_major_formatter(ScalarFormatter())
            self._make_room()
        if scale == ACCURACY:
            self._fit_accuracies(scores)
            return
        low, high = limits(scores, scale)
        if self.ax.get_ylim() != (low, high):
            self.ax.set_ylim(low, high)
            places = MaxNLocator(nbins=6).tick_values(low, high)
            seen = [place for place in places if low <= place <= high]
            self.ax.set_yticks(seen, [_short(place) for place in seen])
        self._make_room()
        self.ax.set_ylabel(fill(scale.label, LETTERS))

    def _fit_accuracies(self, scores: Sequence[int | float]) -> None:
        known = [score for score in scores if math.isfinite(score)]
        low = 50 if known and min(known) >= 0.5 else 0
        high, apart = RANGES[low]
        if self.ax.get_ylim() != (low, high):
            self.ax.set_ylim(low, high)
            self.ax.set_yticks(range(low, 101, apart))

    def _make_room(self) -> None:
        """At the left, for long numbers and for a label of several lines."""
        figure = self.ax.figure
        if not isinstance(figure, Figure):
            return
        more = 0.0
        if self._scale != ACCURACY:
            longest = max((len(tick.get_text()) for tick in self.ax.get_yticklabels()), default=0)
            more = 0.62 * TEXT * max(0, longest - USUAL) + 0.3 * TEXT  # pixels, of DejaVu Sans
            more += 1.3 * TEXT * fill(self._scale.label, LETTERS).count("\n")
        left = self._left + more / (figure.get_figwidth() * PIXELS)
        if figure.subplotpars.left != left:
            figure.subplots_adjust(left=left)


def limits(scores: Sequence[int | float], scale: ScoreScale) -> tuple[float, float]:
    """Where an axis begins and ends, as drawn: the scale's own ends, else the scores', and room.

    Below an end of the scale there is nothing, so no room is left there; above, for a label.
    """
    drawn = [min(max(scale.times * score, -HUGE), HUGE) for score in scores if math.isfinite(score)]
    ends = [end * scale.times for end in (scale.low, scale.high) if math.isfinite(end)]
    low, high = min((*drawn, *ends), default=0.0), max((*drawn, *ends), default=1.0)
    size, (share, least) = max(abs(low), abs(high)), NARROWEST
    room = MARGIN * (high - low)
    if high - low <= max(share * size, least):  # one score, or all the same
        room = MARGIN * size if size > least else 1.0
    return float(low if low == scale.times * scale.low else low - room), float(high + room)


def _short(place: float) -> str:
    """The number beside a tick; one of many digits with its exponent."""
    size = abs(place)
    said = f"{place:.10g}" if not size or 1e-4 <= size < 1e6 else f"{place:.3g}"
    return said.replace("e+0", "e").replace("e-0", "e-").replace("e+", "e").replace("-", "−")
