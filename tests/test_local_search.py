"""Local search: where it stands, where it moves, where it stops."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from fakes import chains
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.records import Candidate, Evaluation, Told
from workbench.search import finish, search
from workbench.settings import presets
from workbench.spaces import TopologySpace
from workbench.spaces.topology import Topology
from workbench.strategies import LocalSearch, WarmStart
from workbench.views.nouns import pictured

# three edges with or without a skip connection: the corners of a cube, two of them local optima
CUBE = TopologySpace(nodes=3, operations=("none", "skip_connect"))
HEIGHTS = {
    "000": 0.10, "100": 0.20, "010": 0.15, "001": 0.05,
    "110": 0.30, "101": 0.50, "011": 0.12, "111": 0.25,
}  # fmt: skip
SMALL = TopologySpace(nodes=3)  # 125 cells, 12 neighbours each


def corner(bits: str) -> Topology:
    return Topology(tuple("none" if bit == "0" else "skip_connect" for bit in bits))


def bits(arch: Topology) -> str:
    return "".join("0" if each == "none" else "1" for each in arch.operations)


class Landscape:
    """Answers from a table or from the architecture's spelling; costs nothing."""

    def __init__(self, space: Any, heights: dict[str, float] | None = None) -> None:
        self.space, self.heights = space, heights

    def prepare(self, *, seed: int) -> Any:
        yield from ()

    def height(self, arch: Any) -> float:
        if self.heights:
            return self.heights[bits(arch)]
        return random.Random(self.space.spell(arch)).random()

    def estimate(self, candidate: Candidate[Any], *, trial: int, seed: int) -> Any:
        yield from ()
        return Evaluation(self.height(candidate.arch), 1.0)


def told_of(strategy: Any, heights: dict[str, float], trials: int = 99) -> list[Any]:
    return list(finish(search(strategy, Landscape(CUBE, heights), trials=trials)).told)


# ------------------------------------------------------------------ traced by hand


@pytest.mark.parametrize("seed", range(4))
def test_the_whole_neighbourhood_first(seed: int) -> None:
    """010 is worth 0.15; of its neighbours 110, 000, 011 the first is best, 0.30, and an optimum.

    Its neighbours 100 and 111 are asked about, and the climb ends.
    """
    climb = LocalSearch(CUBE, start=1, order="whole neighbourhood", restarts=0, seed=seed)
    told = told_of(WarmStart(climb, first=(corner("010"),)), HEIGHTS)
    asked = [bits(each.candidate.arch) for each in told]
    assert (asked[0], {*asked[1:4]}, {*asked[4:]}) == (
        "010", {"110", "000", "011"}, {"100", "111"}
    )  # fmt: skip
    there = asked.index("110")
    assert [each.candidate.parents for each in told] == [(), *[(0,)] * 3, *[(there,)] * 2]
    assert climb.ask() is None
    (optimum,) = climb.inside()["optima"]
    assert (optimum["climb"], optimum["trial"], optimum["score"]) == (1, there, 0.3)


@pytest.mark.parametrize("seed", range(8))
def test_first_improvement_moves_at_once(seed: int) -> None:
    """From 010 the only better neighbour is 110: what is told after it is not asked about."""
    climb = LocalSearch(CUBE, start=1, restarts=0, seed=seed)
    told = told_of(WarmStart(climb, first=(corner("010"),)), HEIGHTS)
    asked = [bits(each.candidate.arch) for each in told]
    there = asked.index("110")
    assert {*asked[1:there]} <= {"000", "011"}
    assert {*asked[there + 1 :]} == {"100", "111"}
    assert all(each.candidate.parents == (there,) for each in told[there + 1 :])


def test_the_order_is_random() -> None:
    seconds = set()
    for seed in range(30):
        climb = LocalSearch(CUBE, start=1, restarts=0, seed=seed)
        told = told_of(WarmStart(climb, first=(corner("010"),)), HEIGHTS, trials=2)
        seconds.add(bits(told[1].candidate.arch))
    assert seconds == {"110", "000", "011"}


@pytest.mark.parametrize("order", ["first improvement", "whole neighbourhood"])
def test_after_an_optimum_it_begins_anew_until_nothing_is_left(order: Any) -> None:
    """Left are 101, the summit, and 001: from there known neighbours lead back, at no cost."""
    climb = LocalSearch(CUBE, start=1, order=order, seed=1)
    told = told_of(WarmStart(climb, first=(corner("010"),)), HEIGHTS)
    assert sorted(bits(each.candidate.arch) for each in told) == sorted(HEIGHTS)
    optima = [told[row["trial"]].candidate.arch for row in climb.inside()["optima"]]
    assert bits(optima[0]) == "110"
    assert {*map(bits, optima)} == {"110", "101"}
    assert any(each.candidate.reason == "start of climb 2, at random" for each in told)


def test_it_starts_at_the_best_of_ten() -> None:
    space = SMALL
    strategy = LocalSearch(space, seed=4)
    landscape = Landscape(space)
    told = finish(search(strategy, landscape, trials=11)).told
    best = max(told[:10], key=lambda each: each.evaluation.score)
    assert [each.candidate.parents for each in told[:10]] == [()] * 10
    assert told[10].candidate.parents == (best.trial,)
    assert told[10].candidate.arch in set(space.neighbours(best.candidate.arch))


# ------------------------------------------------------------------ always


@pytest.mark.parametrize("order", ["first improvement", "whole neighbourhood"])
@pytest.mark.parametrize("seed", range(3))
def test_every_climb_ends_at_a_local_optimum(order: Any, seed: int) -> None:
    space = SMALL
    strategy, landscape = LocalSearch(space, start=2, order=order, seed=seed), Landscape(space)
    told = finish(search(strategy, landscape, trials=200)).told
    assert len(told) == len({each.candidate.arch for each in told}) == 125
    optima = [told[row["trial"]].candidate.arch for row in strategy.inside()["optima"]]
    assert len(optima) > 3
    for arch in optima:
        assert all(
            landscape.height(each) < landscape.height(arch) for each in space.neighbours(arch)
        )
    best = max(told, key=lambda each: each.evaluation.score).candidate.arch
    assert best in optima


@settings(max_examples=12)
@given(data=st.data())
def test_with_asks_outstanding_nothing_is_asked_twice_and_it_only_climbs(
    data: st.DataObject,
) -> None:
    order = data.draw(st.sampled_from(["first improvement", "whole neighbourhood"]))
    strategy = LocalSearch(SMALL, start=3, order=order, seed=data.draw(st.integers(0, 9)))
    running: list[tuple[int, Candidate[Any]]] = []
    seen: dict[int, tuple[Any, Any]] = {}  # trial: architecture, key
    asked: set[Any] = set()
    here, asks = None, 0
    for _ in range(60):
        candidate = strategy.ask() if len(running) < 4 else None
        if candidate is not None:
            assert candidate.arch not in asked
            asked.add(candidate.arch)
            if candidate.parents:
                (parent,) = candidate.parents
                assert candidate.arch in set(SMALL.neighbours(seen[parent][0]))
                assert here is None or parent == here or seen[parent][1] > seen[here][1]
                here = parent
            else:
                here = None
            running.append((asks, candidate))
            asks += 1
        else:
            assert running, "with nothing running, None means finished: too early"
        while running and (candidate is None or data.draw(st.booleans())):
            trial, one = running.pop(data.draw(st.integers(0, len(running) - 1)))
            score = data.draw(st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9, math.nan, None]))
            answer = Evaluation.failed() if score is None else Evaluation(score, 1.0)
            strategy.tell(Told(trial, one, answer))
            seen[trial] = one.arch, answer.sort_key
            candidate = one  # told one at least


def test_a_plateau_ends_a_climb_and_so_does_a_failure() -> None:
    strategy = LocalSearch(CUBE, start=1, restarts=0)
    answers = [Evaluation(-3.0, 1.0), Evaluation(-3.0, 1.0), Evaluation.failed()]
    for trial, answer in enumerate([*answers, Evaluation(math.nan, 1.0)]):
        candidate = strategy.ask()
        assert candidate is not None
        strategy.tell(Told(trial, candidate, answer))
    assert strategy.ask() is None
    assert [row["trial"] for row in strategy.inside()["optima"]] == [0]


def test_while_all_neighbours_are_under_way_it_waits() -> None:
    strategy = LocalSearch(CUBE, start=1)
    strategy.tell(Told(0, Candidate(corner("010")), Evaluation(0.15, 1.0)))
    candidates = [strategy.ask() for _ in range(3)]
    assert strategy.ask() is None
    better = next(each for each in candidates if each and bits(each.arch) == "110")
    strategy.tell(Told(1, better, Evaluation(0.3, 1.0)))
    candidate = strategy.ask()  # moved on, though two are still under way
    assert candidate is not None
    assert candidate.parents == (1,)


@pytest.mark.parametrize("restarts", [0, 2])
def test_it_finishes_where_the_restarts_are_used_up(restarts: int) -> None:
    strategy = LocalSearch(SMALL, start=2, restarts=restarts, seed=3)
    told = finish(search(strategy, Landscape(SMALL), trials=200)).told
    assert len(told) < 125
    assert len(strategy.inside()["optima"]) == restarts + 1
    assert strategy.ask() is None


# ------------------------------------------------------------------ settings, and what is shown


def test_what_is_shown() -> None:
    strategy = LocalSearch(CUBE, start=1)
    strategy.tell(Told(0, Candidate(corner("010"), reason="yours"), Evaluation(0.15, 1.0)))
    candidate = strategy.ask()
    assert candidate is not None
    waits = strategy.ask()
    assert waits is not None
    strategy.tell(Told(1, candidate, Evaluation(0.1, 1.0)))
    tables = strategy.inside()
    rows = tables["neighbourhood"]
    assert sorted(row["state"] for row in rows) == ["open", "running", "told"]
    (row,) = [row for row in rows if row["state"] == "told"]
    assert row == {"change": row["change"], "trial": 1, "score": 0.1, "state": "told"}
    assert candidate.reason == f"neighbour of trial 0: {row['change']}"
    assert [(row["child"], row["parent"]) for row in tables["family"]] == [(0, None), (1, 0)]
    assert [row["value"] for row in tables["history"]] == [0.15] * 4
    for noun in ("history", "family"):
        assert pictured(noun, tables[noun]) is not None


def test_the_paper_s_settings() -> None:
    paper = presets(LocalSearch)["paper"]
    assert paper == {"start": 1, "order": "whole neighbourhood", "restarts": 0}
    assert presets(LocalSearch)["lesson"]["start"] == 10


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"start": 0}, "start must be at least 1, got 0"),
        ({"order": "best"}, "order"),
        ({"restarts": -1}, "restarts must be at least 0"),
    ],
)
def test_impossible_settings_are_refused(wrong: dict[str, Any], words: str) -> None:
    # a wrong word is refused by the tests' type checks already
    with pytest.raises((ValueError, TypeError), match=words):
        LocalSearch(chains(), **wrong)
