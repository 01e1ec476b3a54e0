"""A ``Graph`` as DOT text: which shape, which line, which order. The engine does the rest.

Every text is escaped for an HTML-like label, so what a space writes survives literally: ``<``,
``&``, quotes, and ``\\N``, which DOT would replace by a node's name.
"""

from __future__ import annotations

import re
from html import escape
from itertools import pairwise

import graphviz

from workbench.graphs import Cluster, Edge, Graph, Node
from workbench.views.arcs import CLASS as ARC
from workbench.views.engine import FONT
from workbench.views.palette import label, look, shades
from workbench.views.paper import BLUE, GREY, INK

MARKED = "#FFF1B8"  # what was just changed or chosen; its border is thick as well
BAR = 64  # points, the width of a softmax bar
SMALL, TEXT = 11, 12  # points; one point is at least one CSS pixel on screen

_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def plain(text: str) -> str:
    """Text as XML can hold it: what it cannot becomes U+FFFD, white space becomes one space."""
    return " ".join(_UNPRINTABLE.sub("\ufffd", text).split())


def escaped(text: str) -> str:
    """Text for an HTML-like label: nothing in it is read as markup or as a DOT escape."""
    return escape(plain(text)).replace("\\", "\\\\")


def source(graph: Graph) -> str:
    """The DOT text of a graph: nodes ``n0``, ``n1``, … and edges in the order given."""
    dot = graphviz.Digraph()
    across, column = graph.direction == "LR", is_column(graph)
    dot.attr("graph", **_layout(across))
    dot.attr("node", fontname=FONT, fontsize=str(SMALL), height=".3", margin=".10,.04")
    dot.attr("edge", fontname=FONT, fontsize=str(SMALL), arrowsize=".6", color="#555555")
    names = {node.id: f"n{i}" for i, node in enumerate(graph.nodes)}
    for node in graph.nodes:
        if not node.cluster:
            _node(dot, names[node.id], node)
    homes = {node.id: node.cluster for node in graph.nodes}
    _frames(dot, graph, names, homes, inside="")
    for i, edge in enumerate(graph.edges):
        if (
            not (edge.operation or edge.mixture)
            or homes[edge.tail] != homes[edge.head]
            or (not homes[edge.tail])
        ):
            _edge(dot, i, edge, names, column)
    if column:
        _line_up(dot, graph, names)
    return str(dot.source)


def is_column(graph: Graph) -> bool:
    """Whether the nodes stand in one column, in the order given, with skips as arcs beside it."""
    skips = any(edge.kind == "skip" for edge in graph.edges)
    return graph.direction == "TB" and skips and not graph.clusters


def _line_up(dot: graphviz.Digraph, graph: Graph, names: dict[str, str]) -> None:
    joined = {(edge.tail, edge.head) for edge in graph.edges if edge.kind != "skip"}
    for above, below in pairwise(node.id for node in graph.nodes):
        if (above, below) not in joined:
            dot.edge(names[above], names[below], style="invis", weight="20")


def _layout(across: bool) -> dict[str, str]:
    shared = {"fontname": FONT, "fontsize": str(SMALL), "bgcolor": "transparent", "pad": ".04"}
    if across:
        return {**shared, "rankdir": "LR", "nodesep": ".1", "ranksep": ".45", "splines": "spline"}
    return {**shared, "rankdir": "TB", "nodesep": ".25", "ranksep": ".28"}


def _frames(
    dot: graphviz.Digraph, graph: Graph, names: dict[str, str], homes: dict[str, str], inside: str
) -> None:
    for i, cluster in enumerate(graph.clusters):
        if cluster.inside != inside:
            continue
        with dot.subgraph(name=f"cluster_c{i}") as frame:
            _frame(frame, i, cluster)
            for node in graph.nodes:
                if node.cluster == cluster.id:
                    _node(frame, names[node.id], node)
            for j, edge in enumerate(graph.edges):
                pill = edge.operation or edge.mixture
                if pill and homes[edge.tail] == homes[edge.head] == cluster.id:
                    _edge(frame, j, edge, names, column=False)
            _frames(frame, graph, names, homes, inside=cluster.id)


def _frame(dot: graphviz.Digraph, i: int, cluster: Cluster) -> None:
    dot.attr(
        id=f"c{i}", label=f"<{escaped(cluster.label) or ' '}>", style="rounded,filled", margin="6",
        color="#E2E2E2", fillcolor="#FAFAFA", fontcolor="#555555", labeljust="l",
    )  # fmt: skip


def _node(dot: graphviz.Digraph, name: str, node: Node) -> None:
    shape, style, hue, fill = "box", "rounded,filled", GREY, "#F3F3F3"
    extra: dict[str, str] = {}
    if node.operation:
        seen = look(node.operation)
        shape, style, hue, fill = seen.shape, seen.style, seen.hue, seen.fill
    elif node.kind == "merge":
        fill, hue = "#FFFFFF", INK
        if len(node.label) <= 1:
            shape, style = "circle", "filled"
            extra = {"fixedsize": "true", "width": ".26", "height": ".26", "margin": "0"}
    elif node.kind == "output":
        fill, hue = "#E4E4E4", "#444444"
    width = 1.4 if node.share is None else 0.6 + 3 * node.share
    if node.highlight:
        fill, width = MARKED, max(width, 3.0)
    dot.node(
        name, f"<{_words(node)}>", id=name, shape=shape, style=style, color=hue, fillcolor=fill,
        penwidth=f"{width:.2f}", **extra,
    )  # fmt: skip


def _words(node: Node) -> str:
    details = [escaped(node.detail)] if node.detail else []
    details += [f"{node.share:.2f}"] if node.share is not None else []
    first = escaped(node.label) or "&#160;"
    small = f'<font point-size="{SMALL}" color="#444444">'
    lines = "".join(f"<br/>{small}{detail or ' '}</font>" for detail in details)
    if node.kind == "merge" or not lines:
        return first + lines
    return f'<font point-size="{TEXT}">{first}</font>{lines}'


def _edge(dot: graphviz.Digraph, i: int, edge: Edge, names: dict[str, str], column: bool) -> None:
    tail, head, line = names[edge.tail], names[edge.head], _line(edge)
    if edge.operation or edge.mixture:
        _pill(dot, f"p{i}", edge)
        dot.edge(tail, f"p{i}", arrowhead="none", id=f"e{i}a", **line)
        dot.edge(f"p{i}", head, id=f"e{i}", **line)
        return
    numbers = [escaped(edge.label)] if edge.label else []
    numbers += [f"{edge.weight:.2f}"] if edge.weight is not None else []
    if numbers:
        line["label"] = f"<&#160;{' '.join(numbers)}&#160;>"
    if edge.kind == "skip" and column:  # an arc on the right-hand side
        line["class"] = ARC
    dot.edge(tail, head, id=f"e{i}", **line)


def _line(edge: Edge) -> dict[str, str]:
    line = {"color": "#555555", "penwidth": "1.2", "weight": "20"}
    if edge.weight is not None:
        line["penwidth"] = f"{0.6 + 5 * edge.weight:.2f}"
    elif edge.mixture:
        line["penwidth"] = f"{0.6 + 5 * max(share for _, share in edge.mixture):.2f}"
    if edge.kind == "choice":
        line |= {"style": "dashed", "color": BLUE, "constraint": "false"}
    elif edge.kind == "skip":
        line |= {"color": GREY, "weight": "0"}
    if not edge.kept:
        line |= {"style": "dashed", "color": GREY}
    elif edge.mixture:
        line["color"] = "#333333"
    if edge.highlight:
        line |= {"color": INK, "penwidth": f"{max(float(line['penwidth']), 3.0):.2f}"}
    return line


def _pill(dot: graphviz.Digraph, name: str, edge: Edge) -> None:
    if edge.mixture:
        dot.node(name, f"<{_bar(edge)}>", id=name, shape="plain", margin="0", height="0")
        return
    seen = look(edge.operation)
    text = escaped(edge.label or label(edge.operation)) or "&#160;"
    number = f" {edge.weight:.2f}" if edge.weight is not None else ""
    dot.node(
        name, f"<{text}{number}>", id=name, shape=seen.shape, style=seen.style, color=seen.hue,
        fillcolor=MARKED if edge.highlight else seen.fill, height=".22", margin=".08,.02",
        penwidth="3.0" if edge.highlight else "1.4",
    )  # fmt: skip


def _bar(edge: Edge) -> str:
    """A softmax as a pill: the best operation, its probability, and all of them as a bar."""
    best, share = max(edge.mixture, key=lambda pair: pair[1])
    said = edge.label or ("none wins, excluded" if best == "none" else f"{label(best)} {share:.2f}")
    total = sum(share for _, share in edge.mixture) or 1.0
    cells = "".join(
        f'<td fixedsize="true" width="{max(1, round(BAR * share / total))}" height="6" '
        f'bgcolor="{fill}"></td>'
        for (_, share), fill in zip(edge.mixture, shades(tuple(n for n, _ in edge.mixture)))
        if round(BAR * share / total) >= 1
    )
    border = INK if edge.highlight else ("#333333" if edge.kept else "#BBBBBB")
    return (
        f'<table border="1" color="{border}" cellborder="0" cellspacing="0" cellpadding="2" '
        f'bgcolor="{MARKED if edge.highlight else "#FFFFFF"}" style="rounded">'
        f"<tr><td>{escaped(said)}</td></tr><tr><td>"
        f'<table border="0" cellborder="0" cellspacing="1" cellpadding="0" bgcolor="#FFFFFF">'
        f"<tr>{cells}</tr></table></td></tr></table>"
    )
