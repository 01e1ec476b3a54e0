"""Searches in simulated parallel time, and within a budget: traced by hand."""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from fakes import Guess, chains, stopped_clock
from hypothesis import given
from hypothesis import strategies as st

from workbench.history import Meter, incumbents, ledger
from workbench.records import Asked, Batch, Candidate, Epoch, Evaluation, Event, Failed, Told
from workbench.search import finish, search, search_simulated, within
from workbench.strategies import RandomSearch


@pytest.fixture(autouse=True)
def _stopped() -> Iterator[None]:
    with stopped_clock():
        yield


class Numbered:
    """Asks about 0, 1, 2 …, and notes what it was told; waits with ``most`` asks outstanding."""

    def __init__(self, *, most: int = 99) -> None:
        self.space: Any = None
        self.most, self.asked = most, 0
        self.told: list[int] = []
        self.known: list[tuple[int, ...]] = []  # what had been told when each was asked

    def ask(self) -> Candidate[Any] | None:
        if self.asked - len(self.told) >= self.most:
            return None
        self.known.append(tuple(self.told))
        self.asked += 1
        return Candidate(self.asked - 1)

    def tell(self, told: Told[Any]) -> None:
        self.told.append(told.trial)

    def inside(self) -> dict[str, Any]:
        return {}


class Lasting:
    """A table: trial n takes ``seconds[n]``; the score is the trial's number, in hundredths."""

    def __init__(self, *seconds: float, epochs: int = 0, prepared: float = 0.0) -> None:
        self.space: Any = None
        self.seconds, self.epochs, self.prepared = seconds, epochs, prepared

    def prepare(self, *, seed: int) -> Generator[Event[Any], None, None]:
        if self.prepared:
            yield Epoch(None, 1, 1, 1.0, 0.1, self.prepared)

    def estimate(
        self, candidate: Candidate[Any], *, trial: int, seed: int
    ) -> Generator[Event[Any], None, Evaluation]:
        seconds = float(self.seconds[trial])
        for epoch in range(1, self.epochs + 1):
            yield Batch(trial, epoch, 1, 1)
            yield Epoch(trial, epoch, self.epochs, 1.0, 0.5, seconds * epoch / self.epochs)
        curve = (0.5,) * self.epochs
        return Evaluation(trial / 100, seconds, curve)


def told(events: Any) -> list[int]:
    return [event.trial for event in events if isinstance(event, Told)]


# ------------------------------------------------------------------------ simulated parallel time


def test_two_workers_by_hand() -> None:
    # clock   worker 1       worker 2
    #   0     trial 0 … 5    trial 1 … 1
    #   1                    trial 2 … 2
    #   2                    trial 3 … 4
    #   4                    trial 4 … 8
    #   5     (no trial left)
    strategy = Numbered()
    events = list(search_simulated(strategy, Lasting(5, 1, 1, 2, 4), workers=2, trials=5))
    assert [(type(event).__name__, event.trial) for event in events] == [
        *[("Asked", 0), ("Asked", 1), ("Told", 1), ("Asked", 2), ("Told", 2)],
        *[("Asked", 3), ("Told", 3), ("Asked", 4), ("Told", 0), ("Told", 4)],
    ]
    assert strategy.known == [(), (), (1,), (1, 2), (1, 2, 3)]
    history = finish(events)
    clock = [(row["trial"], row["seconds"]) for row in incumbents(history, elapsed=True)]
    assert clock == [(1, 1.0), (2, 2.0), (3, 4.0), (0, 5.0), (4, 8.0)]
    assert ledger(history)[-1]["seconds"] == 13.0


def test_of_trials_that_end_together_the_lower_number_is_told_first() -> None:
    events = search_simulated(Numbered(), Lasting(2, 2, 1, 1, 1), workers=3, trials=5)
    assert told(events) == [2, 0, 1, 3, 4]


def test_a_strategy_that_waits_is_asked_again_after_the_next_tell() -> None:
    strategy = Numbered(most=2)
    assert told(search_simulated(strategy, Lasting(4, 1, 1, 1, 1), workers=4, trials=5)) == [
        *[1, 2, 3, 0, 4]
    ]
    assert strategy.known == [(), (), (1,), (1, 2), (1, 2, 3)]


def test_a_trial_s_events_come_together_when_it_ends() -> None:
    events = list(search_simulated(Numbered(), Lasting(5, 1, 1, epochs=2), workers=2, trials=3))
    kept = [event for event in events if not isinstance(event, Batch)]
    for place, event in enumerate(kept):
        if isinstance(event, Told):
            before = kept[place - 2 : place]
            assert [(type(e), e.trial) for e in before] == [(Epoch, event.trial)] * 2
    assert sum(isinstance(event, Batch) for event in events) == 6


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_each_trial_is_that_of_the_serial_search(workers: int) -> None:
    space = chains()

    def run(**settings: Any) -> Any:
        guess = Guess(space, broken=(2,), prepared=1)
        made = RandomSearch(space), guess
        if not settings:
            return finish(search(*made, trials=9, seed=4))
        return finish(search_simulated(*made, trials=9, seed=4, **settings))

    serial, simulated = run(), run(workers=workers)
    by_number = sorted(simulated.told, key=lambda event: event.trial)
    assert by_number == list(serial.told)
    assert repr(run(workers=workers)) == repr(simulated)
    if workers == 1:
        assert repr(simulated) == repr(serial)
    failed = next(place for place, e in enumerate(simulated.events) if isinstance(e, Failed))
    assert isinstance(simulated.events[failed + 1], Told)  # a failure is news when it ends


@given(st.lists(st.integers(0, 9), max_size=25), st.integers(1, 6))
def test_workers_are_never_more_and_never_idle(seconds: list[int], workers: int) -> None:
    events = list(search_simulated(Numbered(), Lasting(*seconds), workers=workers, trials=25))
    running, most = 0, 0
    for event in events:
        running += {Asked: 1, Told: -1}.get(type(event), 0)
        most = max(most, running)
    # the strategy never waits, and each failed trial (none is recorded) ends at once
    assert most == workers
    history = finish(events)
    clock = [row["seconds"] for row in incumbents(history, elapsed=True)]
    assert clock == sorted(clock)
    # greedy list scheduling, simulated by itself
    free = [0.0] * workers
    for length in seconds:
        free.sort()
        free[0] += length
    assert clock[-1] == max(free)


def test_stop_reaches_the_trial_that_is_computed() -> None:
    closed = []

    class Watched(Lasting):
        def estimate(self, candidate: Any, *, trial: int, seed: int) -> Any:
            try:
                return (yield from super().estimate(candidate, trial=trial, seed=seed))
            finally:
                closed.append(trial)

    events = search_simulated(Numbered(), Watched(3, 3, epochs=2), workers=2, trials=2)
    for event in events:
        if isinstance(event, Batch) and event.trial == 1:
            break
    assert closed == [0]
    events.close()  # type: ignore[attr-defined]
    assert closed == [0, 1]


def test_too_few_workers_are_refused() -> None:
    with pytest.raises(ValueError, match=r"workers .* got 0"):
        finish(search_simulated(Numbered(), Lasting(), workers=0, trials=1))


# --------------------------------------------------------------------------------- a budget


def stream(*seconds: float, **settings: Any) -> Any:
    return search(Numbered(), Lasting(*seconds, **settings), trials=len(seconds))


def test_seconds_by_hand() -> None:
    assert told(within(stream(2, 2, 2, 2), seconds=5)) == [0, 1, 2]  # the third overdraws it
    assert told(within(stream(2, 2, 2, 2), seconds=4)) == [0, 1]  # exactly two
    assert told(within(stream(2, 2, prepared=3.0), seconds=4)) == [0]
    assert told(within(stream(2, 2), seconds=99.5)) == [0, 1]
    assert told(within(stream(2, 2))) == [0, 1]


def test_epochs_by_hand() -> None:
    four = list(within(stream(1, 1, 1, 1, epochs=2), epochs=4))
    assert told(four) == [0, 1]
    five = list(within(stream(1, 1, 1, 1, epochs=2), epochs=5))
    assert told(five) == [0, 1]
    assert five[-1] == Epoch(2, 2, 2, 1.0, 0.5, 1.0)  # the sixth, which overdraws it
    assert Meter().epochs == 0


def test_a_table_s_epochs_count_though_no_event_tells_of_them() -> None:
    curves = [Told(n, Candidate("A"), Evaluation(0.5, 1.0, (0.1, 0.2, 0.3))) for n in range(4)]
    continued = Told(4, Candidate("A", continues=3), Evaluation(0.5, 1.0, (0.1,) * 4))
    assert told(within([*curves, continued], epochs=12)) == [0, 1, 2, 3]
    assert told(within([*curves, continued], epochs=13)) == [0, 1, 2, 3, 4]


def test_on_a_clock_two_workers_do_twice_as_much() -> None:
    def events() -> Any:
        return search_simulated(Numbered(), Lasting(*[2.0] * 8), workers=2, trials=8)

    assert told(within(events(), seconds=6, elapsed=True)) == [0, 1, 2, 3, 4]
    assert told(within(events(), seconds=7, elapsed=True)) == [0, 1, 2, 3, 4, 5, 6]
    assert told(within(events(), seconds=6)) == [0, 1, 2]


def test_a_spent_budget_and_a_stop_close_the_stream() -> None:
    closed = []

    def endless() -> Any:
        try:
            for trial in range(10**6):
                yield Told(trial, Candidate("A"), Evaluation(0.5, 1.0))
        finally:
            closed.append(True)

    assert len(list(within(endless(), seconds=3))) == 3
    assert closed == [True]
    events = within(endless(), seconds=3)
    next(events)
    events.close()
    assert closed == [True, True]


@pytest.mark.parametrize("budget", [{"seconds": 0}, {"epochs": -1}, {"seconds": float("nan")}])
def test_a_budget_must_be_positive(budget: dict[str, Any]) -> None:
    with pytest.raises(
        ValueError, match=r"within: (seconds must be more than 0|epochs must be at least 1), got"
    ):
        list(within(stream(1), **budget))


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=12),
    st.integers(0, 3),
    st.integers(1, 30),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_a_budget_is_overdrawn_by_one_event_at_most(
    seconds: list[int], epochs: int, budget: int, in_epochs: bool, rng: random.Random
) -> None:
    workers = rng.choice([1, 3])
    settings: Any = {"workers": workers, "trials": len(seconds)}

    def events() -> Any:
        return search_simulated(Numbered(), Lasting(*seconds, epochs=epochs), **settings)

    budgets: Any = {"epochs": budget} if in_epochs else {"seconds": budget}
    seen, whole = list(within(events(), **budgets)), list(events())
    assert seen == whole[: len(seen)]
    meter, paid = Meter(), []
    for event in seen:
        meter.add(event)
        paid.append(meter.epochs if in_epochs else meter.seconds)
    assert all(spent <= budget for spent in paid[:-1])
    if len(seen) < len(whole):
        assert paid[-1] >= budget
