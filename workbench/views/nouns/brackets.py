"""Successive halving: a bar a trial, as long as the rungs it climbed; most bars end early.

Li et al. (2018): a bracket starts many trials on few epochs, keeps the best 1/η at each rung and
gives those η times as many; Hyperband runs several brackets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes

from workbench.protocols import Rows
from workbench.scales import ACCURACY, ScoreScale
from workbench.views.nouns.scores import best, score
from workbench.views.paper import BLUE, GREEN, GREY, INK, PALE, inked

# state -> fill, edge, hatch: told apart without colour too
LOOKS: Mapping[str, tuple[str, str, str]] = {
    "promoted": ("#9CC9E8", BLUE, ""),
    "finished": (BLUE, BLUE, ""),
    "running": ("#FFFFFF", INK, "////"),
    "waiting": ("#FFFFFF", PALE, ""),
    "stopped": ("#E8E8E8", PALE, ""),
}
APART = 1.2  # bars' heights between two brackets


@inked
def brackets(rows: Rows, ax: Axes, *, scale: ScoreScale = ACCURACY) -> Axes:
    """Rows with ``bracket``, ``rung``, ``epochs``, ``trial``, ``score``, ``state`` on ``ax``.

    A bar a ``start``: one candidate, whose trials carry each other on; without it a bar a trial.
    """
    budgets = sorted({row["epochs"] for row in rows})
    steps = {epochs: i + 1 for i, epochs in enumerate(budgets)}  # evenly: budgets grow by η
    top, y, ticks = best(_longest(rows, budgets)), 0.0, dict[float, str]()
    for bracket, trials in _brackets(rows).items():
        first = y
        for climbed in trials:
            last = climbed[-1]
            fill, edge, hatch = LOOKS.get(str(last["state"]), LOOKS["stopped"])
            ax.barh(
                y, steps[last["epochs"]], height=0.8, color=fill, edgecolor=edge, hatch=hatch,
                linewidth=0.8,
            )  # fmt: skip
            if top is not None and any(row is top for row in climbed):
                end = steps[last["epochs"]]
                ax.plot(end, y, "D", color=GREEN, markersize=7, clip_on=False)
                ax.annotate(
                    f"trial {top['trial']}\n{scale.say(score(top))}", (end, y), (8, 0),
                    textcoords="offset points", va="center", color=GREEN, annotation_clip=False,
                )  # fmt: skip
            y += 1
        ticks[(first + y - 1) / 2] = f"bracket {bracket}\n{_counts(trials)}"
        y += APART
    for step in steps.values():
        ax.axvline(step, color=GREY, linestyle=":", linewidth=0.8, zorder=0)
    ax.set_xticks(list(steps.values()), [str(epochs) for epochs in budgets])
    ax.set_yticks(list(ticks), list(ticks.values()))
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(0, len(steps) + 0.6)
    ax.set_ylim(y - APART + 0.2, -1.0)
    running = any(row["state"] == "running" for row in rows)
    bar = "candidate" if any("start" in row for row in rows) else "trial"
    ax.set_xlabel(f"epochs, a bar a {bar}" + " (hatched: running)" * running)
    return ax


def _longest(rows: Rows, budgets: list[Any]) -> list[Mapping[str, Any]]:
    """Rows at the highest budget that has an answer: scores of unlike budgets are no rivals."""
    for epochs in reversed(budgets):
        found = [row for row in rows if row["epochs"] == epochs]
        if best(found) is not None:
            return found
    return []


def _brackets(rows: Rows) -> dict[Any, list[list[Mapping[str, Any]]]]:
    """By bracket its bars, those that climbed furthest first; each with its rungs in order."""
    found: dict[Any, dict[Any, list[Mapping[str, Any]]]] = {}
    for row in sorted(rows, key=lambda row: row["rung"]):
        bar = row["start"] if "start" in row else row["trial"]
        found.setdefault(row["bracket"], {}).setdefault(bar, []).append(row)

    def furthest(climbed: list[Mapping[str, Any]]) -> tuple[Any, ...]:
        last = score(climbed[-1])
        return -climbed[-1]["rung"], last != last, -last if last == last else 0.0

    return {name: sorted(bars.values(), key=furthest) for name, bars in found.items()}


def _counts(bars: list[list[Mapping[str, Any]]]) -> str:
    """How many reached each rung: "27→9→3→1"."""
    rungs = sorted({row["rung"] for climbed in bars for row in climbed})
    reached = (sum(any(row["rung"] == n for row in climbed) for climbed in bars) for n in rungs)
    return "→".join(map(str, reached))


def says(rows: Rows, *, scale: ScoreScale = ACCURACY) -> str:
    """What is to be seen."""
    parts = []
    for name, trials in _brackets(rows).items():
        parts.append(f"bracket {name}: {_counts(trials)} trials")
    budgets = sorted({row["epochs"] for row in rows})
    top = best(_longest(rows, budgets))
    said = f"{'; '.join(parts)}, for {' → '.join(map(str, budgets))} epochs"
    at = f"; best at {top['epochs']} epochs: trial {top['trial']}" if top else ""
    return said + (f"{at}, {scale.named(score(top))}" if top else "")
