"""What extrapolation is worth: epochs saved in a hundred searches, and errors on hidden curves."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from recorded import record, recorded

from workbench.race import RACES, read_race
from workbench.race.planned import STOPPED
from workbench.recordings import recording

HERE = Path(__file__).parent
SCRIPTS = {"agreement": "200"}


def measured(name: str) -> list[dict[str, float]]:
    command = [sys.executable, str(HERE / f"{name}.py"), SCRIPTS[name]]
    rows = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    record(name, f"python tests/benchmarks/{name}.py {SCRIPTS[name]}", rows)
    return list(rows)


def the_two_ensembles_agree(rows: list[dict[str, float]]) -> None:
    (row,) = rows
    assert row["curves"] == 200
    assert row["agree"] >= 0.7
    assert row["least squares, ms"] <= 50
    assert row["mcmc, s"] <= 2


@pytest.mark.benchmark_slow
@pytest.mark.timeout(1_200)
def test_least_squares_and_mcmc_agree_on_stopping() -> None:
    the_two_ensembles_agree(measured("agreement"))


def test_the_recorded_agreement_holds() -> None:
    the_two_ensembles_agree(recorded("agreement")["rows"])


def test_termination_saves_a_third_of_the_epochs_and_loses_no_regret() -> None:
    """Median of 100 seeds: ≥ 30 % saved, ≤ 0.3 points lost, in the recorded race."""
    race = read_race(recording(RACES["extrapolation"].file))
    plain, stopped = race.of("random search"), race.of(STOPPED)
    assert [lap.seed for lap in plain] == [lap.seed for lap in stopped] == list(range(100))
    assert {lap.epochs for lap in plain} == {1200}
    saved = [1 - two.epochs / one.epochs for one, two in zip(plain, stopped)]
    lost = [
        100 * (one.at(100, of="value") - two.at(100, of="value"))
        for one, two in zip(plain, stopped)
    ]
    print(
        f"saved {100 * statistics.median(saved):.1f} %, lost {statistics.median(lost):.2f} points"
    )
    assert statistics.median(saved) >= 0.30
    assert statistics.median(lost) <= 0.3
