"""Architecture weights and back: DARTS's rule and NAS-Bench-201's, and stacks of other cells."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.records import TextTask
from workbench.spaces import ChainSpace, DARTSSpace, TopologySpace
from workbench.spaces.edges import EdgeSpace, softmax

OPERATIONS = ("none", "max_pool_3x3", "skip_connect", "sep_conv_3x3")
SMALL = DARTSSpace(nodes=2, operations=OPERATIONS)  # edges: n1 0, 1; n2 2, 3, 4


def table(*rows: dict[int, float], edges: int = 5) -> list[list[float]]:
    """Zeros but for what is given: by edge, column and value."""
    found = [[0.0] * len(OPERATIONS) for _ in range(edges)]
    for edge, row in enumerate(rows):
        for column, value in row.items():
            found[edge][column] = value
    return found


def ends(*rows: dict[int, float]) -> list[str]:
    """The normal cell of these alphas, a text a node."""
    arch = SMALL.discretised({"normal": table(*rows), "reduction": table()})
    return [
        f"{node.first_operation} {node.first} + {node.second_operation} {node.second}"
        for node in arch.normal.nodes
    ]


def test_both_spaces_have_edges_and_others_have_none() -> None:
    assert isinstance(DARTSSpace(), EdgeSpace)
    assert isinstance(TopologySpace(), EdgeSpace)
    assert not isinstance(ChainSpace(), EdgeSpace)


def test_the_edges_are_the_rows_of_alpha() -> None:
    assert len(DARTSSpace().edges()) == 14
    assert SMALL.edges() == (
        *(("c[k-2]", "n1"), ("c[k-1]", "n1")),
        *(("c[k-2]", "n2"), ("c[k-1]", "n2"), ("n1", "n2")),
    )
    assert DARTSSpace().ends() == ("n1", "n2", "n3", "n4")
    topology = TopologySpace()
    assert topology.edges() == tuple(
        (i, j) for i, j in (("0", "1"), ("0", "2"), ("1", "2"), ("0", "3"), ("1", "3"), ("2", "3"))
    )
    assert (topology.ends(), topology.cell_kinds()) == (("3",), ("normal",))


def test_ties_go_to_what_comes_first() -> None:
    first = "max_pool_3x3 c[k-2] + max_pool_3x3 c[k-1]"
    assert ends() == [first, first]


def test_none_is_never_chosen_but_takes_its_part_of_the_softmax() -> None:
    # edge 4 has the highest logit, and so much *none* that the others' softmax is small
    found = ends({}, {}, {}, {}, {0: 9.0, 3: 2.0})
    assert found[1] == "max_pool_3x3 c[k-2] + max_pool_3x3 c[k-1]"
    # without the *none* it would be among the two
    found = ends({}, {}, {}, {}, {3: 2.0})
    assert found[1] == "max_pool_3x3 c[k-2] + sep_conv_3x3 n1"
    found = ends({0: 50.0}, {0: 50.0, 2: 1.0})
    assert found[0] == "max_pool_3x3 c[k-2] + skip_connect c[k-1]"


def test_both_edges_never_come_from_one_state() -> None:
    # two strong operations on one edge: the second edge is another one
    found = ends({}, {}, {2: 5.0, 3: 5.0}, {1: 1.0}, {})
    assert found[1] == "skip_connect c[k-2] + max_pool_3x3 c[k-1]"


def test_rows_with_the_same_entries_in_another_order_tie() -> None:
    entries = (0.1, 0.7, -0.3, 0.2)
    one, other = dict(enumerate(entries)), dict(enumerate((0.2, -0.3, 0.7, 0.1)))
    found = ends({}, {}, {}, other, one)
    assert found[1] == "skip_connect c[k-1] + max_pool_3x3 n1"
    assert max(softmax(entries)) == max(softmax((0.2, -0.3, 0.7, 0.1)))


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=9))
def test_a_softmax_sums_to_one(row: list[float]) -> None:
    assert math.isclose(math.fsum(softmax(row)), 1.0, rel_tol=1e-12)


def test_a_topology_takes_the_strongest_of_all_five() -> None:
    space = TopologySpace()
    rows = [[0.0] * 5 for _ in range(6)]
    assert space.discretised({"normal": rows}).operations == ("none",) * 6
    rows[2][3], rows[4][1], rows[4][4] = 0.1, 0.2, 0.2
    expected = ("none", "none", "nor_conv_3x3", "none", "skip_connect", "none")
    assert space.discretised({"normal": rows}).operations == expected


@pytest.mark.parametrize("space", [DARTSSpace(), SMALL, TopologySpace(), TopologySpace(nodes=3)])
def test_what_is_chosen_comes_back(space: Any) -> None:
    """One-hot weights of an architecture end in it: always on edges, for DARTS up to none."""
    rng = random.Random(0)
    for _ in range(20):
        arch = space.sample(rng)
        chosen = space.chosen(arch)
        assert [*chosen] == [*space.cell_kinds()]
        weights = {
            kind: [[8.0 * (name == one) for name in space.operations] for one in row]
            for kind, row in chosen.items()
        }
        assert space.discretised(weights) == arch
        assert all(len(row) == len(space.edges()) for row in chosen.values())


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"normal": table()}, r"expected a table for each of \('normal', 'reduction'\)"),
        ({"normal": table(), "reduction": table(edges=4)}, r"expected 5 rows \(edges\) of 4"),
        ({"normal": table({2: math.nan}), "reduction": table()}, "finite"),
        ({"normal": [[0.0] * 4] * 4 + [[0.0] * 3], "reduction": table()}, "reduction|normal"),
    ],
)
def test_other_tables_are_refused(weights: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        SMALL.discretised(weights)


def test_a_stack_of_text_is_refused() -> None:
    for space in (SMALL, TopologySpace()):
        with pytest.raises(ValueError, match="expected ImageTask"):
            space.stacked(space.macro_architecture(), TextTask(9, 5), lambda *where: None)  # type: ignore[arg-type, return-value]
