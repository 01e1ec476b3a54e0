"""Races: laps by hand, bands and paired differences by hand, files there and back."""

from __future__ import annotations

import json
import math
import random
import re
import statistics
import warnings
from collections.abc import Generator, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from fakes import Guess, chains, stopped_clock
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wilcoxon

from workbench.history import History, Lap, Step, bands, incumbents, paired
from workbench.panels.comparison.live_race import LiveRace
from workbench.race import (
    RACES,
    PlannedRace,
    entered,
    make_race,
    pack_race,
    race,
    read_race,
    recorded_race,
)
from workbench.records import Batch, Candidate, Evaluation, Event, Told
from workbench.search import finish, search
from workbench.strategies import LocalSearch, RandomSearch


class Plan:
    """Asks about the numbers 0, 1, 2 … in turn."""

    def __init__(self, space: Any = None, *, stride: int = 1, seed: int = 0) -> None:
        self.space, self.stride, self.seed = space, stride, seed
        self._next = 0

    def ask(self) -> Candidate[Any] | None:
        self._next += self.stride
        return Candidate(self._next - self.stride)

    def tell(self, told: Told[Any]) -> None:
        pass

    def inside(self) -> dict[str, Any]:
        return {}


class Scores:
    """A table: architecture n scores ``scores[n]``, in two seconds and three epochs."""

    def __init__(self, space: Any = None, *, scores: tuple[float, ...] = ()) -> None:
        self.space, self.scores = space, scores

    def prepare(self, *, seed: int) -> Generator[Event[Any], None, None]:
        yield from ()

    def estimate(
        self, candidate: Candidate[Any], *, trial: int, seed: int
    ) -> Generator[Event[Any], None, Evaluation]:
        yield Batch(trial, 1, 1, 1)
        score = self.scores[candidate.arch]
        return Evaluation(score, 2.0, (0.0, 0.0, score))


SCORES = (0.5, 0.4, 0.7, 0.7, 0.9, 0.1)


def plans(*, scores: tuple[float, ...] = SCORES) -> dict[str, Any]:
    return {
        "one by one": lambda seed: (Plan(seed=seed), Scores(scores=scores[seed:])),
        "every second": lambda seed: (Plan(stride=2, seed=seed), Scores(scores=scores[seed:])),
    }


def laps(events: Iterator[Batch | Lap]) -> list[Lap]:
    return [event for event in events if isinstance(event, Lap)]


# --------------------------------------------------------------------------------------- a lap


def test_a_lap_by_hand() -> None:
    (lap, other) = laps(race(plans(), seeds=[0], trials=3, value=lambda arch: arch / 10))
    assert lap == Lap(
        racer="one by one",
        seed=0,
        steps=(
            Step(trial=0, trials=1, epochs=3, seconds=2.0, score=0.5, value=0.0),
            Step(trial=2, trials=3, epochs=9, seconds=6.0, score=0.7, value=0.2),
        ),
        trials=3,
        epochs=9,
        seconds=6.0,
    )
    assert [(step.trial, step.score, step.value) for step in other.steps] == [
        *[(0, 0.5, 0.0), (1, 0.7, 0.2), (2, 0.9, 0.4)]
    ]


def test_a_lap_is_a_step_function() -> None:
    (lap, _) = laps(race(plans(), seeds=[1], trials=4))  # .4, .7, .7, .9
    assert [lap.at(n) for n in (1, 2, 3, 4)] == [0.4, 0.7, 0.7, 0.9]
    assert [math.isnan(lap.at(n)) for n in (0, 5)] == [True, True]
    assert [lap.at(s, by="seconds") for s in (2, 3.99, 4, 7.9, 8)] == [0.4, 0.4, 0.7, 0.7, 0.9]
    assert [lap.at(n, by="epochs") for n in (3, 5, 6, 12)] == [0.4, 0.4, 0.7, 0.9]
    with pytest.raises(ValueError, match="no true value was recorded"):
        lap.at(2, of="value")


def test_failures_are_no_incumbents_and_are_counted() -> None:
    (lap, _) = laps(race(plans(scores=(-2.0, -1.0)), seeds=[0], trials=4))
    assert [(step.trial, step.score) for step in lap.steps] == [(0, -2.0), (1, -1.0)]
    assert (lap.trials, lap.failed) == (4, 2)
    (nothing, _) = laps(race(plans(scores=()), seeds=[0], trials=2))
    assert (nothing.steps, nothing.failed) == ((), 2)
    assert math.isnan(nothing.at(2))


@given(st.lists(st.sampled_from([0.1, 0.2, 0.3, math.nan]), max_size=12))
def test_a_lap_says_at_every_trial_what_incumbents_say(scores: list[float]) -> None:
    history = finish(search(Plan(), Scores(scores=tuple(scores)), trials=len(scores)))
    lap = Lap.of(history, racer="one", seed=0)
    for count, row in enumerate(incumbents(history), start=1):
        assert lap.at(count) == pytest.approx(row["best"], nan_ok=True)
    assert [step.score for step in lap.steps] == sorted({step.score for step in lap.steps})


# ---------------------------------------------------------------------------------- the race


def test_seeds_are_interleaved_so_that_a_stopped_race_compares_equals() -> None:
    found = laps(race(plans(), seeds=[0, 1, 2], trials=2))
    assert [(lap.racer, lap.seed) for lap in found] == [
        (racer, seed) for seed, racer in product((0, 1, 2), plans())
    ]


def test_it_beats_between_trials_and_within_them() -> None:
    events = list(race(plans(), seeds=[0], trials=2))
    beat = [(event.epoch, event.batch) for event in events if isinstance(event, Batch)]
    assert beat == [(1, 1), (1, 2), (1, 2), (1, 2), (2, 1), (2, 2), (2, 2), (2, 2)]
    assert all(e.trial is None and e.batches == 2 for e in events if isinstance(e, Batch))


def test_stop_reaches_the_search() -> None:
    closed = []

    class Watched(Scores):
        def estimate(self, candidate: Any, *, trial: int, seed: int) -> Any:
            try:
                return (yield from super().estimate(candidate, trial=trial, seed=seed))
            finally:
                closed.append(trial)

    running = race({"one": lambda seed: (Plan(), Watched(scores=SCORES))}, seeds=[0], trials=3)
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert closed == [0]


def test_seconds_and_workers() -> None:
    (lap, _) = laps(race(plans(), seeds=[0], trials=5, seconds=5))
    assert (lap.trials, lap.seconds) == (3, 6.0)  # the third overdrew it
    (lap, _) = laps(race(plans(), seeds=[0], trials=5, seconds=4, workers=2))
    assert (lap.trials, lap.seconds) == (3, 4.0)  # the fourth would have been told at 4 too


def test_a_race_runs_the_searches_and_nothing_else() -> None:
    space = chains()
    racers: dict[str, Any] = {
        "random": lambda seed: (RandomSearch(space, seed=seed), Guess(space, broken=(3,)))
    }
    with stopped_clock():  # a failed trial costs what it worked
        found = laps(race(racers, seeds=(7, 8), trials=9))
        for lap in found:
            made = racers["random"](lap.seed)
            history = finish(search(*made, trials=9, seed=lap.seed))
            assert lap == Lap.of(history, racer="random", seed=lap.seed)
        assert laps(race(racers, seeds=(7, 8), trials=9)) == found


def test_laps_that_were_run_before_are_counted_and_left_out() -> None:
    whole = list(race(plans(), seeds=[0, 1], trials=2))
    first, *others = laps(iter(whole))
    rest = list(race(plans(), seeds=[0, 1], trials=2, done={(first.racer, first.seed)}))
    assert laps(iter(rest)) == others
    assert rest == [event for event in whole if event != first and getattr(event, "epoch", 2) > 1]


def test_the_incumbent_s_test_score_is_recorded() -> None:
    (lap, _) = laps(race(plans(), seeds=[0], trials=3, test=lambda arch: arch / 100))
    assert [step.test for step in lap.steps] == [0.0, 0.02]
    assert lap.at(2, of="test") == 0.0
    assert bands([lap], at=[1, 3], of="test")[1]["median"] == 0.02
    with pytest.raises(ValueError, match=r"no true value was recorded: race\(…, value=…\)"):
        bands([lap], at=[1], of="value")


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=8),
    st.lists(st.floats(-1, 20), min_size=1, max_size=9),
)
def test_many_places_at_once_are_those_places(scores: list[float], places: list[float]) -> None:
    lap = Lap.of(
        History(tuple(Told(n, Candidate(n), Evaluation(y, 1.5)) for n, y in enumerate(scores))),
        racer="A",
        seed=0,
    )
    for by in ("trials", "seconds"):
        one_by_one = [lap.at(place, by=by) for place in places]
        assert lap.along(places, by=by).tolist() == pytest.approx(one_by_one, nan_ok=True, abs=0)


# --------------------------------------------------------------------------------- who takes part


def test_strategies_become_racers_and_random_search_comes_first() -> None:
    space = chains()
    racers = entered([LocalSearch], Guess(space))
    assert list(racers) == ["random search", "local search"]
    strategy, estimator = racers["local search"](7)
    assert (type(strategy), strategy.seed, estimator.space) == (LocalSearch, 7, space)
    mine = entered({"mine": lambda seed: LocalSearch(space, start=seed + 1)}, Guess(space))
    assert mine["mine"](2)[0].start == 3
    named = entered({"local": LocalSearch, "chance": RandomSearch}, Guess(space))
    assert list(named) == ["chance", "local"]


# ------------------------------------------------------------------------------- over seeds


def flat(racer: str, seed: int, *scores: float, seconds: float = 1.0) -> Lap:
    """A lap whose incumbent has these scores after 1, 2, 3 … trials of equal length."""
    steps = tuple(
        Step(n, n + 1, n + 1, seconds * (n + 1), score, score - 0.01)
        for n, score in enumerate(scores)
    )
    return Lap(racer, seed, steps, len(scores), len(scores), seconds * len(scores))


FIVE = [
    flat("A", 0, 0.1, 0.5),
    flat("A", 1, 0.2, 0.6),
    flat("A", 2, 0.3, 0.7),
    flat("A", 3, 0.4, 0.8),
    flat("A", 4, 0.9),
]


def test_bands_by_hand() -> None:
    first, second = bands(FIVE, at=[1, 2])
    assert first == {"racer": "A", "trials": 1, "low": 0.2, "median": 0.3, "high": 0.4, "n": 5}
    # four laps went that far: quartiles lie a quarter of the way between neighbours
    assert (second["n"], second["median"]) == (4, pytest.approx(0.65))
    assert (second["low"], second["high"]) == (pytest.approx(0.575), pytest.approx(0.725))
    assert bands(FIVE, at=[1], of="value")[0]["median"] == pytest.approx(0.29)
    regret = bands(FIVE, at=[1], best=1.0)[0]
    assert [regret[name] for name in ("low", "median", "high")] == pytest.approx([0.6, 0.7, 0.8])


def test_bands_by_seconds_racer_by_racer() -> None:
    slow = flat("B", 0, 0.3, 0.4, seconds=2.5)
    rows = bands([*FIVE, slow], at=(0.5, 2.5, 4), by="seconds")
    assert [(row["racer"], row["seconds"], row["n"]) for row in rows] == [
        *[("A", 0.5, 0), ("A", 2.5, 0), ("A", 4, 0)],
        *[("B", 0.5, 0), ("B", 2.5, 1), ("B", 4, 1)],
    ]
    assert math.isnan(rows[0]["median"])
    assert (rows[4]["low"], rows[5]["high"]) == (0.3, 0.3)
    assert bands([], at=[1]) == []


scores = st.lists(st.floats(0, 1), min_size=4, max_size=4)


@given(st.lists(scores, min_size=1, max_size=7))
def test_bands_of_incumbents_never_fall_and_are_in_order(found: list[list[float]]) -> None:
    runs = [
        Lap.of(
            History(tuple(Told(n, Candidate(n), Evaluation(y, 1.0)) for n, y in enumerate(each))),
            racer="A",
            seed=seed,
        )
        for seed, each in enumerate(found)
    ]
    rows = bands(runs, at=[1, 2, 3, 4])
    for name in ("low", "median", "high"):
        column = [row[name] for row in rows]
        assert column == sorted(column)
    assert all(row["low"] <= row["median"] <= row["high"] for row in rows)
    assert all(row["n"] == len(found) for row in rows)
    assert rows[-1]["median"] == pytest.approx(statistics.median(max(each) for each in found))


def test_a_paired_difference_by_hand() -> None:
    ours = [flat("A", seed, 0.5 + d) for seed, d in enumerate((0.1, 0.2, 0.3, 0.4, -0.05, 0.0))]
    theirs = [flat("B", seed, 0.5) for seed in range(7)]
    found = paired(ours, theirs, at=1)
    assert (found.n, found.wins, found.losses) == (6, 4, 1)
    assert found.difference.value == pytest.approx(0.15)
    # the smallest of five ranks is negative: W = 1, and 4 of 2^5 signs are as lopsided
    assert found.p == pytest.approx(4 / 32)
    assert -0.05 <= found.difference.low <= 0.15 <= found.difference.high <= 0.4
    back = paired(theirs, ours, at=1)
    assert back.difference.value == pytest.approx(-found.difference.value)
    assert (back.p, back.wins, back.losses) == (found.p, 1, 4)
    assert paired(ours, theirs, at=1) == found
    assert paired(ours, ours, at=1).p == 1.0


@pytest.mark.parametrize("seeds", [8, 12, 40, 100])
def test_equal_differences_have_one_rank_whatever_the_last_digit_says(seeds: int) -> None:
    """Accuracies are counts of images: p is that of the counts."""
    rng = random.Random(seeds)
    counts = [(rng.randint(300, 320), rng.randint(298, 318)) for _ in range(seeds)]
    ours = [flat("A", seed, one / 360) for seed, (one, _) in enumerate(counts)]
    theirs = [flat("B", seed, other / 360) for seed, (_, other) in enumerate(counts)]
    found = paired(ours, theirs, at=1, resamples=1)
    assert found.p == pytest.approx(wilcoxon([float(a - b) for a, b in counts]).pvalue, rel=1e-12)


def test_the_median_s_interval_is_that_of_all_resamples() -> None:
    # of 3 differences there are 27 resamples: their medians are 1 (7), 2 (13) and 3 (7 times)
    ours = [flat("A", seed, float(seed + 1)) for seed in range(3)]
    theirs = [flat("B", seed, 0.0) for seed in range(3)]
    found = paired(ours, theirs, at=1)
    assert (found.difference.low, found.difference.high) == (1.0, 3.0)
    many = [flat("A", seed, seed / 40) for seed in range(41)]
    none = [flat("B", seed, 0.0) for seed in range(41)]
    found = paired(many, none, at=1)
    assert found.p == wilcoxon([seed / 40 for seed in range(41)]).pvalue
    # the median's exact interval from order statistics 14 and 28 of 41
    assert found.difference.low == pytest.approx(13 / 40, abs=0.06)
    assert found.difference.high == pytest.approx(27 / 40, abs=0.06)


def test_what_cannot_be_paired_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no seed has an incumbent on both sides after 1 trials"):
        paired([flat("A", 0, 0.1)], [flat("B", 1, 0.1)], at=1)
    with pytest.raises(ValueError, match="after 3 trials"):
        paired(FIVE, [flat("B", 0, 0.1)], at=3)
    with pytest.raises(ValueError, match=r"seed 0 comes twice \(A, B\)"):
        paired([*FIVE, flat("B", 0, 0.1)], FIVE, at=1)


# --------------------------------------------------------------------------------- the file

COMMAND = "python -m workbench.races toy"


def raced(path: Path, **settings: Any) -> list[Lap]:
    events = race(plans(), seeds=[0, 1], trials=4, **settings)
    racers = plans()
    return laps(recorded_race(events, path, racers=racers, seeds=[0, 1], command=COMMAND))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "races" / "toy.jsonl"


def test_a_race_comes_back_as_it_was(path: Path) -> None:
    found = raced(path, value=lambda arch: arch / 10)
    back = read_race(path)
    assert list(back.laps) == found
    assert list(back.of("every second")) == [lap for lap in found if lap.racer == "every second"]
    with pytest.raises(ValueError, match=r"'best'; there are \['every second', 'one by one'\]"):
        back.of("best")


def test_the_header_says_what_made_it(path: Path) -> None:
    raced(path)
    header = read_race(path).header
    assert (header["command"], header["seeds"]) == (COMMAND, [0, 1])
    assert header["race"] == ["one by one", "every second"]
    known = header["settings"]["every second"]
    assert known["strategy"] == {"name": "Plan", "space": None, "stride": 2, "seed": 0}
    assert known["estimator"]["scores"] == list(SCORES)
    assert set(header["made_on"]) >= {"python", "machine"}
    assert datetime.fromisoformat(header["date"]).tzinfo is not None


def test_each_lap_is_on_disk_before_it_is_passed_on(path: Path) -> None:
    events = race(plans(), seeds=[0, 1], trials=4)
    written = recorded_race(events, path, racers=plans(), seeds=[0, 1], command=COMMAND)
    count = 0
    for event in written:
        count += isinstance(event, Lap)
        assert len(path.read_bytes().splitlines()) == 1 + count
        if count == 3:
            break
    written.close()  # type: ignore[attr-defined]
    assert len(read_race(path).laps) == 3


def test_a_race_is_not_written_over(path: Path) -> None:
    raced(path)
    whole = path.read_bytes()
    with pytest.raises(FileExistsError):
        raced(path)
    assert path.read_bytes() == whole
    nowhere = path.with_name("other.jsonl")
    with pytest.raises(ValueError, match="seeds: expected at least one"):
        list(recorded_race([], nowhere, racers=plans(), seeds=[], command=COMMAND))
    assert not nowhere.exists()


def test_a_torn_last_line_is_dropped_with_a_warning(path: Path) -> None:
    found = raced(path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.warns(UserWarning, match="line 5, the last, is torn"):
        back = read_race(path)
    assert list(back.laps) == found[:3]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '"seed": 0, "steps"',
            '"seed": true, "steps"',
            "line 2 is corrupt: expected a whole number, got True",
        ),
        ('"seed": 0, "steps"', '"seed": NaN, "steps"', "line 2 is corrupt: NaN is not JSON"),
        ('"seed": 0, "steps"', '"steps"', "line 2 is corrupt: .*seed"),
        ('"steps": [[', '"steps": [[1, ', "line 2 is corrupt: .*positional"),
        ('"steps": [[', '"steps": 3, "other": [[', "line 2 is corrupt: .*not iterable"),
        ('"racer": "one by one"', '"racer": 7', "line 2 is corrupt: expected text, got 7"),
        ('"racer": "one by one"', '"racer": "every second"', "every second, seed 0, comes twice"),
        ('"format": 1', '"format": 2', "format 2 is newer than 1.*update workbench"),
        ('{"format": 1', '{"form": 1', "line 1: not the header of a race"),
        ('"race"', '"log"', "line 1: not the header of a race: it names no racers"),
    ],
)
def test_what_is_corrupt_is_named(path: Path, old: str, new: str, said: str) -> None:
    raced(path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ValueError, match=said):
        read_race(path)


def test_bytes_that_are_no_race_are_refused(path: Path) -> None:
    path.parent.mkdir()
    for data in (b"", b"\xff\xfe\n", b"[1]\n", b'{"format": 1}\n'):
        path.write_bytes(data)
        with pytest.raises(ValueError, match=re.escape(str(path))):
            read_race(path)


counts, finite, moments = st.integers(0, 10**6), st.floats(allow_nan=False), st.floats(0, 1e9)
steps = st.tuples(counts, counts, counts, moments, finite, st.none() | finite)
drawn = st.tuples(
    *[st.text(), st.integers(0, 2**40), st.lists(steps, max_size=3)],
    *[counts, counts, moments, counts],
)


@settings(max_examples=40)
@given(st.lists(drawn, max_size=3, unique_by=lambda fields: fields[:2]))
def test_any_lap_comes_back_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, fields: list[Any]
) -> None:
    found = [
        Lap(racer, seed, tuple(Step(*step) for step in taken), *rest)
        for racer, seed, taken, *rest in fields
    ]
    path = tmp_path_factory.mktemp("laps") / "race.jsonl"
    passed = list(recorded_race(found, path, racers={}, seeds=[0], command=COMMAND))
    assert passed == found
    assert list(read_race(path).laps) == found
    for line in path.read_bytes().split(b"\n")[:-1]:
        json.loads(line, parse_constant=lambda name: pytest.fail(name))


def test_a_race_of_sixty_times_two_hundred_trials_takes_some_fifty_kilobytes(path: Path) -> None:
    def made(seed: int) -> Any:
        rng = random.Random(seed)
        return Plan(), Scores(scores=tuple(rng.random() for _ in range(200)))

    events = race({"random search": made}, seeds=range(6), trials=200, value=math.sqrt)
    list(recorded_race(events, path, racers={}, seeds=range(6), command=COMMAND))
    _, *lines = path.read_bytes().splitlines(keepends=True)
    assert sum(len(line) for line in lines) * 10 < 50_000


# ------------------------------------------------------------------------- gone on with, packed


def test_a_recorded_race_is_gone_on_with(path: Path) -> None:
    with stopped_clock():
        whole = raced(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]) + lines[3][:20])  # killed while the third was written
    with pytest.warns(UserWarning, match="torn"):
        done = {(lap.racer, lap.seed) for lap in read_race(path).laps}
    events = race(plans(), seeds=[0, 1], trials=4, done=done)
    given = {"racers": plans(), "seeds": [0, 1], "command": COMMAND}
    with stopped_clock():
        laps(recorded_race(events, path, **given, resume=True))
    assert path.read_bytes() == b"".join(lines)
    assert list(read_race(path).laps) == whole
    with pytest.raises(ValueError, match=r"another race \(there: in the file\): notes.trials: 5"):
        list(recorded_race([], path, **given, notes={"trials": 5}, resume=True))
    new = path.with_name("new.jsonl")
    assert laps(recorded_race(race(plans(), seeds=[0], trials=4), new, **given, resume=True))


@pytest.mark.parametrize("length", [0, 5, 40])
def test_a_race_whose_header_alone_is_there_and_torn_begins_anew(path: Path, length: int) -> None:
    with stopped_clock():
        whole = raced(path)
    written = path.read_bytes()
    path.write_bytes(written[:length])
    given = {"racers": plans(), "seeds": [0, 1], "command": COMMAND, "resume": True}
    with stopped_clock(), warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        laps(recorded_race(race(plans(), seeds=[0, 1], trials=4), path, **given))
    assert [str(each.message) for each in said] == (
        [f"{path}: line 1, the header, is torn: dropped"] if length else []
    )
    assert path.read_bytes() == written
    assert list(read_race(path).laps) == whole


def test_a_planned_race_and_a_panels_begin_anew_after_a_torn_header(tmp_path: Path) -> None:
    table = Truthful(chains())
    planned = PlannedRace("small", "a test", {"random search": RandomSearch}, seeds=1, trials=2)
    path = tmp_path / planned.file.removesuffix(".gz")
    path.write_bytes(b'{"format": 1, "ra')
    with pytest.warns(UserWarning, match="the header, is torn: dropped"):
        panels = LiveRace({"random search": RandomSearch}, table, path)
    assert panels.laps == ()
    with pytest.warns(UserWarning, match="the header, is torn: dropped"):
        assert len(laps(make_race(planned, table, tmp_path))) == 1


@pytest.mark.parametrize("lines", [1, 3, 5])
def test_a_last_line_that_lacks_only_its_end_is_kept(path: Path, lines: int) -> None:
    """It is read, so that its lap is not run again: then it may not be cut off."""
    with stopped_clock():
        whole = raced(path)
        written = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(written[:lines]).removesuffix(b"\n"))
        done = {(lap.racer, lap.seed) for lap in read_race(path).laps}
        assert len(done) == lines - 1
        events = race(plans(), seeds=[0, 1], trials=4, done=done)
        given = {"racers": plans(), "seeds": [0, 1], "command": COMMAND}
        laps(recorded_race(events, path, **given, resume=True))
    assert path.read_bytes() == b"".join(written)
    assert list(read_race(path).laps) == whole


def test_a_packed_race_is_the_same_race(path: Path) -> None:
    raced(path)
    packed = path.with_suffix(".jsonl.gz")
    pack_race(path, packed)
    assert read_race(packed) == read_race(path)
    assert packed.stat().st_size < path.stat().st_size
    first = packed.read_bytes()
    pack_race(path, packed)
    assert packed.read_bytes() == first
    with pytest.raises(ValueError, match="a packed race takes no more laps"):
        list(recorded_race([], packed, racers=plans(), seeds=[0, 1], command=COMMAND, resume=True))
    packed.write_bytes(first[:-5])
    with pytest.raises(ValueError, match="a packed race that is damaged"):
        read_race(packed)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ValueError, match="torn"):
        pack_race(path, packed)


# ------------------------------------------------------------------------------ the course's races


def test_the_races_of_the_course() -> None:
    sizes = {name: (len(each.racers), each.seeds, each.trials) for name, each in RACES.items()}
    assert sizes == {
        "evolution": (4, 200, 300),
        "bayesian": (5, 30, 300),
        "controllers": (6, 100, 300),
        "reinforce-details": (15, 100, 300),
        "ppo-details": (17, 60, 300),
        "hyperband": (4, 100, 10_000),
        "bohb": (3, 30, 10_000),
        "extrapolation": (2, 100, 100),
        "notebook": (3, 20, 200),
        "notebook-bayesian": (2, 3, 60),
    }
    for each in RACES.values():
        assert next(iter(entered(each.racers, Guess(chains())))) == "random search"
        assert each.command == f"workbench race {each.name}"


def test_a_planned_race_may_be_over_seconds(tmp_path: Path) -> None:
    planned = replace(RACES["hyperband"], seeds=1, seconds=3, racers=dict(RACES["notebook"].racers))
    found = laps(make_race(planned, Truthful(chains()), tmp_path))
    assert all(0 < lap.trials < 100 and lap.seconds <= 3 for lap in found)
    notes = read_race(tmp_path / planned.file).header["notes"]
    assert (notes["seconds"], notes["longest"]) == (3, True)
    assert planned.budget == "3 simulated seconds"


def test_what_answers_a_racer_can_be_made_of_the_table() -> None:
    table, other = Guess(chains()), Guess(chains(), epochs=3)
    racers = {"random search": RandomSearch, "doubtful": RandomSearch}
    planned = PlannedRace(
        "two", "of two", racers, 1, 1, estimators={"doubtful": lambda given: other}
    )
    found = planned.entered(table)
    assert found["random search"](0)[1] is table
    assert found["doubtful"](0)[1] is other
    with pytest.raises(ValueError, match="expected one of"):
        PlannedRace("two", "of two", racers, 1, 1, estimators={"nobody": lambda given: given})


class Truthful(Guess):
    """A table in what it knows."""

    optimum, highest, ceiling, best = 0.95, 0.96, 0.9, None

    def mean(self, arch: Any) -> float:
        return 1 / 3

    def test(self, arch: Any) -> float:
        return 0.25


def test_a_planned_race_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    planned = replace(RACES["notebook"], seeds=2, trials=6)
    table = Truthful(chains())
    running = make_race(planned, table, tmp_path)
    for event in running:
        if isinstance(event, Lap) and event.racer == "local search":
            break
    running.close()  # type: ignore[attr-defined]
    assert not (tmp_path / planned.file).exists()
    rest = laps(make_race(planned, table, tmp_path))
    assert len(rest) == 4
    found = read_race(tmp_path / planned.file)
    assert len(found.laps) == planned.laps == 6
    assert found.header["command"] == "workbench race notebook"
    truth = {"highest": 0.96, "optimum": 0.95, "test": None, "ceiling": 0.9}
    assert found.header["notes"]["truth"] == truth
    step = found.laps[0].steps[0]
    assert (step.value, step.test) == (0.333333, 0.25)
    assert laps(make_race(planned, table, tmp_path)) == []
