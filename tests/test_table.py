"""The table as an estimator: it replays what was trained, and knows the truth."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic_table import small_space, synthetic

from workbench.estimators import Table
from workbench.records import Candidate, Epoch, Evaluation, RunError
from workbench.search import finish, search
from workbench.spaces import TopologySpace
from workbench.spaces.topology import Topology
from workbench.strategies import RandomSearch

CELL = Topology(("nor_conv_3x3", "nor_conv_1x1", "skip_connect"))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("table") / "table.npz"
    synthetic(epochs=6).save(place)
    return place


@pytest.fixture
def table(path: Path) -> Table:
    return Table(path=path)


def asked(
    table: Table, arch: Topology = CELL, *, trial: int = 0, seed: int = 1, **asks: Any
) -> tuple[list[Epoch], Evaluation]:
    running = table.estimate(Candidate(arch, **asks), trial=trial, seed=seed)
    events = []
    while True:
        try:
            events.append(next(running))
        except StopIteration as end:
            return events, end.value


def test_isomorphic_cells_share_an_entry(table: Table) -> None:
    space = table.space
    assert len(table.keys) == len(table.cells) == len(table.means) == 26
    for number in range(40):
        arch = space.sample(random.Random(number))
        row = table.number(arch)
        assert table.keys[row] == space.canonical(arch)
        assert space.canonical(table.cells[row]) == table.keys[row]
        assert table.mean(arch) == table.means[row]


def test_truth_is_the_mean_over_seeds_and_a_query_draws_one(table: Table) -> None:
    curves = [table.curve(CELL, seed=seed) for seed in range(3)]
    np.testing.assert_allclose(table.curve(CELL), np.mean(curves, 0), rtol=1e-6)
    assert table.mean(CELL) == pytest.approx(np.mean([curve[-1] for curve in curves]))
    seen = set()
    for seed in range(30):
        events, answer = asked(table, seed=seed)
        drawn = int(answer.measures["seed"])
        seen.add(drawn)
        assert answer.curve == tuple(curves[drawn].tolist())
        assert answer.score == answer.curve[-1]
        assert [event.epoch for event in events] == [1, 2, 3, 4, 5, 6]
        assert events[-1].seconds == pytest.approx(answer.seconds)
    assert seen == {0, 1, 2}


def test_a_trial_carried_on_pays_for_its_new_epochs_alone(table: Table) -> None:
    _, first = asked(table, trial=4, seed=2, epochs=2)
    events, more = asked(table, trial=9, seed=0, epochs=6, continues=4)
    assert [event.epoch for event in events] == [3, 4, 5, 6]
    assert more.measures["seed"] == first.measures["seed"]
    assert more.curve[:2] == first.curve
    whole = asked(table, seed=2)[1].seconds
    assert first.seconds == pytest.approx(whole / 3)
    assert more.seconds == pytest.approx(whole * 2 / 3)
    with pytest.raises(RunError, match="trial 17 left nothing of this cell to continue"):
        asked(table, continues=17)
    with pytest.raises(ValueError, match="the candidate asks for 7 epochs, expected 1 … 6"):
        asked(table, epochs=7)


def test_a_search_on_it_never_sees_the_truth_but_is_judged_by_it(table: Table) -> None:
    history = finish(search(RandomSearch(table.space), table, trials=64))
    assert len(history.told) == 64
    assert history.best is not None
    assert history.best.evaluation.score >= table.mean(history.best.candidate.arch) - 0.02
    assert table.means.max() == table.highest == table.mean(table.best)


def test_a_part_of_the_space_is_served_and_missing_cells_are_counted(path: Path) -> None:
    part = small_space(("skip_connect", "nor_conv_3x3"))
    table = Table(part, path=path)
    assert len(table.keys) == len({part.canonical(cell) for cell in table.cells})
    assert {op for cell in table.cells for op in cell.operations} <= set(part.operations)
    with pytest.raises(ValueError, match=r"34 of the 60 cells .* are not in the table"):
        Table(TopologySpace(nodes=3), path=path)
    with pytest.raises(ValueError, match="its cells have 4 nodes, expected the 3"):
        Table(TopologySpace(), path=path)
    with pytest.raises(ValueError, match="not in its space"):
        table.number(Topology(("nor_conv_3x3", "none", "skip_connect")))


def test_the_grid_and_the_neighbours_are_the_space(table: Table) -> None:
    space = table.space
    grid = table.grid()
    assert grid.shape == (4, 4, 4)
    for number in range(20):
        arch = space.sample(random.Random(number))
        assert grid[space.decisions(arch)] == table.mean(arch)
    for number, cell in enumerate(table.cells):
        expected = [table.number(other) for other in space.neighbours(cell)]
        assert table.neighbours(number).tolist() == expected
