"""The order of four strategies as a paper has it, beside a recorded race's and the learner's own.

White, Neiswanger and Savani (2021), BANANAS, as quoted in later work: NAS-Bench-101, test accuracy
after 150 trials, mean of 200 runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from workbench.history import Lap, bands
from workbench.race import RACES, Race, Truth, read_race
from workbench.recordings import recording

PAPER = MappingProxyType(
    {
        "random search": 93.66,
        "BO, one-hot": 93.73,
        "aging evolution": 93.89,
        "local search": 94.07,
    }
)  # test accuracy, in %
TRIALS = 150  # the paper's
RECORDED = "bayesian"


class PublishedRanking:
    """``laps`` of the learner's race after ``trials``, regret against ``best``, beside the paper.

    ``recorded`` is a race to show as well, after as many trials as in the paper: None is the one
    that comes with the package.
    """

    def __init__(
        self, laps: Sequence[Lap], *, trials: int, best: float, recorded: Race | None = None
    ) -> None:
        race = read_race(recording(RACES[RECORDED].file)) if recorded is None else recorded
        truth = Truth.read(race.header.get("notes", {}))
        self.trials = trials
        self.mine = regrets(laps, trials=trials, best=best)
        self.recorded = regrets(race.laps, trials=TRIALS, best=truth.highest if truth else best)
        self.seeds = len({lap.seed for lap in race.laps}), len({lap.seed for lap in laps})

    def __repr__(self) -> str:
        return self._repr_markdown_()

    def _repr_markdown_(self) -> str:
        recorded, mine = self.seeds
        heads = (
            "strategy",
            f"NAS-Bench-101: test accuracy after {TRIALS}, n = 200",
            f"recorded: regret after {TRIALS}, n = {recorded}",
            f"yours: regret after {self.trials}, n = {mine}",
        )
        lines = [f"| {' | '.join(heads)} |", "|:--|--:|--:|--:|"]
        for name, accuracy in PAPER.items():
            ends = (_points(each.get(name)) for each in (self.recorded, self.mine))
            lines.append(f"| {name} | {accuracy} % | {' | '.join(ends)} |")
        return "\n".join(lines)


def regrets(laps: Sequence[Lap], *, trials: int, best: float) -> dict[str, float]:
    """Of each racer: how far the median of its true accuracies is below ``best``, fractions."""
    ends = bands(laps, at=[trials], of="value", best=best) if laps else []
    return {str(end["racer"]): float(end["median"]) for end in ends}


def _points(regret: float | None) -> str:
    return "–" if regret is None else f"{100 * regret:.2f} points"
