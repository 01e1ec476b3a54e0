"""What earlier runs of a panel are called, and which can be compared with the present one.

Also how much of a run is read back from its log, and what is lost when all are forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from workbench.panels.running.run_plan import Plan
from workbench.panels.running.session import Run, Session
from workbench.panels.running.worker_thread import AT_WORK
from workbench.scales import PLAIN, ScoreScale, fitting
from workbench.views.numbers_in_words import many


class EarlierRuns:
    """Notes each run as it begins. ``behind``: trials of the present one that were seen before."""

    def __init__(self) -> None:
        self.behind = 0
        self._plan: Plan | None = None
        self._path: Path | None = None
        self._plans: list[Plan] = []
        self._ends: list[tuple[int | float, ...]] = []  # of each, the lowest and the highest score

    def begin(
        self, run: Run | None, earlier: int, told: int, ends: tuple[int | float, ...] = ()
    ) -> None:
        """A run is about to be shown, in place of one that has ``told`` trials.

        ``earlier`` says how many runs are kept to compare with, the last of them among these;
        ``ends`` are the lowest and the highest score of that one.
        """
        if earlier > len(self._plans) and self._plan is not None:
            self._plans.append(self._plan)
            self._ends.append(ends)
        del self._plans[earlier:], self._ends[earlier:]
        again = run is not None and run.path == self._path
        self.behind = told if again else run.behind if run else 0
        self._plan, self._path = (run.plan, run.path) if run else (None, None)

    def scale(self, plan: Plan, ends: Iterable[int | float]) -> ScoreScale:
        """How the scores of ``plan``, so far between these ``ends``, are said and drawn.

        Of what declares no scale, by the scores of its earlier runs too: one figure shows them all.
        """
        pairs = zip(self._plans, self._ends)
        before = [end for run, both in pairs if _kind(run) == _kind(plan) for end in both]
        return fitting(plan.scale, [*ends, *before])

    def comparable(self, plan: Plan, scale: ScoreScale) -> list[int]:
        """Which of the earlier runs have scores of the same kind as ``plan``, in order.

        Accuracies of two estimators are one kind, two numbers of which nothing is known are not.
        """
        return [
            number
            for number, (run, ends) in enumerate(zip(self._plans, self._ends))
            if _kind(run) == _kind(plan) or (scale != PLAIN and self.scale(run, ends) == scale)
        ]

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


def _kind(plan: Plan) -> Any:
    """What the scores of a plan are: as declared, else what this very class answers."""
    return plan.scale or plan.scorer


def what_is_cleared(session: Session) -> tuple[str, str] | None:
    """What to ask before all runs are forgotten, and what its yes says; None: nothing is lost."""
    count = len(session.runs) + bool(session.history.told)
    if not count:
        return None
    runs = f"Clear {many(count, 'run')}"
    at_work = " The one at work is stopped." if session.state in AT_WORK else ""
    return f"{runs} from this panel? What was logged stays on disk.{at_work}", runs
