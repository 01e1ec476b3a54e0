"""The fidelity panel: its points, its front, five knobs, a few trained for real."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
from fakes import chains
from synthetic_table import synthetic
from test_reduced import few

from workbench.estimators import Fidelity, Table
from workbench.exercises import lower_fidelity
from workbench.history import rank_correlation
from workbench.panels import FidelityPanel, read_study, table_study
from workbench.panels.fidelity.study import Study
from workbench.records import Epoch, Told
from workbench.spaces import ChainSpace


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    path: Path = tmp_path_factory.mktemp("table") / "small.npz"
    synthetic().save(path)
    return Table(path=path)


@pytest.fixture(scope="module")
def study(table: Table) -> Study:
    return table_study(table)


@pytest.fixture
def panel(study: Study) -> Iterator[FidelityPanel]:
    made = FidelityPanel(study)
    yield made
    made.close()


def test_a_table_s_epochs_are_judged_by_the_other_seeds(table: Table, study: Study) -> None:
    assert len(study.points) == table.epochs == 12
    finals = np.array([[table.curve(c, seed=s)[-1] for s in (0, 1, 2)] for c in table.cells])
    third = [table.curve(cell, seed=0)[2] for cell in table.cells]
    point = study.point(Fidelity(3))
    assert point is not None
    assert point.cost == pytest.approx(3 / 12)
    truth = finals[:, 1:].mean(1)
    assert point.agreement.tau.value == pytest.approx(rank_correlation(third, truth), abs=1e-6)
    assert point.words.startswith("3 epochs: 25 % of the cost, τ = 0.")


def test_the_front_is_what_no_other_one_beats() -> None:
    study = Study([1, 2, 3, 4], [10] * 4, source="four")
    study.add(Fidelity(1), [1, 2, 4, 3], [1] * 4)
    study.add(Fidelity(2), [1, 4, 3, 2], [2] * 4)  # dearer and worse
    study.add(Fidelity(3), [2, 4, 6, 8], [3] * 4)
    assert [point.fidelity.epochs for point in study.front()] == [1, 3]
    assert study.front()[-1].agreement.tau.value == 1.0


def test_ten_points_less_everywhere_change_no_correlation() -> None:
    study = Study([0.5, 0.6, 0.7], [1] * 3, source="three")
    one = study.add(Fidelity(1), [0.5, 0.7, 0.6], [1] * 3)
    other = study.add(Fidelity(2), [0.4, 0.6, 0.5], [1] * 3)
    assert one.agreement.tau == other.agreement.tau


def test_a_knob_moves_the_point_within_150_ms(panel: FidelityPanel) -> None:
    before, took = panel._sheet.value, []
    for epochs in (1, 4, 8, 2, 6):
        start = time.thread_time()
        panel.fidelity = Fidelity(epochs)
        took.append(time.thread_time() - start)
        assert panel._said.value.startswith(f"{epochs} epoch")
        assert panel._sheet.value != before
        before = panel._sheet.value
    assert median(took) < 0.15
    with pytest.raises(ValueError, match="train_share: expected one of"):
        panel.fidelity = Fidelity(1, train_share=0.4)


def test_only_knobs_that_the_study_turned_are_there(panel: FidelityPanel) -> None:
    """… unless any setting can be trained here."""
    assert [each.description for each in panel._knobs.widget.children] == ["epochs"]
    live = FidelityPanel(panel.study, space=chains(), data=few(), cells=3)
    assert len(live._knobs.widget.children) == 5
    live.close()


def test_what_was_not_recorded_says_so(panel: FidelityPanel) -> None:
    panel.fidelity = Fidelity(2, filters_share=0.5)
    assert panel._said.value == "2 epochs, 50 % of the filters: not recorded."
    with pytest.raises(ValueError, match="give space and data"):
        panel.run()


def test_the_twin_shows_where_the_knobs_stand_and_full_training(panel: FidelityPanel) -> None:
    assert panel.twin().count("<img alt=") == 1  # they stand at full training
    panel.fidelity = Fidelity(3)
    twin = panel.twin()
    assert twin.count("<img alt=") == 2
    assert twin.startswith("<p>3 epochs: 25 % of the cost")
    assert "<p>12 epochs: 100 % of the cost" in twin
    assert "text/html" in panel._repr_mimebundle_()


def test_the_twin_shows_no_fidelity_that_nobody_asked_for() -> None:
    """The cheapest of the front is what a notebook may ask for."""
    study = Study([1, 2, 3], [8] * 3, source="three cells")
    study.add(Fidelity(1), [1, 2, 3], [1] * 3)
    study.add(Fidelity(2), [1, 3, 2], [2] * 3)
    panel = FidelityPanel(study, epochs=8)
    panel.fidelity = Fidelity(2)
    assert panel.twin().count("<p>") == 1  # full training was not recorded
    assert "1 epoch:" not in panel.twin()
    panel.close()


def test_a_few_are_trained_here(study: Study) -> None:
    """Three of them, to be quick: in full once, then at each setting."""
    panel = FidelityPanel(study, epochs=2, space=chains(), data=few(), cells=3)
    panel.fidelity = Fidelity(1, train_share=0.5, pooling=2, filters_share=0.5)
    assert "6 trainings here" in panel._said.value
    events: list[Any] = []
    show = panel.show
    panel.show = lambda event: (events.append(event), show(event))  # type: ignore[method-assign]
    panel.run()
    said = panel.wait()
    assert "of 3 architectures" in said
    told = [event for event in events if isinstance(event, Told)]
    assert len(told) == 6
    assert all(event.evaluation.seconds > 0 for event in told)
    assert sum(isinstance(event, Epoch) for event in events) == 3 * 2 + 3 * 1
    point = panel.point(panel.fidelity)
    assert point is not None
    assert 0 < point.cost < 1 / 8
    panel.run()
    panel.wait()
    assert panel.live is not None
    assert len(panel.live.told) == 6  # nothing is trained twice
    panel.close()


class Unbuildable(ChainSpace):
    """Its networks are none."""

    def build(self, arch: Any, task: Any) -> Any:
        raise RuntimeError("no <room> left")


def test_where_every_training_fails_their_error_is_shown(study: Study) -> None:
    panel = FidelityPanel(study, epochs=1, space=Unbuildable(max_depth=1), data=few(), cells=3)
    panel.run()
    with pytest.raises(RuntimeError, match="all 3 trainings failed, the first of them with"):
        panel.wait()
    assert "RuntimeError: no &lt;room&gt; left" in panel._notice.value
    assert panel.live is not None
    assert panel.live.study is None  # the next press of the button tries again
    panel.close()


def test_a_recorded_study_is_read(tmp_path: Path) -> None:
    path = tmp_path / "study.json"
    row = {"knobs": {"epochs": 1, "pooling": 2}, "scores": [0.1, 0.2], "costs": [1, 1]}
    found = {"truth": [0.3, 0.4], "cost": [4, 4], "source": "two cells", "fidelities": [row]}
    path.write_text(json.dumps(found))
    point = read_study(path).point(Fidelity(1, pooling=2))
    assert point is not None
    assert (point.cost, point.agreement.tau.value) == (0.25, 1.0)
    path.write_text("{}")
    with pytest.raises(ValueError, match="no recorded study"):
        read_study(path)


def test_how_often_a_first_rung_cuts_the_winner_is_counted() -> None:
    """The first of three is the last at first, and the best from the second epoch on."""
    curves = [[0.1, 0.9, 0.9], [0.2, 0.8, 0.8], [0.3, 0.7, 0.7]]
    said = lower_fidelity.how_often_cut(curves, many=3, firsts=(1, 2), draws=10)
    assert said.endswith("after 1 epoch in 100 %, after 2 epochs in 0 %")
