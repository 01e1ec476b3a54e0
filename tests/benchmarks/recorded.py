"""Figures over seeds take minutes: they are measured by hand, and the plain suite reads the record.

``WORKBENCH_RECORD=1 python -m pytest -m benchmark_slow`` measures, holds the figures to their
bounds, and writes each to ``recordings/``, with the machine, its load and the date.
"""

from __future__ import annotations

import json
import os
import platform
import time
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "recordings"


def record(name: str, command: str, rows: list[dict[str, float]]) -> None:
    """Write down what was measured just now, if that was asked for."""
    if not os.environ.get("WORKBENCH_RECORD"):
        return
    made = {
        "command": command,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "load": [round(load, 1) for load in os.getloadavg()],
        "date": time.strftime("%Y-%m-%d"),
    }
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in made.items()]
    lines.append('"rows": [\n  ' + ",\n  ".join(json.dumps(row) for row in rows) + "\n ]")
    FOLDER.mkdir(exist_ok=True)
    text = "{\n " + ",\n ".join(lines) + "\n}\n"
    (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")


def recorded(name: str) -> dict[str, Any]:
    """What was measured last."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found
