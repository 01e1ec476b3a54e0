"""A strategy told again: skips, trusted logs, the time slider, forks."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fakes import Climb, Guess, Impressed, Shared, chains
from thoroughness import so_many

from workbench.history import History
from workbench.records import Asked, Candidate, Evaluation, Told
from workbench.replay import replayed
from workbench.search import finish, search, search_parallel
from workbench.store import checkpoints_of, fork, header, load, recorded, resume
from workbench.strategies import RandomSearch, WarmStart

SPACE = chains()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.jsonl"


def climbed(path: Path, *, trials: int = 8, estimator: Any = None) -> History[Any]:
    """A logged run of ``Climb``."""
    strategy, estimator = Climb(SPACE), estimator or Guess(SPACE)
    events = search(strategy, estimator, trials=trials, seed=3)
    return finish(recorded(events, path, strategy=strategy, estimator=estimator, seed=3))


# ------------------------------------------------------------------------------- skips


class Slow(Climb):
    """Cannot skip: asked each time."""

    skip = None  # type: ignore[assignment]


def test_all_asks_are_skipped_but_the_last_which_is_checked(path: Path) -> None:
    whole = climbed(path, trials=12)
    other = path.with_name("short.jsonl")
    climbed(other)
    strategy = Climb(SPACE)
    continued = finish(resume(other, strategy, Guess(SPACE), trials=12, seed=3))
    assert (strategy.skips, strategy.asks) == (7, 12)
    assert continued.told == whole.told


def test_one_that_cannot_skip_is_asked_each_time(path: Path) -> None:
    class Plain:
        def __init__(self, inner: Climb) -> None:
            self.space, self.inner = inner.space, inner
            self.ask, self.tell, self.inside = inner.ask, inner.tell, inner.inside

        def described(self) -> Any:
            from workbench.settings import describe

            return describe(self.inner)

    whole = climbed(path, trials=12)
    other = path.with_name("short.jsonl")
    climbed(other)
    strategy = Climb(SPACE)
    continued = finish(resume(other, Plain(strategy), Guess(SPACE), trials=12, seed=3))
    assert (strategy.skips, strategy.asks) == (0, 12)
    assert continued.told == whole.told


class Moody(Climb):
    """Its ``ask`` number ``mood`` (from 1) is another one, which its settings do not tell."""

    mood = 0

    def ask(self) -> Candidate[Any] | None:
        candidate = super().ask()
        if self.asks == self.mood:
            return Candidate(SPACE.sample(random.Random(99)), reason="in a mood")
        return candidate

    def described(self) -> Any:
        return {"name": "Climb", "space": SPACE.__class__.__name__, "seed": self.seed}


def moody(mood: int) -> Moody:
    strategy = Moody(SPACE)
    strategy.mood = mood
    return strategy


def test_the_last_ask_is_really_asked(path: Path) -> None:
    strategy = moody(0)
    events = search(strategy, Guess(SPACE), trials=8, seed=3)
    finish(recorded(events, path, strategy=strategy, estimator=Guess(SPACE), seed=3))
    with pytest.raises(ValueError, match="trial 7: the log asks about"):
        finish(resume(path, moody(8), Guess(SPACE), trials=9, seed=3))
    assert len(finish(resume(path, moody(7), Guess(SPACE), trials=9, seed=3)).told) == 9


class Spy(Climb):
    """Keeps what it is asked and told, in order."""

    def __init__(self, space: Any, *, seed: int = 0) -> None:
        super().__init__(space, seed=seed)
        self.seen: list[tuple[str, Any]] = []

    def ask(self) -> Candidate[Any] | None:
        candidate = super().ask()
        self.seen.append(("ask", candidate))
        return candidate

    def tell(self, told: Told[Any]) -> None:
        super().tell(told)
        self.seen.append(("tell", told))

    def described(self) -> Any:
        return {"name": "Spy"}


class SkippingSpy(Spy):
    def skip(self, candidate: Candidate[Any]) -> None:
        super().skip(candidate)
        self.seen.append(("skip", candidate))


@pytest.mark.parametrize("kind", [Spy, SkippingSpy])
def test_a_strategy_that_follows_a_log_is_told_what_it_did_not_ask(
    path: Path, kind: type[Spy], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its asks count, their answers are dropped; told is what the log holds, in its order."""
    if kind is Spy:
        monkeypatch.delattr(Climb, "skip")
    first = kind(SPACE, seed=1)
    events = search(first, Guess(SPACE), trials=5, seed=3)
    before = finish(recorded(events, path, strategy=first, estimator=Guess(SPACE), seed=3))
    other = kind(SPACE, seed=2)  # its settings hide the seed: it asks something else
    with pytest.raises(ValueError, match="follow_log=True"):
        finish(resume(path, kind(SPACE, seed=2), Guess(SPACE), trials=6, seed=3))
    finish(resume(path, other, Guess(SPACE), trials=6, seed=3, follow_log=True))
    expected: list[tuple[str, Any]] = []
    for event in before.events:
        if isinstance(event, Asked):
            expected.append(("skip" if kind is SkippingSpy else "ask", event.candidate))
        elif isinstance(event, Told):
            expected.append(("tell", event))
    seen = other.seen[: len(expected)]
    assert [name for name, _ in seen] == [name for name, _ in expected]
    told = [what for name, what in seen if name == "tell"]
    assert told == [what for name, what in expected if name == "tell"]
    if kind is SkippingSpy:
        assert seen == expected
    else:
        assert [what for name, what in seen if name == "ask"] != [
            what for name, what in expected if name == "ask"
        ]
    assert other.asks == 6


# ------------------------------------------------------------------------------- estimators


def test_an_estimator_that_listens_hears_each_trial_right_after_the_strategy() -> None:
    heard: list[str] = []

    class Ear(Guess):
        def tell(self, told: Told[Any]) -> None:
            heard.append(f"estimator {told.trial}")

    class Mouth(Climb):
        def tell(self, told: Told[Any]) -> None:
            super().tell(told)
            heard.append(f"strategy {told.trial}")

    expected = [f"{who} {trial}" for trial in range(3) for who in ("strategy", "estimator")]
    for event in search(Mouth(SPACE), Ear(SPACE, broken=(1,)), trials=3):
        assert not isinstance(event, Told) or heard[-1] == f"estimator {event.trial}"
    assert heard == expected
    heard.clear()
    with ThreadPoolExecutor(1) as executor:
        finish(search_parallel(Mouth(SPACE), Ear(SPACE), trials=3, executor=executor, workers=1))
    assert heard == expected


@pytest.mark.parametrize("pulls", range(0, 45, 4))
def test_a_resumed_estimator_has_heard_what_was_told(path: Path, pulls: int) -> None:
    whole = finish(search(Climb(SPACE), Impressed(SPACE), trials=8, seed=3))
    assert whole.told != finish(search(Climb(SPACE), Guess(SPACE), trials=8, seed=3)).told
    strategy, estimator = Climb(SPACE), Impressed(SPACE)
    events = search(strategy, estimator, trials=8, seed=3)
    events = recorded(events, path, strategy=strategy, estimator=estimator, seed=3)
    for _ in range(pulls):
        next(events, None)
    events.close()
    continued = finish(resume(path, Climb(SPACE), Impressed(SPACE), trials=8, seed=3))
    assert continued.told == whole.told


# ------------------------------------------------------------------------------- time travel

STRATEGIES: dict[str, Callable[[int], Any]] = {
    "Climb": lambda seed: Climb(SPACE, seed=seed),
    "RandomSearch": lambda seed: RandomSearch(SPACE, seed=seed),
    "WarmStart": lambda seed: WarmStart(
        Climb(SPACE, seed=seed), first=(SPACE.sample(random.Random(7)),)
    ),
}


@pytest.mark.parametrize("name", STRATEGIES)
def test_replayed_to_any_trial_it_shows_and_asks_what_it_did(name: str) -> None:
    strategy, shown = STRATEGIES[name](0), {}
    events = []
    for event in search(strategy, Guess(SPACE), trials=12, seed=3):
        events.append(event)
        if isinstance(event, Told):
            shown[event.trial] = strategy.inside()
    asked = {e.trial: e.candidate.arch for e in events if isinstance(e, Asked)}
    for trial in range(12):
        again = replayed(STRATEGIES[name](0), events, upto=trial)
        assert again.inside() == shown[trial]
        assert trial == 11 or again.ask().arch == asked[trial + 1]
    assert replayed(STRATEGIES[name](0), events).inside() == shown[11]


def test_a_trial_that_was_not_told_cannot_be_gone_back_to() -> None:
    history = finish(search(Climb(SPACE), Guess(SPACE), trials=3))
    with pytest.raises(ValueError, match=r"trial 3 has not been told: .*\[0, 1, 2\]"):
        replayed(Climb(SPACE), history.events, upto=3)


# ------------------------------------------------------------------------------- forks


def of_trials(history: History[Any]) -> list[str]:
    return [repr(event) for event in history.events if event.trial is not None]  # NaN like NaN


def test_from_anywhere_with_nothing_changed_a_fork_goes_on_bit_for_bit(tmp_path: Path) -> None:
    """Two hundred random points of forks, by the deep profile."""
    rng, trials = random.Random(5), 25
    wholes: dict[tuple[str, int], tuple[Path, History[Any]]] = {}
    for number in range(so_many(20, 200)):
        name, seed, after = rng.choice(list(STRATEGIES)), rng.randrange(3), rng.randrange(trials)

        def estimator() -> Guess:
            return Impressed(SPACE, prepared=1)

        if (name, seed) not in wholes:
            path, strategy = tmp_path / f"{name}-{seed}.jsonl", STRATEGIES[name](seed)
            events = search(strategy, estimator(), trials=trials, seed=seed)
            whole = finish(
                recorded(events, path, strategy=strategy, estimator=estimator(), seed=seed)
            )
            wholes[name, seed] = path, whole
        path, whole = wholes[name, seed]
        to = tmp_path / f"fork-{number}.jsonl"
        assert fork(path, to, STRATEGIES[name](seed), estimator(), after=after, seed=seed) == to
        events = resume(to, STRATEGIES[name](seed), estimator(), trials=trials, seed=seed)
        continued = finish(events)
        assert continued.told == whole.told
        assert of_trials(continued) == of_trials(whole)
        assert load(to, SPACE).told == whole.told
        assert header(to)["forked"] == {"from": path.name, "after": after, "asked": after + 1}


def test_from_the_fork_on_settings_may_differ(path: Path) -> None:
    whole = climbed(path, trials=10)
    to = path.with_name("fork.jsonl")
    other, estimator = RandomSearch(SPACE, seed=4), Guess(SPACE, epochs=3)
    fork(path, to, other, estimator, after=5, seed=9, notes={"why": "to see"})
    assert header(to)["settings"]["strategy"]["name"] == "RandomSearch"
    assert (header(to)["seed"], header(to)["notes"]) == (9, {"why": "to see"})
    continued = finish(
        resume(to, RandomSearch(SPACE, seed=4), Guess(SPACE, epochs=3), trials=10, seed=9)
    )
    assert continued.told[:6] == whole.told[:6]
    assert [len(told.evaluation.curve) for told in continued.told] == [2] * 6 + [3] * 4
    again = finish(
        resume(to, RandomSearch(SPACE, seed=4), Guess(SPACE, epochs=3), trials=10, seed=9)
    )
    assert again.told == continued.told
    with pytest.raises(ValueError, match="other settings"):
        finish(resume(to, Climb(SPACE), Guess(SPACE), trials=10, seed=9))


def test_after_the_fork_the_last_ask_is_checked_again(path: Path) -> None:
    climbed(path)
    to = path.with_name("fork.jsonl")
    fork(path, to, moody(0), Guess(SPACE), after=4, seed=3)
    finish(resume(to, moody(3), Guess(SPACE), trials=5, seed=3))  # asked before the fork
    finish(resume(to, moody(0), Guess(SPACE), trials=8, seed=3))
    with pytest.raises(ValueError, match="trial 7: the log asks about"):
        finish(resume(to, moody(8), Guess(SPACE), trials=9, seed=3))


def test_a_fork_of_a_parallel_run_keeps_what_was_running(path: Path) -> None:
    whole = {told.trial: told for told in climbed(path, trials=4).told}
    begun = [Asked(trial, whole[trial].candidate) for trial in range(4)]
    order = [*begun[:3], whole[1], begun[3], whole[0]]
    other = path.with_name("parallel.jsonl")
    finish(recorded(order, other, strategy=Slow(SPACE), estimator=Guess(SPACE), seed=3))
    to = path.with_name("fork.jsonl")
    fork(other, to, Slow(SPACE), Guess(SPACE), after=1, seed=3)
    assert header(to)["forked"]["asked"] == 3
    continued = finish(resume(to, Slow(SPACE), Guess(SPACE), trials=3, seed=3))
    assert [told.trial for told in continued.told] == [1, 0, 2]
    assert sorted(continued.told, key=lambda told: told.trial) == [whole[n] for n in range(3)]


def test_a_fork_takes_the_checkpoints_along_that_later_trials_may_continue(path: Path) -> None:
    def shared(log: Path) -> Shared:
        return Shared(SPACE, checkpoints=checkpoints_of(log))

    whole = climbed(path, estimator=shared(path))
    for trial in (2, 3, 4, 12):
        (checkpoints_of(path) / f"trial-{trial}.safetensors").write_text(str(trial))
    to = path.with_name("fork.jsonl")
    fork(path, to, Climb(SPACE), shared(to), after=3, seed=3)
    names = {file.name for file in checkpoints_of(to).iterdir()}
    assert names == {"shared.json", "trial-2.safetensors", "trial-3.safetensors"}
    continued = finish(resume(to, Climb(SPACE), shared(to), trials=8, seed=3))
    assert continued.told == whole.told
    assert sum(event.trial is None for event in continued.events) == 6
    assert b"again" not in to.read_bytes()


def test_a_fork_is_not_written_over_and_needs_a_trial_that_ended(path: Path) -> None:
    climbed(path, trials=3)
    to = path.with_name("fork.jsonl")
    with pytest.raises(ValueError, match="trial 3 has not been told"):
        fork(path, to, Climb(SPACE), Guess(SPACE), after=3)
    assert not to.exists()
    with pytest.raises(FileExistsError, match="holds a log already"):
        fork(path, path, Climb(SPACE), Guess(SPACE), after=1)
    fork(path, to, Climb(SPACE), Guess(SPACE), after=1)
    lines = to.read_bytes().splitlines()
    assert json.loads(lines[-1])["event"] == "told"
    assert load(to, SPACE).told == load(path, SPACE).told[:2]


def test_a_budget_told_beforehand_is_no_ask() -> None:
    foreign = Told(0, Candidate(SPACE.sample(random.Random(1))), Evaluation(0.5, 1.0))
    assert replayed(Climb(SPACE), [foreign]).asks == 0
