"""The strategies under contract, with what their tests share. A new one joins with one entry."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from fakes import Guess, chains
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from thoroughness import so_many

from workbench.history import History
from workbench.records import Asked, Candidate
from workbench.search import finish, search
from workbench.spaces import ChainSpace
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
