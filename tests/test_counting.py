"""Counting and encoding a learner's space, with and without its ``state``."""

from __future__ import annotations

import random
import time
from collections.abc import Hashable, Iterator
from typing import Any

import numpy as np
import pytest

from workbench.graphs import Graph, Node
from workbench.records import Decision
from workbench.spaces import (
    BranchSpace,
    ChainSpace,
    DARTSSpace,
    Space,
    TopologySpace,
    Walk,
    counting,
)
from workbench.spaces.counting import _by_state, _by_walks

N = 24


class Switches(Space[tuple[bool, ...]]):
    """``n`` yes-or-no questions, and after a first "yes" how bright: no ``state``."""

    def __init__(self, *, n: int = N) -> None:
        self.n = n

    def walk(self) -> Walk[tuple[Any, ...]]:
        chosen = [(yield Decision("switch 1", (False, True)))]
        if chosen[0]:
            chosen.append((yield Decision("brightness", (1, 2, 3))))
        for i in range(2, self.n + 1):
            chosen.append((yield Decision(f"switch {i}", (False, True))))  # noqa: PERF401
        return tuple(chosen)

    def answers(self, arch: tuple[Any, ...]) -> Iterator[Hashable]:
        yield from arch

    def spell(self, arch: tuple[Any, ...]) -> str:
        return " ".join(map(str, arch))

    def parse(self, text: str) -> tuple[Any, ...]:
        raise ValueError(text)

    def graph(self, arch: tuple[Any, ...]) -> Graph:
        return Graph((Node("a", "only"),))

    def build(self, arch: tuple[Any, ...], task: object) -> Any:
        raise ValueError("nothing to build")


class Stated(Switches):
    def state(self, taken: tuple[int, ...]) -> Hashable:
        return self.next_decision(taken)


@pytest.fixture(autouse=True)
def small_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' own shape checks make every step slow."""
    for name, value in {"COUNTED": 400, "LISTED": 500, "WALKS": 100}.items():
        monkeypatch.setattr(counting, name, value)


def test_an_encoding_does_not_walk_every_walk() -> None:
    space, rng = Switches(), random.Random(0)
    begun = time.process_time()
    one, other = space.sample(rng), space.sample(rng)
    encoded = space.encode(one)
    assert time.process_time() - begun < 20  # 2^25 walks take hours
    assert encoded.shape == (2 * N + 3,)
    assert encoded.sum() == len(one)
    assert not np.array_equal(encoded, space.encode(other))
    assert [d.name for d in space.menu()][:3] == ["switch 1", "brightness", "switch 2"]
    assert space.menu() == Stated().menu()


def test_counting_has_a_budget_and_its_error_names_the_cure() -> None:
    with pytest.raises(ValueError, match=r"Switches: size: more than 400 states.*state\(taken\)"):
        Switches().size()
    assert Stated().size() == 2 ** (N - 1) * (1 + 3)
    assert Switches(n=6).size() == Stated(n=6).size() == 2**5 * 4


class Hidden(Switches):
    """A question that only one walk in thirty million meets."""

    def walk(self) -> Walk[tuple[Any, ...]]:
        chosen = []
        for i in range(1, self.n + 1):
            chosen.append((yield Decision(f"switch {i}", (False, True))))  # noqa: PERF401
        if sum(chosen) == self.n:
            chosen.append((yield Decision("prize", (1, 2))))
        return tuple(chosen)


def test_what_no_list_could_find_is_refused_and_not_dropped() -> None:
    space = Hidden()
    assert "prize" not in {decision.name for decision in space.menu()}
    space.encode((False,) * N)
    with pytest.raises(ValueError, match=r"'prize' with 2.*state\(taken\)"):
        space.encode((*(True,) * N, 2))


@pytest.mark.parametrize(
    "space",
    [
        ChainSpace(max_depth=3),
        BranchSpace(max_depth=3, always_chain=False, merge_per_layer=True),
        DARTSSpace(nodes=3),
        TopologySpace(),
    ],
    ids=lambda space: type(space).__name__,
)
def test_walks_find_what_states_find(space: Any) -> None:
    found = ({(d.name, frozenset(d.options)) for d in list_of(space)} for list_of in LISTS)
    assert len(set(map(frozenset, found))) == 1


LISTS = (lambda space: _by_state(space) or (), _by_walks)


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({"depth": 4, "always_chain": False}, 144),
        ({"depth": 4}, 22),
        ({"depth": 4, "merge_per_layer": True}, 40),
    ],
)
def test_one_merge_for_all_layers_is_counted_where_it_is_asked(
    settings: dict[str, Any], size: int
) -> None:
    """The question is the same at every layer, but what comes after it is not."""
    depth = settings.pop("depth")
    space = BranchSpace(
        min_depth=depth,
        max_depth=depth,
        operations=("convolution",),
        filters=(8,),
        kernel_heights=(3,),
        kernel_widths=(3,),
        strides=(1,),
        hidden_units=(0,),
        merges=("add", "concatenate", "pad"),
        **settings,
    )
    assert len(set(every(space))) == size
    assert space.size() == size


def every(space: Space[Any]) -> Iterator[Any]:
    """Every architecture, by all answers to all questions."""

    def after(taken: tuple[int, ...]) -> Iterator[Any]:
        coming = space.next_decision(taken)
        if coming is None:
            yield space.compose(taken)
            return
        for option in range(len(coming.options)):
            yield from after((*taken, option))

    return after(())
