"""A made-up reward on cells: what it is, who earns it, and who follows a forced choice."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest

from workbench.exercises.echo import (
    FIRST,
    FOUR,
    SECOND,
    Echo,
    began_with,
    earned,
    earned_table,
    follows,
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


def test_what_a_way_earned_is_a_row_a_seed() -> None:
    space, plain = small_cells(), {"network": "independent softmaxes"}
    found = earned(space, {"one": plain, "other": {"hidden_size": 4}}, trials=20, seeds=(3, 4))
    assert list(found) == ["one", "other"]
    for name, settings in (("one", plain), ("other", {"hidden_size": 4})):
        strategy, run = taught(space, trials=20, seed=4, **settings)
        assert found[name][1] == {
            "seed": 4, "value": reward_at_last(run), "follows": follows(strategy),
        }  # fmt: skip
    assert found["one"][0]["follows"] == 0 < found["other"][0]["follows"]
    head, _, one, _ = earned_table(found).data.splitlines()
    assert head.count("|") == one.count("|") == 4
    assert "0.00, 0.00" in one


def test_first_operations_are_counted_in_the_last_trials() -> None:
    run = finish(search(RandomSearch(small_cells()), Echo(small_cells()), trials=30))
    first = [told.candidate.arch.normal.blocks[0].first_operation for told in run.told]
    assert began_with(run, last=7) == Counter(first[-7:])
    assert began_with(run).total() == 30


@pytest.mark.benchmark_slow
def test_memory_follows_and_no_memory_can_agree() -> None:
    space = small_cells()
    quick = {"network": "independent softmaxes", "controller_rate": 0.1, "entropy_weight": 0.05}
    found = earned(space, {"with": {}, "without": quick}, trials=600, seeds=(0, 1))
    assert all(row["follows"] > 0.4 and 0.4 < row["value"] < 0.8 for row in found["with"])
    assert all(row["follows"] == 0 and row["value"] > 0.95 for row in found["without"])
