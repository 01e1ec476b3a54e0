"""What a frame of a SearchPanel costs at 300 and 1,000 trials, and a move of a time slider.

In a process of its own, without the type-checking hook, and in processor time of the drawing
thread, as the panel itself counts: other programs may keep the machine busy.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

ROUNDS = 7
FRAME, SLIDER = 0.080, 0.150  # seconds: one figure, everything on screen, at 300 trials

CODE = """
import json, random, statistics, sys, time
from dataclasses import replace
from workbench.history import History
from workbench.panels.search.run_snapshot import Snapshot
from workbench.panels.search.view_list import VIEWS, SearchViews
from workbench.records import Asked, Candidate, Epoch, Evaluation, Told
from workbench.spaces import ChainSpace

rounds, trials = int(sys.argv[1]), int(sys.argv[2])
space, rng, events = ChainSpace(), random.Random(0), []
for trial in range(trials):
    candidate, top = Candidate(space.sample(rng)), rng.uniform(0.5, 1.0)
    curve = [top * (1 - 0.7**epoch) for epoch in range(1, 11)]
    events += [Asked(trial, candidate)]
    events += [Epoch(trial, n, 10, 1.0, y, 0.5 * n) for n, y in enumerate(curve, 1)]
    events += [Told(trial, candidate, Evaluation(curve[-1], 5.0, tuple(curve)))]
views, whole = SearchViews(), Snapshot(space, History(tuple(events)), trials)
spent = {view.name: [] for view in VIEWS}
rows = [{"trial": n, "score": rng.random()} for n in range(200)]
for trial in [trials - 1, *(rng.randrange(trials // 2, trials) for _ in range(rounds))]:
    start = time.thread_time()
    seen = replace(whole.until(trial), inside={"draws": rows})
    for name in spent:
        views.html(name, seen)
        spent[name].append(time.thread_time() - start)
        start = time.thread_time()
kept = {name: statistics.median(times[1:]) for name, times in spent.items()}
moves = [dict(zip(spent, times)) for times in zip(*(times[1:] for times in spent.values()))]
# curves and inside are two tabs: one of them is on screen
kept["all"] = statistics.median(sum(m.values()) - min(m["curves"], m["inside"]) for m in moves)
print(json.dumps(kept))
"""


@pytest.mark.benchmark_slow
@pytest.mark.parametrize("trials", [300, 1000])
def test_a_frame_and_a_move_of_the_slider_are_quick(trials: int) -> None:
    made = subprocess.run(
        [sys.executable, "-c", CODE, str(ROUNDS), str(trials)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    spent = json.loads(made.stdout)
    print(trials, {name: f"{1000 * seconds:.1f} ms" for name, seconds in spent.items()})
    if trials == 300:
        assert spent["curves"] <= FRAME
        assert spent["best"] <= FRAME
        assert spent["all"] <= SLIDER
    else:
        assert spent["all"] <= 2 * SLIDER
