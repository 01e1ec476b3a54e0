"""How alike two columns rank, by hand and against scipy."""

from __future__ import annotations

import math
import random
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr

from workbench.history import RankAgreement, rank_agreement, rank_correlation


def test_kendall_s_tau_of_the_worked_example() -> None:
    assert rank_correlation([1, 2, 3, 4, 5], [1, 3, 2, 5, 4]) == pytest.approx(0.6)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=12, unique=True), st.randoms())
def test_tau_counts_pairs(values: list[int], shuffler: random.Random) -> None:
    other = list(values)
    shuffler.shuffle(other)
    n = len(values)
    signs = [
        (values[i] - values[j]) * (other[i] - other[j]) > 0 for i in range(n) for j in range(i)
    ]
    expected = (2 * sum(signs) - len(signs)) / len(signs)
    assert rank_correlation(values, other) == pytest.approx(expected)
    # a bias that is the same everywhere changes no rank
    assert rank_correlation(values, [x / 7 - 10 for x in other]) == pytest.approx(expected)


def test_tau_of_constants_is_no_number_and_unlike_lengths_are_refused() -> None:
    assert math.isnan(rank_correlation([1, 1, 1], [1, 2, 3]))
    with pytest.raises(ValueError, match="got 2 and 3"):
        rank_correlation([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="at least 2"):
        rank_correlation([1], [1])


# ---------------------------------------------------------------- agreement, with intervals

TEN = list(range(10))


def test_agreement_of_ten_by_hand() -> None:
    # the two best changed places, and the best of all is taken for the worst
    predicted = [1, 2, 3, 4, 5, 6, 7, 9, 8, 0]
    found = rank_agreement(predicted, TEN, top=0.3)
    discordant = 9 + 1  # pairs with the last, and the swap
    assert found.tau.value == pytest.approx((45 - 2 * discordant) / 45)
    squares = sum((x - y) ** 2 for x, y in zip(predicted, TEN))
    assert found.rho.value == pytest.approx(1 - 6 * squares / (10 * 99))
    assert (found.overlap.value, found.precision.value) == (2 / 3, 2 / 3)  # 7 and 8 of 7, 8, 9
    assert found.tau_at_top.value == pytest.approx(-1.0)  # 9, 8, 0
    assert (found.n, found.top) == (10, 0.3)


def test_ties_at_the_border_are_all_in_the_top() -> None:
    found = rank_agreement([1] * 5 + [2] * 5, TEN, top=0.2)
    assert found.overlap.value == 1.0  # 8 and 9 are among the five
    assert found.precision.value == 2 / 5
    constant = rank_agreement([7] * 10, TEN, top=0.2)
    assert (constant.overlap.value, constant.precision.value) == (1.0, 0.2)
    assert math.isnan(constant.tau.value)
    assert math.isnan(constant.tau.low)
    assert math.isnan(constant.rho.value)


columns = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=2, max_size=40)


@given(columns, st.randoms())
def test_it_is_tau_b_and_rho_and_order_does_not_matter(
    pairs: list[tuple[int, int]], shuffler: random.Random
) -> None:
    xs, ys = ([float(pair[place]) for pair in pairs] for place in (0, 1))
    found = rank_agreement(xs, ys, resamples=3)
    if len(set(xs)) > 1 and len(set(ys)) > 1:
        assert found.tau.value == pytest.approx(kendalltau(xs, ys).statistic)
        assert found.rho.value == pytest.approx(spearmanr(xs, ys).statistic)
    shuffler.shuffle(pairs)
    mixed = rank_agreement(*zip(*pairs), resamples=3)
    for name in ("tau", "rho", "overlap", "precision", "tau_at_top"):
        one, other = getattr(found, name).value, getattr(mixed, name).value
        assert one == pytest.approx(other, nan_ok=True)
        assert math.isnan(one) or -1 - 1e-9 <= one <= 1 + 1e-9


def test_each_resample_is_what_scipy_says_of_the_drawn_pairs() -> None:
    rng = np.random.default_rng(5)
    xs, ys = rng.integers(0, 30, 300), rng.integers(0, 30, 300)  # more than one block of pairs
    ys = xs + ys
    found = rank_agreement(xs, ys, resamples=40, seed=3)
    drawer = np.random.default_rng(3)
    drawn = [drawer.integers(300, size=300) for _ in range(40)]
    for name, measure in (("tau", kendalltau), ("rho", spearmanr)):
        values = [measure(xs[each], ys[each]).statistic for each in drawn]
        low, high = np.quantile(values, (0.025, 0.975))
        assert getattr(found, name).low == pytest.approx(low)
        assert getattr(found, name).high == pytest.approx(high)


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    # Pearson 0.8 of a normal pair: τ = 2/π · arcsin 0.8
    truth, covered = 2 / math.pi * math.asin(0.8), 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        xs = rng.normal(size=80)
        ys = 0.8 * xs + 0.6 * rng.normal(size=80)
        tau = rank_agreement(xs, ys, resamples=200, seed=seed).tau
        assert tau.low <= tau.value <= tau.high
        covered += tau.low <= truth <= tau.high
    assert 34 <= covered <= 40


def test_the_same_seed_gives_the_same_intervals_and_infinities_have_a_rank() -> None:
    xs = [*range(20), -math.inf, math.inf]
    one, other = rank_agreement(xs, xs), rank_agreement(xs, xs)
    assert one == other
    assert one.tau.value == pytest.approx(1.0)
    rows = one.rows()
    assert [row["measure"] for row in rows] == ["tau", "rho", "overlap", "precision", "tau_at_top"]
    assert rows[0].keys() == {"measure", "value", "low", "high"}


def test_the_smallest_top_is_the_highest_number() -> None:
    agreement = rank_agreement([1, 2, 3], [1, 2, 3], top=1e-12)
    assert agreement.overlap.value == agreement.precision.value == 1.0
    assert agreement.overlap.low == 1.0  # whichever are drawn


def test_what_has_no_rank_is_refused() -> None:
    for xs, ys, said in (
        ([1, 2], [1, 2, 3], "got 2 and 3"),
        ([1], [1], "at least 2"),
        ([1, math.nan], [1, 2], "NaN has no rank"),
    ):
        with pytest.raises(ValueError, match=said):
            rank_agreement(xs, ys)
    with pytest.raises(ValueError, match=r"top must be in \(0, 1\]"):
        rank_agreement(TEN, TEN, top=0)
    with pytest.raises(ValueError, match="resamples must be 1 …"):
        rank_agreement(TEN, TEN, resamples=0)


def test_all_cells_of_the_topology_space_take_seconds() -> None:
    rng = np.random.default_rng(0)
    xs = rng.normal(size=6466)
    began = time.process_time()
    found = rank_agreement(xs, xs + rng.normal(size=6466), resamples=200)
    assert isinstance(found, RankAgreement)
    assert found.tau.value == pytest.approx(0.5, abs=0.02)
    # about 0.5 s; a thousand, unchecked, about 1.5 s
    assert time.process_time() - began < 5
