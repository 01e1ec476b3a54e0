"""A toy method and a toy preparation, killed at random moments, again and again, and resumed.

Run as a program: ``python killed_methods.py FOLDER KILLS``; it writes ``FOLDER/report.json``. Each
run is a fork of this process, so that SIGKILL hits it in the middle of its work.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from fakes import Climb, Descent, Shared, chains

from workbench.records import Event
from workbench.store import checkpoints_of, load, resume

SPACE = chains()
PAUSE = 0.003


def method(path: Path) -> Iterator[Event[Any]]:
    return resume(path, Descent(SPACE, epochs=12, pause=PAUSE), seed=1)


def preparation(path: Path) -> Iterator[Event[Any]]:
    folder = checkpoints_of(path)
    estimator = Shared(SPACE, passes=12, pause=PAUSE, checkpoints=folder)
    return resume(path, Climb(SPACE), estimator, trials=3, seed=1)


def start(run: Callable[[Path], Iterator[Event[Any]]], path: Path) -> int:
    """Fork a run that resumes the log; its process id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        warnings.simplefilter("ignore")  # a torn last line is what this is about
        for _ in run(path):
            pass
        status = 0
    finally:
        os._exit(status)


def killed(child: int) -> bool:
    """Wait for a child: whether it was killed."""
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit("a run failed; see above")
    return os.WIFSIGNALED(status)


def events(path: Path) -> list[str]:
    """What must be the same bit for bit, the run's own first: it may go on after a trial began."""
    found = load(path, SPACE).events
    return [repr(e) for e in found if e.trial is None] + [
        repr(e) for e in found if e.trial is not None
    ]


def report(name: str, run: Any, folder: Path, kills: int) -> dict[str, Any]:
    rng, begun = random.Random(), time.perf_counter()
    killed(start(run, folder / f"{name}.jsonl"))
    length = time.perf_counter() - begun
    total, resumed, ends = 0, 0, []
    while total < kills:
        path, hits = folder / f"{name}-{len(ends)}.jsonl", 0
        while True:
            resumed += checkpoints_of(path).exists()
            child = start(run, path)
            if hits < 5 and total + hits < kills:
                time.sleep(rng.uniform(0, length))
                os.kill(child, signal.SIGKILL)
            if not killed(child):
                break
            hits += 1
        total += hits
        ends.append(events(path))
    whole = events(folder / f"{name}.jsonl")
    return {"kills": total, "resumed": resumed, "whole": whole, "events": ends}


def main(folder: Path, kills: int) -> None:
    runs = {"method": method, "preparation": preparation}
    found = {name: report(name, run, folder, kills) for name, run in runs.items()}
    (folder / "report.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
