"""The foundation: frozen values that refuse what makes no sense."""

from __future__ import annotations

import copy
import math
import pickle
import random
import subprocess
import sys
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from workbench.graphs import Cluster, Edge, Graph, Node
from workbench.records import (
    Asked,
    Batch,
    Candidate,
    Decision,
    Epoch,
    Evaluation,
    Failed,
    ImageTask,
    Mixture,
    TextTask,
    Told,
)
from workbench.spaces import TopologySpace
from workbench.strategies import RandomSearch
from workbench.views.nouns import NOUNS

VALUES = [
    Decision("depth", (1, 2)),
    Candidate("A", epochs=3, continues=1, parents=(1, 2), reason="why"),
    Evaluation(0.5, 1.0),
    ImageTask(1, 8, 8, 10),
    TextTask(11, 6),
    Asked(0, Candidate("A")),
    Batch(None, 1, 2, 3),
    Epoch(0, 1, 2, 0.5, 0.6, 0.7),
    Mixture(None, 1, {"normal": ((0.5, 0.5),)}),
    Told(0, Candidate("A"), Evaluation(0.5, 1.0)),
    Node("a", "conv"),
    Edge("a", "b"),
    Cluster("c", "cell"),
    Graph((Node("a", "conv"),)),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_are_frozen_compare_by_content_and_can_be_copied(value: Any) -> None:
    name = next(iter(vars(value)))
    with pytest.raises(FrozenInstanceError):
        setattr(value, name, None)
    assert copy.copy(value) == value


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_travel_to_another_process(value: Any) -> None:
    assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301  (made in this file)


def test_a_decision_needs_different_options() -> None:
    with pytest.raises(ValueError, match="'depth': options must not be empty"):
        Decision("depth", ())
    with pytest.raises(ValueError, match=r"'depth': options repeat: \(1, 2, 1\)"):
        Decision("depth", (1, 2, 1))


@pytest.mark.parametrize(
    ("sizes", "match"),
    [
        ((0, 8, 8, 10), "channels must be at least 1, got 0"),
        ((1, -8, 8, 10), "height must be at least 1, got -8"),
        ((1, 8, 0, 10), "width must be at least 1, got 0"),
        ((1, 8, 8, 1), "classes must be at least 2, got 1"),
    ],
)
def test_impossible_image_tasks_are_refused(sizes: tuple[int, int, int, int], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        ImageTask(*sizes)


@pytest.mark.parametrize("sizes", [(1, 5), (11, 0)])
def test_impossible_text_tasks_are_refused(sizes: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="got "):
        TextTask(*sizes)


def test_a_failed_evaluation_says_so() -> None:
    failed = Evaluation.failed(2.0)
    assert (failed.score, failed.seconds, failed.is_failure) == (0.0, 2.0, True)
    assert not Evaluation(0.0, 1.0).is_failure


def test_a_failure_keeps_its_error() -> None:
    error = RuntimeError("boom")
    assert Failed(0, Candidate("A"), error).error is error


# ---------------------------------------------------------------------------------- graphs

A, B = Node("a", "conv", operation="convolution"), Node("b", "max", operation="max pooling")

CIRCLE = (Cluster("j", "J", "k"), Cluster("k", "K", "l"), Cluster("l", "L", "k"))


def test_a_graph_mentions_operations_of_nodes_edges_and_mixtures() -> None:
    edges = (
        Edge("a", "b", operation="identity"),
        Edge("a", "b", mixture=(("none", 0.4), ("convolution", 0.6))),
    )
    graph = Graph((A, B, Node("out", "out", "output")), edges)
    assert graph.operations() == {"convolution", "max pooling", "identity", "none"}


@pytest.mark.parametrize(
    ("parts", "match"),
    [
        ({"nodes": (A, A)}, "node ids must differ, got 'a' twice"),
        ({"nodes": (A,), "edges": (Edge("a", "z"),)}, "edge a→z: no node 'z'"),
        ({"nodes": (A,), "edges": (Edge("y", "a"),)}, "no node 'y'"),
        ({"nodes": (Node("a", "x", cluster="k"),)}, "node 'a': no cluster 'k'"),
        ({"nodes": (A,), "clusters": (Cluster("k", "K"), Cluster("k", "L"))}, "'k' twice"),
        ({"nodes": (A,), "clusters": (Cluster("k", "K", inside="m"),)}, "'k': no cluster 'm'"),
        ({"nodes": (A,), "clusters": (Cluster("k", "K", inside="k"),)}, "'k' is inside itself"),
        ({"nodes": (A,), "clusters": CIRCLE}, "'k' is inside itself"),
    ],
)
def test_a_graph_that_does_not_hang_together_is_refused(parts: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        Graph(**parts)


def test_clusters_may_nest() -> None:
    clusters = (Cluster("cell", "cell"), Cluster("block", "block 1", inside="cell"))
    graph = Graph((Node("a", "conv", cluster="block"),), clusters=clusters)
    assert graph.clusters[1].inside == "cell"


READ_ONCE = """
from fractions import Fraction
from workbench.graphs import Cluster, Edge, Graph, Node

half = Fraction(1, 2)
node = Node("a", "conv", share=half, mixture=iter([["skip", half]]))
edge = Edge("a", "a", weight=half, mixture=iter([["skip", half]]))
graph = Graph(iter([node]), iter([edge]), iter([Cluster("k", "K")]))
pairs = (("skip", 0.5),)
plain = Node("a", "conv", share=0.5, mixture=pairs), Edge("a", "a", weight=0.5, mixture=pairs)
assert graph == Graph(plain[:1], plain[1:], (Cluster("k", "K"),))
assert hash(graph) and f"{node.share:.2f}" == "0.50"
"""


def test_what_a_graph_is_given_is_kept_as_plain_values() -> None:
    """Outside of this process, where types are not checked."""
    subprocess.run([sys.executable, "-c", READ_ONCE], check=True)


def test_no_answer_is_not_a_number_and_comes_last() -> None:
    low, lower = Evaluation(-3.0, 1.0), Evaluation(-math.inf, 1.0)
    unknown, failed = Evaluation(math.nan, 1.0), Evaluation.failed(1.0)
    best_first = [Evaluation(0.0, 1.0), low, lower, unknown, failed]
    for seed in range(10):
        shuffled = random.Random(seed).sample(best_first, len(best_first))
        ranked = sorted(shuffled, key=lambda evaluation: evaluation.sort_key, reverse=True)
        assert [id(one) for one in ranked] == [id(one) for one in best_first]
    assert [one.has_score for one in best_first] == [True, True, True, False, False]


def test_random_search_shows_failures_last() -> None:
    space = TopologySpace()
    strategy = RandomSearch(space)
    answers = [Evaluation.failed(), Evaluation(-3.0, 1.0), Evaluation(math.nan, 1.0)]
    for trial, answer in enumerate(answers):
        strategy.tell(Told(trial, Candidate(space.sample(random.Random(trial))), answer))
    rows = strategy.inside()["draws"]
    assert [(row["trial"], row["score"]) for row in rows] == [(1, -3.0), (2, None), (0, None)]
    assert "(trial 1)" in NOUNS["draws"].says(rows)  # the best: a failure's 0.0 is no score
