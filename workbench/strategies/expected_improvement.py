"""Expected improvement: by how much an architecture is expected to beat the best one so far.

Of a normal belief N(μ, σ²) about the score, the best f* so far and a margin ξ:
EI = E[max(y − f* − ξ, 0)] = (μ − f* − ξ) Φ(z) + σ φ(z), z = (μ − f* − ξ) / σ
(Jones, Schonlau & Welch 1998, eq. 15). Arrays in, arrays out, or numbers; NumPy and SciPy only.
"""

from __future__ import annotations

from math import log, pi, sqrt
from typing import TypeAlias

import numpy as np
from scipy.special import erfcx, ndtr

Numbers: TypeAlias = float | list[float] | np.ndarray

_C1, _C2 = log(2 * pi) / 2, log(pi / 2) / 2


def expected_improvement(
    mean: Numbers, deviation: Numbers, best: float, *, margin: float = 0.0
) -> np.ndarray:
    """EI in closed form, in the unit of the scores.

    Where ``deviation`` is 0 nothing is unknown, and it is max(mean − best − margin, 0). Far below
    the best it underflows to 0; ``log_expected_improvement`` still tells such points apart.
    """
    ahead, deviation, z = _standardised(mean, deviation, best + margin)
    improvement = ahead * ndtr(z) + deviation * _density(z)  # Jones et al. 1998, eq. 15
    return np.asarray(np.where(deviation > 0, np.maximum(improvement, 0.0), np.maximum(ahead, 0.0)))


def gradient(
    mean: Numbers, deviation: Numbers, best: float, *, margin: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """∂EI/∂μ = Φ(z) and ∂EI/∂σ = φ(z): both positive, so more of either is always welcome."""
    _, _, z = _standardised(mean, deviation, best + margin)
    return np.asarray(ndtr(z)), _density(z)


def log_expected_improvement(
    mean: Numbers, deviation: Numbers, best: float, *, margin: float = 0.0
) -> np.ndarray:
    """log EI, computed so that it does not underflow (Ament et al. 2023, eq. 8 and 9).

    Where ``deviation`` is 0 it is the log of max(mean − best − margin, 0), which may be −inf.
    """
    ahead, deviation, z = _standardised(mean, deviation, best + margin)
    known = deviation <= 0
    with np.errstate(divide="ignore"):
        certain = np.log(np.maximum(ahead, 0.0))
        return np.where(known, certain, _log_h(z) + np.log(np.where(known, 1.0, deviation)))


def _standardised(
    mean: Numbers, deviation: Numbers, level: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    ahead, deviation = np.broadcast_arrays(
        np.asarray(mean, float) - level, np.asarray(deviation, float)
    )
    certain = np.where(ahead > 0, np.inf, -np.inf)
    with np.errstate(over="ignore"):
        z = np.where(deviation > 0, ahead / np.where(deviation > 0, deviation, 1.0), certain)
    return ahead, deviation, np.asarray(np.clip(z, -1e100, 1e100))  # an infinite z makes 0 · inf


def _density(z: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.exp(-z * z / 2) / sqrt(2 * pi))


def _log_h(z: np.ndarray) -> np.ndarray:
    """log(φ(z) + z Φ(z)), Ament et al. 2023, eq. 9."""
    with np.errstate(all="ignore"):  # all three branches are computed everywhere, one is kept
        near = np.log(_density(z) + z * ndtr(z))
        low = -np.minimum(z, -1.0)  # = |z| where z ≤ −1
        # log φ(z) + log(1 − |z| · erfcx(|z| / √2) · √(π / 2))
        middle = -z * z / 2 - _C1 + np.log1p(-low * erfcx(low / sqrt(2)) * np.exp(_C2))
        far = -z * z / 2 - _C1 - 2 * np.log(low)
    # the middle loses digits as z² grows; the far one, with one term more, is wrong by 15 / z⁴
    return np.asarray(np.where(z > -1.0, near, np.where(z > -1e3, middle, far - 3.0 / (low * low))))
