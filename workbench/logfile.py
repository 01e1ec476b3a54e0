"""A run log while it is written: one writer, whole lines, on disk before anybody sees the event.

What is promised: a line is handed to the operating system before its event is passed on, so a
process that is killed (SIGKILL) loses nothing that was told. It is synced to the disk at most once
a second, and when the run ends or is stopped: a power cut takes what was written in the second
before the last event that was pulled, at most. A log that somebody deletes meanwhile is written
anew, whole.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from workbench.serialisation import write_line

try:
    import fcntl
except ImportError:  # Windows: two writers of one log are not kept apart there
    fcntl = None  # type: ignore[assignment]

PATIENCE = 1.0  # seconds between two syncs


class LogFile:
    """A log open for reading and appending, this process its only writer.

    Raises ValueError where another run writes it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = self._open()
        self._synced = time.monotonic()
        self._dirty = False

    def read(self) -> bytes:
        """All that it holds."""
        self._file.seek(0)
        return self._file.read()

    def begin(self, header: Mapping[str, Any]) -> int:
        """Write ``header`` as the first line of a new log; its length in bytes."""
        line = write_line(header)
        self._file.truncate(0)
        self.write(line)
        self.sync()
        return len(line)

    def cut(self, end: int, *, complete: bool) -> None:
        """Cut off what comes after ``end`` bytes; ``complete``: they end in a newline."""
        self._file.truncate(end)
        if not complete:
            self.write(b"\n")

    def write(self, lines: bytes) -> None:
        """Append whole lines; the operating system has them when this returns."""
        self._file.write(lines)
        self._file.flush()
        self._dirty = True

    def beat(self) -> None:
        """To be called often: syncs what waits, at most once a second."""
        if self._dirty and time.monotonic() - self._synced >= PATIENCE:
            self.sync()

    def sync(self) -> None:
        """Have the disk hold what was written."""
        if self._dirty:
            if os.fstat(self._file.fileno()).st_nlink == 0:
                self._save()
            os.fsync(self._file.fileno())
            self._dirty = False
        self._synced = time.monotonic()

    def close(self) -> None:
        """Sync, and let others write. Where nothing was ever written, no empty log is left."""
        try:
            self.sync()
            with suppress(OSError):  # deleted meanwhile; or on Windows, which keeps what is open
                if self.path.stat().st_size == 0:
                    self.path.unlink()
        finally:
            self._release()

    def _open(self) -> BinaryIO:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = open(self.path, "a+b")  # noqa: SIM115  (closed by ``close``)
        try:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise ValueError(
                f"{self.path}: this log is being written by another run: stop that one first"
            ) from None
        except OSError:  # a file system without locks: better unguarded than unusable
            pass
        return file

    def _release(self) -> None:
        try:
            if fcntl is not None:  # by name: a forked worker may hold the same open file still
                fcntl.flock(self._file, fcntl.LOCK_UN)
        except OSError:
            pass
        self._file.close()

    def _save(self) -> None:
        """Write the log anew where it, or its folder, was deleted.

        Raises FileExistsError where another log lies there now.
        """
        whole = self.read()
        self._release()
        self._file = self._open()
        if self.read():
            raise FileExistsError(f"{self.path}: deleted while it was written, and now another log")
        self.write(whole)
        say(f"{self.path}: deleted while it was written: it is there again, whole")


def say(words: str) -> None:
    """A warning that stays one: where warnings are errors (-W error), it must not end a run."""
    with suppress(UserWarning):
        warnings.warn(words, stacklevel=3)


@contextmanager
def opened(path: Path) -> Iterator[LogFile]:
    """The log at ``path``, made if need be; synced and let go at the end."""
    file = LogFile(path)
    try:
        yield file
    finally:
        file.close()
