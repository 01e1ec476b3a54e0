"""The first rung, dragged: who is cut too early, on learning curves whose ends are known.

Successive halving of curves that were recorded to the end (Jamieson & Talwalkar 2016), so that the
eventual winner is known, and whether it survives.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes

from workbench import checks
from workbench.history import rank_correlation
from workbench.panels.parts import layout
from workbench.panels.parts.dragged import Dragged
from workbench.views.numbers_in_words import many
from workbench.views.paper import (
    BLUE,
    GREY,
    HALO,
    PALE,
    VERMILLION,
    axes,
    figure,
    inked,
    picture,
)

MEASURED, LATE = "as measured", 8  # the first knob position; the epochs of a late first rung
LESS = 0.1  # what the second knob takes off every score before the end


class FirstRung(Dragged[int]):
    """A slider over the epochs of the first rung, above the curves as far as each is trained.

    ``curves`` are accuracies, a row an architecture and a column an epoch. At each rung the best
    1/``eta`` go on, ``eta`` times as long, until one is left; it is trained to the end. The knob
    ``less`` takes ten points off every score before the last epoch: all are underestimated alike.

    Raises ValueError for fewer than ``eta`` curves, or of a single epoch.
    """

    def __init__(self, curves: Sequence[Sequence[float]], *, eta: int = 3) -> None:
        rows = [
            checks.numbers("FirstRung: curves", row)
            for row in checks.several("FirstRung: curves", curves, "[(0.5, 0.6), …]")
        ]
        lengths = {len(row) for row in rows}
        self.eta = checks.whole("FirstRung: eta", eta, least=2, most=100)
        if len(lengths) != 1 or min(lengths) < 2 or len(rows) < self.eta:
            raise ValueError(
                f"FirstRung: curves: expected {self.eta} or more of one length, at least 2, got "
                f"{len(rows)} of {sorted(lengths)} epochs"
            )
        self.curves: Float[np.ndarray, "archs epochs"] = np.array(rows, float)
        self.less = layout.choice("early scores", (MEASURED, "10 points less"))
        self.less.tooltip = "Every score before the last epoch, alike for all"
        epochs = self.curves.shape[1]
        super().__init__(
            "first rung, epochs",
            [(str(k), k) for k in range(1, epochs + 1)],
            min(LATE, epochs),
            tip="After so many epochs the first ones are cut",
            label=124,
            below=(self.less,),
            mark="wb-rung",
        )

    @property
    def first(self) -> int:
        """Epochs of the first rung; set it to move the slider."""
        return self.value

    @first.setter
    def first(self, epochs: int) -> None:
        most = self.curves.shape[1]
        self.value = checks.whole("FirstRung: first", epochs, least=1, most=most)

    @property
    def told(self) -> tuple[int, ...]:
        """A late first rung, and the earliest."""
        return min(LATE, self.curves.shape[1]), 1

    @property
    def winner(self) -> int:
        """The architecture that would be best in the end, the first of equals."""
        return int(np.argmax(self.curves[:, -1]))

    def rungs(self, first: int) -> list[tuple[int, list[int]]]:
        """(epochs, who is trained for so many) from a first rung on; the last one to the end."""
        epochs, alive = first, list(range(len(self.curves)))
        found = [(epochs, alive)]
        while len(alive) > 1 and epochs < self.curves.shape[1]:
            order = sorted(alive, key=lambda arch: -self.curves[arch, epochs - 1])
            alive = order[: max(1, len(alive) // self.eta)]
            last = len(alive) == 1
            epochs = self.curves.shape[1] if last else min(epochs * self.eta, self.curves.shape[1])
            found.append((epochs, alive))
        return found

    def correlation(self, first: int, *, less: bool = False) -> float:
        """Kendall's τ between the scores at the first rung and at the end."""
        early = self.curves[:, first - 1] - (LESS if less else 0.0)
        return rank_correlation(early.tolist(), self.curves[:, -1].tolist())

    def words(self, first: int, less: bool | None = None) -> str:
        """Who wins, what it cost, and what became of the eventual winner.

        ``less``: with ten points off each early score (None: as the knob says).
        """
        less = self._takes_off if less is None else less
        rungs, n = self.rungs(first), len(self.curves)
        best, most = self.winner, self.curves.shape[1]
        paid, before = 0, 0
        for epochs, alive in rungs:
            paid, before = paid + len(alive) * (epochs - before), epochs
        # of equals the eventual winner: it was trained to the end as well
        ends = [(float(self.curves[arch, -1]), arch == best, arch) for arch in rungs[-1][1]]
        _, _, chosen = max(ends)
        tau = f"{self.correlation(first, less=less):.2f}".replace("-", "−")
        place = 1 + int((self.curves[:, first - 1] > self.curves[best, first - 1]).sum())
        said = f"First rung after {many(first, 'epoch')}: τ with the end = {tau}. "
        lost = next((epochs for epochs, alive in rungs[::-1] if best in alive), first)
        fate = "survives" if chosen == best else f"is cut after {many(lost, 'epoch')}"
        behind = 100 * float(self.curves[best, -1] - self.curves[chosen, -1])
        return (
            f"{said}The eventual winner is number {place} of {n} there and {fate}; the choice ends "
            f"{behind:.1f} points below it, for {paid} of {n * most} epochs."
        )

    @property
    def _takes_off(self) -> bool:
        return bool(self.less.value != MEASURED)

    def _draw(self, first: int) -> str:
        made, off = figure(560, 300), LESS if self._takes_off else 0.0
        _curves(axes(made)[0], self.curves, self.rungs(first), self.winner, off)
        return picture(made, f"Learning curves that end at rungs. {self.words(first)}")


@inked
def _curves(
    ax: Axes,
    curves: Float[np.ndarray, "archs epochs"],
    rungs: list[tuple[int, list[int]]],
    winner: int,
    less: float,
) -> None:
    """Each as far as it is trained; the eventual winner to the end, dashed where it was cut."""
    trained = {arch: epochs for epochs, alive in rungs for arch in alive}
    shown = 100 * curves.copy()
    shown[:, :-1] -= 100 * less
    most = curves.shape[1]
    for arch, epochs in trained.items():
        x = np.arange(1, epochs + 1)
        if arch != winner:
            hue = BLUE if epochs == most else GREY
            ax.plot(x, shown[arch, :epochs], color=hue, lw=1, alpha=0.6)
            ax.plot(epochs, shown[arch, epochs - 1], ".", color=hue, ms=4)
    x, kept = np.arange(1, most + 1), trained[winner]
    ax.plot(x, shown[winner], "--", color=VERMILLION, lw=1, alpha=0.7)
    ax.plot(x[:kept], shown[winner, :kept], color=VERMILLION, lw=2.4)
    mark = "D" if kept == most else "X"
    ax.plot(kept, shown[winner, kept - 1], mark, color=VERMILLION, ms=9, mec="white", zorder=5)
    ax.annotate(
        "eventual winner" if kept == most else "cut", (kept, float(shown[winner, kept - 1])),
        xytext=(-6, 10) if kept > most / 2 else (10, -4), textcoords="offset points",
        ha="right" if kept > most / 2 else "left", color=VERMILLION,
        path_effects=HALO, annotation_clip=False,
    )  # fmt: skip
    for epochs, _ in rungs:
        ax.axvline(epochs, color=PALE, ls=":", lw=0.9, zorder=0)
    ax.set_xlim(0.7, most + 0.3)
    ax.set_ylim(max(0.0, 100 * float(np.quantile(curves[:, 0], 0.1)) - 14), 100 * curves.max() + 4)
    ax.set_xlabel("epochs")
    ax.set_ylabel("validation accuracy, %")
