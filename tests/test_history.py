"""Questions put to hand-made events, answered by hand."""

from __future__ import annotations

import math
import random
from typing import Any

import pandas as pd
import pytest
from fakes import Guess, chains
from hypothesis import given
from hypothesis import strategies as st

from workbench.history import (
    History,
    incumbents,
    learning_curves,
    ledger,
    pareto_front,
    rank_correlation,
    regret,
    to_frame,
    trials,
)
from workbench.records import Asked, Batch, Candidate, Epoch, Evaluation, Failed, Told
from workbench.search import finish, search
from workbench.serialisation import RecordedError
from workbench.strategies import RandomSearch

A, B, C, D = (Candidate(name, reason=f"try {name}") for name in "ABCD")

# trial 2 fails; trial 3 ends before trial 1; trial 4 is still running
EVENTS = (
    Epoch(None, 1, 2, 3.0, 0.2, 4.0),
    Epoch(None, 2, 2, 2.0, 0.3, 10.0),
    Asked(0, A),
    Batch(0, 1, 1, 9),
    Epoch(0, 1, 2, 1.0, 0.5, 1.0),
    Epoch(0, 2, 2, 0.9, 0.6, 2.0),
    Told(0, A, Evaluation(0.6, 2.5, (0.5, 0.6), {"parameters": 100.0, "macs": 900.0})),
    Asked(1, B),
    Epoch(1, 1, 2, 1.0, 0.4, 1.0),
    Asked(2, C),
    Failed(2, C, FloatingPointError("loss is nan")),
    Told(2, C, Evaluation.failed(0.5)),
    Asked(3, D),
    Told(3, D, Evaluation(0.9, 4.0, (0.8, 0.85, 0.9))),
    Epoch(1, 2, 2, 0.8, 0.7, 2.0),
    Told(1, B, Evaluation(0.7, 3.0, (0.4, 0.7), {"parameters": 50.0})),
    Asked(4, A),
    Epoch(4, 1, 2, 0.8, 0.1, 2.0),
)
HISTORY: History[Any] = History(EVENTS)


def test_a_history_keeps_the_events_without_heartbeats() -> None:
    assert HISTORY.events == tuple(event for event in EVENTS if not isinstance(event, Batch))
    assert [told.trial for told in HISTORY.told] == [0, 2, 3, 1]
    assert History(HISTORY.events) == HISTORY


def test_the_best_is_the_first_of_the_highest_scores() -> None:
    assert HISTORY.best is HISTORY.told[2]
    tie = History((*EVENTS, Asked(5, B), Told(5, B, Evaluation(0.9, 1.0))))
    assert tie.best is not None
    assert tie.best.trial == 3
    assert History(()).best is None


def test_a_failure_or_a_score_that_is_no_number_is_never_best() -> None:
    worst = (
        Told(0, A, Evaluation.failed()),
        Told(1, B, Evaluation(math.nan, 1.0)),
    )
    assert History(worst).best is None
    below = History((*worst, Told(2, C, Evaluation(-3.0, 1.0))))  # a score may be a negated loss
    assert below.best is not None
    assert below.best.trial == 2
    assert [row["best"] for row in incumbents(below)][2] == -3.0
    assert all(math.isnan(row["best"]) for row in incumbents(below)[:2])


def test_curves_grow_while_a_trial_runs_and_come_from_the_answer_where_no_epochs_came() -> None:
    assert HISTORY.curves() == {
        0: (0.5, 0.6),
        1: (0.4, 0.7),
        3: (0.8, 0.85, 0.9),
        4: (0.1,),
    }
    rows = learning_curves(HISTORY)
    assert rows[:2] == [
        {"trial": 0, "epoch": 1, "score": 0.5},
        {"trial": 0, "epoch": 2, "score": 0.6},
    ]
    assert len(rows) == 8


def test_a_trial_that_carries_on_another_begins_where_that_one_ended() -> None:
    events = (
        Epoch(0, 1, 3, 1.0, 0.5, 1.0),
        Told(0, A, Evaluation(0.5, 1.0, (0.5,))),
        Epoch(1, 2, 3, 1.0, 0.6, 1.0),
        Epoch(1, 3, 3, 1.0, 0.7, 2.0),
        Told(1, Candidate("A", continues=0), Evaluation(0.7, 2.0, (0.5, 0.6, 0.7))),
    )
    rows = learning_curves(History(events))
    assert [(row["trial"], row["epoch"]) for row in rows] == [(0, 1), (1, 2), (1, 3)]
    assert ledger(History(events))[-1]["epochs"] == 3  # none is paid twice


def test_incumbents_and_regret() -> None:
    assert incumbents(HISTORY) == [
        {"trial": 0, "seconds": 2.5, "score": 0.6, "best": 0.6},
        {"trial": 2, "seconds": 3.0, "score": 0.0, "best": 0.6},
        {"trial": 3, "seconds": 7.0, "score": 0.9, "best": 0.9},
        {"trial": 1, "seconds": 10.0, "score": 0.7, "best": 0.9},
    ]
    assert [row["regret"] for row in regret(HISTORY, 0.95)] == pytest.approx(
        [0.35, 0.35, 0.05, 0.05]
    )
    assert [row["trial"] for row in regret(HISTORY, 0.95)] == [0, 2, 3, 1]


def test_the_table_of_trials() -> None:
    rows = trials(HISTORY)
    assert [row["trial"] for row in rows] == [0, 1, 2, 3]
    assert rows[0] == {
        "trial": 0,
        "arch": "A",
        "score": 0.6,
        "seconds": 2.5,
        "epochs": 2,
        "parameters": 100.0,
        "macs": 900.0,
        "reason": "try A",
        "failed": False,
        "error": "",
    }
    assert (rows[2]["failed"], rows[2]["error"]) == (True, "FloatingPointError: loss is nan")
    assert (rows[3]["epochs"], rows[3]["parameters"]) == (3, None)


def test_an_error_reads_the_same_before_and_after_it_was_recorded() -> None:
    recorded = tuple(
        Failed(e.trial, e.candidate, RecordedError.of(e.error)) if isinstance(e, Failed) else e
        for e in EVENTS
    )
    assert trials(History(recorded)) == trials(HISTORY)


def test_the_ledger_adds_up_and_names_what_was_spent_before_the_first_trial() -> None:
    rows = ledger(HISTORY)
    assert rows[0] == {"trial": None, "trials": 0, "epochs": 2, "seconds": 10.0, "failed": 0}
    assert rows[1] == {"trial": 0, "trials": 1, "epochs": 4, "seconds": 12.5, "failed": 0}
    assert rows[-1] == {"trial": 1, "trials": 4, "epochs": 9, "seconds": 20.0, "failed": 1}
    assert ledger(History(())) == []


def test_a_frame_has_its_columns_even_when_empty() -> None:
    frame = to_frame(HISTORY)
    assert isinstance(frame, pd.DataFrame)
    assert frame.loc[3, "score"] == 0.9
    assert frame["failed"].sum() == 1
    assert list(to_frame(History(())).columns) == list(frame.columns)
    space = chains()
    real = finish(search(RandomSearch(space), Guess(space), trials=3))
    spelled = to_frame(real, space=space)["arch"]
    assert [space.parse(text) for text in spelled] == [t.candidate.arch for t in real.told]


# ------------------------------------------------------------------------ rank correlation


def test_kendall_s_tau_of_the_worked_example() -> None:
    assert rank_correlation([1, 2, 3, 4, 5], [1, 3, 2, 5, 4]) == pytest.approx(0.6)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=12, unique=True), st.randoms())
def test_tau_counts_pairs(values: list[int], shuffler: random.Random) -> None:
    other = list(values)
    shuffler.shuffle(other)
    n = len(values)
    signs = [
        (values[i] - values[j]) * (other[i] - other[j]) > 0 for i in range(n) for j in range(i)
    ]
    expected = (2 * sum(signs) - len(signs)) / len(signs)
    assert rank_correlation(values, other) == pytest.approx(expected)
    # a bias that is the same everywhere changes no rank
    assert rank_correlation(values, [x / 7 - 10 for x in other]) == pytest.approx(expected)


def test_tau_of_constants_is_no_number_and_unlike_lengths_are_refused() -> None:
    assert math.isnan(rank_correlation([1, 1, 1], [1, 2, 3]))
    with pytest.raises(ValueError, match="got 2 and 3"):
        rank_correlation([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="at least 2"):
        rank_correlation([1], [1])


# ----------------------------------------------------------------------------- Pareto front

BETTER: dict[str, Any] = {"score": "higher", "parameters": "lower"}


def test_the_front_by_hand() -> None:
    rows = [
        {"name": "small", "score": 0.5, "parameters": 1},
        {"name": "beaten", "score": 0.5, "parameters": 2},
        {"name": "middle", "score": 0.8, "parameters": 5},
        {"name": "twin", "score": 0.8, "parameters": 5},
        {"name": "big", "score": 0.9, "parameters": 50},
        {"name": "unknown", "score": math.nan, "parameters": 0},
    ]
    front = [row["name"] for row in pareto_front(rows, better=BETTER)]
    assert front == ["small", "middle", "twin", "big"]
    assert [row["name"] for row in pareto_front(rows, better={"score": "higher"})] == ["big"]


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=25))
def test_the_front_is_what_nothing_dominates(points: list[tuple[int, int]]) -> None:
    rows = [{"score": score, "parameters": size} for score, size in points]
    front = pareto_front(rows, better=BETTER)

    def beats(one: Any, other: Any) -> bool:
        no_worse = one["score"] >= other["score"] and one["parameters"] <= other["parameters"]
        return no_worse and one != other

    for row in rows:
        assert (row in front) == (not any(beats(other, row) for other in rows))


def test_unknown_directions_and_missing_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="'higher' or 'lower', got 'up'"):
        pareto_front([], better={"score": "up"})
    with pytest.raises(ValueError, match="no 'parameters'"):
        pareto_front([{"score": 1.0}], better=BETTER)
