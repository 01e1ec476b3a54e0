"""Races: several searches with the same seeds, and what is kept of them.

- ``running``: ``race``, strategies × seeds, a generator of laps
- ``recorded``: ``recorded_race`` writes them down, ``read_race`` gives them back as a ``Race``

``workbench.history`` has what is asked about laps: ``bands`` and ``paired``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.history.laps import Lap, Step
    from workbench.race.recorded import Race, read_race, recorded_race
    from workbench.race.running import Racer, race

_ROOMS = {
    "Lap": "running",
    "Race": "recorded",
    "Racer": "running",
    "Step": "recorded",
    "race": "running",
    "read_race": "recorded",
    "recorded_race": "recorded",
}

__all__ = ["Lap", "Race", "Racer", "Step", "race", "read_race", "recorded_race"]

__getattr__ = lazy(__name__, _ROOMS)
