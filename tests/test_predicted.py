"""Candidates that were never trained, answered by a regression."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from synthetic_table import synthetic

from workbench.estimators import Predicted, Table
from workbench.history import rank_correlation
from workbench.records import Epoch, RunError
from workbench.search import finish, search
from workbench.strategies import RandomSearch


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    path = tmp_path_factory.mktemp("table") / "table.npz"
    synthetic().save(path)
    return Table(path=path)


def prepared(estimator: Predicted[Any]) -> list[Any]:
    return list(estimator.prepare(seed=0))


@pytest.mark.parametrize("model", ["ridge", "trees", "mlp"])
def test_it_ranks_cells_that_it_never_saw(table: Table, model: Any) -> None:
    estimator = Predicted(table, model=model, trained=30)
    events = prepared(estimator)
    assert {event.trial for event in events} == {None}
    assert sum(isinstance(event, Epoch) for event in events) == 30 * table.epochs
    found = estimator.predict(table.cells)
    assert ((found >= 0) & (found <= 1)).all()
    assert rank_correlation(found, table.means) > 0.35


def test_an_answer_says_that_it_is_predicted(table: Table) -> None:
    history = finish(search(RandomSearch(table.space), Predicted(table, trained=10), trials=2))
    for told in history.told:
        assert told.evaluation.curve == ()
        assert told.evaluation.measures == {"predicted": 1.0, "trained": 10.0}


def test_it_learns_from_the_first_trials(table: Table) -> None:
    estimator = Predicted(table, trained=4, lessons="trials")
    history = finish(search(RandomSearch(table.space), estimator, trials=7))
    assert [len(told.evaluation.curve) for told in history.told] == [12] * 4 + [0] * 3
    assert [told.evaluation.measures.get("trained") for told in history.told[4:]] == [4.0] * 3


def test_a_resumed_search_knows_what_was_told(table: Table) -> None:
    first = Predicted(table, trained=4, lessons="trials")
    history = finish(search(RandomSearch(table.space), first, trials=4))
    again = Predicted(table, trained=4, lessons="trials")
    prepared(again)
    for told in history.told:
        again.tell(told)
    assert np.array_equal(again.predict(table.cells), first.predict(table.cells))


def test_nothing_is_predicted_before_something_was_trained(table: Table) -> None:
    with pytest.raises(RunError, match=r"0 candidates were trained.*let prepare\(seed=…\) run"):
        Predicted(table).predict(table.cells[:1])


def test_candidates_that_fail_are_left_out(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    estimator = Predicted(table, trained=6)
    estimate, calls = table.estimate, []

    def sometimes(candidate: Any, *, trial: int, seed: int) -> Any:
        calls.append(trial)
        if trial % 2:
            raise ZeroDivisionError
        return (yield from estimate(candidate, trial=trial, seed=seed))

    monkeypatch.setattr(table, "estimate", sometimes)
    prepared(estimator)
    assert calls == list(range(6))
    assert len(estimator._known) == 3
