"""Which file a table is read from, and which of its cells a space needs."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from workbench import checks
from workbench.estimators.cell_classes import CellClasses, classes_of
from workbench.estimators.table_file import TableFile
from workbench.recordings import recording
from workbench.spaces.topology import Topology, TopologySpace

SHIPPED = "fashion-7x7-topology.npz"
RULE = "published"  # of isomorphism, as everywhere here
FEWEST = 3  # operations: with less there is hardly anything to search


@dataclass(frozen=True, eq=False)
class Found:
    """The cells of ``space`` as a file has them, in the order of their ``keys``.

    The rows of class i are ``first[i]`` to ``first[i] + runs[i] - 1``, ordered by seed.
    """

    space: TopologySpace
    keys: tuple[str, ...]
    cells: tuple[Topology, ...]
    parameters: Int64[np.ndarray, " cells"]
    macs: Int64[np.ndarray, " cells"]
    first: Int64[np.ndarray, " cells"]
    runs: Int64[np.ndarray, " cells"]
    seeds: Int64[np.ndarray, " rows"]
    seconds: Float64[np.ndarray, " rows"]
    curves: Mapping[str, Float64[np.ndarray, "rows epochs"]]

    @property
    def fingerprint(self) -> str:
        """Of all that a query can be answered with: other entries, other letters."""
        found = zlib.crc32("\n".join(self.keys).encode())
        for array in (self.runs, self.seeds, self.seconds, *self.curves.values()):
            found = zlib.crc32(np.ascontiguousarray(array).tobytes(), found)
        return f"{found:08x}"

    def means(self, column: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " cells"]:
        """The mean over each cell's seeds."""
        means: Float64[np.ndarray, " cells"] = np.add.reduceat(column, self.first) / self.runs
        return means


def opened(path: Path | str | None) -> TableFile:
    """The table in ``path``, a file or a folder of parts; None: the one that is shipped.

    Raises FileNotFoundError where there is none, ValueError for what is no table.
    """
    if path is None:
        return TableFile.load(_shipped())
    place = checks.path("Table: path", path)
    if not place.is_dir():
        return TableFile.load(place)
    parts = sorted(place.glob("**/*.npz"))
    if not parts:
        raise FileNotFoundError(f"{place}: no parts of a table (*.npz) in this folder")
    return TableFile.merged([TableFile.load(part) for part in parts])


def _shipped() -> Path:
    try:
        return recording(SHIPPED)
    except FileNotFoundError:
        raise FileNotFoundError(
            f"no table {SHIPPED} comes with this package yet: make it with `workbench table "
            "--parts parts` (hours; it can be stopped and resumed), then `workbench table --parts "
            "parts --merge table.npz`, and open it with Table(path='table.npz')"
        ) from None


def served(file: TableFile, space: TopologySpace | None) -> Found:
    """What ``space`` needs of ``file``; without one the largest space that it is complete for.

    Raises ValueError where cells are missing.
    """
    whole = space_of(file.header)
    if (rule := file.header.get("rule", RULE)) != RULE:
        raise ValueError(f"Table: the file joins isomorphic cells by {rule!r}, expected {RULE!r}")
    runs = np.bincount(file.cells, minlength=len(file.keys))
    there = {key for key, count in zip(file.keys, runs) if count}
    if space is None:
        space = _complete(whole, there)
    if not isinstance(space, TopologySpace):
        raise ValueError(f"Table: space: expected a TopologySpace, got {type(space).__name__}")
    if space.nodes != whole.nodes:
        raise ValueError(
            f"Table: space: its cells have {space.nodes} nodes, expected the {whole.nodes} of the "
            "table's"
        )
    classes = classes_of(space)
    missing = [key for key in classes.keys if key not in there]
    if missing:
        raise ValueError(
            f"Table: {len(missing)} of the {len(classes.keys)} cells of a space with the "
            f"operations {space.operations} are not in the table, {missing[0]!r} for one: expected "
            "all of them; take fewer operations, or let `workbench table` train the rest"
        )
    return _rows(file, space, classes, runs)


def _rows(
    file: TableFile, space: TopologySpace, classes: CellClasses, runs: Int64[np.ndarray, " all"]
) -> Found:
    places = {key: place for place, key in enumerate(file.keys)}
    chosen = np.array([places[key] for key in classes.keys], np.int64)  # (cells,)
    order = np.lexsort((file.seeds, file.cells))  # rows, cell by cell
    begins = np.concatenate([[0], np.cumsum(runs)])[:-1]
    rows = np.concatenate([order[begins[c] : begins[c] + runs[c]] for c in chosen])
    kept = runs[chosen].astype(np.int64)
    first = (np.cumsum(kept) - kept).astype(np.int64)
    return Found(
        space,
        classes.keys,
        tuple(Topology(operations) for operations in _members(file, classes, chosen)),
        file.parameters[chosen],
        file.macs[chosen],
        first,
        kept,
        file.seeds[rows],
        file.seconds[rows].astype(np.float64),
        # as decimal fractions again: 0.8405, not the 0.84049999… that is nearest to it in 32 bits
        {name: curve[rows].astype(np.float64).round(6) for name, curve in file.curves.items()},
    )


def _members(file: TableFile, classes: CellClasses, chosen: Any) -> list[tuple[str, ...]]:
    """Of each class the member that was trained, or where that is not in the space another one."""
    members = classes.leanest()
    for number, cell in enumerate(chosen):
        trained = tuple(re.findall(r"(\w+)~\d+", file.spellings[cell]))
        known = classes.of.get(trained)
        if known == number:
            members[number] = trained
        elif known is not None:
            raise ValueError(
                f"Table: {file.spellings[cell]!r} is entered as {file.keys[cell]!r}, but is "
                f"{classes.keys[known]!r}: expected keys as TopologySpace.canonical gives them"
            )
    return members


def space_of(header: Mapping[str, Any]) -> TopologySpace:
    """The space that was trained; of a file that does not say, the published one."""
    said = header.get("space") or {}
    try:
        if said.get("name", "TopologySpace") != "TopologySpace":
            raise ValueError(f"a {said['name']}")
        settings: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in said.items()
            if name != "name"
        }
        return TopologySpace(**settings)
    except (TypeError, AttributeError, ValueError) as error:
        raise ValueError(
            f"Table: the file's header names no TopologySpace ({error}): expected 'space' to be "
            "what workbench.settings.describe(space) gives"
        ) from None


def _complete(whole: TopologySpace, there: set[str]) -> TopologySpace:
    """``whole``, or as long as cells of it are missing its largest part that is complete."""
    menu = whole.operations
    for many in range(len(menu), min(FEWEST, len(menu)) - 1, -1):
        for operations in combinations(menu, many):
            if operations == ("none",):
                continue
            part = TopologySpace(
                nodes=whole.nodes,
                operations=operations,
                channels=whole.channels,
                cells=whole.cells,
                stages=whole.stages,
                reduction=whole.reduction,
            )
            if there.issuperset(classes_of(part).keys):
                return part
    return whole  # whoever asks is told what is missing
