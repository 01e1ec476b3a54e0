"""The contract of every estimator. A new estimator joins by adding one entry to ESTIMATORS."""

from __future__ import annotations

import itertools
import json
import math
import pickle
import random
import tempfile
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fakes import Guess, Shared, chains
from synthetic_table import small_space, synthetic

from workbench.data import digits, from_text
from workbench.estimators import (
    Extrapolated,
    FullTraining,
    Inherited,
    OneShot,
    Predicted,
    ReducedTraining,
    Table,
    TextTraining,
    ZeroCost,
)
from workbench.records import Batch, Candidate, Epoch, Evaluation, Failed, Mixture, Told
from workbench.search import search
from workbench.settings import describe
from workbench.spaces import RecurrentSpace, TopologySpace
from workbench.strategies import RandomSearch
from workbench.trial import answer_of

EPOCHS = 3
EXCERPT = Path(__file__).parents[1] / "excerpt.txt"


@dataclass(frozen=True)
class Entry:
    """An estimator under contract: ``make(space, data, device)``, of ``EPOCHS`` epochs at most.

    ``trains``: there is something to wait for. ``builds``: it builds candidates' networks.
    ``budgets``: it honours a candidate's ``epochs``, and ``continues`` bit for bit. ``seeded``:
    other seeds give other curves. ``bounded``: its score is in [0, 1].

    What is promised bit for bit is promised of the processor: a graphics card adds in an order of
    its own. The rest is asked of both.
    """

    name: str
    make: Callable[[Any, Any, str], Any]
    space: Callable[[], Any] = chains
    trains: bool = True
    builds: bool = True
    budgets: bool = True
    seeded: bool = True
    bounded: bool = True


def triangles() -> TopologySpace:
    """The 125 cells of three nodes."""
    return TopologySpace(nodes=3, channels=2, cells=1, stages=2, reduction="plain")


def shared(space: Any, device: str = "cpu", **settings: Any) -> OneShot[Any]:
    """An epoch of a supernet."""
    small: dict[str, Any] = {"epochs": 1, "batch_size": 48, "calibration": 50}
    return OneShot(space, few_digits(), device=device, **(small | settings))


ESTIMATORS = [
    Entry(
        "Guess",
        lambda space, data, device: Guess(space, epochs=EPOCHS),
        builds=False,
        budgets=False,
    ),
    Entry(
        "FullTraining",
        lambda space, data, device: FullTraining(space, data, epochs=EPOCHS, device=device),
    ),
    Entry(
        "Inherited",
        lambda space, data, device: Inherited(space, data, epochs=EPOCHS, device=device),
    ),
    Entry(
        "ReducedTraining",
        lambda space, data, device: ReducedTraining(
            space, data, epochs=EPOCHS, train_share=0.5, pooling=2, device=device
        ),
    ),
    Entry(
        "TextTraining",
        lambda space, data, device: TextTraining(
            space, few_words(), epochs=EPOCHS, batch_size=8, device=device
        ),
        lambda: RecurrentSpace(units=4, activations=("tanh", "sigmoid")),
    ),
    Entry("Table", lambda space, data, device: a_table(), small_space, trains=False, builds=False),
    Entry(
        "ZeroCost",
        lambda space, data, device: ZeroCost(space, data, images=8, device=device),
        budgets=False,
        bounded=False,
    ),
    Entry(
        "OneShot",
        lambda space, data, device: shared(space, device),
        triangles,
        budgets=False,
        seeded=False,
    ),
    Entry(
        "OneShot that goes on training",
        lambda space, data, device: shared(space, device, steps=2, same_images=False, images=50),
        triangles,
        budgets=False,
    ),
    Entry(
        "Extrapolated",
        lambda space, data, device: Extrapolated(
            FullTraining(space, data, epochs=EPOCHS, device=device), begin=0.3
        ),
    ),
    Entry(
        "Predicted",
        lambda space, data, device: Predicted(a_table(), trained=5),
        small_space,
        *(False, False, False, False),
    ),
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
every_device = pytest.mark.parametrize(
    "device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]
)


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
    """Half a page of text."""
    return from_text(EXCERPT.read_text(encoding="utf-8")[:1_000], context=16)


def made(entry: Entry, device: str = "cpu") -> Any:
    estimator = entry.make(entry.space(), few_digits(), device)
    for _ in estimator.prepare(seed=0):
        pass
    return estimator


def a_candidate(entry: Entry, number: int = 0, **asks: Any) -> Candidate[Any]:
    return Candidate(entry.space().sample(random.Random(number)), **asks)


def pulled(running: Generator[Any, None, Evaluation]) -> tuple[list[Any], Evaluation]:
    """All events, and what is returned."""
    events: list[Any] = []
    return events, answer_of(running, events.append)


def answer(estimator: Any, candidate: Candidate[Any], *, trial: int = 0, seed: int = 1) -> Any:
    """An evaluation without what the clock says."""
    _, evaluation = pulled(estimator.estimate(candidate, trial=trial, seed=seed))
    return replace(evaluation, seconds=0.0)


@every_device
@every_estimator
def test_events_carry_their_trial_and_end_in_an_evaluation(entry: Entry, device: str) -> None:
    events, evaluation = pulled(made(entry, device).estimate(a_candidate(entry), trial=7, seed=1))
    assert all(isinstance(event, Batch | Epoch | Mixture) for event in events)
    assert {event.trial for event in events} <= {7}
    epochs = [event for event in events if isinstance(event, Epoch)]
    assert [event.epoch for event in epochs] == list(range(1, len(epochs) + 1))
    assert all(event.epochs == len(epochs) for event in epochs)
    assert isinstance(evaluation, Evaluation)
    assert not entry.bounded or 0.0 <= evaluation.score <= 1.0
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


def generators(device: str) -> list[Any]:
    """Where everybody's generators are, but for random's: the type checks of a test run draw there
    themselves."""
    states = [torch.get_rng_state(), torch.from_numpy(np.random.get_state()[1].astype(np.int64))]
    return [*states, torch.cuda.get_rng_state()] if device == "cuda" else states


@every_device
@every_estimator
def test_global_generators_are_left_alone(entry: Entry, device: str) -> None:
    torch.manual_seed(4)
    np.random.seed(4)
    before = generators(device)
    running = made(entry, device).estimate(a_candidate(entry), trial=0, seed=1)
    for _ in running:
        assert all(map(torch.equal, generators(device), before))
    assert all(map(torch.equal, generators(device), before))


def afterwards(estimator: Any, entry: Entry) -> list[Evaluation]:
    """Two answers, one after the other."""
    return [answer(estimator, a_candidate(entry, number), seed=3) for number in (2, 1)]


@cache
def undisturbed(entry: Entry) -> list[Evaluation]:
    """Those of an estimator that was never closed midway."""
    return afterwards(made(entry), entry)


@every_estimator
@pytest.mark.parametrize("pulls", [1, 2, 4])
def test_closed_midway_it_leaves_no_trace(entry: Entry, pulls: int) -> None:
    estimator = made(entry)
    state = torch.get_rng_state(), torch.is_grad_enabled()
    running = estimator.estimate(a_candidate(entry, 1), trial=0, seed=1)
    for _ in range(pulls):
        next(running, None)  # a table gives an event for each of its three epochs
    running.close()
    assert torch.equal(torch.get_rng_state(), state[0])
    assert torch.is_grad_enabled() == state[1]
    assert afterwards(estimator, entry) == undisturbed(entry)


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


@pytest.mark.gpu
@every_estimator
def test_a_graphics_card_carries_on_what_it_began(entry: Entry) -> None:
    if not entry.budgets:
        pytest.skip("it has no budget")
    estimator, candidate = made(entry, "cuda"), a_candidate(entry)
    short = answer(estimator, replace(candidate, epochs=1))
    carried = replace(candidate, epochs=EPOCHS, continues=0)
    resumed = answer(estimator, carried, trial=1, seed=8)
    assert (len(short.curve), len(resumed.curve)) == (1, EPOCHS)
    assert not resumed.is_failure


# ------------------------------------------------------------------ what trains before any trial

PREPARED = {
    "Shared": lambda folder, device: Shared(chains(), passes=EPOCHS, checkpoints=folder),
    "OneShot": lambda folder, device: shared(
        triangles(), device, epochs=EPOCHS, checkpoints=folder
    ),
    "split, path dropout": lambda folder, device: shared(
        *(triangles(), device),
        epochs=EPOCHS,
        checkpoints=folder,
        split=1,
        path_dropout=0.1,
        augment=True,
    ),
}
every_preparation = pytest.mark.parametrize("make", PREPARED.values(), ids=[*PREPARED])


def prepared(estimator: Any, most: int = 10_000, seed: int = 3) -> list[Any]:
    """Up to so many events of a preparation, clocks stopped; then it is closed."""
    running = estimator.prepare(seed=seed)
    events = [
        replace(event, seconds=0.0) if isinstance(event, Epoch) else event
        for event in itertools.islice(running, most)
    ]
    running.close()
    return events


@every_device
@every_preparation
def test_a_preparation_beats_and_is_no_trials(make: Callable[..., Any], device: str) -> None:
    state = torch.get_rng_state(), torch.is_grad_enabled(), torch.get_num_threads()
    epoch, beats = 1, 0
    for event in make(None, device).prepare(seed=3):
        assert (event.trial, event.epoch) == (None, epoch)
        beats += isinstance(event, Batch)
        if isinstance(event, Epoch):
            assert event.epochs == EPOCHS
            assert beats >= 2
            epoch, beats = epoch + 1, 0
        assert torch.equal(torch.get_rng_state(), state[0])
        assert (torch.is_grad_enabled(), torch.get_num_threads()) == state[1:]
    assert epoch == EPOCHS + 1


@every_preparation
def test_a_preparation_that_was_stopped_goes_on_bit_for_bit(
    make: Callable[..., Any], tmp_path: Path
) -> None:
    make = partial(make, device="cpu")
    alone = make(None)
    whole = prepared(alone)
    candidate = Candidate(alone.space.sample(random.Random(2)))
    ends = [n for n, event in enumerate(whole, 1) if isinstance(event, Epoch)]
    for pulls, epoch in ((ends[0], 1), (ends[1] + 1, 3)):  # kept on the pull after its event
        folder = tmp_path / str(pulls)
        assert prepared(make(folder), pulls) == whole[:pulls]
        fresh = make(folder)
        assert prepared(fresh) == whole[ends[epoch - 2] if epoch > 1 else 0 :]
        assert answer(fresh, candidate) == answer(alone, candidate)
    finished = make(folder)
    assert prepared(finished) == []
    assert answer(finished, candidate) == answer(alone, candidate)
    with pytest.raises(ValueError, match="seed"):
        prepared(make(folder), seed=4)


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
