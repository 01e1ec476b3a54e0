"""The runner: one thread, flags between events, nothing lost."""

from __future__ import annotations

import itertools
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from workbench.panels.running.run_plan import new_log
from workbench.panels.running.worker_thread import BusyError, Runner
from workbench.records import Asked, Batch, Candidate, Epoch, Evaluation, Event, Told

PATIENCE = 10.0  # seconds, only ever spent where something is broken


def stream(trials: int = 2, epochs: int = 2, batches: int = 3) -> Iterator[Event[str]]:
    for trial in range(trials):
        candidate = Candidate(f"net{trial}")
        yield Asked(trial, candidate)
        for epoch in range(1, epochs + 1):
            for batch in range(1, batches + 1):
                yield Batch(trial, epoch, batch, batches)
            yield Epoch(trial, epoch, epochs, loss=1.0, score=0.5, seconds=0.1)
        yield Told(trial, candidate, Evaluation(0.5, 0.1))


class Watch:
    """Collects what a runner shows, and lets a test wait for a state."""

    def __init__(self, events: Callable[[], Iterator[Event[str]]] = stream) -> None:
        self.seen: list[Event[str]] = []
        self.states: list[str] = []
        self.moved = threading.Condition()
        self.runner = Runner(events, show=self.show, changed=self.changed, name="the test's run")

    def show(self, event: Event[str]) -> None:
        with self.moved:
            self.seen.append(event)
            self.moved.notify_all()

    def changed(self) -> None:
        with self.moved:
            self.states.append(self.runner.state)
            self.moved.notify_all()

    def until(self, true: Callable[[], bool]) -> None:
        with self.moved:
            assert self.moved.wait_for(true, PATIENCE), (self.states, self.seen[-3:])

    def at(self, state: str) -> None:
        self.until(lambda: self.states[-1:] == [state])


@pytest.fixture
def endless() -> Iterator[Watch]:
    watch = Watch(lambda: (Batch(0, 1, i, 9) for i in itertools.count(1)))
    yield watch
    watch.runner.stop()
    assert watch.runner.join(PATIENCE)


def test_a_run_shows_every_event_in_order_and_its_thread_goes() -> None:
    watch = Watch()
    assert watch.runner.state == "idle"
    watch.runner.run()
    assert watch.runner.wait() == "finished"
    assert watch.seen == list(stream())
    assert watch.states[-1] == "finished"
    assert not watch.runner.thread.is_alive()


def test_made_pulled_shown_and_closed_in_one_thread_that_is_not_ours() -> None:
    where: dict[str, int] = {}

    def events() -> Iterator[Event[str]]:
        where["made"] = threading.get_ident()

        def pulled() -> Iterator[Event[str]]:
            try:
                where["pulled"] = threading.get_ident()
                yield from (Batch(0, 1, i, 9) for i in itertools.count(1))
            finally:
                where["closed"] = threading.get_ident()

        return pulled()

    watch = Watch(events)
    watch.runner.run()
    watch.until(lambda: len(watch.seen) > 3)
    watch.runner.stop()
    assert watch.runner.wait() == "stopped"
    assert len(set(where.values())) == 1
    assert where["made"] != threading.get_ident()
    assert where.keys() == {"made", "pulled", "closed"}


def test_stop_takes_effect_before_the_next_event(endless: Watch) -> None:
    endless.runner.run()
    endless.until(lambda: len(endless.seen) > 2)
    with endless.moved:  # the worker is held inside show, or before it
        endless.runner._changed = None  # its state is looked at below, not awaited
        endless.runner.stop()
        seen = len(endless.seen)
    endless.runner.wait()
    assert len(endless.seen) <= seen + 1
    assert endless.runner.state == "stopped"


def test_pause_holds_and_run_goes_on_where_it_was(endless: Watch) -> None:
    endless.runner.run()
    endless.until(lambda: len(endless.seen) > 2)
    endless.runner.pause()
    endless.at("paused")
    held = len(endless.seen)
    assert endless.runner.thread.is_alive()
    endless.runner.run()
    endless.until(lambda: len(endless.seen) > held + 2)
    assert [event.batch for event in endless.seen] == list(range(1, len(endless.seen) + 1))


def test_a_pause_is_seen_whenever_it_comes(endless: Watch) -> None:
    endless.runner.run()
    for _ in range(200):  # between any two lines of the worker
        seen = len(endless.seen)
        endless.until(lambda seen=seen: len(endless.seen) > seen)
        endless.runner.pause()
        endless.at("paused")
        endless.runner.pause()  # again: nothing happens
        endless.runner.run()
        endless.at("running")


def test_stop_works_while_paused(endless: Watch) -> None:
    endless.runner.step("batch")
    endless.at("paused")
    endless.runner.stop()
    assert endless.runner.wait() == "stopped"
    assert len(endless.seen) == 1


@pytest.mark.parametrize(
    ("unit", "kinds"),
    [
        ("batch", [Batch, Batch, Batch, Epoch, Batch]),
        ("epoch", [Epoch, Epoch, Told, Epoch]),
        ("trial", [Told, Told]),
    ],
)
def test_a_step_ends_with_its_unit(unit: str, kinds: list[type]) -> None:
    watch = Watch()
    for kind in kinds:
        watch.states.clear()
        watch.runner.step(unit)
        watch.at("paused")
        assert type(watch.seen[-1]) is kind
    watch.runner.run()
    assert watch.runner.wait() == "finished"
    assert watch.seen == list(stream())


def test_an_unknown_unit_is_named() -> None:
    with pytest.raises(ValueError, match=r"'epoch'.*got 'year'"):
        Watch().runner.step("year")


def broken() -> Iterator[Event[str]]:
    yield Batch(0, 1, 1, 1)
    raise OSError(28, "No space left on device")


def test_an_exception_of_the_stream_is_kept() -> None:
    watch = Watch(broken)
    watch.runner.run()
    assert watch.runner.wait() == "failed"
    assert isinstance(watch.runner.error, OSError)
    assert watch.states[-1] == "failed"


def test_an_exception_while_the_stream_is_made_or_shown_is_kept() -> None:
    def refuse() -> Iterator[Event[str]]:
        raise ValueError("no such log")

    def spill(event: object) -> None:
        raise ZeroDivisionError

    for runner, error in [
        (Runner(refuse, show=lambda event: None), ValueError),
        (Runner(stream, show=spill), ZeroDivisionError),
    ]:
        runner.run()
        assert runner.wait() == "failed"
        assert isinstance(runner.error, error)


def test_a_failed_run_can_be_started_again() -> None:
    turns = iter([broken, stream])
    watch = Watch(lambda: next(turns)())
    watch.runner.run()
    watch.runner.wait()
    watch.runner.run()
    assert watch.runner.wait() == "finished"
    assert watch.runner.error is None


def test_one_run_at_a_time_and_the_message_names_the_other(endless: Watch) -> None:
    endless.runner.run()
    late = Watch()
    with pytest.raises(BusyError, match="the test's run is running") as refused:
        late.runner.run()
    assert late.runner.state == "idle"
    refused.value.other.stop()
    late.runner.run()  # the first may still be stopping: the second waits for it
    assert late.runner.wait() == "finished"
    assert endless.runner.state == "stopped"


class Together:
    """A lock that two threads reach before either of them gets it."""

    def __init__(self) -> None:
        self.barrier, self.lock = threading.Barrier(2), threading.Lock()

    def __enter__(self) -> None:
        self.barrier.wait(PATIENCE)
        self.lock.acquire()

    def __exit__(self, *error: object) -> None:
        self.lock.release()


def test_two_threads_that_start_it_at_once_start_one_run(
    endless: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.panels.running.worker_thread._DESK.lock", Together())
    both = [threading.Thread(target=endless.runner.run) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(PATIENCE)
    mine = [each for each in threading.enumerate() if each.name == "workbench: the test's run"]
    assert mine == [endless.runner.thread]


def test_a_paused_run_is_still_at_work(endless: Watch) -> None:
    endless.runner.step("batch")
    endless.at("paused")
    with pytest.raises(BusyError, match="paused"):
        Watch().runner.run()


def test_a_run_that_needs_no_desk_neither_waits_nor_holds_others_up(endless: Watch) -> None:
    endless.runner.run()
    aside: list[int] = []
    runner = Runner(lambda: iter((1, 2, 3)), show=aside.append, alone=False, units={"one": (int,)})
    runner.step("one")  # another run is at work
    assert runner.wait() == "paused"
    assert aside == [1]
    endless.runner.stop()
    assert endless.runner.wait() == "stopped"
    late = Watch()
    late.runner.run()  # this one rests in a pause
    assert late.runner.wait() == "finished"
    runner.run()
    assert runner.wait() == "finished"
    assert aside == [1, 2, 3]


def test_wait_turns_an_interrupt_into_a_stop(endless: Watch) -> None:
    endless.runner.run()
    interrupt = lambda: signal.raise_signal(signal.SIGINT)  # noqa: E731
    assert endless.runner.wait(beat=interrupt, every=0.01) == "stopped"
    assert not endless.runner.thread.is_alive()


def test_wait_returns_at_once_where_nothing_moves(endless: Watch) -> None:
    assert endless.runner.wait() == "idle"
    endless.runner.step("batch")
    assert endless.runner.wait() == "paused"
    assert endless.runner.thread.daemon


def test_pause_and_stop_of_nothing_do_nothing() -> None:
    watch = Watch()
    watch.runner.pause()
    watch.runner.stop()
    assert watch.runner.state == "idle"
    watch.runner.run()
    assert watch.runner.wait() == "finished"


def test_two_kernels_never_choose_one_log_name(tmp_path: Path) -> None:
    """Both look at once: the file is made exclusively, not looked for and made later."""
    with ThreadPoolExecutor(8) as executor:
        paths = list(executor.map(lambda _: new_log(tmp_path / "runs", "random search"), range(40)))
    assert len(set(paths)) == 40
    assert all(path.read_bytes() == b"" for path in paths)
    assert new_log(tmp_path / "a.jsonl", "x") == tmp_path / "a.jsonl"
    assert new_log(tmp_path / "a.jsonl", "x") == tmp_path / "a-2.jsonl"
    (tmp_path / "file").write_text("no folder")
    assert new_log(tmp_path / "file" / "runs", "x").name.endswith("-x.jsonl")
