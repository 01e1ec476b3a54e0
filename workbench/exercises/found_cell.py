"""The cell that a gradient-based search found, trained from scratch beside random cells.

Liu et al. (2019), section 3.3, and Li & Talwalkar (2019): the supernet's accuracy says little of
what a cell is worth, so it is trained anew, and as many random cells of the same space with it.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from statistics import mean, stdev
from tempfile import TemporaryDirectory
from typing import Any

from workbench import checks
from workbench.data.images import ImageData
from workbench.estimators.full import FullTraining
from workbench.exercises.table_searches import best_told
from workbench.search import finish, search
from workbench.strategies import RandomSearch, WarmStart
from workbench.verdict import open_test_images
from workbench.views.numbers_in_words import percent, rounded


class FoundCell:
    """What a ``panel``'s search found and ``others`` random cells, all trained alike, from scratch.

    ``found`` and ``random`` are validation accuracies, fractions; ``test`` is the test accuracy of
    the found cell, ``lead`` how far it is above the mean of the random ones.

    Raises ValueError before the search has ended.
    """

    def __init__(
        self, panel: Any, images: ImageData, *, epochs: int, seed: int, others: int = 8
    ) -> None:
        others = checks.whole("FoundCell: others", others, least=2)
        told, space = best_told(panel.history), panel.run_space
        self.arch, self.others = told.candidate.arch, others
        self.shared = told.evaluation.score  # of the cell with the supernet's weights
        with TemporaryDirectory() as folder:
            strategy = WarmStart(RandomSearch(space, seed=seed), first=(self.arch,))
            estimator = FullTraining(space, images, epochs=epochs, checkpoints=Path(folder))
            ran = finish(search(strategy, estimator, trials=1 + others, seed=seed))
            first, *rest = ran.told
            self.test = open_test_images(estimator, images, first).score
        self.found, self.random = (
            first.evaluation.score,
            tuple(each.evaluation.score for each in rest),
        )
        self._sizes = {
            name: (first.evaluation.measures[name], mean(e.evaluation.measures[name] for e in rest))
            for name in ("parameters", "macs")
        }

    @property
    def lead(self) -> float:
        """The found cell's accuracy less the random cells' mean."""
        return self.found - mean(self.random)

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """(which, validation, test, parameters, MACs) in words."""
        sizes = [[rounded(round(pair[which])) for pair in self._sizes.values()] for which in (0, 1)]
        spread = f"{percent(mean(self.random))} ± {percent(stdev(self.random))}"
        return (
            ("found, weights of the supernet", percent(self.shared), "", "", ""),
            ("found, trained from scratch", percent(self.found), percent(self.test), *sizes[0]),
            (f"{self.others} random cells, mean ± standard deviation", spread, "", *sizes[1]),
        )

    def __repr__(self) -> str:
        return "; ".join(" · ".join(filter(None, row)) for row in self.rows)

    def _repr_html_(self) -> str:
        names = ("cell", "validation", "test", "parameters", "MACs")
        head = "".join(f"<th>{name}</th>" for name in names)
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(each)}</td>' for each in row)}</tr>" for row in self.rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
