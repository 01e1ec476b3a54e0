"""What is believed of the rest of a learning curve: after each epoch to come, a mixture of normals.

Of the least-squares ensemble each component is a model, of the posterior's it is a sample.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

from workbench import checks

HALVINGS = 30  # of [0, 1]: a quantile is exact to 1e-9
CERTAIN = 1e-12  # the least deviation that is counted with: by 0 nothing can be divided


@dataclass(frozen=True, eq=False)
class Forecast:
    """Of a curve of which ``seen`` is known: what is to come, up to epoch ``epochs``.

    ``means`` and ``deviations`` are those of each component after epochs len(seen) + 1, …;
    ``weights`` sum to 1, and ``names`` say what a component is where it has a name. Where there is
    no answer ``trouble`` says why ("not enough points: …"), there are no components, and every
    number asked for is NaN: which is neither above nor below any score, so nothing is stopped.
    """

    seen: tuple[float, ...]
    epochs: int
    means: Float[np.ndarray, "components future"]
    deviations: Float[np.ndarray, "components future"]
    weights: Float[np.ndarray, " components"]
    names: tuple[str, ...] = ()
    trouble: str = ""

    @classmethod
    def unknown(cls, seen: Sequence[float], epochs: int, trouble: str) -> Forecast:
        """No answer, and why."""
        nothing = np.zeros((0, epochs - len(seen)))
        return cls(tuple(seen), epochs, nothing, nothing, np.zeros(0), trouble=trouble)

    @property
    def _spreads(self) -> Float[np.ndarray, "components future"]:
        spreads: Float[np.ndarray, "components future"] = np.maximum(self.deviations, CERTAIN)
        return spreads

    @property
    def final(self) -> float:
        """E[y], the expected accuracy after the last epoch, in [0, 1]."""
        if self.trouble:
            return math.nan
        return float(np.clip(self.weights @ self.means[:, -1], 0.0, 1.0))

    def above(self, best: float) -> float:
        """P(y_final > ``best``), the probability that the last accuracy exceeds it."""
        best = checks.number("Forecast.above: best", best)
        if self.trouble:
            return math.nan
        chances = ndtr((self.means[:, -1] - best) / self._spreads[:, -1])
        return min(1.0, float(self.weights @ chances))  # weights sum to 1 but for rounding

    def quantiles(
        self, levels: Iterable[Any] = (0.1, 0.5, 0.9)
    ) -> Float[np.ndarray, "levels future"]:
        """After each epoch to come, where the accuracy lies with these probabilities, in [0, 1]."""
        levels = checks.numbers("Forecast.quantiles: levels", levels)
        wanted = np.array(levels)[:, None]
        if not ((wanted > 0) & (wanted < 1)).all():
            raise ValueError(f"Forecast.quantiles: levels: expected some in (0, 1), got {levels}")
        low = np.zeros((len(wanted), self.means.shape[1]))
        if self.trouble:
            return np.full_like(low, math.nan)
        high = np.ones_like(low)
        for _ in range(HALVINGS):
            middle = (low + high) / 2  # (levels, future)
            below = ndtr((middle[:, None] - self.means) / self._spreads)
            less = np.einsum("k,lkf->lf", self.weights, below) < wanted
            low, high = np.where(less, middle, low), np.where(less, high, middle)
        return (low + high) / 2


def is_hopeless(forecast: Forecast, best: float | None, *, delta: float = 0.05) -> bool:
    """The published criterion: stop where P(y_final > best) < δ (Domhan et al. 2015, section 3.3).

    Never of a curve that has already exceeded ``best``, never without an answer, and never as long
    as there is nothing to beat (None).
    """
    checks.of_type("is_hopeless: forecast", forecast, Forecast)
    best = checks.number_or_none("is_hopeless: best", best)
    delta = checks.number("is_hopeless: delta", delta, above=0.0, most=1.0)
    if best is None or max(forecast.seen, default=best) > best:
        return False
    return forecast.above(best) < delta  # Domhan et al.: P(y_final > y_best) < δ
