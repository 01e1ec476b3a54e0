"""Forecasters of learning curves, on curves that were made up."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic_table import synthetic

from workbench.estimators.learning_curves import Forecast
from workbench.exercises.curve_forecasters import (
    Curves,
    as_table,
    foretold,
    foretold_by_seed,
    measured,
    pairs_that_hold,
)


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


def test_a_top_is_counted_and_so_is_what_lies_above_a_fan() -> None:
    hidden = made_up(40, 1)

    def low(curve: tuple[float, ...], epochs: int) -> Forecast:
        means = np.full((1, epochs - len(curve)), curve[-1])  # all these curves rise
        return Forecast(curve, epochs, means, np.full_like(means, 1e-6), np.ones(1))

    rows = {
        row["forecaster"]: row
        for row in foretold(made_up(20, 0), hidden, seen=4, more={"low": low})
    }
    assert (rows["low"]["inside"], rows["low"]["above"]) == (0, 1)
    best_two = set(np.argsort(hidden.scores[:, -1])[-2:])
    biggest_two = set(np.argsort(hidden.features[:, 0])[-2:])
    assert rows["parameters"]["top"] == len(best_two & biggest_two) / 2
    assert rows["TSE"]["above"] is None


def test_means_over_training_seeds_and_leads() -> None:
    found = foretold_by_seed(synthetic(), known=20, many=10, seen=4, seeds=(0, 2))
    assert list(found) == [0, 2]
    by = [{row["forecaster"]: row for row in rows} for rows in found.values()]
    leads = measured(found, "error", "last value", "ensemble")
    assert leads[1] == {
        "seed": 2,
        "value": by[1]["last value"]["error"] - by[1]["ensemble"]["error"],
    }
    assert measured(found, "tau", "TSE")[0]["value"] == by[0]["TSE"]["tau"]
    head, _, last, *_, parameters = as_table(found).splitlines()
    assert head.startswith("| forecaster | τ | of its top 5 %")
    mean = np.mean([each["last value"]["error"] for each in by])
    assert last.endswith(f"| {mean:.1f} | – |")
    assert parameters.startswith("| parameters | ")
    assert parameters.endswith("| – | – |")


def test_pairs_that_hold() -> None:
    scores = np.array([[0.1, 0.5], [0.2, 0.4], [0.3, 0.6]])  # the first two change places
    curves = Curves(scores, scores, scores)
    assert pairs_that_hold(curves, seen=1) == pytest.approx(200 / 3)
