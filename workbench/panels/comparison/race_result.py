"""What a race came to: one line of numbers, and for the committed notebooks the panel's twin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from workbench.history import Lap
from workbench.panels.running.run_result import shown


@dataclass(frozen=True)
class RaceResult:
    """What ``panel.wait()`` returns: the state it ended in, the laps, and all of it in one line."""

    state: str
    laps: tuple[Lap, ...]
    line: str
    twin: Callable[[], str] = field(default=str, repr=False)

    def __repr__(self) -> str:
        return self.line

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        return shown(self.line, self.twin)
