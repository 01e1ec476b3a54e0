"""How fast strategies ask and are told, where estimating costs nothing: trials a second.

Measured in a process of its own, without the shape checks that the other tests run under, in
seconds of one core; the best of five, since other programs may run beside it.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

UNLOGGED, EVENT = 10_000, 40e-6  # trials a second; seconds to write an event as a line

PROGRAM = """
import json, sys, time
from workbench.records import Evaluation
from workbench.search import search
from workbench.serialisation import event_to_json, write_line
from workbench.spaces import TopologySpace
from workbench.strategies import RandomSearch

class Constant:
    def __init__(self, space): self.space = space
    def prepare(self, *, seed): yield from ()
    def tell(self, told): pass
    def estimate(self, candidate, *, trial, seed):
        yield from ()
        return Evaluation(0.5, 1.0)

space, trials = TopologySpace(), 5000
asking, writing = [], []
for _ in range(5):
    begun = time.process_time()
    for _ in search(RandomSearch(space), Constant(space), trials=trials): pass
    asking.append(time.process_time() - begun)
events = list(search(RandomSearch(space), Constant(space), trials=trials))
for _ in range(5):
    begun = time.process_time()
    for event in events: write_line(event_to_json(event, space))
    writing.append(time.process_time() - begun)
print(json.dumps({"asked": trials / min(asking), "event": min(writing) / len(events)}))
"""


@pytest.fixture(scope="module")
def measured() -> dict[str, float]:
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_ten_thousand_trials_are_asked_and_told_in_a_second(measured: dict[str, float]) -> None:
    print(f"{measured['asked']:.0f} trials a second")
    assert measured["asked"] >= UNLOGGED


def test_an_event_becomes_a_line_in_no_time(measured: dict[str, float]) -> None:
    print(f"{measured['event'] * 1e6:.1f} microseconds an event")
    assert measured["event"] <= EVENT
