"""The winner's curse as a panel: what was seen, what other seeds of the same picks show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import numpy as np
import pytest
from synthetic_table import synthetic

from workbench.estimators import Table
from workbench.exercises.table_searches import searches
from workbench.panels import SecondLook
from workbench.panels.winners_curse import second_look
from workbench.records import Candidate, Evaluation, Told


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    """64 spellings of three nodes, three seeds each, as much noise as there is difference."""
    path: Path = tmp_path_factory.mktemp("table") / "small.npz"
    synthetic(noise=0.03).save(path)
    return Table(path=path)


@pytest.fixture
def panel(table: Table) -> Iterator[SecondLook]:
    made = SecondLook(table, searches(table, 20, trials=30))
    yield made
    made.close()


def test_a_second_look_is_the_mean_of_the_seeds_that_were_not_seen(table: Table) -> None:
    cell = table.best
    finals = [float(table.curve(cell, seed=seed)[-1]) for seed in (0, 1, 2)]
    for seed in (0, 1, 2):
        told = Told(0, Candidate(cell), Evaluation(finals[seed], 1.0))
        others = [score for other, score in enumerate(finals) if other != seed]
        assert second_look(table, told) == pytest.approx(mean(others))


def test_the_seen_climbs_and_the_second_look_lags(panel: SecondLook) -> None:
    assert panel.seen.shape == panel.again.shape == (20, 30)
    assert (np.diff(panel.seen) >= 0).all()
    assert abs(panel.gap(1)) < 0.03  # nothing was chosen yet
    assert panel.gap(30) > 0.02
    assert f"a gap of {100 * panel.gap(30):.1f} points" in panel.words(30)
    for n in (0, 31):
        with pytest.raises(ValueError, match=r"expected 1 … 30"):
            panel.gap(n)


def test_of_equal_scores_the_first_stays(table: Table) -> None:
    (run,) = searches(table, 1, trials=30)
    panel = SecondLook(table, [run])
    best = run.best
    assert best is not None
    assert panel.again[0, -1] == pytest.approx(second_look(table, best))
    panel.close()


def test_the_slider_moves_the_words_and_the_picture(panel: SecondLook) -> None:
    assert panel.trials == 1
    assert panel._said.value.startswith("After 1 trial, mean of 20 searches")
    before = panel._sheet.value
    panel.trials = 30
    assert panel._said.value.startswith("After 30 trials")
    assert panel._sheet.value != before
    with pytest.raises(ValueError, match="one of"):
        panel.trials = 4


def test_the_twin_shows_few_trials_and_all_of_them_in_one_layout(panel: SecondLook) -> None:
    twin = panel.twin()
    assert re.findall(r"<p>After (\d+) trials", twin) == ["3", "30"]
    assert twin.count("<img alt=") == 2
    assert len(set(re.findall(r"max-width:(\d+)px", twin))) == 1


def test_what_shows_no_luck_is_refused(table: Table, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no search"):
        SecondLook(table, [])
    one, other = searches(table, 1, trials=3), searches(table, 1, trials=4)
    with pytest.raises(ValueError, match=r"got \[3, 4\]"):
        SecondLook(table, [*one, *other])
    synthetic(seeds=1).save(tmp_path / "one.npz")
    lonely = Table(path=tmp_path / "one.npz")
    with pytest.raises(ValueError, match="one seed"):
        SecondLook(lonely, searches(lonely, 1, trials=3))
