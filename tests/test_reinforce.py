"""The two strategies: what an update is, what each switch does, resuming, what is shown."""

from __future__ import annotations

import math
import random
import time
from typing import Any

import pytest
import torch
from fakes import chains
from planted import Layers, Letters, samples_until_found
from test_controller import read
from thoroughness import so_many

from workbench.records import Candidate, Evaluation, Told
from workbench.settings import arguments, presets
from workbench.spaces import NASNetSpace, TopologySpace
from workbench.strategies import PPO, Reinforce
from workbench.strategies.policy_rows import MOST, spread
from workbench.views.nouns import pictured

both = pytest.mark.parametrize("make", [Reinforce, PPO])
SMALL: dict[str, Any] = {"hidden_size": 5, "children": 4}


def told(strategy: Any, scores: list[float], first: int = 0) -> list[Any]:
    archs = []
    for trial, score in enumerate(scores, first):
        candidate = strategy.ask()
        archs.append(candidate.arch)
        strategy.tell(Told(trial, candidate, Evaluation(score, 1.0)))
    return archs


def weights(strategy: Any) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in strategy._policy.parameters()])


# ------------------------------------------------------------------ updates


@both
def test_a_batch_of_children_is_an_update_and_not_before(make: Any) -> None:
    strategy = make(Layers(3), **SMALL)
    begun = weights(strategy)
    told(strategy, [0.1, 0.5, 0.9])
    assert torch.equal(weights(strategy), begun)
    told(strategy, [0.4], 3)
    assert not torch.equal(weights(strategy), begun)


@both
def test_the_step_is_up_the_gradient_of_the_advantages(make: Any) -> None:
    """Plain ascent at a small rate, one pass: θ + rate · ∇ (1/m) Σ (R − b) ln π."""
    space = Letters(3, 4)
    settings = {"adam": False, "controller_rate": 1e-3, "entropy_weight": 0.0}
    settings |= {"normalise": False, "baseline_corrected": False, **SMALL}
    strategy = make(space, **settings, **({"passes": 1} if make is PPO else {}))
    twin = make(space, **settings)
    rewards = [0.2, 0.9, 0.4, 0.7]
    archs = told(strategy, rewards)
    objective = read(twin._policy, space, archs).log_probability @ torch.tensor(rewards).double()
    found = torch.autograd.grad(objective / 4, list(twin._policy.parameters()))
    moved = weights(strategy) - weights(twin)
    assert torch.allclose(moved, 1e-3 * torch.cat([g.flatten() for g in found]), atol=1e-12)


@both
def test_what_scored_above_the_baseline_becomes_likelier(make: Any) -> None:
    space = Letters(4, 4)
    strategy = make(space, children=8, entropy_weight=0.0)
    twin = make(space, children=8)
    scores = [1.0, 0, 0, 0, 0, 0, 0, 0]
    archs = told(strategy, [float(score) for score in scores])
    before, after = (read(s._policy, space, archs).log_probability for s in (twin, strategy))
    assert after[0] > before[0]


@pytest.mark.parametrize(
    ("make", "switch"),
    [
        (Reinforce, {"network": "independent softmaxes"}),
        (Reinforce, {"lstm_layers": 1}),
        (Reinforce, {"initial_range": 0.0}),
        (Reinforce, {"children": 1}),
        (Reinforce, {"baseline": False}),
        (Reinforce, {"baseline_decay": 0.5}),
        (Reinforce, {"baseline_corrected": False}),
        (Reinforce, {"normalise": False}),
        (Reinforce, {"entropy_weight": 0.0}),
        (Reinforce, {"reward_power": 3}),
        (Reinforce, {"last_epochs": 5}),
        (Reinforce, {"controller_rate": 1e-3}),
        (Reinforce, {"adam": False}),
        (Reinforce, {"anchor_attention": False}),
        (Reinforce, {"deepen_every": 5, "start_depth": 1, "deepen_by": 1}),
        (Reinforce, {"heads": "a role"}),
        (Reinforce, {"temperature": 5.0}),
        (Reinforce, {"tanh_constant": 0.5}),
        (Reinforce, {"clip_norm": 0.01}),
        (Reinforce, {"failures": "left out"}),
        (PPO, {"network": "independent softmaxes"}),
        (PPO, {"clip_range": 0.0}),
        (PPO, {"passes": 1}),
        (PPO, {"minibatches": 2}),
        (PPO, {"ratio": "an architecture"}),
        (PPO, {"baseline": False}),
        (PPO, {"normalise": False}),
        (PPO, {"entropy_weight": 0.0}),
        (PPO, {"adam": False}),
        (PPO, {"clip_norm": 0.01}),
    ],
    ids=lambda each: each.__name__ if isinstance(each, type) else ", ".join(each),
)
def test_each_switch_changes_what_is_learned(make: Any, switch: dict[str, Any]) -> None:
    usual = {"hidden_size": 5, "children": 4, "controller_rate": 0.05}
    found = []
    for settings in (usual, usual | switch):
        strategy = make(Layers(1, deepest=3), **settings)
        scores = []
        for trial in range(16):
            candidate = strategy.ask()
            score = (trial * 7 % 10) / 10
            curve = (0.9, 0.5 * score, score)
            answer = Evaluation.failed() if trial == 9 else Evaluation(score, 1.0, curve)
            strategy.tell(Told(trial, candidate, answer))
            scores.append(candidate.arch)
        arch = (3, 4, 8, True, 4, False, True)
        probability = read(strategy._policy, strategy.space, [arch]).log_probability.item()
        found.append((scores, probability))
    assert found[0] != found[1]


def test_the_schedule_sets_the_depth_and_no_softmax_is_spent_on_it() -> None:
    space = Layers(1, deepest=4)
    strategy = Reinforce(
        space, children=3, hidden_size=4, deepen_every=5, start_depth=2, deepen_by=1
    )
    archs = told(strategy, [0.1, 0.7, 0.3, 0.9, 0.2] * 4)
    assert [arch[0] for arch in archs] == [2] * 5 + [3] * 5 + [4] * 10
    rows = strategy.inside()["controller"]
    assert "depth" not in {row["decision"] for row in rows}
    yours = Candidate((1, 4), reason="yours")  # of another depth than the schedule's
    strategy.tell(Told(20, yours, Evaluation(0.9, 1.0)))


# ------------------------------------------------------------------ asks


@both
def test_asks_do_not_wait_and_a_late_score_counts(make: Any) -> None:
    strategy = make(TopologySpace(), **SMALL)
    candidates = [strategy.ask() for _ in range(6)]
    for trial in (5, 0, 3, 1):
        strategy.tell(Told(trial, candidates[trial], Evaluation(0.1 * trial, 1.0)))
    assert strategy.ask().reason == "drawn from the policy after 1 update"


@both
def test_children_are_drawn_together_and_each_by_itself_is_the_same(make: Any) -> None:
    space = NASNetSpace(blocks=2)
    one, other = make(space, **SMALL), make(space, **SMALL)
    asked = [one.ask() for _ in range(7)]
    for candidate in asked[:6]:
        other.skip(candidate)
    assert other.ask() == asked[6]
    assert len({candidate.arch for candidate in asked}) == 7


@both
def test_resumed_it_asks_the_same_in_seconds(make: Any) -> None:
    """After 1,000 trials by the deep profile, 200 by the plain one: 10 ms for each."""
    space, trials = TopologySpace(), so_many(200, 1000)
    first, resumed = make(space), make(space)
    events = []
    for trial in range(trials):
        candidate = first.ask()
        score = candidate.arch.operations.count("nor_conv_3x3") / 6
        events.append(Told(trial, candidate, Evaluation(score, 1.0)))
        first.tell(events[-1])
    begun = time.process_time()
    for event in events:
        resumed.skip(event.candidate)
        resumed.tell(event)
    seconds = time.process_time() - begun
    assert resumed.ask() == first.ask()
    assert torch.equal(weights(resumed), weights(first))
    print(f"{make.__name__}: told {trials:,} trials again in {seconds:.1f} s")
    assert seconds <= 0.01 * trials


def test_a_failure_is_the_lowest_reward_or_none() -> None:
    for failures, updates in (("lowest reward", 1), ("left out", 0)):
        strategy = Reinforce(Letters(3), children=3, hidden_size=3, failures=failures)
        for trial, answer in enumerate([0.5, None, 0.9]):
            evaluation = Evaluation.failed() if answer is None else Evaluation(answer, 1.0)
            strategy.tell(Told(trial, strategy.ask(), evaluation))
        rows = strategy.inside().get("history: reward", [])
        rewards = [row["value"] for row in rows if row["series"] == "reward"]
        assert rewards == pytest.approx([(0.5 + 0.5 + 0.9) / 3] * updates)


def test_a_space_of_one_architecture_is_asked_about_again() -> None:
    space = TopologySpace(operations=("skip_connect",))
    for make in (Reinforce, PPO):
        strategy = make(space, **SMALL)
        assert len({*told(strategy, [0.5] * 9)}) == 1


# ------------------------------------------------------------------ what is shown


@both
def test_what_is_shown_is_drawn_and_never_long(make: Any) -> None:
    for space in (TopologySpace(), NASNetSpace(), Layers(4)):
        strategy = make(space, children=2, hidden_size=4)
        assert strategy.inside() == {}
        told(strategy, [0.1, 0.9, 0.4, 0.6] * 4)
        tables = strategy.inside()
        names = {"probabilities", "controller"}
        names |= {f"history: {name}" for name in ("reward", "advantage", "entropy")}
        names |= {f"history: {name}" for name in ("ratio", "clipped")} if make is PPO else set()
        assert set(tables) == names
        for name, rows in tables.items():
            assert 0 < len(rows) <= MOST
            assert pictured(name, rows) is not None
        last = max(row["update"] for row in tables["probabilities"])
        for name in {row["decision"] for row in tables["probabilities"]}:
            shares = [
                row["probability"]
                for row in tables["probabilities"]
                if (row["decision"], row["update"]) == (name, last)
            ]
            assert sum(shares) == pytest.approx(1, abs=1e-5) or not shares
        chosen = [row for row in tables["controller"] if row["chosen"]]
        assert len(chosen) == len({row["step"] for row in tables["controller"]})
        entropy = tables["history: entropy"][0]["value"]
        assert entropy <= math.log(space.size()) + 1e-9


def test_the_first_ratio_of_one_pass_is_1() -> None:
    strategy = PPO(TopologySpace(), **SMALL, passes=1)
    told(strategy, [0.1, 0.5, 0.9, 0.3])
    assert strategy.inside()["history: ratio"][0]["value"] == 1.0
    assert strategy.inside()["history: clipped"][0]["value"] == 0.0
    far = PPO(TopologySpace(), **SMALL, passes=20, controller_rate=0.1)
    told(far, [0.1, 0.5, 0.9, 0.3])
    assert far.inside()["history: clipped"][0]["value"] > 0.2


def test_evenly_spread_holds_the_first_and_the_last() -> None:
    assert spread(range(5), 10) == [0, 1, 2, 3, 4]
    assert spread(range(101), 3) == [0, 50, 100]
    assert spread(range(7), 1) == [6]


# ------------------------------------------------------------------ settings


def test_the_paper_s_settings() -> None:
    zoph_le, nasnet = presets(Reinforce)["paper"], presets(PPO)["paper"]
    for name, value in {
        "lstm_layers": 2, "hidden_size": 35, "initial_range": 0.08, "controller_rate": 6e-4,
        "children": 8, "reward_power": 3, "last_epochs": 5, "entropy_weight": 0.0,
        "deepen_every": 1600, "start_depth": 6, "deepen_by": 2,
    }.items():  # fmt: skip
        assert zoph_le[name] == value
    for name, value in {
        "lstm_layers": 1, "hidden_size": 100, "initial_range": 0.1, "controller_rate": 3.5e-4,
        "children": 20, "entropy_weight": 1e-5, "baseline_decay": 0.95, "ratio": "an architecture",
    }.items():  # fmt: skip
        assert nasnet[name] == value
    for make in (Reinforce, PPO):
        assert presets(make)["lesson"] == {n: a.default for n, a in arguments(make).items()}
        make(NASNetSpace(blocks=1), **presets(make)["paper"])


@both
def test_every_numbered_detail_names_an_argument(make: Any) -> None:
    details = make.__doc__.split("    1. ")[1].split("\n\n")[0].split("\n    ")
    numbered = [line for line in details if line.lstrip()[:2].strip(". ").isdigit()]
    assert len(numbered) >= 8
    for name in arguments(make):
        assert name in make.__doc__, name


@pytest.mark.parametrize(
    ("make", "wrong", "words"),
    [
        (Reinforce, {"children": 0}, "Reinforce: children must be 1 … 10000, got 0"),
        (Reinforce, {"controller_rate": 0.0}, "controller_rate must be more than 0"),
        (Reinforce, {"baseline_decay": 1.0}, r"baseline_decay must be in \[0, 1\)"),
        (Reinforce, {"temperature": 0.0}, "temperature must be more than 0"),
        (Reinforce, {"reward_power": 0}, "reward_power must be 1 … 9"),
        (PPO, {"clip_range": 1.0}, r"PPO: clip_range must be in \[0, 1\)"),
        (PPO, {"minibatches": 21}, "minibatches must be 1 … 20, got 21; at most the children"),
    ],
)
def test_impossible_settings_are_refused(make: Any, wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make(chains(), **wrong)


@both
def test_a_stranger_is_refused(make: Any) -> None:
    foreign = Candidate(TopologySpace(nodes=3).sample(random.Random(1)))
    with pytest.raises(ValueError, match="edge"):
        make(TopologySpace()).tell(Told(0, foreign, Evaluation(0.5, 1.0)))


@both
def test_the_lesson_finds_a_hidden_word_of_20_letters(make: Any) -> None:
    """Of 5^20 words; over many seeds in tests/benchmarks/test_policies.py."""
    found = samples_until_found(lambda space, seed: make(space, seed=seed), 0, 1000)
    assert found is not None
