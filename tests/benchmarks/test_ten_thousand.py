"""10,000 random architectures of each space, from decisions to DOT text, within a minute.

Measured in a process of its own, without the shape checks that the other tests run under, in
seconds of one core (which are the clock's on a machine that does nothing else).
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SPACES = ["ChainSpace", "BranchSpace", "NASNetSpace", "DARTSSpace", "TopologySpace"]
MANY, RENDERED, SECONDS = 10_000, 200, 60.0

PROGRAM = """
import json, random, sys, time
import workbench.spaces
from workbench.views.dot import source
from workbench.views.engine import render

name, many, rendered = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
space, rng = getattr(workbench.spaces, name)(), random.Random(0)
begun, dots = time.process_time(), []
for _ in range(many):
    arch = space.sample(rng)
    if space.compose(space.decisions(arch)) != arch or space.parse(space.spell(arch)) != arch:
        raise SystemExit(f"{arch} does not come back")
    dot = source(space.graph(arch))
    if len(dots) < rendered:
        dots.append(dot)
seconds = time.process_time() - begun
drawn = sum(render(dot).rstrip().endswith("</svg>") for dot in dots)
print(json.dumps({"seconds": seconds, "drawn": drawn, "all": time.process_time() - begun}))
"""


@pytest.mark.benchmark_slow
@pytest.mark.parametrize("name", SPACES)
def test_ten_thousand_architectures_are_written_and_drawn_in_a_minute(name: str) -> None:
    command = [sys.executable, "-c", PROGRAM, name, str(MANY), str(RENDERED)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=290, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    measured = json.loads(done.stdout)
    assert measured["drawn"] == RENDERED
    assert measured["seconds"] <= SECONDS, measured
    print(f"{name}: {measured['seconds']:.1f} s for {MANY}, {measured['all']:.1f} s with drawings")
