"""The winner of a search that trained, trained again: with the search's seed, and with others."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

from workbench.data.images import ImageData
from workbench.estimators.full import FullTraining
from workbench.exercises.table_searches import best_told
from workbench.history import History
from workbench.records import Asked, Told
from workbench.trial import answer_of, attempt
from workbench.verdict import open_test_images
from workbench.views.drawings import draw
from workbench.views.numbers_in_words import percent


class Winner:
    """The best trial of a ``panel``'s run, trained again; ``more`` further seeds beside its own.

    ``own`` and ``others`` are (validation, test) accuracies, fractions. The search's own seed gives
    the search's own network again, bit for bit, so ``own[0]`` is the score that won. Where trials
    had unlike epochs, those of the most are rivals; one that was promoted is trained in one go.

    Raises ValueError before a trial has succeeded.
    """

    def __init__(
        self, panel: Any, images: ImageData, *, epochs: int, seed: int, more: int = 3
    ) -> None:
        self._told = _best_of_the_longest(panel.history)
        # of the run: a panel that lets its space be set may have another one by now
        self._space = getattr(panel, "run_space", panel.space)
        self._first = _beginning(panel.history, self._told)
        self.own, *others = (
            self._trained(images, epochs, each) for each in range(seed, seed + 1 + more)
        )
        self.others: tuple[tuple[float, float], ...] = tuple(others)

    @property
    def arch(self) -> Any:
        """The architecture."""
        return self._told.candidate.arch

    def _trained(self, images: ImageData, epochs: int, seed: int) -> tuple[float, float]:
        with TemporaryDirectory() as folder:
            estimator = FullTraining(self._space, images, epochs=epochs, checkpoints=Path(folder))
            for _ in estimator.prepare(seed=seed):
                pass
            # two epochs and then six are eight, bit for bit, from the seed of the first trial
            whole = replace(self._first.candidate, epochs=self._told.candidate.epochs)
            begun = Asked(self._first.trial, whole)
            told = answer_of(attempt(estimator, begun, seed=seed))
            return told.evaluation.score, open_test_images(estimator, images, told).score

    @property
    def rows(self) -> tuple[tuple[str, str, str], ...]:
        """(whose, validation, test) accuracies in words."""
        found = [("as the search saw it", *self.own)]
        if self.others:
            validation, test = (mean(column) for column in zip(*self.others))
            many = len(self.others)
            name = f"{many} other seeds, mean" if many > 1 else "1 other seed"
            found.append((name, validation, test))
        return tuple((name, percent(one), percent(other)) for name, one, other in found)

    def __repr__(self) -> str:
        said = ", ".join(f"{name}: {one}, test {other}" for name, one, other in self.rows)
        return f"trial {self._told.trial}, the winner; {said}"

    def _repr_html_(self) -> str:
        """Its drawing, and its numbers beside it."""
        head = f"<th>trial {self._told.trial}, the winner</th><th>validation</th><th>test</th>"
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(each)}</td>' for each in row)}</tr>" for row in self.rows
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        drawing = draw(self._space.graph(self.arch), max_width=300)
        wide = max(320, drawing.least + 20)  # with the card around it
        return (
            '<div style="display:flex;flex-wrap:wrap;gap:10px;align-items:center">'
            f'<div style="flex:0 1 {wide}px;min-width:0">{drawing.image()}</div>'
            f"<div>{table}</div></div>"
        )


def _best_of_the_longest(history: History[Any]) -> Told[Any]:
    """The highest score among the trials of the most epochs. Raises ValueError where none is."""
    found, curves = best_told(history), history.curves()

    def epochs(told: Told[Any]) -> int:
        return len(curves.get(told.trial, ()))

    scored = [told for told in history.told if told.evaluation.has_score]
    most = max(map(epochs, scored), default=0)
    rivals = [told for told in scored if epochs(told) == most]
    return max(rivals, key=lambda told: told.evaluation.score, default=found)


def _beginning(history: History[Any], told: Told[Any]) -> Told[Any]:
    """The trial with which a training began, whose last part was ``told``."""
    by_number = {each.trial: each for each in history.told}
    while told.candidate.continues is not None:
        told = by_number[told.candidate.continues]
    return told
