"""A table that lies once: what one lucky score does to a search, seen where the truth is known."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench import checks
from workbench.estimators.table import Table
from workbench.records import Candidate, Evaluation, Event, Told
from workbench.scales import ACCURACY
from workbench.spaces.topology import Topology, TopologySpace


class LyingTable:
    """Answers as ``Table`` does, but the trial ``liar`` is told a score that it does not deserve.

    It is told ``points`` per cent more than the best score that any trial before it was told (the
    first: more than its own), so it is the best of all, whatever it is. Only the score lies:
    epochs, curve and all other trials are the table's, so with another ``liar`` the searches are
    the same up to that trial. ``table`` is the table itself, ``path`` its file. ``measures["lie"]``
    of the liar holds what was added; a score stays in [0, 1].

    Raises ValueError for an impossible setting, and what ``Table`` raises.
    """

    scale = ACCURACY

    def __init__(
        self,
        space: TopologySpace,
        *,
        liar: int = 119,
        points: int | float = 5.0,
        path: Path | str | None = None,
    ) -> None:
        self.liar = checks.whole("LyingTable: liar", liar, least=0)
        self.points = checks.number("LyingTable: points", points, least=-100.0, below=100.0)
        self.space, self.path = space, path
        self.table = Table(space, path=path)
        self._told: dict[int, float] = {}  # trial -> score, of the run that is under way

    def described(self) -> dict[str, Any]:
        """Settings as JSON values: the lie, and what the table says of itself."""
        lie = {"name": "LyingTable", "liar": self.liar, "points": self.points}
        return {**lie, "table": self.table.described()}

    def prepare(self, *, seed: int) -> Generator[Event[Topology], None, None]:
        """Nothing to prepare."""
        yield from self.table.prepare(seed=seed)

    def estimate(
        self, candidate: Candidate[Topology], *, trial: int, seed: int
    ) -> Generator[Event[Topology], None, Evaluation]:
        """The table's answer, and of the liar's trial a lie."""
        answer = yield from self.table.estimate(candidate, trial=trial, seed=seed)
        if trial != self.liar:
            return answer
        before = [score for at, score in self._told.items() if at < trial]
        score = min(1.0, max(0.0, max(before, default=answer.score) + self.points / 100))
        lie = {**answer.measures, "lie": score - answer.score}
        return replace(answer, score=score, measures=lie)

    def tell(self, told: Told[Topology]) -> None:
        """The score of a trial that ended. The next run tells its own, from trial 0 on."""
        self._told[told.trial] = told.evaluation.score
        self.table.tell(told)
