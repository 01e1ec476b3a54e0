"""How much of a table's numbers is real: noise between seeds, an honest optimum, a noise ceiling.

``scores`` holds, for each cell, the accuracy of each of its seeds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

SEEDS = 3  # with fewer, a cell's mean is not trusted to be the best as long as others have as many

Scores = Sequence[Float64[np.ndarray, " _"]]  # one array a cell, each of its own length


def pooled_deviation(scores: Scores) -> float:
    """The standard deviation between seeds, pooled over the cells; NaN where each has one seed."""
    squares = sum(float(((each - each.mean()) ** 2).sum()) for each in scores)
    free = sum(len(each) - 1 for each in scores)
    return float(np.sqrt(squares / free)) if free else float("nan")


def held_out(scores: Scores) -> tuple[int, float]:
    """The cell of the highest mean, and what a cell so chosen reaches on a seed of its own.

    Cells with at least three seeds compete, or those with the most. For k = 0, 1, … the k-th seed
    of each is put aside, the cell with the highest mean of the others is chosen, and its accuracy
    on the seed put aside is what counts; the result is the mean over k. With one seed nothing can
    be put aside: the result is the highest score, and a lucky draw.
    """
    fewest = min(SEEDS, max(len(each) for each in scores))
    numbers = [number for number, each in enumerate(scores) if len(each) >= fewest]
    best = max(numbers, key=lambda number: float(scores[number].mean()))
    if fewest == 1:
        return best, float(scores[best].mean())
    reports = []
    for aside in range(fewest):
        chosen = max(numbers, key=lambda number: _without(scores[number], aside))
        reports.append(float(scores[chosen][aside]))
    return best, float(np.mean(reports))


def _without(each: Float64[np.ndarray, " _"], aside: int) -> float:
    return float(each.sum() - each[aside]) / (len(each) - 1)


def best_of_all_at_once(scores: Scores, means: Float64[np.ndarray, " cells"]) -> float:
    """The expected mean of the cell that wins when every cell shows one seed, drawn at random.

    Exact: a score wins with the probability that its own seed is drawn and every other cell draws
    a lower one. Equal scores: the one that comes first in the order of the cells.
    """
    runs = np.array([len(each) for each in scores])
    cells = np.repeat(np.arange(len(scores)), runs)
    order = np.lexsort((cells, -np.concatenate(scores)))  # the highest score first
    lower = np.ones(len(scores))  # the chance of each cell to draw lower than the score at hand
    value, left = 0.0, 1.0  # left: the chance that all cells draw lower
    for cell in cells[order]:
        wins = left / runs[cell] / lower[cell] if lower[cell] > 0 else 0.0
        value += wins * means[cell]
        lower[cell] -= 1 / runs[cell]
        left -= wins
        if left < 1e-12:  # the rest adds nothing that counts
            break
    return float(value / (1 - left))


def in_words(scores: Scores, optimum: float, highest: float, ceiling: float) -> str:
    """How far the best of a table can be trusted, for a notebook."""
    most = max(len(each) for each in scores)
    best = f"the best accuracy of {len(scores):,} cells is {100 * highest:.2f} %"
    if most == 1:
        return (
            f"{best}, of one seed each: nothing tells how much of it is luck; expect a cell chosen "
            "so to be worse when it is trained again"
        )
    few = "" if most >= SEEDS else " (two seeds each: hardly more than an indication)"
    return (
        f"between seeds an accuracy varies by {100 * pooled_deviation(scores):.2f} points (one "
        f"standard deviation); {best}, a mean over seeds{few}; a cell chosen so reaches "
        f"{100 * optimum:.2f} % on a seed that did not choose it: "
        f"{100 * (highest - optimum):.2f} points are luck; one look at every cell, with one "
        f"seed, ends at a mean of {100 * ceiling:.2f} %"
    )
