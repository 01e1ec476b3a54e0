"""TPE through Optuna: what it learns, what it costs, what it does not touch."""

from __future__ import annotations

import random
import sys
import time
from typing import Any

import numpy as np
import pytest

from workbench.records import Candidate, Evaluation, Told
from workbench.spaces import Topology, TopologySpace
from workbench.strategies import TPE, RandomSearch

SPACE = TopologySpace()
WORTH = {"none": 0.0, "skip_connect": 0.2, "avg_pool_3x3": 0.3, "nor_conv_1x1": 0.6}


def worth(arch: Topology) -> float:
    """An easy landscape: each edge adds what its operation is worth, later edges more."""
    return sum(WORTH.get(name, 1.0) * (i + 1) for i, name in enumerate(arch.operations)) / 21


def run(strategy: Any, trials: int) -> list[Candidate[Topology]]:
    asked = []
    for trial in range(trials):
        asked.append(strategy.ask())
        strategy.tell(Told(trial, asked[-1], Evaluation(worth(asked[-1].arch), 1.0)))
    return asked


def test_it_finds_better_than_random_search_where_decisions_add_up() -> None:
    """60 asks, 5 seeds; each seed by more than a twentieth of the whole range on the mean."""

    def best(strategy: type) -> list[float]:
        runs = [run(strategy(SPACE, seed=seed), 60) for seed in range(5)]
        return [max(worth(candidate.arch) for candidate in asked) for asked in runs]

    assert np.mean(best(TPE)) > np.mean(best(RandomSearch)) + 0.05


def test_its_sampler_is_asked_for_the_good_not_for_the_bad() -> None:
    asked = run(TPE(SPACE, seed=1), 80)
    scores = [worth(candidate.arch) for candidate in asked]
    assert np.mean(scores[-20:]) > np.mean(scores[:10]) + 0.2


def test_failures_and_scores_that_are_no_numbers_teach_nothing() -> None:
    """As if never told: Optuna keeps such trials, its model leaves them out."""
    answers = [Evaluation.failed(), Evaluation(float("nan"), 1.0), Evaluation(float("inf"), 1.0)]
    strategy = TPE(SPACE, startup=3)
    for trial, answer in enumerate(answers * 2):
        strategy.tell(Told(trial, strategy.ask(), answer))
    states = [trial.state.name for trial in strategy._study.get_trials()]
    assert states == ["FAIL"] * 6
    assert strategy.ask().reason == "drawn at random, number 7"


def test_what_was_never_asked_is_learnt() -> None:
    strategy, dice = TPE(SPACE, startup=5), random.Random(0)
    for trial in range(40):
        arch = SPACE.sample(dice)
        strategy.tell(Told(trial, Candidate(arch), Evaluation(worth(arch), 1.0)))
    scores = [worth(strategy.ask().arch) for _ in range(10)]
    assert np.mean(scores) > 0.55  # at random: 0.42


def test_nothing_is_said_and_numpys_generator_is_not_touched(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    np.random.seed(3)
    before = np.random.get_state()[1].tolist()
    with caplog.at_level("INFO"):
        run(TPE(SPACE), 15)
    assert np.random.get_state()[1].tolist() == before
    assert capsys.readouterr() == ("", "")
    assert not caplog.records


def test_without_optuna_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ImportError, match="pip install"):
        TPE(SPACE)


@pytest.mark.parametrize("given", [{"startup": 0}, {"candidates": 0}])
def test_impossible_settings_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="TPE: "):
        TPE(SPACE, **given)


def test_an_ask_after_300_scores_takes_50_ms() -> None:
    """Of this process's own time, whatever else the machine does (10 ms, where this was made)."""
    strategy, dice = TPE(SPACE), random.Random(0)
    for trial in range(300):
        arch = SPACE.sample(dice)
        strategy.tell(Told(trial, Candidate(arch), Evaluation(worth(arch), 1.0)))
    costs = []
    for _ in range(5):
        begun = time.process_time()
        strategy.ask()
        costs.append(time.process_time() - begun)
    assert min(costs) <= 0.05
