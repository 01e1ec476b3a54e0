"""Trains the exhaustive table, part by part: ``workbench table``.

Each unique cell of a ``TopologySpace`` (under the published rule of isomorphism) is trained with
some seeds. Cells come in one fixed pseudo-random order, so that the parts made so far are at any
time an unbiased sample of the space. A part is written when it is whole; what is there is not
trained again, so the command can be killed at any time and started again, also with more processes.
"""

from __future__ import annotations

import platform
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

import workbench
from workbench.data.images import ImageData
from workbench.estimators.table_file import FORMAT, VERSION, TableFile, check_same
from workbench.estimators.table_training import TableRecipe, entry_seed, train_entry
from workbench.settings import describe
from workbench.spaces.topology import Topology, TopologySpace
from workbench.training.metrics import cost_of

PART = 16  # cells: minutes of work


@dataclass(frozen=True)
class Made:
    """A part is there: its file, how many parts are there of how many, and what they take.

    ``seconds`` passed while this part was trained (0: it was there already); ``left`` is an
    estimate of the seconds until all are there.
    """

    path: Path
    done: int
    parts: int
    seconds: float
    left: float


def unique_cells(space: TopologySpace, *, order_seed: int = 0) -> list[tuple[str, Topology]]:
    """The canonical text of each class of isomorphic cells, and its leanest member, shuffled."""
    classes: dict[str, tuple[int, Topology]] = {}
    for arch in every_cell(space):
        key, weight = space.canonical(arch), _weight(arch)
        if key not in classes or weight < classes[key][0]:
            classes[key] = (weight, arch)
    keys = sorted(classes)
    order = np.random.default_rng(order_seed).permutation(len(keys))
    return [(keys[number], classes[keys[number]][1]) for number in order]


def every_cell(space: TopologySpace) -> Iterator[Topology]:
    """All cells of the space, isomorphic ones too, in the order of its operations."""
    edges, menu = space.nodes * (space.nodes - 1) // 2, space.operations
    for number in range(len(menu) ** edges):
        yield Topology(
            tuple(menu[number // len(menu) ** edge % len(menu)] for edge in reversed(range(edges)))
        )


def _weight(arch: Topology) -> int:
    return 9 * arch.operations.count("nor_conv_3x3") + arch.operations.count("nor_conv_1x1")


def make_table(
    folder: Path,
    space: TopologySpace,
    data: ImageData,
    *,
    seeds: Sequence[int] = (0, 1, 2),
    recipe: TableRecipe | None = None,
    cells: int | None = None,
    jobs: int = 1,
) -> Iterator[Made]:
    """Train what is missing in ``folder``, ``jobs`` processes at a time; a ``Made`` for each part.

    ``cells``: only the first so many (in the fixed order). Raises ValueError for settings that
    cannot be used and where the folder holds parts of another table.
    """
    recipe = recipe or TableRecipe()
    if jobs < 1 or not seeds or min(seeds) < 0 or len(set(seeds)) != len(seeds):
        raise ValueError(
            "jobs must be at least 1 and seeds different whole numbers from 0 on, got "
            f"{jobs} and {tuple(seeds)}"
        )
    work = unique_cells(space)[:cells]
    groups = [work[start : start + PART] for start in range(0, len(work), PART)]
    header = header_of(space, data, recipe)
    name = "-".join(str(seed) for seed in seeds)
    paths = [folder / f"seeds-{name}" / f"part-{number:04}.npz" for number in range(len(groups))]
    missing = []
    for path, group in zip(paths, groups):
        if path.exists():
            check_same(header, TableFile.load(path).header)
        else:
            missing.append((path, header, group, space, data, tuple(seeds), recipe))
    yield from _progress(missing, len(groups), jobs)


def _progress(missing: list[tuple[Any, ...]], parts: int, jobs: int) -> Iterator[Made]:
    start, there = time.perf_counter(), parts - len(missing)
    for number, (path, seconds) in enumerate(_results(missing, jobs), start=1):
        each = (time.perf_counter() - start) / number
        yield Made(path, there + number, parts, seconds, each * (len(missing) - number))


def _results(missing: list[tuple[Any, ...]], jobs: int) -> Iterator[tuple[Path, float]]:
    if jobs == 1:
        for task in missing:
            yield make_part(*task)
        return
    tasks = iter(missing)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(make_part, *task) for task in islice(tasks, jobs)}
        while running:
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            running |= {pool.submit(make_part, *task) for task in islice(tasks, len(ended))}
            for part in ended:
                yield part.result()


def make_part(
    path: Path,
    header: dict[str, Any],
    group: Sequence[tuple[str, Topology]],
    space: TopologySpace,
    data: ImageData,
    seeds: Sequence[int],
    recipe: TableRecipe,
) -> tuple[Path, float]:
    """Train the cells of ``group`` and write them to ``path``; also the seconds that passed."""
    start = time.perf_counter()
    entries = [
        train_entry(space, arch, data, [entry_seed(key, seed) for seed in seeds], recipe)
        for key, arch in group
    ]
    costs = [cost_of(space, arch, data.task) for _, arch in group]
    TableFile(
        header,
        tuple(key for key, _ in group),
        tuple(space.spell(arch) for _, arch in group),
        np.array([cost.parameters for cost in costs], np.int64),
        np.array([cost.macs for cost in costs], np.int64),
        np.repeat(np.arange(len(group)), len(seeds)),
        np.tile(np.array(seeds, np.int64), len(group)),
        np.concatenate([entry.seconds for entry in entries]),
        {
            name: np.concatenate([entry.curves[name] for entry in entries])
            for name in entries[0].curves
        },
    ).save(path)
    return path, time.perf_counter() - start


def merge_parts(folder: Path) -> TableFile:
    """All parts in ``folder``, of whatever seeds, as one table.

    Raises ValueError, naming the file, for one that is damaged or of another table.
    """
    return TableFile.merged([TableFile.load(path) for path in sorted(folder.rglob("part-*.npz"))])


def header_of(space: TopologySpace, data: ImageData, recipe: TableRecipe) -> dict[str, Any]:
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
        },
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
