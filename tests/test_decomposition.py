"""What made it good: shares of variance that are exact, known by hand, and add up to one."""

from __future__ import annotations

import time
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from workbench.history import effects, variance_shares


def shares(values: np.ndarray, names: str) -> dict[str, float]:
    rows = variance_shares(values, list(names))
    return {"".join(row["decisions"]): row["share"] for row in rows}


def test_two_by_two_by_hand() -> None:
    # grand mean 5, rows 2 and 8: ∓3, columns 3 and 7: ∓2; left of 1 = 5 − 3 − 2 + 1: ±1
    values = np.array([[1.0, 3.0], [5.0, 11.0]])
    found = shares(values, "ab")
    assert found == pytest.approx({"a": 9 / 14, "b": 4 / 14, "ab": 1 / 14})
    by_a = effects(values, ["a", "b"], [["x", "y"], ["u", "v"]], of=["a"])
    assert by_a == [{"options": ("y",), "effect": 3.0}, {"options": ("x",), "effect": -3.0}]
    pair = effects(values, ["a", "b"], [["x", "y"], ["u", "v"]], of=["b", "a"])
    assert {row["options"]: row["effect"] for row in pair} == {
        ("x", "u"): 1.0,
        ("x", "v"): -1.0,
        ("y", "u"): -1.0,
        ("y", "v"): 1.0,
    }


def test_a_sum_has_main_effects_alone() -> None:
    rng = np.random.default_rng(0)
    a, b, c = rng.normal(size=4), rng.normal(size=3), rng.normal(size=2)
    values = 7.0 + a[:, None, None] + b[None, :, None] + c[None, None, :]
    found = shares(values, "abc")
    whole = a.var() + b.var() + c.var()
    for name, column in (("a", a), ("b", b), ("c", c)):
        assert found[name] == pytest.approx(column.var() / whole)
    for names in ("ab", "ac", "bc", "abc"):
        assert found[names] == pytest.approx(0, abs=1e-12)


def test_a_pure_interaction_belongs_to_its_pair_alone() -> None:
    sign = np.array([-1.0, 1.0])
    values = sign[:, None, None] * sign[None, None, :] + np.zeros((2, 3, 2))  # exclusive or
    found = shares(values, "abc")
    assert found.pop("ac") == pytest.approx(1)
    assert list(found.values()) == pytest.approx([0.0] * 6, abs=1e-12)


@given(
    arrays(
        np.float64,
        array_shapes(min_dims=1, max_dims=4, max_side=4),
        elements=st.floats(-1e3, 1e3),
    )
)
def test_shares_are_those_of_the_definition_and_sum_to_one(values: np.ndarray) -> None:
    names = "abcd"[: values.ndim]
    if values.var() <= 1e-9 * (1 + np.mean(values**2)):
        return
    found = shares(values, names)
    assert sum(found.values()) == pytest.approx(1, abs=1e-9)
    assert min(found.values()) >= 0
    explained = {}  # Var[E[values | u]]: the sum of the shares of all that is in u
    for many in range(1, values.ndim + 1):
        for axes in combinations(range(values.ndim), many):
            others = tuple(set(range(values.ndim)) - set(axes))
            explained["".join(names[a] for a in axes)] = values.mean(axis=others).var()
    for u, variance in explained.items():
        inside = sum(share for v, share in found.items() if set(v) <= set(u))
        assert inside == pytest.approx(variance / values.var(), abs=1e-6)


def test_all_of_a_space_takes_less_than_a_second() -> None:
    values = np.random.default_rng(0).normal(size=(5,) * 6)
    begun = time.process_time()
    rows = variance_shares(values, list("abcdef"))
    assert time.process_time() - begun < 1
    assert len(rows) == 63
    assert abs(sum(row["share"] for row in rows) - 1) < 1e-9
    some = variance_shares(values, list("abcdef"), order=2)
    assert [row for row in rows if row["order"] <= 2] == some


def test_what_cannot_be_explained_is_refused() -> None:
    with pytest.raises(ValueError, match="all values are equal"):
        variance_shares(np.full((2, 2), 0.7), ["a", "b"])
    with pytest.raises(ValueError, match="expected a name for each of the 2 axes"):
        variance_shares(np.eye(2), ["a"])
    with pytest.raises(ValueError, match="expected finite numbers"):
        variance_shares(np.array([1.0, np.nan]), ["a"])
    with pytest.raises(ValueError, match=r"of: expected some of \('a', 'b'\)"):
        effects(np.eye(2), ["a", "b"], [["x", "y"], ["u", "v"]], of=["c"])
    with pytest.raises(ValueError, match=r"options: expected \(2, 2\) names"):
        effects(np.eye(2), ["a", "b"], [["x", "y", "z"], ["u", "v"]], of=["a"])
