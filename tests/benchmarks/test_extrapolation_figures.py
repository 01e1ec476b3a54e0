"""What extrapolation is worth: epochs saved in a hundred searches, and errors on hidden curves."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from recorded import record, recorded

from workbench.estimators import TableFile
from workbench.exercises.curve_forecasters import foretold_by_seed
from workbench.exercises.trimming import saved_and_lost, share_saved
from workbench.race import RACES, read_race
from workbench.race.planned import STOPPED
from workbench.recordings import recording

HERE = Path(__file__).parent
MANY = "200"


def measured(name: str) -> list[dict[str, Any]]:
    command = [sys.executable, str(HERE / f"{name}.py"), MANY]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows: list[dict[str, Any]] = json.loads(output)
    record(name, f"python tests/benchmarks/{name}.py {MANY}", rows)
    return rows


def forecasts_hold(rows: list[dict[str, Any]]) -> None:
    """From a third of the epochs: nearer than the last value, and no surer than it may be."""
    by = {row["forecaster"]: row for row in rows}
    assert by["ensemble"]["error"] < by["last value"]["error"]
    assert 0.7 <= by["ensemble"]["inside"] <= 0.9
    assert by["regression"]["error"] < by["ensemble"]["error"]
    # parametric extrapolation ranks worse than what it extrapolates; training speed ranks best
    assert by["ensemble"]["tau"] < by["last value"]["tau"] < by["TSE-E, last epoch"]["tau"]


def the_two_ensembles_agree(rows: list[dict[str, Any]]) -> None:
    (row,) = rows
    assert row["curves"] == 200
    assert row["agree"] >= 0.75
    assert row["least squares, ms"] <= 50
    assert row["mcmc, s"] <= 2


@pytest.mark.benchmark_slow
@pytest.mark.timeout(1_200)
def test_least_squares_and_mcmc_agree_on_stopping() -> None:
    the_two_ensembles_agree(measured("agreement"))


def test_the_recorded_agreement_holds() -> None:
    the_two_ensembles_agree(recorded("agreement")["rows"])


@pytest.mark.benchmark_slow
@pytest.mark.timeout(600)
def test_forecasts_of_hidden_curves() -> None:
    forecasts_hold(measured("held_out_curves"))


def test_the_recorded_forecasts_hold() -> None:
    forecasts_hold(recorded("held_out_curves")["rows"])


def test_on_twice_the_epochs_the_fans_are_too_narrow() -> None:
    """What notebook 11 says of the recorded 24 epochs, and why: the end of the schedule."""
    file = TableFile.load(recording("fashion-7x7-24-epochs.npz"))
    (rows,) = foretold_by_seed(file, known=20, many=200, seen=8, seeds=(0,)).values()
    by = {row["forecaster"]: row for row in rows}
    assert (file.epochs, len(file.keys)) == (24, 96)
    assert by["ensemble"]["error"] < by["last value"]["error"] - 1
    assert by["ensemble"]["inside"] < 0.7
    assert by["ensemble"]["above"] == 1
    assert by["regression"]["error"] < by["ensemble"]["error"] / 3


def test_termination_saves_a_third_of_the_epochs_and_loses_no_regret() -> None:
    """Median of 100 seeds: ≥ 30 % saved, ≤ 0.3 points lost, in the recorded race."""
    race = read_race(recording(RACES["extrapolation"].file))
    plain, stopped = race.of("random search"), race.of(STOPPED)
    assert [lap.seed for lap in plain] == [lap.seed for lap in stopped] == list(range(100))
    assert {lap.epochs for lap in plain} == {1200}
    rows = saved_and_lost([*plain, *stopped])
    saved, lost = ([row[name] for row in rows] for name in ("saved", "lost"))
    print(
        f"saved {100 * statistics.median(saved):.1f} %, lost {100 * statistics.median(lost):.2f} "
        f"points, at worst {100 * max(lost):.2f}"
    )
    assert statistics.median(saved) >= 0.30
    assert statistics.median(lost) <= 0.003
    assert share_saved([*plain, *stopped]) == pytest.approx(100 * statistics.median(saved))
