"""Forecasters of learning curves, on curves that were made up."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic_table import synthetic

from workbench.estimators.learning_curves import Forecast
from workbench.exercises.curve_forecasters import Curves, foretold


def made_up(many: int, seed: int) -> Curves:
    """Curves towards heights that the one feature tells; the loss falls as the accuracy rises."""
    rng = np.random.default_rng(seed)
    heights = rng.uniform(0.6, 0.9, many)[:, None]
    scores = heights * (1 - 0.5 / np.arange(1, 13)) + 0.002 * rng.normal(size=(many, 12))
    return Curves(scores, -np.log(scores), heights)


def test_each_task_is_scored_for_those_who_answer_it() -> None:
    hidden = made_up(8, 1)
    truth = dict(zip(map(tuple, hidden.scores[:, :4].tolist()), hidden.scores[:, -1]))

    def knows(curve: tuple[float, ...], epochs: int) -> Forecast:
        means = np.full((1, epochs - len(curve)), truth[curve])
        return Forecast(curve, epochs, means, np.full_like(means, 0.01), np.ones(1))

    rows = {
        row["forecaster"]: row
        for row in foretold(made_up(20, 0), hidden, seen=4, more={"who knows": knows})
    }
    knower = rows["who knows"]
    assert knower["tau"] == pytest.approx(1)
    assert (knower["error"], knower["inside"]) == (0, 1)
    last = 100 * np.abs(hidden.scores[:, 3] - hidden.scores[:, -1]).mean()
    assert rows["last value"]["error"] == pytest.approx(last)
    assert rows["ensemble"]["error"] < last
    assert rows["regression"]["error"] < last
    assert rows["TSE"]["error"] is None
    assert rows["TSE"]["tau"] > 0.8  # made so that losses tell the height
    assert rows["parameters"]["tau"] > 0.9


def test_curves_of_a_table_file() -> None:
    file = synthetic()
    found = Curves.of(file, seed=1)
    assert found.scores.shape == found.losses.shape == (len(file.keys), 12)
    assert found.take([2, 3]).features.shape == (2, found.features.shape[1])
    assert found.scores[5] == pytest.approx(file.curves["validation accuracy"][5 * 3 + 1])
    with pytest.raises(ValueError, match="no training with seed 9"):
        Curves.of(file, seed=9)


def test_no_epoch_left_is_refused() -> None:
    with pytest.raises(ValueError, match="seen must be 1 … 11"):
        foretold(made_up(10, 0), made_up(3, 1), seen=12)
