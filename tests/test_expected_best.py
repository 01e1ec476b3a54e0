"""E[best of n], exact, against enumeration and against random search itself."""

from __future__ import annotations

import math
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_table import MENU, synthetic

from workbench.estimators import Table
from workbench.history import expected_best
from workbench.records import Told
from workbench.search import search
from workbench.spaces import TopologySpace
from workbench.strategies import RandomSearch


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=6), st.integers(1, 4))
def test_it_is_the_mean_over_all_draws(values: list[int], n: int) -> None:
    draws = [max(draw) for draw in product(values, repeat=n)]
    assert expected_best(values, n, replacement=True) == pytest.approx(np.mean(draws))
    if n <= len(values):
        sets = [max(draw) for draw in combinations(values, n)]
        assert expected_best(values, n) == pytest.approx(np.mean(sets), abs=1e-9)


def test_by_hand() -> None:
    assert expected_best([0, 0, 0, 1], 2) == pytest.approx(1 / 2)
    assert expected_best([0, 0, 0, 1], 2, replacement=True) == pytest.approx(7 / 16)
    assert expected_best([3, 1, 2], 3) == 3
    assert expected_best([3, 1, 2], 1) == pytest.approx(2)


def test_scores_of_minus_infinity_count_where_they_can_be_the_best() -> None:
    worst = -math.inf
    scores = [0.5, worst, 0.25, worst]
    assert expected_best(scores, 2) == expected_best(scores, 1) == worst
    assert expected_best(scores, 3) == pytest.approx(0.5 * 3 / 4 + 0.25 / 4)
    assert expected_best(scores, 4) == 0.5
    assert expected_best(scores, 9, replacement=True) == worst
    assert expected_best([worst, worst], 2) == worst


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="at most the 3 values there are, got 4"):
        expected_best([1, 2, 3], 4)
    for values in ([], [0.5, math.nan], [0.5, math.inf], [-math.inf, math.inf]):
        with pytest.raises(ValueError, match="at least one number, and no NaN or inf"):
            expected_best(values, 1)
    with pytest.raises(ValueError, match="n must be at least 1"):
        expected_best([1, 2], 0)


def test_random_search_on_a_table_reaches_it(tmp_path: Path) -> None:
    space = TopologySpace(operations=MENU)
    synthetic(space, seeds=3, epochs=1).save(tmp_path / "table.npz")
    table = Table(path=tmp_path / "table.npz")
    ends = (5, 30, 100)
    best = []
    for seed in range(25):
        drawn = [
            table.mean(event.candidate.arch)
            for event in search(RandomSearch(table.space, seed=seed), table, trials=ends[-1])
            if isinstance(event, Told)
        ]
        best.append([max(drawn[:n]) for n in ends])
    errors = np.std(best, 0, ddof=1) / np.sqrt(len(best))
    for n, mean, error in zip(ends, np.mean(best, 0), errors):
        assert abs(mean - expected_best(table.grid().ravel(), n)) < 3 * error
