"""Rows become curves: every function takes plain rows and an ``ax``, draws, and returns the ``ax``.

Rows come from ``workbench.history``; ``scale`` says how their scores are called, multiplied and
written: accuracies are fractions there and per cent here. Lines carry their labels themselves,
there is no legend. Nothing is smoothed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator

from workbench import checks
from workbench.scales import ACCURACY, ScoreScale
from workbench.views.line_labels import End, label_ends
from workbench.views.palette import STRATEGIES, line
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
    YELLOW,
    inked,
)  # fmt: skip

NAMED = 4  # earlier runs whose labels find room
CLEAR = 16  # points above a star in a strip: its words stand over the dots
SHORT = 12  # characters that surely find room at the right of a panel's figure

# A strategy keeps its colour and its dashes through the whole course: palette's, by class name.
LINES = {name: (line.colour, line.dashes) for name, line in STRATEGIES.items()}


@inked
def best_so_far(
    rows: Sequence[Mapping[str, Any]],
    ax: Axes,
    *,
    yours: int | None = None,
    strategy: str = "random search",
    x: str = "trials",
    earlier: Sequence[Sequence[Mapping[str, Any]]] = (),
    names: Sequence[str] = (),
    scale: ScoreScale = ACCURACY,
) -> Axes:
    """The best validation score found so far, a step a trial; pale dots are the trials themselves.

    ``rows`` are ``incumbents(history)``: ``trial`` (from 0), ``seconds``, ``score``, ``best``.
    ``yours`` is the number of the learner's own trial, drawn as a star. ``strategy`` is what
    ``palette.line`` takes. ``x`` is "trials" or "seconds"; a trial stands over its number, as
    every text and table gives it. ``earlier`` are the same rows of earlier runs, oldest first:
    pale steps, the newest of them labelled with their ``names``. A diamond marks the trial that
    won. Without rows the axes stay empty, but labelled.
    """
    rows = checks.several("best_so_far: rows", rows, "incumbents(history)")
    earlier = checks.several("best_so_far: earlier", earlier, "[incumbents(history)]")
    names = checks.several("best_so_far: names", names, '("random search",)')
    for each in rows:
        checks.of_type("best_so_far: rows", each, Mapping)
    for run in earlier:
        for each in checks.several("best_so_far: earlier", run, "incumbents(history)"):
            checks.of_type("best_so_far: earlier", each, Mapping)
    checks.one_of("best_so_far: x", x, ("trials", "seconds"))
    checks.text("best_so_far: strategy", strategy)
    yours = checks.whole_or_none("best_so_far: yours", yours, least=0)
    colour, dashes = line(strategy).colour, line(strategy).dashes
    ends = _earlier(ax, earlier, names, x, scale)
    places = _places(rows, x)
    scores = [scale.times * row["score"] for row in rows]
    best = [scale.times * row["best"] for row in rows]
    ax.plot(places, scores, "o", color=PALE, markersize=3.5, markeredgewidth=0)
    ax.step(places, best, where="post", color=colour, linestyle=dashes, linewidth=2)
    if rows and best[-1] in scores:
        won = scores.index(best[-1])
        ax.plot(places[won], scores[won], "D", color=colour, markersize=5, clip_on=False)
        said = _beside("best", scale.say(rows[-1]["best"]), scale)
        ends.append(End(places[-1], best[-1], said, colour, strong=bool(ends)))
    label_ends(ax, ends)
    for place, score, row in zip(places, scores, rows):
        if row["trial"] == yours:
            _star(ax, place, score)
    return _labelled(ax, x, scale.label, scale, whole=x == "trials")


def _beside(words: str, number: str, scale: ScoreScale) -> str:
    """Words and a number as a label; a number that may be a long one takes a line of its own."""
    short = scale == ACCURACY or len(words) + len(number) < SHORT
    return f"{words} {number}" if short else f"{words}\n{number}"


def _earlier(
    ax: Axes,
    runs: Sequence[Sequence[Mapping[str, Any]]],
    names: Sequence[str],
    x: str,
    scale: ScoreScale,
) -> list[End]:
    """Pale steps of earlier runs; the ends of the newest of them."""
    lines, ends = [], []
    for number, run in enumerate(runs):
        name = names[number] if number < len(names) else "before"
        if not run:
            continue
        places, heights = _places(run, x), [scale.times * row["best"] for row in run]
        corners = zip(np.repeat(places, 2)[1:], np.repeat(heights, 2)[:-1])
        lines.append(list(corners))
        if heights[-1] == heights[-1]:  # not NaN: one succeeded
            said = _beside(f"{name}:", scale.number(run[-1]["best"]), scale)
            ends.append(End(places[-1], heights[-1], said, GREY))
    ax.add_collection(LineCollection(lines, colors=PALE, linewidths=1.0))
    return ends[-NAMED:]


@inked
def learning_curves(
    rows: Sequence[Mapping[str, Any]],
    ax: Axes,
    *,
    current: int | None = None,
    best: int | None = None,
    words: Mapping[int | None, str] | None = None,
    scale: ScoreScale = ACCURACY,
) -> Axes:
    """Validation score after each epoch, a line a trial: past ones pale, the current one strong.

    ``rows`` are ``learning_curves(history)``: ``trial``, ``epoch`` (from 1), ``score``; rows of
    trial None (weights that all trials share) are a dashed curve of their own. ``current`` and
    ``best`` are trial numbers; the best ends in a diamond. ``words`` are labels by trial, where
    "trial 7" is not what a learner would say.
    """
    rows = checks.several("learning_curves: rows", rows, "learning_curves(history)")
    for each in rows:
        checks.of_type("learning_curves: rows", each, Mapping)
    current = checks.whole_or_none("learning_curves: current", current, least=0)
    best = checks.whole_or_none("learning_curves: best", best, least=0)
    words = words or {}
    curves: dict[int | None, list[tuple[int, float]]] = {}
    for row in rows:
        curves.setdefault(row["trial"], []).append((row["epoch"], scale.times * row["score"]))
    shared = curves.pop(None, [])
    past = [curve for trial, curve in curves.items() if trial not in (current, best)]
    # one collection: a line of its own for each of 300 trials takes as long as four frames
    thin = min(1.0, max(0.25, 60 / max(len(past), 1)))  # hundreds should not become one grey mass
    ax.add_collection(LineCollection(past, colors=PALE, linewidths=0.8, alpha=thin))
    dots = [curve[0] for curve in past if len(curve) == 1]
    ax.plot([epoch for epoch, _ in dots], [score for _, score in dots], "o", color=PALE, ms=2)
    ends = []
    if shared:
        ends.append(_strong(ax, shared, words.get(None, "shared\nweights"), PURPLE, "--"))
    if best in curves:
        epoch, score = curves[best][-1]
        ax.plot(epoch, score, "D", color=GREEN, markersize=6, clip_on=False)
        said = words.get(best, f"best: trial {best}")
        ends.append(_strong(ax, curves[best], said, GREEN, "-", width=1.4))
    if current in curves and current != best:
        said = words.get(current, f"trial {current}")
        ends.append(_strong(ax, curves[current], said, BLUE, "o-", width=2.0))
    ax.autoscale_view()  # a collection does not ask for it
    label_ends(ax, ends)
    return _labelled(ax, "epochs", scale.label, scale, whole=True)


def _strong(
    ax: Axes,
    curve: Sequence[tuple[int, float]],
    said: str,
    colour: str,
    look: str,
    *,
    width: float = 1.6,
) -> End:
    """A curve that stands out, and its end."""
    epochs, scores = [epoch for epoch, _ in curve], [score for _, score in curve]
    ax.plot(epochs, scores, look, color=colour, linewidth=width, markersize=3)
    return End(epochs[-1], scores[-1], said, colour)


@inked
def strip(
    rows: Sequence[Mapping[str, Any]],
    ax: Axes,
    *,
    yours: int | None = None,
    scale: ScoreScale = ACCURACY,
) -> Axes:
    """What a space is worth: one dot a trial along the axis of scores, quartiles as a band.

    ``rows`` are ``trials(history)``: ``trial``, ``score`` and, where there are any, ``failed``.
    ``yours`` is the number of the learner's own trial: a star and its rank. Failed trials are not
    dots but counted in words; they rank last.
    """
    yours = checks.whole_or_none("strip: yours", yours, least=0)
    rows = checks.several("strip: rows", rows, "trials(history)")
    for row in rows:
        checks.of_type("strip: rows", row, Mapping)
    kept = [row for row in rows if not row.get("failed")]
    scores = [row["score"] for row in kept if row["trial"] != yours]
    others = [scale.times * score for score in scores if math.isfinite(score)]
    if others:
        low, middle, high = np.percentile(others, (25, 50, 75))
        ax.axvspan(low, high, color=SKY, alpha=0.25, linewidth=0)
        ax.plot([middle, middle], [-0.8, 0.8], color=BLUE, linewidth=1.6)
        jitter = [0.9 * ((i * 0.618034) % 1 - 0.5) for i in range(len(others))]
        ax.plot(others, jitter, "o", color=GREY, markersize=5.5, alpha=0.75, markeredgewidth=0)
    for row in kept:
        if row["trial"] == yours:
            _star(ax, scale.times * row["score"], 0.0, f"yours: {rank(rows, row['trial'])}", CLEAR)
    said = [f"n = {len(others)}, median {scale.say(middle / scale.times)}"] if others else []
    failed, endless = len(rows) - len(kept), sum(math.isinf(score) for score in scores)
    said += [f"{endless} infinite"] if endless else []
    said += [f"{failed} failed"] if failed else []
    ax.set_title(", ".join(said), loc="left", color="#444444")
    ax.set_ylim(-1.2, 1.2)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    return _labelled(ax, scale.label, "", scale)


def rank(rows: Sequence[Mapping[str, Any]], trial: int) -> str:
    """Where a trial stands: "rank 14 of 21". Equal scores share the better rank.

    Raises ValueError where no row is of that trial.
    """
    keys = {row["trial"]: _key(row) for row in rows}
    if trial not in keys:
        raise ValueError(f"rank: trial {trial} is not among the rows, got trials {sorted(keys)}")
    better = sum(key > keys[trial] for key in keys.values())
    return f"rank {better + 1} of {len(keys)}"


def _key(row: Mapping[str, Any]) -> tuple[bool, bool, float]:
    """As ``Evaluation.sort_key``: however low a score is, "no answer" comes after it."""
    failed = bool(row.get("failed"))
    answered = not failed and not math.isnan(row["score"])
    return answered, not failed, row["score"] if answered else 0.0


def _places(rows: Sequence[Mapping[str, Any]], x: str) -> list[int | float]:
    """Where each trial stands: at its end in seconds, or over its own number.

    Trials that ran beside one another may end out of order; then they stand as they ended.
    """
    if x == "seconds":
        return [row["seconds"] for row in rows]
    numbers = [row["trial"] for row in rows]
    return numbers if numbers == sorted(numbers) else list(range(len(rows)))


def _star(ax: Axes, x: int | float, y: float, said: str = "yours", above: int = 10) -> None:
    """A star, and what is ``said`` of it so many points ``above``."""
    if not (math.isfinite(x) and math.isfinite(y)):  # nowhere to stand
        return
    ax.plot(
        x, y, "*", color=YELLOW, markersize=15, markeredgecolor=INK, markeredgewidth=1.0, zorder=5,
        clip_on=False,
    )  # fmt: skip
    left, right = ax.get_xlim()
    side = "left" if x < left + 0.3 * (right - left) else "center"
    side = "right" if x > left + 0.7 * (right - left) else side
    ax.annotate(
        said, (x, y), (0, above), textcoords="offset points", ha=side, va="bottom", color=INK,
        zorder=6, annotation_clip=False, path_effects=HALO,
    )  # fmt: skip


def _labelled(ax: Axes, x: str, y: str, scale: ScoreScale, *, whole: bool = False) -> Axes:
    ax.spines[["top", "right"]].set_visible(False)  # an ax that was cleared has them again
    ax.tick_params(labelsize=POINTS, colors="#444444")
    ax.set_xlabel(x, fontsize=POINTS)
    ax.set_ylabel(y, fontsize=POINTS)
    drawn = any(np.size(line.get_xdata()) for line in ax.lines)
    if not drawn and not any(len(lines.get_paths()) for lines in ax.collections):  # nothing yet
        ax.set_xlim(0, 1)
        ends = scale.times * scale.low, scale.times * scale.high
        ax.set_ylim(*(ends if all(map(math.isfinite, ends)) else (0, 1)))
    if whole:
        ax.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    return ax
