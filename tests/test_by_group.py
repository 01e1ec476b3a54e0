"""Seeds dealt out to groups."""

from __future__ import annotations

from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.exercises.by_group import by_group


def test_they_go_round_as_cards_do() -> None:
    assert by_group([1.0, 2.0, 3.0, 4.0, 5.0], 2) == [{"value": 3.0}, {"value": 3.0}]
    assert by_group([1, 2, 6], 2) == [{"value": 3.5}, {"value": 2.0}]


def test_fewer_seeds_than_groups_are_a_group_each() -> None:
    assert by_group([0.5, 0.25], 4) == [{"value": 0.5}, {"value": 0.25}]
    assert by_group([], 3) == []
    with pytest.raises(ValueError, match="groups"):
        by_group([1.0], 0)


@given(
    st.integers(1, 6).flatmap(
        lambda many: st.tuples(
            st.just(many),
            st.integers(1, 6).flatmap(
                lambda size: st.lists(st.floats(-1, 1), min_size=many * size, max_size=many * size)
            ),
        )
    )
)
def test_the_mean_of_equal_groups_is_that_of_all(dealt: tuple[int, list[float]]) -> None:
    groups, values = dealt
    rows = by_group(values, groups)
    assert len(rows) == groups
    assert fmean(row["value"] for row in rows) == pytest.approx(fmean(values), abs=1e-12)
