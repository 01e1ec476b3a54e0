"""Who descends from whom, who lives how long, and a table that lies once."""

from __future__ import annotations

import math
import random
import re
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgba
from synthetic_table import small_space, synthetic

from workbench.estimators import Table
from workbench.exercises.descent import (
    births,
    births_to_one_line,
    consequences,
    descendants,
    founders,
    lines_alive,
    lives,
)
from workbench.exercises.evolution import aging_step
from workbench.exercises.liar import LyingTable
from workbench.exercises.lifetimes import (
    Lifetimes,
    family_tree,
    fate,
    lied_to,
    two_fates,
    typical,
    under_pressure,
)
from workbench.exercises.mutants import mutant
from workbench.history import History
from workbench.records import Candidate, Evaluation, Told
from workbench.search import finish, search
from workbench.settings import describe
from workbench.spaces import NASNetSpace, TopologySpace
from workbench.strategies import RegularizedEvolution
from workbench.views.lifelines import lifelines
from workbench.views.paper import BLUE, PALE, VERMILLION, axes, figure


def told(*parents: int | None) -> History[Any]:
    """Trials that come from these; the n-th score is n per cent."""
    return History(
        tuple(
            Told(
                trial,
                Candidate("", parents=() if parent is None else (parent,)),
                Evaluation(trial / 100, 1.0),
            )
            for trial, parent in enumerate(parents)
        )
    )


# two founders; the line of 0 is 0, 2, 4, the line of 1 is 1, 3, 5, 6
TWO = told(None, None, 0, 1, 2, 3, 5)


# ------------------------------------------------------------------ descent


def test_descendants_by_hand() -> None:
    assert descendants(TWO, 0) == {0, 2, 4}
    assert descendants(TWO, 3) == {3, 5, 6}
    assert descendants(TWO, 6) == {6}


def test_a_second_parent_counts_for_descent() -> None:
    crossed = History((*TWO.events, Told(7, Candidate("", parents=(6, 4)), Evaluation(0.1, 1.0))))
    assert 7 in descendants(crossed, 0)
    assert founders(crossed)[7] == 1  # by first parents


def test_founders_and_lines_by_hand() -> None:
    assert founders(TWO) == {0: 0, 1: 1, 2: 0, 3: 1, 4: 0, 5: 1, 6: 1}
    assert lines_alive(TWO) == 1  # 5 and 6 live
    assert lines_alive(told(None, None, 0, 1)) == 2
    assert lines_alive(History()) == 0
    assert births_to_one_line(TWO) == 5  # after 5 births 5 and 6 live
    assert births_to_one_line(told(None, None, 0, 1)) is None
    assert births_to_one_line(told(None, 0)) == 0


SCORES = [0.3, 0.5, 0.4, 0.2, 0.45, 0.1, 0.6, 0.55]


def run(scores: list[float], **how: Any) -> tuple[RegularizedEvolution[Any], History[Any]]:
    strategy = RegularizedEvolution(small_space(), **how)
    events = []
    for trial, score in enumerate(scores):
        events.append(Told(trial, strategy.ask(), Evaluation(score, 1.0)))
        strategy.tell(events[-1])
    return RegularizedEvolution(small_space(), **how), History(tuple(events))


def test_lives_by_hand_where_the_worst_dies() -> None:
    rows = lives(*run(SCORES, population=3, sample=3, replacement=False, aging=False))
    assert [row["born"] for row in rows] == list(range(8))
    # 3 (0.2) and 5 (0.1) are the worst at once; 0 dies for 4, 2 for 6, 4 for 7
    assert [row["died"] for row in rows] == [4, None, 6, 3, 7, 5, None, None]
    assert [row["parent"] for row in rows] == [None, None, None, 1, 1, 1, 1, 6]


@settings(max_examples=20, deadline=None)
@given(
    st.integers(1, 5),
    st.lists(st.floats(0, 1), min_size=1, max_size=20),
    st.integers(0, 50),
)
def test_under_aging_every_life_is_as_long_as_the_population_is_large(
    population: int, scores: list[float], seed: int
) -> None:
    rows = lives(*run(scores, population=population, sample=1, seed=seed))
    for row in rows:
        ends = row["born"] + population
        assert row["died"] == (ends if ends < len(scores) else None)


def test_consequences_by_hand() -> None:
    fresh, history = run(SCORES, population=3, sample=3, replacement=False, aging=False)
    rows = lives(fresh, history)
    # at the end 1, 6 and 7 live; 6 and 7 come from 1, and 3, 4, 5, 6 are its children
    found = consequences(rows, history, 1, births=6)
    assert found == {"lived": 6, "died": False, "children": 4, "share": 1.0}
    found = consequences(rows, history, 4, births=3)
    assert found == {"lived": 3, "died": True, "children": 0, "share": 0.0}
    # within two births of its own it still lives, beside 1 and 6
    found = consequences(rows, history, 4, births=2)
    assert (found["died"], found["share"]) == (False, pytest.approx(1 / 3))


# ------------------------------------------------------------------ the toy


@pytest.mark.parametrize("seed", range(5))
def test_the_toy_step_breeds_and_buries_as_the_library_does(seed: int) -> None:
    scores = [0.72, 0.90, 0.65, 0.81, 0.77, 0.84, 0.79, 0.93, 0.6, 0.88, 0.7, 0.95]
    members = list(zip(scores, "abcde"))
    steps = list(births(scores, seed=seed))
    assert len(steps) == 7
    for birth in steps:
        members = aging_step(
            members,
            birth.sampled,
            lambda parent, birth=birth: parent + birth.letter,
            lambda child, birth=birth: birth.score,
        )
        assert members == birth.population


def test_letters_end() -> None:
    with pytest.raises(ValueError, match="at most 26, got 27"):
        list(births([0.5] * 27))


# ------------------------------------------------------------------ a table that lies once


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place: Path = tmp_path_factory.mktemp("liar") / "made-up.npz"
    synthetic().save(place)
    return place


def test_one_trial_is_told_too_much_and_no_other(path: Path) -> None:
    table = Table(small_space(), path=path)
    liar = LyingTable(small_space(), liar=3, points=5, path=path)
    strategies = [RegularizedEvolution(small_space(), seed=2) for _ in range(2)]
    honest, lied = (
        finish(search(strategy, estimator, trials=10, seed=2))
        for strategy, estimator in zip(strategies, (table, liar))
    )
    for one, other in zip(honest.told, lied.told):
        assert one.candidate == other.candidate  # founders all
        score = one.evaluation.score
        if one.trial == 3:
            score = 0.05 + max(told.evaluation.score for told in honest.told[:3])
        assert other.evaluation.score == pytest.approx(score)
        assert other.evaluation.curve == one.evaluation.curve
        assert ("lie" in other.evaluation.measures) == (one.trial == 3)


def test_no_lie_leaves_the_unit_interval(path: Path) -> None:
    arch = Table(small_space(), path=path).best
    for points, score in ((60, 1.0), (-99, 0.0)):
        liar = LyingTable(small_space(), liar=0, points=points, path=path)
        (found,) = finish(search(Fixed(arch), liar, trials=1)).told
        assert found.evaluation.score == score


class Fixed:
    """Always asks about one cell."""

    def __init__(self, arch: Any) -> None:
        self.space, self.arch = small_space(), arch

    def ask(self) -> Candidate[Any]:
        return Candidate(self.arch)

    def tell(self, told: Any) -> None: ...

    def inside(self) -> dict[str, Any]:
        return {}


def test_its_settings_name_the_lie_and_the_table(path: Path) -> None:
    said = describe(LyingTable(small_space(), liar=3, points=5, path=path))
    assert (said["name"], said["liar"], said["points"]) == ("LyingTable", 3, 5.0)
    assert said["table"]["name"] == "Table"


@pytest.mark.parametrize(("how", "named"), [({"liar": -1}, "liar"), ({"points": 100}, "points")])
def test_impossible_lies_are_refused(path: Path, how: Any, named: str) -> None:
    with pytest.raises(ValueError, match=f"LyingTable: {named}"):
        LyingTable(small_space(), path=path, **how)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> LyingTable:
    space = TopologySpace(
        operations=("none", "skip_connect", "nor_conv_3x3"), channels=8, cells=1, reduction="plain"
    )
    place = tmp_path_factory.mktemp("liar") / "larger.npz"
    synthetic(space).save(place)
    return LyingTable(space, liar=59, points=20, path=place)


def test_aging_drops_the_liar_after_p_births_and_the_worst_never_is_it(large: LyingTable) -> None:
    how: Any = {"population": 10, "sample": 3, "births": 30}
    for seed in range(3):
        aged = lied_to(large, aging=True, seed=seed, **how)
        assert (aged["lived"], aged["died"]) == (10, True)
        plain = lied_to(large, aging=False, seed=seed, **how)
        assert (plain["lived"], plain["died"]) == (30, False)  # nobody comes near it
        assert plain["children"] > aged["children"]


def test_what_the_living_were_told_less_what_is_true_is_their_luck(large: LyingTable) -> None:
    how: Any = {"population": 10, "sample": 3}
    for aging in (True, False):
        strategy: Any = RegularizedEvolution(large.space, aging=aging, seed=4, **how)
        estimator: Any = large
        history = finish(search(strategy, estimator, trials=large.liar + 16, seed=4))
        members = strategy.inside()["population"]
        rows = [row for row in members if row["trial"] != large.liar]
        truths = [large.table.mean(large.space.parse(row["architecture"])) for row in rows]
        found = lied_to(large, aging=aging, births=15, seed=4, **how)
        assert found["truth"] == pytest.approx(mean(truths))
        tried = {large.table.number(told.candidate.arch) for told in history.told}
        assert (found["cells"], found["trials"]) == (len(tried), large.liar + 16)
        assert found["luck"] == pytest.approx(mean(row["score"] for row in rows) - mean(truths))


def test_a_liar_that_lives_alone_leaves_no_luck_to_measure(large: LyingTable) -> None:
    found = lied_to(large, aging=False, population=1, sample=1, births=5, seed=0)
    assert math.isnan(found["luck"])
    assert math.isnan(found["truth"])


def test_fates_are_told_as_medians() -> None:
    rows = [
        {
            "children": number,
            "share": 0.1 * number,
            "truth": 0.8,
            "luck": -0.001 * number,
            "cells": 10 + number,
            "trials": 20,
        }
        for number in (1, 2, 9)
    ]
    assert fate(rows) == (
        "2 children of the liar, its line is 20 % of the last population; "
        "the others are worth 80.0 % and were told -0.20 points more; "
        "12 different cells in 20 trials"
    )


def test_a_greedy_tournament_leaves_one_line_sooner(large: LyingTable) -> None:
    rows = [
        under_pressure(large.table, population=10, sample=sample, trials=120, seed=seed)
        for sample in (1, 10)
        for seed in range(3)
    ]
    assert all(0 <= row["gap"] < 1 for row in rows)
    mild, greedy = (
        [row["one_line"] or 999 for row in rows if row["sample"] == sample] for sample in (1, 10)
    )
    assert max(greedy) < min(mild) + 20
    assert sum(greedy) < sum(mild)
    assert typical([3, None, 5]) == "5"
    assert typical([3, None, None]) == "more"


# ------------------------------------------------------------------ drawings


def test_lifelines_are_as_long_as_lives() -> None:
    rows = [
        {"trial": 0, "score": 0.5, "born": 0, "died": 2},
        {"trial": 1, "score": 0.9, "born": 1, "died": None},
        {"trial": 2, "score": 0.7, "born": 2, "died": None},
    ]
    ax = lifelines(rows, axes(figure())[0], marked=1, said="it", line={1, 2})
    drawn = {
        tuple(part.get_color()[0]): [path.vertices.tolist() for path in part.get_paths()]
        for part in ax.collections
    }
    assert drawn == {
        to_rgba(PALE): [[[0, 50], [2, 50]]],
        to_rgba(BLUE): [[[2, 70], [2, 70]]],
        to_rgba(VERMILLION): [[[1, 90], [2, 90]]],
    }
    assert [text.get_text() for text in ax.texts] == ["it"]


def test_who_dies_at_birth_is_a_cross() -> None:
    rows = [
        {"trial": 0, "score": 0.5, "born": 0, "died": None},
        {"trial": 1, "score": 0.4, "born": 1, "died": 1},
    ]
    ax = lifelines(rows, axes(figure())[0])
    crosses = [each for each in ax.lines if each.get_marker() == "x"]
    assert [each.get_xydata().tolist() for each in crosses] == [[[1, 40]]]


def test_lives_side_by_side_say_what_became_of_the_liar(large: LyingTable) -> None:
    names = ("aging", "worst dies")
    shown = two_fates(large, population=10, sample=3, births=30, seed=1, names=names)
    assert "dies after 10 births; worst dies: trial 59" in repr(shown)
    assert "still lives 30 births later" in repr(shown)
    assert shown._repr_html_().count("<img alt=") == 1
    assert "it was not told" in repr(Lifetimes({"short": run(SCORES)}, liar=59))
    Lifetimes({"short": run(SCORES)}, liar=59)._repr_html_()
    assert Lifetimes({}, liar=1).rows == {}


def test_the_family_tree_is_that_of_who_lives() -> None:
    drawing = family_tree(*run(SCORES, population=3, sample=3, replacement=False))
    assert "trial 7" in drawing.html()
    assert re.match(r"Family of \d+ architectures\. The line of the best, [\d.]+ %: ", drawing.alt)


@pytest.mark.parametrize("kind", ["input", "operation"])
@pytest.mark.parametrize("seed", range(4))
def test_what_a_mutation_changed_stands_out(kind: str, seed: int) -> None:
    space = NASNetSpace(blocks=2, combinations=("add",))
    parent = space.sample(random.Random(seed))
    child = space.mutate(parent, random.Random(seed), kinds=frozenset({kind}))
    before, after = (space.cell_graph(each, "normal") for each in (parent, child))
    assert mutant(after, after) == after
    drawn = mutant(after, before)
    boxes = [node.id for node in drawn.nodes if node.highlight]
    arrows = [(edge.tail, edge.head) for edge in drawn.edges if edge.highlight]
    if parent.normal == child.normal:
        assert (boxes, arrows, drawn.title) == ([], [], after.title)
    elif kind == "operation":
        assert (len(boxes), arrows) == (1, [])
    else:
        assert (boxes, len(arrows) in (1, 2)) == ([], True)  # what nobody reads joins the output
    assert ("became" in drawn.title) == (parent.normal != child.normal)
