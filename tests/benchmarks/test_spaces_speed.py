"""Ten thousand random architectures of a space: written down, read back, drawn as DOT text.

Measured in a process of its own, without the shape checks that every test run switches on.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest

from workbench import spaces
from workbench.views.drawings import draw

CODE = """
import json, random, sys, time
from workbench import spaces
from workbench.views.dot import source

space, rng, many = eval(f"spaces.{sys.argv[1]}", {"spaces": spaces}), random.Random(0), 10_000
start = time.perf_counter()
for _ in range(many):
    arch = space.sample(rng)
    assert space.compose(space.decisions(arch)) == arch
    assert space.parse(space.spell(arch)) == arch
    assert source(space.graph(arch)).startswith("digraph")
print(json.dumps(time.perf_counter() - start))
"""
CELLS = ("NASNetSpace()", "DARTSSpace()", "MacroSpace(spaces.DARTSSpace())")


@pytest.mark.benchmark_slow
@pytest.mark.parametrize("made", CELLS)
def test_ten_thousand_architectures_take_a_minute_at_most(made: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE, made], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) <= 60.0


@pytest.mark.benchmark_slow
@pytest.mark.parametrize("made", CELLS)
def test_two_hundred_architectures_are_rendered(made: str) -> None:
    name, _, rest = made.partition("(")
    inner = (spaces.DARTSSpace(),) if rest != ")" else ()
    space, rng = getattr(spaces, name)(*inner), random.Random(1)
    for _ in range(200):
        drawing = draw(space.graph(space.sample(rng)))
        assert drawing.svg.count("<title") > 5
