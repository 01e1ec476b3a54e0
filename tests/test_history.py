"""Questions put to hand-made events, answered by hand."""

from __future__ import annotations

import math
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
        {"trial": 0, "seconds": 12.5, "score": 0.6, "best": 0.6},  # 10 s before the first trial
        {"trial": 2, "seconds": 13.0, "score": 0.0, "best": 0.6},
        {"trial": 3, "seconds": 17.0, "score": 0.9, "best": 0.9},
        {"trial": 1, "seconds": 20.0, "score": 0.7, "best": 0.9},
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


# ----------------------------------------------------------------- several fidelities, a truth

# successive halving, η = 3: three trials of one epoch, the best goes on to 3 and to 9 epochs; a
# second one goes on to 3. Scores after each epoch:
CURVES = {
    0: (0.30,),
    1: (0.55,),
    2: (0.40,),
    3: (0.55, 0.50, 0.52),  # continues 1
    4: (0.40, 0.45, 0.60),  # continues 2
    5: (0.40, 0.45, 0.60, 0.61, 0.62, 0.63, 0.58, 0.57, 0.50),  # continues 4
}
CONTINUES = {3: 1, 4: 2, 5: 4}


def halving(*, epochs: bool, last: int = 5) -> History[Any]:
    """As it trains, with an event an epoch, or as a table answers; ten seconds an epoch."""
    events: list[Any] = []
    for trial, curve in CURVES.items():
        if trial > last:
            break
        parent = CONTINUES.get(trial)
        begin = len(CURVES[parent]) if parent is not None else 0
        candidate = Candidate(f"arch {trial}", epochs=len(curve), continues=parent)
        events.append(Asked(trial, candidate))
        if epochs:
            events += [
                Epoch(trial, n, 9, 1.0, curve[n - 1], 10.0 * (n - begin))
                for n in range(begin + 1, len(curve) + 1)
            ]
        seconds = 10.0 * (len(curve) - begin)
        events.append(Told(trial, candidate, Evaluation(curve[-1], seconds, curve)))
    return History(tuple(events))


@pytest.mark.parametrize("epochs", [True, False])
def test_an_epoch_is_paid_once_where_a_trial_continues_another(epochs: bool) -> None:
    history = halving(epochs=epochs)
    assert [row["epochs"] for row in ledger(history)] == [1, 2, 3, 5, 7, 13]
    assert ledger(history)[-1]["seconds"] == 130.0
    assert [row["epochs"] for row in trials(history)] == [1, 1, 1, 3, 3, 9]  # behind the score
    assert history.curves() == CURVES
    rows = learning_curves(history)
    assert [(row["trial"], row["epoch"]) for row in rows] == [
        *[(0, 1), (1, 1), (2, 1), (3, 2), (3, 3), (4, 2), (4, 3)],
        *[(5, 4), (5, 5), (5, 6), (5, 7), (5, 8), (5, 9)],
    ]
    assert all(row["score"] == CURVES[row["trial"]][row["epoch"] - 1] for row in rows)


def test_the_curve_of_a_trial_under_way_holds_those_that_it_continues() -> None:
    events = halving(epochs=True).events
    under_way = History(events[: events.index(Epoch(5, 6, 9, 1.0, 0.63, 30.0)) + 1])
    assert under_way.curves()[5] == CURVES[5][:6]
    assert ledger(under_way)[-1]["epochs"] == 7  # of the trials told


@pytest.mark.parametrize("epochs", [True, False])
def test_at_the_longest_budget_only(epochs: bool) -> None:
    history = halving(epochs=epochs)
    assert [row["best"] for row in incumbents(history)] == [0.3, 0.55, 0.55, 0.55, 0.6, 0.6]
    longest = incumbents(history, longest=True)
    assert [math.isnan(row["best"]) for row in longest] == [True] * 5 + [False]
    assert longest[-1] == {"trial": 5, "seconds": 130.0, "score": 0.5, "best": 0.5}
    # as it was then: three epochs were the longest
    then = incumbents(halving(epochs=epochs, last=4), longest=True)
    assert [row["best"] for row in then[3:]] == [0.52, 0.6]


def test_a_trial_that_stopped_early_was_not_trained_longest() -> None:
    events = (
        Told(0, Candidate("A"), Evaluation(0.9, 1.0, (0.2, 0.4))),  # extrapolated from two epochs
        Told(1, Candidate("B"), Evaluation(0.5, 1.0, (0.3, 0.4, 0.5))),
        Told(2, Candidate("C", epochs=3), Evaluation(0.6, 1.0)),  # no curve: as asked
        Told(3, Candidate("D", epochs=9), Evaluation.failed()),
    )
    rows = incumbents(History(events), longest=True)
    assert [row["best"] for row in rows[1:]] == [0.5, 0.6, 0.6]
    assert math.isnan(rows[0]["best"])


TRUE = {"A": 0.5, "B": 0.7, "C": 0.1, "D": 0.6}


def test_regret_counts_in_the_true_value_of_the_incumbent_that_was_seen() -> None:
    asked: list[str] = []

    def value(arch: str) -> float:
        asked.append(arch)
        return TRUE[arch]

    rows = incumbents(HISTORY, value=value)
    assert [row["best"] for row in rows] == [0.6, 0.6, 0.9, 0.9]
    assert [row["value"] for row in rows] == [0.5, 0.5, 0.6, 0.6]  # B is better, but looked worse
    assert asked == ["A", "D"]  # once an incumbent
    assert [row["regret"] for row in regret(HISTORY, 0.7, value=value)] == pytest.approx(
        [0.2, 0.2, 0.1, 0.1]
    )
    failed = History((Told(0, C, Evaluation.failed()),))
    assert math.isnan(regret(failed, 0.7, value=value)[0]["regret"])


def test_side_by_side_seconds_add_up_in_the_bill_and_not_on_the_clock() -> None:
    one, other, third = (Told(n, A, Evaluation(0.5, s)) for n, s in enumerate((3.0, 5.0, 4.0)))
    events = (
        *(Epoch(None, 1, 1, 1.0, 0.1, 10.0), Asked(0, A), Asked(1, A)),
        *(one, Asked(2, A), other, third),
    )
    seconds = [row["seconds"] for row in incumbents(History(events))]
    assert seconds == [13.0, 18.0, 22.0] == [row["seconds"] for row in ledger(History(events))][1:]
    clock = [row["seconds"] for row in incumbents(History(events), elapsed=True)]
    assert clock == [13.0, 15.0, 17.0]  # the third began at 13
    assert [row["regret"] for row in regret(History(events), 0.6, elapsed=True)] == pytest.approx(
        [0.1] * 3
    )


def test_what_the_run_itself_trains_is_kept_apart() -> None:
    rows = learning_curves(HISTORY, shared=True)
    assert rows[:2] == [
        {"trial": None, "epoch": 1, "score": 0.2},
        {"trial": None, "epoch": 2, "score": 0.3},
    ]
    assert rows[2:] == learning_curves(HISTORY)
    only = History(EVENTS[:2])  # a method, stopped early
    assert ledger(only) == [{"trial": None, "trials": 0, "epochs": 2, "seconds": 10.0, "failed": 0}]


def test_trainings_before_the_first_trial_each_cost_their_own_seconds() -> None:
    """As ``Predicted`` has them: architectures to learn from, one after the other."""
    times = (1.0, 2.0, 1.5, 3.0, 0.5)  # two of two epochs, and one that failed after its first
    trained = [Epoch(None, n % 2 + 1, 2, 1.0, 0.1, each) for n, each in enumerate(times)]
    history = History((*trained, Asked(0, A), Told(0, A, Evaluation(0.3, 0.25))))
    assert [(row["trial"], row["epochs"], row["seconds"]) for row in ledger(history)] == [
        (None, 5, 5.5),
        (0, 5, 5.75),
    ]
    assert incumbents(history, elapsed=True)[0]["seconds"] == 5.75


@pytest.mark.parametrize("epochs", [1, 2])  # of those trained: it goes back, or it does not
def test_what_a_method_finds_is_not_paid_twice(epochs: int) -> None:
    trained, curve = EVENTS[:2], (0.2, 0.3)[:epochs]
    found = Told(0, A, Evaluation(curve[-1], 12.0, curve))  # 2 seconds after the last epoch
    bill = ledger(History((*trained, Asked(0, A), found)))
    assert [(row["trial"], row["epochs"], row["seconds"]) for row in bill] == [
        (None, 2, 10.0),
        (0, 2, 12.0),
    ]
    assert incumbents(History((*trained, Asked(0, A), found)), elapsed=True)[0]["seconds"] == 12.0


def test_a_trial_after_a_supernet_pays_for_itself() -> None:
    supernet = EVENTS[:2]
    for curve, epochs in (((), 2), ((0.2, 0.4), 4), ((0.2, 0.3, 0.4), 5)):  # no, another, a longer
        bill = ledger(History((*supernet, Told(0, A, Evaluation(0.4, 12.0, curve)))))
        assert (bill[-1]["epochs"], bill[-1]["seconds"]) == (epochs, 22.0)
    trained = [Epoch(0, n, 2, 1.0, score, 1.0 * n) for n, score in ((1, 0.2), (2, 0.3))]
    own = Told(0, A, Evaluation(0.3, 2.0, (0.2, 0.3)))  # by chance alike, but by epochs of its own
    assert ledger(History((*supernet, *trained, own)))[-1]["epochs"] == 4


@given(st.data())
def test_the_bill_is_the_sum_of_what_each_trial_trained(data: st.DataObject) -> None:
    events: list[Any] = [Epoch(None, n + 1, 9, 1.0, -1.0, n + 1.0) for n in range(data.draw(small))]
    curves: dict[int, tuple[float, ...]] = {}
    spent = sum(event.seconds for event in events[-1:])
    for trial in range(data.draw(st.integers(0, 6))):
        parent = data.draw(st.none() | st.sampled_from(sorted(curves))) if curves else None
        earlier = curves[parent] if parent is not None else ()
        new = tuple(data.draw(st.lists(st.floats(0, 1), max_size=4)))
        candidate = Candidate("A", continues=parent)
        events.append(Asked(trial, candidate))
        seconds = float(len(new))
        if data.draw(st.booleans()):
            events += [
                Epoch(trial, n, 9, 1.0, score, float(n - len(earlier)))
                for n, score in enumerate(new, start=len(earlier) + 1)
            ]
        curves[trial], spent = earlier + new, spent + seconds
        events.append(Told(trial, candidate, Evaluation(0.5, seconds, curves[trial])))
    history = History(tuple(events))
    bill = ledger(history)
    assert bill == sorted(bill, key=lambda row: row["epochs"])
    assert (bill[-1]["seconds"] if bill else 0.0) == spent
    rows = learning_curves(history, shared=True)
    assert (bill[-1]["epochs"] if bill else 0) == len(rows)
    assert [row["seconds"] for row in incumbents(history)] == [
        row["seconds"] for row in bill if row["trial"] is not None
    ]
    assert history.curves() == {trial: curve for trial, curve in curves.items() if curve}


small = st.integers(0, 3)

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


def test_a_failed_trial_is_on_no_front_and_beats_nobody() -> None:
    told = {0: Evaluation(-2.0, 3.0), 1: Evaluation(-1.0, 4.0), 2: Evaluation.failed(1.0)}
    history = History(tuple(Told(n, Candidate(n), answer) for n, answer in told.items()))
    front = pareto_front(trials(history), better={"score": "higher", "seconds": "lower"})
    assert [row["trial"] for row in front] == [0, 1]
    sized = [{**row, "parameters": None if row["failed"] else 5.0} for row in trials(history)]
    assert [row["trial"] for row in pareto_front(sized, better=BETTER)] == [1]


def test_unknown_directions_and_missing_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="'higher' or 'lower', got 'up'"):
        pareto_front([], better={"score": "up"})
    with pytest.raises(ValueError, match="no 'parameters'"):
        pareto_front([{"score": 1.0}], better=BETTER)
