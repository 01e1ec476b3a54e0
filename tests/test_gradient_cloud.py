"""The baseline as a slider: its numbers are those of PAPERS.md, section 4, and exact."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest

from workbench.panels import GradientCloud


@pytest.fixture
def cloud() -> Iterator[GradientCloud]:
    made = GradientCloud(children=1)
    yield made
    made.close()


def test_the_numbers_that_are_known(cloud: GradientCloud) -> None:
    assert cloud.expected == pytest.approx(0.737421, abs=1e-6)
    assert cloud.mean == pytest.approx([-0.0444631, 0.0389693, 0.0054939], abs=1e-7)
    assert cloud.variance(0.0) == pytest.approx(0.366049, abs=1e-6)
    assert cloud.variance(cloud.expected) == pytest.approx(0.006354, abs=1e-6)
    assert cloud.variance(0.745599) == pytest.approx(0.0063107, abs=1e-7)
    assert cloud.variance(0.745599) < cloud.variance(0.735599)
    assert cloud.variance(0.745599) < cloud.variance(0.755599)


def test_arrows_have_the_mean_and_the_variance_that_are_said() -> None:
    cloud = GradientCloud(children=4, updates=2_000)
    for b in (0.0, cloud.expected, 1.0):
        arrows = cloud.gradients(b)
        error = np.sqrt(cloud.variance(b) / len(arrows))
        assert np.linalg.norm(arrows.mean(0) - cloud.mean) < 4 * error
        assert arrows.var(0).sum() == pytest.approx(cloud.variance(b), rel=0.1)
        assert arrows.sum(1) == pytest.approx(np.zeros(len(arrows)), abs=1e-12)
    cloud.close()


@pytest.mark.parametrize("reward", [0.0, 0.5, 1.0])
def test_equal_rewards_have_nothing_that_varies(reward: float) -> None:
    made = GradientCloud(rewards=(reward,) * 3, updates=5)
    assert made.words(reward).endswith("for every b. Variance 0.00000.")
    made.baseline = 1.0
    assert "<img" in made.twin()
    made.close()


def test_more_children_make_less_variance(cloud: GradientCloud) -> None:
    eight = GradientCloud(children=8)
    assert eight.variance(0.3) == pytest.approx(cloud.variance(0.3) / 8)
    eight.close()


def test_the_slider_moves_the_words_and_the_picture(cloud: GradientCloud) -> None:
    assert cloud.baseline == 0.0
    assert cloud._said.value.startswith(
        "b = 0.000: the mean, which is the exact gradient, is (−0.044, +0.039, +0.005) for every b."
    )
    before = cloud._sheet.value
    cloud.baseline = 0.737
    assert cloud.baseline == cloud.expected
    assert "58 times less than without a baseline" in cloud._said.value
    assert cloud._sheet.value != before
    with pytest.raises(ValueError, match="one of"):
        cloud.baseline = 0.55


def test_the_twin_shows_before_and_after_on_the_same_axes(cloud: GradientCloud) -> None:
    twin = cloud.twin()
    assert re.findall(r"<p>b = ([\d.]+)", twin) == ["0.000", "0.737"]
    assert "a wide cloud" in twin
    assert "a small cloud" in twin
    assert twin.count("(−0.044, +0.039, +0.005)") == 4  # said and read aloud, twice


def test_what_is_no_softmax_of_three_is_refused() -> None:
    with pytest.raises(ValueError, match="three"):
        GradientCloud(logits=(0.1, 0.2))
    with pytest.raises(ValueError, match="three"):
        GradientCloud(rewards=(0.1, 0.2, float("nan")))
    with pytest.raises(ValueError, match="children"):
        GradientCloud(children=0)
