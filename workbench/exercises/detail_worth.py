"""What each detail of a controller is worth, read off a recorded race in which each was switched.

Racers of one seed share their draws, so the difference of two of them is taken seed by seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from matplotlib.axes import Axes

from workbench import checks
from workbench.exercises.controllers_race import BASELINE, courses
from workbench.history import Interval
from workbench.race import RACES, Race, read_race
from workbench.recordings import recording
from workbench.views.paper import BLUE, GREY, INK, LOCK, VERMILLION, axes, card, figure, picture

RESAMPLES = 10_000
WIDTH, HEAD, LINE = 640, 70, 23  # CSS pixels: of the figure, around the rows, of a row

Preset: TypeAlias = Literal["REINFORCE", "PPO"]


@dataclass(frozen=True)
class Detail:
    """One racer against the lesson preset: the mean difference after all trials, in points."""

    name: str
    difference: Interval

    @property
    def sign(self) -> int:
        """1 and -1 where the whole interval lies on one side of 0, else 0."""
        return int(self.difference.low > 0) - int(self.difference.high < 0)


class DetailWorth:
    """``details`` of ``preset``, each switched alone: the costliest first, random search last.

    Differences are of true accuracy, in points, switched minus preset; 95 % bootstrap intervals of
    their mean over the seeds. ``recorded``: another race than the one that comes with the package.

    Raises ValueError for another preset, or a race without it, random search or true accuracies.
    """

    def __init__(self, preset: Preset, recorded: Race | None = None) -> None:
        self.preset = checks.one_of("DetailWorth: preset", preset, get_args(Preset))
        if recorded is None:
            recorded = read_race(recording(RACES[f"{preset.lower()}-details"].file))
        laps = checks.of_type("DetailWorth: recorded", recorded, Race).laps
        names = dict.fromkeys(lap.racer for lap in laps)  # in order: a set has none, and some tie
        ends = {name: courses(laps, name)[:, -1] for name in names}
        for name in (preset, BASELINE):
            if name not in ends:
                raise ValueError(f"DetailWorth: recorded: expected a racer {name!r}: {list(ends)}")
        own = ends.pop(preset)
        self.seeds, self.trials = len(own), min(lap.trials for lap in laps)
        drawn = np.random.default_rng(0).integers(self.seeds, size=(RESAMPLES, self.seeds))
        found = [Detail(name, _mean(100 * (each - own), drawn)) for name, each in ends.items()]
        self.details = tuple(
            sorted(found, key=lambda each: (each.name == BASELINE, each.difference.value))
        )

    def __getitem__(self, name: str) -> Detail:
        """The detail of a name. Raises KeyError for one that was not switched."""
        return {each.name: each for each in self.details}[name]

    def __repr__(self) -> str:
        lines = (f"{each.name:26} {_points(each.difference)}" for each in self.details)
        return "\n".join((self._caption(), *lines))

    def _repr_html_(self) -> str:
        made = figure(WIDTH, HEAD + LINE * len(self.details))
        with LOCK:
            self._draw(axes(made)[0])
        drawn = card(picture(made, self._alt()))
        return f'{drawn}<div style="font-size:13px">{self._caption()}</div>'

    def _draw(self, ax: Axes) -> None:
        marks = {-1: ("<", VERMILLION), 0: ("o", GREY), 1: (">", BLUE)}
        for place, each in enumerate(self.details):
            of, (mark, colour) = each.difference, marks[each.sign]
            ax.plot([of.low, of.high], [place, place], color=colour, lw=2)
            ax.plot(of.value, place, mark, color=colour, ms=7)
        ax.axvline(0, color=INK, lw=0.8, ls="--")
        ax.set_yticks(range(len(self.details)), [each.name for each in self.details])
        ax.set_ylim(len(self.details) - 0.5, -0.5)
        ax.set_xlabel(f"points of accuracy, beside {self.preset} as it is in a lesson")
        ax.grid(axis="x", color="#eeeeee")

    def _alt(self) -> str:
        said = [
            f"{self._named(-1) or 'none'} cost accuracy",
            f"{self._named(1) or 'none'} gain some",
            f"{self._named(0) or 'none'} cannot be told from 0",
            f"random search is {_points(self[BASELINE].difference)} points away",
        ]
        return f"Details of {self.preset}, each switched alone. " + "; ".join(said) + "."

    def _named(self, sign: int) -> str:
        return ", ".join(
            f"{each.name} ({_signed(each.difference.value)})"
            for each in self.details
            if each.sign == sign and each.name != BASELINE
        )

    def _caption(self) -> str:
        return (
            f"Recorded: {self.preset}'s lesson preset with one detail switched (+: added), minus "
            f"the preset; true accuracy after {self.trials} trials on the table, mean of "
            f"{self.seeds} seeds, 95 % intervals."
        )


def _mean(differences: np.ndarray, drawn: np.ndarray) -> Interval:
    return Interval.around(float(differences.mean()), differences[drawn].mean(axis=1))


def _points(of: Interval) -> str:
    return f"{_signed(of.value)} [{_signed(of.low)}, {_signed(of.high)}]"


def _signed(points: float) -> str:
    """With a proper minus, and none before a zero."""
    return f"{round(points, 2) + 0.0:+.2f}".replace("-", "−")
