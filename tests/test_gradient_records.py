"""Searches by gradient judged by the table: by hand on a small record, and the shipped one."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from statistics import mean

import pytest

import workbench.exercises.gradient_records as records
from workbench.estimators import Table
from workbench.exercises.gradient_records import TableSearches, searches_side_by_side
from workbench.recordings import recording

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))
import gradient_searches

SKIPS = "|skip_connect~0|+|skip_connect~0|skip_connect~1|+|skip_connect~0|skip_connect~1|skip_connect~2|"  # noqa: E501
CONVOLUTIONS = SKIPS.replace("skip_connect", "nor_conv_3x3")
ONE_SKIP = CONVOLUTIONS.replace("nor_conv_3x3~2", "skip_connect~2")
NONE_TOO = ONE_SKIP.replace("nor_conv_3x3~1", "none~1")
RUNS = {3: (CONVOLUTIONS, ONE_SKIP, SKIPS), 5: (ONE_SKIP, CONVOLUTIONS, NONE_TOO)}


@pytest.fixture(scope="module")
def table() -> Table:
    return Table(gradient_searches.table_space())


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TableSearches:
    names = ("first order", "paper")
    rows = [
        [name, seed, epoch, cell, 0.5, 1.0]
        for name in names
        for seed, run in RUNS.items()
        for epoch, cell in enumerate(run, start=1)
    ]
    path = gradient_searches.written(rows, tmp_path)
    monkeypatch.setattr(records, "recording", lambda name: tmp_path / name)
    assert path.name == records.FILE
    return TableSearches()


def test_each_cell_is_looked_up(small: TableSearches, table: Table) -> None:
    assert (small.seeds, small.epochs) == ((3, 5), 3)
    assert [row["skips"] for row in small.rows] == [0, 1, 6, 1, 0, 1]
    assert [row["nones"] for row in small.rows] == [0, 0, 0, 0, 0, 2]
    for row in small.rows:
        assert row["truth"] == table.mean(table.space.parse(row["cell"]))


def test_the_lead_is_over_random_cells_of_the_seed(small: TableSearches, table: Table) -> None:
    first, second = small.leads(4)
    drawn = random.Random(3).sample(table.cells, 4)
    assert first["value"] == pytest.approx(
        table.mean(table.space.parse(SKIPS)) - mean(map(table.mean, drawn))
    )
    half = 12.7062 * abs(first["value"] - second["value"]) / 2  # t of one degree of freedom, 97.5 %
    middle = (first["value"] + second["value"]) / 2
    assert small.interval(4) == pytest.approx((middle, middle - half, middle + half), rel=1e-4)
    with pytest.raises(ValueError, match="leads: others"):
        small.leads(0)


def test_darts_plus_goes_back_to_the_epoch_before_two_skips(small: TableSearches) -> None:
    first, second = small.stopped()
    run = small.of(3)
    assert (first["epoch"], first["truth"]) == (2, run[1]["truth"])
    assert first["value"] == pytest.approx(run[1]["truth"] - run[2]["truth"])
    assert (second["epoch"], second["value"]) == (3, 0.0)
    last, early = small.leads(4), small.leads(4, when="stopped")
    for stop, before, after in zip((first, second), last, early):
        assert after["value"] - before["value"] == pytest.approx(stop["value"])


def test_half_the_epochs_are_rounded_down(small: TableSearches) -> None:
    assert [small.half(seed)["epoch"] for seed in small.seeds] == [1, 1]  # of three
    last, half = small.leads(4), small.leads(4, when="half")
    for seed, before, after in zip(small.seeds, half, last):
        run = small.of(seed)
        gone = run[0]["truth"] - run[2]["truth"]
        assert before["value"] - after["value"] == pytest.approx(gone)
    with pytest.raises(ValueError, match="leads: when"):
        small.leads(when="first")


def test_convolutions_given_up_are_those_of_half_the_epochs_less_the_last(
    small: TableSearches,
) -> None:
    assert [row["convolutions"] for row in small.rows] == [6, 5, 0, 5, 6, 3]
    assert [row["pools"] for row in small.rows] == [0] * 6
    assert small.given_up() == [{"seed": 3, "value": 6}, {"seed": 5, "value": 2}]
    assert small.given_up(groups=1) == [{"value": 4}]
    assert small.given_up(groups=2) == [{"value": 6}, {"value": 2}]
    with pytest.raises(ValueError, match="given_up: groups"):
        small.given_up(groups=3)


def test_each_search_has_its_own_rows(small: TableSearches) -> None:
    assert small.kinds() == ("first order", "paper")
    assert (small.search, TableSearches("paper").search) == ("first order", "paper")
    assert len(TableSearches("paper").rows) == len(small.rows)
    head, _, first, second = searches_side_by_side().data.splitlines()
    assert head.count("|") == first.count("|") == 10
    assert first.startswith("| first order | 3 |")
    assert "| 5.5 → 1.5 | 0.5 → 3.5 |" in first
    assert second.startswith("| paper |")
    with pytest.raises(ValueError, match="TableSearches: search"):
        TableSearches("third order")


def test_it_says_and_draws_what_is_there(small: TableSearches) -> None:
    assert "2 seeds, 3 epochs" in repr(small)
    assert f"Last, cells are worth {100 * small.of(3)[-1]['truth']:.1f} to" in repr(small)
    assert "At half of them, cells are worth" in repr(small)
    assert "Stopped before a second skip, cells are worth" in repr(small)
    assert "<img alt=" in small._repr_html_()


def test_a_cell_far_below_six_skips_is_said_and_not_drawn() -> None:
    found = TableSearches()
    assert min(row["truth"] for row in found.rows) < 0.2
    assert "stops (1 cell not shown, down to 10 %). DARTS" in found._repr_html_()
    assert "not shown" not in repr(found)


def test_the_shipped_record_is_whole() -> None:
    assert TableSearches.kinds() == tuple(gradient_searches.SEARCHES)
    for name, settings in gradient_searches.SEARCHES.items():
        found = TableSearches(name)
        assert len(found.rows) == gradient_searches.SEEDS * settings["epochs"]
        for seed in found.seeds:
            assert [row["epoch"] for row in found.of(seed)] == [*range(1, found.epochs + 1)]
    known = json.loads(recording("index.json").read_text(encoding="utf-8"))
    assert known[records.FILE] == gradient_searches.COMMAND
