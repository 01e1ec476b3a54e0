"""The races of the course, as data, and the run of one, which goes on where it was stopped."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from workbench import checks
from workbench.estimators import Extrapolated
from workbench.history import Lap
from workbench.protocols import Estimator
from workbench.race.details import PPO_RACERS, REINFORCE_RACERS
from workbench.race.entrants import Entrant, entered
from workbench.race.recorded import is_begun, pack_race, read_race, recorded_race
from workbench.race.running import Racer, race
from workbench.race.truth import Truth
from workbench.records import Batch
from workbench.strategies import (
    ASHA,
    PPO,
    BayesianOptimization,
    Hyperband,
    LocalSearch,
    RandomSearch,
    RegularizedEvolution,
    Reinforce,
)

DIGITS = 6  # of an accuracy: a hundredth of one image in 10,000
HUNDREDTHS = 2  # digits of a second


@dataclass(frozen=True)
class PlannedRace:
    """``racers`` × ``seeds`` (0, 1, 2 …), ``trials`` each, on the table; ``about`` in words.

    ``seconds``: what each may spend on the simulated clock, where trials cost unlike. ``longest``:
    only trials of the most epochs can be a lap's incumbent.
    ``estimators`` says what answers a racer in the table's place, as a function of the table.
    """

    name: str
    about: str
    racers: Mapping[str, Entrant]
    seeds: int
    trials: int
    seconds: int | float | None = None
    longest: bool = False
    estimators: Mapping[str, Callable[[Any], Estimator[Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("name", "about"):
            checks.text(f"PlannedRace: {name}", getattr(self, name), empty=False)
        for name in ("racers", "estimators"):
            checks.of_type(f"PlannedRace: {name}", getattr(self, name), Mapping)
        for name in self.estimators:
            checks.one_of("PlannedRace: estimators", name, tuple(self.racers))
        for name in ("seeds", "trials"):
            number = checks.whole(f"PlannedRace: {name}", getattr(self, name), least=1)
            checks.keep(self, **{name: number})
        checks.number_or_none("PlannedRace: seconds", self.seconds, above=0.0, below=math.inf)
        checks.yes_or_no("PlannedRace: longest", self.longest)

    @property
    def budget(self) -> str:
        """What each search may spend, in words."""
        if self.seconds is None:
            return f"{self.trials} trials"
        return f"{self.seconds:g} simulated seconds"

    @property
    def file(self) -> str:
        """The shipped recording's name."""
        return f"{self.name}-race.jsonl.gz"

    @property
    def command(self) -> str:
        """What makes it again."""
        return f"workbench race {self.name}"

    def entered(self, table: Any) -> dict[str, Racer[Any]]:
        """The racers, each answered by ``table`` or by what ``estimators`` makes of it."""
        racers = entered(self.racers, table)
        for name, around in self.estimators.items():
            racers[name] = entered({name: self.racers[name]}, around(table))[name]
        return racers

    @property
    def laps(self) -> int:
        """How many searches it is."""
        return len(self.racers) * self.seeds


_PLAIN: Mapping[str, Entrant] = {
    "random search": RandomSearch,
    "local search": LocalSearch,
    "aging evolution": RegularizedEvolution,
}
_TOURNAMENT = partial(RegularizedEvolution, aging=False)
_BAYESIAN: Mapping[str, Entrant] = {
    "BO, one-hot": partial(BayesianOptimization, encoding="decisions"),
    "BO, paths": partial(BayesianOptimization, encoding="paths"),
}
# the two controllers with each preset, and the policy without a recurrent network
_CONTROLLERS: Mapping[str, Entrant] = {
    "random search": RandomSearch,
    "REINFORCE": Reinforce,
    "REINFORCE, paper's values": partial(Reinforce, **Reinforce.PRESETS["paper"]),
    "REINFORCE, no LSTM": partial(Reinforce, network="independent softmaxes"),
    "PPO": PPO,
    "PPO, paper's values": partial(PPO, **PPO.PRESETS["paper"]),
}

# the table's cells are trained for 12 epochs: rungs at 1, 4 and 12
_HALVING: Mapping[str, Entrant] = {
    "random search": RandomSearch,
    "Hyperband": partial(Hyperband, most_epochs=12, eta=3),
    "Hyperband, from 4 epochs": partial(Hyperband, most_epochs=12, least_epochs=4, eta=3),
    "ASHA": partial(ASHA, most_epochs=12, eta=3),
}
_MODELLED = partial(Hyperband, most_epochs=12, eta=3, proposals="model")
STOPPED = "random search, extrapolated"

RACES: Mapping[str, PlannedRace] = MappingProxyType(
    {
        each.name: each
        for each in (
            PlannedRace(
                "evolution",
                "random search, local search and evolution, aging and not",
                {**_PLAIN, "tournament evolution": _TOURNAMENT},
                seeds=200,
                trials=300,
            ),
            PlannedRace(
                "bayesian",
                "Bayesian optimisation, in two encodings, and what it has to beat",
                {**_PLAIN, **_BAYESIAN},
                seeds=30,
                trials=300,
            ),
            PlannedRace(
                "controllers",
                "REINFORCE and PPO, by their lesson presets and by the papers' values",
                _CONTROLLERS,
                seeds=100,
                trials=300,
            ),
            PlannedRace(
                "reinforce-details",
                "REINFORCE's lesson preset, and each of its details switched alone",
                REINFORCE_RACERS,
                seeds=100,
                trials=300,
            ),
            PlannedRace(
                "ppo-details",
                "PPO's lesson preset, and each of its details switched alone",
                PPO_RACERS,
                seeds=60,
                trials=300,
            ),
            PlannedRace(
                "hyperband",
                "few epochs for many cells, by three schedules, against all epochs for few",
                _HALVING,
                seeds=100,
                trials=10_000,
                seconds=240,
                longest=True,
            ),
            PlannedRace(
                "bohb",
                "Hyperband that proposes blindly, and by a model (BOHB's idea)",
                {
                    "random search": RandomSearch,
                    "Hyperband": _HALVING["Hyperband"],
                    "Hyperband, a model proposes": _MODELLED,
                },
                seeds=30,
                trials=10_000,
                seconds=240,
                longest=True,
            ),
            PlannedRace(
                "extrapolation",
                "random search, each training to its end or stopped by its extrapolated curve",
                {"random search": RandomSearch, STOPPED: RandomSearch},
                seeds=100,
                trials=100,
                estimators={STOPPED: Extrapolated},
            ),
            PlannedRace("notebook", "a notebook's live race", _PLAIN, seeds=20, trials=200),
            PlannedRace(
                "notebook-bayesian",
                "Bayesian optimisation, as a notebook runs it live",
                {"random search": RandomSearch, "BO, one-hot": _BAYESIAN["BO, one-hot"]},
                seeds=3,
                trials=60,
            ),
        )
    }
)


def make_race(planned: PlannedRace, table: Any, folder: Path) -> Iterator[Batch | Lap]:
    """Run what is left of a race, each lap on disk in ``folder`` before it is passed on.

    Laps lie in ``….jsonl``; when all are there, the whole is packed as ``planned.file`` beside it.
    Accuracies are kept to six digits, seconds to two.

    Raises ValueError where the file holds a race of other settings, or is corrupt.
    """
    planned = checks.of_type("make_race: planned", planned, PlannedRace)
    folder = checks.path("make_race: folder", folder)
    path = folder / planned.file.removesuffix(".gz")
    done = {(lap.racer, lap.seed) for lap in read_race(path).laps} if is_begun(path) else set()
    racers, truth = planned.entered(table), Truth.of(table)
    events = race(
        racers,
        seeds=range(planned.seeds),
        trials=planned.trials,
        seconds=planned.seconds,
        longest=planned.longest,
        value=getattr(table, "mean", None),
        test=getattr(table, "test", None),
        done=done,
    )
    yield from recorded_race(
        _short(events),
        path,
        racers=racers,
        seeds=range(planned.seeds),
        command=planned.command,
        notes={**_budget(planned), **(truth.notes if truth else {})},
        resume=True,
    )
    pack_race(path, folder / planned.file)


def _budget(planned: PlannedRace) -> dict[str, Any]:
    """For the header; races from before there were ``seconds`` say no more than ``trials``."""
    if planned.seconds is None and not planned.longest:
        return {"trials": planned.trials}
    return {name: getattr(planned, name) for name in ("trials", "seconds", "longest")}


def _short(events: Iterator[Batch | Lap]) -> Iterator[Batch | Lap]:
    """Numbers with the digits that mean something."""
    for event in events:
        yield _rounded(event) if isinstance(event, Lap) else event


def _rounded(lap: Lap) -> Lap:
    steps = (
        replace(
            step,
            seconds=round(step.seconds, HUNDREDTHS),
            score=round(step.score, DIGITS),
            value=None if step.value is None else round(step.value, DIGITS),
            test=None if step.test is None else round(step.test, DIGITS),
        )
        for step in lap.steps
    )
    return replace(lap, steps=tuple(steps), seconds=round(lap.seconds, HUNDREDTHS))
