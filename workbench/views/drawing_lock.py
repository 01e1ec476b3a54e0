"""Who draws holds this lock, and draws in our style, whatever the session's own settings are.

Matplotlib reads its settings (``rcParams``) from one place for all threads, whenever an axis, a
tick or a text is made. A style sheet, ``text.usetex`` where there is no TeX, or a ``matplotlibrc``
of the learner's would reach our figures there. So whoever enters finds matplotlib's defaults and
our style on top, and whoever leaves puts back what was there.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import RLock
from types import TracebackType
from typing import Any

import matplotlib as mpl

# what is no matter of looks: the window system's business stays the session's
FOREIGN = ("backend", "interactive", "toolbar", "timezone", "date.epoch", "webagg.", "tk.")


class DrawingLock:
    """A lock that its holder may enter again, and inside, matplotlib's settings as ours.

    ``style`` are settings that differ from matplotlib's defaults. Another thread that draws with
    pyplot meanwhile sees them too, but what it sets is kept.
    """

    def __init__(self, style: Mapping[str, Any]) -> None:
        ours: Any = mpl.rcParamsDefault.copy()
        ours.update(style)  # checked here, once
        names = [str(name) for name in ours if not name.startswith(FOREIGN)]
        # ``_get`` and ``_set`` are documented: the way past checks and the choice of a backend
        self._ours = {name: ours._get(name) for name in names}
        self._settings: Any = mpl.rcParams
        self._lock, self._depth, self._theirs = RLock(), 0, dict[str, Any]()

    def __enter__(self) -> DrawingLock:
        self._lock.acquire()
        self._depth += 1
        if self._depth == 1:
            there = {name: self._settings._get(name) for name in self._ours}
            self._theirs = {name: old for name, old in there.items() if old != self._ours[name]}
            for name in self._theirs:
                self._settings._set(name, self._ours[name])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._depth == 1:
            for name, old in self._theirs.items():
                if self._settings._get(name) is self._ours[name]:  # else set anew by another thread
                    self._settings._set(name, old)
        self._depth -= 1
        self._lock.release()
