"""Trains the exhaustive table, part by part: ``workbench table``.

Each unique cell of a ``TopologySpace`` (under the published rule of isomorphism) is trained with
some seeds. Cells come in one fixed pseudo-random order, so that the first so many, of the space or
of a sub-space, are an unbiased sample of it. What is there, in whatever part, is not trained again,
and a part is written when it is whole: the command can be killed at any time and started again,
with other wishes, with more processes, or beside another one that is still running.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from workbench.data.images import ImageData
from workbench.estimators.cell_classes import classes_of
from workbench.estimators.core_seconds import SAMPLE, CoreSeconds
from workbench.estimators.table_parts import header_of, make_part
from workbench.estimators.table_training import TableRecipe
from workbench.estimators.table_work import Claim, Pair, TableWork
from workbench.spaces.topology import Topology, TopologySpace
from workbench.training.device import choose_device

PART = 96  # trainings: minutes of work
AT_ONCE = 2_000  # trainings that a GPU makes at once, in 10 GB


@dataclass(frozen=True)
class Made:
    """A part is there: its file, and how many of the trainings asked for are, of how many.

    The part holds ``trained`` of them and took ``seconds``; ``left`` is an estimate of the seconds
    until all are there.
    """

    path: Path
    done: int
    wanted: int
    trained: int
    seconds: float
    left: float


def unique_cells(space: TopologySpace, *, order_seed: int = 0) -> list[tuple[str, Topology]]:
    """The canonical text of each class of isomorphic cells, and its leanest member, shuffled."""
    classes = classes_of(space)
    leanest = classes.leanest()
    order = np.random.default_rng(order_seed).permutation(len(leanest))
    return [(classes.keys[number], Topology(leanest[number])) for number in order]


def make_table(
    folder: Path,
    space: TopologySpace,
    data: ImageData,
    *,
    seeds: Sequence[int] = (0, 1, 2),
    recipe: TableRecipe | None = None,
    operations: Sequence[str] | None = None,
    cells: int | None = None,
    best: int | None = None,
    jobs: int = 1,
    device: str = "cpu",
) -> Iterator[Made]:
    """Train what is missing in ``folder``, ``jobs`` processes at a time; a ``Made`` for each part.

    All cells of the space, or those that can be spelled with ``operations`` alone; of them the
    first ``cells`` in the fixed order; of them the ``best`` by the mean accuracy of what is there.
    On a GPU thousands are trained at once, and ``CoreSeconds`` says what each takes on a core; a
    few ``jobs`` keep it busy while networks are built.

    Raises ValueError for settings that cannot be used and where the folder holds a damaged part or
    one of another table.
    """
    recipe = recipe or TableRecipe()
    if jobs < 1 or not seeds or min(seeds) < 0 or len(set(seeds)) != len(seeds):
        raise ValueError(
            "jobs must be at least 1 and seeds different whole numbers from 0 on, got "
            f"{jobs} and {tuple(seeds)}"
        )
    chosen = cells_with(space, operations)[:cells]
    chip = choose_device(device)
    header, core = header_of(space, data, recipe, chip), None
    if chip.type != "cpu":
        sample = [arch for _, arch in unique_cells(space)[:SAMPLE]]
        core = CoreSeconds.measured(space, sample, data, recipe)
        header["seconds"] = core.described()
    work = TableWork(folder, header)
    if best is not None:
        chosen = _best(chosen, work.there())[:best]
    wanted = [(key, seed) for key, _ in chosen for seed in seeds]
    make = partial(
        make_part,
        cells=dict(chosen),
        space=space,
        data=data,
        recipe=recipe,
        device=str(chip),
        core=core,
    )
    start, before = time.perf_counter(), len(work.there().keys() & set(wanted))
    size = PART if core is None else AT_ONCE
    for claim, seconds in _parts(work, wanted, make, jobs, size):
        done = len(work.there().keys() & set(wanted))
        each = (time.perf_counter() - start) / max(done - before, 1)
        left = each * (len(wanted) - done)
        yield Made(claim.path, done, len(wanted), len(claim.pairs), seconds, left)


def cells_with(
    space: TopologySpace, operations: Sequence[str] | None
) -> list[tuple[str, Topology]]:
    """``unique_cells`` of ``space``, but only classes with a member of ``operations`` alone.

    Raises ValueError where the space does not have one of them.
    """
    cells = unique_cells(space)
    if operations is None:
        return cells
    if unknown := set(operations) - set(space.operations):
        raise ValueError(f"operations: expected some of {space.operations}, got {unknown}")
    smaller = TopologySpace(nodes=space.nodes, operations=tuple(operations))
    keys = set(classes_of(smaller).keys)
    return [(key, arch) for key, arch in cells if key in keys]


def _best(
    cells: Sequence[tuple[str, Topology]], there: dict[Pair, float]
) -> list[tuple[str, Topology]]:
    """Those of ``cells`` that were trained, the best first."""
    scores: dict[str, list[float]] = {}
    for (key, _), score in there.items():
        scores.setdefault(key, []).append(score)
    trained = [cell for cell in cells if cell[0] in scores]
    return sorted(trained, key=lambda cell: -float(np.mean(scores[cell[0]])))


def _parts(
    work: TableWork, wanted: Sequence[Pair], make: partial[float], jobs: int, size: int
) -> Iterator[tuple[Claim, float]]:
    """Each part that was made, and the seconds that it took."""
    if jobs == 1:
        while claim := work.claim(wanted, size):
            try:
                seconds = make(claim.path, claim.pairs, work.header)
            finally:
                work.release(claim)
            yield claim, seconds
        return
    running: dict[Future[float], Claim] = {}
    try:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            while True:
                while len(running) < jobs and (claim := work.claim(wanted, size)):
                    running[pool.submit(make, claim.path, claim.pairs, work.header)] = claim
                if not running:
                    return
                for part in wait(running, return_when=FIRST_COMPLETED).done:
                    seconds = part.result()
                    claim = running.pop(part)
                    work.release(claim)
                    yield claim, seconds
    finally:
        for claim in running.values():
            work.release(claim)
