"""Where strategy meets estimator: all of neural architecture search in ten lines.

A search is a generator of events, so step, run, pause, stop, record, replay and test are all
"pull the next event". To stop, close the generator in the thread that pulls it.
"""

from __future__ import annotations

import heapq
import sys
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from typing import Any, TypeVar

from workbench import checks
from workbench.history import History
from workbench.history import within as within  # a search is cut where it is run
from workbench.protocols import Estimator, Strategy
from workbench.records import Asked, Batch, Candidate, Event, Failed, Told
from workbench.serialisation import RecordedError
from workbench.trial import answer_of, attempt, beating, check_kept, estimated

A = TypeVar("A")

HEARTBEAT = 0.1  # seconds between two chances to stop a parallel search that waits


def search(
    strategy: Strategy[A], estimator: Estimator[A], *, trials: int, seed: int = 0
) -> Iterator[Event[A]]:
    """Ask, estimate, tell, ``trials`` times or until the strategy has finished.

    A trial that raises ends in ``Failed``, is told as ``Evaluation.failed(seconds)``, and the
    search goes on. Trouble that is not the candidate's (OSError, RunError) ends the search.
    """
    trials, seed = checked(trials, seed)
    yield from estimator.prepare(seed=seed)
    for trial in range(trials):
        # Elsken et al. 2019, figure 1: the strategy picks A ∈ 𝒜
        candidate = yield from asked_about(strategy)
        if candidate is None:
            return
        yield Asked(trial, candidate)
        evaluation = yield from estimated(estimator, candidate, trial=trial, seed=seed)
        told = Told(trial, candidate, evaluation)
        tell(strategy, estimator, told)
        yield told


def asked_about(strategy: Strategy[A]) -> Generator[Batch, None, Candidate[A] | None]:
    """What the strategy asks about next; heartbeats while it is a person who has to choose."""
    while (candidate := strategy.ask()) is None and is_attended(strategy):
        yield Batch(None, 1, 1, 1)
    return candidate


def is_attended(strategy: Strategy[Any]) -> bool:
    """Whether somebody is there to answer what it asks (``protocols.Attended``)."""
    return bool(getattr(strategy, "attended", False))


def checked(trials: int, seed: int) -> tuple[int, int]:
    """How many trials and the run's seed as plain numbers. Raises ValueError for anything else."""
    return checks.whole("trials", trials, least=0), checks.whole("seed", seed, least=0)


def tell(strategy: Strategy[A], estimator: Estimator[A] | None, told: Told[A]) -> None:
    """Tell the strategy, then the estimator if it listens (``protocols.Listens``)."""
    strategy.tell(told)
    listener = getattr(estimator, "tell", None)  # ten times as quick as isinstance
    if listener is not None:
        listener(told)


def finish(events: Iterable[Event[A]]) -> History[A]:
    """Pull a search to its end and give its history."""
    return History(tuple(event for event in events if not isinstance(event, Batch)))


def carry_on(
    strategy: Strategy[A],
    estimator: Estimator[A],
    *,
    trials: int,
    pending: tuple[Asked[A], ...] = (),
    asked: int = 0,
    seed: int = 0,
) -> Iterator[Event[A]]:
    """The trials of ``search`` from the middle: first those ``pending`` (asked, not told).

    Then new ones; ``asked`` is the number of the next. Each begins with its ``Asked``, the pending
    ones too. Nothing is prepared here.
    """
    for begun in _begun(strategy, pending, range(asked, trials)):
        yield begun
        if isinstance(begun, Batch):
            continue
        told = yield from attempt(estimator, begun, seed=seed)
        tell(strategy, estimator, told)
        yield told


def _begun(
    strategy: Strategy[A], pending: Iterable[Asked[A]], new: Iterable[int]
) -> Iterator[Asked[A] | Batch]:
    yield from pending
    for trial in new:
        candidate = yield from asked_about(strategy)
        if candidate is None:
            return
        yield Asked(trial, candidate)


def search_parallel(
    strategy: Strategy[A],
    estimator: Estimator[A],
    *,
    trials: int,
    executor: Executor,
    workers: int,
    seed: int = 0,
) -> Iterator[Event[A]]:
    """The same loop over an executor, up to ``workers`` trials at a time.

    Each candidate trains exactly as in ``search``: its trial's seed is the same. A trial's events
    arrive together when it ends; while nothing ends, a ``Batch`` of trial None beats, so that
    whoever pulls can stop. Stopped, it cancels what waits; what runs ends in its worker, unseen.
    Real training wants an executor of processes: threads share torch's global generator.

    Raises whatever breaks the executor itself (a killed worker: ``BrokenProcessPool``); ValueError
    for an executor whose workers would hang, could not use the graphics card, or could not carry on
    what another one began.
    """
    trials, seed = checked(trials, seed)
    check_executor(executor, workers, estimator)
    if isinstance(executor, ProcessPoolExecutor):
        check_kept(strategy, estimator)
    yield from estimator.prepare(seed=seed)
    yield from carry_on_parallel(
        strategy, estimator, trials=trials, executor=executor, workers=workers, seed=seed
    )


def check_executor(
    executor: Executor, workers: int, estimator: Estimator[Any] | None = None
) -> None:
    """Raises ValueError for an executor, or a number of workers, that cannot work.

    A graphics card is known of an ``estimator`` that says its ``device``, or is around such a one.
    """
    checks.of_type("executor", executor, Executor)
    checks.whole("workers", workers, least=1)
    torch = sys.modules.get("torch")
    context = getattr(executor, "_mp_context", None)  # a ProcessPoolExecutor's
    forks = context is not None and context.get_start_method() == "fork"
    if not forks or torch is None:
        return
    cure = 'ProcessPoolExecutor(…, mp_context=get_context("spawn")) of multiprocessing'
    if torch.get_num_threads() > 1:
        # a forked child has this process's OpenMP, without its threads: it would wait for them
        raise ValueError(
            "executor: its workers are forked from this process, whose PyTorch computes with "
            f"{torch.get_num_threads()} threads, and would hang: expected other ones, {cure}"
        )
    card = _card_of(estimator, torch)
    if card is not None:
        # CUDA knows no fork: where this process has only looked for a card, no child can use it
        raise ValueError(
            "executor: its workers are forked from this process, and cannot compute on "
            f"{card!r}, the graphics card of the estimator: expected other ones, {cure}; or "
            "an estimator with device='cpu'"
        )


def _card_of(estimator: object, torch: Any) -> str | None:
    """The graphics card that an estimator, or the one that it is around, computes on, if any."""
    while estimator is not None:
        device = str(getattr(estimator, "device", ""))
        if device == "auto" and torch.cuda.is_available():
            return "cuda"
        if device.partition(":")[0] in ("cuda", "mps"):
            return device
        estimator = getattr(estimator, "estimator", None)
    return None


def carry_on_parallel(
    strategy: Strategy[A],
    estimator: Estimator[A],
    *,
    trials: int,
    executor: Executor,
    workers: int,
    pending: tuple[Asked[A], ...] = (),
    asked: int = 0,
    seed: int = 0,
) -> Iterator[Event[A]]:
    """``carry_on`` over an executor: trials run and events come as in ``search_parallel``."""
    running: dict[Future[tuple[list[Event[A]], Told[A]]], int] = {}
    waiting = list(reversed(pending))
    try:
        while True:
            while len(running) < workers:
                begun = waiting.pop() if waiting else None
                if begun is None:
                    candidate = strategy.ask() if asked < trials else None
                    if candidate is None:
                        break
                    begun = Asked(asked, candidate)
                    asked += 1
                yield begun
                future = executor.submit(_work, estimator, begun, seed)
                running[future] = begun.trial
            if not running:
                if asked < trials and is_attended(strategy):
                    yield Batch(None, 1, 1, 1)
                    continue
                return
            done, _ = wait(running, timeout=HEARTBEAT, return_when=FIRST_COMPLETED)
            if not done:
                yield Batch(None, 1, 1, 1)
            for future in sorted(done, key=running.__getitem__):
                del running[future]
                events, told = future.result()
                yield from events
                tell(strategy, estimator, told)
                yield told
    finally:
        for future in running:
            future.cancel()


def _work(estimator: Estimator[A], begun: Asked[A], seed: int) -> tuple[list[Event[A]], Told[A]]:
    """In the worker: one trial's events (but ``Batch``) and how it ended."""
    events, told = answer_of(beating(attempt(estimator, begun, seed=seed)))
    return [_sendable(event) for event in events], told


def _sendable(event: Event[A]) -> Event[A]:
    """Not every exception survives the way to another process."""
    if isinstance(event, Failed):
        return Failed(event.trial, event.candidate, RecordedError.of(event.error))
    return event


def search_simulated(
    strategy: Strategy[A], estimator: Estimator[A], *, workers: int, trials: int, seed: int = 0
) -> Iterator[Event[A]]:
    """The same loop as ``workers`` workers would run it, one trial after the other, on one clock.

    A simulated clock stands at 0. A free worker takes the next candidate at once, if the strategy
    has one (None: it waits for a tell), and is busy for the ``seconds`` that the estimator
    reports; then the strategy is told, the clock stands at that moment, and the worker is free. Of
    trials that end together the lower number is told first. So a run over recorded seconds is a
    function of its settings alone, however many workers it simulates.

    The estimator is asked when a trial begins, knowing only what was told by then. A trial's
    events, ``Failed`` too, come together when it ends, right before its ``Told`` (its ``Batch``
    beat while it is computed): whatever was pulled is what was known at that moment, never more.
    With one worker it is ``search``, event for event but for the places of heartbeats.

    ``incumbents(history, elapsed=True)`` reads the clock off the events.

    Raises ValueError for less than one worker.
    """
    trials, seed = checked(trials, seed)
    workers = checks.whole("search_simulated: workers", workers, least=1)
    yield from estimator.prepare(seed=seed)
    asked, clock = 0, 0.0
    busy: list[tuple[float, int, list[Event[A]], Told[A]]] = []  # a heap: whoever ends first
    while True:
        while len(busy) < workers and asked < trials:
            candidate = strategy.ask()
            if candidate is None:
                break
            begun = Asked(asked, candidate)
            yield begun
            events, told = yield from beating(attempt(estimator, begun, seed=seed))
            heapq.heappush(busy, (clock + told.evaluation.seconds, asked, events, told))
            asked += 1
        if not busy:
            if asked < trials and is_attended(strategy):
                yield Batch(None, 1, 1, 1)
                continue
            return
        clock, _, events, told = heapq.heappop(busy)
        yield from events
        tell(strategy, estimator, told)
        yield told
