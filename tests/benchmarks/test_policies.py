"""Controllers in figures: architectures drawn a second, and samples until a hidden one is found.

Measured in processes of their own, without the shape checks that the other tests run under. Seconds
are those of one core, the best of many, since other programs may run beside it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DRAWN = 800  # architectures a second: NASNet's controller, B = 5, 50 decisions, batches of 20
SEEDS, FOUND = 100, 95

THROUGHPUT = """
import json, random, time, torch
from workbench.spaces import NASNetSpace
from workbench.strategies.controller import Controller
from workbench.strategies.recurrent_steps import Unrolling

torch.set_num_threads(1)
space = NASNetSpace(blocks=5)
policy = Controller(space, lstm_layers=1, hidden_size=100, initial_range=0.1)
seconds = []
for _ in range(40):
    begun = time.process_time()
    ways = [Unrolling(policy.table, space.begin(), forced=lambda d: None) for _ in range(20)]
    policy.sample(ways, [random.Random(i) for i in range(20)])
    archs = [way.arch for way in ways]
    seconds.append(time.process_time() - begun)
    assert all(len(way.steps) == 50 for way in ways)
print(json.dumps({"drawn": 20 / min(seconds)}))
"""

PLANTED = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
from planted import samples_until_found
from workbench.strategies import PPO, Reinforce

kind, preset, most, seeds = sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
maker = {"Reinforce": Reinforce, "PPO": PPO}[kind]
make = lambda space, seed: maker(space, **maker.PRESETS[preset], seed=seed)
begun = time.process_time()
found = [samples_until_found(make, seed, most) for seed in range(seeds)]
print(json.dumps({"found": found, "seconds": time.process_time() - begun}))
"""


def measured(program: str, *arguments: object, timeout: int) -> dict[str, Any]:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_nasnet_s_controller_draws_in_no_time() -> None:
    drawn = measured(THROUGHPUT, timeout=240)["drawn"]
    print(f"{drawn:.0f} architectures a second, load {os.getloadavg()[0]:.1f}")
    assert drawn >= DRAWN


@pytest.mark.benchmark_slow
@pytest.mark.timeout(6 * 3600)
@pytest.mark.parametrize(("preset", "most"), [("lesson", 1000), ("paper", 3000)])
@pytest.mark.parametrize("strategy", ["Reinforce", "PPO"])
def test_a_hidden_word_is_found(strategy: str, preset: str, most: int) -> None:
    """20 decisions of 5 options; the reward is the share of them that agrees with a hidden word."""
    tests = Path(__file__).parents[1]
    answer = measured(PLANTED, tests, strategy, preset, most, SEEDS, timeout=6 * 3600)
    found = [samples for samples in answer["found"] if samples is not None]
    worst = max(found, default=None)
    print(f"{strategy}, {preset}: {len(found)} of {SEEDS} within {most}, at worst {worst}")
    assert len(found) >= FOUND
