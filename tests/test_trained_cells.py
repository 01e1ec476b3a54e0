"""The panel of a surrogate: more trained cells, a better ranking."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from synthetic_table import small_space, synthetic

from workbench.estimators import Table
from workbench.panels import TrainedCells

MENU = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    """59 cells."""
    path: Path = tmp_path_factory.mktemp("table") / "small.npz"
    synthetic(small_space(MENU)).save(path)
    return Table(path=path)


@pytest.fixture
def panel(table: Table) -> Iterator[TrainedCells]:
    made = TrainedCells(table)
    yield made
    made.close()


def test_more_trained_cells_rank_better(panel: TrainedCells) -> None:
    few, many = (panel.ranked[n].agreement.tau.value for n in (10, 20))
    assert many > few
    assert list(panel.ranked) == [10, 20]
    assert f"τ = {few:.2f}" in panel.words(10)
    assert f"Parameters alone: τ = {panel.by_size.tau.value:.2f}" in panel.words(10)


def test_the_slider_moves_words_and_picture(panel: TrainedCells) -> None:
    before = panel._said.value, panel._sheet.value
    panel.trained = 20
    assert panel._said.value.startswith("20 of ")
    assert panel._sheet.value != before[1]
    with pytest.raises(ValueError, match=r"one of \[10, 20\], got 30"):
        panel.trained = 30


def test_the_twin_shows_few_and_many(panel: TrainedCells) -> None:
    twin = panel.twin()
    assert twin.count("<img alt=") == 2
    assert re.findall(r"<p>(\d+) of", twin) == ["10", "20"]


def test_a_table_of_a_few_cells_is_refused(tmp_path: Path) -> None:
    synthetic(small_space(MENU[:2])).save(tmp_path / "few.npz")
    with pytest.raises(ValueError, match="expected one of 20 cells or more"):
        TrainedCells(Table(path=tmp_path / "few.npz"))
