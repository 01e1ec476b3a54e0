"""What earlier runs of a panel are called, and how much of a run is read back from its log."""

from __future__ import annotations

from pathlib import Path

from workbench.panels.running.plan import Plan
from workbench.panels.running.session import Run


class EarlierRuns:
    """Notes each run as it begins. ``behind``: trials of the present one that were seen before."""

    def __init__(self) -> None:
        self.behind = 0
        self._plan: Plan | None = None
        self._path: Path | None = None
        self._plans: list[Plan] = []

    def begin(self, run: Run | None, earlier: int, told: int) -> None:
        """A run is about to be shown, in place of one that has ``told`` trials.

        ``earlier`` says how many runs are kept to compare with, the last of them among these.
        """
        if earlier > len(self._plans) and self._plan is not None:
            self._plans.append(self._plan)
        del self._plans[earlier:]
        again = run is not None and run.path == self._path
        self.behind = told if again else run.behind if run else 0
        self._plan, self._path = (run.plan, run.path) if run else (None, None)

    @property
    def names(self) -> tuple[str, ...]:
        """By seed, the oldest first; by strategy too where that differs, by number where not."""
        plans = [*self._plans, *([self._plan] if self._plan else [])]
        kinds = [plan.title for plan in plans]
        several = len(set(kinds)) > 1
        names = [
            f"{kind}\nseed {plan.seed}" if several else f"seed {plan.seed}"
            for kind, plan in zip(kinds, plans)
        ]
        return tuple(
            f"run {number}, {name}" if names.count(name) > 1 else name
            for number, name in enumerate(names[: len(self._plans)])
        )
