"""The figures of training, each measured in a process of its own, without the shape checker."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.data.fashion import found

HERE = Path(__file__).parent
pytestmark = [pytest.mark.benchmark_slow, pytest.mark.timeout(1_200)]


def measured(script: str, *arguments: str) -> list[dict[str, float]]:
    command = [sys.executable, str(HERE / script), *arguments]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in output.splitlines()]


def test_random_search_over_twenty_chains():
    rows = measured("chain_search.py", *map(str, range(10)))
    print(json.dumps(rows))
    assert rows[0]["best"] >= 0.96
    assert sum(row["best"] >= 0.96 for row in rows) >= 8
    assert max(row["wall"] for row in rows) <= 30


@pytest.mark.skipif(found() is None, reason="Fashion-MNIST is not on this machine")
def test_one_sensible_chain_on_fashion_mnist():
    (row,) = measured("fashion.py")
    print(json.dumps(row))
    assert row["test"] >= 0.85
