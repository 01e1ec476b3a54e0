"""Settings as JSON values, and the first difference between two of them in words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fakes import chains
from hypothesis import given
from hypothesis import strategies as st

from workbench.settings import describe, difference, words
from workbench.spaces import ChainSpace
from workbench.strategies import RandomSearch


class Kept:
    def __init__(self, space: Any, size: int, *, rates: tuple[float, ...] = (0.1,)) -> None:
        self.space, self.size, self.rates = space, size, rates


class Elsewhere:
    def __init__(self, *, epochs: int = 1, device: str = "auto", checkpoints: Any = None) -> None:
        self.epochs, self.device, self.checkpoints = epochs, device, checkpoints


class Speaks:
    def __init__(self, secret: object) -> None:
        pass

    def described(self) -> dict[str, Any]:
        return {"name": "Speaks", "words": 3}


def test_each_argument_is_read_from_the_attribute_of_its_name() -> None:
    assert describe(Kept(None, 3, rates=(0.1, 0.2))) == {
        "name": "Kept",
        "space": None,
        "size": 3,
        "rates": [0.1, 0.2],
    }


def test_things_within_things_are_described_too() -> None:
    described = describe(RandomSearch(chains(), seed=4))
    assert described["seed"] == 4
    assert described["space"]["name"] == "ChainSpace"
    assert described["space"]["filters"] == [4, 8]
    assert json.loads(json.dumps(described)) == described


def test_where_a_run_is_computed_is_no_setting_of_it() -> None:
    here, there = Elsewhere(device="cuda", checkpoints="/here"), Elsewhere(device="cpu")
    assert describe(here) == describe(there) == {"name": "Elsewhere", "epochs": 1}


def test_a_thing_may_speak_for_itself() -> None:
    assert describe(Speaks(object())) == {"name": "Speaks", "words": 3}


def test_containers_become_json_whatever_their_order() -> None:
    assert describe({2: (1, None), "b": frozenset({"y", "x"})}) == {"2": [1, None], "b": ["x", "y"]}
    assert describe(range(3)) == [0, 1, 2]


def test_an_argument_that_is_not_kept_is_named() -> None:
    class Careless:
        def __init__(self, epochs: int) -> None:
            pass

    with pytest.raises(
        TypeError, match=r"Careless does not keep its argument 'epochs'.*self\.epochs"
    ):
        describe(Careless(3))


def test_the_first_difference_is_named_by_its_place() -> None:
    one, other = describe(ChainSpace()), describe(ChainSpace(filters=(8, 16)))
    assert difference(one, other) == "filters: [8, 16, 32] here, [8, 16] there"
    nested = difference({"strategy": {"seed": 1}}, {"strategy": {"seed": 0}})
    assert nested == "strategy.seed: 1 here, 0 there"
    assert difference({"a": 1}, {}) == "a: 1 here, 'nothing' there"
    assert difference({}, {"a": 1}) == "a: 'nothing' here, 1 there"
    assert difference(1, 2) == "value: 1 here, 2 there"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(values, values)
def test_there_is_a_difference_unless_they_are_equal(mine: Any, theirs: Any) -> None:
    assert difference(mine, mine) is None
    assert (difference(mine, theirs) is None) == (mine == theirs)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("RandomSearch", "random search"),
        ("PPO", "PPO"),
        ("DARTSSpace", "DARTS space"),
        ("my_Search2", "my search 2"),
        ("ZufälligeSuche", "zufällige suche"),
        ("ÜberNASSuche", "über NAS suche"),
        ("СлучайныйПоиск", "случайный поиск"),
        ("隨機搜尋", "隨機搜尋"),
        ("खोज_A", "खोज a"),
    ],
)
def test_a_name_becomes_words_whatever_its_letters(name: str, said: str) -> None:
    assert words(name) == said
