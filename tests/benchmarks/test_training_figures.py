"""The figures of training, each measured in a process of its own, without the shape checker."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from recorded import record, recorded

from workbench.data.fashion import found

HERE = Path(__file__).parent
SEEDS = range(30)


def measured(script: str, *arguments: str) -> list[dict[str, float]]:
    command = [sys.executable, str(HERE / script), *arguments]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = [json.loads(line) for line in output.splitlines()]
    words = ["python", f"tests/benchmarks/{script}", *arguments]
    record(script.removesuffix(".py"), " ".join(words), rows)
    return rows


def twenty_chains_hold(rows: list[dict[str, float]], *, clock: str = "wall") -> None:
    assert [row["seed"] for row in rows] == list(SEEDS)
    assert rows[0]["best"] >= 0.96
    assert max(row[clock] for row in rows) <= 30


def a_sensible_chain_holds(row: dict[str, float]) -> None:
    assert row["test"] >= 0.85


@pytest.mark.benchmark_slow
@pytest.mark.timeout(1_200)
def test_random_search_over_twenty_chains() -> None:
    rows = measured("chain_search.py", *map(str, SEEDS))
    print(json.dumps(rows))
    twenty_chains_hold(rows)


@pytest.mark.benchmark_slow
@pytest.mark.timeout(1_200)
@pytest.mark.skipif(found() is None, reason="Fashion-MNIST is not on this machine")
def test_one_sensible_chain_on_fashion_mnist() -> None:
    (row,) = measured("fashion.py")
    print(json.dumps(row))
    a_sensible_chain_holds(row)


def test_the_recorded_figures_hold() -> None:
    """A busy machine makes the wall's clock late, not the processor's."""
    twenty_chains_hold(recorded("chain_search")["rows"], clock="cpu")
    (row,) = recorded("fashion")["rows"]
    a_sensible_chain_holds(row)


@pytest.mark.xfail(
    strict=True,
    reason="20 of 30 seeds, 24 are wanted: with the chains that were drawn when the defaults were "
    "tuned it is 17 of 20, with those of today 20 of 30; trained alike, pair by pair",
)
def test_eight_of_ten_seeds_find_96_percent() -> None:
    rows = recorded("chain_search")["rows"]
    assert sum(row["best"] >= 0.96 for row in rows) >= 0.8 * len(rows)
