"""Races: several searches with the same seeds, and what is kept of them.

- ``running``: ``race``, strategies × seeds, a generator of laps
- ``entrants``: ``entered``, strategies by name as racers, random search among them
- ``recorded``: ``recorded_race`` writes them down, ``read_race`` gives them back as a ``Race``
- ``truth``: ``Truth``, what a table knows of its answers
- ``planned``: ``RACES`` of the course, ``make_race`` runs one and goes on with it

``workbench.history`` has what is asked about laps: ``bands`` and ``paired``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.history.laps import Lap, Step
    from workbench.race.entrants import Entrant, Entrants, entered
    from workbench.race.planned import RACES, PlannedRace, make_race
    from workbench.race.recorded import Race, pack_race, read_race, recorded_race
    from workbench.race.running import Racer, race
    from workbench.race.truth import Truth

_ROOMS = {
    "RACES": "planned",
    "Entrant": "entrants",
    "Entrants": "entrants",
    "Lap": "running",
    "PlannedRace": "planned",
    "Race": "recorded",
    "Racer": "running",
    "Step": "recorded",
    "Truth": "truth",
    "entered": "entrants",
    "make_race": "planned",
    "pack_race": "recorded",
    "race": "running",
    "read_race": "recorded",
    "recorded_race": "recorded",
}

__all__ = [
    "RACES",
    "Entrant",
    "Entrants",
    "Lap",
    "PlannedRace",
    "Race",
    "Racer",
    "Step",
    "Truth",
    "entered",
    "make_race",
    "pack_race",
    "race",
    "read_race",
    "recorded_race",
]

__getattr__ = lazy(__name__, _ROOMS)
