"""NASH and Lamarckian evolution: who has children, and what the children are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from workbench.records import Candidate, Evaluation, Told
from workbench.spaces import BranchSpace, ChainSpace, DARTSSpace
from workbench.spaces.morphisms import is_preserving, morphs
from workbench.strategies import NASH, LamarckianEvolution
from workbench.strategies.lamarckian import sparseness

SPACE = ChainSpace(
    max_depth=3,
    operations=("convolution",),
    kernel_heights=(1, 3),
    kernel_widths=(3,),
    hidden_units=(0,),
)


def run(
    strategy: Any, trials: int, score: Callable[[Any], float], **measures: Callable[[Any], float]
) -> list[Told[Any]]:
    """Asked and told, one after the other."""
    told = []
    for trial in range(trials):
        candidate = strategy.ask()
        if candidate is None:
            break
        known = {name: float(of(candidate.arch)) for name, of in measures.items()}
        told.append(Told(trial, candidate, Evaluation(score(candidate.arch), 1.0, (), known)))
        strategy.tell(told[-1])
    return told


def filters(arch: Any) -> float:
    return sum(layer.filters for layer in arch.layers) / 100


def test_a_step_asks_for_morphs_and_for_the_parent_once_more_and_moves_to_the_best() -> None:
    told = run(NASH(SPACE, neighbours=4, moves=3, seed=1), 99, filters)
    assert [each.trial for each in told] == list(range(1 + 3 * 4))  # then it has finished
    here = told[0]
    assert SPACE.spell(here.candidate.arch) == "conv1x3:8-fc0"  # of the first options
    for step in range(3):
        asked = told[1 + 4 * step :][:4]
        assert {each.candidate.parents for each in asked} == {(here.trial,)}
        children = {morph.child for morph in morphs(SPACE, here.candidate.arch)}
        assert {each.candidate.arch for each in asked[:3]} <= children
        assert asked[3].candidate.arch == here.candidate.arch
        assert asked[3].candidate.reason == f"trial {here.trial}, trained on"
        here = max(asked, key=lambda each: each.evaluation.score)


def test_several_morphisms_are_applied_one_after_the_other() -> None:
    space = BranchSpace(max_depth=4)
    start = space.parse("conv3x3:8-conv3x3:8-fc0")
    strategy = NASH(space, start=start, neighbours=8, morphisms=5)
    told = run(strategy, 9, lambda arch: 0.5)
    assert told[0].candidate.arch == start
    for each in told[1:8]:
        assert is_preserving(space, start, each.candidate.arch)
        assert each.candidate.reason.endswith(", and 4 more")
    assert max(len(each.candidate.arch.layers) for each in told) == 4


def test_it_waits_for_its_step_and_failures_come_last() -> None:
    strategy = NASH(SPACE, neighbours=3)
    first = strategy.ask()
    assert strategy.ask() is None
    strategy.tell(Told(0, first, Evaluation(0.5, 1.0)))
    asked = [strategy.ask() for _ in range(3)]
    assert strategy.ask() is None
    for trial, candidate in enumerate(asked, start=1):
        strategy.tell(Told(trial, candidate, Evaluation.failed()))
    assert strategy.ask().parents == (0,)  # where it was


def test_at_the_largest_network_it_trains_on() -> None:
    start = SPACE.parse("conv3x3:32-conv3x3:32-conv3x3:32-fc0")
    assert morphs(SPACE, start) == ()
    told = run(NASH(SPACE, start=start), 5, filters)
    assert {each.candidate.arch for each in told} == {start}
    assert told[1].candidate.reason == "trial 0, trained on: no morphism is left"


def test_its_tables_are_the_tree_of_networks_and_this_step() -> None:
    strategy = NASH(SPACE, neighbours=3)
    run(strategy, 5, filters)
    inside = strategy.inside()
    assert [row["state"] for row in inside["neighbourhood"]] == ["told"]
    assert [(row["child"], row["parent"]) for row in inside["family"]][:4] == [
        (0, None), (1, 0), (2, 0), (3, 0),
    ]  # fmt: skip
    assert {row["series"] for row in inside["history"]} == {"here", "best so far"}


def test_of_two_neighbours_that_are_alike_each_has_its_own_row() -> None:
    start = SPACE.parse("conv3x3:32-conv3x3:32-conv3x3:32-fc0")  # the largest network
    strategy = NASH(SPACE, start=start)
    run(strategy, 1, filters)
    asked = [strategy.ask() for _ in range(4)]
    assert asked[0] == asked[1] == asked[2]

    def states() -> list[tuple[int | None, str]]:
        return [(row["trial"], row["state"]) for row in strategy.inside()["neighbourhood"]]

    strategy.tell(Told(2, asked[1], Evaluation(0.5, 1.0)))
    assert states() == [(2, "told"), *[(None, "running")] * 3]
    strategy.tell(Told(1, asked[0], Evaluation(0.6, 1.0)))
    assert states() == [(2, "told"), (1, "told"), *[(None, "running")] * 2]


@pytest.mark.parametrize("made", [NASH])
def test_a_space_without_morphisms_is_refused(made: Any) -> None:
    with pytest.raises(ValueError, match="NASH: space: expected a ChainSpace or a BranchSpace"):
        made(DARTSSpace())


def test_sparseness_is_one_over_the_density() -> None:
    """Two kernels at 0, one far away: densities 2/3, 2/3 and 1/3 of a kernel's height."""
    assert sparseness([0.0, 0.0, 99.0], 1.0) == pytest.approx([1.5, 1.5, 3.0])
    assert sparseness([0.0, 1.0], 1.0) == pytest.approx([2 / (1 + math.exp(-0.5))] * 2)


def told(trial: int, score: float, parameters: float | None) -> Told[Any]:
    measures = {} if parameters is None else {"parameters": float(parameters)}
    candidate = Candidate(SPACE.parse("conv3x3:8-fc0"), reason="yours")
    return Told(trial, candidate, Evaluation(score, 1.0, (), measures))


def test_the_population_is_the_pareto_front() -> None:
    strategy = LamarckianEvolution(SPACE)
    fronts = []
    for each in (
        told(0, 0.5, 100),
        told(1, 0.6, 200),
        told(2, 0.5, 100),  # as good as trial 0, which was there first
        told(3, 0.55, 300),  # dominated by trial 1
        told(4, 0.6, 150),  # dominates it
        told(5, math.nan, 10),
        told(6, 0.9, None),
        told(7, 0.99, 1e6),
    ):
        strategy.tell(each)
        fronts.append([row["trial"] for row in strategy.inside()["front"]])
    assert fronts == [[0], [0, 1], [0, 1], [0, 1], [0, 4], [0, 4], [0, 4], [0, 4, 7]]
    chances = [row["chance"] for row in strategy.inside()["front"]]
    assert sum(chances) == pytest.approx(1.0)
    assert chances[2] > chances[0] > 0.2  # 100 and 150 parameters are near each other
    parents = Counter(strategy.ask().parents[0] for _ in range(200))
    assert parents[7] == pytest.approx(200 * chances[2], abs=25)


@pytest.mark.parametrize(("approximate", "exact"), [(0.0, 1.0), (1.0, 0.3)])
def test_children_are_morphs_or_mutants(approximate: float, exact: float) -> None:
    space = BranchSpace(operations=("convolution",), kernel_heights=(1, 3), kernel_widths=(1, 3))
    strategy = LamarckianEvolution(space, approximate=approximate, founders=3, seed=2)
    history = run(strategy, 24, filters, parameters=lambda arch: 1000 * filters(arch))
    founders, children = history[:3], history[3:]
    assert all(each.candidate.reason.startswith("founder") for each in founders)
    mothers = {each.trial: each.candidate.arch for each in history}
    preserving = [
        is_preserving(space, mothers[each.candidate.parents[0]], each.candidate.arch)
        for each in children
        if each.candidate.reason.startswith("child of trial" if exact == 1.0 else "mutant of trial")
    ]
    assert len(preserving) > 10
    if exact == 1.0:
        assert all(preserving)
    else:
        assert not all(preserving)


def test_in_another_space_every_child_is_a_mutant() -> None:
    space = DARTSSpace()
    strategy = LamarckianEvolution(space, approximate=0.0, founders=1)
    history = run(strategy, 3, lambda arch: 0.5, parameters=lambda arch: 10)
    assert history[1].candidate.reason.startswith("mutant of trial 0: ")


def test_the_lowest_of_all_scores_can_be_dominated_too() -> None:
    space = DARTSSpace()
    strategy = LamarckianEvolution(space)
    for trial, arch in enumerate(space.published().values()):
        answer = Evaluation(-math.inf, 1.0, (), {"parameters": 10.0 + trial})
        strategy.tell(Told(trial, Candidate(arch), answer))
    assert len(space.published()) > 1
    assert [row["trial"] for row in strategy.inside()["front"]] == [0]
