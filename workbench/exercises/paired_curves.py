"""Learning curves of children that inherited, each beside the same network from scratch."""

from __future__ import annotations

from statistics import fmean
from typing import Any

from workbench.protocols import Rows
from workbench.views.paper import BLUE, GREY, INK, LOCK, VERMILLION, axes, card, figure, picture


class PairedCurves:
    """Pairs of trainings, drawn over epochs in all.

    A row has ``mother`` and ``child`` (curves: accuracies after each epoch; the child's goes on
    where the mother's ended), ``further`` (from scratch, as many epochs as the child had further)
    and ``total`` (from scratch, as many as mother and child had together).
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def wins(self, against: str) -> int:
        """How often the child's last accuracy is above that of ``further`` or of ``total``."""
        return sum(row["child"][-1] > row[against][-1] for row in self.rows)

    def difference(self, against: str) -> float:
        """The mean difference of the last accuracies, the child's less the other's."""
        return fmean(row["child"][-1] - row[against][-1] for row in self.rows)

    def words(self, against: str) -> str:
        """Wins and mean difference."""
        points = 100 * self.difference(against)
        at = {"further": "further epochs", "total": "epochs in all"}[against]
        return (
            f"at equal {at} the child that inherited wins {self.wins(against)} of "
            f"{len(self.rows)}, by {points:+.1f} points on average".replace("-", "−")
        )

    def _repr_html_(self) -> str:
        made = figure(760, 300)
        panes = axes(made, columns=2)
        with LOCK:
            for ax, against in zip(panes, ("further", "total")):
                self._draw(ax, against)
            panes[1].sharey(panes[0])
        said = "; ".join(self.words(against) for against in ("further", "total"))
        alt = f"A child goes on where its mother ended, beside one from scratch: {said}."
        return card(picture(made, alt) + f"<div>{said[0].upper()}{said[1:]}.</div>")

    def __repr__(self) -> str:
        return "; ".join(self.words(against) for against in ("further", "total"))

    def _draw(self, ax: Any, against: str) -> None:
        faint = max(0.15, 1 / max(1, len(self.rows)) ** 0.5)
        for row in self.rows:
            begun = len(row["mother"])
            carried = [row["mother"][-1], *row["child"]]
            scratch = row[against]
            start = begun if against == "further" else 0
            ax.plot(
                range(1, begun + 1), _percent(row["mother"]), color=GREY, linewidth=1, alpha=faint
            )
            ax.plot(
                range(begun, begun + len(carried)), _percent(carried), color=BLUE, linewidth=1.4,
                alpha=faint,
            )  # fmt: skip
            ax.plot(
                range(start + 1, start + len(scratch) + 1), _percent(scratch), color=VERMILLION,
                linewidth=1.4, linestyle="--", alpha=faint,
            )  # fmt: skip
        ax.set(
            xlabel="epochs, the mother's included",
            ylabel="validation accuracy (%)",
            title="equal further epochs" if against == "further" else "equal epochs in all",
        )
        for colour, label, dashes in (
            (GREY, "mother", "-"), (BLUE, "child, inherited", "-"),
            (VERMILLION, "child, from scratch", "--"),
        ):  # fmt: skip
            ax.plot([], [], color=colour, linestyle=dashes, label=label)
        ax.legend(frameon=False, labelcolor=INK, loc="lower right")


def _percent(curve: Any) -> list[float]:
    return [100 * score for score in curve]
