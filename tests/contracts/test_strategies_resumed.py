"""The contract of every strategy: stopped and taken up again, it asks what it would have asked."""

from __future__ import annotations

import math
from typing import Any

import pytest
from fakes import Guess, chains
from hypothesis import strategies as st

from contracts.strategies_under_contract import Entry, every_strategy, run
from workbench.records import Evaluation, Told
from workbench.search import finish, search
from workbench.store import load, recorded, resume


@every_strategy
def test_it_can_be_resumed_by_replay(entry: Entry, tmp_path: Any) -> None:
    space = chains()
    whole = run(entry, trials=10)
    for stop in (1, 9, 17, 30):
        path = tmp_path / f"{stop}.jsonl"
        strategy, guess = entry.make(space, 0), Guess(space)
        events = recorded(
            search(strategy, guess, trials=10, seed=5),
            path,
            strategy=strategy,
            estimator=guess,
            seed=5,
        )
        for _ in range(stop):
            next(events)
        events.close()
        continued = finish(resume(path, entry.make(space, 0), guess, trials=10, seed=5))
        assert continued.told == whole.told
        assert load(path, space).told == whole.told


@every_strategy
def test_skipped_and_replayed_strategies_ask_the_same_from_there_on(entry: Entry) -> None:
    """Three copies: one asks, one is asked again (replayed), one skips where it is told to."""

    def check(data: st.DataObject) -> None:
        few = data.draw(st.booleans())
        space = chains(max_depth=1, filters=(4,)) if few else chains()  # 16 chains, or some hundred
        seed = data.draw(st.integers(0, 1000))
        first, replayed, skipped = (entry.make(space, seed) for _ in range(3))
        if not hasattr(first, "skip"):
            pytest.skip("it is asked again on resume")
        asks, running = 0, []
        for _ in range(data.draw(st.integers(0, 30))):
            if running and data.draw(st.booleans()):
                trial, candidate = running.pop(data.draw(st.integers(0, len(running) - 1)))
                score = data.draw(st.sampled_from([0.1, 0.5, 0.5, 0.9, math.nan]))
                failed = data.draw(st.integers(0, 5)) == 0
                answer = Evaluation.failed() if failed else Evaluation(score, 1.0, (score,))
                for strategy in (first, replayed, skipped):
                    strategy.tell(Told(trial, candidate, answer))
            elif (candidate := first.ask()) is not None:
                assert replayed.ask() == candidate
                if data.draw(st.booleans()):
                    skipped.skip(candidate)
                else:
                    assert skipped.ask() == candidate
                running.append((asks, candidate))
                asks += 1
            else:
                assert replayed.ask() is None  # waits, or has finished
        for _ in range(4):
            candidate = first.ask()
            assert replayed.ask() == candidate
            assert skipped.ask() == candidate

    entry.examples(check, many=40)


@every_strategy
def test_an_ask_does_not_depend_on_how_much_was_looked_at(entry: Entry) -> None:
    """None of an answer's numbers comes from a generator that is carried along unseen."""
    space = chains()
    one, other = entry.make(space, 3), entry.make(space, 3)
    if not hasattr(one, "skip"):
        pytest.skip("it is asked again on resume")
    asks = (one.ask() for _ in range(8))
    *candidates, last = (candidate for candidate in asks if candidate is not None)  # it may wait
    for candidate in candidates:
        other.skip(candidate)
    assert other.ask() == last
