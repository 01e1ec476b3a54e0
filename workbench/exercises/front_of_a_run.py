"""Accuracy against size: the networks of a run, who comes from whom, and their front."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench import checks
from workbench.history import History, Row, pareto_front, trials
from workbench.views.numbers_in_words import percent
from workbench.views.paper import BLUE, GREY, HALO, LOCK, axes, card, figure, picture, powers

ROOM = (1.5, 6.0)  # a label wants: times as many parameters, or so many points between
BETTER = {"score": "higher", "parameters": "lower"}


class FrontOfARun:
    """``rows`` are the trials of a ``history``; ``front`` those that no other one dominates.

    Arrows lead from a parent to its child. Raises ValueError where no trial has succeeded.
    """

    def __init__(self, history: History[Any]) -> None:
        checks.of_type("FrontOfARun: history", history, History)
        sized = (row for row in trials(history) if row["parameters"] is not None)
        self.rows: list[Row] = [row for row in sized if not row["failed"]]
        if not self.rows:
            raise ValueError("FrontOfARun: history: expected a trial that has succeeded, got none")
        found = pareto_front(self.rows, better=BETTER)
        self.front = sorted(found, key=lambda row: row["parameters"])
        here = {row["trial"]: row for row in self.rows}
        self._lines = [
            (here[parent], here[told.trial])
            for told in history.told
            for parent in told.candidate.parents
            if parent in here and told.trial in here
        ]

    @property
    def words(self) -> str:
        """The front, the smallest network first."""
        said = [
            f"trial {row['trial']} with {row['parameters']:,.0f} parameters and "
            f"{percent(row['score'])}"
            for row in self.front
        ]
        return f"The front of {len(self.rows)} networks: {', '.join(said)}."

    def __repr__(self) -> str:
        return self.words

    def _repr_html_(self) -> str:
        made = figure(600, 320)
        (ax,) = axes(made)
        with LOCK:
            for parent, child in self._lines:
                ax.annotate(
                    "", _at(child), _at(parent),
                    arrowprops={
                        "arrowstyle": "-|>", "color": GREY, "linewidth": 1.0,
                        "shrinkA": 3, "shrinkB": 5,
                    },
                )  # fmt: skip
            x, y = zip(*map(_at, self.rows))
            ax.plot(x, y, "o", color=GREY, markersize=5, linestyle="none")
            x, y = zip(*map(_at, self.front))
            ax.plot(x, y, "D-", color=BLUE, markersize=7, linewidth=1.6, drawstyle="steps-post")
            named = _apart(self.front)
            for row in named:
                ax.annotate(
                    str(row["trial"]), _at(row), xytext=(6, -12), textcoords="offset points",
                    color=BLUE, path_effects=HALO, weight="bold",
                )  # fmt: skip
            ax.set(
                xscale="log", xlabel="parameters (logarithmic)", ylabel="validation accuracy (%)"
            )
            powers(ax.xaxis)
        which = "all" if len(named) == len(self.front) else "some"
        alt = (
            f"Accuracy against parameters. {len(self._lines)} arrows lead from parents to "
            f"children; diamonds are the front, {which} with their trials. {self.words}"
        )
        return card(picture(made, alt))


def _at(row: Mapping[str, Any]) -> tuple[float, float]:
    return float(row["parameters"]), 100 * float(row["score"])


def _apart(front: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those whose labels have room, from the best, at the right, to the smallest."""
    found: list[Mapping[str, Any]] = []
    for row in reversed(front):
        x, y = _at(row)
        near = found and x > _at(found[-1])[0] / ROOM[0] and y > _at(found[-1])[1] - ROOM[1]
        if not near:
            found.append(row)
    return found
