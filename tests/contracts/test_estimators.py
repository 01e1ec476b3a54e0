"""The contract of every estimator. A new estimator joins by adding one entry to ESTIMATORS."""

from __future__ import annotations

import json
import math
import pickle
import random
import tempfile
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fakes import Guess, chains
from synthetic_table import small_space, synthetic

from workbench.data import digits, from_text
from workbench.estimators import FullTraining, Table, TextTraining
from workbench.records import Batch, Candidate, Epoch, Evaluation, Failed, Mixture, Told
from workbench.search import search
from workbench.settings import describe
from workbench.spaces import RecurrentSpace
from workbench.strategies import RandomSearch

EPOCHS = 3
EXCERPT = Path(__file__).parents[1] / "excerpt.txt"


@dataclass(frozen=True)
class Entry:
    """An estimator under contract: ``make(space, data)``, to train ``EPOCHS`` epochs at most.

    ``trains``: there is something to wait for. ``builds``: it builds candidates' networks.
    ``budgets``: it honours a candidate's ``epochs``, and ``continues`` bit for bit. ``seeded``:
    other seeds give other curves.
    """

    name: str
    make: Callable[[Any, Any], Any]
    space: Callable[[], Any] = chains
    trains: bool = True
    builds: bool = True
    budgets: bool = True
    seeded: bool = True


ESTIMATORS = [
    Entry("Guess", lambda space, data: Guess(space, epochs=EPOCHS), builds=False, budgets=False),
    Entry("FullTraining", lambda space, data: FullTraining(space, data, epochs=EPOCHS)),
    Entry(
        "TextTraining",
        lambda space, data: TextTraining(space, few_words(), epochs=EPOCHS, batch_size=8),
        lambda: RecurrentSpace(units=4, activations=("tanh", "sigmoid")),
    ),
    Entry("Table", lambda space, data: a_table(), small_space, trains=False, builds=False),
]


@cache
def a_table_file() -> Path:
    """Of all cells of a small space, on the disk."""
    path = Path(tempfile.mkdtemp()) / "table.npz"
    synthetic(epochs=EPOCHS).save(path)
    return path


def a_table() -> Table:
    """Reads it again, as another process would."""
    return Table(path=a_table_file())


every_estimator = pytest.mark.parametrize("entry", ESTIMATORS, ids=lambda entry: entry.name)


@cache
def few_digits() -> Any:
    """A hundred digits to learn from, a hundred to validate on."""
    data = digits()
    train, validation = (
        replace(split, images=split.images[:96], labels=split.labels[:96])
        for split in (data.train, data.validation)
    )
    return replace(data, train=train, validation=validation)


@cache
def few_words() -> Any:
    """A page of text."""
    return from_text(EXCERPT.read_text(encoding="utf-8")[:2_000], context=16)


def made(entry: Entry) -> Any:
    estimator = entry.make(entry.space(), few_digits())
    for _ in estimator.prepare(seed=0):
        pass
    return estimator


def a_candidate(entry: Entry, number: int = 0, **asks: Any) -> Candidate[Any]:
    return Candidate(entry.space().sample(random.Random(number)), **asks)


def pulled(running: Generator[Any, None, Evaluation]) -> tuple[list[Any], Evaluation]:
    """All events, and what is returned."""
    events = []
    while True:
        try:
            events.append(next(running))
        except StopIteration as end:
            return events, end.value


def answer(estimator: Any, candidate: Candidate[Any], *, trial: int = 0, seed: int = 1) -> Any:
    """An evaluation without what the clock says."""
    _, evaluation = pulled(estimator.estimate(candidate, trial=trial, seed=seed))
    return replace(evaluation, seconds=0.0)


@every_estimator
def test_events_carry_their_trial_and_end_in_an_evaluation(entry: Entry) -> None:
    events, evaluation = pulled(made(entry).estimate(a_candidate(entry), trial=7, seed=1))
    assert all(isinstance(event, Batch | Epoch | Mixture) for event in events)
    assert {event.trial for event in events} <= {7}
    epochs = [event for event in events if isinstance(event, Epoch)]
    assert [event.epoch for event in epochs] == list(range(1, len(epochs) + 1))
    assert all(event.epochs == len(epochs) for event in epochs)
    assert isinstance(evaluation, Evaluation)
    assert 0.0 <= evaluation.score <= 1.0
    assert evaluation.seconds >= 0.0
    assert not evaluation.is_failure
    if epochs:
        assert evaluation.curve == tuple(event.score for event in epochs)
        seconds = [event.seconds for event in epochs]
        assert seconds == sorted(seconds)
    assert all(math.isfinite(value) for value in evaluation.measures.values())


@every_estimator
def test_the_same_seed_gives_the_same_answer(entry: Entry) -> None:
    candidate = a_candidate(entry)
    first = answer(made(entry), candidate)
    random.seed(99)
    np.random.seed(99)
    torch.manual_seed(99)
    assert answer(made(entry), candidate) == first
    assert answer(made(entry), candidate, trial=5) == first
    if entry.seeded:
        assert answer(made(entry), candidate, seed=2) != first


@every_estimator
def test_global_generators_are_left_alone(entry: Entry) -> None:
    # not random's: the type checks of the test run draw from it themselves
    torch.manual_seed(4)
    np.random.seed(4)
    before = torch.get_rng_state(), np.random.get_state()[1].tolist()
    running = made(entry).estimate(a_candidate(entry), trial=0, seed=1)
    for _ in running:
        assert torch.equal(torch.get_rng_state(), before[0])
        assert np.random.get_state()[1].tolist() == before[1]
    assert torch.equal(torch.get_rng_state(), before[0])


@every_estimator
@pytest.mark.parametrize("pulls", [1, 2, 4])
def test_closed_midway_it_leaves_no_trace(entry: Entry, pulls: int) -> None:
    estimator, undisturbed = made(entry), made(entry)
    state = torch.get_rng_state(), torch.is_grad_enabled()
    running = estimator.estimate(a_candidate(entry, 1), trial=0, seed=1)
    for _ in range(pulls):
        next(running, None)  # a table gives an event for each of its three epochs
    running.close()
    assert torch.equal(torch.get_rng_state(), state[0])
    assert torch.is_grad_enabled() == state[1]
    for number in (2, 1):
        candidate = a_candidate(entry, number)
        asked = {"trial": 0, "seed": 3}
        assert answer(estimator, candidate, **asked) == answer(undisturbed, candidate, **asked)


@every_estimator
def test_a_heartbeat_comes_often(entry: Entry) -> None:
    if not entry.trains:
        pytest.skip("it answers in microseconds")
    events, _ = pulled(made(entry).estimate(a_candidate(entry), trial=0, seed=1))
    epochs = sum(isinstance(event, Epoch) for event in events)
    assert sum(isinstance(event, Batch) for event in events) >= 2 * epochs


@every_estimator
def test_it_can_be_sent_to_another_process(entry: Entry) -> None:
    estimator = made(entry)
    sent = pickle.loads(pickle.dumps(estimator))  # noqa: S301  (made one line above)
    candidate = a_candidate(entry)
    assert answer(sent, candidate) == answer(estimator, candidate)


@every_estimator
def test_settings_are_json(entry: Entry) -> None:
    described = describe(made(entry))
    assert json.loads(json.dumps(described)) == described
    assert described == describe(made(entry))


@every_estimator
def test_a_budget_is_the_beginning_of_the_whole_curve(entry: Entry) -> None:
    if not entry.budgets:
        pytest.skip("it has no budget")
    estimator, candidate = made(entry), a_candidate(entry)
    whole = answer(made(entry), candidate)
    short = answer(estimator, replace(candidate, epochs=1))
    assert short.curve == whole.curve[:1]
    carried = replace(candidate, epochs=EPOCHS, continues=0)
    resumed = answer(estimator, carried, trial=1, seed=8)
    assert resumed.score == whole.score
    assert resumed.curve[-2:] == whole.curve[-2:]


@every_estimator
def test_in_a_search_an_impossible_architecture_fails_and_the_next_one_trains(
    entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not entry.builds:
        pytest.skip("it builds no network")
    estimator = made(entry)
    build, calls = estimator.space.build, []

    def sometimes(arch: Any, task: Any) -> Any:
        calls.append(arch)
        if arch == calls[0]:
            raise RuntimeError("cannot be built")
        return build(arch, task)

    monkeypatch.setattr(estimator.space, "build", sometimes)
    events = list(search(RandomSearch(estimator.space), estimator, trials=2))
    failed = [event for event in events if isinstance(event, Failed)]
    told = [event for event in events if isinstance(event, Told)]
    assert [(event.trial, str(event.error)) for event in failed] == [(0, "cannot be built")]
    assert [event.evaluation.is_failure for event in told] == [True, False]
