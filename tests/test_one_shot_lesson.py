"""The slider of notebook 13: which cells are compared, what their ranks say."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.exercises.one_shot_models import TopShare

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
