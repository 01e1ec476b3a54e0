"""A made-up reward on cells: what it is, and that a controller with a memory learns it."""

from __future__ import annotations

import random
import re

import pytest

from workbench.exercises.echo import (
    FIRST,
    FOUR,
    SECOND,
    Echo,
    forced,
    repeated,
    reward_at_last,
    small_cells,
    taught,
)
from workbench.records import Candidate
from workbench.search import finish, search
from workbench.spaces import NASNetSpace
from workbench.strategies import PPO, RandomSearch


def test_the_space_is_the_one_that_can_be_counted() -> None:
    space = small_cells()
    assert space.size() == 9_216**2
    names = [decision.name for decision in space.menu()]
    assert len(names) == 16
    assert {FIRST, SECOND} < set(names)


def test_the_score_is_the_share_of_operations_that_are_repeated() -> None:
    space = small_cells()
    for arch in (space.sample(random.Random(seed)) for seed in range(20)):
        wanted = 0
        for cell in (arch.normal, arch.reduction):
            one, two = cell.blocks
            wanted += one.first_operation == two.first_operation
            wanted += one.second_operation == two.second_operation
        assert repeated(arch) == wanted / 4
    (told,) = finish(search(RandomSearch(space), Echo(space), trials=1)).told
    assert told.evaluation.score == repeated(told.candidate.arch)
    assert isinstance(told.candidate, Candidate)
    with pytest.raises(ValueError, match="two blocks"):
        Echo(NASNetSpace(blocks=1))


def test_only_a_controller_with_a_memory_is_moved_by_a_forced_choice() -> None:
    space = small_cells()
    fresh = PPO(space, initial_range=3.0, hidden_size=10)
    _, run = taught(space, trials=20, hidden_size=4, network="independent softmaxes")
    assert 0 <= reward_at_last(run) <= 1
    twin, _ = taught(space, trials=40, network="independent softmaxes")
    html = forced({"with": fresh, "without": twin}).data
    moved = dict(re.findall(r"<div>(\w+): probabilities .*? differ by up to ([\d.]+)\.<", html))
    assert float(moved["with"]) > 0.02
    assert float(moved["without"]) == 0
    assert len(FOUR) == 4


@pytest.mark.benchmark_slow
def test_it_learns_to_repeat() -> None:
    _, run = taught(small_cells(), trials=600)
    assert reward_at_last(run) > 0.75
