"""What a detail is worth: differences seed by seed, on laps written by hand."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from test_controllers_race import lap

from workbench.exercises.detail_worth import DetailWorth
from workbench.race import RACES, Race
from workbench.race.details import PPO_DETAILS, REINFORCE_DETAILS
from workbench.strategies import PPO, Reinforce

# four seeds, whose true accuracies vary much more than what a detail changes
LUCK = (0.50, 0.60, 0.70, 0.80)


def raced(**changes: tuple[float, ...]) -> Race:
    """The preset ends at ``LUCK``, others so much above."""
    moves = {"PPO": (0.0,) * 4, "random search": (-0.2,) * 4}
    moves |= {name.replace("_", " "): moved for name, moved in changes.items()}
    return Race(
        {},
        tuple(
            lap(name, seed, (0, 0.1), (3, luck + moved))
            for name, each in moves.items()
            for seed, (luck, moved) in enumerate(zip(LUCK, each))
        ),
    )


def test_a_difference_is_taken_seed_by_seed() -> None:
    race = raced(no_LSTM=(-0.01, -0.02, -0.03, -0.02), one_pass=(0.01, -0.01, 0.01, -0.01))
    worth = DetailWorth("PPO", race)
    found = worth["no LSTM"].difference
    assert found.value == pytest.approx(-2)
    assert -3 <= found.low < -1.4
    assert -1.6 < found.high <= -1
    assert [each.name for each in worth.details] == ["no LSTM", "one pass", "random search"]
    assert [each.sign for each in worth.details] == [-1, 0, -1]
    assert worth["random search"].difference.low == pytest.approx(-20)
    assert (worth.seeds, worth.trials) == (4, 6)
    drawn = worth._repr_html_()
    for said in ("no LSTM (−2.00) cost", "one pass (+0.00) cannot be told", "mean of 4 seeds"):
        assert said in drawn


def test_details_of_equal_worth_keep_the_order_of_the_race() -> None:
    """However Python hashes their names in this process."""
    names = [f"detail {letter}" for letter in "fbdace"]
    worth = DetailWorth("PPO", raced(**dict.fromkeys(names, (-0.01,) * 4)))
    assert [each.name for each in worth.details] == [*names, "random search"]


def test_a_race_of_others_is_refused() -> None:
    with pytest.raises(ValueError, match="REINFORCE"):
        DetailWorth("REINFORCE", raced())


@pytest.mark.parametrize(
    ("made", "details"), [(Reinforce, REINFORCE_DETAILS), (PPO, PPO_DETAILS)], ids=str
)
def test_each_detail_is_another_setting_than_the_lesson_s(made: Any, details: Any) -> None:
    """Else a racer would be the preset once more."""
    arguments = inspect.signature(made).parameters
    lesson = {name: each.default for name, each in arguments.items()} | made.PRESETS["lesson"]
    for name, settings in details.items():
        assert all(lesson[setting] != value for setting, value in settings.items()), name
    assert RACES[f"{made.__name__.lower()}-details"].racers.keys() >= details.keys()
