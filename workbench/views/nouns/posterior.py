"""What a surrogate believes: mean ± deviation, and how much it would like to look where.

Along a number, a band with the acquisition below; of architectures, the most wanted ones in rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from mpl_toolkits.axes_grid1.axes_divider import make_axes_locatable

from workbench.protocols import Rows
from workbench.scales import ACCURACY, ScoreScale
from workbench.views.numbers_in_words import many
from workbench.views.paper import BLUE, INK, ORANGE, PALE, SKY, VERMILLION, inked

MOST, LONGEST = 8, 16  # architectures in one picture, letters of a name


@inked
def posterior(rows: Rows, ax: Axes, *, scale: ScoreScale = ACCURACY) -> Axes:
    """Rows with ``x`` (or ``architecture``), ``mean``, ``deviation``, ``acquisition`` on ``ax``.

    ``score``, where a row has one, is what was measured there: a dot. Along a number the
    acquisition has an axis of its own, in the score's unit.
    """
    along = all(isinstance(row.get("x"), int | float) for row in rows)
    return _band(rows, ax, scale) if along else _ranking(rows, ax, scale)


def _band(rows: Rows, ax: Axes, scale: ScoreScale) -> Axes:
    rows = sorted(rows, key=lambda row: float(row["x"]))
    x = [row["x"] for row in rows]
    mean = [scale.times * row["mean"] for row in rows]
    low = [scale.times * (row["mean"] - 2 * row["deviation"]) for row in rows]
    high = [scale.times * (row["mean"] + 2 * row["deviation"]) for row in rows]
    ax.fill_between(x, low, high, color=SKY, alpha=0.3, linewidth=0)
    ax.plot(x, low, x, high, color=SKY, linewidth=0.8)
    ax.plot(x, mean, color=BLUE, linewidth=2)
    seen = [row for row in rows if row.get("score") is not None]
    dots = [scale.times * row["score"] for row in seen]
    ax.plot([row["x"] for row in seen], dots, "o", color=INK, markersize=5)
    ax.set_ylabel(_label(scale))
    if scale.window is not None:
        ax.set_ylim(*[scale.times * end for end in scale.window])
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5))  # whatever its height: room is made once
    ax.tick_params(labelbottom=False)
    below = make_axes_locatable(ax).append_axes("bottom", "38%", 0.15, axes_class=Axes, sharex=ax)
    free = _candidates(rows)
    x, wanted = [row["x"] for row in free], [scale.times * row["acquisition"] for row in free]
    below.fill_between(x, wanted, min(wanted), color=ORANGE, alpha=0.6, linewidth=0)
    below.plot(x, wanted, color=INK, linewidth=1)
    top = max(range(len(free)), key=wanted.__getitem__)
    for each in (ax, below):
        each.axvline(x[top], color=VERMILLION, linestyle="--", linewidth=1.2)
    below.plot(x[top], wanted[top], "v", color=VERMILLION, markersize=8)
    below.yaxis.set_major_locator(MaxNLocator(nbins=2))
    below.set_ylabel("acqui-\nsition" + (f" ({scale.unit})" if scale.unit else ""))
    below.set_xlabel("x (dots: measured, dashed: asked next)")
    return ax


def _ranking(rows: Rows, ax: Axes, scale: ScoreScale) -> Axes:
    shown = _most_wanted(rows)
    most = max(max((float(row["acquisition"]) for row in shown), default=0.0), 1e-12)
    for i, row in enumerate(shown):
        mean, spread = scale.times * row["mean"], scale.times * 2 * row["deviation"]
        ax.plot([mean - spread, mean + spread], [i, i], color=BLUE, linewidth=2)
        ax.plot(mean, i, "o", color=BLUE, markersize=6)
        if row.get("score") is not None:
            ax.plot(scale.times * row["score"], i, "D", color=INK, markersize=5)
    beside = make_axes_locatable(ax).append_axes("right", "28%", 0.2, axes_class=Axes, sharey=ax)
    shares = [float(row["acquisition"]) / most for row in shown]
    beside.barh(range(len(shown)), shares, height=0.6, color=ORANGE, edgecolor=INK, linewidth=0.8)
    beside.tick_params(labelleft=False, left=False)
    beside.set_xticks([])
    beside.set_xlabel("wanted")
    beside.spines[["left", "bottom"]].set_color(PALE)
    ax.set_yticks(range(len(shown)), _labels(shown))
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.set_xlabel(f"{_label(scale)}, ± 2 dev.")
    return ax


def _candidates(rows: Rows) -> Rows:
    """What may be asked next: what was measured is not asked again (all, if everything was)."""
    return [row for row in rows if row.get("score") is None] or rows


def _label(scale: ScoreScale) -> str:
    """An axis's, as short as it can be."""
    return scale.label.replace("validation ", "")


def _name(row: Mapping[str, Any]) -> str:
    return str(row["architecture"] if "architecture" in row else row["x"])


def _most_wanted(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: float(row["acquisition"]), reverse=True)[:MOST]


def _labels(shown: Rows) -> list[str]:
    """Their names, where all are short; else what each one is, as names of cells look alike."""
    names = list(map(_name, shown))
    if all(len(name) <= LONGEST for name in names):
        return names
    return [_origin(rank, row) for rank, row in enumerate(shown, start=1)]


def _origin(rank: int, row: Mapping[str, Any]) -> str:
    if row.get("trial") is not None:
        return f"trial {row['trial']}"
    parent = row.get("parent")
    return f"candidate {rank}" if parent is None else f"{rank}: mutant of {parent}"


def says(rows: Rows, *, scale: ScoreScale = ACCURACY) -> str:
    """What is to be seen."""
    top = max(_candidates(rows), key=lambda row: float(row["acquisition"]))
    along = all(isinstance(row.get("x"), int | float) for row in rows)
    where = f"x = {top['x']:.3g}" if along else _name(top)
    shown = rows if along else _most_wanted(rows)
    seen = sum(row.get("score") is not None for row in shown)
    points = many(len(shown), "point" if along else "most wanted architecture")
    return (
        f"What the surrogate expects of {points if along else f'the {points}'}, "
        "with ± 2 deviations"
        + (f", {seen} of them measured" if seen else "")
        + f"; most wanted next: {where}, expected "
        + scale.named(top["mean"], spread=2 * top["deviation"])
    )
