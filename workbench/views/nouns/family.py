"""A family tree: which architecture was made from which, the best one's line marked."""

from __future__ import annotations

import math
from typing import Any

from workbench.graphs import Edge, Graph, Node
from workbench.protocols import Rows
from workbench.scales import ACCURACY, ScoreScale
from workbench.views.nouns.scores import best, score
from workbench.views.numbers_in_words import many

MOST = 40  # architectures in one picture
WIDE = 62  # points that a node takes beside another
TOLD = 4  # steps of the best one's line that are told in words


def family(rows: Rows, *, scale: ScoreScale = ACCURACY) -> Graph:
    """Rows with ``child``, ``parent``, ``score`` and ``reason`` as a graph of at most 40 nodes.

    The best one's line is kept whole, then the newest and what they come from. Read aloud it is
    that line.
    """
    line = _line(rows)
    kept = _kept(rows, line)
    scores, reasons = {row["child"]: score(row) for row in rows}, _reasons(rows)
    nodes = tuple(
        Node(
            str(trial), f"trial {trial}", kind="state", highlight=trial in line,
            detail="" if math.isnan(scores.get(trial, math.nan)) else scale.say(scores[trial]),
            tooltip=reasons.get(trial) or f"trial {trial}",
        )
        for trial in sorted(kept)
    )  # fmt: skip
    edges = tuple(
        Edge(
            str(row["parent"]), str(row["child"]), tooltip=str(row["reason"]),
            highlight=row["child"] in line and row["parent"] in line,
        )
        for row in rows
        if row["parent"] in kept and row["child"] in kept
    )  # fmt: skip
    wide, deep = _shape(rows, kept)
    sideways = deep * WIDE <= max(wide * WIDE, 420)
    told = says(rows, scale=scale)
    return Graph(nodes, edges, title=told, direction="LR" if sideways else "TB")


def _parents(rows: Rows) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for row in rows:
        found.setdefault(row["child"], [])
        if row["parent"] is not None:
            found[row["child"]].append(row["parent"])
            found.setdefault(row["parent"], [])
    return found


def _reasons(rows: Rows) -> dict[Any, str]:
    return {row["child"]: str(row["reason"]) for row in rows}


def _line(rows: Rows) -> list[Any]:
    """The best architecture and what it comes from, by first parents, oldest first."""
    top, parents = best(rows), _parents(rows)
    found = [top["child"]] if top else []
    while found and parents[found[-1]] and parents[found[-1]][0] not in found:
        found.append(parents[found[-1]][0])
    return found[:MOST][::-1]


def _kept(rows: Rows, line: list[Any]) -> set[Any]:
    parents, kept = _parents(rows), set(line)
    for child in reversed(list(parents)):
        chain, todo = set[Any](), [child]
        while todo:
            trial = todo.pop()
            if trial not in kept and trial not in chain:
                chain.add(trial)
                todo += parents[trial]
        if len(kept) + len(chain) <= MOST:
            kept |= chain
    return kept


def _shape(rows: Rows, kept: set[Any]) -> tuple[int, int]:
    """How many stand in the largest generation, and how many generations there are."""
    parents, depth = _parents(rows), dict[Any, int]()
    for _ in kept:
        for trial in kept:
            above = [depth.get(parent, 0) for parent in parents[trial] if parent in kept]
            depth[trial] = 1 + max(above, default=0)
    sizes = [list(depth.values()).count(level) for level in set(depth.values())]
    return max(sizes, default=0), len(sizes)


def says(rows: Rows, *, scale: ScoreScale = ACCURACY) -> str:
    """What is to be seen."""
    trials, line, top = _parents(rows), _line(rows), best(rows)
    said = f"Family of {many(len(trials), 'architecture')}"
    said += f", {len(_kept(rows, line))} of them shown" if len(trials) > MOST else ""
    if top is None:
        return said
    reasons = _reasons(rows)
    steps = [str(line[0]), *(f"{trial} ({_change(reasons.get(trial, ''))})" for trial in line[1:])]
    if len(steps) > TOLD:
        steps = ["…", *steps[-TOLD:]]
    return f"{said}. The line of the best, {scale.named(score(top))}: {' → '.join(steps)}"


def _change(reason: str) -> str:
    """What changed: "mutant of trial 17: edge 3 conv -> skip" without its first half."""
    return reason.split(": ", 1)[-1] or "child"
