"""Notebook 13: the slider and the recording, which cells are compared, what their ranks say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from synthetic_table import small_space, synthetic

from workbench.estimators import Table
from workbench.exercises.one_shot_models import SharedScores, TopShare, asked

N = 40
TRUTHS = np.linspace(0.5, 0.9, N)
SCORES = np.where(TRUTHS > 0.85, 1.4 - TRUTHS, TRUTHS - 0.4)  # the best ones are ranked upside down
COUNTS = np.full(N, 100.0)


def test_only_the_best_are_compared() -> None:
    shown = TopShare(SCORES, TRUTHS, COUNTS)
    whole, top = shown.tau(1.0)[0], shown.tau(0.1)[0]
    assert whole > 0.5
    assert top == pytest.approx(-1.0)
    assert sorted(shown.chosen(0.1)) == [36, 37, 38, 39]
    assert len(shown.chosen(0.05)) == 2
    shown.close()


def test_its_words_and_its_twin_say_both_numbers() -> None:
    shown = TopShare(SCORES, TRUTHS, COUNTS)
    assert shown.words(1.0).startswith("all 40 cells: τ of inherited scores 0.")
    shown.value = 0.1
    assert "the best 4 of 40 cells: τ of inherited scores −1.00" in shown._said.value
    assert "of parameter counts undefined" in shown._said.value
    twin = shown.twin()
    assert twin.count("<img") == 2
    assert "all 40 cells" in twin
    assert "the best 4 of 40" in twin
    shown.close()


@pytest.fixture
def shared(tmp_path: Path) -> SharedScores:
    """Of a made-up table: more epochs rank better, stale moments upside down."""
    synthetic(small_space()).save(tmp_path / "table.npz")
    table = Table(path=tmp_path / "table.npz")
    cells = [*dict.fromkeys(table.cells)][:20]
    truths = np.array([table.mean(cell) for cell in cells])
    half = np.where(np.arange(20) % 2, truths, 1 - truths)
    np.savez(
        tmp_path / "scores.npz",
        cells=np.array([table.space.spell(cell) for cell in cells]),
        epochs=np.array([3, 10]),
        compared=np.array(3),
        recalibrated=np.array([[half, half], [truths, truths - 0.1]]),
        stale=np.array([-truths, -truths]),
        few_shot=np.array([truths, half]),
        dropout=np.array([half, half]),
    )
    return SharedScores(table, path=tmp_path / "scores.npz")


def test_the_recording_is_compared_with_the_table(shared: SharedScores) -> None:
    assert shared.taus() == [{"seed": 0, "value": 1.0}, {"seed": 1, "value": pytest.approx(1.0)}]
    assert shared.taus(3)[0]["value"] < 1.0
    assert [row["value"] for row in shared.gains("moments")] == pytest.approx([2.0, 2.0])
    split = [row["value"] for row in shared.gains("split")]
    assert split[0] > split[1] == 0.0
    assert [row["value"] for row in shared.gains("path dropout")] == [0.0, 0.0]
    with pytest.raises(ValueError, match="expected one of"):
        shared.gains("luck")
    assert shared.accuracies()[0]["stale"] < 0
    assert "After 10 epochs τ is 1.00 over all 20 cells" in repr(shared)
    assert "<img" in shared._repr_html_()
    slider = shared.top()
    assert slider.tau(1.0)[0] == pytest.approx(1.0)
    slider.close()


def test_one_architecture_is_asked_about(tmp_path: Path) -> None:
    synthetic(small_space()).save(tmp_path / "table.npz")
    table = Table(path=tmp_path / "table.npz")
    cell = table.cells[0]
    assert asked(table, cell) in [table.curve(cell, seed=s)[-1] for s in (0, 1, 2)]
