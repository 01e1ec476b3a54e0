"""The winner's curse, dragged: the best score seen climbs, the same picks with other seeds lag.

Of many searches on a table: what each saw of its choice, and what trainings of the same cell show
that the search did not see. How far apart they are is luck (Smith & Winkler, 2006, call it the
optimizer's curse).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from workbench import checks
from workbench.history import History
from workbench.panels.parts.dragged import Dragged
from workbench.records import Told
from workbench.views.numbers_in_words import percent
from workbench.views.paper import axes, figure, picture
from workbench.views.second_looks import points, second_looks

STOPS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000)
ROOM = 0.4  # points above and below what is drawn


class SecondLook(Dragged[int]):
    """A slider over the number of trials, above what was seen by then and a second look at it.

    ``runs`` are histories of searches on ``table``, each of as many trials. The incumbent is the
    trial of the highest score *seen*. The second look is the mean of its cell's other seeds, those
    that this score did not come from: ``table.mean`` has the lucky one among them. ``trials`` is
    where the slider stands, and ``gap(n)`` by how much the second look is lower on average.

    Raises ValueError without runs, for runs of unlike numbers of trials, and where a cell that was
    chosen has no second seed.
    """

    def __init__(self, table: Any, runs: Sequence[History[Any]]) -> None:
        runs = checks.several("SecondLook: runs", runs, "[finish(search(…)), …]")
        for run in runs:
            checks.of_type("SecondLook: runs", run, History)
        self.seen, self.again = _looks(table, runs)
        self._best = float(table.highest)
        last = self.seen.shape[1]
        stops = [n for n in STOPS if n < last] + [last]
        super().__init__(
            "trials",
            [(f"{n:,}", n) for n in stops],
            stops[0],
            tip="Of each search only so many trials count",
            setting="SecondLook: trials",
            label=52,
            mark="wb-looks",
        )

    @property
    def trials(self) -> int:
        """How many trials of each search count now; set it to one of the slider's stops."""
        return self.value

    @trials.setter
    def trials(self, n: int) -> None:
        self.value = n

    @property
    def told(self) -> tuple[int, ...]:
        """Few trials, and all of them."""
        return self.stops[min(2, len(self.stops) - 1)], self.stops[-1]

    def gap(self, n: int) -> float:
        """What of the best score of the first ``n`` trials was luck: a mean, a fraction.

        Raises ValueError for an ``n`` that is not from 1 to the number of trials.
        """
        if not 1 <= n <= self.seen.shape[1]:
            raise ValueError(f"gap: n: expected 1 … {self.seen.shape[1]}, got {n}")
        return float((self.seen[:, n - 1] - self.again[:, n - 1]).mean())

    def words(self, n: int) -> str:
        """The numbers after ``n`` trials, in two sentences."""
        one, other = self.seen[:, n - 1], self.again[:, n - 1]
        many, lower = len(one), int((other < one).sum())
        gap = points(100 * self.gap(n)).removeprefix("+")
        after = f"After {n:,} trial{'s' * (n != 1)}, mean of {many} searches"
        return (
            f"{after}: best score seen {percent(float(one.mean()))}, the same picks with other "
            f"seeds {percent(float(other.mean()))}, a gap of {gap} points. "
            f"In {lower} of {many} searches the second look is lower."
        )

    @property
    def _limits(self) -> tuple[float, float]:
        """In %, the same for every n: from the mean of single draws to the highest of all."""
        low = min(self.seen[:, 0].mean(), self.again[:, 0].mean())
        high = max(self.seen.mean(0).max(), self._best)
        return 100 * float(low) - ROOM, 100 * float(high) + ROOM

    def _draw(self, n: int) -> str:
        made = figure(640, 290)
        pair = axes(made, columns=2)
        pair[0].get_gridspec().set_width_ratios([2, 1])  # type: ignore[union-attr]
        second_looks(self.seen, self.again, n, pair, limits=self._limits, best=self._best)
        return picture(made, f"The best score seen climbs with the trials. {self.words(n)}")


def _looks(
    table: Any, runs: Sequence[History[Any]]
) -> tuple[Float[np.ndarray, "searches trials"], Float[np.ndarray, "searches trials"]]:
    """Of each search, after 1, 2, … trials: the best score seen, and its second look."""
    lengths = sorted({len(run.told) for run in runs})
    if len(lengths) != 1 or not lengths[0]:
        raise ValueError(
            f"SecondLook: runs: expected searches of as many trials each, at least one, got "
            f"{lengths or 'no search'}"
        )
    pairs = np.array([_of_one(table, run) for run in runs])  # (searches, trials, 2)
    return pairs[..., 0], pairs[..., 1]


def _of_one(table: Any, run: History[Any]) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for told in run.told:
        score = told.evaluation.score
        if not found or score > found[-1][0]:
            found.append((score, second_look(table, told)))
        else:
            found.append(found[-1])
    return found


def second_look(table: Any, told: Told[Any]) -> float:
    """The mean over the seeds of a trial's cell but the one that its score came from.

    Raises ValueError where there is no other.
    """
    arch = told.candidate.arch
    runs = int(table.runs[table.number(arch)])
    if runs < 2:
        raise ValueError(
            f"SecondLook: {table.space.spell(arch)} was trained with one seed: expected a table "
            "of two seeds at least"
        )
    return float((runs * table.mean(arch) - told.evaluation.score) / (runs - 1))
