"""Eleven formulas of a learning curve, each with its derivatives (Domhan et al. 2015, table 1).

Every function takes the epochs x = 1, 2, … and its parameters, as arrays that broadcast together,
and gives the value and its derivative by each parameter.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any  # of floats


def pow3(x: Array, c: Array, a: Array, alpha: Array) -> tuple[Array, tuple[Array, ...]]:
    """c − a x^(−α), a power law."""
    power = x**-alpha
    return c - a * power, (np.ones_like(power), -power, a * power * np.log(x))


def pow4(x: Array, c: Array, a: Array, b: Array, alpha: Array) -> tuple[Array, tuple[Array, ...]]:
    """c − (ax + b)^(−α), a power law that is stretched and shifted."""
    inside = a * x + b
    power = inside**-alpha
    by_inside = alpha * power / inside
    return c - power, (np.ones_like(power), by_inside * x, by_inside, power * np.log(inside))


def log_power(x: Array, a: Array, b: Array, c: Array) -> tuple[Array, tuple[Array, ...]]:
    """a / (1 + (x / e^b)^c), logistic in log x."""
    away = np.log(x) - b  # log(x / e^b)
    share = 1 / (1 + np.exp(c * away))
    turn = share * (1 - share)
    return a * share, (share, a * turn * c, -a * turn * away)


def weibull(
    x: Array, alpha: Array, beta: Array, kappa: Array, delta: Array
) -> tuple[Array, tuple[Array, ...]]:
    """α − (α − β) e^(−(κx)^δ)."""
    scaled = kappa * x
    power = scaled**delta
    left = np.exp(-power)
    fall = (alpha - beta) * left * power
    return alpha - (alpha - beta) * left, (
        1 - left,
        left,
        fall * delta / kappa,
        fall * np.log(scaled),
    )


def mmf(
    x: Array, alpha: Array, beta: Array, kappa: Array, delta: Array
) -> tuple[Array, tuple[Array, ...]]:
    """α − (α − β) / (1 + (κx)^δ), Morgan–Mercer–Flodin."""
    scaled = kappa * x
    left = 1 / (1 + scaled**delta)
    fall = (alpha - beta) * left * (1 - left)
    return alpha - (alpha - beta) * left, (
        1 - left,
        left,
        fall * delta / kappa,
        fall * np.log(scaled),
    )


def janoschek(
    x: Array, alpha: Array, beta: Array, k: Array, delta: Array
) -> tuple[Array, tuple[Array, ...]]:
    """α − (α − β) e^(−k x^δ)."""
    power = x**delta
    left = np.exp(-k * power)
    fall = (alpha - beta) * left * power
    return alpha - (alpha - beta) * left, (1 - left, left, fall, fall * k * np.log(x))


def exp4(x: Array, c: Array, a: Array, b: Array, alpha: Array) -> tuple[Array, tuple[Array, ...]]:
    """c − e^(−a x^α + b)."""
    power = x**alpha
    left = np.exp(b - a * power)
    return c - left, (np.ones_like(left), left * power, -left, left * a * power * np.log(x))


def ilog2(x: Array, c: Array, a: Array) -> tuple[Array, tuple[Array, ...]]:
    """c − a / log(1 + x)."""
    inverse = 1 / np.log1p(x)
    value = c - a * inverse
    return value, (np.ones_like(value), np.broadcast_to(-inverse, value.shape))


def hill3(x: Array, theta: Array, eta: Array, kappa: Array) -> tuple[Array, tuple[Array, ...]]:
    """θ x^η / (κ^η + x^η)."""
    away = np.log(x / kappa)
    share = 1 / (1 + np.exp(-eta * away))  # x^η / (κ^η + x^η)
    turn = theta * share * (1 - share)
    return theta * share, (share, turn * away, -turn * eta / kappa)


def vapor_pressure(x: Array, a: Array, b: Array, c: Array) -> tuple[Array, tuple[Array, ...]]:
    """exp(a + b/x + c log x)."""
    value = np.exp(a + b / x + c * np.log(x))
    return value, (value, value / x, value * np.log(x))


def loglog_linear(x: Array, a: Array, b: Array) -> tuple[Array, tuple[Array, ...]]:
    """log(a log x + b)."""
    inside = a * np.log(x) + b
    return np.log(inside), (np.log(x) / inside, 1 / inside)
