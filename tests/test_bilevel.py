"""The DARTS paper's problem of two variables, and the finite difference of a small network."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.exercises.bilevel import (
    EPSILONS,
    PUBLISHED,
    START,
    alpha_gradient,
    at_rest,
    by_the_library,
    descent,
    differences,
    weight_gradient,
)
from workbench.exercises.step_ahead import STOPS, CloseBy, StepAhead

NUMBER = st.floats(-3, 3)


@pytest.mark.parametrize(("xi", "expected"), [(0.0, -4), (0.1, -2.8), (0.25, -1), (0.5, 2)])
def test_the_gradient_at_the_start_is_the_papers(xi: float, expected: float) -> None:
    assert alpha_gradient(*START, xi) == pytest.approx(expected)


@given(alpha=NUMBER.filter(lambda a: abs(a) > 1e-3), w=NUMBER, xi=st.floats(0, 1))
def test_by_hand_and_by_the_library_it_is_the_same(alpha: float, w: float, xi: float) -> None:
    assert by_the_library(alpha, w, xi) == pytest.approx(alpha_gradient(alpha, w, xi), abs=1e-9)


@pytest.mark.parametrize("xi", [*STOPS, 2.0])
def test_descent_ends_where_both_gradients_are_zero(xi: float) -> None:
    alpha, w = descent(xi)[-1]
    assert (alpha, w) == pytest.approx((at_rest(xi), at_rest(xi)), abs=1e-6)
    assert alpha_gradient(at_rest(xi), at_rest(xi), xi) == pytest.approx(0)
    assert weight_gradient(1.3, 1.3) == 0


def test_impossible_steps_are_refused() -> None:
    with pytest.raises(ValueError, match="xi"):
        descent(-0.1)
    with pytest.raises(ValueError, match="steps"):
        descent(0.5, steps=0)


@pytest.mark.parametrize("seed", range(3))
def test_without_kinks_the_error_shrinks_as_epsilon_squared(seed: int) -> None:
    found = differences(seed=seed, epsilons=(1e-2, 1e-3))
    assert found.smooth[0] <= 2e-3
    assert found.smooth[0] / found.smooth[1] == pytest.approx(100, rel=0.05)


def test_kinks_between_the_two_points_spoil_it_now_and_then() -> None:
    off = [differences(seed=seed, epsilons=(PUBLISHED,)) for seed in range(6)]
    assert max(each.smooth[0] for each in off) < 1e-3
    assert max(each.kinked[0] for each in off) > 1e-2
    close = differences(seed=4, epsilons=(1e-5,))
    assert close.kinked[0] < 1e-6


def test_xi_is_dragged() -> None:
    panel = StepAhead()
    assert panel._said.value.endswith("to (2.00, 2.00)")  # the formula is derived later
    panel.value = 0.5
    assert "to (1.00, 1.00)" in panel._said.value
    panel.value = 1.0
    assert "to (0.67, 0.67)" in panel._said.value
    with pytest.raises(ValueError, match="expected one of"):
        panel.value = 0.33
    alts = re.findall(r'<img alt="([^"]+)"', panel.twin())
    assert len(alts) == 3
    assert all("A path from (2, −2)" in alt for alt in alts)
    panel.close()


def test_epsilon_is_dragged() -> None:
    panel = CloseBy(seed=4)
    assert "(published)" in panel._said.value
    assert panel.value == PUBLISHED
    before = panel._sheet.value
    panel.value = EPSILONS[-1]
    assert panel._sheet.value != before
    assert "published" not in panel._said.value
    assert panel.twin().count("<img") == 1
    assert all(math.isfinite(error) for error in panel.found.smooth + panel.found.kinked)
    panel.close()
