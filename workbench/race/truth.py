"""What is known of the answers that a race is about: the best there is, and what noise hides."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from workbench import checks


@dataclass(frozen=True)
class Truth:
    """Of a table, accuracies in [0, 1].

    ``highest`` is the highest mean over seeds: where regret is 0. A highest mean is a lucky one;
    ``optimum`` is that cell's honest accuracy, ``test`` its test accuracy. ``ceiling`` is the
    noise ceiling: the mean of what is found, on average, by seeing one training of *every*
    architecture and taking the best.
    """

    highest: float
    optimum: float
    test: float | None = None
    ceiling: float | None = None

    def __post_init__(self) -> None:
        for name in ("highest", "optimum"):
            checks.keep(self, **{name: checks.number(f"Truth: {name}", getattr(self, name))})
        for name in ("test", "ceiling"):
            known = checks.number_or_none(f"Truth: {name}", getattr(self, name))
            checks.keep(self, **{name: known})

    @classmethod
    def of(cls, estimator: Any) -> Truth | None:
        """What an estimator knows (``Table``); None where it has no ``optimum`` and ``mean``."""
        if not (hasattr(estimator, "optimum") and hasattr(estimator, "mean")):
            return None
        best, test = getattr(estimator, "best", None), getattr(estimator, "test", None)
        return cls(
            highest=float(getattr(estimator, "highest", estimator.optimum)),
            optimum=float(estimator.optimum),
            test=_known(test(best) if callable(test) and best is not None else None),
            ceiling=_known(getattr(estimator, "ceiling", None)),
        )

    @classmethod
    def read(cls, notes: Mapping[str, Any]) -> Truth | None:
        """What a recorded race's notes say of it; None: nothing."""
        found = notes.get("truth")
        return cls(**found) if isinstance(found, Mapping) else None

    @property
    def notes(self) -> dict[str, Any]:
        """For the header of a recorded race."""
        return {"truth": asdict(self)}


def _known(number: float | None) -> float | None:
    return None if number is None or math.isnan(number) else float(number)
