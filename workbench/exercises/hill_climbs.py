"""NASH beside random search for equal seconds, recorded on five seeds; for notebook 12."""

from __future__ import annotations

import json
from collections.abc import Sequence
from statistics import fmean
from typing import Any

from workbench.history import Row
from workbench.recordings import recording
from workbench.views.line_labels import End, label_ends
from workbench.views.numbers_in_words import percent
from workbench.views.paper import BLUE, GREY, LOCK, axes, card, figure, picture

FILE = "hill-climbs.json"
INKS = {"NASH": (BLUE, "-"), "random search": (GREY, "--")}


class HillClimbs:
    """``rows``, one a strategy and seed: ``strategy``, ``seed``, the best ``network``, its ``test``
    accuracy and ``parameters``, and ``steps`` (second, trial, validation accuracy), as they came.

    ``seconds`` is what each search had, of one core.
    """

    def __init__(self) -> None:
        found = json.loads(recording(FILE).read_text(encoding="utf-8"))
        self.rows: tuple[Row, ...] = tuple(found["rows"])
        self.seconds = float(found["seconds"])

    def of(self, strategy: str) -> list[Row]:
        """The rows of one strategy, by seed."""
        found = [row for row in self.rows if row["strategy"] == strategy]
        return sorted(found, key=lambda row: int(row["seed"]))

    def leads(self, measure: str = "test", share: float = 1.0) -> list[Row]:
        """By seed, how far NASH is above random search: ``measure`` is "test", of what was found in
        the end, or "validation", of the best in the first ``share`` of the seconds."""

        def reached(row: Row) -> float:
            until = share * self.seconds
            return float(row["test"]) if measure == "test" else _best(row, until)

        pairs = zip(self.of("NASH"), self.of("random search"))
        return [
            {"seed": one["seed"], "value": reached(one) - reached(other)} for one, other in pairs
        ]

    @property
    def words(self) -> str:
        """Test accuracies, trials and sizes of both."""
        said = []
        for name in INKS:
            rows = self.of(name)
            tests = [float(row["test"]) for row in rows]
            trials = fmean(len(row["steps"]) for row in rows)
            sizes = fmean(float(row["parameters"]) for row in rows)
            said.append(
                f"{name}: {trials:.0f} trials, the best of them has {round(sizes, -2):,.0f} "
                f"parameters and reads {percent(fmean(tests))} of the test images "
                f"({percent(min(tests))} to {percent(max(tests))})"
            )
        ahead = sum(row["value"] > 0 for row in self.leads())
        early = sum(row["value"] > 0 for row in self.leads("validation", share=0.5))
        return (
            "; ".join(said)
            + f". NASH is ahead in {ahead} of {len(self.leads())} seeds; after half "
            f"of the time it was, on the validation images, in {early}."
        )

    def __repr__(self) -> str:
        return f"Means over seeds after {self.seconds:.0f} s of one core. {self.words}"

    def _repr_html_(self) -> str:
        made = figure(560, 300)
        (ax,) = axes(made)
        with LOCK:
            ends = []
            for name, (colour, dashes) in INKS.items():
                for row in self.of(name):
                    x, y = _best_so_far(row["steps"], self.seconds)
                    ax.plot(
                        x, y, dashes, color=colour, linewidth=1.6, alpha=0.8,
                        drawstyle="steps-post",
                    )  # fmt: skip
                tops = [100 * _best(row, self.seconds) for row in self.of(name)]
                ends.append(End(self.seconds, fmean(tops), name, colour))
            early = self.seconds / 6  # what comes before is steep, and would flatten what is read
            low = min(100 * _best(row, early) for row in self.rows)
            ax.set(
                xlim=(0, self.seconds), ylim=(max(0.0, low - 2), None),
                xlabel="seconds of one core", ylabel="best validation accuracy so far (%)",
            )  # fmt: skip
            label_ends(ax, ends)
        alt = f"Steps of {len(self.rows)} searches that climb. {self}"
        return card(picture(made, alt) + f"<div>{self}</div>")


def _best(row: Row, until: float) -> float:
    """The best validation accuracy in the first seconds."""
    return float(max(score for second, _, score in row["steps"] if second <= until))


def _best_so_far(steps: Sequence[Any], until: float) -> tuple[list[float], list[float]]:
    """Seconds and the best accuracy in % from then on, up to the end."""
    x, y = list[float](), list[float]()
    for second, _, score in steps:
        if not y or 100 * score > y[-1]:
            x.append(second)
            y.append(100 * score)
    return [*x, until], [*y, y[-1]]
