"""Bayesian optimisation: what it asks, when it fits, and what it shows."""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fakes import Guess, chains
from thoroughness import so_many

from workbench.records import Asked, Candidate, Evaluation, Told
from workbench.search import finish, search
from workbench.spaces import Topology, TopologySpace
from workbench.store import recorded, resume
from workbench.strategies import BayesianOptimization, RandomSearch
from workbench.strategies import gaussian_process as processes
from workbench.strategies.expected_improvement import expected_improvement
from workbench.strategies.pool import everything
from workbench.views.nouns.menu import noun

WORTH = {"none": 0.0, "skip_connect": 0.2, "nor_conv_1x1": 0.6, "nor_conv_3x3": 1.0}


def small() -> TopologySpace:
    return TopologySpace(nodes=3, operations=(*WORTH,))  # 64 cells


def worth(arch: Topology) -> float:
    """An easy landscape: each edge adds what its operation is worth, later edges more."""
    return 0.5 + 0.05 * sum(WORTH[name] * (i + 1) for i, name in enumerate(arch.operations))


def run(strategy: Any, trials: int, score: Any = worth) -> list[Candidate[Any]]:
    asked = []
    for trial in range(trials):
        candidate = strategy.ask()
        asked.append(candidate)
        strategy.tell(Told(trial, candidate, Evaluation(score(candidate.arch), 1.0)))
    return asked


def test_the_first_ones_are_those_of_random_search() -> None:
    space = small()
    asked = run(BayesianOptimization(space, seed=4), 10)
    assert asked == run(RandomSearch(space, seed=4), 10)


@pytest.mark.parametrize("encoding", ["decisions", "paths"])
@pytest.mark.parametrize("acquisition", ["log ei", "ei", "mean"])
def test_it_finds_the_best_of_an_easy_landscape(encoding: str, acquisition: str) -> None:
    space = small()
    strategy = BayesianOptimization(space, encoding=encoding, acquisition=acquisition, initial=5)
    best = max(map(worth, everything(space)))
    assert max(worth(each.arch) for each in run(strategy, 20)) == best


def test_it_asks_where_expected_improvement_is_greatest() -> None:
    """Computed anew from the fitted hyperparameters, one decision after the other."""
    space = small()
    strategy = BayesianOptimization(space, acquisition="ei", margin=0.01, seed=2)
    told = [(each.arch, worth(each.arch)) for each in run(strategy, 13)]
    fit = strategy._fitted()
    archs, scores = [arch for arch, _ in told], np.array([score for _, score in told])

    def kernel(a: Any, b: Any) -> Any:
        weight = dict(zip((d.name for d in space.menu()), fit.weights))
        steps = [(dict(_named(space, x)), dict(_named(space, y))) for x in a for y in b]
        sums = [sum(weight[n] * (x[n] != y[n]) for n in weight) for x, y in steps]
        return np.exp(-np.array(sums)).reshape(len(a), len(b))

    left = [arch for arch in everything(space) if arch not in archs]
    k = kernel(archs, archs) + fit.noise * np.eye(len(archs))
    spread, middle = scores.std(), scores.mean()
    solved = np.linalg.solve(k, (scores - middle) / spread - fit.mean)
    mean = middle + spread * (fit.mean + kernel(left, archs) @ solved)
    cross = kernel(left, archs)
    variance = 1 - np.sum(cross * np.linalg.solve(k, cross.T).T, axis=1)
    best = (middle + spread * (fit.mean + kernel(archs, archs) @ solved)).max()
    wanted = expected_improvement(mean, spread * np.sqrt(variance), float(best), margin=0.01)
    rows = {row["architecture"]: row for row in strategy.inside()["posterior"]}
    first = left[int(np.argmax(wanted))]
    assert strategy.ask().arch == first
    assert rows[space.spell(first)]["acquisition"] == pytest.approx(wanted.max(), abs=1e-6)


def _named(space: Any, arch: Any) -> list[tuple[str, int]]:
    return [(d.name, i) for d, i in zip(space.menu(), space.decisions(arch))]


def test_it_fits_after_ten_twenty_thirty_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    real = processes.fitted

    def counted(rows: Any, *given: Any, **more: Any) -> Any:
        sizes.append(len(rows))
        return real(rows, *given, **more)

    monkeypatch.setattr(processes, "fitted", counted)
    strategy = BayesianOptimization(small())
    run(strategy, 35)
    assert sizes == [10, 20, 30]


def test_what_is_outstanding_is_not_asked_again() -> None:
    strategy = BayesianOptimization(small())
    asked = run(strategy, 12)
    waiting = [strategy.ask() for _ in range(6)]
    archs = [each.arch for each in (*asked, *waiting)]
    assert len(set(archs)) == len(archs)
    assert strategy.inside()["posterior"]
    for trial, candidate in enumerate(reversed(waiting), start=12):
        strategy.tell(Told(trial, candidate, Evaluation(worth(candidate.arch), 1.0)))
    assert strategy.ask() is not None


def test_a_failure_is_missing_not_a_zero() -> None:
    """A strategy told of failures believes what one believes that never heard of them."""
    space, rows = small(), []
    for failures in (True, False):
        strategy = BayesianOptimization(space, initial=5, candidates=60)
        for trial, arch in enumerate(everything(space)[:20]):
            failed = trial % 4 == 3
            answer = Evaluation.failed() if failed else Evaluation(worth(arch), 1.0)
            if failures or not failed:
                strategy.tell(Told(trial, Candidate(arch), answer))
        rows.append({r["architecture"]: r["mean"] for r in strategy.inside()["posterior"]})
        asked = {strategy.ask().arch for _ in range(10)}
        told = set(everything(space)[:20])
        assert not failures or not asked & told  # nor is it asked about again
    common = rows[0].keys() & rows[1].keys()
    assert len(common) > 15
    assert all(rows[0][name] == pytest.approx(rows[1][name], abs=1e-12) for name in common)


def test_a_mutant_names_its_parent_and_its_expectation() -> None:
    space = chains()
    strategy = BayesianOptimization(space, initial=5, candidates=30, enumerate_up_to=0)
    asked = run(strategy, 15, lambda arch: 0.5 + 0.1 * len(repr(arch)) % 0.4)
    mutants = [each for each in asked if each.parents]
    assert mutants
    for each in mutants:
        changed = asked[each.parents[0]].arch
        assert each.arch != changed
        assert each.reason.endswith(f"mutant of trial {each.parents[0]}")
    assert "expected 0." in mutants[0].reason


def test_the_inside_has_a_drawing() -> None:
    strategy = BayesianOptimization(small())
    run(strategy, 9)
    assert [*strategy.inside()] == ["draws"]
    run(strategy, 3)
    tables = strategy.inside()
    assert noun("posterior", tables["posterior"]) is not None
    assert [row["decision"] for row in tables["weights"]] == ["edge 0→1", "edge 0→2", "edge 1→2"]
    measured = [row for row in tables["posterior"] if row["score"] is not None]
    assert len(measured) == 12
    wanted = [row["acquisition"] for row in tables["posterior"] if row["score"] is None]
    assert wanted == sorted(wanted, reverse=True)
    json.loads(json.dumps(tables), parse_constant=pytest.fail)  # no NaN, no infinity


def test_torch_s_generator_and_default_type_are_untouched() -> None:
    torch.manual_seed(3)
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    run(BayesianOptimization(small()), 22)
    assert torch.equal(torch.get_rng_state(), state)
    assert (torch.get_default_dtype(), torch.get_num_threads()) == (torch.float32, threads)


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ({"encoding": "graph"}, "encoding"),
        ({"acquisition": "ucb"}, "acquisition"),
        ({"initial": 1}, "initial must be at least 2, got 1"),
        ({"refit": 0}, "refit must be at least 1, got 0"),
        ({"candidates": 1}, "candidates must be at least 2"),
        ({"margin": float("nan")}, "margin must be a finite number"),
    ],
)
def test_impossible_settings_are_refused(setting: dict[str, Any], says: str) -> None:
    # a wrong word is refused by the tests' type checks already
    with pytest.raises((ValueError, TypeError), match=says):
        BayesianOptimization(small(), **setting)
    with pytest.raises(ValueError, match="encoding 'paths' needs cells"):
        BayesianOptimization(chains(), encoding="paths")


def test_cut_after_sixty_trials_it_asks_the_same_five(tmp_path: Path) -> None:
    """Told again and asked, within three seconds of processor time (two fits would be too many).

    Sixty by the deep profile, twenty by the plain one.
    """
    space, path, cut = chains(max_depth=3), tmp_path / "run.jsonl", so_many(20, 60)
    strategy, guess = BayesianOptimization(space), Guess(space)
    events = recorded(
        search(strategy, guess, trials=cut + 5, seed=5),
        path,
        strategy=strategy,
        estimator=guess,
        seed=5,
    )
    whole = [event.candidate for event in events if isinstance(event, Asked)]
    lines = path.read_text().splitlines(keepends=True)
    ended = [i for i, line in enumerate(lines) if '"told"' in line.lower()]
    path.write_text("".join(lines[: ended[cut - 1] + 1]))
    again = BayesianOptimization(space)
    begun, wall = time.process_time(), time.perf_counter()
    continued = finish(resume(path, again, guess, trials=cut + 5, seed=5))
    spent = time.process_time() - begun
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{spent:.2f} s, {time.perf_counter() - wall:.2f} s on the clock at load {load:.1f}")
    assert [told.candidate for told in continued.told[cut:]] == whole[cut:]
    assert len(whole) == cut + 5
    assert spent <= 3


def test_an_ask_with_a_hundred_observations_takes_half_a_second() -> None:
    """In seconds of one core; the fits, after each tenth score, are not among these asks."""
    space, rng = TopologySpace(), random.Random(0)
    strategy = BayesianOptimization(space)
    for trial in range(101):
        arch = space.sample(rng)
        strategy.tell(
            Told(trial, Candidate(arch), Evaluation(0.1 * len(set(arch.operations)), 1.0))
        )
    begun = time.process_time()
    strategy.ask()
    fitting = time.process_time() - begun
    asks = []
    for _ in range(5):
        begun = time.process_time()
        strategy.ask()
        asks.append(time.process_time() - begun)
    print(f"{min(asks):.3f} s an ask, {fitting:.2f} s one with a fit")
    assert min(asks) <= 0.5
