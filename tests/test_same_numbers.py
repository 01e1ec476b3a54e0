"""A fixed-seed run of each space, recorded: moving and renaming code must not change one number.

What is drawn from the seed (architectures, their order, epochs, parameters) must be the same
everywhere. What is trained is the same bit for bit on the machine that recorded it (PyTorch,
processor), and close to it on any other. To renew the recordings after a mend that changes what
is drawn: ``python tests/test_same_numbers.py``, and say why in the commit.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from workbench.data import digits, from_text
from workbench.estimators import FullTraining, TextTraining
from workbench.records import Batch
from workbench.search import search
from workbench.serialisation import event_to_json, write_line
from workbench.spaces import (
    BranchSpace,
    ChainSpace,
    DARTSSpace,
    MacroSpace,
    NASNetSpace,
    RecurrentSpace,
    TopologySpace,
)
from workbench.strategies import RandomSearch

PLACE = Path(__file__).with_name("recordings")
TRIALS, EPOCHS = 3, 2
FAR = 0.05  # how far another processor's accuracies may lie: ten of the 96 validation images


def cells() -> NASNetSpace:
    return NASNetSpace(blocks=2, filters=8)


SPACES: dict[str, Callable[[], Any]] = {
    "chain": lambda: ChainSpace(max_depth=3, filters=(8, 16)),
    "branches": lambda: BranchSpace(max_depth=4, filters=(8, 16)),
    "nasnet": cells,
    "darts": lambda: DARTSSpace(nodes=2, cells=3, channels=8),
    "topology": lambda: TopologySpace(channels=8, cells=1, stages=2),
    "hierarchical": lambda: MacroSpace(cells(), filters=(8,)),
    "recurrent": lambda: RecurrentSpace(units=16),
}


@cache
def few_digits() -> Any:
    data = digits()
    train, validation = (
        replace(split, images=split.images[:192], labels=split.labels[:192])
        for split in (data.train, data.validation)
    )
    return replace(data, train=train, validation=validation)


@cache
def few_words() -> Any:
    text = Path(__file__).with_name("excerpt.txt").read_text(encoding="utf-8")
    return from_text(text[:4_000], context=16)


def run(name: str) -> list[dict[str, Any]]:
    """The events of a short search, as a log would hold them, without its clock."""
    space = SPACES[name]()
    estimator: Any = FullTraining(space, few_digits(), epochs=EPOCHS, device="cpu")
    if name == "recurrent":
        estimator = TextTraining(space, few_words(), epochs=EPOCHS, batch_size=8, device="cpu")
    events = search(RandomSearch(space, seed=5), estimator, trials=TRIALS, seed=7)
    lines = [event_to_json(event, space) for event in events if not isinstance(event, Batch)]
    return [
        {key: value for key, value in json.loads(write_line(line)).items() if key != "seconds"}
        for line in lines
    ]


def here() -> dict[str, str]:
    """What the same weights may be trained differently by."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        fields = dict(
            line.split(":", 1) for line in cpuinfo.read_text().splitlines() if ":" in line
        )
        fields = {key.strip(): value.strip() for key, value in fields.items()}
        model = " ".join(fields.get(key, "") for key in ("model name", "cpu family", "model"))
    return {
        "torch": torch.__version__,
        "processor": model,
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }


@pytest.mark.parametrize("name", SPACES)
def test_a_run_gives_the_numbers_it_gave(name: str) -> None:
    recorded = json.loads((PLACE / f"{name}.json").read_text())
    events = run(name)
    if recorded["made_on"] == here():
        assert events == recorded["events"]
        return
    assert len(events) == len(recorded["events"])
    for mine, theirs in zip(events, recorded["events"]):
        for key in theirs:
            if key not in ("score", "loss", "curve", "measures"):
                assert mine[key] == theirs[key], key
        if "score" in theirs:
            assert math.isclose(mine["score"], theirs["score"], abs_tol=FAR)


def renew() -> None:
    PLACE.mkdir(exist_ok=True)
    for name in SPACES:
        kept = {"made_on": here(), "events": run(name)}
        text = json.dumps(kept, ensure_ascii=False, indent=0)
        (PLACE / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    renew()
