"""A part of the exhaustive table: trained and written, and all parts put together again."""

from __future__ import annotations

import platform
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32

import workbench
from workbench.data.images import ImageData
from workbench.estimators.cells_in_table import space_of
from workbench.estimators.core_seconds import CoreSeconds
from workbench.estimators.table_file import FORMAT, VERSION, TableFile
from workbench.estimators.table_training import (
    TableRecipe,
    entry_seed,
    train_at_once,
    train_entry,
)
from workbench.estimators.table_work import PARTS, Pair
from workbench.settings import describe
from workbench.spaces.topology import Topology, TopologySpace
from workbench.training.device import device_name
from workbench.training.metrics import cost_of


def make_part(
    path: Path,
    pairs: Sequence[Pair],
    header: dict[str, Any],
    *,
    cells: dict[str, Topology],
    space: TopologySpace,
    data: ImageData,
    recipe: TableRecipe,
    device: str = "cpu",
    core: CoreSeconds | None = None,
) -> float:
    """Train ``pairs`` and write them to ``path``; returns the seconds that passed.

    All at once on ``device``, of which ``core`` says the seconds; without it on the processor.
    """
    start = time.perf_counter()
    seeds = {key: [pair[1] for pair in of] for key, of in groupby(pairs, lambda pair: pair[0])}
    if core is None:
        curves, taken = _one_by_one(seeds, cells, space, data, recipe)
    else:
        own = [(cells[key], entry_seed(key, seed)) for key, seed in pairs]
        curves = train_at_once(space, own, data, recipe, torch.device(device))
        taken = np.array([core.of(arch) for arch, _ in own], np.float32)
    costs = [cost_of(space, cells[key], data.task) for key in seeds]
    TableFile(
        header,
        tuple(seeds),
        tuple(space.spell(cells[key]) for key in seeds),
        np.array([cost.parameters for cost in costs], np.int64),
        np.array([cost.macs for cost in costs], np.int64),
        np.repeat(np.arange(len(seeds)), [len(own) for own in seeds.values()]),
        np.array([seed for own in seeds.values() for seed in own], np.int64),
        taken,
        curves,
    ).save(path)
    return time.perf_counter() - start


def _one_by_one(
    seeds: Mapping[str, Sequence[int]],
    cells: Mapping[str, Topology],
    space: TopologySpace,
    data: ImageData,
    recipe: TableRecipe,
) -> tuple[dict[str, Float32[np.ndarray, "rows epochs"]], Float32[np.ndarray, " rows"]]:
    """Curves and core seconds, cell by cell."""
    entries = [
        train_entry(space, cells[key], data, [entry_seed(key, seed) for seed in own], recipe)
        for key, own in seeds.items()
    ]
    curves = {
        name: np.concatenate([entry.curves[name] for entry in entries])
        for name in entries[0].curves
    }
    return curves, np.concatenate([entry.seconds for entry in entries])


def merge_parts(folder: Path) -> TableFile:
    """All parts in ``folder``, of whatever seeds, as one table.

    Where some were trained on a processor and others on a GPU, the seconds of these follow from
    the seconds of those, so that all are of one machine.

    Raises ValueError, naming the file, for one that is damaged or of another table.
    """
    files = [TableFile.load(path) for path in sorted(folder.rglob(PARTS))]
    modelled = [file for file in files if "seconds" in file.header]
    measured = [file for file in files if "seconds" not in file.header]
    if not modelled or not measured:
        return TableFile.merged(files)
    seen = TableFile.merged(measured)
    core = CoreSeconds.fitted(_trained_cells(seen), seen.seconds.astype(np.float64))
    return TableFile.merged([*measured, *(_taking(core, file) for file in modelled)])


def _taking(core: CoreSeconds, file: TableFile) -> TableFile:
    seconds = np.array([core.of(arch) for arch in _trained_cells(file)], np.float32)
    header = dict(file.header) | {"seconds": core.described()}
    return replace(file, header=header, seconds=seconds)


def _trained_cells(file: TableFile) -> list[Topology]:
    """The cell of each row."""
    space = space_of(file.header)
    cells = [space.parse(text) for text in file.spellings]
    return [cells[number] for number in file.cells]


def header_of(
    space: TopologySpace,
    data: ImageData,
    recipe: TableRecipe,
    device: torch.device | None = None,
) -> dict[str, Any]:
    """What a table's file says about itself, as JSON values."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "space": describe(space),
        "data": data.described(),
        "recipe": asdict(recipe),
        "rule": "published",
        "code": code_version(),
        "machine": {
            "torch": torch.__version__,
            "processor": platform.machine(),
            "instructions": torch.backends.cpu.get_cpu_capability(),
        }
        | ({} if device is None or device.type == "cpu" else {"device": device_name(device)}),
    }


def code_version() -> str:
    """The package's version, and the git commit where it runs from a checkout."""
    place = Path(__file__).parent
    command = ["git", "-C", str(place), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return workbench.__version__
    return f"{workbench.__version__} {found.stdout.strip()}"
