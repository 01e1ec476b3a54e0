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
    "stopped": ("#E8E8E8", PALE, ""),
}
APART = 1.2  # bars' heights between two brackets


@inked
def brackets(rows: Rows, ax: Axes, *, scale: ScoreScale = ACCURACY) -> Axes:
    """Rows with ``bracket``, ``rung``, ``epochs``, ``trial``, ``score``, ``state`` on ``ax``."""
    budgets = sorted({row["epochs"] for row in rows})
    steps = {epochs: i + 1 for i, epochs in enumerate(budgets)}  # evenly: budgets grow by η
    top, y, ticks = best(_longest(rows, budgets)), 0.0, dict[float, str]()
    for bracket, trials in _brackets(rows).items():
        first = y
        for trial, climbed in trials:
            last = climbed[-1]
            fill, edge, hatch = LOOKS.get(str(last["state"]), LOOKS["stopped"])
            ax.barh(
                y, steps[last["epochs"]], height=0.8, color=fill, edgecolor=edge, hatch=hatch,
                linewidth=0.8,
            )  # fmt: skip
            if top is not None and trial == top["trial"]:
                ax.plot(steps[last["epochs"]], y, "D", color=GREEN, markersize=7, clip_on=False)
                ax.annotate(
                    f"trial {trial}\n{scale.say(score(top))}", (steps[last["epochs"]], y), (8, 0),
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
    ax.set_xlabel("epochs, a bar a trial" + " (hatched: running)" * running)
    return ax


def _longest(rows: Rows, budgets: list[Any]) -> list[Mapping[str, Any]]:
    """Rows at the highest budget that has an answer: scores of unlike budgets are no rivals."""
    for epochs in reversed(budgets):
        found = [row for row in rows if row["epochs"] == epochs]
        if best(found) is not None:
            return found
    return []


def _brackets(rows: Rows) -> dict[Any, list[tuple[Any, list[Mapping[str, Any]]]]]:
    """By bracket its trials, those that climbed furthest first; each with its rungs in order."""
    found: dict[Any, dict[Any, list[Mapping[str, Any]]]] = {}
    for row in sorted(rows, key=lambda row: row["rung"]):
        found.setdefault(row["bracket"], {}).setdefault(row["trial"], []).append(row)

    def furthest(pair: tuple[Any, list[Mapping[str, Any]]]) -> tuple[Any, ...]:
        last = score(pair[1][-1])
        return -pair[1][-1]["rung"], last != last, -last if last == last else 0.0

    return {name: sorted(trials.items(), key=furthest) for name, trials in found.items()}


def _counts(trials: list[tuple[Any, list[Mapping[str, Any]]]]) -> str:
    """How many trials reached each rung: "27→9→3→1"."""
    rungs = sorted({row["rung"] for _, climbed in trials for row in climbed})
    reached = (sum(any(row["rung"] == n for row in rows) for _, rows in trials) for n in rungs)
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
