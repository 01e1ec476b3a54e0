"""Regularized evolution: who is a parent, who dies, what a child is."""

from __future__ import annotations

import math
import random
from collections import deque
from typing import Any

import pytest
from fakes import chains
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from workbench.records import Candidate, Evaluation, Told
from workbench.search import finish, search
from workbench.settings import presets
from workbench.spaces import DARTSSpace, NASNetSpace, TopologySpace
from workbench.spaces.one_decision import answers_of, steps_of
from workbench.strategies import RegularizedEvolution
from workbench.strategies.draws import generator
from workbench.views.nouns import pictured
from workbench.views.nouns import population as populations

EDGES = TopologySpace()
FAILED, NAN = None, math.nan
TWELVE = [0.3, 0.5, 0.4, 0.2, 0.45, 0.1, 0.6, 0.55, FAILED, 0.3, NAN, 0.35]

# traced by hand: the sample is the whole population of three, so the parent is the best alive
PARENTS_AGING = [None, None, None, 1, 1, 4, 4, 6, 6, 6, 7, 9]
ALIVE_AGING = [
    [0], [0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [4, 5, 6], [5, 6, 7], [6, 7, 8],
    [7, 8, 9], [8, 9, 10], [9, 10, 11],
]  # fmt: skip
PARENTS_PLAIN = [None, None, None, 1, 1, 1, 1, 6, 6, 6, 6, 6]
ALIVE_WORST_OF_POPULATION = [
    [0], [0, 1], [0, 1, 2], [0, 1, 2], [1, 2, 4], [1, 2, 4], [1, 4, 6], [1, 6, 7], [1, 6, 7],
    [1, 6, 7], [1, 6, 7], [1, 6, 7],
]  # fmt: skip
ALIVE_WORST_OF_SAMPLE = [
    [0], [0, 1], [0, 1, 2], [1, 2, 3], [1, 2, 4], [1, 4, 5], [1, 4, 6], [1, 6, 7], [6, 7, 8],
    [6, 7, 9], [6, 7, 10], [6, 7, 11],
]  # fmt: skip


def answer(score: float | None) -> Evaluation:
    return Evaluation.failed() if score is None else Evaluation(score, 1.0)


def alive(strategy: RegularizedEvolution[Any]) -> list[int]:
    return [row["trial"] for row in strategy.inside()["population"]]


def told_scores(strategy: Any, scores: list[Any], first: int = 0) -> list[Candidate[Any]]:
    asked = []
    for trial, score in enumerate(scores, first):
        asked.append(strategy.ask())
        strategy.tell(Told(trial, asked[-1], answer(score)))
    return asked


# ------------------------------------------------------------------ who lives, who dies


@pytest.mark.parametrize(
    ("plain", "parents", "living"),
    [
        ({}, PARENTS_AGING, ALIVE_AGING),
        ({"aging": False}, PARENTS_PLAIN, ALIVE_WORST_OF_POPULATION),
        ({"aging": False, "worst_of": "sample"}, PARENTS_PLAIN, ALIVE_WORST_OF_SAMPLE),
    ],
    ids=["aging", "worst of the population", "worst of the sample"],
)
def test_twelve_steps_traced_by_hand(plain: Any, parents: list[Any], living: Any) -> None:
    strategy = RegularizedEvolution(chains(), population=3, sample=3, replacement=False, **plain)
    for trial, score in enumerate(TWELVE):
        candidate = strategy.ask()
        assert candidate.parents == (() if parents[trial] is None else (parents[trial],))
        strategy.tell(Told(trial, candidate, answer(score)))
        assert alive(strategy) == living[trial]


def test_it_is_the_published_algorithm() -> None:
    """Algorithm 1 as the paper writes it down, with the same random numbers."""
    space, population, sample, cycles = TopologySpace(), 7, 4, 60

    def score(arch: Any) -> float:
        return random.Random(space.spell(arch)).random()

    queue: deque[tuple[Any, float]] = deque()
    history = []
    while len(history) < population:
        arch = space.sample(generator(3, len(history)))
        queue.append((arch, score(arch)))
        history.append(arch)
    while len(history) < cycles:
        rng = generator(3, len(history))
        parent = max(rng.choices(queue, k=sample), key=lambda member: member[1])
        assert rng.random() >= 0.0  # drawn for crossover
        assert rng.random() >= 0.0  # drawn for the identity
        child = space.mutate(parent[0], rng, kinds=None)
        queue.append((child, score(child)))
        history.append(child)
        queue.popleft()

    strategy = RegularizedEvolution(
        space, population=population, sample=sample, mutation="any decision", seed=3
    )
    for trial, arch in enumerate(history):
        candidate = strategy.ask()
        assert candidate.arch == arch
        strategy.tell(Told(trial, candidate, Evaluation(score(arch), 1.0)))
    assert [row["architecture"] for row in strategy.inside()["population"]] == [
        space.spell(arch) for arch, _ in queue
    ]


@settings(max_examples=20)
@given(data=st.data())
def test_nobody_dies_but_the_oldest_however_many_asks_are_outstanding(data: st.DataObject) -> None:
    population = data.draw(st.integers(1, 5))
    sample = data.draw(st.integers(1, population))
    strategy = RegularizedEvolution(EDGES, population=population, sample=sample)
    running: list[tuple[int, Candidate[Any]]] = []
    told: list[int] = []
    for trial in range(20):
        running.append((trial, strategy.ask()))
        while running and data.draw(st.booleans()):
            number, candidate = running.pop(data.draw(st.integers(0, len(running) - 1)))
            score = data.draw(st.sampled_from([0.1, 0.5, 0.9, math.nan, None]))
            strategy.tell(Told(number, candidate, answer(score)))
            told.append(number)
            assert alive(strategy) == told[-population:]


@settings(max_examples=20)
@given(data=st.data())
def test_without_aging_the_worst_dies_and_the_best_never(data: st.DataObject) -> None:
    strategy = RegularizedEvolution(EDGES, population=4, sample=3, aging=False)
    keys: dict[int, Any] = {}
    running: list[tuple[int, Candidate[Any]]] = []
    for trial in range(20):
        running.append((trial, strategy.ask()))
        while running and data.draw(st.booleans()):
            number, candidate = running.pop(data.draw(st.integers(0, len(running) - 1)))
            evaluation = answer(data.draw(st.sampled_from([0.1, 0.5, 0.9, math.nan, None])))
            before = {*alive(strategy), number}
            keys[number] = evaluation.sort_key
            strategy.tell(Told(number, candidate, evaluation))
            now = alive(strategy)
            assert len(now) == min(4, len(before))
            assert {keys[dead] for dead in before - {*now}} <= {min(keys[e] for e in before)}
            assert max(keys[each] for each in now) == max(keys.values())


def test_with_others_under_way_the_worst_of_a_child_s_own_sample_dies() -> None:
    strategy = RegularizedEvolution(
        EDGES, population=4, sample=2, replacement=False, aging=False, worst_of="sample"
    )
    told_scores(strategy, [0.1, 0.2, 0.3, 0.4])
    under_way = []
    for trial in range(4, 7):
        candidate = strategy.ask()
        rows = strategy.inside()["population"]
        under_way.append((trial, candidate, [row["trial"] for row in rows if row["sampled"]]))
    for trial, candidate, sampled in reversed(under_way):
        before = alive(strategy)
        strategy.tell(Told(trial, candidate, Evaluation(0.5, 1.0)))
        (dead,) = {*before} - {*alive(strategy)}
        # trial t scored (t + 1) / 10; whose whole sample has died kills the worst of all
        assert dead == min([each for each in sampled if each in before] or before)


def test_every_child_joins_where_its_sample_pays_also_one_whose_sample_has_died() -> None:
    for seed in range(10):
        strategy = RegularizedEvolution(
            EDGES, population=3, sample=1, aging=False, worst_of="sample", seed=seed
        )
        told_scores(strategy, [0.1, 0.2, 0.3])
        under_way = [(trial, strategy.ask()) for trial in range(3, 6)]  # of one, perhaps
        for trial, candidate in under_way:
            strategy.tell(Told(trial, candidate, Evaluation(-float(trial), 1.0)))  # the worst
            assert trial in alive(strategy)


# ------------------------------------------------------------------ who is a parent


@pytest.mark.parametrize(
    ("replacement", "best"), [(True, 1 - 0.99**25), (False, 0.25)], ids=["with", "without"]
)
def test_the_best_wins_a_tournament_as_often_as_computed(replacement: bool, best: float) -> None:
    assert best == pytest.approx(0.2222 if replacement else 0.25, abs=5e-5)
    strategy = RegularizedEvolution(
        chains(), population=100, sample=25, replacement=replacement, seed=1
    )
    told_scores(strategy, [i / 100 for i in range(100)])
    asks = 1500
    ranks = [99 - strategy.ask().parents[0] for _ in range(asks)]  # 0: the best
    if replacement:  # P(rank ≥ r) = (1 − r/100)^25
        expected = [(1 - r / 100) ** 25 - (1 - (r + 1) / 100) ** 25 for r in range(12)]
    else:
        beyond = [math.comb(100 - r, 25) / math.comb(100, 25) for r in range(13)]
        expected = [beyond[r] - beyond[r + 1] for r in range(12)]
    assert expected[0] == pytest.approx(best)
    found = [ranks.count(r) for r in range(12)]
    cells = [*found, asks - sum(found)], [asks * p for p in (*expected, 1 - sum(expected))]
    assert chisquare(*cells).pvalue > 0.001
    alone = chisquare([found[0], asks - found[0]], [asks * best, asks * (1 - best)])
    assert alone.pvalue > 0.001


def test_a_failure_is_a_parent_only_of_nobody_better() -> None:
    strategy = RegularizedEvolution(chains(), population=3, sample=3, replacement=False)
    told_scores(strategy, [None, -5.0, math.nan])
    assert strategy.ask().parents == (1,)  # however low a score: it is one


def test_yours_are_founders_too() -> None:
    space = EDGES
    strategy = RegularizedEvolution(space, population=3, sample=1)
    yours = Candidate(space.sample(random.Random(7)), reason="yours")
    strategy.tell(Told(0, yours, Evaluation(0.9, 1.0)))
    assert [each.parents for each in told_scores(strategy, [0.1, 0.2], first=1)] == [(), ()]
    assert alive(strategy) == [0, 1, 2]
    assert strategy.ask().parents
    foreign = Candidate(TopologySpace(nodes=3).sample(random.Random(1)))
    with pytest.raises(ValueError, match="edge"):
        strategy.tell(Told(3, foreign, Evaluation(0.5, 1.0)))


# ------------------------------------------------------------------ what a child is


def children(strategy: RegularizedEvolution[Any], many: int) -> list[tuple[Any, Candidate[Any]]]:
    """Parents' architectures, with the children asked about."""
    founders = told_scores(strategy, [i / 100 for i in range(strategy.population)])
    asked = [strategy.ask() for _ in range(many)]
    return [([founders[trial].arch for trial in each.parents], each) for each in asked]


def changed_kinds(space: Any, before: Any, after: Any) -> set[str]:
    one, other = (answers_of(steps_of(space, arch)) for arch in (before, after))
    return {d.kind for d, _ in steps_of(space, after) if one.get(d.name) != other[d.name]}


def test_a_mutant_differs_in_one_decision_and_the_reason_names_it() -> None:
    space = TopologySpace()
    for (parent,), child in children(RegularizedEvolution(space), 50):
        (edge,) = [i for i in range(6) if parent.operations[i] != child.arch.operations[i]]
        i, j, old = parent.edges[edge]
        new = child.arch.operations[edge]
        assert child.reason == f"mutant of trial {child.parents[0]}: edge {i}→{j} {old} -> {new}"


def test_hidden_state_and_operation_mutations_are_equally_likely() -> None:
    """In this space there are 18 inputs that can change, 20 operations, 10 combinations."""
    space = NASNetSpace()
    kinds = {"kind first": [1 / 3] * 3, "any decision": [20 / 50, 20 / 50, 10 / 50]}
    for mutation, shares in kinds.items():
        strategy = RegularizedEvolution(space, mutation=mutation, seed=2)
        found = []
        for (parent,), child in children(strategy, 300):
            (kind,) = changed_kinds(space, parent, child.arch)
            found.append(kind)
        counts = [found.count(kind) for kind in ("input", "operation", "choice")]
        assert chisquare(counts, [300 * share for share in shares]).pvalue > 0.001


def test_the_paper_s_identity_leaves_one_in_twenty_as_it_is() -> None:
    paper = presets(RegularizedEvolution)["paper"]
    assert (paper["population"], paper["sample"], paper["identity"]) == (100, 25, 0.05)
    strategy = RegularizedEvolution(TopologySpace(), identity=paper["identity"])
    same = [parent == child.arch for (parent,), child in children(strategy, 2000)]
    assert chisquare([sum(same), 2000 - sum(same)], [100, 1900]).pvalue > 0.001
    always = RegularizedEvolution(TopologySpace(), identity=1.0)
    for (parent,), child in children(always, 5):
        assert child.arch == parent
        assert child.reason == f"copy of trial {child.parents[0]}: not mutated"


def test_crossover_takes_each_decision_from_one_of_two_parents() -> None:
    space = TopologySpace()
    strategy = RegularizedEvolution(space, crossover=1.0, identity=1.0, sample=1)
    both = 0
    for parents, child in children(strategy, 60):
        for i, operation in enumerate(child.arch.operations):
            assert operation in {parent.operations[i] for parent in parents}
        both += len(parents) == 2
        assert len({*child.parents}) == len(child.parents)
    assert both > 40  # nine of ten second tournaments draw another member
    mutated = RegularizedEvolution(space, crossover=1.0, sample=1)
    reasons = [child.reason for _, child in children(mutated, 20) if len(child.parents) == 2]
    assert reasons
    assert all(each.startswith("child of trials ") and "edge" in each for each in reasons)


@pytest.mark.parametrize(
    "space", [NASNetSpace(), DARTSSpace(), chains()], ids=["NASNet", "DARTS", "chain"]
)
def test_reasons_stay_one_line(space: Any) -> None:
    for _, child in children(RegularizedEvolution(space, crossover=0.3), 60):
        assert len(child.reason) <= 200
        assert "\n" not in child.reason


def test_a_space_of_one_architecture_has_only_copies() -> None:
    space = TopologySpace(operations=("skip_connect",))
    (_, child), *_ = children(RegularizedEvolution(space, population=2, sample=1), 1)
    assert child.reason.endswith("not mutated")


# ------------------------------------------------------------------ what is shown


def test_the_family_is_of_those_who_live_and_of_the_best() -> None:
    strategy = RegularizedEvolution(chains(), population=3, sample=3, replacement=False)
    told_scores(strategy, TWELVE)
    rows = strategy.inside()["family"]
    # 11 <- 9 <- 6 <- 4 <- 1, 10 <- 7 <- 6; 6 is the best and dead
    assert [(row["child"], row["parent"]) for row in rows] == [
        (1, None), (4, 1), (6, 4), (7, 6), (9, 6), (10, 7), (11, 9)
    ]  # fmt: skip
    assert [row["score"] for row in rows] == [0.5, 0.45, 0.6, 0.55, 0.3, None, 0.35]


def test_a_drawing_says_who_dies_next() -> None:
    said = {}
    for name, chosen in {
        "aging": {},
        "population": {"aging": False},
        "sample": {"aging": False, "worst_of": "sample"},
    }.items():
        strategy = RegularizedEvolution(chains(), population=3, sample=2, **chosen)
        told_scores(strategy, [0.3, 0.1, 0.4])
        strategy.ask()
        rows = strategy.inside()["population"]
        assert any(row["sampled"] for row in rows)
        said[name] = populations.says(rows)
        assert pictured("population", rows) is not None
    assert "the oldest, trial 0, dies next" in said["aging"]
    assert "the worst, trial 1, dies next" in said["population"]
    assert "dies next" not in said["sample"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"population": 0}, "population must be at least 1"),
        ({"sample": 0}, "sample must be 1 … 10, got 0"),
        ({"population": 5, "sample": 6}, "sample must be 1 … 5, got 6"),
        ({"worst_of": "all"}, "worst_of"),
        ({"mutation": "none"}, "mutation"),
        ({"identity": 1.5}, r"identity must be in \[0, 1\], got 1.5"),
        ({"crossover": math.nan}, r"crossover must be in \[0, 1\], got nan"),
    ],
)
def test_impossible_settings_are_refused(wrong: dict[str, Any], words: str) -> None:
    # a wrong word is refused by the tests' type checks already
    with pytest.raises((ValueError, TypeError), match=words):
        RegularizedEvolution(chains(), **wrong)


class Smooth:
    """The share of edges that are 3×3 convolutions: a hill with one top."""

    def __init__(self, space: Any) -> None:
        self.space = space

    def prepare(self, *, seed: int) -> Any:
        yield from ()

    def estimate(self, candidate: Candidate[Any], *, trial: int, seed: int) -> Any:
        yield from ()
        return Evaluation(candidate.arch.operations.count("nor_conv_3x3") / 6, 1.0)


def test_it_climbs_a_hill_that_blind_search_would_not() -> None:
    """A random cell is the top with probability 1/15,625; 400 draws see it once in 39 runs."""
    space = TopologySpace()
    for seed in range(5):
        strategy = RegularizedEvolution(space, seed=seed)
        history = finish(search(strategy, Smooth(space), trials=400))
        assert max(told.evaluation.score for told in history.told) == 1.0
