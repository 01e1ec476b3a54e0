"""What trains over epochs, logged and resumed: a method, an estimator's preparation."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import Climb, Descent, Guess, Shared, chains
from thoroughness import so_many

from workbench.history import History
from workbench.protocols import Method
from workbench.records import Batch, Epoch, Event, Told
from workbench.search import finish
from workbench.settings import describe
from workbench.store import checkpoints_of, header, load, progress_of, recorded, resume

SPACE = chains()
EPOCHS, TRIALS = 6, 3


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "log.jsonl"


def descent(path: Path, **settings: Any) -> Iterator[Event[Any]]:
    return resume(path, Descent(SPACE, **settings), seed=4)


def shared(path: Path, *, trials: int = TRIALS) -> Iterator[Event[Any]]:
    """A search whose estimator keeps the checkpoints of its preparation beside the log."""
    estimator = Shared(SPACE, checkpoints=checkpoints_of(path))
    return resume(path, Climb(SPACE), estimator, trials=trials, seed=4)


RUNS: dict[str, tuple[Callable[[Path], Iterator[Event[Any]]], str]] = {
    "method": (descent, "method.safetensors"),
    "preparation": (shared, "shared.json"),
}
every_run = pytest.mark.parametrize("name", RUNS)


@pytest.fixture(scope="module")
def wholes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, History[Any]]:
    folder = tmp_path_factory.mktemp("whole")
    return {name: finish(run(folder / f"{name}.jsonl")) for name, (run, _) in RUNS.items()}


def seen(history: History[Any]) -> list[str]:
    """Events by their text (NaN like NaN), the run's own first: it may prepare late."""
    own = [repr(event) for event in history.events if event.trial is None]
    return own + [repr(event) for event in history.events if event.trial is not None]


# ------------------------------------------------------------------------------- a method


def test_the_toy_is_a_method() -> None:
    assert isinstance(Descent(SPACE), Method)


def test_a_method_is_recorded_with_its_settings(path: Path) -> None:
    method = Descent(SPACE)
    history = finish(recorded(method.events(seed=4), path, method=method, seed=4))
    top = header(path)
    assert top["settings"] == {"method": describe(method)}
    assert (top["seed"], top["space"]["name"]) == (4, "ChainSpace")
    assert seen(load(path, SPACE)) == seen(history)
    assert not checkpoints_of(path).exists()


def test_resume_begins_one_and_yields_a_finished_one(path: Path, wholes: Any) -> None:
    history = finish(descent(path))
    assert seen(history) == seen(wholes["method"])
    assert [event.trial for event in history.told] == [0]
    data = path.read_bytes()
    progress_of(path).unlink()  # nobody asks for it any more
    assert seen(finish(descent(path))) == seen(history)
    assert path.read_bytes() == data


def test_other_settings_of_a_method_are_refused(path: Path) -> None:
    finish(descent(path))
    with pytest.raises(ValueError, match=r"method\.epochs: 9 here, 6 there"):
        finish(descent(path, epochs=9))
    with pytest.raises(ValueError, match="other settings"):
        finish(shared(path))


# ------------------------------------------------------------------------------- stopped


def pulled(events: Iterator[Event[Any]], pulls: int) -> list[Event[Any]]:
    got = [event for _, event in zip(range(pulls), events)]
    events.close()
    return got


@every_run
@pytest.mark.parametrize("pulls", range(40))
def test_stopped_after_any_event_it_goes_on_bit_for_bit(
    path: Path, name: str, pulls: int, wholes: Any
) -> None:
    run, _ = RUNS[name]
    pulled(run(path), pulls)
    events = list(run(path))
    assert seen(History(tuple(events))) == seen(wholes[name])
    assert seen(load(path, SPACE)) == seen(wholes[name])
    # only epochs after the checkpoint are trained: that of the last epoch taken may be missing
    reached = min(pulls // (3 if name == "preparation" else 5), EPOCHS)
    trained = {event.epoch for event in events if isinstance(event, Batch) and event.trial is None}
    assert trained <= set(range(max(reached, 1), EPOCHS + 1))


@every_run
def test_nobody_sees_an_epoch_twice_however_often_it_is_stopped(
    path: Path, name: str, wholes: Any
) -> None:
    run, _ = RUNS[name]
    for pulls in (3, 7, 7, 11, 20, 24, 26):
        got = History(tuple(pulled(run(path), pulls)))
        own = [
            event.epoch for event in got.events if isinstance(event, Epoch) and event.trial is None
        ]
        assert own == sorted(set(own))
    assert seen(finish(run(path))) == seen(wholes[name])
    assert seen(load(path, SPACE)) == seen(wholes[name])


@every_run
@pytest.mark.parametrize("lost", [0, 40])
def test_a_checkpoint_that_is_missing_or_torn_is_begun_again(
    path: Path, name: str, lost: int, wholes: Any
) -> None:
    run, file = RUNS[name]
    pulled(run(path), 18)
    checkpoint = checkpoints_of(path) / file
    text = checkpoint.read_text()
    checkpoint.write_text(text[:lost]) if lost else checkpoint.unlink()
    events = list(run(path))
    assert {e.epoch for e in events if isinstance(e, Batch) and e.trial is None} == {*range(1, 7)}
    assert seen(History(tuple(events))) == seen(wholes[name])
    assert seen(load(path, SPACE)) == seen(wholes[name])
    again = [json.loads(line) for line in path.read_bytes().splitlines() if b'"again"' in line]
    assert again[0] == {"event": "again", "trial": None, "epoch": 1}


@every_run
def test_a_checkpoint_of_another_run_is_an_error(path: Path, name: str) -> None:
    run, file = RUNS[name]
    pulled(run(path), 18)
    data, checkpoint = path.read_bytes(), checkpoints_of(path) / file
    checkpoint.write_text(checkpoint.read_text().replace('"seed": 4', '"seed": 5'))
    with pytest.raises(ValueError, match="checkpoint of another run"):
        finish(run(path))
    assert path.read_bytes() == data


@every_run
def test_a_checkpoint_that_is_further_than_the_log_is_an_error(path: Path, name: str) -> None:
    run, file = RUNS[name]
    longer = path.with_name("longer.jsonl")
    pulled(run(longer), 17)
    pulled(run(path), 6)
    data, checkpoint = path.read_bytes(), checkpoints_of(path) / file
    for match in (r"log ends at epoch \d.*goes on at epoch", r"log ends at epoch \d.*all 6 are"):
        checkpoint.write_bytes((checkpoints_of(longer) / file).read_bytes())
        with pytest.raises(ValueError, match=match):
            finish(run(path))
        assert path.read_bytes() == data
        finish(run(longer))


def test_a_preparation_that_is_done_leaves_the_log_as_it_was(path: Path, wholes: Any) -> None:
    finish(shared(path, trials=1))
    data = path.read_bytes()
    assert seen(finish(shared(path))) == seen(wholes["preparation"])
    assert path.read_bytes().startswith(data)
    assert b"again" not in path.read_bytes()


def test_a_log_of_format_1_is_read_as_it_was(path: Path) -> None:
    """There "again" of trial null had no epoch: all of the preparation was stale."""
    finish(resume(path, Climb(SPACE), Guess(SPACE, prepared=2), trials=1, seed=4))
    lines = path.read_bytes().splitlines(keepends=True)
    lines[0] = lines[0].replace(b'"format": 2', b'"format": 1')
    lines[0] = lines[0].replace(b', "device": null', b"")
    again = b'{"event": "again", "trial": null}\n'
    path.write_bytes(b"".join([*lines, again, *lines[1:3]]))
    assert len(load(path, SPACE).events) == len(lines) - 1
    history = finish(resume(path, Climb(SPACE), Guess(SPACE, prepared=2), trials=2, seed=4))
    assert [type(event) for event in history.events].count(Told) == 2
    assert sum(event.trial is None for event in history.events) == 2


# ------------------------------------------------------------------------------- killed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forks of one process: needs os.fork")
def test_killed_at_random_moments_it_goes_on_bit_for_bit(tmp_path: Path) -> None:
    program, kills = Path(__file__).with_name("killed_methods.py"), so_many(8, 20)
    done = subprocess.run(
        [sys.executable, str(program), str(tmp_path), str(kills)],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    for name in ("method", "preparation"):
        assert report[name]["kills"] >= kills
        assert report[name]["resumed"] > 0, "no kill hit a run that had a checkpoint"
        for events in report[name]["events"]:
            assert events == report[name]["whole"]
