"""The first rung, dragged: who goes on, who is cut, and that τ does not mind ten points."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from workbench.panels import FirstRung

# the last one starts lowest and ends highest
CURVES = [
    [0.50, 0.52, 0.54, 0.60],
    [0.40, 0.55, 0.60, 0.65],
    [0.30, 0.45, 0.62, 0.70],
    [0.10, 0.60, 0.75, 0.80],
]


@pytest.fixture
def panel() -> Iterator[FirstRung]:
    made = FirstRung(CURVES, eta=2)
    yield made
    made.close()


def test_rungs_halve_and_double_until_one_is_left(panel: FirstRung) -> None:
    assert panel.winner == 3
    assert panel.rungs(1) == [(1, [0, 1, 2, 3]), (2, [0, 1]), (4, [1])]
    assert panel.rungs(2) == [(2, [0, 1, 2, 3]), (4, [3, 1])]


def test_a_later_first_rung_saves_the_winner(panel: FirstRung) -> None:
    assert "number 4 of 4 there and is cut after 1 epoch;" in panel.words(1, False)
    assert "15.0 points below it, for 8 of 16 epochs" in panel.words(1, False)
    assert "number 1 of 4 there and survives; the choice ends 0.0 points" in panel.words(2, False)


def test_of_two_equal_ends_the_winner_is_the_one_that_survives() -> None:
    made = FirstRung(
        [[0.1, 0.5, 0.6, 0.9], [0.1, 0.6, 0.6, 0.9], *[[0.1, 0.2, 0.2, 0.2]] * 2], eta=2
    )
    assert made.rungs(2)[-1] == (4, [1, 0])
    assert "number 2 of 4 there and survives; the choice ends 0.0 points" in made.words(2)
    made.close()


def test_ten_points_less_change_nobody_s_fate(panel: FirstRung) -> None:
    for first in (1, 2, 3):
        assert panel.words(first, True) == panel.words(first, False)
    assert panel.correlation(1) == pytest.approx(-1)
    assert panel.correlation(3) == pytest.approx(1)


def test_both_knobs_move_the_picture(panel: FirstRung) -> None:
    seen = {panel._sheet.value}
    panel.first = 1
    seen.add(panel._sheet.value)
    panel.less.value = "10 points less"
    seen.add(panel._sheet.value)
    assert len(seen) == 3
    assert panel._said.value.startswith("First rung after 1 epoch: τ with the end = −1.00.")
    assert panel.twin().count("<img alt=") == 2


def test_too_few_curves_are_refused() -> None:
    for wrong in ([], CURVES[:1], [[0.1]] * 4, [*CURVES, [0.1]]):
        with pytest.raises(ValueError, match="FirstRung: curves"):
            FirstRung(wrong, eta=2)
