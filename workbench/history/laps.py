"""One search of a race, kept small: only where its incumbent changed."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar, get_args

import numpy as np
from jaxtyping import Float

from workbench import checks
from workbench.history.costs import ledger
from workbench.history.progress import incumbents
from workbench.history.run import History

A = TypeVar("A")

Axis: TypeAlias = Literal["trials", "epochs", "seconds"]
Height: TypeAlias = Literal["score", "value", "test"]


@dataclass(frozen=True)
class Step:
    """A trial became the incumbent.

    ``trial`` is its number, from 0; ``trials``, ``epochs`` and ``seconds`` (of a clock that runs
    with the search) are what had been spent when it was told, itself included. ``score`` is what
    the strategy saw, ``value`` what the architecture is truly worth, ``test`` its test score, where
    these are known.
    """

    trial: int
    trials: int
    epochs: int
    seconds: float
    score: float
    value: float | None = None
    test: float | None = None

    def __post_init__(self) -> None:
        for name in ("trial", "trials", "epochs"):
            checks.whole(f"Step: {name}", getattr(self, name), least=0)
        for name in ("seconds", "score"):
            checks.number(f"Step: {name}", getattr(self, name), nan=True)
        for name in ("value", "test"):
            checks.number_or_none(f"Step: {name}", getattr(self, name), nan=True)


@dataclass(frozen=True)
class Lap:
    """What one racer did with one seed: a ``Step`` for each change of its incumbent, in order.

    ``trials``, ``epochs`` and ``seconds`` are what it spent in all; ``failed`` how many trials
    raised.
    """

    racer: str
    seed: int
    steps: tuple[Step, ...]
    trials: int
    epochs: int
    seconds: float
    failed: int = 0

    def __post_init__(self) -> None:
        checks.text("Lap: racer", self.racer)
        checks.number("Lap: seconds", self.seconds, nan=True)
        for name, least in (("seed", None), ("trials", 0), ("epochs", 0), ("failed", 0)):
            checks.whole(f"Lap: {name}", getattr(self, name), least=least)
        for step in checks.several("Lap: steps", self.steps, "(Step(…),)"):
            checks.of_type("Lap: steps", step, Step)

    @classmethod
    def of(
        cls,
        history: History[A],
        *,
        racer: str,
        seed: int,
        longest: bool = False,
        value: Callable[[A], float] | None = None,
        test: Callable[[A], float] | None = None,
    ) -> Lap:
        """The lap that a search ran; ``longest`` and ``value`` are as in ``incumbents``.

        ``test`` gives the test score of an architecture: each incumbent's is recorded.
        """
        bill = [row for row in ledger(history) if row["trial"] is not None]
        rows = incumbents(history, longest=longest, elapsed=True, value=value)
        archs = {told.trial: told.candidate.arch for told in history.told} if test else {}
        steps, best = list[Step](), math.nan
        for row, paid in zip(rows, bill, strict=True):
            if math.isnan(row["best"]) or row["best"] == best:
                continue
            best = row["best"]
            spent = (paid["trials"], paid["epochs"], row["seconds"])
            tested = test(archs[row["trial"]]) if test else None
            steps.append(Step(row["trial"], *spent, best, row.get("value"), tested))
        if not bill:
            return cls(racer, seed, (), trials=0, epochs=0, seconds=0.0)
        last = bill[-1]
        return cls(
            *(racer, seed, tuple(steps)),
            trials=last["trials"],
            epochs=last["epochs"],
            seconds=rows[-1]["seconds"],
            failed=last["failed"],
        )

    def at(self, place: int | float, *, by: Axis = "trials", of: Height = "score") -> float:
        """The incumbent's score, its true ``value`` or its ``test`` score, after ``place`` trials.

        ``by`` counts epochs or seconds instead. NaN before the first incumbent and after the end.

        Raises ValueError for the value of a lap that was run without one.
        """
        checks.one_of("by", by, get_args(Axis))
        checks.one_of("of", of, get_args(Height))
        reached = bisect.bisect_right([getattr(step, by) for step in self.steps], place)
        if not reached or place > getattr(self, by):
            return math.nan
        return self._height(self.steps[reached - 1], of)

    def along(
        self, places: Sequence[int | float], *, by: Axis = "trials", of: Height = "score"
    ) -> Float[np.ndarray, " places"]:
        """What ``at`` says at each of many places.

        Raises ValueError for the values of a lap that was run without them.
        """
        where = np.asarray(places, dtype=float)  # (places,)
        marks = np.array([getattr(step, by) for step in self.steps], dtype=float)
        heights = np.array([math.nan, *(self._height(step, of) for step in self.steps)])
        found = heights[np.searchsorted(marks, where, side="right")]
        return np.where(where > getattr(self, by), math.nan, found)

    def _height(self, step: Step, of: Height) -> float:
        found: float | None = getattr(step, of)
        if found is None:
            kind = {"value": "true value", "test": "test score"}.get(of, of)
            raise ValueError(
                f"{self.racer}, seed {self.seed}: no {kind} was recorded: "
                f"race(…, {of}=…) records one"
            )
        return found
