"""The table as an estimator: it replays what was trained, and knows the truth."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic_table import MENU, small_space, synthetic

from workbench.data import digits
from workbench.estimators import Table, TableFile, table_from_scores
from workbench.estimators.cell_classes import classes_of
from workbench.records import Candidate, Epoch, Evaluation, RunError, Told
from workbench.search import finish, search
from workbench.settings import describe, difference
from workbench.spaces import TopologySpace
from workbench.spaces.topology import Topology
from workbench.strategies import RandomSearch
from workbench.trial import answer_of

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
    events: list[Any] = []
    running = table.estimate(Candidate(arch, **asks), trial=trial, seed=seed)
    return events, answer_of(running, events.append)


def rows_of(file: TableFile, rows: Any) -> TableFile:
    """Some of its trainings, and only the cells that they are of."""
    kept, cells = np.unique(file.cells[rows], return_inverse=True)
    return replace(
        file,
        keys=tuple(file.keys[cell] for cell in kept),
        spellings=tuple(file.spellings[cell] for cell in kept),
        parameters=file.parameters[kept],
        macs=file.macs[kept],
        cells=cells.astype(np.int64),
        seeds=file.seeds[rows],
        seconds=file.seconds[rows],
        curves={name: curve[rows] for name, curve in file.curves.items()},
    )


def test_isomorphic_cells_share_an_entry(table: Table) -> None:
    space = table.space
    assert len(table.keys) == len(table.cells) == len(table.means) == 26
    for number in range(40):
        arch = space.sample(random.Random(number))
        row = table.number(arch)
        assert table.keys[row] == space.canonical(arch)
        assert space.canonical(table.cells[row]) == table.keys[row]
        assert table.mean(arch) == table.means[row]


@pytest.mark.parametrize(
    ("space", "classes"),
    [(TopologySpace(), 6_466), (TopologySpace(operations=MENU), 1_236), (small_space(), 26)],
)
def test_classes_are_those_of_the_published_rule(space: TopologySpace, classes: int) -> None:
    found = classes_of(space)
    assert len(found.keys) == classes
    assert found.grid.size == len(found.of) == space.size()
    for number in range(50):
        arch = space.sample(random.Random(number))
        expected = space.canonical(arch)
        assert found.keys[found.of[arch.operations]] == expected
        assert found.keys[found.grid[space.decisions(arch)]] == expected


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
    assert first.seconds == pytest.approx(whole / 3, abs=1e-4)
    assert more.seconds == pytest.approx(whole * 2 / 3, abs=1e-4)
    with pytest.raises(RunError, match="trial 17 left nothing of this cell to continue"):
        asked(table, continues=17)
    with pytest.raises(ValueError, match="the candidate asks for 7 epochs, expected 1 … 6"):
        asked(table, epochs=7)


def test_in_a_resumed_run_what_was_told_can_be_carried_on(table: Table, path: Path) -> None:
    candidate = Candidate(CELL, epochs=2)
    _, first = asked(table, trial=4, seed=2, epochs=2)
    fresh = Table(path=path)
    fresh.tell(Told(4, candidate, first))
    fresh.tell(Told(5, candidate, Evaluation.failed()))
    events, more = asked(fresh, trial=9, seed=0, continues=4)
    assert [event.epoch for event in events] == [3, 4, 5, 6]
    assert more == asked(table, trial=9, seed=0, continues=4)[1]
    with pytest.raises(RunError, match="trial 5 left nothing"):
        asked(fresh, continues=5)


def test_another_seed_in_the_file_is_another_setting(path: Path, tmp_path: Path) -> None:
    file = TableFile.load(path)
    rows_of(file, file.seeds < 2).save(tmp_path / "fewer.npz")
    fewer, whole = describe(Table(path=tmp_path / "fewer.npz")), describe(Table(path=path))
    assert str(difference(whole, fewer)).startswith("table.fingerprint")
    assert describe(Table(path=path)) == whole


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


def test_a_cell_of_one_operation_has_no_neighbours(path: Path) -> None:
    space = small_space(("skip_connect",))
    assert [*space.neighbours(space.sample(random.Random(0)))] == []
    assert Table(space, path=path).neighbours(0).tolist() == []


def test_local_optima_are_cells_that_no_single_change_improves(table: Table) -> None:
    stuck = set()
    for operations in product(table.space.operations, repeat=3):
        arch = Topology(operations)
        others = [table.mean(other) for other in table.space.neighbours(arch)]
        if table.mean(arch) >= max(others):
            stuck.add(table.number(arch))
    found = table.local_optima()
    assert set(found.tolist()) == stuck
    assert found[0] == table.number(table.best)


def test_a_slip_cannot_change_the_truth(table: Table) -> None:
    with pytest.raises(ValueError, match="read-only"):
        table.means[0] = 1.0


# ---------------------------------------------------------------- the file


def test_parts_in_a_folder_are_one_table(tmp_path: Path) -> None:
    whole = synthetic(epochs=2)
    half = whole.cells < 13
    for name, rows in (("seeds/one.npz", half), ("seeds/two.npz", ~half)):
        rows_of(whole, rows).save(tmp_path / name)
    table = Table(path=str(tmp_path))
    whole.save(tmp_path / "whole")
    np.testing.assert_array_equal(table.means, Table(path=tmp_path / "whole").means)
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="no parts of a table"):
        Table(path=tmp_path / "empty")


def test_cells_may_have_unlike_numbers_of_seeds_in_any_order(tmp_path: Path) -> None:
    whole = synthetic(epochs=2, seeds=5)
    rng = np.random.default_rng(0)
    chosen = np.flatnonzero((whole.seeds == 2) | (rng.random(len(whole.seeds)) < 0.5))
    rows_of(whole, rng.permutation(chosen)).save(tmp_path / "table.npz")
    table = Table(path=tmp_path / "table.npz")
    assert len(set(table.runs.tolist())) > 2
    for number, cell in enumerate(table.cells):
        mine = chosen[whole.cells[chosen] == whole.keys.index(table.keys[number])]
        assert table.runs[number] == len(mine)
        assert table.mean(cell) == pytest.approx(
            whole.curves["validation accuracy"][mine, -1].mean(), abs=1e-6
        )
        drawn = {asked(table, cell, seed=seed)[1].measures["seed"] for seed in range(60)}
        assert drawn == set(whole.seeds[mine].tolist())
    assert table.runs[table.number(table.best)] >= 3


def test_of_an_unfinished_table_the_largest_complete_part_is_served(tmp_path: Path) -> None:
    whole = synthetic(small_space((*MENU, "avg_pool_3x3")), epochs=2)
    poor = [number for number, key in enumerate(whole.keys) if "avg_pool" in key]
    rows_of(whole, whole.cells != poor[-1]).save(tmp_path / "table.npz")
    table = Table(path=tmp_path / "table.npz")
    assert table.space.operations == MENU
    assert table.space.channels == 8
    few = rows_of(whole, whole.cells < 5)
    few.save(tmp_path / "few.npz")
    with pytest.raises(ValueError, match=r"55 of the 60 cells .* are not in the table"):
        Table(path=tmp_path / "few.npz")


def test_what_is_shipped_is_opened_or_the_error_says_how_to_make_it() -> None:
    try:
        table = Table()
    except FileNotFoundError as error:
        assert "make it with `workbench table --parts parts`" in str(error)  # noqa: PT017
    else:
        assert table.header["recipe"]["epochs"] == table.epochs
        assert table.noise < 0.02


def test_a_foreign_table_is_refused(path: Path, tmp_path: Path) -> None:
    file = TableFile.load(path)
    for header, match in (
        ({"space": {"name": "ChainSpace"}}, "header names no TopologySpace"),
        ({"space": {"name": "TopologySpace", "rooms": 3}}, "header names no TopologySpace"),
        ({"rule": "flat sums"}, "joins isomorphic cells by 'flat sums'"),
    ):
        replace(file, header={**file.header, **header}).save(tmp_path / "table.npz")
        with pytest.raises(ValueError, match=match):
            Table(path=tmp_path / "table.npz")
    swapped = (file.spellings[1], file.spellings[0], *file.spellings[2:])
    replace(file, spellings=swapped).save(tmp_path / "table.npz")
    with pytest.raises(ValueError, match=r"is entered as .*, but is"):
        Table(path=tmp_path / "table.npz")
    whole = path.read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"cut\.npz: not a table, or a damaged one"):
        Table(path=tmp_path / "cut.npz")


def test_data_is_compared_where_the_file_names_it(path: Path, tmp_path: Path) -> None:
    data, file = digits(), TableFile.load(path)
    Table(None, data, path=path)  # made up: of no data
    header = {**file.header, "data": {**data.described(), "fingerprint": "another"}}
    replace(file, header=header).save(tmp_path / "table.npz")
    with pytest.raises(ValueError, match=r"data: the table was made with other data: fingerprint"):
        Table(None, data, path=tmp_path / "table.npz")


def test_scores_of_ones_own_become_a_table(tmp_path: Path) -> None:
    space = small_space(("skip_connect", "nor_conv_3x3"))
    scores = {}
    for number, operations in enumerate(product(space.operations, repeat=3)):
        scores[space.spell(Topology(operations))] = (0.5 + number / 100, 0.52 + number / 100)
    made = table_from_scores(space, scores, test_scores=scores, seconds=100)
    made.save(tmp_path / "mine.npz")
    table = Table(path=tmp_path / "mine.npz")
    assert table.epochs == 1
    assert table.runs.sum() == 2 * len(scores)
    arch = space.parse("|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|")
    assert table.mean(arch) == table.test(arch) == pytest.approx(0.58)
    events, answer = asked(table, arch)
    assert (len(events), answer.seconds) == (1, 100)
    assert "loss" not in answer.measures
    curves = {text: np.full((3, 4), 0.7) for text in scores}
    assert table_from_scores(space, curves).epochs == 4
    with pytest.raises(ValueError, match=r"expected fractions in \[0, 1\], got 91\.0 … 91\.0; div"):
        table_from_scores(space, dict.fromkeys(scores, 91.0))
    with pytest.raises(ValueError, match="as many epochs of all"):
        table_from_scores(space, {**curves, next(iter(scores)): 0.5})
    with pytest.raises(ValueError, match="nothing for"):
        table_from_scores(space, scores, test_scores={})
