"""A real search on digits that is killed at random moments, again and again, and resumed.

Run as a program: ``python killed.py FOLDER KILLS``; it writes ``FOLDER/report.json``. PyTorch is
loaded once; each search runs in a fork of this process, so that starting one costs milliseconds
and SIGKILL hits it in the middle of its work. A child says on a pipe which trials it was told
of, as soon as its event came out of ``resume``: none of them may be missing later.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import torch

from workbench.data import digits
from workbench.estimators import FullTraining
from workbench.records import Told
from workbench.spaces import ChainSpace
from workbench.store import load, resume
from workbench.strategies import RandomSearch

TRIALS = 6


def make_space() -> ChainSpace:
    return ChainSpace(
        max_depth=2,
        operations=("convolution", "max pooling", "identity"),
        filters=(4, 8),
        kernel_heights=(1, 3),
        kernel_widths=(1, 3),
    )


def start(path: Path, data: Any) -> tuple[int, int]:
    """Fork a search that resumes the log; its process id and the pipe that it speaks on."""
    ear, mouth = os.pipe()
    child = os.fork()
    if child:
        os.close(mouth)
        return child, ear
    status = 1
    try:
        warnings.simplefilter("ignore")  # a torn last line is what this is about
        space = make_space()
        estimator = FullTraining(space, data, epochs=2, batch_size=128, device="cpu")
        for event in resume(path, RandomSearch(space), estimator, trials=TRIALS):
            if isinstance(event, Told):
                os.write(mouth, f"{event.trial} {event.evaluation.score!r}\n".encode())
        status = 0
    finally:
        os._exit(status)


def ended(child: int, ear: int) -> tuple[bool, list[str]]:
    """Wait for a child: whether it was killed, and what it had said."""
    _, status = os.waitpid(child, 0)
    with os.fdopen(ear) as pipe:
        said = [line for line in pipe.read().split("\n") if line]
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit("a search failed; see above")
    return os.WIFSIGNALED(status), said


def summary(path: Path) -> dict[str, Any]:
    """What must be the same bit for bit: trials, curves, scores, incumbent."""
    space = make_space()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # finished logs have no torn line
        history = load(path, space)
    told = [
        [
            event.trial,
            space.spell(event.candidate.arch),
            event.evaluation.score.hex(),
            [score.hex() for score in event.evaluation.curve],
            {name: value.hex() for name, value in event.evaluation.measures.items()},
        ]
        for event in history.told
    ]
    epochs = {trial: len(curve) for trial, curve in history.curves().items()}
    assert history.best is not None
    return {"told": told, "best": history.best.trial, "epochs": epochs}


def main(folder: Path, kills: int) -> None:
    torch.set_num_threads(1)
    data, rng = digits(), random.Random()
    begun = time.perf_counter()
    ended(*start(folder / "whole.jsonl", data))
    length = time.perf_counter() - begun
    runs: list[dict[str, Any]] = []
    total = 0
    while total < kills:
        path, killed, said = folder / f"run{len(runs)}.jsonl", 0, set[str]()
        while True:
            child, ear = start(path, data)
            if killed < 8 and total + killed < kills:
                time.sleep(rng.uniform(0, length / 2))
                os.kill(child, signal.SIGKILL)
            hit, heard = ended(child, ear)
            killed, said = killed + hit, said | set(heard)
            if not hit:
                break
        total += killed
        runs.append({"kills": killed, "said": sorted(said), **summary(path)})
    report = {"whole": summary(folder / "whole.jsonl"), "runs": runs, "seconds": length}
    (folder / "report.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
