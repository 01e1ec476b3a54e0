"""A long training that is cut against a short one, on tables that nobody trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic_table import synthetic

from workbench.estimators import Table
from workbench.estimators.cells_in_table import opened
from workbench.estimators.table_file import ACCURACY, TableFile
from workbench.exercises.cut_or_short import (
    CUT,
    FULL,
    SHORT,
    cut_or_short,
    ranks_better,
    side_by_side,
)
from workbench.recordings import recording


@pytest.fixture
def table(tmp_path: Path) -> Table:
    path = tmp_path / "short.npz"
    synthetic(epochs=4, noise=0.0).save(path)
    return Table(path=path)


def long(curves: np.ndarray) -> TableFile:
    """The made-up cells, two seeds each, with these validation curves (rows, epochs)."""
    file = synthetic(epochs=curves.shape[1], seeds=2, noise=0.0)
    return replace(file, curves={ACCURACY: curves.astype(np.float32)})


def ends(file: TableFile) -> np.ndarray:
    return file.curves[ACCURACY][:, -1:].astype(float)


def test_each_way_is_ranked_by_the_end_of_another_seed(table: Table) -> None:
    """Cut it ranks the wrong way round, of its own schedule and in full without a fault."""
    file = synthetic(epochs=8, seeds=2, noise=0.0)
    curves = np.tile(ends(file), 8)
    curves[:, :4] = 1 - curves[:, :4]
    rows = cut_or_short(table, long(curves))
    assert [row["seed"] for row in rows] == [0, 0, 0, 1, 1, 1]
    for row in rows:
        assert row["epochs"] == (8 if row["way"] == FULL else 4)
        assert row["tau"] == pytest.approx(-1 if row["way"] == CUT else 1)
        assert row["best"] == pytest.approx(-1 if row["way"] == CUT else 1)
    assert [row["value"] for row in ranks_better(rows, SHORT, over=CUT)] == pytest.approx([2, 2])
    assert [
        row["value"] for row in ranks_better(rows, FULL, over=SHORT, column="best")
    ] == pytest.approx([0, 0])
    assert side_by_side(rows).data.splitlines()[2:] == [
        "| the long training, cut | 4 | −1.00 | −1.00 |",
        "| a training with its own schedule | 4 | 1.00 | 1.00 |",
        "| the long training, whole | 8 | 1.00 | 1.00 |",
    ]


def test_no_score_is_compared_with_itself(table: Table) -> None:
    """The second seed ends in the reverse order of the first: in full τ is −1, not 1."""
    file = synthetic(epochs=8, seeds=2, noise=0.0)
    curves = np.tile(ends(file), 8)
    curves[1::2] = 1 - curves[1::2]
    rows = {(row["way"], row["seed"]): row["tau"] for row in cut_or_short(table, long(curves))}
    assert rows[FULL, 0] == rows[FULL, 1] == pytest.approx(-1)
    assert rows[SHORT, 0] == pytest.approx(-1)  # the truth is seed 1's end, which is reversed
    assert rows[SHORT, 1] == pytest.approx(1)


def test_cells_that_lack_a_seed_are_left_out(table: Table) -> None:
    file = long(np.tile(ends(synthetic(epochs=8, seeds=2, noise=0.0)), 8))
    some = np.arange(len(file.cells)) != 1  # the first cell's second training
    fewer = replace(
        file,
        cells=file.cells[some],
        seeds=file.seeds[some],
        seconds=file.seconds[some],
        curves={ACCURACY: file.curves[ACCURACY][some]},
    )
    assert [row["tau"] for row in cut_or_short(table, fewer)] == pytest.approx([1] * 6)


def test_the_shipped_trainings_of_48_epochs() -> None:
    """500 cells of the table, 192 of them with two seeds, and what notebook 10 says of these."""
    file = TableFile.load(recording("fashion-7x7-48-epochs.npz"))
    seeds = {seed: int((file.seeds == seed).sum()) for seed in set(file.seeds.tolist())}
    assert (file.epochs, len(file.keys), seeds) == (48, 500, {0: 500, 1: 192})
    whole = opened(None)
    assert set(file.keys) <= set(whole.keys)
    for name in ("data", "space", "rule"):
        assert file.header[name] == whole.header[name]
    assert file.header["recipe"] == {**whole.header["recipe"], "epochs": 48}
    rows = cut_or_short(Table(), file)
    assert all(row["value"] > 0.03 for row in ranks_better(rows, SHORT, over=CUT))


def test_what_cannot_be_compared_is_refused(table: Table) -> None:
    with pytest.raises(ValueError, match="expected more than 4 epochs, got 4"):
        cut_or_short(table, synthetic(epochs=4))
    with pytest.raises(ValueError, match="expected two seeds"):
        cut_or_short(table, synthetic(epochs=8, seeds=1))
    with pytest.raises(ValueError, match="ranks_better: way"):
        ranks_better([], "fast", over=CUT)
