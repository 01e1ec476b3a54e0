"""Where a dot stands: a quantity across and accuracy up, or two axes of similarity and a colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from workbench.spaces.topology import Topology
from workbench.views.numbers_in_words import rounded

AXES = ("parameters", "MACs", "seconds", "similarity")
COLUMNS = 60  # a quantity of so few values stands in columns, which are spread sideways
SPREAD = 0.7  # of the way to the next column
TICKS = 6
CLUMP = 0.42  # radius of the largest clump of cells that stand at one place


@dataclass(frozen=True)
class Places:
    """Where every cell stands, and what the axes are called.

    ``x`` and ``y`` are in the units of ``x_ticks`` and ``y_ticks`` (place, text); ``by_colour``:
    accuracy is a colour, and up is nothing but up.
    """

    name: str
    x: Float[np.ndarray, " cells"]
    y: Float[np.ndarray, " cells"]
    x_label: str
    y_label: str
    x_ticks: tuple[tuple[float, str], ...]
    by_colour: bool = False


def places(table: Any, name: str) -> Places:
    """Where the cells stand with ``name`` (of ``AXES``) across.

    Raises ValueError for another name.
    """
    accuracy = 100 * np.asarray(table.means, float)
    up = "mean validation accuracy (%)"
    if name == "parameters":
        x, spread = spread_out(np.asarray(table.parameters, float))
        return Places(name, x, accuracy, f"parameters{spread}", up, ticks(table.parameters))
    if name == "MACs":
        x, spread = spread_out(np.asarray(table.macs, float))
        return Places(name, x, accuracy, f"MACs of one image{spread}", up, ticks(table.macs))
    if name == "seconds":
        seconds = np.asarray(table.seconds, float)
        return Places(name, seconds, accuracy, "seconds of one training", up, ticks(seconds))
    if name == "similarity":
        (x, y), shares = principal_axes(table)
        first, second = (f"{100 * share:.0f} %" for share in shares)
        return Places(
            name, x, y, f"what works in a cell: first axis, {first} of the variation",
            f"second axis, {second}", (), by_colour=True,
        )  # fmt: skip
    raise ValueError(f"x: expected one of {AXES}, got {name!r}")


def spread_out(
    values: Float[np.ndarray, " cells"],
) -> tuple[Float[np.ndarray, " cells"], str]:
    """Few values: each becomes a column, its dots spread evenly; and words for the axis."""
    column = np.unique(values)
    if not 1 < len(column) <= COLUMNS:
        return values, ""
    gap = SPREAD * np.diff(column).min()
    turn = np.modf(np.arange(len(values)) * 0.6180339887498949)[0] - 0.5  # the golden ratio's
    return values + gap * turn, " (spread sideways)"


def principal_axes(
    table: Any,
) -> tuple[Float[np.ndarray, "2 cells"], tuple[float, float]]:
    """The two directions in which what works in the cells varies most, and their shares of it.

    Principal components of how often each operation stands on a way from the input to the output,
    all ways together. (Of one-hot edges or of whole paths any two components carry some 6 % each:
    in a space of all combinations no direction is longer than another.) Cells that stand at the
    same place are spread around it.
    """
    rows = np.array([on_ways(arch, table.space.operations) for arch in table.cells])
    rows = rows - rows.mean(0)  # (cells, operations)
    values, vectors = np.linalg.eigh(rows.T @ rows)  # ascending
    total = max(float(values.sum()), 1e-12)
    shares = float(values[-1] / total), float(values[-2] / total)
    return around((rows @ vectors[:, :-3:-1]).T), shares


def on_ways(arch: Topology, operations: tuple[str, ...]) -> list[int]:
    """How often each operation stands on a way from the input to the output without *none*."""
    last = arch.edges[-1][1]
    to, on = [1] + [0] * last, [0] * last + [1]  # ways from the input, ways to the output
    for i, j, name in arch.edges:
        to[j] += to[i] * (name != "none")
    for i, j, name in reversed(arch.edges):
        on[i] += on[j] * (name != "none")
    found = dict.fromkeys(operations, 0)
    for i, j, name in arch.edges:
        found[name] += to[i] * on[j] * (name != "none")
    return list(found.values())


def around(at: Float[np.ndarray, "2 n"]) -> Float[np.ndarray, "2 n"]:
    """Points that share a place are laid around it as the seeds of a sunflower."""
    _, group = np.unique(at.round(6), axis=1, return_inverse=True)
    order = np.argsort(group.ravel(), kind="stable")
    sizes = np.bincount(group.ravel())
    turn = np.empty(at.shape[1])
    turn[order] = np.concatenate([np.arange(size) for size in sizes])
    radius = CLUMP * np.sqrt(turn / sizes.max())
    angle = turn * np.pi * (3 - np.sqrt(5))
    spread: Float[np.ndarray, "2 n"] = at + radius * np.stack([np.cos(angle), np.sin(angle)])
    return spread


def ticks(values: Any) -> tuple[tuple[float, str], ...]:
    """Round places along a quantity, each with its text."""
    low, high = float(np.min(values)), float(np.max(values))
    if high <= low:
        return ((low, rounded(low)),)
    step = round_step((high - low) / (TICKS - 1))
    first = np.ceil(low / step) * step
    at = np.arange(first, high + step / 1e6, step)
    return tuple((float(each), short(float(each))) for each in at)


def round_step(step: float) -> float:
    """The next of 1, 2, 5, 10, … × a power of ten."""
    power = 10.0 ** np.floor(np.log10(step))
    return float(next(each * power for each in (1, 2, 5, 10) if each * power >= step * (1 - 1e-9)))


def short(value: float) -> str:
    """A number for an axis: "1.5 M", "20 k", "0.4"."""
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def levels(means: Float[np.ndarray, " cells"], count: int) -> UInt8[np.ndarray, " cells"]:
    """Accuracies as ``count`` levels of colour, as many cells in each: ranks, not values.

    Most cells lie close together at the top, where equal steps would make one colour of them.
    """
    order = np.argsort(np.argsort(means, kind="stable"), kind="stable")
    return (order * count // max(len(means), 1)).astype(np.uint8)
