"""How much faster a search step is than a module an operation with a copied model."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("search_step.py")


@pytest.mark.benchmark_slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize(
    ("sizes", "first", "second"),
    [((4, 3, 8, 64, 7), 2.3, 2.0), ((16, 5, 32, 32, 3), 2.0, 1.8)],
    ids=["small", "large"],
)
def test_a_search_step_is_faster(sizes: tuple[int, ...], first: float, second: float) -> None:
    """In the processor's time, by the quickest of some rounds that alternate.

    The program first compares what both compute, to 1e-4: order 1 in float32, order 2 in float64.
    In float32 order 2 would compare how either rounds at kinks, not what it computes.
    """
    command = [sys.executable, str(PROGRAM), *map(str, sizes)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    row = json.loads(done.stdout)
    print(done.stdout)
    assert row["order 1"]["times"] >= first
    assert row["order 2"]["times"] >= second
