"""Blocks of a cell, drawn in their order: what Graphviz's clusters cannot promise.

A cell that is edited block by block must not shuffle its blocks. Graphviz orders clusters so that
edges cross least; nodes of one rank, however, keep the order of invisible edges between them. So a
block (a frame of operations that end in one merge) is laid out as plain nodes, its name above
them as one more, and its frame is put behind them in the finished SVG.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from workbench.graphs import Cluster, Graph, Node

SVG = "http://www.w3.org/2000/svg"
MARGIN, BELOW = 7.0, 4.0  # points between a block's nodes and its frame, beside and below
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")

Box = tuple[float, float, float, float]  # left, top, right, bottom


def blocks(graph: Graph) -> dict[str, list[Node]]:
    """The frames to be laid out as blocks, by cluster: their nodes, operations first.

    Of a drawing from left to right, those that hold operations and one merge, nothing inside; a
    frame around everything is none.
    """
    if graph.direction != "LR":
        return {}
    whole = whole_frame(graph)
    parents = {cluster.inside for cluster in graph.clusters}
    found = {}
    for cluster in graph.clusters:
        nodes = [node for node in graph.nodes if node.cluster == cluster.id]
        kinds = [node.kind for node in nodes]
        inmost = cluster != whole and cluster.id not in parents
        if inmost and kinds == ["operation"] * (len(nodes) - 1) + ["merge"]:
            found[cluster.id] = nodes
    return {name: nodes for name, nodes in found.items() if len(nodes) > 1}


def whole_frame(graph: Graph) -> Cluster | None:
    """The frame that holds everything, where there is one: the card is that frame already."""
    tops = [cluster for cluster in graph.clusters if not cluster.inside]
    return tops[0] if len(tops) == 1 and all(node.cluster for node in graph.nodes) else None


def ranks(graph: Graph, frames: dict[str, list[Node]]) -> dict[int, list[str]]:
    """Blocks by the rank of their operations: the longest way from an input, equal in a block."""
    ops = {name: {node.id for node in nodes[:-1]} for name, nodes in frames.items()}
    level = {node.id: 0 for node in graph.nodes}
    for _ in graph.nodes:  # at most as many rounds as nodes; a graph with a cycle stops there too
        before = dict(level)
        for edge in graph.edges:
            level[edge.head] = max(level[edge.head], level[edge.tail] + 1)
        for members in ops.values():
            highest = max(level[member] for member in members)
            level.update(dict.fromkeys(members, highest))
        if level == before:
            break
    found: dict[int, list[str]] = {}
    for name, members in ops.items():
        found.setdefault(level[next(iter(members))], []).append(name)
    return found


def second_inputs(graph: Graph) -> set[str]:
    """Every other input of a cell of blocks: its arrows look unlike those of the input above.

    All blocks read from the same two or so, so arrows cross, and each must say whose it is.
    """
    inputs: dict[str, list[str]] = {}
    for node in graph.nodes:
        if node.kind == "input":
            inputs.setdefault(node.cluster, []).append(node.id)
    return {name for ids in inputs.values() for name in ids[1::2]} if blocks(graph) else set()


def put_frames(picture: ElementTree.Element, graph: Graph) -> None:
    """Put a frame behind each block of a picture; blocks of one rank get frames of one width."""
    found, numbers = blocks(graph), {node.id: i for i, node in enumerate(graph.nodes)}
    places = {cluster.id: i for i, cluster in enumerate(graph.clusters)}
    groups = {element.get("id"): element for element in picture.iter(f"{{{SVG}}}g")}
    for level in ranks(graph, found).values():
        boxes = {
            name: _around(
                [_box(groups[f"t{places[name]}"])]
                + [_box(groups[f"n{numbers[node.id]}"]) for node in found[name]]
            )
            for name in level
        }
        left, right = min(box[0] for box in boxes.values()), max(box[2] for box in boxes.values())
        for name, (_, top, _, bottom) in boxes.items():
            groups["graph0"].insert(0, _frame(f"c{places[name]}", (left, top, right, bottom)))


def _frame(name: str, box: Box) -> ElementTree.Element:
    left, top, right, bottom = box
    group = ElementTree.Element(f"{{{SVG}}}g", {"id": name, "class": "cluster"})
    ElementTree.SubElement(group, f"{{{SVG}}}title")
    size = {
        "x": f"{left - MARGIN:.2f}",
        "y": f"{top:.2f}",
        "width": f"{right - left + 2 * MARGIN:.2f}",
        "height": f"{bottom - top + BELOW:.2f}",
    }
    ink = {"rx": "8", "fill": "#FAFAFA", "stroke": "#E2E2E2"}
    ElementTree.SubElement(group, f"{{{SVG}}}rect", size | ink)
    return group


def _around(boxes: list[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _box(group: ElementTree.Element) -> Box:
    """What a node's shape covers; a name without a shape covers its text."""
    for shape in group:
        if shape.tag == f"{{{SVG}}}ellipse":
            cx, cy, rx, ry = (float(shape.attrib[key]) for key in ("cx", "cy", "rx", "ry"))
            return cx - rx, cy - ry, cx + rx, cy + ry
        numbers = [float(n) for n in _NUMBER.findall(shape.get("d") or shape.get("points") or "")]
        if numbers:
            return min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])
    text = group.find(f"{{{SVG}}}text")
    x, y = (float(text.attrib[key]) for key in ("x", "y")) if text is not None else (0.0, 0.0)
    return x, y - 13, x, y + 3
