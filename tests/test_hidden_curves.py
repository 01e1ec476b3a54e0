"""The panel of hidden curves: first a guess, then a fan, then the truth."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from workbench.panels import HiddenCurves
from workbench.panels.extrapolation.scoreboard import Scoreboard

EPOCHS = np.arange(1, 13)
CURVES = [(height * (1 - 0.5 / EPOCHS)).tolist() for height in (0.6, 0.9, 0.8)]


@pytest.fixture
def panel() -> Iterator[HiddenCurves]:
    made = HiddenCurves(CURVES)
    yield made
    made.close()


def test_nothing_of_the_rest_is_shown_before_the_guess(panel: HiddenCurves) -> None:
    assert (panel.epoch, panel.board.seen) == (4, 4)
    assert panel._epoch.disabled
    assert panel.words() == (
        "Curve 1 of 3, epoch 4 of 12: 52.5 %. Where will it end? Move the slider, then press Guess."
    )
    with pytest.raises(ValueError, match="guess"):
        panel.epoch = 5


def test_a_guess_brings_the_forecast_and_then_the_curve(panel: HiddenCurves) -> None:
    before = panel._sheet.value
    panel._guess.value = 57.0
    panel._press.click()
    assert panel._sheet.value != before
    assert panel.words().startswith("Curve 1 of 3, epoch 4 of 12: 52.5 %. The ensemble expects 5")
    panel.epoch = 12
    assert panel.words().endswith("your guess was off by 0.5 points.")
    you, last, ensemble = panel.board.rows()
    assert you == {"who": "you", "curves": 1, "mean error (points)": "0.5"}
    assert last["mean error (points)"] == "5.0"  # 57.5 − 52.5
    assert float(ensemble["mean error (points)"]) < 5
    panel.guess(0.1)
    assert panel.board.guesses == {0: 0.57}  # the first one stays


def test_a_hopeless_curve_is_stopped_and_the_best_is_not(panel: HiddenCurves) -> None:
    assert panel.board.best == CURVES[1][-1]
    assert panel.board.stopped(0, 12) == 4
    assert panel.board.stopped(1, 12) is None


def test_the_next_curve_is_hidden_again(panel: HiddenCurves) -> None:
    panel.guess(0.5)
    panel.next()
    assert panel.number == 1
    assert panel.epoch == 4
    assert not panel._press.disabled
    assert panel.board.rows()[0]["curves"] == 1
    panel.next()
    panel.next()
    assert (panel.number, panel._press.disabled) == (0, True)


def test_the_twin_shows_forecast_end_and_score(panel: HiddenCurves) -> None:
    twin = panel.twin()
    assert twin.count("<img alt=") == 2
    assert "forecast from epoch 4" in twin
    assert "last value" in twin
    assert "you" not in twin


def test_the_alternative_text_says_what_the_fan_shows(panel: HiddenCurves) -> None:
    assert "fan" not in panel._sheet.value  # it would tell before the guess
    panel.guess(0.5)
    low, middle, high = 100 * panel.board.forecast(0, 4).quantiles()[:, -1]
    said = f"The fan ends between {low:.0f} and {high:.0f} %, median {middle:.1f} %."
    assert said in panel._sheet.value


def test_a_click_is_on_the_screen_soon(panel: HiddenCurves) -> None:
    panel.guess(0.5)
    took = []
    for epoch in (5, 6, 7, 8, 9):
        start = time.process_time()
        panel.epoch = epoch
        took.append(time.process_time() - start)
    assert sorted(took)[2] < 0.45  # 0.15 without the type checks of a test run


def test_curves_that_cannot_be_guessed_are_refused() -> None:
    with pytest.raises(ValueError, match="got none"):
        HiddenCurves([])
    with pytest.raises(ValueError, match=r"got \[3, 4\]"):
        HiddenCurves([(0.1,) * 3, (0.1,) * 4])
    with pytest.raises(ValueError, match="divide per cents by 100"):
        HiddenCurves([(50.0, 60.0)])


def test_of_short_curves_there_is_no_forecast() -> None:
    board = Scoreboard([(0.1, 0.2, 0.3)], seen=None, best=None, delta=0.05)
    assert board.forecast(0, 1).trouble.startswith("not enough points")
    assert board.without_guesses()[1] == {
        "who": "ensemble",
        "curves": 0,
        "mean error (points)": "–",
    }
