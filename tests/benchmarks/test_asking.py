"""How fast strategies ask and are told, where estimating costs nothing: trials a second.

Measured in a process of its own, without the shape checks that the other tests run under, in
seconds of one core; the best of five, since other programs may run beside it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

# trials a second of random search, of a strategy that learns; seconds to write an event as a line
UNLOGGED, LEARNING, EVENT = 10_000, 5_000, 40e-6

PROGRAM = """
import json, sys, time
from workbench.records import Evaluation
from workbench.search import search
from workbench.serialisation import event_to_json, write_line
from workbench.spaces import TopologySpace
from workbench.strategies import LocalSearch, RandomSearch, RegularizedEvolution

class Constant:
    def __init__(self, space): self.space = space
    def prepare(self, *, seed): yield from ()
    def tell(self, told): pass
    def estimate(self, candidate, *, trial, seed):
        yield from ()
        return Evaluation(0.5, 1.0)

space, trials = TopologySpace(), 2000
makers = {
    "random search": RandomSearch,
    "evolution": RegularizedEvolution,
    "evolution, paper": lambda space: RegularizedEvolution(
        space, **RegularizedEvolution.PRESETS["paper"]
    ),
    "local search": LocalSearch,
}
asking, writing = {name: [] for name in makers}, []
for _ in range(5):
    for name, make in makers.items():
        begun = time.process_time()
        for _ in search(make(space), Constant(space), trials=trials): pass
        asking[name].append(time.process_time() - begun)
events = list(search(RandomSearch(space), Constant(space), trials=trials))
for _ in range(5):
    begun = time.process_time()
    for event in events: write_line(event_to_json(event, space))
    writing.append(time.process_time() - begun)
asked = {name: trials / min(seconds) for name, seconds in asking.items()}
print(json.dumps({"asked": asked, "event": min(writing) / len(events)}))
"""


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("strategy", "least"),
    [
        ("random search", UNLOGGED),
        ("evolution", LEARNING),
        ("evolution, paper", LEARNING),
        ("local search", LEARNING),
    ],
)
def test_trials_are_asked_and_told_in_no_time(
    measured: dict[str, Any], strategy: str, least: float
) -> None:
    asked = measured["asked"][strategy]
    print(f"{strategy}: {asked:.0f} trials a second, load {os.getloadavg()[0]:.1f}")
    assert asked >= least


def test_an_event_becomes_a_line_in_no_time(measured: dict[str, Any]) -> None:
    print(f"{measured['event'] * 1e6:.1f} microseconds an event")
    assert measured["event"] <= EVENT
