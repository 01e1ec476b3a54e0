"""The table on disk: trained cells and their curves, in one compact file or in many part files.

The format is NumPy's ``.npz`` without pickled objects: a zip file, so that each array carries a
checksum. A *cell* is one line of ``keys``, a *row* one training of a cell:

    header       text, JSON: format ("workbench table"), version (1), space, data, recipe, rule,
                 code, machine, for trainings on a GPU the model of their core seconds, and the
                 names of the arrays (all but the first two may be left out; without space it is
                 ``TopologySpace()``)
    keys         (cells,) text: the canonical form that isomorphic cells share
    spellings    (cells,) text: the member of the class that was trained, as the space spells it
    parameters   (cells,) whole numbers; macs likewise, of one image (0: not known)
    cells, seeds (rows,) whole numbers: which cell, which of its seeds
    seconds      (rows,) core seconds
    train accuracy, train loss, validation …, test …   (rows, epochs); accuracies in [0, 1]

Curves that were not measured may be absent, but not the validation accuracy. A converted benchmark
without curves has one epoch; ``table_from_scores`` makes it of a dict. Whoever writes the file
without this package needs ``numpy.savez(path, header=json.dumps(…), keys=…, …)`` and no more.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Int64

from workbench.settings import difference

FORMAT, VERSION = "workbench table", 1
ACCURACY = "validation accuracy"
CURVES = tuple(
    f"{split} {what}" for split in ("train", "validation", "test") for what in ("accuracy", "loss")
)
PER_CELL, PER_ROW = ("keys", "spellings", "parameters", "macs"), ("cells", "seeds", "seconds")
SAME = ("format", "version", "space", "data", "recipe", "rule")  # of parts of one table


@dataclass(frozen=True, eq=False)
class TableFile:
    """What a file holds; see the module. Raises ValueError where its arrays do not fit together."""

    header: Mapping[str, Any]
    keys: tuple[str, ...]
    spellings: tuple[str, ...]
    parameters: Int64[np.ndarray, " cells"]
    macs: Int64[np.ndarray, " cells"]
    cells: Int64[np.ndarray, " rows"]
    seeds: Int64[np.ndarray, " rows"]
    seconds: Float32[np.ndarray, " rows"]
    curves: Mapping[str, Float32[np.ndarray, "rows epochs"]]

    def __post_init__(self) -> None:
        many, rows = len(self.keys), len(self.cells)
        sizes = {name: len(getattr(self, name)) for name in (*PER_CELL, *PER_ROW)}
        for name, size in sizes.items():
            if size != (expected := many if name in PER_CELL else rows):
                raise ValueError(f"{name}: expected {expected} values, got {size}")
        if len(set(self.keys)) != many:
            raise ValueError("keys: a cell is there twice")
        if ACCURACY not in self.curves or not set(self.curves) <= set(CURVES):
            raise ValueError(f"curves: expected some of {CURVES}, got {tuple(self.curves)}")
        shape = self.curves[ACCURACY].shape
        for name, curve in self.curves.items():
            if curve.shape != shape or curve.ndim != 2 or len(curve) != rows:
                raise ValueError(f"{name}: expected shape {(rows, *shape[1:])}, got {curve.shape}")
            if name.endswith("accuracy") and rows and not (curve.min() >= 0 and curve.max() <= 1):
                raise ValueError(
                    f"{name}: expected fractions in [0, 1], got {curve.min()} … {curve.max()}; "
                    "divide per cents by 100"
                )
        if not (np.isfinite(self.seconds).all() and (self.seconds >= 0).all()):
            raise ValueError("seconds: expected finite numbers from 0 on: they are a clock's")
        if rows and not 0 <= self.cells.min() <= self.cells.max() < many:
            raise ValueError(f"cells: expected numbers from 0 to {many - 1}")
        pairs = set(zip(self.cells.tolist(), self.seeds.tolist()))
        if len(pairs) != rows:
            raise ValueError("cells and seeds: a training is there twice")

    @property
    def epochs(self) -> int:
        """How many epochs a curve has."""
        return int(self.curves[ACCURACY].shape[1])

    def save(self, path: Path) -> None:
        """Write to a temporary name, flush to the disk, then rename: never half a file."""
        arrays = {name: np.array(getattr(self, name)) for name in (*PER_CELL, *PER_ROW)}
        arrays |= self.curves
        words = dict(self.header) | {"arrays": list(arrays)}
        arrays["header"] = np.array(json.dumps(words, ensure_ascii=False))
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with temporary.open("wb") as file:
                np.savez_compressed(file, allow_pickle=False, **arrays)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> TableFile:
        """Read what ``save`` wrote.

        Raises FileNotFoundError where there is none, ValueError for a file that is damaged or
        something else.
        """
        try:
            return cls._read(path)
        except FileNotFoundError:
            raise FileNotFoundError(f"{path}: no such table") from None
        except OSError:
            raise
        except Exception as error:  # damage shows as whatever zip and NumPy stumble over
            raise ValueError(
                f"{path}: not a table, or a damaged one ({error}); expected a file that `workbench "
                "table` wrote: copy it again, or delete it and let the command train it anew"
            ) from error

    @classmethod
    def _read(cls, path: Path) -> TableFile:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            if not isinstance(file, np.lib.npyio.NpzFile):
                raise ValueError("a single array")
            arrays = {name: file[name] for name in file.files}  # each read checks its sum
        header = json.loads(str(arrays.pop("header")))
        if not isinstance(header, dict) or header.get("format") != FORMAT:
            raise ValueError(f"its header does not say {FORMAT!r}")
        if header.get("version") != VERSION:
            raise ValueError(f"version {header.get('version')}, this code reads {VERSION}")
        if header.pop("arrays", [*arrays]) != [*arrays]:  # a name is not in the zip file's sums
            raise ValueError(f"its arrays are {(*arrays,)}")
        return cls(
            header=header,
            keys=tuple(str(key) for key in arrays["keys"]),
            spellings=tuple(str(text) for text in arrays["spellings"]),
            parameters=arrays["parameters"].astype(np.int64),
            macs=arrays["macs"].astype(np.int64),
            cells=arrays["cells"].astype(np.int64),
            seeds=arrays["seeds"].astype(np.int64),
            seconds=arrays["seconds"].astype(np.float32),
            curves={name: arrays[name].astype(np.float32) for name in CURVES if name in arrays},
        )

    @classmethod
    def merged(cls, files: Sequence[TableFile]) -> TableFile:
        """One table of many parts; a cell's seeds may lie in several. Cells in order of their keys.

        Raises ValueError where the parts are of different tables, or share a training.
        """
        if not files:
            raise ValueError("files: expected at least one part to merge, got none")
        first = files[0]
        for other in files[1:]:
            check_same(first.header, other.header)
        lines = {
            key: (key, spelling, parameters, macs)
            for file in files
            for key, spelling, parameters, macs in zip(
                file.keys, file.spellings, file.parameters, file.macs
            )
        }
        numbers = {key: number for number, key in enumerate(sorted(lines))}
        keys, spellings, parameters, macs = zip(*(lines[key] for key in numbers))
        cells = np.concatenate(
            [np.array([numbers[file.keys[cell]] for cell in file.cells], int) for file in files]
        )
        seeds = np.concatenate([file.seeds for file in files])
        order = np.lexsort((seeds, cells))
        shared = [name for name in CURVES if all(name in file.curves for file in files)]
        return cls(
            dict(first.header) | _gathered(files),
            keys,
            spellings,
            np.array(parameters, np.int64),
            np.array(macs, np.int64),
            cells[order].astype(np.int64),
            seeds[order],
            np.concatenate([file.seconds for file in files])[order],
            {name: np.concatenate([file.curves[name] for file in files])[order] for name in shared},
        )


def check_same(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
    """Raise ValueError, naming the first difference, for headers of different tables."""
    other = difference(
        {name: mine.get(name) for name in SAME}, {name: theirs.get(name) for name in SAME}
    )
    if other:
        raise ValueError(f"parts of different tables: {other}; use another folder for each table")


def _gathered(files: Sequence[TableFile]) -> dict[str, list[Any]]:
    """Every code version, machine and model of core seconds that took part, once."""
    found: dict[str, list[Any]] = {}
    for name in ("code", "machine", "seconds"):
        for file in files:
            if (said := file.header.get(name)) is None:
                continue
            for one in said if isinstance(said, list) else [said]:
                if one not in found.setdefault(name, []):
                    found[name].append(one)
    return found
