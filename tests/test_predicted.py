"""Candidates that were never trained, answered by a regression."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic_table import synthetic

from workbench.estimators import Predicted, Table
from workbench.history import rank_correlation
from workbench.records import Epoch, RunError
from workbench.search import finish, search
from workbench.store import recorded, resume
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


@pytest.mark.parametrize("used", [False, True])
def test_a_resumed_search_knows_what_was_told(table: Table, tmp_path: Path, used: bool) -> None:
    first, again = (Predicted(table, trained=4, lessons="trials") for _ in range(2))
    if used:  # in another search before
        finish(search(RandomSearch(table.space, seed=5), again, trials=6))
    whole = finish(search(RandomSearch(table.space), first, trials=8))
    given: dict[str, Any] = {"strategy": RandomSearch(table.space), "estimator": first}
    finish(recorded(search(*given.values(), trials=5), tmp_path / "log.jsonl", **given))
    strategy = RandomSearch(table.space)
    resumed = finish(resume(tmp_path / "log.jsonl", strategy, again, trials=8))
    scores = [[told.evaluation.score for told in each.told] for each in (resumed, whole)]
    assert scores[0] == scores[1]


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


def test_many_lessons_are_learned_without_draws_of_others(table: Table) -> None:
    estimator = Predicted(table, trained=10_001, lessons="trials")
    many = [table.cells[n % len(table.cells)] for n in range(10_001)]
    estimator._known = [(cell, table.mean(cell) + n * 1e-7) for n, cell in enumerate(many)]
    found = []
    for seed in (1, 2):
        np.random.seed(seed)
        estimator._fitted = None
        before = np.random.get_state()[1:3]
        found.append(estimator.predict(table.cells))
        assert all(np.array_equal(*pair) for pair in zip(before, np.random.get_state()[1:3]))
    assert np.array_equal(*found)
