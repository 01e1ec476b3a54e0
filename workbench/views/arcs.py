"""Skips of a chain as arcs on its right-hand side, the wider the further they reach.

Graphviz has no such layout: ``dot`` leads long edges around boxes on either side. So it places
the boxes in one column without the arcs; the arcs are then computed, and its ``nop2`` engine draws
boxes and arcs where they stand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pygraphviz

CLASS = "arc"  # of an edge in DOT text that is to be drawn as an arc
NEAREST, FURTHER, ARROW = 20.0, 15.0, 7.0  # points: the least bulge, more a row, the arrowhead


def has_arcs(graph: pygraphviz.AGraph) -> bool:
    """Whether any edge of a DOT graph asks to be an arc."""
    return any(edge.attr["class"] == CLASS for edge in graph.edges())


def place(graph: pygraphviz.AGraph) -> None:
    """Give every box and edge of ``graph`` its position, arcs to the right of the boxes."""
    arcs = [edge for edge in graph.edges() if edge.attr["class"] == CLASS]
    kept = [(edge[0], edge[1], dict(edge.attr)) for edge in arcs]
    for edge in arcs:
        graph.delete_edge(*edge, edge.key)
    graph.layout(prog="dot")
    boxes = {str(node): _box(node) for node in graph.nodes()}
    rows = {name: row for row, name in enumerate(sorted(boxes, key=lambda name: -boxes[name][1]))}
    kept.sort(key=lambda arc: rows[arc[1]] - rows[arc[0]])
    leave = _ports([arc[0] for arc in kept], boxes, up=True)
    arrive = _ports([arc[1] for arc in kept], boxes, up=False)
    far = max(x for x, _, _ in boxes.values())
    for number, (tail, head, attributes) in enumerate(kept):
        bulge = far + NEAREST + FURTHER * (rows[head] - rows[tail])
        path = _path(boxes[tail][0], leave(number), boxes[head][0], arrive(number), bulge)
        graph.add_edge(tail, head, **attributes, pos=path)
    left, bottom, right, top = (float(side) for side in graph.graph_attr["bb"].split(","))
    widest = max((rows[head] - rows[tail] for tail, head, _ in kept), default=0)
    right = max(right, far + 0.75 * (NEAREST + FURTHER * widest) + 4)
    graph.graph_attr["bb"] = f"{left},{bottom},{right:.2f},{top}"


def _box(node: Any) -> tuple[float, float, float]:
    """The right edge, the middle's height above the ground, the box's height; points."""
    x, y = (float(part) for part in node.attr["pos"].split(","))
    return x + 36 * float(node.attr["width"]), y, 72 * float(node.attr["height"])


def _ports(
    ends: list[str], boxes: dict[str, tuple[float, float, float]], *, up: bool
) -> Callable[[int], float]:
    """Where the n-th arc meets its box: longer arcs, which come later, outside of shorter ones."""

    def height(number: int) -> float:
        mine = [i for i, end in enumerate(ends) if end == ends[number]]
        _, y, tall = boxes[ends[number]]
        step = min(5.0, 0.7 * tall / len(mine))
        offset = (mine.index(number) - (len(mine) - 1) / 2) * step
        return y + offset if up else y - offset

    return height


def _path(x0: float, y0: float, x1: float, y1: float, bulge: float) -> str:
    start, end = f"{x0:.2f},{y0:.2f}", f"{x1 + ARROW:.2f},{y1:.2f}"
    return f"e,{x1:.2f},{y1:.2f} {start} {bulge:.2f},{y0:.2f} {bulge:.2f},{y1:.2f} {end}"
