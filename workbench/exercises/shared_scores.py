"""What supernets said of the table's cells: a recording, and what becomes of it in notebook 13.

The recording is a NumPy file: ``cells`` (texts), ``epochs`` (of shared training), and accuracies
with inherited weights, ``recalibrated`` (epochs, seeds, cells), ``stale`` (seeds, cells: the same
weights after the most epochs, running moments as they were), ``few_shot`` and ``dropout`` (seeds,
cells: split at an edge, with path dropout, each for ``compared`` epochs). The truth is not in it:
it is the table's, looked up when the file is read.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from workbench.estimators.table import Table
from workbench.exercises.top_share import TopShare
from workbench.history import Row, rank_correlation
from workbench.recordings import recording
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
TENTH = 0.1


class SharedScores:
    """Kendall's τ of inherited accuracies with the table's truth, over epochs of shared training.

    ``table`` is that of the cells (None: the package's), ``path`` a recording (None: likewise).
    """

    def __init__(self, table: Table | None = None, *, path: Path | None = None) -> None:
        with np.load(recording(FILE) if path is None else path) as file:
            found = {name: file[name] for name in file.files}
        self.table = Table() if table is None else table
        archs = [self.table.space.parse(text) for text in found["cells"].tolist()]
        numbers = [self.table.number(arch) for arch in archs]
        self.truths = self.table.means[numbers]
        self.parameters = np.asarray(self.table.parameters, float)[numbers]
        self.epochs: list[int] = found["epochs"].tolist()
        self.compared = int(found["compared"])
        self.recalibrated, self.stale = found["recalibrated"], found["stale"]
        self.few_shot, self.dropout = found["few_shot"], found["dropout"]
        best = np.argsort(-self.truths, kind="stable")
        self._best = best[: max(2, round(TENTH * len(best)))]

    def top(self, seed: int = 0) -> TopShare:
        """The slider, on one supernet after the most epochs."""
        return TopShare(self.recalibrated[-1, seed], self.truths, self.parameters)

    def taus(self, epochs: int | None = None, *, best: bool = False) -> list[Row]:
        """A row ``seed, value`` for each supernet: τ after so many epochs (None: the most)."""
        place = -1 if epochs is None else self.epochs.index(epochs)
        return self._rows(self.recalibrated[place], best=best)

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

    def words(self) -> str:
        """The numbers of the picture in a sentence."""
        ends = [np.mean([row["value"] for row in self.taus(best=best)]) for best in (False, True)]
        return (
            f"After {self.epochs[-1]} epochs τ is {ends[0]:.2f} over all {len(self.truths)} cells "
            f"and {ends[1]:.2f} among the best tenth, a mean of {self.recalibrated.shape[1]} "
            f"supernets. Parameter counts: {self.counted():.2f} and {self.counted(best=True):.2f}."
        ).replace("-", "−")

    def __repr__(self) -> str:
        return self.words()

    def _repr_html_(self) -> str:
        return f"<p>{self.words()}</p>{card(self._picture())}"

    def _picture(self) -> str:
        made = figure(520, 330)
        (ax,) = axes(made)
        with LOCK:
            for best, colour, name, dashes in (
                (False, BLUE, "all cells", "-"),
                (True, VERMILLION, "best tenth", "--"),
            ):
                lines = np.array(
                    [
                        [row["value"] for row in self.taus(epochs, best=best)]
                        for epochs in self.epochs
                    ]
                )  # (epochs, seeds)
                ax.plot(self.epochs, lines, ".", color=colour, alpha=0.5)
                ax.plot(self.epochs, lines.mean(1), dashes, color=colour, linewidth=2)
                ax.annotate(
                    name, (self.epochs[-1], lines[-1].mean()), xytext=(-4, 7), color=colour,
                    textcoords="offset points", ha="right",
                )  # fmt: skip
                count = self.counted(best=best)
                ax.axhline(count, color=colour, linewidth=1, linestyle=":")
                ax.annotate(
                    f"parameter count, {name}", (self.epochs[0], count), xytext=(0, 3),
                    textcoords="offset points", color=colour,
                )  # fmt: skip
            ax.axhline(0, color=GREY, linewidth=0.8)
            ax.set(xscale="log", xlabel="epochs of shared training (log)", ylabel="Kendall's τ")
            ax.set_xticks(self.epochs, [*map(str, self.epochs)])
            ax.tick_params(colors=INK, which="both")
        return picture(made, f"τ over epochs of shared training, a dot a supernet. {self.words()}")
