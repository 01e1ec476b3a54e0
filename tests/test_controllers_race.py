"""What a race of controllers says: when one is ahead, and by how much; laps written by hand."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
from planted import Letters

from workbench.exercises.controllers_race import ahead_from, courses, gains, reported
from workbench.exercises.same_strategy import same_strategy
from workbench.exercises.slot_machines import BEST, as_written, learners, lost_and_found
from workbench.history import Lap, Step
from workbench.strategies import Reinforce


def lap(racer: str, seed: int, *changes: tuple[int, float], trials: int = 6) -> Lap:
    """A lap whose incumbent is worth so much from these trials on."""
    steps = (Step(trial, trial, trial, 1.0 * trial, value, value) for trial, value in changes)
    return Lap(racer, seed, tuple(steps), trials, trials, 1.0)


LAPS = [
    lap("random search", 0, (0, 0.5), (4, 0.6)),
    lap("random search", 1, (1, 0.5)),
    lap("PPO", 1, (0, 0.55), (2, 0.4), (3, 0.7)),
    lap("PPO", 0, (0, 0.55), (2, 0.4), (3, 0.7)),
]


def test_a_course_holds_its_value_until_the_next_change() -> None:
    found = courses(LAPS, "random search")
    assert found[0].tolist() == [0.5] * 4 + [0.6] * 2
    assert math.isnan(found[1, 0])
    assert found[1, 1:].tolist() == [0.5] * 5
    with pytest.raises(ValueError, match="PPO"):
        courses(LAPS, "Hyperband")


def test_ahead_means_to_the_end() -> None:
    """PPO leads at trial 1, falls behind in trial 2, and is ahead from trial 3 on."""
    assert ahead_from(LAPS, "PPO") == 3
    assert ahead_from(LAPS, "random search", "PPO") == 6


def test_the_report_is_in_points_below_the_best() -> None:
    text = reported(LAPS, ["PPO", "random search"], best=0.8).data
    assert "regret after 2 | regret after 4 | regret after 6" in text
    assert "| PPO | 2 | 25.00 | 10.00 | 10.00 |" in text


def test_gains_are_means_over_groups_of_seeds() -> None:
    assert gains(LAPS, "PPO", groups=2) == [
        {"value": pytest.approx(0.1)},
        {"value": pytest.approx(0.2)},
    ]
    assert gains(LAPS, "PPO", groups=1) == [{"value": pytest.approx(0.15)}]


def test_no_minus_stands_before_a_zero() -> None:
    assert "| 0.00 |" in reported(LAPS, ["PPO"], best=0.7 - 1e-9).data


def test_the_same_strategy_has_the_settings_and_the_seed_of_the_run() -> None:
    space = Letters(3, 2)
    recipe = {"strategy": {"name": "Reinforce", "children": 4, "baseline": False}, "seed": 7}
    made = same_strategy(SimpleNamespace(run_space=space, state=json.dumps(recipe)))
    assert isinstance(made, Reinforce)
    assert (made.children, made.baseline, made.seed, made.updates) == (4, False, 7, 0)
    assert made.space is space
    with pytest.raises(ValueError, match="'Mine'"):
        same_strategy(SimpleNamespace(run_space=space, state='{"strategy": {"name": "Mine"}}'))


def test_learners_begin_at_the_softmax_and_the_baseline_finds_the_best_machine() -> None:
    runs = learners(pulls=5, many=2)
    assert runs.best[:, 0] == pytest.approx([0.2396945] * 2)
    assert BEST == 1
    assert learners(baseline="earlier rewards").right == 20
    plain = learners()
    assert (plain.right, plain.wrong) == (15, 5)
    assert np.array_equal(learners(pulls=5, many=3).best[:2], runs.best)
    with pytest.raises(ValueError, match="rate"):
        learners(rate=0.0)


def test_the_rows_of_a_claim_are_those_of_the_learners() -> None:
    lost, found = lost_and_found(pulls=60, seed=1)
    plain, compared = (
        learners(baseline=name, pulls=60, seed=2) for name in ("none", "earlier rewards")
    )
    assert lost[1] == {"seed": 2, "value": plain.wrong}
    assert found[1] == {"seed": 2, "value": compared.right}
    assert [row["seed"] for row in (*lost, *found)] == [1, 2, 3] * 2
    assert as_written(pulls=60, seed=1)["settings"] != as_written(pulls=300, seed=0)["written"]
    assert as_written(pulls=300, seed=0)["settings"] == as_written(pulls=60, seed=1)["written"]
