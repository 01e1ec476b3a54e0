"""A race on the simulated clock, read where every lap has come: who is ahead in truth; notebook 10.

Trials of unlike epochs cost unlike, so racers are compared after equal seconds, not trials.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.exercises.by_group import by_group
from workbench.exercises.seed_by_seed import told
from workbench.history import Lap, paired

BLIND = "random search"


def common_end(laps: Sequence[Lap]) -> float:
    """As many seconds as every lap has run. Raises ValueError without laps."""
    if not laps:
        raise ValueError("common_end: laps: expected those of a race, got none")
    return min(lap.seconds for lap in laps)


class SecondBySecond:
    """How far each of the ``racers`` is ahead of random search in true accuracy, seed by seed.

    After as many simulated seconds as every lap has run. Raises ValueError without laps.
    """

    def __init__(self, laps: Sequence[Lap], racers: Sequence[str]) -> None:
        self.seconds = common_end(laps)
        blind = [lap for lap in laps if lap.racer == BLIND]
        self.found = {
            racer: paired(
                [lap for lap in laps if lap.racer == racer],
                blind,
                at=self.seconds,
                by="seconds",
                of="value",
            )
            for racer in racers
        }

    def __repr__(self) -> str:
        return self._repr_markdown_()

    def _repr_markdown_(self) -> str:
        head = f"| after {self.seconds:.0f} simulated seconds, against {BLIND} |"
        lines = [
            f"{head} ahead in truth | 95 % interval | better, worse | p |",
            "|:--|--:|:--|--:|--:|",
        ]
        return "\n".join(
            [*lines, *(f"| {name} | {told(each)} |" for name, each in self.found.items())]
        )


def leads(laps: Sequence[Lap], racer: str, *, groups: int) -> list[dict[str, float]]:
    """How far a racer is ahead of random search in the end, in truth: the mean of a group of seeds.

    Rows with ``value``, a fraction, as ``claim`` takes them.
    """
    end, found = common_end(laps), dict[int, dict[str, float]]()
    for lap in laps:
        if lap.racer in (racer, BLIND):
            found.setdefault(lap.seed, {})[lap.racer] = lap.at(end, by="seconds", of="value")
    apart = [each[racer] - each[BLIND] for _, each in sorted(found.items()) if len(each) == 2]
    return by_group(apart, groups)
