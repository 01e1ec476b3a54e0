"""Trainings that are stopped because their curves will not beat the best one so far."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import chains
from synthetic_table import small_space, synthetic

from workbench.data import digits
from workbench.estimators import (
    Extrapolated,
    FullTraining,
    Inherited,
    ReducedTraining,
    Table,
    TextTraining,
)
from workbench.estimators.learning_curves import extrapolate
from workbench.history import ledger
from workbench.records import Candidate, Epoch, Evaluation, RunError, Told
from workbench.search import finish, search
from workbench.store import recorded, resume
from workbench.strategies import RandomSearch
from workbench.trial import answer_of


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    """Smooth curves towards very different heights, so that most are soon hopeless."""
    file = synthetic(noise=0.002)
    path = tmp_path_factory.mktemp("table") / "table.npz"
    epochs = np.arange(1.0, 13.0)
    final = file.curves["validation accuracy"][:, -1:]
    curves = dict(file.curves)
    curves["validation accuracy"] = (final * (1 - 0.4 / epochs**1.5)).astype(np.float32)
    replace(file, curves=curves).save(path)
    return Table(path=path)


def told_of(estimator: Any, candidate: Candidate[Any], *, trial: int = 1) -> tuple[list[Any], Any]:
    events: list[Any] = []
    return events, answer_of(estimator.estimate(candidate, trial=trial, seed=1), events.append)


def with_best(estimator: Extrapolated[Any], best: float) -> Extrapolated[Any]:
    """As if a trial had ended with ``best`` after all epochs."""
    for _ in estimator.prepare(seed=0):
        pass
    evaluation = Evaluation(best, 1.0, (best,) * 12)
    estimator.tell(Told(0, Candidate(estimator.space.sample(random.Random(0))), evaluation))
    return estimator


def test_a_hopeless_training_ends_and_its_expected_end_is_told(table: Table) -> None:
    estimator, arch = with_best(Extrapolated(table), 0.999), table.best
    events, evaluation = told_of(estimator, Candidate(arch))
    curve = tuple(table.curve(arch, seed=int(evaluation.measures["seed"])))
    assert [event.epoch for event in events] == [1, 2, 3, 4]  # a third of twelve
    assert all(event.epochs == 12 for event in events)
    assert evaluation.curve == curve[:4]
    forecast = extrapolate(curve[:4], epochs=12)
    assert evaluation.score == forecast.final
    assert evaluation.measures["predicted"] == 1
    assert evaluation.measures["epochs saved"] == 8
    assert evaluation.measures["P(final > best)"] == forecast.above(0.999) < 0.05
    assert evaluation.measures["parameters"] > 0
    assert evaluation.seconds == pytest.approx(events[-1].seconds, abs=1e-3)


def test_what_may_still_win_is_trained_to_the_end(table: Table) -> None:
    estimator, plain = with_best(Extrapolated(table, every=3), 0.5), table
    events, evaluation = told_of(estimator, Candidate(table.best))
    _, whole = told_of(plain, Candidate(table.best))
    assert evaluation.score == whole.score
    assert evaluation.curve == whole.curve
    assert evaluation.measures["predicted"] == 0
    assert evaluation.measures["epochs saved"] == 0
    assert [event.epoch for event in events] == list(range(1, 13))
    seconds = [event.seconds for event in events]
    assert seconds == sorted(seconds)
    assert seconds[-1] == pytest.approx(whole.seconds, abs=1e-3)


def test_nothing_is_stopped_before_there_is_something_to_beat(table: Table) -> None:
    _, evaluation = told_of(Extrapolated(table), Candidate(table.best))
    assert len(evaluation.curve) == 12


def test_a_predicted_score_is_nothing_to_beat(table: Table) -> None:
    estimator = Extrapolated(table)
    guessed = Evaluation(0.99, 1.0, (0.9,) * 4, {"predicted": 1.0})
    estimator.tell(Told(0, Candidate(table.best), guessed))
    assert estimator.best(12) is None


def test_a_search_saves_epochs_and_its_winner_was_trained(table: Table) -> None:
    strategy = RandomSearch(table.space, seed=3)
    history = finish(search(strategy, Extrapolated(table, delta=0.2, every=4), trials=8))
    plain = finish(search(RandomSearch(table.space, seed=3), table, trials=8))
    assert history.best is not None
    assert history.best.evaluation.measures["predicted"] == 0
    saved = sum(told.evaluation.measures["epochs saved"] for told in history.told)
    assert saved > 0
    paid, full = ledger(history)[-1]["epochs"], ledger(plain)[-1]["epochs"]
    assert full - paid == saved


@pytest.mark.parametrize("used", [False, True])
def test_a_resumed_search_knows_what_there_is_to_beat(
    table: Table, tmp_path: Path, used: bool
) -> None:
    first, again = (Extrapolated(table, delta=0.2, every=4) for _ in range(2))
    if used:  # in another search before
        finish(search(RandomSearch(table.space, seed=4), again, trials=8))
    whole = finish(search(RandomSearch(table.space, seed=3), first, trials=8))
    given: dict[str, Any] = {"strategy": RandomSearch(table.space, seed=3), "estimator": first}
    finish(recorded(search(*given.values(), trials=5), tmp_path / "log.jsonl", **given))
    strategy = RandomSearch(table.space, seed=3)
    resumed = finish(resume(tmp_path / "log.jsonl", strategy, again, trials=8))
    assert resumed.told == whole.told
    assert any(told.evaluation.measures["predicted"] for told in whole.told[5:])


def test_looks_are_as_far_apart_as_is_said(table: Table) -> None:
    estimator = Extrapolated(table, begin=0.5, every=3)
    assert estimator._parts(Candidate(table.best), 12) == [6, 9, 12]
    assert Extrapolated(table, begin=1.0)._parts(Candidate(table.best), 12) == [12]


def test_a_trial_that_was_ended_can_be_continued(table: Table) -> None:
    estimator = with_best(Extrapolated(table), 0.999)
    _, ended = told_of(estimator, Candidate(table.best))
    estimator.tell(Told(1, Candidate(table.best), ended))
    fresh = Extrapolated(table)
    fresh.tell(Told(1, Candidate(table.best), ended))
    events, whole = told_of(fresh, Candidate(table.best, continues=1), trial=2)
    assert [event.epoch for event in events] == list(range(5, 13))
    assert whole.curve[:4] == ended.curve


def test_a_training_in_parts_is_the_training_bit_for_bit() -> None:
    data = digits()
    few = replace(
        data,
        train=replace(data.train, images=data.train.images[:96], labels=data.train.labels[:96]),
    )
    space = chains()
    arch = space.sample(random.Random(0))
    plain = FullTraining(space, few, epochs=6, device="cpu")
    parts = with_best(
        Extrapolated(FullTraining(space, few, epochs=6, device="cpu"), begin=0.4), 0.0
    )
    expected = told_of(plain, Candidate(arch))[1]
    events, found = told_of(parts, Candidate(arch))
    assert found.curve == expected.curve
    assert found.measures["loss"] == expected.measures["loss"]
    assert [event.epoch for event in events if isinstance(event, Epoch)] == [1, 2, 3, 4, 5, 6]


def test_of_a_training_that_is_whole_nothing_is_left_to_continue(table: Table) -> None:
    space = chains()
    trained = FullTraining(space, digits(), epochs=6, device="cpu")
    for estimator, arch in ((table, table.best), (trained, space.sample(random.Random(0)))):
        _, whole = told_of(with_best(Extrapolated(estimator), 0.0), Candidate(arch))
        assert whole.measures["predicted"] == 0
        with pytest.raises(RunError, match="trial 1 left nothing"):
            told_of(estimator, Candidate(arch, continues=1), trial=2)


def test_a_training_that_stops_before_its_horizon_ends_there() -> None:
    space = chains()
    reduced = ReducedTraining(
        space, digits(), epochs=9, stop_after=6, train_share=0.1, device="cpu"
    )
    estimator, arch = Extrapolated(reduced), space.sample(random.Random(0))
    assert estimator.epochs == 6
    _, first = told_of(estimator, Candidate(arch), trial=0)
    assert len(first.curve) == 6
    estimator.tell(Told(0, Candidate(arch), replace(first, score=0.999)))
    _, ended = told_of(estimator, Candidate(arch))
    assert ended.measures["predicted"] == 1
    assert len(ended.curve) + ended.measures["epochs saved"] == 6


def test_what_is_measured_of_parts_is_of_the_whole_trial() -> None:
    data, space = digits(), chains()
    arch, child = (space.sample(random.Random(seed)) for seed in range(2))
    given: dict[str, Any] = {"epochs": 6, "device": "cpu"}
    plain = ReducedTraining(space, data, train_share=0.1, **given)
    parts = with_best(Extrapolated(ReducedTraining(space, data, train_share=0.1, **given)), 0.0)
    expected = told_of(plain, Candidate(arch))[1].measures
    found = told_of(parts, Candidate(arch))[1].measures
    for name in ("samples", "training macs"):
        assert found[name] == expected[name] == told_of(plain, Candidate(arch))[1].measures[name]
    inherited = with_best(Extrapolated(Inherited(space, data, **given)), 0.0)
    told_of(inherited, Candidate(arch), trial=0)
    assert {"inherited", "exact"} <= {
        *told_of(inherited, Candidate(child, parents=(0,)))[1].measures
    }


def test_it_needs_an_estimator_of_accuracies_that_says_its_epochs(table: Table) -> None:
    class Plain:
        space = table.space

        def prepare(self, *, seed: int) -> Any:
            yield from ()

        def estimate(self, candidate: Any, *, trial: int, seed: int) -> Any:
            yield from ()

    with pytest.raises(ValueError, match="expected one that says its epochs"):
        Extrapolated(Plain())
    words = type("Words", (Plain,), {"scale": TextTraining.scale, "epochs": 3})
    with pytest.raises(ValueError, match="expected one of accuracies, got one of 1 / validation"):
        Extrapolated(words())
    long = type("Long", (Plain,), {"epochs": 1_001})
    with pytest.raises(ValueError, match=r"epochs must be 1 … 1000, got 1001; curve models"):
        Extrapolated(long())


def test_an_estimator_without_learning_curves_ends_the_search(table: Table) -> None:
    """``OneShot`` says its epochs, which are the supernet's: of its candidates nothing is known."""

    class OfSupernet:
        space, epochs = table.space, 12

        def prepare(self, *, seed: int) -> Any:
            yield from ()

        def estimate(self, candidate: Any, *, trial: int, seed: int) -> Any:
            yield from ()
            return Evaluation(0.5, 1.0)

    running = search(RandomSearch(table.space), Extrapolated(OfSupernet()), trials=2)
    with pytest.raises(RunError, match="OfSupernet answers without a learning curve"):
        finish(running)


def test_bad_curves_do_not_stop_a_search(tmp_path: Path) -> None:
    """Chance for ever, and falling: each is answered, or trained to the end."""
    file = synthetic(small_space(), seeds=1)
    bad = np.where(np.arange(len(file.cells))[:, None] % 2, 0.1, np.linspace(0.9, 0.2, 12))
    curves = {**file.curves, "validation accuracy": bad.astype(np.float32)}
    replace(file, curves=curves).save(tmp_path / "bad.npz")
    table = Table(path=tmp_path / "bad.npz")
    history = finish(search(RandomSearch(table.space), Extrapolated(table, every=4), trials=4))
    assert len(history.told) == 4
    assert not any(told.evaluation.is_failure for told in history.told)
