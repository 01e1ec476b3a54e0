"""Rows become curves: every function takes plain rows and an ``ax``, draws, and returns the ``ax``.

Rows come from ``workbench.history``; scores are fractions there and per cent here. Lines carry
their labels themselves, there is no legend. Nothing is smoothed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from workbench.views.paper import (
    BLUE,
    GREEN,
    GREY,
    HALO,
    INK,
    PALE,
    POINTS,
    PURPLE,
    SKY,
    VERMILLION,
    YELLOW,
    inked,
)  # fmt: skip

ACCURACY = "validation accuracy (%)"

# A strategy keeps its colour and its dashes through the whole course.
LINES: dict[str, tuple[str, str]] = {
    "random search": (GREY, "--"),
    "local search": (PURPLE, "-."),
    "Bayesian optimization": (BLUE, "-"),
    "evolution": (GREEN, "-"),
    "reinforcement learning": (VERMILLION, "-"),
}


@inked
def best_so_far(
    rows: Sequence[Mapping[str, Any]],
    ax: Axes,
    *,
    yours: int | None = None,
    strategy: str = "random search",
    x: str = "trials",
    earlier: Sequence[Sequence[Mapping[str, Any]]] = (),
) -> Axes:
    """The best validation score found so far, a step a trial; pale dots are the trials themselves.

    ``rows`` are ``incumbents(history)``: ``trial`` (from 0), ``seconds``, ``score``, ``best``.
    ``yours`` is the number of the learner's own trial, drawn as a star. ``x`` is "trials" or
    "seconds". ``earlier`` are the same rows of earlier runs, oldest first: pale steps, and a label
    at the newest. A diamond marks the trial that won. Without rows the axes stay empty, but
    labelled.
    """
    colour, dashes = LINES.get(strategy, (BLUE, "-"))
    ends: list[tuple[int | float, float, str, str]] = []
    for run in earlier:
        steps, heights = _places(run, x), [100 * row["best"] for row in run]
        ax.step(steps, heights, where="post", color=PALE, linewidth=0.8)
        if run and run is earlier[-1] and heights[-1] == heights[-1]:  # not NaN: one succeeded
            ends.append((steps[-1], heights[-1], f"before: {heights[-1]:.1f} %", GREY))
    places = _places(rows, x)
    scores = [100 * row["score"] for row in rows]
    best = [100 * row["best"] for row in rows]
    ax.plot(places, scores, "o", color=PALE, markersize=3.5, markeredgewidth=0)
    ax.step(places, best, where="post", color=colour, linestyle=dashes, linewidth=2)
    if rows and best[-1] in scores:
        won = scores.index(best[-1])
        ax.plot(places[won], scores[won], "D", color=colour, markersize=5, clip_on=False)
        ends.append((places[-1], best[-1], f"best {best[-1]:.1f} %", colour))
    _all_beside(ax, ends)
    for place, score, row in zip(places, scores, rows):
        if row["trial"] == yours:
            _star(ax, place, score)
    return _labelled(ax, x, ACCURACY, whole=x == "trials")


@inked
def learning_curves(
    rows: Sequence[Mapping[str, Any]],
    ax: Axes,
    *,
    current: int | None = None,
    best: int | None = None,
    words: Mapping[int, str] | None = None,
) -> Axes:
    """Validation score after each epoch, a line a trial: past ones pale, the current one strong.

    ``rows`` are ``learning_curves(history)``: ``trial``, ``epoch`` (from 1), ``score``.
    ``current`` and ``best`` are trial numbers; the best ends in a diamond. ``words`` are labels by
    trial, where "trial 7" is not what a learner would say.
    """
    lines: dict[int, tuple[list[int], list[float]]] = {}
    for row in rows:
        epochs, scores = lines.setdefault(row["trial"], ([], []))
        epochs.append(row["epoch"])
        scores.append(100 * row["score"])
    for trial, (epochs, scores) in lines.items():
        if trial not in (current, best):
            mark = "o" if len(epochs) == 1 else ""
            ax.plot(epochs, scores, color=PALE, linewidth=0.8, marker=mark, markersize=2)
    ends: list[tuple[int | float, float, str, str]] = []
    if best in lines:
        epochs, scores = lines[best]
        ax.plot(epochs, scores, color=GREEN, linewidth=1.4, linestyle="-")
        ax.plot(epochs[-1], scores[-1], "D", color=GREEN, markersize=6, clip_on=False)
        ends.append((epochs[-1], scores[-1], (words or {}).get(best, f"best: trial {best}"), GREEN))
    if current in lines and current != best:
        epochs, scores = lines[current]
        ax.plot(epochs, scores, "o-", color=BLUE, linewidth=2, markersize=3)
        ends.append((epochs[-1], scores[-1], (words or {}).get(current, f"trial {current}"), BLUE))
    _all_beside(ax, ends)
    return _labelled(ax, "epochs", ACCURACY, whole=True)


@inked
def strip(rows: Sequence[Mapping[str, Any]], ax: Axes, *, yours: int | None = None) -> Axes:
    """What a space is worth: one dot a trial along the accuracy axis, quartiles as a band.

    ``rows`` are ``trials(history)``: ``trial``, ``score`` and, where there are any, ``failed``.
    ``yours`` is the number of the learner's own trial: a star and its rank. Failed trials are not
    dots but counted in words; they rank last.
    """
    kept = [row for row in rows if not row.get("failed")]
    others = [100 * row["score"] for row in kept if row["trial"] != yours]
    if others:
        low, middle, high = np.percentile(others, (25, 50, 75))
        ax.axvspan(low, high, color=SKY, alpha=0.25, linewidth=0)
        ax.plot([middle, middle], [-0.8, 0.8], color=BLUE, linewidth=1.6)
        jitter = [0.9 * ((i * 0.618034) % 1 - 0.5) for i in range(len(others))]
        ax.plot(others, jitter, "o", color=GREY, markersize=5.5, alpha=0.75, markeredgewidth=0)
    for row in kept:
        if row["trial"] == yours:
            _star(ax, 100 * row["score"], 0.0, f"yours: {rank(rows, row['trial'])}")
    said = [f"n = {len(others)}, median {middle:.1f} %"] if others else []
    failed = len(rows) - len(kept)
    said += [f"{failed} failed"] if failed else []
    ax.set_title(", ".join(said), loc="left", color="#444444")
    ax.set_ylim(-1.2, 1.2)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    return _labelled(ax, ACCURACY, "")


def rank(rows: Sequence[Mapping[str, Any]], trial: int) -> str:
    """Where a trial stands: "rank 14 of 21". Equal scores share the better rank.

    Raises ValueError where no row is of that trial.
    """
    scores = {row["trial"]: -1.0 if row.get("failed") else row["score"] for row in rows}
    if trial not in scores:
        raise ValueError(f"rank: trial {trial} is not among the rows, got trials {sorted(scores)}")
    better = sum(score > scores[trial] for score in scores.values())
    return f"rank {better + 1} of {len(scores)}"


def _places(rows: Sequence[Mapping[str, Any]], x: str) -> list[int | float]:
    return [row["seconds"] if x == "seconds" else row["trial"] + 1 for row in rows]


def _star(ax: Axes, x: int | float, y: float, said: str = "yours") -> None:
    ax.plot(
        x, y, "*", color=YELLOW, markersize=15, markeredgecolor=INK, markeredgewidth=1.0, zorder=5,
        clip_on=False,
    )  # fmt: skip
    left, right = ax.get_xlim()
    side = "left" if x < left + 0.3 * (right - left) else "center"
    side = "right" if x > left + 0.7 * (right - left) else side
    ax.annotate(
        said, (x, y), (0, 10), textcoords="offset points", ha=side, va="bottom", color=INK,
        zorder=6, annotation_clip=False, path_effects=HALO,
    )  # fmt: skip


def _beside(ax: Axes, x: int | float, y: float, said: str, colour: str, *, up: float = 0.0) -> None:
    shade = "#5E5E5E" if colour == GREY else colour
    ax.annotate(
        said, (x, y), (8, up), textcoords="offset points", ha="left", va="center", color=shade,
        annotation_clip=False, path_effects=HALO,
    )  # fmt: skip


def _all_beside(ax: Axes, ends: list[tuple[int | float, float, str, str]]) -> None:
    """Label the ends of lines, pushing two that may overlap (a label is long) apart."""
    if len(ends) == 2:
        low, high = ax.get_ylim()
        near = abs(ends[0][1] - ends[1][1]) < 0.1 * (high - low)
        push = (7.0 if ends[0][1] >= ends[1][1] else -7.0) if near else 0.0
        pushes = [push, -push]
    else:
        pushes = [0.0] * len(ends)
    for (x, y, said, colour), up in zip(ends, pushes):
        _beside(ax, x, y, said, colour, up=up)


def _labelled(ax: Axes, x: str, y: str, *, whole: bool = False) -> Axes:
    ax.spines[["top", "right"]].set_visible(False)  # an ax that was cleared has them again
    ax.tick_params(labelsize=POINTS, colors="#444444")
    ax.set_xlabel(x, fontsize=POINTS)
    ax.set_ylabel(y, fontsize=POINTS)
    if not any(np.size(line.get_xdata()) for line in ax.lines):  # nothing yet
        ax.set_xlim(0, 1)
        ax.set_ylim(0, 100)
    if whole:
        ax.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    return ax
