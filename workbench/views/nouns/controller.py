"""A controller that decides step by step: LSTM cells in a row, under each its softmax.

Zoph & Le (2017), figure 2; Zoph et al. (2018), figure 3: each step's choice is the next one's
input. At most one block (five decisions) is shown at a time, what was decided last, and no more
than has room. Decisions of one ``recurrent step``, the questions of an anchor point, stand under
one cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.graphs import Edge, Graph, Node
from workbench.protocols import Rows

STEPS, OPTIONS = 5, 7  # in one picture
ROOM = 480  # CSS pixels: half of a panel in a window of 1200
FRAME, BAR, LETTER = 59, 12, 6.6  # pixels around a softmax; letters that a bar takes; of a letter


def controller(rows: Rows, *, room: int = ROOM) -> Graph:
    """Rows with ``step``, ``decision``, ``option``, ``probability`` and ``chosen`` as a graph.

    ``room`` is how wide it may be, in CSS pixels; the last step is shown in any case.
    """
    steps = list(_shown(_steps(rows), room).items())
    nodes: list[Node] = []
    edges: list[Edge] = []
    under: dict[Any, list[Any]] = {}  # of each cell: the steps whose softmaxes it feeds
    for step, options in steps:
        name, cell = str(options[0]["decision"]), options[0].get("recurrent step", step)
        if cell not in under:
            nodes.append(Node(f"cell {cell}", f"LSTM, step {cell}", kind="state"))
            edges += _onwards(under, cell)
        under.setdefault(cell, []).append(step)
        nodes.append(
            Node(
                f"softmax {step}", name, kind="decision", tooltip=name,
                mixture=tuple(_shares(options)), chosen=_chosen(options),
            )
        )  # fmt: skip
        edges.append(Edge(f"cell {cell}", f"softmax {step}", level=True))
    return Graph(tuple(nodes), tuple(edges), title="Controller", direction="LR")


def _onwards(under: Mapping[Any, list[Any]], cell: Any) -> list[Edge]:
    """What a new cell reads: the last one's hidden state, and what was chosen under it."""
    if not under:
        return []
    before, steps = list(under.items())[-1]
    state = Edge(f"cell {before}", f"cell {cell}", tooltip="hidden state")
    return [
        state,
        *(Edge(f"softmax {s}", f"cell {cell}", kind="choice", tooltip="the choice") for s in steps),
    ]


def _steps(rows: Rows) -> dict[Any, list[Mapping[str, Any]]]:
    found: dict[Any, list[Mapping[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: row["step"]):
        found.setdefault(row["step"], []).append(row)
    return found


def _shares(options: list[Mapping[str, Any]]) -> list[tuple[str, float]]:
    """Options with their probabilities; the least likely together where there are too many."""
    pairs = [(str(row["option"]), float(row["probability"])) for row in options]
    if len(pairs) <= OPTIONS:
        return pairs
    first = _chosen(options)
    order = sorted(pairs, key=lambda pair: (pair[0] != first, -pair[1]))[: OPTIONS - 1]
    rest = [pair for pair in pairs if pair not in order]
    kept = [pair for pair in pairs if pair in order]
    return [*kept, (f"{len(rest)} others", sum(share for _, share in rest))]


def _chosen(options: list[Mapping[str, Any]]) -> str:
    return next((str(row["option"]) for row in options if row["chosen"]), "")


def _shown(
    steps: Mapping[Any, list[Mapping[str, Any]]], room: int
) -> dict[Any, list[Mapping[str, Any]]]:
    """The last steps that fit; those under one cell stand below one another."""
    wide, found = dict[Any, float](), list[Any]()
    for step in reversed(list(steps)[-STEPS:]):
        options = steps[step]
        lines = str(options[0]["decision"]).split(" / ")
        letters = max(*map(len, lines), *(len(name) + BAR for name, _ in _shares(options)))
        cell = options[0].get("recurrent step", step)
        wide[cell] = max(wide.get(cell, 0.0), FRAME + LETTER * letters)
        if found and sum(wide.values()) > room:
            break
        found.append(step)
    return {step: steps[step] for step in reversed(found)}


def says(rows: Rows, *, room: int = ROOM) -> str:
    """What is to be seen."""
    steps = _steps(rows)
    shown = list(_shown(steps, room).values())
    choices = ", ".join(
        f"{options[0]['decision']}: {_chosen(options) or 'open'}" for options in shown
    )
    some = len(shown) < len(steps)
    part = f"The last {len(shown)} of {len(steps)} decisions" if some else "Decisions"
    return f"{part}, each with its softmax and what was drawn from it. {choices}"
