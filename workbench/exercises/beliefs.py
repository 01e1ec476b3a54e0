"""What a Gaussian process believes of words and of cells: for the fifth notebook's own questions.

``BayesianOptimization`` shows what it wants to train next. Here all is asked: what the library
says to the toy's words, and how right it is about every cell of a table.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from html import escape
from statistics import median
from typing import Any

import numpy as np

from workbench.estimators.table import Table
from workbench.exercises.note import Number
from workbench.history import rank_correlation
from workbench.protocols import Rows
from workbench.records import Candidate
from workbench.spaces.paths import paths
from workbench.strategies.encodings import DecisionRows, Encoding, PathRows
from workbench.trial import answer_of
from workbench.views.paper import axes, card, figure, picture
from workbench.views.predicted import predicted, says, within

EXACT = 1e-12  # a variance of noise that is as good as none
PRIOR_MEAN = 0.0  # the toy's
LEAST = 20  # predictions, to look at parts of them


def library_posterior(
    seen: Mapping[str, Number], asked: Sequence[str]
) -> list[tuple[float, float]]:
    """Mean and variance of the words ``asked``, from the scores of those ``seen``: the library's.

    The kernel is exp(−number of letters that differ), the prior mean 0, its variance 1, no noise.
    """
    from workbench.strategies.gaussian_process import Hyperparameters, posterior  # seconds

    letters = sorted({letter for word in (*seen, *asked) for letter in word})
    places = len(next(iter(seen)))
    # one-hot: two columns differ where a letter does, so each counts half
    rows = np.array(
        [
            [float(word[i] == letter) for i in range(places) for letter in letters]
            for word in (*seen, *asked)
        ]
    ) * np.sqrt(0.5)
    owners = np.repeat(np.arange(places), len(letters))
    scores = np.array([*seen.values()], float)
    spread = scores.std() if scores.std() > EXACT else 1.0  # the library standardises scores
    fit = Hyperparameters((1.0,) * places, EXACT, (PRIOR_MEAN - scores.mean()) / spread)
    n = len(seen)
    mean, deviation = posterior(fit, rows[:n], scores, rows[n:], owners)
    return [(float(m), float((d / spread) ** 2)) for m, d in zip(mean, deviation)]


def predictions(
    table: Table, *, trained: int = 60, seed: int = 0, encoding: str = "decisions"
) -> Rows:
    """All cells but ``trained`` random ones: what those make expect of them, and the ``truth``.

    Each of the random cells is known by one training, as in a search. Rows are in random order,
    with ``architecture``, ``mean``, ``deviation`` (of the expected score, without the noise of a
    training) and ``truth``.
    """
    from workbench.strategies.gaussian_process import fitted, posterior  # seconds

    order = list(range(len(table.cells)))
    random.Random(f"{seed} predictions").shuffle(order)
    cells = [table.cells[number] for number in order]
    scores = np.array([_score(table, cell, seed + i) for i, cell in enumerate(cells[:trained])])
    space = table.space
    rows_of: Encoding[Any] = PathRows(space) if encoding == "paths" else DecisionRows(space)
    rows, owners = rows_of.rows(cells)
    known, most = rows[:trained], rows_of.most(rows[:trained])
    fit = fitted(known, scores, owners, decisions=rows_of.decisions, most=most)
    mean, deviation = posterior(fit, known, scores, rows[trained:], owners)
    return [
        {
            "architecture": space.spell(cell),
            "mean": float(m),
            "deviation": float(d),
            "truth": table.mean(cell),
        }
        for cell, m, d in zip(cells[trained:], mean, deviation)
    ]


PARTS = ("all", "better half", "worst tenth")  # of the cells, by their truth


def reliability(rows: Rows) -> dict[str, dict[str, float]]:
    """How far ``predictions`` can be trusted, for each of ``PARTS``.

    ``within``: the share of truths within two deviations. ``miss`` and ``deviation``: by how much
    a mean is off, and how much doubt was stated, both medians. ``order``: Kendall's τ between
    means and truths.

    Raises ValueError for fewer than twenty rows, of which a tenth would be hardly anything.
    """
    if len(rows) < LEAST:
        raise ValueError(f"reliability: expected at least {LEAST} rows, got {len(rows)}")
    worst_first = sorted(rows, key=lambda row: float(row["truth"]))
    half, tenth = len(rows) // 2, len(rows) // 10
    return dict(zip(PARTS, map(_trusted, (worst_first, worst_first[half:], worst_first[:tenth]))))


def _trusted(rows: Rows) -> dict[str, float]:
    means, truths = ([float(row[name]) for row in rows] for name in ("mean", "truth"))
    return {
        "within": sum(map(within, rows)) / len(rows),
        "miss": median(abs(truth - mean) for truth, mean in zip(truths, means)),
        "deviation": median(float(row["deviation"]) for row in rows),
        "order": rank_correlation(means, truths),
    }


def _score(table: Table, cell: Any, seed: int) -> float:
    return answer_of(table.estimate(Candidate(cell), trial=0, seed=seed)).score


def path_texts(space: Any, arch: Any) -> list[str]:
    """A cell's paths as words: "3x3 > skip"."""
    return sorted(" > ".join(path) for path in paths(space, arch))


class Predicted:
    """Predictions against the truth, as a picture in a notebook."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def __repr__(self) -> str:
        return says(self.rows)

    def _repr_html_(self) -> str:
        sheet = figure(520, 360)
        predicted(self.rows, axes(sheet)[0])
        said = f"{says(self.rows)}."
        return card(f"{picture(sheet, said)}<div>{escape(said)}</div>")
