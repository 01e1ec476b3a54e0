"""A number measured on some data, and where it would fall with other data of the same kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from workbench import checks


@dataclass(frozen=True)
class Interval:
    """A measured ``value``, and the ``low`` and ``high`` end of its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            checks.number(f"Interval: {name}", getattr(self, name), nan=True)

    @classmethod
    def around(cls, value: float, draws: Float[np.ndarray, " resamples"]) -> Interval:
        """The percentile interval (Efron 1979): 2.5 % of the resampled values lie on each side.

        Resamples without an answer (NaN) are left out; where none has one, so are both ends.
        """
        known = draws[~np.isnan(draws)]
        low, high = np.quantile(known, (0.025, 0.975)) if len(known) else (np.nan, np.nan)
        return cls(float(value), float(low), float(high))

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"
