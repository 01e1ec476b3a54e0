"""Who takes part: strategies by name, as a notebook writes them, made into racers.

Random search always takes part: what does not beat it is no search.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from workbench.protocols import Estimator, Strategy
from workbench.race.running import Racer
from workbench.settings import words
from workbench.strategies.random_search import RandomSearch

# A strategy's class; with settings, partial(RegularizedEvolution, aging=False); or any function
# from the seed to a fresh strategy.
Entrant: TypeAlias = Callable[..., Strategy[Any]]
Entrants: TypeAlias = Mapping[str, Any] | Sequence[Any]  # of ``Entrant``; others are refused aloud

BASELINE = "random search"


def entered(strategies: Entrants, estimator: Estimator[Any]) -> dict[str, Racer[Any]]:
    """The racers of ``strategies``, all answered by one ``estimator``, in its space.

    Without names they are called as their classes are ("RandomSearch" -> "random search").
    Random search comes first, and is added where it is missing.

    Raises ValueError where two have one name or one is nothing that makes a strategy, and what a
    strategy's constructor raises.
    """
    named = _with_random_search(_named(strategies))
    return {name: _racer(each, estimator) for name, each in named.items()}


def is_baseline(strategy: object) -> bool:
    """Whether it is random search, plain."""
    return isinstance(strategy, RandomSearch)


def _named(strategies: Entrants) -> dict[str, Entrant]:
    if isinstance(strategies, Mapping):
        given = dict(strategies)
    else:
        names = [words(getattr(_class(each), "__name__", "strategy")) for each in strategies]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(
                f"race: {twice[0]!r} comes twice: give names, "
                f"{{{twice[0]!r}: …, {twice[0] + ', changed'!r}: …}}"
            )
        given = dict(zip(names, strategies))
    for name, each in given.items():
        if not callable(each):
            raise ValueError(
                f"race: {name!r}: expected a strategy's class, partial(class, setting=…) or a "
                f"function of the seed, got {each!r}"
            )
    return given


def _with_random_search(given: dict[str, Entrant]) -> dict[str, Entrant]:
    first = next((name for name, each in given.items() if _class(each) is RandomSearch), None)
    if first is None and BASELINE in given:  # a function of the seed that is called so
        first = BASELINE
    if first is None:
        return {BASELINE: RandomSearch, **given}
    return {first: given[first], **given}


def _class(entrant: Entrant) -> object:
    return entrant.func if isinstance(entrant, partial) else entrant


def _racer(entrant: Entrant, estimator: Any) -> Racer[Any]:
    if inspect.isclass(_class(entrant)):
        return lambda seed: (entrant(estimator.space, seed=seed), estimator)
    return lambda seed: (entrant(seed), estimator)
