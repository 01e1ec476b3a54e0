"""A race on the simulated clock, read where every lap has come."""

from __future__ import annotations

import pytest

from workbench.exercises.equal_seconds import SecondBySecond, leads
from workbench.history import Lap, Step


def lap(racer: str, seed: int, *steps: tuple[float, float], end: float) -> Lap:
    made = [
        Step(trial=n, trials=n + 1, epochs=n + 1, seconds=at, score=0.5, value=value)
        for n, (at, value) in enumerate(steps)
    ]
    return Lap(racer, seed, tuple(made), trials=9, epochs=9, seconds=end)


LAPS = [
    lap("random search", 0, (1.0, 0.70), (7.0, 0.90), end=8.0),
    lap("random search", 1, (1.0, 0.80), end=9.0),
    lap("Hyperband", 0, (2.0, 0.75), end=6.0),
    lap("Hyperband", 1, (2.0, 0.81), (5.0, 0.83), end=7.0),
]


def test_racers_are_compared_where_the_shortest_lap_ends() -> None:
    """Random search's step at 7 s comes too late: one lap has ended at 6 s."""
    found = SecondBySecond(LAPS, ["Hyperband"])
    assert found.seconds == 6.0
    each = found.found["Hyperband"]
    assert (each.n, each.wins, each.losses) == (2, 2, 0)
    assert each.difference.value == pytest.approx(0.04)
    said = repr(found).splitlines()
    assert said[0].startswith("| after 6 simulated seconds, against random search |")
    assert said[2].startswith("| Hyperband | **+4.00** | ")
    assert len({line.count("|") for line in said}) == 1


def test_leads_are_means_of_groups_of_seeds() -> None:
    rows = leads(LAPS, "Hyperband", groups=2)
    assert [row["value"] for row in rows] == pytest.approx([0.05, 0.03])
    assert leads(LAPS, "Hyperband", groups=1)[0]["value"] == pytest.approx(0.04)
    with pytest.raises(ValueError, match="laps: expected those of a race"):
        leads([], "Hyperband", groups=2)
