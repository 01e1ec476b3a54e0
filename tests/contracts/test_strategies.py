"""The contract of every strategy. A new strategy joins by adding one entry to STRATEGIES."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from fakes import Guess, chains
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from thoroughness import so_many

from workbench.history import History
from workbench.records import Asked, Candidate, Evaluation, Told
from workbench.search import finish, search
from workbench.settings import describe
from workbench.spaces import ChainSpace
from workbench.store import load, recorded, resume
from workbench.strategies import (
    ASHA,
    NASH,
    PPO,
    BayesianOptimization,
    ByHand,
    Hyperband,
    LamarckianEvolution,
    LocalSearch,
    RandomSearch,
    RegularizedEvolution,
    Reinforce,
    SuccessiveHalving,
    WarmStart,
)


@dataclass(frozen=True)
class Entry:
    """A strategy under contract: ``make(space, seed)``. ``finishes``: on a small space it ends.

    ``seeded``: its settings tell two seeds apart. ``dear``: an ask takes a model's fit, so the
    plain profile tries even fewer examples.
    """

    name: str
    make: Callable[[Any, int], Any]
    finishes: bool = False
    seeded: bool = True
    dear: bool = False

    def examples(self, check: Callable[..., None], *, many: int | None = None) -> None:
        """Hold a property, a function of ``data``, against so many (by default as the profile)."""
        many = settings.default.max_examples if many is None else many
        limits = settings(
            max_examples=so_many(6 if self.dear else 15, many),
            suppress_health_check=list(HealthCheck),
            phases=[each for each in Phase if each is not Phase.explain],  # it traces each line
        )
        limits(given(data=st.data())(check))()


def with_yours(space: ChainSpace, seed: int) -> WarmStart[Any]:
    yours = tuple(space.sample(random.Random(number)) for number in (1, 2))
    return WarmStart(RandomSearch(space, seed=seed), first=yours)


def by_somebody(space: ChainSpace, seed: int) -> ByHand[Any]:
    """Who sits there chooses by dice, and has said all of it before."""
    strategy, dice = ByHand(space), random.Random(seed)
    for _ in range(60):
        strategy.answer(space.sample(dice))
    return strategy


def modelled_early(space: ChainSpace, seed: int) -> BayesianOptimization[Any]:
    """A model after eight scores; fitting, which is slow, is in test_bayesian."""
    settings: dict[str, Any] = {"initial": 8, "refit": 50, "candidates": 12, "enumerate_up_to": 20}
    return BayesianOptimization(space, **settings, seed=seed)


STRATEGIES = [
    Entry("RandomSearch", lambda space, seed: RandomSearch(space, seed=seed), finishes=True),
    Entry(
        "RegularizedEvolution",
        lambda space, seed: RegularizedEvolution(space, population=4, sample=2, seed=seed),
    ),
    Entry(
        "RegularizedEvolution, everything on",
        lambda space, seed: RegularizedEvolution(
            space,
            population=4,
            sample=2,
            replacement=False,
            aging=False,
            worst_of="sample",
            mutation="any decision",
            identity=0.2,
            crossover=0.5,
            seed=seed,
        ),
    ),
    Entry(
        "RegularizedEvolution, the worst dies",
        lambda space, seed: RegularizedEvolution(
            space, population=3, sample=3, aging=False, seed=seed
        ),
    ),
    Entry(
        "LocalSearch",
        lambda space, seed: LocalSearch(space, start=3, seed=seed),
        finishes=True,
    ),
    Entry(
        "LocalSearch, whole neighbourhood",
        lambda space, seed: LocalSearch(space, start=1, order="whole neighbourhood", seed=seed),
        finishes=True,
    ),
    Entry("NASH", lambda space, seed: NASH(space, neighbours=3, seed=seed)),
    Entry("NASH, several at once", lambda space, seed: NASH(space, morphisms=3, seed=seed)),
    Entry(
        "LamarckianEvolution",
        lambda space, seed: LamarckianEvolution(space, founders=3, seed=seed),
    ),
    Entry("BayesianOptimization", modelled_early, finishes=True, dear=True),
    Entry(
        "Reinforce",
        lambda space, seed: Reinforce(space, children=3, hidden_size=4, seed=seed),
        dear=True,
    ),
    Entry(
        "Reinforce, independent softmaxes",
        lambda space, seed: Reinforce(
            space, network="independent softmaxes", children=2, failures="left out", seed=seed
        ),
        dear=True,
    ),
    Entry(
        "Reinforce, a depth that grows",
        lambda space, seed: Reinforce(
            space, children=2, hidden_size=4, deepen_every=4, start_depth=1, deepen_by=1, seed=seed
        ),
        dear=True,
    ),
    Entry(
        "PPO",
        lambda space, seed: PPO(
            space,
            children=4,
            hidden_size=4,
            passes=2,
            minibatches=2,
            ratio="an architecture",
            seed=seed,
        ),
        dear=True,
    ),
    Entry(
        "SuccessiveHalving",
        lambda space, seed: SuccessiveHalving(space, most_epochs=9, eta=3, seed=seed),
        finishes=True,
    ),
    Entry(
        "Hyperband",
        lambda space, seed: Hyperband(space, most_epochs=4, seed=seed),
        finishes=True,
    ),
    Entry(
        "Hyperband, a model proposes",
        lambda space, seed: Hyperband(space, most_epochs=3, eta=3, proposals="model", seed=seed),
        finishes=True,
        dear=True,
    ),
    Entry("ASHA", lambda space, seed: ASHA(space, most_epochs=4, seed=seed), finishes=True),
    Entry("ByHand", by_somebody, seeded=False),
    Entry("WarmStart", with_yours, finishes=True),
]

every_strategy = pytest.mark.parametrize("entry", STRATEGIES, ids=lambda entry: entry.name)


def asked(history: History[Any]) -> list[Candidate[Any]]:
    return [event.candidate for event in history.events if isinstance(event, Asked)]


def run(entry: Entry, *, seed: int = 0, trials: int = 12, **space: Any) -> History[Any]:
    made = chains(**space)
    return finish(search(entry.make(made, seed), Guess(made), trials=trials, seed=5))


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
