"""A search with termination, trial by trial: how far each came, and what was expected of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.estimators.extrapolated import forecast_of
from workbench.estimators.learning_curves import Forecast
from workbench.history import History, Row
from workbench.panels.running.run_result import shown
from workbench.records import Epoch, Event, Told
from workbench.views.numbers_in_words import percent


@dataclass(frozen=True)
class CutShort:
    """One trial of a search whose trainings may be stopped, at one moment.

    ``curve`` are the accuracies so far, of ``epochs`` in all; ``best`` is the one to beat (None:
    there is none yet). ``known`` is how much of the curve ``forecast`` was made from: all of it
    while it trains and where it was ``stopped``, and what the first look saw of one that was
    trained to the end. ``end`` is the whole curve of a stopped one, where it was trained on.
    """

    trial: int
    curve: tuple[float, ...]
    epochs: int
    best: float | None
    known: int
    forecast: Forecast | None
    stopped: bool = False
    told: bool = False
    end: tuple[float, ...] = ()

    @property
    def words(self) -> str:
        """What is to be seen, in sentences."""
        which, came = f"Trial {self.trial}", len(self.curve)
        if not came:
            return f"{which} begins."
        now = percent(self.curve[-1])
        if self.stopped:
            said = f"{which} was stopped after epoch {came} of {self.epochs}, at {now}. "
            said += self._expected("expected")
            return said + (f" Trained on, it came to {percent(self.end[-1])}." if self.end else "")
        if self.told:
            said = f"{which} was trained to the end, {now}."
            seen = f" After epoch {self.known} " + self._expected("expected", first="the")
            return said + (seen if self.forecast else " Nothing was to be beaten yet.")
        said = f"{which}, epoch {came} of {self.epochs}: {now}."
        return said + (" " + self._expected("expects") if self.forecast else "")

    def _expected(self, verb: str, *, first: str = "The") -> str:
        forecast, best = self.forecast, self.best
        if forecast is None or best is None:
            return ""
        if forecast.trouble:
            return f"No forecast: {forecast.trouble}."
        return (
            f"{first} ensemble {verb} {percent(forecast.final)}; the probability to end above "
            f"{percent(best)}: {percent(forecast.above(best))}."
        )


def trial_of(
    events: Iterable[Event[Any]],
    trial: int,
    *,
    epochs: int,
    first: int,
    end: tuple[float, ...] = (),
) -> CutShort:
    """What the ``events`` of a search say of a ``trial``; ``first`` is the epoch of the first look.

    ``epochs`` is how many a training has that is not stopped, ``end`` as in ``CutShort``.
    """
    curve, before, told = list[float](), list[float](), None
    for event in events:
        if isinstance(event, Epoch) and event.trial == trial:
            curve.append(event.score)
        elif isinstance(event, Told) and event.trial == trial:
            told = event.evaluation
        elif isinstance(event, Told) and event.trial < trial and _counts(event):
            before.append(event.evaluation.score)
    best = max(before, default=None)
    stopped = told is not None and bool(told.measures.get("predicted"))
    known = first if told is not None and not stopped else len(curve)
    looked = best is not None and first <= known < epochs and len(curve) >= known
    return CutShort(
        trial, tuple(curve), epochs, best, known,
        forecast_of(tuple(curve[:known]), epochs, "least squares") if looked else None,
        stopped=stopped, told=told is not None, end=end,
    )  # fmt: skip


def _counts(told: Told[Any]) -> bool:
    """Only a score that was measured is one to beat."""
    return told.evaluation.has_score and not told.evaluation.measures.get("predicted")


@dataclass(frozen=True)
class Outcome:
    """What was done, as a ``line``; while committed outputs are made the panel's ``twin`` too."""

    line: str
    twin: Callable[[], str] = field(repr=False)

    def __repr__(self) -> str:
        return self.line

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        return shown(self.line, self.twin)


def trained_on(ends: Mapping[int, tuple[float, ...]]) -> str:
    """What the stopped ones came to, to be set behind what a search did; "" without any."""
    if not ends:
        return ""
    last = sorted(end[-1] for end in ends.values())
    return f" · {len(last)} trained on: {100 * last[0]:.1f} to {percent(last[-1])}"


def outcomes(history: History[Any], ends: Mapping[int, tuple[float, ...]]) -> list[Row]:
    """A row a trial that was told: how many epochs, what was told, and what it came to."""
    rows = []
    for told in history.told:
        said, cut = told.evaluation, bool(told.evaluation.measures.get("predicted"))
        end = ends.get(told.trial)
        rows.append(
            {
                "trial": told.trial,
                "epochs": len(said.curve),
                "told": percent(said.score) + (", expected" if cut else ""),
                "P(final > best)": percent(said.measures["P(final > best)"]) if cut else "",
                "trained on": percent(end[-1]) if end else "",
            }
        )
    return rows
