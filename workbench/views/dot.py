"""A ``Graph`` as DOT text: which shape, which line, which order. The engine does the rest."""

from __future__ import annotations

from itertools import pairwise

import graphviz

from workbench.graphs import Cluster, Edge, Graph, Node
from workbench.views.arcs import CLASS as ARC
from workbench.views.blocks import blocks, ranks, second_inputs, whole_frame
from workbench.views.engine import FONT
from workbench.views.labels import MARKED, SMALL, chosen, escaped, mixture_label, node_label
from workbench.views.palette import label, look
from workbench.views.paper import BLUE, GREY, INK


def source(graph: Graph) -> str:
    """The DOT text of a graph: nodes ``n0``, ``n1``, … and edges in the order given."""
    dot = graphviz.Digraph()
    column = is_column(graph)
    dot.attr("graph", **_layout(graph))
    dot.attr("node", fontname=FONT, fontsize=str(SMALL), height=".3", margin=".10,.04")
    dot.attr("edge", fontname=FONT, fontsize=str(SMALL), arrowsize=".6", color="#555555")
    names = {node.id: f"n{i}" for i, node in enumerate(graph.nodes)}
    homes = {node.id: node.cluster for node in graph.nodes}
    whole, second = whole_frame(graph), second_inputs(graph)
    if whole is not None:
        _title(dot, whole)
    _inside(dot, graph, names, whole.id if whole else "")
    for i, edge in enumerate(graph.edges):
        if not _at_home(edge, homes, whole):
            own = bool(homes[edge.tail]) and homes[edge.tail] == homes[edge.head]
            spine = own or graph.direction == "TB"
            _edge(dot, i, edge, names, column=column, spine=spine, second=edge.tail in second)
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


def _at_home(edge: Edge, homes: dict[str, str], whole: Cluster | None) -> bool:
    """Whether an edge has a pill that belongs inside a frame."""
    home, outside = homes[edge.tail], ("", whole.id if whole else "")
    return bool(edge.operation or edge.mixture) and home not in outside and home == homes[edge.head]


def _title(dot: graphviz.Digraph, whole: Cluster) -> None:
    text = f"<{escaped(whole.label) or ' '}>"
    dot.attr("graph", label=text, labelloc="t", labeljust="l", fontcolor="#555555")


def _layout(graph: Graph) -> dict[str, str]:
    shared = {"fontname": FONT, "fontsize": str(SMALL), "bgcolor": "transparent", "pad": ".04"}
    if graph.direction == "TB":
        return {**shared, "rankdir": "TB", "nodesep": ".25", "ranksep": ".28"}
    ranksep = ".45" if len(ranks(graph, blocks(graph))) <= 1 else ".28"  # a deep cell is wide
    room = {"pad": ".1"}  # the frames of blocks, put in later, reach beyond their nodes
    sideways = {"rankdir": "LR", "nodesep": ".1", "ranksep": ranksep, "splines": "spline"}
    return {**shared, **room, **sideways}


def _inside(dot: graphviz.Digraph, graph: Graph, names: dict[str, str], inside: str) -> None:
    """Nodes, blocks, pills and frames that stand directly in the frame ``inside``."""
    framed, whole, second = blocks(graph), whole_frame(graph), second_inputs(graph)
    homes = {node.id: node.cluster for node in graph.nodes}
    for node in graph.nodes:
        if node.cluster == inside:
            _node(dot, names[node.id], node, second=node.id in second)
    _blocks(dot, graph, names, inside)
    if framed:  # a cell whose edges change keeps its inputs in their places: only arrows move
        ends = [n for n in graph.nodes if n.cluster == inside and n.kind == "input"]
        _chain(dot, [names[node.id] for node in ends])
    for i, edge in enumerate(graph.edges):
        if homes[edge.tail] == inside and _at_home(edge, homes, whole):
            _edge(dot, i, edge, names, column=False, spine=False)
    for i, cluster in enumerate(graph.clusters):
        if cluster.inside == inside and cluster.id not in framed and cluster != whole:
            with dot.subgraph(name=f"cluster_c{i}") as frame:
                _frame(frame, i, cluster)
                _inside(frame, graph, names, inside=cluster.id)


def _blocks(dot: graphviz.Digraph, graph: Graph, names: dict[str, str], inside: str) -> None:
    """Blocks in their order: names and operations of one rank hang on one invisible chain."""
    found = blocks(graph)
    frames = {cluster.id: (i, cluster) for i, cluster in enumerate(graph.clusters)}
    here = {name: nodes for name, nodes in found.items() if frames[name][1].inside == inside}
    for name, nodes in here.items():
        i, cluster = frames[name]
        text = f'<font color="#555555">{escaped(cluster.label) or " "}</font>'
        dot.node(f"t{i}", f"<{text}>", id=f"t{i}", shape="plaintext", height=".1", margin="0,.02")
        for node in nodes:
            _node(dot, names[node.id], node)
    for level in ranks(graph, here).values():
        lines = [(f"t{frames[name][0]}", *(names[n.id] for n in here[name][:-1])) for name in level]
        _chain(dot, [end for line in lines for end in line])
        _chain(dot, [names[here[name][-1].id] for name in level])


def _chain(dot: graphviz.Digraph, nodes: list[str]) -> None:
    """Nodes of one rank, in this order."""
    with dot.subgraph() as same:
        same.attr(rank="same")
        for above, below in pairwise(nodes):
            same.edge(above, below, style="invis")


def _frame(dot: graphviz.Digraph, i: int, cluster: Cluster) -> None:
    dot.attr(
        id=f"c{i}", label=f"<{escaped(cluster.label) or ' '}>", style="rounded,filled", margin="6",
        color="#E2E2E2", fillcolor="#FAFAFA", fontcolor="#555555", labeljust="l",
    )  # fmt: skip


def _node(dot: graphviz.Digraph, name: str, node: Node, *, second: bool = False) -> None:
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
    elif second:
        hue = BLUE
    width = 1.4 if node.share is None else 0.6 + 3 * node.share
    if node.mixture:  # a table with a frame of its own
        shape, style, extra = "plain", "", {"margin": "0"}
    if node.highlight:
        fill, width = MARKED, max(width, 3.0)
    dot.node(
        name, f"<{node_label(node)}>", id=name, shape=shape, style=style, color=hue, fillcolor=fill,
        penwidth=f"{width:.2f}", **extra,
    )  # fmt: skip


def _edge(
    dot: graphviz.Digraph,
    i: int,
    edge: Edge,
    names: dict[str, str],
    *,
    column: bool,
    spine: bool,
    second: bool = False,
) -> None:
    tail, head, line = names[edge.tail], names[edge.head], _line(edge, spine=spine)
    if second and not edge.highlight:
        line |= {"color": BLUE, "arrowhead": "empty"}
    if edge.level:
        with dot.subgraph() as same:
            same.attr(rank="same")
            same.edge(tail, head, id=f"e{i}", **line)
        return
    if edge.operation or edge.mixture:
        _pill(dot, f"p{i}", edge, least=edge.kind == "mixture")
        dot.edge(tail, f"p{i}", arrowhead="none", id=f"e{i}a", **line)
        dot.edge(f"p{i}", head, id=f"e{i}", **line)
        return
    numbers = [escaped(edge.label)] if edge.label else []
    numbers += [f"{edge.weight:.2f}"] if edge.weight is not None else []
    if numbers:
        line["label"] = f"<&#160;{' '.join(numbers)}&#160;>"
    if edge.kind == "skip" and column:  # an arc on the right-hand side, found again by its key
        line |= {"class": ARC, "key": f"e{i}"}
    dot.edge(tail, head, id=f"e{i}", **line)


def _line(edge: Edge, *, spine: bool) -> dict[str, str]:
    """How an edge is drawn; those of a ``spine`` are kept short and straight."""
    line = {"color": "#555555", "penwidth": "1.2", "weight": "20" if spine else "1"}
    if edge.weight is not None:
        line["penwidth"] = f"{0.6 + 5 * edge.weight:.2f}"
    elif edge.mixture:
        line["penwidth"] = f"{0.6 + 5 * chosen(edge)[1]:.2f}"
    if edge.kind == "choice":
        line |= {"style": "dashed", "color": BLUE, "constraint": "false"}
    elif edge.kind == "skip":
        line |= {"color": GREY, "weight": "0"}
    if not edge.kept:
        line |= {"style": "dashed", "color": GREY}
    elif edge.mixture:
        line["color"] = "#333333"
    if edge.hidden:
        line["style"] = "invis"
    if edge.highlight:
        line |= {"color": INK, "penwidth": f"{max(float(line['penwidth']), 3.0):.2f}"}
    return line


def _pill(dot: graphviz.Digraph, name: str, edge: Edge, *, least: bool) -> None:
    """``least``: as wide as the longest name of an operation of a cell, so that all are alike."""
    hidden = {"style": "invis"} if edge.hidden else {}
    if edge.mixture:
        dot.node(
            name,
            f"<{mixture_label(edge)}>",
            id=name,
            shape="plain",
            margin="0",
            height="0",
            **hidden,
        )
        return
    seen = look(edge.operation)
    text = escaped(edge.label or label(edge.operation)) or "&#160;"
    number = f" {edge.weight:.2f}" if edge.weight is not None else ""
    size = {"width": "1.15", "height": ".3", "fixedsize": "true"} if least else {"height": ".22"}
    dot.node(
        name, f"<{text}{number}>", id=name, shape=seen.shape, color=seen.hue,
        fillcolor=MARKED if edge.highlight else seen.fill, margin=".08,.02",
        penwidth="3.0" if edge.highlight else "1.4", **({"style": seen.style} | size | hidden),
    )  # fmt: skip
