"""One strategy's walk over the table: where each trial stands, and what it would choose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any

from workbench.history import History
from workbench.panels.map.neighbour_graph import Landscape
from workbench.records import Batch, Event, Told
from workbench.search import search
from workbench.settings import words
from workbench.strategies.by_hand import ByHand
from workbench.views.numbers_in_words import percent
from workbench.views.scatter import Trials


@dataclass(frozen=True)
class WalkPlan:
    """Which strategy, with which settings, for how many trials. Equal plans are equal walks."""

    maker: Callable[..., Any]
    given: tuple[tuple[str, Any], ...]
    trials: int
    seed: int

    @classmethod
    def of(
        cls, part: tuple[Callable[..., Any], Mapping[str, Any]], trials: int, seed: int
    ) -> WalkPlan:
        """From what a form says of the strategy."""
        maker, given = part
        return cls(maker, tuple(sorted(given.items())), trials, seed)

    @property
    def title(self) -> str:
        """The strategy in words."""
        return words(self.maker.__name__)

    def strategy(self, space: Any) -> Any:
        """A fresh strategy. Raises ValueError for an impossible setting."""
        seed = {"seed": self.seed} if "seed" in signature(self.maker).parameters else {}
        made = self.maker(space, **{**seed, **dict(self.given)})
        if isinstance(made, ByHand):
            made.attended = True  # somebody sits in front of this panel
        return made


class Walk:
    """What was told so far of one walk. Raises ValueError for an impossible setting."""

    def __init__(self, land: Landscape, plan: WalkPlan) -> None:
        self.plan, self._land = plan, land
        self.strategy = plan.strategy(land.space)
        self._events: list[Event[Any]] = []
        self._cells: dict[int, int] = {}  # trial -> cell
        self._parents: list[int] = []
        self._best: Told[Any] | None = None

    @property
    def history(self) -> History[Any]:
        """All events so far."""
        return History(tuple(self._events))

    def take(self, event: Event[Any]) -> None:
        """Note an event."""
        if not isinstance(event, Batch):
            self._events.append(event)
        if isinstance(event, Told):
            self._step(event)

    def _step(self, told: Told[Any]) -> None:
        candidate = told.candidate
        self._cells[told.trial] = self._land.table.number(candidate.arch)
        known = [self._cells[each] for each in candidate.parents if each in self._cells]
        self._parents.append(known[0] if known else -1)
        best = self._best
        if best is None or told.evaluation.sort_key > best.evaluation.sort_key:
            self._best = told

    def events(self) -> Iterator[Event[Any]]:
        """The search itself, once; nothing is logged, as a table repeats it in a moment."""
        plan = self.plan
        return search(self.strategy, self._land.table, trials=plan.trials, seed=plan.seed)

    @property
    def waiting(self) -> bool:
        """Whether it is a person's turn to say which cell is tried next."""
        return isinstance(self.strategy, ByHand) and self.strategy.waiting

    @property
    def trials(self) -> Trials:
        """Where it has been, for the map."""
        best = -1 if self._best is None else self._cells[self._best.trial]
        said = "" if best < 0 else f"its choice: {percent(float(self._land.means[best]))}"
        cells, parents = tuple(self._cells.values()), tuple(self._parents)
        return Trials(self.plan.maker.__name__, cells, parents, best, said)

    @property
    def verdict(self) -> str:
        """What its choice is worth in truth: "its choice: mean 76.2 %, 1.3 points below …"."""
        if self._best is None:
            return ""
        truth = self._land.table.mean(self._best.candidate.arch)
        lag = 100 * (float(self._land.table.highest) - truth)
        below = f"{lag:.1f} points below the best cell" if lag > 0 else "the best cell of all"
        return f"mean of its choice {percent(truth)}, {below}"
