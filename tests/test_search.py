"""The search loop, serial and over an executor."""

from __future__ import annotations

import errno
import inspect
import multiprocessing
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fakes import Guess, chains

import workbench.search
from workbench.estimators import Extrapolated, FullTraining
from workbench.records import (
    Asked,
    Batch,
    Candidate,
    Epoch,
    Evaluation,
    Event,
    Failed,
    RunError,
    Told,
)
from workbench.search import carry_on, finish, search, search_parallel
from workbench.serialisation import RecordedError
from workbench.spaces import ChainSpace
from workbench.store import load, resume
from workbench.strategies import RandomSearch, WarmStart
from workbench.trial import trial_seed


def told(history: Any) -> list[Told[Any]]:
    return sorted(history.told, key=lambda event: event.trial)


def without_failures_seconds(history: Any) -> list[Told[Any]]:
    """What was told by trial; the seconds that a failure took are the clock's."""
    return [
        replace(event, evaluation=Evaluation.failed()) if event.evaluation.is_failure else event
        for event in told(history)
    ]


def test_a_search_asks_estimates_and_tells_in_turn() -> None:
    space = chains()
    events = list(search(RandomSearch(space), Guess(space), trials=3))
    names = [type(event).__name__ for event in events if not isinstance(event, Batch)]
    assert names == ["Asked", "Epoch", "Epoch", "Told"] * 3
    assert [event.trial for event in events if isinstance(event, Told)] == [0, 1, 2]
    for event in events:
        if isinstance(event, Told):
            assert event.evaluation.score == event.evaluation.curve[-1]


def test_the_loop_stays_short_enough_to_read() -> None:
    lines = inspect.getsource(search).splitlines()
    body = lines[next(i for i, line in enumerate(lines) if "yield from estimator" in line) :]
    assert len(body) <= 18


def test_preparation_comes_first_and_gets_the_seed_of_the_run() -> None:
    space = chains()
    events = list(search(RandomSearch(space), Guess(space, prepared=2), trials=1))
    assert [(event.trial, event.epoch) for event in events[:2]] == [(None, 1), (None, 2)]


def test_a_trial_that_raises_is_told_as_failed_and_the_search_goes_on() -> None:
    space = chains()
    history = finish(search(RandomSearch(space), Guess(space, broken=(1,)), trials=3))
    failed = [event for event in history.events if isinstance(event, Failed)]
    assert [(event.trial, type(event.error)) for event in failed] == [(1, RuntimeError)]
    assert [event.evaluation.is_failure for event in history.told] == [False, True, False]
    answer = history.told[1].evaluation
    assert answer == Evaluation.failed(answer.seconds)
    assert answer.score == 0.0


def test_a_stop_reaches_the_estimator_and_is_no_failure() -> None:
    space, closed = chains(), []

    class Watched(Guess):
        def estimate(self, candidate: Any, *, trial: int, seed: int) -> Any:
            try:
                return (yield from super().estimate(candidate, trial=trial, seed=seed))
            finally:
                closed.append(trial)

    strategy = RandomSearch(space)
    events = search(strategy, Watched(space), trials=3)
    seen = [next(events) for _ in range(2)]
    events.close()
    assert closed == [0]
    assert not any(isinstance(event, Failed | Told) for event in seen)
    assert not strategy.inside()["draws"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_ends_the_search(error: type[BaseException]) -> None:
    class Interrupted(Guess):
        def estimate(self, candidate: Any, *, trial: int, seed: int) -> Any:
            yield Batch(trial, 1, 1, 1)
            raise error

    space = chains()
    with pytest.raises(error):
        finish(search(RandomSearch(space), Interrupted(space), trials=3))


def test_it_ends_when_the_strategy_has_finished() -> None:
    space = chains(max_depth=1, operations=("identity",), hidden_units=(0, 4))
    history = finish(search(RandomSearch(space), Guess(space), trials=50))
    assert len(history.told) == space.size() == 2


def test_a_trial_s_seed_is_a_function_of_run_seed_and_trial() -> None:
    # written into logs' meaning: these may not change with a version
    assert [trial_seed(0, 0), trial_seed(0, 1), trial_seed(7, 3)] == PINNED
    seeds = {trial_seed(seed, trial) for seed in range(20) for trial in range(200)}
    assert len(seeds) == 4000
    assert all(0 <= seed < 2**32 for seed in seeds)
    with pytest.raises(ValueError, match="negative"):
        trial_seed(-1, 0)


PINNED = [2968811710, 3964924996, 3466196061]


def test_carrying_on_from_nothing_is_the_same_search() -> None:
    space = chains()
    serial = list(search(RandomSearch(space), Guess(space), trials=4, seed=3))
    carried = list(carry_on(RandomSearch(space), Guess(space), trials=4, seed=3))
    assert repr(carried) == repr(serial)


# -------------------------------------------------------------------------- over an executor


@pytest.mark.parametrize("workers", [1, 3])
def test_in_parallel_each_candidate_trains_as_in_the_serial_search(workers: int) -> None:
    space = chains()
    serial = finish(search(RandomSearch(space), Guess(space, broken=(2,)), trials=8, seed=4))
    with ThreadPoolExecutor(workers) as executor:
        guess = Guess(space, broken=(2,))
        parallel = finish(
            search_parallel(
                RandomSearch(space), guess, trials=8, executor=executor, workers=workers, seed=4
            )
        )
    assert without_failures_seconds(parallel) == without_failures_seconds(serial)
    assert told(parallel)[2].evaluation.is_failure
    for trial in range(8):
        theirs, ours = (
            [repr(event) for event in history.events if event.trial == trial]
            for history in (serial, parallel)
        )
        if trial != 2:
            assert ours == theirs
    failed = [event for event in parallel.events if isinstance(event, Failed)]
    assert [str(event.error) for event in failed] == ["RuntimeError: no luck with trial 2\nat all"]


def test_in_processes_real_training_gives_the_serial_scores() -> None:
    from contracts.test_estimators import few_digits

    space = chains()
    estimator = FullTraining(space, few_digits(), epochs=1, device="cpu")
    serial = finish(search(RandomSearch(space), estimator, trials=2, seed=4))
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as executor:
        events = search_parallel(
            RandomSearch(space), estimator, trials=2, executor=executor, workers=2, seed=4
        )
        parallel = finish(events)
    without_clock = [
        [replace(event.evaluation, seconds=0.0) for event in told(history)]
        for history in (serial, parallel)
    ]
    assert without_clock[0] == without_clock[1]


class Held(Executor):
    """Runs what is submitted only when told to; remembers how much was running at once."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Any]] = []
        self.most = 0

    def submit(self, work: Any, /, *args: Any, **settings: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, lambda: work(*args, **settings)))
        self.most = max(self.most, len(self.waiting))
        return future

    def run_one(self, place: int = -1) -> None:
        future, work = self.waiting.pop(place)
        future.set_running_or_notify_cancel()
        future.set_result(work())


def drive(events: Iterator[Event[Any]], held: Held, place: int = -1) -> list[Event[Any]]:
    """Pull; whenever the search waits (a heartbeat), let one trial end."""
    seen = []
    for event in events:
        if isinstance(event, Batch):
            assert event.trial is None
            held.run_one(place)
        else:
            seen.append(event)
    return seen


@pytest.fixture
def _fast_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbench.search, "HEARTBEAT", 0.001)


@pytest.mark.usefixtures("_fast_heartbeat")
def test_never_more_than_workers_trials_run_and_tells_come_as_they_end() -> None:
    space, held = chains(), Held()
    strategy, guess = RandomSearch(space), Guess(space)
    events = search_parallel(strategy, guess, trials=6, executor=held, workers=3)
    seen = drive(events, held)  # the youngest ends first
    assert held.most == 3
    assert [event.trial for event in seen if isinstance(event, Asked)] == [0, 1, 2, 3, 4, 5]
    assert [event.trial for event in seen if isinstance(event, Told)] == [2, 3, 4, 5, 1, 0]
    for place, event in enumerate(seen):
        if isinstance(event, Epoch):  # a trial's events arrive together, before its Told
            rest = [later for later in seen[place:] if later.trial == event.trial]
            assert isinstance(rest[-1], Told)


@pytest.mark.usefixtures("_fast_heartbeat")
def test_a_strategy_that_waits_is_asked_again_after_the_next_tell() -> None:
    class OneByOne(RandomSearch[Any]):
        running = False

        def ask(self) -> Candidate[Any] | None:
            if self.running:
                return None
            self.running = True
            return super().ask()

        def tell(self, told: Told[Any]) -> None:
            self.running = False
            super().tell(told)

    space, held = chains(), Held()
    events = search_parallel(OneByOne(space), Guess(space), trials=4, executor=held, workers=3)
    seen = drive(events, held)
    assert held.most == 1
    assert sum(isinstance(event, Told) for event in seen) == 4


@pytest.mark.usefixtures("_fast_heartbeat")
def test_stopped_it_cancels_what_has_not_begun() -> None:
    space, held = chains(), Held()
    events = search_parallel(RandomSearch(space), Guess(space), trials=6, executor=held, workers=3)
    for event in events:
        if isinstance(event, Batch):
            break
    events.close()
    assert [future.cancelled() for future, _ in held.waiting] == [True] * 3


def test_a_broken_executor_is_not_mistaken_for_a_failed_trial() -> None:
    class Broken(Executor):
        def submit(self, work: Any, /, *args: Any, **settings: Any) -> Future[Any]:
            raise RuntimeError("cannot schedule new futures after shutdown")

    space = chains()
    events = search_parallel(
        RandomSearch(space), Guess(space), trials=2, executor=Broken(), workers=2
    )
    with pytest.raises(RuntimeError, match="after shutdown"):
        finish(events)


def test_too_few_workers_are_refused() -> None:
    space = chains()
    with (
        ThreadPoolExecutor(1) as executor,
        pytest.raises(ValueError, match=r"^workers must be at least 1, got 0"),
    ):
        finish(
            search_parallel(
                RandomSearch(space), Guess(space), trials=1, executor=executor, workers=0
            )
        )


def test_errors_travel_by_type_and_message() -> None:
    error = RecordedError.of(OSError("disk full"))
    assert (error.kind, error.message, str(error)) == ("OSError", "disk full", "OSError: disk full")
    assert RecordedError.of(error) is error


# ------------------------------------------------------------------------------- warm start


def test_yours_come_first_once_each_and_random_search_leaves_them_out() -> None:
    space = chains(max_depth=1, operations=("identity", "max pooling", "average pooling"))
    everything = {space.sample(random.Random(seed)) for seed in range(60)}
    yours = tuple(sorted(everything, key=space.spell)[:2])
    strategy = WarmStart(RandomSearch(space), first=(*yours, yours[0]))
    history = finish(search(strategy, Guess(space), trials=50))
    asked = [event.candidate for event in history.events if isinstance(event, Asked)]
    assert tuple(candidate.arch for candidate in asked[:2]) == yours
    assert [candidate.reason == "yours" for candidate in asked] == [True, True] + [False] * (
        space.size() - 2
    )
    assert len({candidate.arch for candidate in asked}) == len(asked) == space.size()


def test_an_architecture_of_another_space_is_refused() -> None:
    stranger = chains(filters=(99,), operations=("convolution",)).sample(random.Random(0))
    with pytest.raises(ValueError, match="99"):
        WarmStart(RandomSearch(chains()), first=(stranger,))


def test_threads_may_pull_one_search_each() -> None:
    space, histories = chains(), {}

    def pull(name: int) -> None:
        histories[name] = finish(search(RandomSearch(space), Guess(space), trials=5, seed=1))

    threads = [threading.Thread(target=pull, args=(name,)) for name in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told(histories[0]) == told(histories[1]) == told(histories[2])


# --------------------------------------------------------------- what a trial costs and answers


class Dies(Guess):
    """Works for 50 ms before each event, and dies in the middle of the second epoch of trial 1."""

    def estimate(self, candidate: Any, *, trial: int, seed: int) -> Any:
        for event in super().estimate(candidate, trial=trial, seed=seed):
            time.sleep(0.05)
            yield event
            if trial == 1 and isinstance(event, Epoch):
                time.sleep(0.05)
                raise RuntimeError("died")
        return Evaluation(0.5, 1.0)


@pytest.mark.parametrize("way", ["serial", "parallel", "resumed"])
def test_a_failed_trial_costs_the_seconds_that_it_worked(way: str, tmp_path: Any) -> None:
    space, log = chains(), tmp_path / "log.jsonl"
    strategy, dies = RandomSearch(space), Dies(space, epochs=1)
    if way == "serial":
        events = search(strategy, dies, trials=2)
    elif way == "parallel":
        executor = ThreadPoolExecutor(1)
        events = search_parallel(strategy, dies, trials=2, executor=executor, workers=1)
    else:
        finish(resume(log, strategy, dies, trials=2))
        events = resume(log, RandomSearch(space), dies, trials=2)
    history = []
    for event in events:
        history.append(event)
        if way == "serial":
            time.sleep(0.1)  # waiting to be pulled costs nothing
    seconds = history[-1].evaluation.seconds
    assert history[-1].evaluation.is_failure
    assert 0.2 <= seconds < 0.6, "three events and a half, each 50 ms"


class Answers(Guess):
    """Gives ``answer`` back, whatever it is; with ``at_once`` it is no generator."""

    answer: Any = None

    def estimate(self, candidate: Any, *, trial: int, seed: int) -> Any:
        yield from super().estimate(candidate, trial=trial, seed=seed)
        return self.answer


class AtOnce(Answers):
    def estimate(self, candidate: Any, *, trial: int, seed: int) -> Any:
        return self.answer


def odd(**fields: Any) -> Evaluation:
    """An evaluation that holds what no type check would let in."""
    made = Evaluation(0.5, 1.0)
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    return made


@pytest.mark.parametrize("kind", [Answers, AtOnce])
@pytest.mark.parametrize(
    "answer",
    [
        *(0.5, np.float32(0.5), torch.tensor(0.5), torch.tensor([0.5], requires_grad=True)),
        odd(score=torch.tensor(0.5), seconds=np.int64(1), curve=(torch.tensor(0.5),)),
        odd(measures={"loss": torch.tensor(0.25)}),
    ],
    ids=lambda answer: type(answer).__name__,
)
def test_an_answer_that_is_a_number_somehow_works(kind: Any, answer: Any, tmp_path: Any) -> None:
    space, estimator = chains(), kind(chains())
    estimator.answer = answer
    history = finish(resume(tmp_path / "log.jsonl", RandomSearch(space), estimator, trials=2))
    for event in history.told:
        evaluation = event.evaluation
        assert evaluation.score == 0.5
        values = [evaluation.score, evaluation.seconds, *evaluation.curve]
        assert {type(value) for value in [*values, *evaluation.measures.values()]} == {float}
        assert not evaluation.is_failure


@pytest.mark.parametrize("kind", [Answers, AtOnce])
@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (None, r"estimate returned nothing: .* return Evaluation\(score, seconds\)"),
        ("0.9", r"score: expected a number, got '0\.9'"),
        (torch.zeros(2), r"score: expected a number, got tensor"),
        (odd(score="0.9"), r"score: expected a number, got '0\.9'"),
        (odd(seconds=None), r"seconds: expected a number, got None"),
        (odd(measures={"macs": "many"}), r"macs: expected a number, got 'many'"),
    ],
)
def test_an_answer_that_is_none_says_what_to_return(kind: Any, answer: Any, match: str) -> None:
    space, estimator = chains(), kind(chains())
    estimator.answer = answer
    history = finish(search(RandomSearch(space), estimator, trials=1))
    (failed,) = (event for event in history.events if isinstance(event, Failed))
    assert re.search(f"^{kind.__name__}.*{match}", str(failed.error))
    assert history.told[0].evaluation.is_failure


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), RunError("gone")])
@pytest.mark.parametrize("parallel", [False, True])
def test_trouble_of_ours_ends_the_run_and_the_trial_runs_again(
    error: Exception, parallel: bool, tmp_path: Any
) -> None:
    class Troubled(Guess):
        trouble = True

        def estimate(self, candidate: Any, *, trial: int, seed: int) -> Any:
            answer = yield from super().estimate(candidate, trial=trial, seed=seed)
            if trial == 2 and self.trouble:
                raise error
            return answer

    space, log, troubled = chains(), tmp_path / "log.jsonl", Troubled(chains())
    whole = finish(search(RandomSearch(space), Guess(space), trials=4))
    with ThreadPoolExecutor(1) as executor:
        settings = {"executor": executor} if parallel else {}
        with pytest.raises(type(error)):
            finish(resume(log, RandomSearch(space), troubled, trials=4, **settings))
        assert not any(isinstance(event, Failed) for event in load(log, space).events)
        troubled.trouble = False
        history = finish(resume(log, RandomSearch(space), troubled, trials=4, **settings))
    assert told(history) == told(whole)


@pytest.mark.parametrize(
    "setting", [{"trials": -1}, {"seed": -1}, {"trials": True}, {"seed": False}]
)
def test_numbers_that_are_none_are_refused_before_anything_runs(setting: dict[str, Any]) -> None:
    space, name = chains(), next(iter(setting))
    match = f"^{name}(: expected a whole number| must be at least 0).* got"
    plain = {"trials": 1, "seed": 0} | setting
    for refuse in (
        lambda: next(search(RandomSearch(space), Guess(space), **plain)),
        lambda: next(
            search_parallel(RandomSearch(space), Guess(space), executor=Held(), workers=1, **plain)
        ),
    ):
        with pytest.raises(ValueError, match=match):
            refuse()


# ------------------------------------------------------------------------- forked workers

FORKED = """
import sys, torch
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
sys.path.insert(0, sys.argv[1])
from contracts.test_estimators import few_digits
from workbench.estimators import Extrapolated, FullTraining
from workbench.search import finish, search, search_parallel
from workbench.spaces import ChainSpace
from workbench.strategies import RandomSearch

torch.set_num_threads(int(sys.argv[2]))
space = ChainSpace(max_depth=1)
estimator = FullTraining(space, few_digits(), epochs=1, device="cpu")
serial = finish(search(RandomSearch(space), estimator, trials=2))
with ProcessPoolExecutor(2, mp_context=get_context("fork")) as executor:
    events = search_parallel(RandomSearch(space), estimator, trials=2, executor=executor, workers=2)
    try:
        told = sorted(finish(events).told, key=lambda told: told.trial)
    except ValueError as error:
        print(error)
    else:
        curves = [told.evaluation.curve for told in told]
        print(curves == [told.evaluation.curve for told in serial.told])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize(
    ("threads", "answer"), [(1, "True"), (2, 'mp_context=get_context("spawn")')]
)
def test_forked_workers_work_or_are_refused_at_once(threads: int, answer: str) -> None:
    tests = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", FORKED, tests, str(threads)],
        env={name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert answer in done.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_forked_workers_are_refused_where_trials_compute_on_a_graphics_card(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A card is there, as far as PyTorch says: CUDA is not initialised twice, here and in forks."""
    from contracts.test_estimators import few_digits

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    space = ChainSpace(max_depth=1)
    card, cpu = (FullTraining(space, few_digits(), epochs=1, device=d) for d in ("auto", "cpu"))
    fork = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(1, mp_context=fork)
    settings: dict[str, Any] = {"trials": 2, "executor": pool, "workers": 1}
    refused = pytest.raises(
        ValueError, match=r"cannot compute on 'cuda'.*get_context\(\"spawn\"\).*device='cpu'"
    )
    for estimator in (card, Extrapolated(card)):
        with refused:
            next(search_parallel(RandomSearch(space), estimator, **settings))
        with refused:
            next(resume(tmp_path / "log.jsonl", RandomSearch(space), estimator, **settings))
    assert not (tmp_path / "log.jsonl").exists()
    # others are not: those that compute elsewhere, and workers that are no forks
    for estimator in (cpu, Extrapolated(cpu), Guess(chains())):
        events = search_parallel(RandomSearch(estimator.space), estimator, **settings)
        assert isinstance(next(events), Asked)
        events.close()
    pool.shutdown(cancel_futures=True)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        settings["executor"] = pool
        events = search_parallel(RandomSearch(space), card, **settings)
        assert isinstance(next(events), Asked)
        events.close()
