"""The contract of every strategy: what it asks, hears, shows and says of itself.

Whether it can be taken up again is in ``test_strategies_resumed``.
"""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np
import pytest
import torch
from fakes import chains
from hypothesis import strategies as st

from contracts.strategies_under_contract import Entry, asked, every_strategy, run
from workbench.records import Asked, Candidate, Evaluation, Told
from workbench.settings import describe
from workbench.spaces.topology import Topology


@every_strategy
def test_candidates_lie_in_the_space_and_say_why(entry: Entry) -> None:
    space = chains()
    candidates = asked(run(entry))
    assert len(candidates) == 12
    for trial, candidate in enumerate(candidates):
        assert space.compose(space.decisions(candidate.arch)) == candidate.arch
        assert 0 < len(candidate.reason) <= 200
        assert "\n" not in candidate.reason
        assert all(0 <= parent < trial for parent in candidate.parents)
        assert candidate.continues is None or 0 <= candidate.continues < trial


@every_strategy
def test_the_same_seed_asks_the_same(entry: Entry) -> None:
    first = run(entry)
    random.seed(99)
    np.random.seed(99)
    torch.manual_seed(99)
    again = run(entry)
    assert (asked(again), again.told) == (asked(first), first.told)
    assert asked(run(entry, seed=1)) != asked(first)


@every_strategy
def test_asks_may_be_outstanding_and_tells_come_in_any_order(entry: Entry) -> None:
    def check(data: st.DataObject) -> None:
        space = chains()
        strategy = entry.make(space, data.draw(st.integers(0, 1000)))
        running: list[Asked[Any]] = []
        begun = ended = 0
        while ended < 12:
            candidate = None
            if len(running) < 4 and data.draw(st.booleans()):
                candidate = strategy.ask()
            if candidate is not None:
                assert space.compose(space.decisions(candidate.arch)) == candidate.arch
                running.append(Asked(begun, candidate))
                begun += 1
            elif running:
                one = running.pop(data.draw(st.integers(0, len(running) - 1)))
                score = data.draw(st.sampled_from([0.1, 0.5, 0.5, 0.9]))
                strategy.tell(Told(one.trial, one.candidate, Evaluation(score, 1.0, (score,))))
                ended += 1
            else:
                candidate = strategy.ask()
                assert candidate is not None, "with nothing running, None means finished: too early"
                running.append(Asked(begun, candidate))
                begun += 1

    entry.examples(check)


@every_strategy
def test_failures_and_scores_that_are_no_numbers_are_survived(entry: Entry) -> None:
    strategy = entry.make(chains(), 0)
    answers = [Evaluation.failed(), Evaluation(float("nan"), 1.0), Evaluation(0.5, 1.0)] * 5
    for trial, answer in enumerate(answers):
        candidate = strategy.ask()
        assert candidate is not None
        strategy.tell(Told(trial, candidate, answer))
        strategy.inside()


@every_strategy
def test_it_learns_of_trials_that_it_never_asked_about(entry: Entry) -> None:
    space = chains()
    strategy = entry.make(space, 0)
    foreign = Candidate(space.sample(random.Random(77)), reason="yours")
    strategy.tell(Told(0, foreign, Evaluation(0.99, 1.0)))
    for trial in range(1, 10):
        candidate = strategy.ask()
        assert candidate is not None
        strategy.tell(Told(trial, candidate, Evaluation(0.5, 1.0)))


@every_strategy
def test_what_is_not_in_its_space_is_refused_and_forgotten(entry: Entry) -> None:
    strategy, unharmed = entry.make(chains(), 0), entry.make(chains(), 0)
    stranger = Told(0, Candidate(Topology(("none",))), Evaluation(0.5, 1.0))
    with pytest.raises(ValueError, match="not in this space"):
        strategy.tell(stranger)
    assert strategy.inside() == unharmed.inside()
    assert strategy.ask() == unharmed.ask()


@every_strategy
def test_the_inside_is_plain_tables_and_looking_changes_nothing(entry: Entry) -> None:
    space = chains()
    watched, unwatched = entry.make(space, 3), entry.make(space, 3)
    for trial in range(10):
        tables = watched.inside()
        assert json.loads(json.dumps(dict(tables))) == {
            name: [dict(row) for row in rows] for name, rows in tables.items()
        }
        candidate = watched.ask()
        assert candidate == unwatched.ask()
        told = Told(trial, candidate, Evaluation(trial / 10, 1.0))
        watched.tell(told)
        unwatched.tell(told)
    assert any(watched.inside().values())


@every_strategy
def test_settings_are_json_and_tell_seeds_apart(entry: Entry) -> None:
    described = describe(entry.make(chains(), 0))
    assert json.loads(json.dumps(described)) == described
    assert described == describe(entry.make(chains(), 0))
    assert (described != describe(entry.make(chains(), 1))) is entry.seeded
    assert described != describe(entry.make(chains(filters=(4,)), 0))


@every_strategy
def test_a_small_space_is_exhausted_or_asked_about_again(entry: Entry) -> None:
    few = {"max_depth": 1, "operations": ("identity", "max pooling", "average pooling")}
    space = chains(**few)
    history = run(entry, trials=3 * space.size(), **few)
    if entry.finishes:
        begun = [c.arch for c in asked(history) if c.continues is None]  # not carried on
        assert sorted(map(repr, begun)) == sorted(
            map(repr, {space.compose(taken) for taken in _walks(space)})
        )
        assert len(history.told) == len(asked(history))
    else:
        assert len(history.told) == 3 * space.size()


def _walks(space: Any, taken: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    decision = space.next_decision(taken)
    if decision is None:
        return [taken]
    return [walk for i in range(len(decision.options)) for walk in _walks(space, (*taken, i))]
