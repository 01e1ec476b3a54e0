"""A race under way: every racer with every seed, one search after the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing
from typing import TypeAlias, TypeVar

from workbench import checks
from workbench.history import History, Lap
from workbench.protocols import Estimator, Strategy
from workbench.records import Batch, Event, Told
from workbench.search import search_simulated, within

A = TypeVar("A")

# the seed -> a fresh strategy and the estimator that answers it
Racer: TypeAlias = Callable[[int], tuple[Strategy[A], Estimator[A]]]


def race(
    racers: Mapping[str, Racer[A]],
    *,
    seeds: Iterable[int],
    trials: int,
    seconds: int | float | None = None,
    workers: int = 1,
    longest: bool = False,
    value: Callable[[A], float] | None = None,
    test: Callable[[A], float] | None = None,
    done: Collection[tuple[str, int]] = (),
) -> Iterator[Batch | Lap]:
    """Search with every racer and every seed; a ``Lap`` when each search has ended.

    All racers run with one seed before the next seed begins, so a race that was stopped compares
    like with like. ``Batch`` (trial None; ``epoch`` is the number of the lap, ``batch`` that of the
    trial under way) beats after each trial, and after each batch where networks are trained.

    A lap is ``search_simulated`` with ``workers`` (one: ``search``), its seed also the run's: up
    to ``trials`` trials, and ``within`` so many ``seconds`` as a clock would show that ran with
    it. ``longest`` and ``value`` are as in ``incumbents``: with ``value=table.mean`` each new
    incumbent's true value is recorded beside the score that the strategy saw, with ``test`` its
    test score. ``done`` are laps, by racer and seed, that were run before: they are counted, and
    left out, so that a race that was stopped goes on.
    """
    checks.of_type("race: racers", racers, Mapping)
    trials = checks.whole("race: trials", trials, least=0)
    workers = checks.whole("race: workers", workers, least=1)
    checks.number_or_none("race: seconds", seconds, above=0.0)
    checks.yes_or_no("race: longest", longest)
    number = 0
    for seed in checks.wholes("race: seeds", seeds, least=0):
        for racer, made in racers.items():
            number += 1
            if (racer, seed) in done:
                continue
            strategy, estimator = made(seed)
            running = within(
                search_simulated(strategy, estimator, workers=workers, trials=trials, seed=seed),
                seconds=seconds,
                elapsed=True,
            )
            events, told = list[Event[A]](), 0
            with closing(running):  # Stop must reach the training at once, in this thread
                for event in running:
                    if isinstance(event, Told):
                        told += 1
                    if isinstance(event, Batch | Told):
                        yield Batch(None, number, min(told + 1, trials), trials)
                    if not isinstance(event, Batch):
                        events.append(event)
            history = History(tuple(events))
            yield Lap.of(history, racer=racer, seed=seed, longest=longest, value=value, test=test)
