"""What supernets said of the table's cells: a recording, and what becomes of it in notebook 13.

The recording is a NumPy file: ``cells`` (texts), ``epochs`` (of shared training), and accuracies
with inherited weights, ``recalibrated`` (epochs, seeds, cells), ``stale`` (seeds, cells: the same
weights after the most epochs, running moments as they were), ``few_shot`` and ``dropout`` (seeds,
cells: split at an edge, with path dropout, each for ``compared`` epochs). The truth is not in it:
it is the table's, looked up when the file is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import combinations
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from workbench.estimators.table import Table
from workbench.exercises.pictured import Pictured
from workbench.exercises.top_share import TENTH, TOP, Pick, TopShare, highest
from workbench.history import Interval, Row, rank_agreement, rank_correlation
from workbench.recordings import recording
from workbench.views.line_labels import End, label_ends
from workbench.views.paper import (
    BLUE,
    GREY,
    INK,
    LOCK,
    VERMILLION,
    axes,
    card,
    figure,
    picture,
)

FILE = "one-shot-scores.npz"
SCORES = ("recalibrated", "stale", "few_shot", "dropout")
RESAMPLES = 400


class SharedScores(Pictured):
    """Kendall's τ of inherited accuracies with the table's truth, over epochs of shared training.

    ``table`` is that of the cells (None: the package's), ``path`` a recording (None: likewise).
    ``cells``: so many of the recorded ones, the first (None: all). ``archs`` are those cells,
    ``truths`` and ``parameters`` what the table knows of them. The recorded ones all
    differ.
    """

    def __init__(
        self, table: Table | None = None, *, path: Path | None = None, cells: int | None = None
    ) -> None:
        with np.load(recording(FILE) if path is None else path) as file:
            found = {name: file[name] for name in file.files}
        for name in ("cells", *SCORES):
            found[name] = found[name][..., :cells]
        self.table = Table() if table is None else table
        self.archs = [self.table.space.parse(text) for text in found["cells"].tolist()]
        numbers = [self.table.number(arch) for arch in self.archs]
        self.truths = self.table.means[numbers]
        self.parameters = np.asarray(self.table.parameters, float)[numbers]
        self.epochs: list[int] = found["epochs"].tolist()
        self.compared = int(found["compared"])
        self.recalibrated, self.stale = found["recalibrated"], found["stale"]
        self.few_shot, self.dropout = found["few_shot"], found["dropout"]
        self._best = highest(self.truths, TENTH)

    # ------------------------------------------------------------------ one supernet, dragged

    def ways(self, seed: int = 0) -> dict[str, np.ndarray]:
        """What the supernets of one seed said, by how they were trained."""
        found = {
            f"{epochs} epochs": scores[seed]
            for epochs, scores in zip(self.epochs, self.recalibrated)
        }
        found[f"{self.epochs[-1]}, moments not measured anew"] = self.stale[seed]
        found[f"{self.compared}, split at an edge"] = self.few_shot[seed]
        found[f"{self.compared}, path dropout"] = self.dropout[seed]
        return found

    def top(
        self,
        yours: Mapping[str, Iterable[float]] | None = None,
        *,
        picks: Iterable[Pick] = (),
        seed: int = 0,
    ) -> TopShare:
        """The panel, on the supernets of one seed and before them on ``yours``, by name.

        ``yours`` has a score for each of ``archs``; ``picks`` are marked where the first is shown.
        """
        ways = {name: np.array([*scores], float) for name, scores in (yours or {}).items()}
        return TopShare(
            {**ways, **self.ways(seed)}, self.truths, self.parameters, picks=picks,
            way=None if ways else f"{self.epochs[-1]} epochs",
        )  # fmt: skip

    # ------------------------------------------------------------------ all of them

    def taus(self, epochs: int | None = None, *, best: bool = False) -> list[Row]:
        """A row ``seed, value`` for each supernet: τ after so many epochs (None: the most)."""
        place = -1 if epochs is None else self.epochs.index(epochs)
        return self._rows(self.recalibrated[place], best=best)

    @cached_property
    def intervals(self) -> tuple[Interval, ...]:
        """Of each supernet after the most epochs, τ with its 95 % bootstrap interval over cells."""
        return tuple(
            rank_agreement(scores, self.truths, resamples=RESAMPLES).tau
            for scores in self.recalibrated[-1]
        )

    def precision(self, scores: np.ndarray) -> float:
        """Of the 5 % of cells with the highest scores, how many are truly among the best 5 %."""
        return rank_agreement(scores, self.truths, top=TOP, resamples=1).precision.value

    def gains(self, what: str) -> list[Row]:
        """By how much τ rises, seed by seed: by measuring moments anew, splitting, or dropping.

        ``what``: "moments", "split", "path dropout". Raises ValueError for another word.
        """
        plain = self.recalibrated[self.epochs.index(self.compared)]
        pairs = {
            "moments": (self.recalibrated[-1], self.stale),
            "split": (self.few_shot, plain),
            "path dropout": (self.dropout, plain),
        }
        if what not in pairs:
            raise ValueError(f"gains: expected one of {(*pairs,)}, got {what!r}")
        more, less = (self._rows(scores) for scores in pairs[what])
        return [
            {"seed": one["seed"], "value": one["value"] - other["value"]}
            for one, other in zip(more, less)
        ]

    def counted(self, *, best: bool = False) -> float:
        """τ of parameter counts, which cost nothing."""
        return self._tau(self.parameters, best)

    def trained(self, *, best: bool = False) -> float:
        """τ of one training of each cell by itself with the mean of its others: a mean over seeds.

        What any estimate can be held against. ``best``: the tenth that the others call best.
        """
        seeds = range(int(self.table.runs.min()))
        runs = np.array(
            [[self.table.curve(arch, seed=seed)[-1] for arch in self.archs] for seed in seeds]
        )  # (seeds, cells)
        found = []
        for one in runs:
            others = runs.sum(0) - one
            cells = highest(others, TENTH) if best else slice(None)
            found.append(rank_correlation(one[cells], others[cells]))
        return float(np.mean(found))

    def between(self) -> float:
        """τ of the scores of two supernets after the most epochs, a mean over the pairs."""
        return float(
            np.mean([rank_correlation(*two) for two in combinations(self.recalibrated[-1], 2)])
        )

    def accuracies(self) -> list[Row]:
        """By seed, the mean accuracy with moments measured anew, and with the supernet's."""
        return [
            {"seed": seed, "recalibrated": float(new.mean()), "stale": float(old.mean())}
            for seed, (new, old) in enumerate(zip(self.recalibrated[-1], self.stale))
        ]

    def _rows(self, scores: np.ndarray, *, best: bool = False) -> list[Row]:
        return [{"seed": seed, "value": self._tau(row, best)} for seed, row in enumerate(scores)]

    def _tau(self, scores: np.ndarray, best: bool) -> float:
        cells = self._best if best else slice(None)
        return rank_correlation(scores[cells], self.truths[cells])

    # ------------------------------------------------------------------ said and drawn

    def words(self) -> str:
        """The numbers of the picture, in sentences."""
        each = ", ".join(f"{i.value:.2f} [{i.low:.2f}, {i.high:.2f}]" for i in self.intervals)
        best = np.mean([row["value"] for row in self.taus(best=True)])
        precise = np.mean([self.precision(scores) for scores in self.recalibrated[-1]])
        return (
            f"After {self.epochs[-1]} epochs τ over {len(self.truths)} cells is {each}, a "
            f"supernet each, with 95 % intervals over cells. Among the best tenth it is "
            f"{best:.2f} on average. Of the 5 % ranked highest {100 * precise:.0f} % are among the "
            f"best 5 %. Parameter counts: {self.counted():.2f}, {self.counted(best=True):.2f} and "
            f"{100 * self.precision(self.parameters):.0f} %. One training of each cell by itself, "
            f"against its others: {self.trained():.2f} and {self.trained(best=True):.2f}."
        ).replace("-", "−")

    def _repr_html_(self) -> str:
        head = ("", f"τ over {len(self.truths)} cells", "95 % interval", "τ in the best tenth",
                f"top {100 * TOP:.0f} %, truly there")  # fmt: skip
        lines = [
            f"<tr>{''.join(f'<{tag}>{each}</{tag}>' for each in row)}</tr>"
            for tag, rows in (("th", (head,)), ("td", self._table()))
            for row in rows
        ]
        return f"<table>{''.join(lines)}</table>{card(self._picture())}"

    def _table(self) -> list[tuple[str, ...]]:
        """After the most epochs a row a supernet, and what costs nothing or everything."""
        estimates = {
            f"supernet, seed {seed}, {self.epochs[-1]} epochs": scores
            for seed, scores in enumerate(self.recalibrated[-1])
        } | {"count of parameters": self.parameters}
        rows = []
        for name, column in estimates.items():
            tau = rank_agreement(column, self.truths, resamples=RESAMPLES).tau
            ends = f"{tau.low:.2f} to {tau.high:.2f}"
            hits = f"{100 * self.precision(column):.0f} %"
            rows.append((name, f"{tau.value:.2f}", ends, f"{self._tau(column, True):.2f}", hits))
        rows.append(("two supernets with each other", f"{self.between():.2f}", "", "", ""))
        once = [f"{self.trained(best=best):.2f}" for best in (False, True)]
        rows.append(("one training by itself, against its others", once[0], "", once[1], ""))
        return [tuple(each.replace("-", "−") for each in row) for row in rows]

    def _picture(self) -> str:
        made = figure(760, 320)
        left, right = axes(made, columns=2)
        precise = np.array(
            [[100 * self.precision(scores) for scores in each] for each in self.recalibrated]
        )  # (epochs, seeds)
        with LOCK:
            ends = list[End]()
            for best, colour, name, dashes in (
                (False, BLUE, "all", "-"),
                (True, VERMILLION, "best tenth", "--"),
            ):
                rows = [self.taus(epochs, best=best) for epochs in self.epochs]
                values = np.array([[row["value"] for row in each] for each in rows])
                ends += self._lines(left, values, self.counted(best=best), colour, name, dashes)
            hits = 100 * self.precision(self.parameters)
            other = self._lines(right, precise, hits, BLUE, "", "-")
            left.axhline(0, color=GREY, linewidth=0.8)
            left.set(ylabel="Kendall's τ")
            right.set(ylabel="of the top 5 %, truly there (%)", ylim=(0, None))
            for ax, said in ((left, ends), (right, other)):
                ax.set(xscale="log", xlabel="epochs of shared training (log)")
                ax.set_xticks(self.epochs, [*map(str, self.epochs)])
                ax.minorticks_off()
                ax.tick_params(colors=INK, which="both")
                label_ends(ax, said)
        return picture(made, f"Over epochs of shared training, a dot a supernet. {self.words()}")

    def _lines(
        self, ax: Axes, values: np.ndarray, count: float, colour: str, name: str, dashes: str
    ) -> tuple[End, End]:
        """Dots of the supernets (epochs, seeds), a line through their means, one of the counts.

        What is to be said beside them, at the right.
        """
        ax.plot(self.epochs, values, ".", color=colour, alpha=0.5)
        ax.plot(self.epochs, values.mean(1), dashes, color=colour, linewidth=2)
        ax.axhline(count, color=colour, linewidth=1, linestyle=":")
        of = f",\n{name}" if name else ""
        last = self.epochs[-1]
        return (
            End(last, float(values[-1].mean()), f"supernets{of}", colour),
            End(last, count, f"parameters{of}", colour),
        )
