"""A search killed with SIGKILL at random moments loses nothing that it was told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from thoroughness import so_many

KILLS = so_many(8, 24)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forks of one process: needs os.fork")
def test_killed_at_random_moments_it_ends_bit_for_bit_as_if_never_killed(tmp_path: Path) -> None:
    program = Path(__file__).with_name("killed.py")
    quiet = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, str(program), str(tmp_path), str(KILLS)],
        env=quiet,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert sum(run["kills"] for run in report["runs"]) >= so_many(6, 20)
    assert len(report["whole"]["told"]) == 6
    for run in report["runs"]:
        assert run["told"] == report["whole"]["told"]
        assert run["best"] == report["whole"]["best"]
        assert run["epochs"] == report["whole"]["epochs"]
        scores = {told[0]: float.fromhex(told[2]) for told in run["told"]}
        for word in run["said"]:
            trial, score = word.split()
            assert scores[int(trial)] == float(score), "a told trial was lost or told anew"
