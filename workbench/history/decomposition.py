"""What made it good? The variance over a whole space, decision by decision, pair by pair.

The analysis of variance of a function of independent variables: Hoeffding (1948), Sobol' (1993,
whose indices the shares are); for hyperparameters, with a random forest in the place of a table,
Hutter, Hoos & Leyton-Brown (2014, "fANOVA"). Where every value is known it is exact.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import product

import numpy as np
from jaxtyping import Float

from workbench import checks
from workbench.history.run import Row


def variance_shares(
    values: Float[np.ndarray, "..."], decisions: Sequence[str], *, order: int | None = None
) -> list[Row]:
    """Which decisions, pairs, triples, … the variance of ``values`` is due to, and how much of it.

    ``values`` has one axis a decision and one place an option, such as ``Table.grid()``, every
    combination counted alike. It is a sum of the grand mean, of a function f_u of each decision
    alone, of each pair, and so on up to all of them, each with mean zero over any of its
    decisions. These are orthogonal, so their variances add up::

        f_u = E[values | u] − Σ_{v ⊂ u} f_v,    share_u = Var[f_u] / Var[values]

    Rows ``decisions, order, share``, the greatest share first; all shares together are 1. With
    ``order`` only sets of up to so many decisions are given. What is random in the values (a mean
    of few seeds) lies in every row, and most of it in the highest orders, which have most freedom.

    Raises ValueError where ``decisions`` do not name the axes, a value is not a finite number, or
    all are equal.
    """
    names = _checked("variance_shares", values, decisions)
    order = checks.whole_or_none("variance_shares: order", order, least=1)
    components = _components(values.astype(np.float64))
    parts = {axes: float(np.mean(part**2)) for axes, part in components.items() if axes}
    whole = sum(parts.values())  # = Var[values]: they are orthogonal
    if not whole > 1e-24 * float(np.mean(values**2)):
        raise ValueError("variance_shares: all values are equal: there is no variance to explain")
    rows: list[Row] = [
        {"decisions": tuple([names[a] for a in axes]), "order": len(axes), "share": part / whole}
        for axes, part in parts.items()
        if order is None or len(axes) <= order
    ]
    return sorted(rows, key=lambda row: -row["share"])


def effects(
    values: Float[np.ndarray, "..."],
    decisions: Sequence[str],
    options: Sequence[Sequence[Hashable]],
    *,
    of: Sequence[str],
) -> list[Row]:
    """What each option of a decision adds to the mean, or each combination of several.

    ``of`` names one decision (its main effect: the mean where it has this option, minus the grand
    mean) or several (their interaction: what is left of the mean of a combination when the effects
    of its parts are taken off). ``values`` and ``decisions`` are as in ``variance_shares``, and
    ``options`` names the places of each axis. Rows ``options, effect``, the greatest first; the
    options stand in the order of the axes, not of ``of``.

    Raises ValueError for names that do not fit.
    """
    names = _checked("effects", values, decisions)
    options = [
        checks.several("effects: options", each, '("none", "skip_connect")')
        for each in checks.several("effects: options", options, '(("none", "skip_connect"),)')
    ]
    of = checks.several("effects: of", of, '("edge 0→1",)')
    if [len(each) for each in options] != list(values.shape):
        raise ValueError(
            f"effects: options: expected {values.shape} names of the values' axes, got "
            f"{tuple(len(each) for each in options)}"
        )
    unknown = [name for name in of if name not in names]
    if unknown or not of or len(set(of)) < len(of):
        raise ValueError(f"effects: of: expected some of {names}, each once, got {tuple(of)}")
    axes = tuple(sorted(names.index(name) for name in of))
    others = tuple(axis for axis in range(values.ndim) if axis not in axes)
    narrow = values.mean(axis=others, dtype=np.float64, keepdims=True)  # E[values | u]
    part = _components(narrow)[axes]
    rows: list[Row] = [
        {"options": chosen, "effect": float(effect)}
        for chosen, effect in zip(product(*(options[axis] for axis in axes)), part.ravel())
    ]
    return sorted(rows, key=lambda row: -row["effect"])


def _components(
    values: Float[np.ndarray, "..."],
) -> dict[tuple[int, ...], Float[np.ndarray, "..."]]:
    """f_u for each set u of axes: along the axes that are not in u it has length 1."""
    parts: dict[tuple[int, ...], Float[np.ndarray, "..."]] = {(): values}
    for axis in range(values.ndim):  # each part is its mean along the axis, and the rest
        split: dict[tuple[int, ...], Float[np.ndarray, "..."]] = {}
        for axes, part in parts.items():
            mean = part.mean(axis=axis, keepdims=True)
            split[axes] = mean
            split[*axes, axis] = part - mean
        parts = split
    return parts


def _checked(
    asked: str, values: Float[np.ndarray, "..."], decisions: Sequence[str]
) -> tuple[str, ...]:
    names = checks.several(f"{asked}: decisions", decisions, '("edge 0→1",)')
    values = checks.of_type(f"{asked}: values", values, np.ndarray)
    if len(set(names)) < len(names) or len(names) != values.ndim or not names:
        raise ValueError(
            f"{asked}: decisions: expected a name for each of the {values.ndim} axes of the "
            f"values, got {names}"
        )
    if not np.isfinite(values).all():
        raise ValueError(f"{asked}: values: expected finite numbers, got NaN or infinite ones")
    return names
