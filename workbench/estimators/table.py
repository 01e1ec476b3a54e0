"""The exhaustive table as an estimator: a small space in which every cell was really trained.

A search on it takes seconds, and what no search knows is known here: the true value of each cell,
and the best one. After NAS-Bench-201 (Dong & Yang 2020), whose cells and isomorphism it shares.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int64

from workbench import checks
from workbench.data.images import ImageData
from workbench.estimators.cell_classes import classes_of
from workbench.estimators.cells_in_table import Found, opened, served
from workbench.estimators.table_file import ACCURACY
from workbench.estimators.table_truth import (
    best_of_all_at_once,
    held_out,
    in_words,
    pooled_deviation,
)
from workbench.records import Candidate, Epoch, Evaluation, Event, RunError, Told
from workbench.scales import ACCURACY as SCALE
from workbench.settings import describe, difference
from workbench.spaces.topology import Topology, TopologySpace

TEST = "test accuracy"


class Table:
    """Answers from a file of trained cells, epoch by epoch, as if it had just trained them.

    A query draws *one* of the seeds that the cell was trained with, as a function of the trial's
    seed; its score is that training's validation accuracy after the last epoch, and its seconds
    are those that the training took. They are simulated: they are told at once. The *truth* of a
    cell, ``mean``, is the mean over its seeds, and no query tells it.

    ``space`` is any ``TopologySpace`` of the file's nodes and some of its operations, all of whose
    cells are in the file (channels and stages are the file's own). Without one it is the file's,
    or as long as that is not complete the largest part of it that is. ``data`` is only compared
    with what the file says. ``path`` is a file that ``workbench table`` or a learner wrote (format:
    ``table_file``) or a folder of its parts; without one it is the table that comes with the
    package.

    Isomorphic cells (by the published rule) share an entry. Attributes, a value for each class in
    the order of ``keys``, their canonical texts: ``cells`` (a member of each), ``means`` and
    ``test_means`` (accuracies in [0, 1] after the last epoch, means over the seeds), ``runs`` (how
    many seeds), ``parameters``, ``macs`` (of one image), ``seconds`` (of one training, mean over
    the seeds). Of the whole:

    - ``noise``: the standard deviation between seeds, pooled over the cells (NaN: one seed each)
    - ``best``: the cell of the highest mean among those with three seeds (or the most there are)
    - ``optimum``: its honest accuracy. The highest of many noisy means is a lucky one (winner's
      curse), so a cell is chosen by all seeds but one and reported on that one, each in turn, and
      the reports averaged. Two seeds are treated alike; with one seed it is the highest score.
    - ``highest``: the mean of ``best`` as it is, which no ``mean`` of those compared exceeds: to
      it regret falls to 0 and no further. Against ``optimum`` it can fall below 0, by what is luck
      in the table, ``highest - optimum``: differences as small as that are not real.
    - ``ceiling``: the noise ceiling, the mean of the cell that is found, on average, by querying
      *every* cell once and taking the highest score: where trust in single scores ends, however
      good the search.
    - ``words``: these numbers in a sentence

    Raises FileNotFoundError where there is no file, ValueError for a damaged or foreign one, for
    other data, and for a space of which cells are missing.
    """

    scale = SCALE

    def __init__(
        self,
        space: TopologySpace | None = None,
        data: ImageData | None = None,
        *,
        path: Path | str | None = None,
    ) -> None:
        if data is not None:
            checks.of_type("Table: data", data, ImageData)
        self.data, self.path = data, path
        file = opened(path)
        self.header = file.header
        _compare(data, self.header)
        found = served(file, space)
        self.space, self.epochs = found.space, file.epochs
        self.keys, self.cells = found.keys, found.cells
        self.parameters, self.macs = found.parameters, found.macs
        self._classes = classes_of(self.space)
        self._curves, self._seconds, self._seeds = found.curves, found.seconds, found.seeds
        self._first, self.runs = found.first, found.runs
        self._fingerprint = found.fingerprint
        self._drawn: dict[int, tuple[int, int, int]] = {}  # trial -> class, seed, epochs
        self._summarise(found)

    def _summarise(self, found: Found) -> None:
        final = found.curves[ACCURACY][:, -1]  # (rows,)
        self.means = found.means(final)
        tests = found.curves.get(TEST)
        nothing = np.full(len(self.keys), np.nan)
        self.test_means = nothing if tests is None else found.means(tests[:, -1])
        self.seconds = found.means(found.seconds)
        scores = np.split(final, self._first[1:])
        self.noise = pooled_deviation(scores)
        best, self.optimum = held_out(scores)
        self.best, self.highest = self.cells[best], float(self.means[best])
        self.ceiling = best_of_all_at_once(scores, self.means)
        self.words = in_words(scores, self.optimum, self.highest, self.ceiling)
        for column in (
            self.means,
            self.test_means,
            self.seconds,
            self.runs,
            self.parameters,
            self.macs,
        ):
            column.flags.writeable = False  # a learner's slip must not change the truth

    # ------------------------------------------------------------------ what is known

    def number(self, arch: Topology) -> int:
        """The row of the class that ``arch`` is in. Raises ValueError where it is not served."""
        try:
            return self._classes.of[arch.operations]
        except (KeyError, AttributeError, TypeError):
            checks.instance("Table", arch, Topology)
            raise ValueError(
                f"Table: {arch!r} is not in its space: expected {self._classes.grid.ndim} "
                f"operations among {self.space.operations}"
            ) from None

    def mean(self, arch: Topology) -> float:
        """The truth: validation accuracy after the last epoch, mean over the cell's seeds."""
        return float(self.means[self.number(arch)])

    def test(self, arch: Topology) -> float:
        """Test accuracy after the last epoch, mean over the seeds; NaN where none was measured."""
        return float(self.test_means[self.number(arch)])

    def curve(self, arch: Topology, *, seed: int | None = None) -> Float[np.ndarray, " epochs"]:
        """Validation accuracy after each epoch: the mean over the seeds, or of one of them.

        Raises ValueError for a seed that the cell was not trained with.
        """
        rows = self._rows(self.number(arch))
        if seed is not None:
            rows = rows[self._seeds[rows] == seed]
            if not len(rows):
                have = self._seeds[self._rows(self.number(arch))].tolist()
                raise ValueError(f"seed: expected one of {have}, got {seed}")
        curve: Float[np.ndarray, " epochs"] = self._curves[ACCURACY][rows].mean(0)
        return curve

    def grid(self) -> Float[np.ndarray, "..."]:
        """The truth of every spelling, one axis an edge and one place an operation.

        The value of a cell is at the places of its operations in ``space.operations``.
        """
        values: Float[np.ndarray, "..."] = self.means[self._classes.grid]
        return values

    def neighbours(self, number: int) -> Int64[np.ndarray, " neighbours"]:
        """The rows of the cells that differ from ``cells[number]`` in one edge: 24 of them.

        In the order of ``space.neighbours``. Of the class's other spellings others are neighbours.
        """
        rows: Int64[np.ndarray, " neighbours"] = self._neighbours[number]
        return rows

    def local_optima(self) -> Int64[np.ndarray, " optima"]:
        """The rows of the cells with a spelling that no change of one edge improves, best first.

        In the truth. Changes that lead to an isomorphic cell are plateaus: no better, no worse.
        """
        rows = self._classes.local_optima(self.means)
        return rows[np.argsort(-self.means[rows], kind="stable")]

    @cached_property
    def _neighbours(self) -> Int64[np.ndarray, "cells neighbours"]:
        return self._classes.neighbours([cell.operations for cell in self.cells])

    def _rows(self, number: int) -> Int64[np.ndarray, " runs"]:
        return np.arange(self._first[number], self._first[number] + self.runs[number])

    def described(self) -> dict[str, Any]:
        """Settings as JSON values: the space, what was trained on which data, a fingerprint.

        A log of searches on a table with fewer seeds says so when it is resumed.
        """
        what = {name: self.header.get(name) for name in ("space", "data", "recipe")}
        what["fingerprint"] = self._fingerprint
        return {"name": "Table", "space": describe(self.space), "table": what}

    # ------------------------------------------------------------------ as an estimator

    def prepare(self, *, seed: int) -> Generator[Event[Topology], None, None]:
        """Nothing to prepare."""
        yield from ()

    def estimate(
        self, candidate: Candidate[Topology], *, trial: int, seed: int
    ) -> Generator[Event[Topology], None, Evaluation]:
        """The recorded ``Epoch`` events of one of the cell's trainings, the new ones only.

        ``candidate`` may ask for fewer epochs and continue an earlier trial, whose training is then
        carried on. Its ``measures``: parameters, macs, the last epoch's training loss, and which
        seed was drawn.

        Raises ValueError for a cell that is not in the table or more epochs than it has, RunError
        where there is nothing to continue.
        """
        number = self.number(candidate.arch)
        epochs = self.epochs if candidate.epochs is None else candidate.epochs
        row, done = self._drawn_row(candidate, number, seed)
        if not max(1, done) <= epochs <= self.epochs:
            raise ValueError(
                f"the candidate asks for {epochs} epochs, expected {max(1, done)} … {self.epochs}: "
                "that is how long the table's cells were trained"
            )
        curve = self._curves[ACCURACY][row].tolist()
        losses = self._losses(row)
        each = float(self._seconds[row]) / self.epochs
        self._keep(trial, number, int(self._seeds[row]), epochs)
        for epoch in range(done + 1, epochs + 1):
            loss, score = losses[epoch - 1], curve[epoch - 1]
            yield Epoch(trial, epoch, epochs, loss, score, round(each * (epoch - done), 4))
        measures = {
            "parameters": float(self.parameters[number]),
            "macs": float(self.macs[number]),
            "seed": float(self._seeds[row]),
        }
        if losses[epochs - 1] == losses[epochs - 1]:  # it was measured
            measures["loss"] = losses[epochs - 1]
        seconds = round(each * (epochs - done), 4)
        return Evaluation(curve[epochs - 1], seconds, tuple(curve[:epochs]), measures)

    def _losses(self, row: int) -> list[float]:
        losses = self._curves.get("train loss")
        if losses is None:
            return [float("nan")] * self.epochs
        found: list[float] = losses[row].tolist()
        return found

    def tell(self, told: Told[Topology]) -> None:
        """Which seed a trial drew, so that another can continue it; also in a resumed run."""
        seed = told.evaluation.measures.get("seed")
        if seed is not None:
            number = self.number(told.candidate.arch)
            self._keep(told.trial, number, int(seed), len(told.evaluation.curve))

    def _keep(self, trial: int, number: int, seed: int, epochs: int) -> None:
        if epochs < self.epochs:
            self._drawn[trial] = (number, seed, epochs)
        else:  # nothing is left to continue, nor of an earlier part of the same training
            self._drawn.pop(trial, None)

    def _drawn_row(self, candidate: Candidate[Topology], number: int, seed: int) -> tuple[int, int]:
        """The row that answers, and how many of its epochs were paid by an earlier trial."""
        if candidate.continues is None:
            return int(self._first[number] + seed % self.runs[number]), 0
        earlier = self._drawn.get(candidate.continues)
        if earlier is None or earlier[0] != number:
            raise RunError(
                f"trial {candidate.continues} left nothing of this cell to continue: expected a "
                f"trial of the same cell with less than {self.epochs} epochs"
            )
        rows = self._rows(number)
        return int(rows[self._seeds[rows] == earlier[1]][0]), earlier[2]


def _compare(data: ImageData | None, header: Any) -> None:
    """Raise ValueError where the table is of other data."""
    theirs = header.get("data")
    if data is None or not isinstance(theirs, dict) or "fingerprint" not in theirs:
        return
    other = difference(data.described(), theirs)
    if other:
        raise ValueError(f"data: the table was made with other data: {other}; leave data out")
