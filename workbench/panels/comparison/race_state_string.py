"""The state string of a race: strategies with their settings, seeds, budget; and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from workbench.panels.comparison.live_race import Course
from workbench.panels.running.state_string import made
from workbench.race import Entrant

GIVEN = frozenset({"space", "seed"})  # by the panel


def state_text(strategies: Mapping[str, Any], course: Course) -> str:
    """One line of JSON; ``strategies`` are descriptions by name."""
    race = {
        name: {key: value for key, value in about.items() if key not in GIVEN}
        for name, about in strategies.items()
    }
    budget = {"seeds": course.seeds, "trials": course.trials, "seconds": course.seconds}
    return json.dumps({"race": race, **budget})


def read_state(text: str, own: Sequence[type] = ()) -> tuple[dict[str, Entrant], dict[str, Any]]:
    """The strategies of a state string, and the other arguments of its panel.

    ``own`` are the learner's classes. Raises ValueError for a damaged string, an unknown class or
    setting.
    """
    try:
        found = json.loads(text)
        race, budget = dict(found["race"]), {key: found[key] for key in ("seeds", "trials")}
        budget["seconds"] = found.get("seconds")
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"state: expected the state string of a race, {error!r}") from None
    racers = dict[str, Entrant]()
    for name, part in race.items():
        if not isinstance(part, dict):
            raise ValueError(f"state: expected {name!r} as a strategy's settings, got {part!r}")
        maker, given = made(part, "strategies", own)
        racers[name] = partial(maker, **given) if given else maker
    return racers, budget
