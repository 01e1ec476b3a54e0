"""The run log: written, read back, cut, damaged, resumed."""

from __future__ import annotations

import json
import math
import os
import random
import re
import shutil
import signal
import struct
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import Guess, chains, stopped_clock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from thoroughness import so_many

import workbench
from workbench import logfile
from workbench.history import History
from workbench.records import (
    Asked,
    Batch,
    Candidate,
    Epoch,
    Evaluation,
    Failed,
    Mixture,
    Opened,
    Told,
)
from workbench.search import finish, search, search_parallel
from workbench.serialisation import (
    RecordedError,
    event_from_json,
    event_to_json,
    read_line,
    write_line,
)
from workbench.store import checkpoints_of, fork, header, load, note, recorded, resume
from workbench.strategies import RandomSearch, WarmStart

SPACE = chains()
TRIALS = 6


def guess(**settings: Any) -> Guess:
    return Guess(SPACE, **({"broken": (2,), "prepared": 1} | settings))


def started(path: Path, *, trials: int = TRIALS, seed: int = 3, **settings: Any) -> Iterator[Any]:
    strategy, estimator = RandomSearch(SPACE), guess(**settings)
    events = search(strategy, estimator, trials=trials, seed=seed)
    return recorded(events, path, strategy=strategy, estimator=estimator, seed=seed)


def resumed(path: Path, *, trials: int = TRIALS, seed: int = 3, **settings: Any) -> Iterator[Any]:
    return resume(path, RandomSearch(SPACE), guess(), trials=trials, seed=seed, **settings)


@pytest.fixture(scope="module", autouse=True)
def _stopped() -> Iterator[None]:
    with stopped_clock():
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "log.jsonl"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, History[Any]]:
    """The log of a run that was never stopped, and its history."""
    path = tmp_path_factory.mktemp("whole") / "log.jsonl"
    history = finish(started(path))
    return path.read_bytes(), history


def same(one: History[Any], other: History[Any]) -> bool:
    """Equal event for event; errors by what is known of them, NaN like NaN."""
    return [_plain(event) for event in one.events] == [_plain(event) for event in other.events]


def _plain(event: Any) -> str:
    if isinstance(event, Failed):
        event = Failed(event.trial, event.candidate, RecordedError.of(event.error))
    return write_line(event_to_json(event, SPACE)).decode()


# ---------------------------------------------------------------------------------- writing


def test_each_event_but_heartbeats_is_on_disk_before_it_is_passed_on(path: Path) -> None:
    lines, beats = 1, 0
    for event in started(path):
        beats += isinstance(event, Batch)
        lines += not isinstance(event, Batch)
        assert len(path.read_bytes().splitlines()) == lines
    assert beats > 0


def test_it_is_synced_at_most_once_a_second_and_at_the_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, synced, heard = [0.0], list[tuple[float, int]](), 0
    monkeypatch.setattr(logfile.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(
        logfile.os, "fsync", lambda number: synced.append((now[0], os.fstat(number).st_size))
    )
    for heard, _ in enumerate(started(path), start=1):
        now[0] += 0.3
        if heard == 1:
            assert synced == [(0.0, path.read_bytes().index(b"\n") + 1)]  # the header
        # at each event all is on the disk but what was written in the second before
        assert synced[-1][0] > now[0] - 0.3 - 1.0 or synced[-1][1] == path.stat().st_size
    moments = [moment for moment, _ in synced]
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(moments[:-1]))
    assert len(synced) > 5
    assert synced[-1] == (now[0], path.stat().st_size)


def test_a_stop_syncs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(logfile.os, "fsync", lambda number: synced.append(os.fstat(number).st_size))
    events = started(path)
    for _ in range(9):
        next(events)
    assert len(synced) == 1
    events.close()
    assert synced[1:] == [path.stat().st_size]


def test_a_log_comes_back_as_it_was(path: Path) -> None:
    history = finish(started(path))
    back = load(path, SPACE)
    assert same(back, history)
    assert back.told == history.told
    assert back.best == history.best
    failed = next(event for event in back.events if isinstance(event, Failed))
    assert isinstance(failed.error, RecordedError)
    assert (failed.error.kind, failed.error.message) == (
        "RuntimeError",
        "no luck with trial 2\nat all",
    )


def test_the_header_says_what_the_run_was(path: Path) -> None:
    strategy, estimator = RandomSearch(SPACE, seed=8), guess()
    events = search(strategy, estimator, trials=1, seed=3)
    notes = {"trials": 1, "title": "ü 🙂"}
    finish(recorded(events, path, strategy=strategy, estimator=estimator, seed=3, notes=notes))
    top = header(path)
    assert (top["format"], top["workbench"]) == (2, workbench.__version__)
    assert top["settings"]["strategy"]["name"] == "RandomSearch"
    assert top["settings"]["strategy"]["seed"] == 8
    assert top["settings"]["estimator"]["epochs"] == 2
    assert top["space"]["filters"] == [4, 8]
    assert (top["seed"], top["notes"]) == (3, notes)
    assert set(top["made_on"]) == {"python", "machine", "torch", "threads", "device"}


def test_every_line_is_strict_json(path: Path) -> None:
    finish(started(path))

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    for line in path.read_bytes().splitlines():
        assert isinstance(json.loads(line, parse_constant=refuse), dict)
    assert b'"nan"' in path.read_bytes()


def test_a_log_is_not_written_over(path: Path) -> None:
    finish(started(path))
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match=r"resume\(…\)"):
        finish(started(path))
    assert path.read_bytes() == before


def test_a_file_that_is_no_log_is_never_taken_for_a_torn_one(path: Path) -> None:
    path.parent.mkdir()
    for text in (b"my notes", b"my notes\nof today\n", b'{"name": "x"}', b"\x00\x00", b"{}\n"):
        path.write_bytes(text)
        with pytest.raises(FileExistsError):
            finish(started(path))
        with pytest.raises(ValueError, match="line 1: not the header of a run log"):
            finish(resumed(path))
        with pytest.raises(ValueError, match="line 1: not the header of a run log"):
            load(path, SPACE)
        assert path.read_bytes() == text


def test_stopping_closes_the_search_behind_the_log(path: Path) -> None:
    closed = []

    def endless() -> Iterator[Any]:
        try:
            while True:
                yield Batch(None, 1, 1, 1)
        finally:
            closed.append(True)

    inner = endless()  # kept alive here, so that only close() can have closed it
    events = recorded(inner, path, strategy=RandomSearch(SPACE), estimator=guess())
    next(events)
    events.close()
    assert closed == [True]


# ------------------------------------------------------------------------- events as lines

numbers = st.floats(allow_nan=True, allow_infinity=True)
durations = st.floats(min_value=0.0)  # seconds; infinity is a price
measures = st.dictionaries(st.text(max_size=5), numbers, max_size=3)
candidates = st.fixed_dictionaries(
    {
        "arch": st.integers(0, 10**6),
        "epochs": st.none() | st.integers(1, 99),
        "continues": st.none() | st.integers(0, 9),
        "parents": st.lists(st.integers(0, 9), max_size=3).map(tuple),
        "reason": st.text(max_size=20),
    }
)


def bits(event: Any) -> str:
    """An event with its floats as bits: NaN equals NaN, 0.0 is not -0.0."""

    def seen(value: Any) -> Any:
        if isinstance(value, float):
            return "nan" if math.isnan(value) else struct.pack("<d", value).hex()
        if isinstance(value, dict):
            return {key: seen(item) for key, item in value.items()}
        if isinstance(value, tuple | list):
            return [seen(item) for item in value]
        if hasattr(value, "__dataclass_fields__"):
            return [type(value).__name__, *(seen(v) for v in vars(value).values())]
        return value

    return repr(seen(event))


@settings(suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_events_round_trip_bit_for_bit(data: st.DataObject) -> None:
    drawn, x = data.draw(candidates), lambda: data.draw(numbers)
    candidate = Candidate(**(drawn | {"arch": SPACE.sample(random.Random(drawn["arch"]))}))
    rows = data.draw(st.lists(st.lists(numbers, max_size=3).map(tuple), max_size=3).map(tuple))
    text = data.draw(st.text(max_size=20))
    events = [
        Asked(4, candidate),
        Epoch(None, 1, 9, x(), x(), data.draw(durations), data.draw(measures)),
        Mixture(4, 2, {"normal": rows, text: ((x(),),)}),
        Failed(4, candidate, RecordedError("ValueError", text)),
        Told(4, candidate, Evaluation(x(), data.draw(durations), (x(), x()), data.draw(measures))),
    ]
    for event in events:
        line = write_line(event_to_json(event, SPACE))
        assert line.count(b"\n") == 1
        back = event_from_json(read_line(line[:-1]), SPACE, {4: candidate})
        assert bits(back) == bits(event)


def test_numpy_numbers_are_written_as_numbers() -> None:
    told = Told(0, Candidate(None), Evaluation(np.float64(0.1), np.float64("inf")))
    written = json.loads(write_line(event_to_json(told, SPACE)))
    assert (written["score"], written["seconds"]) == (0.1, "inf")


# --------------------------------------------------------------------------------- resuming


def test_without_a_log_a_resume_is_a_recorded_search(path: Path, whole: Any) -> None:
    history = finish(resumed(path))
    assert same(history, whole[1])
    assert path.read_bytes() == whole[0]


def test_a_finished_log_is_yielded_and_left_alone(path: Path, whole: Any) -> None:
    path.parent.mkdir()
    path.write_bytes(whole[0])
    assert same(finish(resumed(path, trials=3)), whole[1])
    assert same(finish(resumed(path)), whole[1])
    assert path.read_bytes() == whole[0]


def test_a_larger_budget_goes_on_where_the_smaller_one_ended(path: Path, whole: Any) -> None:
    short = finish(started(path, trials=2))
    longer = finish(resumed(path))
    assert longer.told == whole[1].told
    assert longer.told[:2] == short.told


@pytest.mark.parametrize("pulls", range(0, 46, 3))
def test_stopped_after_any_event_it_ends_as_if_never_stopped(
    path: Path, pulls: int, whole: Any
) -> None:
    events = started(path)
    for _ in range(pulls):
        next(events, None)
    events.close()
    continued = finish(resumed(path))
    assert continued.told == whole[1].told
    assert continued.best == whole[1].best
    assert continued.curves() == whole[1].curves()
    assert same(load(path, SPACE), continued), "what was yielded is what the log says"


def test_cut_at_any_byte_it_ends_as_if_never_cut(path: Path, whole: Any) -> None:
    """Whatever was on its way to the disk when the power went."""
    data, history = whole
    path.parent.mkdir()
    last_lines = len(data) - len(b"".join(data.splitlines(keepends=True)[-3:]))
    apart, closer = so_many(251, 97), so_many(23, 11)
    cuts = {*range(0, len(data), apart), *range(last_lines, len(data), closer), 1, len(data) - 1}
    for cut in sorted(cuts):
        path.write_bytes(data[:cut])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            kept = {t.trial for t in load(path, SPACE).told} if b"\n" in data[:cut] else set()
            continued = finish(resumed(path))
        assert continued.told == history.told, f"cut at byte {cut}"
        assert kept <= {told.trial for told in history.told}
        assert data[:cut].count(b'"event": "told"') >= len(kept)
        assert same(load(path, SPACE), continued), f"cut at byte {cut}"


def test_a_torn_last_line_is_dropped_with_a_warning_and_cut_off_before_appending(
    path: Path, whole: Any
) -> None:
    path.parent.mkdir()
    lines = whole[0].splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:6]) + lines[6][:-9])
    with pytest.warns(UserWarning, match="line 7, the last, is torn: dropped"):
        assert len(load(path, SPACE).events) == 5
    with pytest.warns(UserWarning, match="line 7, the last, is torn: dropped"):
        finish(resumed(path))
    assert path.read_bytes().startswith(b"".join(lines[:6]) + b'{"event": ')
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load(path, SPACE).told == whole[1].told


@pytest.mark.parametrize("told", [0, 1], ids=["the header", "a trial told"])
def test_a_last_line_that_only_lacks_its_newline_is_kept(path: Path, told: int, whole: Any) -> None:
    path.parent.mkdir()
    lines = whole[0].splitlines(keepends=True)
    last = next(i for i, line in enumerate(lines) if b'"told"' in line) if told else 0
    kept = b"".join(lines[: last + 1])
    path.write_bytes(kept[:-1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(load(path, SPACE).told) == told
        assert finish(resumed(path)).told == whole[1].told
        assert load(path, SPACE).told == whole[1].told
    assert path.read_bytes().startswith(kept)
    assert path.read_bytes().count(b'"event": "told"') == TRIALS


def test_a_torn_header_is_a_log_not_begun(path: Path, whole: Any) -> None:
    path.parent.mkdir()
    path.write_bytes(whole[0][:60])
    with pytest.warns(UserWarning, match="header, is torn"):
        assert same(finish(resumed(path)), whole[1])
    assert path.read_bytes() == whole[0]


def test_a_resume_that_was_stopped_is_resumed(path: Path, whole: Any) -> None:
    for pulls in (3, 9, 14, 20, 26, 35):
        events = resumed(path)
        for _ in range(pulls):
            next(events, None)
        events.close()
    assert finish(resumed(path)).told == whole[1].told
    assert load(path, SPACE).told == whole[1].told
    assert b'"event": "again"' in path.read_bytes()


def test_a_parallel_log_is_resumed_in_its_own_order_and_in_parallel(path: Path) -> None:
    serial = finish(search(RandomSearch(SPACE), guess(), trials=9, seed=3))
    order = {told.trial: told for told in serial.told}

    def lines_of(trials: tuple[int, ...], kind: type) -> list[Any]:
        return [e for e in serial.events if e.trial in trials and isinstance(e, kind)]

    begun = lines_of((0, 1, 2, 3), Asked)
    log = [*begun, *lines_of((3,), Epoch), order[3], *lines_of((1,), Epoch)[:1]]
    strategy = RandomSearch(SPACE)
    finish(recorded(iter(log), path, strategy=strategy, estimator=guess(), seed=3))
    with ThreadPoolExecutor(3) as executor:
        continued = finish(resumed(path, trials=9, executor=executor, workers=3))
    assert sorted(continued.told, key=lambda told: told.trial) == [order[i] for i in range(9)]
    assert continued.told[0].trial == 3
    assert same(load(path, SPACE), continued)
    asked = [event.trial for event in continued.events if isinstance(event, Asked)]
    assert asked == list(range(9))


def test_a_parallel_run_is_recorded_like_any_other(path: Path) -> None:
    strategy, estimator = RandomSearch(SPACE), guess()
    with ThreadPoolExecutor(2) as executor:
        events = search_parallel(
            strategy, estimator, trials=6, executor=executor, workers=2, seed=3
        )
        history = finish(recorded(events, path, strategy=strategy, estimator=estimator, seed=3))
    assert same(load(path, SPACE), history)
    assert same(finish(resumed(path)), history)


def test_a_run_that_cannot_begin_leaves_no_log(path: Path) -> None:
    """Nor is there one in its way when it is begun again, with workers that can work."""
    strategy, estimator = RandomSearch(SPACE), guess()
    with ThreadPoolExecutor(2) as executor:
        events = search_parallel(strategy, estimator, trials=6, executor=executor, workers=0)
        with pytest.raises(ValueError, match="workers must be at least 1"):
            next(recorded(events, path, strategy=strategy, estimator=estimator))
    assert list(path.parent.iterdir()) == []
    with pytest.raises(ValueError, match="not the header"):
        note(path, Opened(0, 0.5), SPACE)
    assert list(path.parent.iterdir()) == []
    finish(started(path))


def test_preparation_is_done_again_only_if_something_is_left_to_do(path: Path) -> None:
    finish(started(path, trials=2))
    assert path.read_bytes().count(b'"trial": null') == 1
    finish(resumed(path, trials=2))
    assert path.read_bytes().count(b'"trial": null') == 1
    history = finish(resumed(path, trials=3))
    assert path.read_bytes().count(b'"trial": null') == 3  # a marker, then the new one
    assert sum(event.trial is None for event in history.events) == 1
    assert sum(event.trial is None for event in load(path, SPACE).events) == 1


# ------------------------------------------------------------------------------- refusing


def refused(path: Path, resuming: Callable[[], Iterator[Any]], match: str) -> None:
    """The resume raises before it yields anything, and the file is as it was."""
    before, changed = path.read_bytes(), os.stat(path).st_mtime_ns
    with pytest.raises(ValueError, match=match):
        next(resuming())
    assert path.read_bytes() == before
    assert os.stat(path).st_mtime_ns == changed


@pytest.fixture
def half(path: Path) -> Path:
    finish(started(path, trials=3))
    return path


def test_other_settings_are_refused_and_the_first_difference_named(half: Path) -> None:
    strategy = RandomSearch(SPACE)
    cases: list[tuple[Any, Any, int, str]] = [
        (RandomSearch(SPACE, seed=1), guess(), 3, r"strategy\.seed: 1 here, 0 there"),
        (strategy, guess(epochs=5), 3, r"estimator\.epochs: 5 here, 2 there"),
        (strategy, guess(), 4, "seed: 4 here, 3 there"),
        (
            WarmStart(strategy, first=()),
            guess(),
            3,
            r"strategy\.name: 'WarmStart' here, 'RandomSearch' there",
        ),
    ]
    for other, estimator, seed, match in cases:
        refused(half, lambda: resume(half, other, estimator, trials=6, seed=seed), match)  # noqa: B023
        refused(half, lambda: resume(half, other, estimator, trials=6, seed=seed), "in the log")  # noqa: B023


def test_a_log_of_another_space_is_refused(half: Path) -> None:
    wider = chains(filters=(4, 8, 16))
    match = r"another space .*filters: \[4, 8, 16\] here, \[4, 8\] there"
    refused(half, lambda: resume(half, RandomSearch(wider), Guess(wider), trials=6), match)
    with pytest.raises(ValueError, match=match):
        load(half, wider)


def test_a_newer_format_is_refused(half: Path) -> None:
    half.write_bytes(half.read_bytes().replace(b'"format": 2', b'"format": 3', 1))
    refused(half, lambda: resumed(half), "format 3 is newer than 2.* update workbench")
    for reading in (lambda: load(half, SPACE), lambda: header(half)):
        with pytest.raises(ValueError, match="newer"):
            reading()


@pytest.mark.parametrize("said", ['"forked": 5', '"forked": {"asked": "two"}', '"made_on": null'])
def test_a_header_that_says_something_else_is_refused(half: Path, said: str) -> None:
    first, rest = half.read_bytes().split(b"\n", 1)
    half.write_bytes(first.removesuffix(b"}") + f", {said}}}\n".encode() + rest)
    name = said.split('"')[1]
    refused(half, lambda: resumed(half), f"line 1: not the header of a run log: {name}")


def asked(trial: int, arch: object) -> bytes:
    return write_line({"event": "asked", "trial": trial, "arch": arch, "reason": ""})


@pytest.mark.parametrize(
    ("damage", "match"),
    [
        (lambda line: line[:-20] + b"\n", "line 5 is corrupt"),
        (lambda line: b"\xff\xfe" + line, "line 5 is corrupt"),
        (lambda line: b"[1, 2]\n", "line 5 is corrupt: expected a JSON object, got list"),
        (lambda line: b"[" * 100_000 + b"\n", "line 5 is corrupt: brackets within brackets"),
        (lambda line: line.replace(b'"epoch"', b'"epock"', 1), "line 5 is corrupt.*'epock'"),
        (lambda line: line.replace(b'"epoch"', b"[]", 1), r"line 5 is corrupt.* got \[\]"),
        (lambda line: line.replace(b'"loss": ', b'"loss": "much", "was": '), "line 5 is corrupt"),
        (lambda line: line.replace(b'"score": ', b'"score": NaN, "was": '), "NaN is not JSON"),
        (
            lambda line: re.sub(rb'"seconds": [^,]*', b'"seconds": "nan"', line),
            "line 5 is corrupt: Epoch: seconds must be at least 0, got nan",
        ),
        (lambda line: line.replace(b'"trial": 0', b'"trial": 7'), "trial 7 was never asked"),
        (
            lambda line: line.replace(b'"trial": 0', b'"trial": "0"'),
            "trial's number, got '0'",
        ),
        (lambda line: line.replace(b'"trial": 0', b'"trial": [0]'), r"number, got \[0\]"),
        (lambda line: b'{"event": "told", "trial": 0}\n', "line 5 is corrupt"),
        (lambda line: asked(5, "identity-fc0"), "line 5 is corrupt: trial 5 is asked"),
        (lambda line: asked(1, "conv9x9:4-fc0"), "line 5 is corrupt.*filter"),
        (lambda line: asked(1, 5), "line 5 is corrupt: expected text, got 5"),
        (lambda line: line.replace(b'"epoch": 2', b'"epoch": 2.5'), "whole number, got 2.5"),
        (lambda line: line.replace(b'"measures": {}', b'"measures": []'), "line 5 is corrupt"),
        (
            lambda line: line.replace(b'"measures": {}', b'"measures": {"x": 1%s}' % (b"0" * 400)),
            "line 5 is corrupt.*too large",
        ),
    ],
)
def test_a_corrupt_line_in_the_middle_is_refused_by_its_number(
    half: Path, damage: Callable[[bytes], bytes], match: str
) -> None:
    lines = half.read_bytes().splitlines(keepends=True)
    assert b'"event": "epoch"' in lines[4]
    lines[4] = damage(lines[4])
    half.write_bytes(b"".join(lines))
    refused(half, lambda: resumed(half), match)
    with pytest.raises(ValueError, match=match):
        load(half, SPACE)


def test_a_trial_told_twice_is_corrupt(half: Path) -> None:
    lines = half.read_bytes().splitlines(keepends=True)
    half.write_bytes(b"".join([*lines, lines[-1]]))
    refused(half, lambda: resumed(half), "trial 2 had ended before")


class Moody(RandomSearch[Any]):
    """At its third ask, the last of the log, it asks what its mood says: no setting tells that."""

    mood = asks = 0

    def skip(self, candidate: Candidate[Any]) -> None:
        self.asks += 1
        super().skip(candidate)

    def ask(self) -> Candidate[Any] | None:
        self.asks += 1
        candidate = super().ask()
        if candidate is not None and self.asks == 3 and self.mood:
            return Candidate(self.space.sample(random.Random(self.mood)), reason="in a mood")
        return candidate


def test_a_strategy_that_asks_something_else_is_refused_or_told_to_follow(path: Path) -> None:
    first = Moody(SPACE)
    events = search(first, guess(), trials=3, seed=3)
    before = finish(recorded(events, path, strategy=first, estimator=guess(), seed=3))

    def moody() -> Moody:
        strategy = Moody(SPACE)
        strategy.mood = 5
        return strategy

    again = {"trials": 5, "seed": 3}
    refused(path, lambda: resume(path, moody(), guess(), **again), "trial 2: the log asks about")
    refused(path, lambda: resume(path, moody(), guess(), **again), r"follow_log=True")
    refused(path, lambda: resume(path, moody(), guess(), **again), "Cause: the strategy is not")
    history = finish(resume(path, moody(), guess(), follow_log=True, **again))
    assert history.told[:3] == before.told
    assert len(history.told) == 5


def test_where_the_computer_differs_the_error_names_it(path: Path) -> None:
    first = Moody(SPACE)
    events = search(first, guess(), trials=3, seed=3)
    finish(recorded(events, path, strategy=first, estimator=guess(), seed=3))
    threads = header(path)["made_on"]["threads"]
    text = path.read_bytes().replace(b'"threads": %d' % threads, b'"threads": 64', 1)
    path.write_bytes(text)
    strategy = Moody(SPACE)
    strategy.mood = 5
    match = f"Cause: threads: {threads} here, 64 there"
    refused(path, lambda: resume(path, strategy, guess(), trials=5, seed=3), match)


def test_a_used_strategy_is_refused(half: Path) -> None:
    used = RandomSearch(SPACE)
    used.ask()
    refused(half, lambda: resume(half, used, guess(), trials=5, seed=3), "trial 2: the log asks")


def test_a_log_in_use_is_refused_to_a_second_writer(path: Path) -> None:
    pytest.importorskip("fcntl", reason="this system has no advisory locks")
    events = started(path)
    for _ in range(8):
        next(events)
    refused(path, lambda: resumed(path), "being written by another run")
    with pytest.raises(ValueError, match="being written by another run"):
        next(started(path))
    assert len(load(path, SPACE).events) >= 1  # reading is free
    events.close()
    assert len(finish(resumed(path)).told) == TRIALS


def test_numbers_of_numpy_are_logged_as_numbers() -> None:
    line = write_line({"score": np.float32(0.5), "epochs": np.int64(3), "loss": np.float64("nan")})
    assert read_line(line) == {"score": 0.5, "epochs": 3, "loss": "nan"}


# ------------------------------------------------------------------ a log is text that people touch


@pytest.mark.parametrize(
    "touched",
    [
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data + b"\n\n",
        lambda data: data.replace(b"\n", b"\n\n \n", 4),
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n\r\n") + b"  ",
    ],
    ids=["byte order mark", "two at the end", "blank lines inside", "CRLF", "all of it"],
)
def test_marks_and_blank_lines_of_editors_are_passed_over(
    half: Path, touched: Callable[[bytes], bytes], whole: Any
) -> None:
    half.write_bytes(touched(half.read_bytes()))
    before = half.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load(half, SPACE).told == whole[1].told[:3]
        assert header(half)["seed"] == 3
        assert finish(resumed(half)).told == whole[1].told
        assert load(half, SPACE).told == whole[1].told
        assert half.read_bytes().startswith(before.rstrip())
        assert same(finish(resumed(half)), load(half, SPACE))


def test_a_file_with_nothing_but_a_mark_is_a_log_not_begun(path: Path, whole: Any) -> None:
    path.parent.mkdir()
    path.write_bytes(b"\xef\xbb\xbf")
    assert finish(resumed(path)).told == whole[1].told


def test_where_warnings_are_errors_a_torn_line_is_still_dropped(path: Path, whole: Any) -> None:
    path.parent.mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for data in (whole[0][:-9], whole[0][:60]):
            path.write_bytes(data)
            assert finish(resumed(path)).told == whole[1].told


def test_a_folder_deleted_during_the_run_comes_back_with_the_whole_log(
    path: Path, monkeypatch: pytest.MonkeyPatch, whole: Any
) -> None:
    monkeypatch.setattr(logfile, "PATIENCE", 0.0)
    events = started(path)
    for _ in range(12):
        next(events)
    shutil.rmtree(path.parent)
    with pytest.warns(UserWarning, match="deleted while it was written: it is there again, whole"):
        list(islice(events, 4))
    assert path.exists()
    refused(path, lambda: resumed(path), "being written by another run")
    for _ in events:
        pass
    assert path.read_bytes() == whole[0]


def test_a_log_deleted_at_the_very_end_is_there_too(path: Path, whole: Any) -> None:
    with pytest.warns(UserWarning, match="it is there again, whole"):
        assert [path.unlink() for e in started(path) if isinstance(e, Told) and e.trial == 5]
    assert path.read_bytes() == whole[0]


def test_home_is_expanded_wherever_a_path_enters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    finish(started("~/runs/a.jsonl"))  # type: ignore[arg-type]
    finish(resumed("~/runs/b.jsonl"))  # type: ignore[arg-type]
    fork("~/runs/a.jsonl", "~/runs/c.jsonl", RandomSearch(SPACE), guess(), after=1, seed=3)
    assert header("~/runs/c.jsonl")["forked"]["after"] == 1
    assert len(load("~/runs/a.jsonl", SPACE).told) == TRIALS
    names = [file.name for file in sorted((tmp_path / "home" / "runs").iterdir())]
    assert names == ["a.jsonl", "b.jsonl", "c.jsonl"]
    assert checkpoints_of("~/runs/a.jsonl") == tmp_path / "home" / "runs" / "a.checkpoints"
    assert not (tmp_path / "~").exists()


# ------------------------------------------------------------- a failure can always be written down


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even this")


def looped() -> Exception:
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    return one


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OverflowError("half a pair: \udcff"), "half a pair: \\udcff"),
        (UnprintableError(), "(its text cannot be read: RuntimeError)"),
        (looped(), "one"),
        (ValueError("nul \0, line\u2028, \N{SNAKE}"), "nul \0, line\u2028, \N{SNAKE}"),
    ],
)
def test_an_error_of_any_text_is_logged_and_the_search_goes_on(
    path: Path, error: Exception, message: str
) -> None:
    class Strange(Guess):
        def estimate(self, candidate: Any, *, trial: int, seed: int) -> Any:
            if trial == 1:
                raise error
            return (yield from super().estimate(candidate, trial=trial, seed=seed))

    strategy, estimator = RandomSearch(SPACE), Strange(SPACE)
    events = search(strategy, estimator, trials=3)
    history = finish(recorded(events, path, strategy=strategy, estimator=estimator))
    assert [told.evaluation.is_failure for told in history.told] == [False, True, False]
    (failed,) = (event for event in load(path, SPACE).events if isinstance(event, Failed))
    assert isinstance(failed.error, RecordedError)
    assert (failed.error.kind, failed.error.message) == (type(error).__name__, message)
    failed.error.message.encode()
    assert len(finish(resume(path, RandomSearch(SPACE), Strange(SPACE), trials=4)).told) == 4


def test_text_that_utf_8_does_not_have_comes_back() -> None:
    line = write_line({"reason": "half \udcff", "\ud800": 1})
    assert read_line(line) == {"reason": "half \udcff", "\ud800": 1}


def test_an_undecodable_text_in_a_log_costs_no_run(half: Path, whole: Any) -> None:
    data = half.read_bytes()
    assert b"no luck" in data
    half.write_bytes(data.replace(b"no luck", b"no l\xfcck"))
    assert finish(resumed(half)).told == whole[1].told
    (failed,) = (event for event in load(half, SPACE).events if isinstance(event, Failed))
    assert "no l\N{REPLACEMENT CHARACTER}ck" in str(failed.error)


# ------------------------------------------------------------------------------- locks


def test_a_lock_does_not_outlive_its_run_in_a_forked_worker(path: Path) -> None:
    pytest.importorskip("fcntl", reason="this system has no advisory locks")
    if not hasattr(os, "fork"):
        pytest.skip("needs os.fork")
    events = started(path)
    for _ in range(8):
        next(events)
    child = os.fork()  # holds the same open file, as a worker of a pool does
    if not child:
        time.sleep(60)
        os._exit(0)
    try:
        refused(path, lambda: resumed(path), "being written by another run")
        events.close()
        assert len(finish(resumed(path)).told) == TRIALS
        assert len(finish(resumed(path, trials=TRIALS + 1)).told) == TRIALS + 1
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@pytest.mark.parametrize("setting", [{"trials": -1}, {"seed": -1}, {"trials": True}])
def test_numbers_that_are_none_are_refused(path: Path, setting: dict[str, Any]) -> None:
    name = next(iter(setting))
    with pytest.raises(
        ValueError, match=f"^{name}(: expected a whole| must be at least 0, got -1)"
    ):
        next(resume(path, RandomSearch(SPACE), guess(), **({"trials": 3} | setting)))
    assert not path.exists()
