"""Successive halving, Hyperband, ASHA: the published tables, promotions traced by hand."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fakes import chains
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from synthetic_table import small_space, synthetic

from workbench.data import Split, digits
from workbench.estimators import FullTraining, Table
from workbench.history import History, incumbents, ledger, trials
from workbench.records import Asked, Candidate, Epoch, Evaluation, Event, Told
from workbench.search import finish, search, search_parallel, search_simulated
from workbench.strategies import ASHA, Hyperband, RandomSearch, SuccessiveHalving, WarmStart
from workbench.strategies.brackets import bracket, budgets, hyperband_brackets, most_halvings
from workbench.strategies.largest_budget import LargestBudget

# ------------------------------------------------------------------ the table, in whole numbers


def table_of(most_epochs: int, eta: int, **more: int) -> dict[int, list[tuple[int, int]]]:
    found = hyperband_brackets(most_epochs, eta, **more)
    return {s: [(rung.trials, rung.epochs) for rung in rungs] for s, rungs in found.items()}


def test_hyperband_s_published_table() -> None:
    """Li et al. (2018, JMLR), R = 81, eta = 3."""
    found = table_of(81, 3)
    assert found == {
        4: [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)],
        3: [(34, 3), (11, 9), (3, 27), (1, 81)],
        2: [(15, 9), (5, 27), (1, 81)],
        1: [(8, 27), (2, 81)],
        0: [(5, 81)],
    }
    assert list(found) == [4, 3, 2, 1, 0]
    costs = {s: sum(n * r for n, r in rungs) for s, rungs in found.items()}
    assert costs == {4: 405, 3: 363, 2: 351, 1: 378, 0: 405}
    assert sum(costs.values()) == 1902
    assert sum(rungs[0][0] for rungs in found.values()) == 143


@pytest.mark.parametrize(
    ("most_epochs", "eta", "starts"),
    [(27, 3, [27, 12, 6, 4]), (9, 3, [9, 5, 3]), (16, 4, [16, 6, 3]), (8, 2, [8, 6, 4, 4])],
)
def test_smaller_tables(most_epochs: int, eta: int, starts: list[int]) -> None:
    assert [rungs[0][0] for rungs in table_of(most_epochs, eta).values()] == starts


def test_no_floating_logarithm_counts_the_halvings() -> None:
    assert int(math.log(243) / math.log(3)) == 4  # the trap
    assert most_halvings(243, 3) == 5
    assert most_halvings(1000, 10) == 3
    for eta in (2, 3, 4, 7, 10):
        for power in range(1, 12):
            assert most_halvings(eta**power, eta) == power
            assert most_halvings(eta**power - 1, eta) == power - 1


@given(st.integers(1, 2000), st.integers(2, 6), st.integers(1, 50))
def test_budgets_grow_to_the_longest_and_rungs_thin_out(most: int, eta: int, least: int) -> None:
    least = min(least, most)
    for s, rungs in hyperband_brackets(most, eta, least_epochs=least).items():
        epochs = [rung.epochs for rung in rungs]
        assert len(rungs) == s + 1
        assert epochs[-1] == most
        assert epochs[0] >= least
        assert all(later >= eta * sooner for sooner, later in pairwise(epochs))
        assert all(b.trials == a.trials // eta for a, b in pairwise(rungs))


def test_twelve_epochs_are_cut_to_whole_ones() -> None:
    assert budgets(12, 3, 2) == (1, 4, 12)
    assert budgets(12, 2, 3) == (1, 3, 6, 12)
    assert table_of(12, 3, least_epochs=4) == {1: [(3, 4), (1, 12)], 0: [(2, 12)]}
    assert [rung.trials for rung in bracket(10, 9, 3, 2)] == [10, 3, 1]


# ------------------------------------------------------------------ promotions, by hand


class Scripted:
    """A strategy asked and told by hand: the n-th question is trial n."""

    def __init__(self, strategy: Any) -> None:
        self.strategy = strategy
        self.asked: list[Candidate[Any]] = []

    def ask(self) -> tuple[int, int | None, int | None]:
        """Trial, epochs, what it continues; a trial of −1: nothing was asked."""
        candidate = self.strategy.ask()
        if candidate is None:
            return -1, None, None
        self.asked.append(candidate)
        return len(self.asked) - 1, candidate.epochs, candidate.continues

    def tell(self, trial: int, score: float | None) -> None:
        answer = Evaluation.failed() if score is None else Evaluation(score, 1.0)
        self.strategy.tell(Told(trial, self.asked[trial], answer))


def test_a_bracket_by_hand() -> None:
    by_hand = Scripted(SuccessiveHalving(chains(), most_epochs=4))
    assert [by_hand.ask() for _ in range(4)] == [(n, 1, None) for n in range(4)]
    assert by_hand.ask() == (-1, None, None)  # the rung waits
    for trial, score in ((2, 0.9), (0, 0.5), (3, 0.5)):
        by_hand.tell(trial, score)
    assert by_hand.ask() == (-1, None, None)
    by_hand.tell(1, 0.1)
    assert by_hand.ask() == (4, 2, 2)  # the best goes on first
    assert by_hand.ask() == (5, 2, 0)  # of equals the earlier one
    assert by_hand.asked[5].arch == by_hand.asked[0].arch
    assert by_hand.asked[5].reason == (
        "bracket 1: trial 0, among the best of 4 after 1 epoch, goes on to 2"
    )
    by_hand.tell(4, 0.6)
    by_hand.tell(5, 0.7)
    assert by_hand.ask() == (6, 4, 5)
    assert by_hand.ask() == (-1, None, None)
    states = [row["state"] for row in by_hand.strategy.inside()["brackets"]]
    assert sorted(states) == sorted(["promoted"] * 3 + ["stopped"] * 3 + ["running"])
    by_hand.tell(6, 0.8)
    assert by_hand.ask() == (7, 1, None)  # the next bracket
    assert [row["state"] for row in by_hand.strategy.inside()["brackets"]].count("finished") == 1


def test_rungs_say_how_full_they_are_and_what_is_to_come() -> None:
    by_hand = Scripted(Hyperband(chains(), most_epochs=4))
    assert len(by_hand.strategy.inside()["rungs"]) == 6
    for _ in range(4):
        by_hand.ask()
    for trial in range(4):
        by_hand.tell(trial, trial / 10)
    by_hand.ask()
    rungs = by_hand.strategy.inside()["rungs"]
    assert [(row["bracket"], row["epochs"], row["planned"]) for row in rungs] == [
        *(("2", 1, 4), ("2", 2, 2), ("2", 4, 1)),
        *(("1", 2, 3), ("1", 4, 1)),
        ("0", 4, 3),
    ]  # fmt: skip
    assert [(row["begun"], row["ended"], row["promoted"]) for row in rungs[:3]] == [
        (4, 4, 1),
        (1, 0, 0),
        (0, 0, 0),
    ]
    assert rungs[0]["best"] == 0.3
    bars = by_hand.strategy.inside()["brackets"]
    assert [row["state"] for row in bars if row["start"] == 3] == ["promoted", "running"]
    assert [row["state"] for row in bars if row["start"] == 2] == ["waiting"]  # its turn comes
    assert [row["state"] for row in bars if row["start"] == 0] == ["stopped"]


def test_asha_by_hand() -> None:
    """Li et al. (2020), algorithm 2, eta = 3, rungs of 1, 3 and 9 epochs; scores as told below."""
    by_hand = Scripted(ASHA(chains(), most_epochs=9, eta=3))
    for trial in range(3):
        assert by_hand.ask() == (trial, 1, None)
    by_hand.tell(0, 0.5)
    by_hand.tell(1, 0.6)
    assert by_hand.ask() == (3, 1, None)  # ⌊2 / 3⌋ = 0 may climb: a new one, nobody waits
    by_hand.tell(2, 0.1)
    assert by_hand.ask() == (4, 3, 1)  # ⌊3 / 3⌋ = 1: the best of three
    assert by_hand.ask() == (5, 1, None)
    by_hand.tell(3, 0.9)  # the best of 4, but 4 // 3 = 1: trial 3 takes the place
    assert by_hand.ask() == (6, 3, 3)
    by_hand.tell(4, 0.7)
    by_hand.tell(6, 0.8)
    assert by_hand.ask() == (7, 1, None)  # two on the rung of 3 epochs: ⌊2 / 3⌋ = 0
    by_hand.tell(5, 0.65)
    assert by_hand.ask() == (8, 1, None)  # best 1 of 5 is trial 3, promoted already
    by_hand.tell(7, 0.2)
    assert by_hand.ask() == (9, 3, 5)  # best 2 of 6 are 3, promoted, and 5
    assert [c.continues for c in by_hand.asked] == [None] * 4 + [1, None, 3, None, None, 5]


def test_asha_promotes_from_the_highest_rung_first() -> None:
    by_hand = Scripted(ASHA(chains(), most_epochs=4))
    for _ in range(8):
        by_hand.ask()
    for trial in range(8):
        by_hand.tell(trial, trial / 10)
    assert [by_hand.ask() for _ in range(2)] == [(8, 2, 7), (9, 2, 6)]
    by_hand.tell(8, 0.5)
    by_hand.tell(9, 0.9)
    assert by_hand.ask() == (10, 4, 9)  # though two more may climb from the lowest rung
    assert by_hand.ask() == (11, 2, 5)


@pytest.mark.parametrize("make", [SuccessiveHalving, Hyperband, ASHA])
def test_who_has_no_score_never_goes_on(make: Any) -> None:
    by_hand = Scripted(make(chains(), most_epochs=4, seed=3))
    bad = set()
    for number in range(60):
        trial, _, continues = by_hand.ask()
        assert continues not in bad
        score = [None, math.nan, None, 0.0][number % 4]
        if score != 0.0:
            bad.add(trial)
        by_hand.tell(trial, score)
    assert any(candidate.continues is not None for candidate in by_hand.asked)


def test_where_all_fail_the_next_bracket_begins() -> None:
    by_hand = Scripted(SuccessiveHalving(chains(), most_epochs=4))
    for trial in range(12):
        assert by_hand.ask() == (trial, 1, None)
        by_hand.tell(trial, None)


def test_hyperband_begins_the_next_bracket_rather_than_wait() -> None:
    by_hand = Scripted(Hyperband(chains(), most_epochs=4))
    budgets_ = [by_hand.ask()[1] for _ in range(10)]
    assert budgets_ == [1] * 4 + [2] * 3 + [4] * 3
    for trial in range(4):
        by_hand.tell(trial, trial / 10)
    assert by_hand.ask() == (10, 2, 3)  # the older bracket goes before


def test_beginners_are_random_search_s() -> None:
    blind = RandomSearch(chains(), seed=5)
    by_hand = Scripted(Hyperband(chains(), most_epochs=4, seed=5))
    for _ in range(20):
        trial, _, _ = by_hand.ask()
        by_hand.tell(trial, 0.5)
    begun = [each.arch for each in by_hand.asked if each.continues is None]
    assert begun == [blind.ask().arch for _ in begun]  # type: ignore[union-attr]


def test_yours_first_are_known_and_on_no_ladder() -> None:
    space = chains()
    first = (space.sample(random.Random(0)), space.sample(random.Random(1)))
    by_hand = Scripted(WarmStart(ASHA(space, most_epochs=4), first=first))
    assert by_hand.strategy.promotes
    assert [by_hand.ask()[1] for _ in range(3)] == [None, None, 1]
    for trial in range(3):
        by_hand.tell(trial, 0.5)
    assert len(by_hand.strategy.inside()["brackets"]) == 1


# ------------------------------------------------------------------ in any order


@settings(suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_the_order_promotions_are_earned(data: st.DataObject) -> None:
    """Each trial is carried on once, by a better half at most, to the next rung's epochs."""
    make = data.draw(st.sampled_from([SuccessiveHalving, Hyperband, ASHA]))
    by_hand = Scripted(make(chains(), most_epochs=8, seed=data.draw(st.integers(0, 99))))
    running: list[int] = []
    scores: dict[int, float | None] = {}
    for _ in range(data.draw(st.integers(0, 40))):
        trial = -1
        if len(running) < 5 and data.draw(st.booleans()):
            trial, epochs, continues = by_hand.ask()
        if trial >= 0:
            running.append(trial)
            if continues is not None:
                earlier = by_hand.asked[continues]
                assert earlier.arch == by_hand.asked[trial].arch
                assert (earlier.epochs, epochs) in {(1, 2), (2, 4), (4, 8)}
                assert scores[continues] is not None
        elif running:
            ended = running.pop(data.draw(st.integers(0, len(running) - 1)))
            score = data.draw(st.sampled_from([None, 0.1, 0.5, 0.5, 0.9]))
            scores[ended] = score
            by_hand.tell(ended, score)
    continued = [c.continues for c in by_hand.asked if c.continues is not None]
    assert len(set(continued)) == len(continued)
    if make is ASHA:
        for epochs in (1, 2, 4):
            told = [n for n in scores if by_hand.asked[n].epochs == epochs]
            promoted = [n for n in continued if by_hand.asked[n].epochs == epochs]
            # a first half that better ones overtook may have climbed before them
            assert len(promoted) <= len(told)
            if len(told) < 2:
                assert not promoted
    for row in by_hand.strategy.inside()["rungs"]:
        assert row["promoted"] <= row["ended"] <= row["begun"]
        assert row["planned"] is None or row["begun"] <= row["planned"]


# ------------------------------------------------------------------ on a table


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    path: Path = tmp_path_factory.mktemp("table") / "small.npz"
    synthetic(small_space()).save(path)
    return Table(path=path)


def epochs_of(history: History[Any]) -> Counter[tuple[Any, int]]:
    """How often each epoch of each architecture's training was paid."""
    return Counter(_epochs(history))


def _epochs(history: History[Any]) -> Generator[tuple[Any, int], None, None]:
    asked = {event.trial: event.candidate for event in history.events if isinstance(event, Asked)}
    for event in history.events:
        if isinstance(event, Epoch) and event.trial is not None:
            yield asked[event.trial].arch, event.epoch


@pytest.mark.parametrize("make", [SuccessiveHalving, Hyperband, ASHA])
def test_each_epoch_is_paid_once(table: Table, make: Any) -> None:
    strategy = make(table.space, most_epochs=12, eta=3, seed=1)
    history = finish(search(strategy, table, trials=40, seed=1))
    paid = epochs_of(history)
    assert set(paid.values()) == {1}
    bill = ledger(history)
    assert bill[-1]["epochs"] == sum(paid.values())
    assert not bill[-1]["failed"]
    for before, row, told in zip([{"epochs": 0}, *bill], bill, history.told):
        earlier = told.candidate.continues
        done = 0 if earlier is None else history.told[earlier].candidate.epochs
        assert row["epochs"] - before["epochs"] == told.candidate.epochs - (done or 0)
    longest = max(trials(history), key=lambda row: row["epochs"])
    assert longest["epochs"] == 12


def test_one_round_of_hyperband_costs_what_the_table_says(table: Table) -> None:
    rungs = table_of(9, 3)
    begun = sum(trials_ for bracket_ in rungs.values() for trials_, _ in bracket_)
    strategy = Hyperband(table.space, most_epochs=9, eta=3)
    history = finish(search(strategy, table, trials=begun))
    expected = 0
    for bracket_ in rungs.values():
        done = 0
        for many, epochs in bracket_:
            expected += many * (epochs - done)  # a promotion pays what is new
            done = epochs
    assert ledger(history)[-1]["epochs"] == expected
    states = Counter(row["state"] for row in strategy.inside()["brackets"])
    assert states["finished"] == sum(bracket_[-1][0] for bracket_ in rungs.values())
    assert not {"running", "waiting"} & set(states)


def test_with_curves_that_do_not_cross_halving_finds_the_best() -> None:
    """A noise-free ranking that is the same after each epoch."""
    space = chains()

    class Honest:
        def __init__(self) -> None:
            self.space = space

        def prepare(self, *, seed: int) -> Generator[Event[Any], None, None]:
            yield from ()

        def estimate(
            self, candidate: Candidate[Any], *, trial: int, seed: int
        ) -> Generator[Event[Any], None, Evaluation]:
            worth = random.Random(space.spell(candidate.arch)).random()
            yield from ()
            return Evaluation(worth * (candidate.epochs or 0) / 8, 1.0)

    for seed in range(5):
        history = finish(search(SuccessiveHalving(space, seed=seed), Honest(), trials=15))
        begun = [told for told in history.told if told.candidate.epochs == 1]
        best = max(begun, key=lambda told: told.evaluation.score)
        assert history.told[-1].candidate.epochs == 8
        assert history.told[-1].candidate.arch == best.candidate.arch


def test_in_simulated_time_nobody_is_idle_under_asha(table: Table) -> None:
    def workload(strategy: Any) -> tuple[float, History[Any]]:
        running = search_simulated(strategy, table, workers=4, trials=30, seed=2)
        history = finish(running)
        spent = ledger(history)[-1]["seconds"]
        clock = incumbents(history, elapsed=True)[-1]["seconds"]
        return spent / (4 * clock), history

    busy, history = workload(ASHA(table.space, most_epochs=12, eta=3))
    waiting, _ = workload(SuccessiveHalving(table.space, most_epochs=12, eta=3))
    assert waiting < 0.6  # for the last of each rung
    assert busy > 0.7  # but at the end, when no trial is left
    assert set(epochs_of(history).values()) == {1}


@pytest.mark.parametrize("make", [Hyperband, ASHA])
def test_beside_each_other_in_threads(table: Table, make: Any) -> None:
    strategy = make(table.space, most_epochs=12, eta=3)
    with ThreadPoolExecutor(3) as pool:
        history = finish(
            search_parallel(strategy, table, trials=25, executor=pool, workers=3, seed=3)
        )
    assert len(history.told) == 25
    assert not any(told.evaluation.is_failure for told in history.told)
    assert set(epochs_of(history).values()) == {1}


def test_promotions_train_on_bit_for_bit() -> None:
    """1 + 1 + 2 epochs, each of another trial, are four epochs of the first one."""
    whole = digits()
    few = replace(whole, train=Split(whole.train.images[:64], whole.train.labels[:64]))
    space = chains()
    full = FullTraining(space, few, epochs=4, device="cpu")
    strategy = SuccessiveHalving(space, most_epochs=4, seed=1)
    history = finish(search(strategy, full, trials=7, seed=9))
    last = history.told[-1]
    first = next(told for told in history.told if told.candidate.arch == last.candidate.arch)
    assert [last.candidate.epochs, len(last.evaluation.curve)] == [4, 4]
    again = FullTraining(space, few, epochs=4, device="cpu")
    alone = finish(
        search(_Asks(Candidate(last.candidate.arch), first.trial), again, trials=7, seed=9)
    )
    (whole_told,) = (told for told in alone.told if told.trial == first.trial)
    assert last.evaluation.curve == whole_told.evaluation.curve
    assert last.evaluation.measures == whole_told.evaluation.measures
    own = [event for event in history.events if isinstance(event, Epoch)]
    assert [event.epoch for event in own if event.trial == last.trial] == [3, 4]
    assert set(epochs_of(history).values()) == {1}


class _Asks:
    """Asks about one candidate in the trial of this number, before it about nothing dear."""

    def __init__(self, candidate: Candidate[Any], trial: int) -> None:
        self.candidate, self.trial, self.asks = candidate, trial, 0
        self.space = chains()

    def ask(self) -> Candidate[Any] | None:
        self.asks += 1
        if self.asks - 1 > self.trial:
            return None
        epochs = None if self.asks - 1 == self.trial else 1
        return replace(self.candidate, epochs=epochs)

    def tell(self, told: Told[Any]) -> None:
        pass

    def inside(self) -> dict[str, Any]:
        return {}


# ------------------------------------------------------------------ settings


@pytest.mark.parametrize("make", [SuccessiveHalving, Hyperband, ASHA])
def test_impossible_settings_are_named(make: Any) -> None:
    for wrong in ({"eta": 1}, {"most_epochs": 0}, {"least_epochs": 9}):
        (name,) = wrong
        with pytest.raises(ValueError, match=f"{make.__name__}: {name}"):
            make(chains(), **wrong)


def test_few_candidates_are_random_search() -> None:
    by_hand = Scripted(SuccessiveHalving(chains(), least_epochs=8))
    for trial in range(3):
        assert by_hand.ask() == (trial, 8, None)
        by_hand.tell(trial, 0.5)


# ------------------------------------------------------------------ a model proposes


@pytest.fixture
def unfitted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fitting takes seconds, and test_bayesian does it."""
    from workbench.strategies import gaussian_process

    def equal(rows: Any, scores: Any, owners: Any, *, decisions: int, most: float) -> Any:
        return gaussian_process.Hyperparameters((1.0,) * decisions)

    monkeypatch.setattr(gaussian_process, "fitted", equal)


@pytest.mark.usefixtures("unfitted")
def test_the_model_is_of_the_largest_budget_that_has_enough_scores() -> None:
    space = chains()
    enough = len(space.menu()) + 1
    by_hand = Scripted(ASHA(space, most_epochs=4, proposals="model", seed=1))
    said: list[str] = []
    while not any("at 2 epochs" in each for each in said):
        trial, _, _ = by_hand.ask()
        assert trial < 60
        said.append(by_hand.asked[trial].reason)
        told = Counter(c.epochs for c in by_hand.asked[:trial])
        if "at 1 epochs" in said[-1]:
            assert told[1] >= enough > told[2]
        if "at 2 epochs" in said[-1]:
            assert told[2] >= enough > told[4]
        by_hand.tell(trial, random.Random(trial).random())
    assert any("at 1 epochs" in each for each in said)
    assert any("drawn at random" in each for each in said[enough + 1 :])  # a third stays blind
    inside = by_hand.strategy.inside()
    assert {"posterior: after 2 epochs", "weights: after 2 epochs"} <= set(inside)


@pytest.mark.usefixtures("unfitted")
def test_a_model_hears_nothing_of_other_budgets() -> None:
    space = chains()
    one, other = LargestBudget(space, seed=4), LargestBudget(space, seed=4)
    rng = random.Random(0)
    for trial in range(16):
        candidate = one.ask()
        assert candidate is not None
        assert other.ask() == candidate
        told = Told(
            trial, replace(candidate, epochs=8 if trial < 12 else 2), Evaluation(rng.random(), 1.0)
        )
        one.tell(told)
        if told.candidate.epochs == 2:
            told = replace(told, evaluation=Evaluation(0.99 * rng.random(), 1.0))
        other.tell(told)
    assert one.inside() == other.inside()
