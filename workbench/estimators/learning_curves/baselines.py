"""What an extrapolation has to beat: the last value, and the speed of the training so far.

Training speed (Ru et al., NeurIPS 2021) sums the losses that training pays anyway: who learns fast
generalises well. It ranks; it says nothing of what the final accuracy will be.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypeAlias, get_args

from workbench import checks

Averaging: TypeAlias = Literal["new", "old"]


def last_value(curve: Iterable[Any]) -> float:
    """The last accuracy seen, taken for the final one. Raises ValueError for an empty curve."""
    return _several("last_value: curve", curve)[-1]


def training_speed(losses: Iterable[Any], *, last: int | None = None) -> float:
    """TSE, −Σ_t ℓ_t over the mean training losses of the epochs so far: higher is better.

    With ``last`` it is TSE-E, of the last so many epochs only (the paper's summary: 1 is best).
    Raises ValueError where there are none.
    """
    known = _several("training_speed: losses", losses)
    last = checks.whole_or_none("training_speed: last", last, least=1)
    return -sum(known if last is None else known[-last:])


def averaged_training_speed(
    losses: Iterable[Any], *, weight: float = 0.99, on: Averaging = "new"
) -> float:
    """TSE-EMA, by either of two conventions that circulate: higher is better.

    ``on="new"``: ema ← (1 − μ)·ema + μ·ℓ_t from ema = ℓ_1, with the ``weight`` μ = 0.99 (NASLib) or
    0.9 (the authors' code): nearly the last loss. ``on="old"``: sum ← γ·sum + ℓ_t, with the weight
    γ = 0.999: nearly the plain sum. Two estimates under one name; say which you mean.

    Raises ValueError where there are no losses.
    """
    known = _several("averaged_training_speed: losses", losses)
    weight = checks.number("averaged_training_speed: weight", weight, least=0.0, most=1.0)
    checks.one_of("averaged_training_speed: on", on, get_args(Averaging))
    average = known[0]
    for loss in known[1:]:
        average = (1 - weight) * average + weight * loss if on == "new" else weight * average + loss
    return -average


def _several(what: str, values: Iterable[Any]) -> tuple[float, ...]:
    known = checks.numbers(what, values)
    if not known:
        raise ValueError(f"{what}: expected one number an epoch, got none")
    return known
