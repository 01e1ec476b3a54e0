"""A fresh strategy told again what happened: how a run is resumed, forked, shown as it was.

The n-th ask of a strategy is a function of its settings, n, and what it was told before. So a
strategy that is asked and told again in the same order is the one that was there. Where it can
skip, nothing is computed anew.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any, TypeVar

from workbench.protocols import Estimator, Skips, Strategy
from workbench.records import Asked, Candidate, Event, Told
from workbench.search import tell

A = TypeVar("A")
S = TypeVar("S", bound=Strategy[Any])


class AsksOtherwiseError(ValueError):
    """At ``trial`` the strategy asks about ``here``, where the run had asked about ``there``."""

    def __init__(self, trial: int, here: Candidate[Any] | None, there: Candidate[Any]) -> None:
        super().__init__(trial, here, there)
        self.trial, self.here, self.there = trial, here, there

    def __str__(self) -> str:
        return f"trial {self.trial}: expected {self.there}, the strategy asks about {self.here}"


def replayed(strategy: S, events: Iterable[Event[Any]], *, upto: int | None = None) -> S:
    """``strategy``, which must be fresh, as it was right after trial ``upto`` was told.

    ``events`` are a run's, in their order: ``history.events``. ``upto`` None: all of them. No
    architecture is trained; with a ``skip`` of its own a strategy computes next to nothing.

    Raises ValueError where the events do not tell trial ``upto``.
    """
    replay(strategy, events if upto is None else until(events, upto))
    return strategy


def until(events: Iterable[Event[Any]], trial: int) -> list[Event[Any]]:
    """The events up to the ``Told`` of ``trial``. Raises ValueError where there is none."""
    kept: list[Event[Any]] = []
    for event in events:
        kept.append(event)
        if isinstance(event, Told) and event.trial == trial:
            return kept
    told = [event.trial for event in kept if isinstance(event, Told)]
    raise ValueError(
        f"trial {trial} has not been told: expected one that ended, of {_shortened(told)}"
    )


def replay(
    strategy: Strategy[Any],
    events: Iterable[Event[Any]],
    *,
    estimator: Estimator[Any] | None = None,
    checked: Container[int] = (),
) -> None:
    """Ask and tell a fresh strategy (and tell an estimator that listens) what happened.

    An ask is skipped, or asked and its answer dropped, but for the trials ``checked``: they are
    really asked about. Either way it counts as an ask, and what is told is what happened.

    Raises AsksOtherwiseError where a checked ask is another one.
    """
    skips = strategy if isinstance(strategy, Skips) else None
    for event in events:
        if isinstance(event, Told):
            tell(strategy, estimator, event)
        elif isinstance(event, Asked):
            if skips and event.trial not in checked:
                skips.skip(event.candidate)
                continue
            here = strategy.ask()
            if event.trial in checked and question(here) != question(event.candidate):
                raise AsksOtherwiseError(event.trial, here, event.candidate)


def question(candidate: Candidate[Any] | None) -> object:
    """A candidate without its reason, which is for people."""
    return candidate and (
        candidate.arch,
        candidate.epochs,
        candidate.continues,
        candidate.parents,
    )


def _shortened(trials: list[int]) -> str:
    return str(trials) if len(trials) <= 8 else f"{trials[0]} … {trials[-1]}"
