"""What a notebook lets a learner see and touch: ``show`` and ``lock``, as patterns of names."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from workbench import checks
from workbench.records import Decision


class ShowAndLock:
    """``show`` names what stands in the open (None: every decision), ``lock`` what is fixed.

    A pattern is a decision's name ("depth", "layer 1 / filters"), its row ("layer *"), its role
    ("filters"), or a setting of the space ("max_depth"); ``*`` stands for any text.
    """

    def __init__(self, show: Sequence[str] | None, lock: Sequence[str]) -> None:
        self.show = None if show is None else checks.several("show", show, '("depth",)')
        self.lock = checks.several("lock", lock, '("depth",)')
        for pattern in (*(self.show or ()), *self.lock):
            checks.text("show and lock", pattern)

    def check(self, menu: Sequence[Decision], settings: Collection[str]) -> None:
        """Raises ValueError for a pattern that means no decision of ``menu`` and no setting."""
        for pattern in (*(self.show or ()), *self.lock):
            if any(fnmatchcase(name, pattern) for name in settings):
                continue
            if not any(_means(pattern, decision) for decision in menu):
                raise ValueError(
                    f"show or lock: {pattern!r} means nothing here; expected a setting such as "
                    f"{sorted(settings)} or a decision such as {[d.name for d in menu[:6]]}"
                )

    def shows(self, decision: Decision) -> bool:
        """Whether a decision's control stands in the open."""
        return self.show is None or any(_means(pattern, decision) for pattern in self.show)

    def hides(self, decision: Decision) -> bool:
        """Whether it stands under "More settings" instead."""
        return not self.shows(decision)

    def locks(self, thing: Decision | str) -> bool:
        """Whether a decision, or a setting of that name, can only be looked at."""
        if isinstance(thing, str):
            return any(fnmatchcase(thing, pattern) for pattern in self.lock)
        return any(_means(pattern, thing) for pattern in self.lock)

    def opens(self, setting: str) -> bool:
        """Whether a setting of the space stands in the open too."""
        return any(fnmatchcase(setting, pattern) for pattern in self.show or ())


def _means(pattern: str, decision: Decision) -> bool:
    row = decision.name.rpartition(" / ")[0]
    means = (decision.name, decision.role, row)
    return any(fnmatchcase(word, pattern) for word in means if word)
