"""What of a table is still to be trained, and who is at it: part files and claims in a folder.

A pair is a cell, by its canonical text, and one of its seeds. Whatever part it lies in, a pair that
is there is not trained again. While a process makes a part, it holds the lock on a file beside it
that lists the part's pairs, its *claim*: another process trains something else. The system gives
the lock up when a process ends, however it ends, so a dead one's claim binds nobody. Where the
system has no such locks (Windows), one process at a time may work in a folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

from workbench.estimators.table_file import ACCURACY, TableFile, check_same

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

Pair: TypeAlias = tuple[str, int]  # canonical text, seed
PARTS = "part-*.npz"


@dataclass(frozen=True, eq=False)
class Claim:
    """The right to train ``pairs`` and to write them to ``path``, until it is released."""

    path: Path
    pairs: tuple[Pair, ...]
    file: IO[str]


class TableWork:
    """The part files under ``folder``, of the table that ``header`` describes."""

    def __init__(self, folder: Path, header: Mapping[str, Any]) -> None:
        self.folder, self.header = folder, header
        self._read: dict[Path, dict[Pair, float]] = {}
        self._own: dict[Path, Claim] = {}

    def there(self) -> dict[Pair, float]:
        """Every pair that is trained: its validation accuracy after the last epoch.

        Raises ValueError, naming the file, for one that is damaged or of another table.
        """
        for path in self.folder.rglob(PARTS):
            if path not in self._read:
                self._read[path] = self._pairs(path)
        return {pair: score for pairs in self._read.values() for pair, score in pairs.items()}

    def claim(self, wanted: Sequence[Pair], many: int) -> Claim | None:
        """The first ``many`` of ``wanted`` that nobody has trained or claimed; None: none is left.

        Their part gets the first number that is free in the folder.
        """
        with self._choosing():
            taken = {pair for claim in self._own.values() for pair in claim.pairs}
            for path in set(self.folder.glob("*.claim")) - self._own.keys():
                taken.update(_claimed(path))
            taken |= self.there().keys()  # after the claims: a part is there before its claim goes
            pairs = tuple([pair for pair in wanted if pair not in taken][:many])
            if not pairs:
                return None
            path = next(path for path in self._numbered() if not path.exists())
            file = _claim_beside(path).open("w", encoding="utf-8")
            _lock(file)
            json.dump(pairs, file)
            file.flush()
            claim = self._own[_claim_beside(path)] = Claim(path, pairs, file)
        return claim

    def release(self, claim: Claim) -> None:
        """Let others see to what of ``claim`` is not there."""
        with self._choosing():
            path = _claim_beside(claim.path)
            claim.file.close()
            path.unlink(missing_ok=True)
            del self._own[path]

    def _numbered(self) -> Iterator[Path]:
        number = 0
        while True:
            path = self.folder / f"part-{number:05}.npz"
            if not _claim_beside(path).exists():
                yield path
            number += 1

    def _pairs(self, path: Path) -> dict[Pair, float]:
        table = TableFile.load(path)
        check_same(self.header, table.header)
        rows = zip(table.cells, table.seeds, table.curves[ACCURACY][:, -1])
        return {(table.keys[cell], int(seed)): float(score) for cell, seed, score in rows}

    @contextmanager
    def _choosing(self) -> Iterator[None]:
        """Only one process at a time chooses, and the others wait."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".choosing").open("w", encoding="utf-8") as file:
            _lock(file, wait=True)
            yield


def _claim_beside(part: Path) -> Path:
    return part.with_suffix(".claim")


def _claimed(path: Path) -> list[Pair]:
    """What a living process is at; the claim of a dead one is deleted."""
    try:
        with path.open(encoding="utf-8") as file:
            dead = _lock(file)
            text = file.read()
        if dead:
            path.unlink()
            return []
    except FileNotFoundError:  # deleted by hand
        return []
    except PermissionError:  # Windows, where a file that a living process holds open stays
        pass
    return [(key, seed) for key, seed in json.loads(text)]


def _lock(file: IO[str], *, wait: bool = False) -> bool:
    """Whether the lock on ``file`` is had, until it is closed; where there are none, always."""
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: better unguarded than unusable
        pass
    return True
