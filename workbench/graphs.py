"""A drawing as data: nodes, edges, clusters, weights, labels. No ink, standard library only.

Spaces and strategies say *what* is to be seen; ``workbench.views.drawings`` decides how it looks.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from workbench import checks

NodeKind: TypeAlias = Literal["input", "operation", "merge", "state", "output", "decision"]
EdgeKind: TypeAlias = Literal["data", "skip", "mixture", "choice"]
Direction: TypeAlias = Literal["TB", "LR"]

NODE_KINDS, EDGE_KINDS = get_args(NodeKind), get_args(EdgeKind)


@dataclass(frozen=True)
class Node:
    """A box. ``operation`` names an entry of the menu, which gives it colour and shape.

    ``label`` is the first line, ``detail`` the second, ``tooltip`` what hovering shows. ``share``
    is a probability or weight in [0, 1], None where there is none. ``highlight`` marks the node
    that was just changed, chosen or mutated. ``mixture`` holds (option, probability) pairs, drawn
    as a small table with bars under the label; ``chosen`` is the option that was taken.
    """

    id: str
    label: str
    kind: NodeKind = "operation"
    operation: str = ""
    detail: str = ""
    tooltip: str = ""
    cluster: str = ""
    share: float | None = None
    highlight: bool = False
    mixture: tuple[tuple[str, float], ...] = ()
    chosen: str = ""

    def __post_init__(self) -> None:
        checks.text("Node: id", self.id, empty=False)
        checks.one_of("Node: kind", self.kind, NODE_KINDS)
        checks.keep(self, share=_share("Node: share", self.share))
        _check_texts(self, "label", "operation", "detail", "tooltip", "cluster", "chosen")
        checks.keep(self, mixture=_mixture("Node: mixture", self.mixture))
        checks.yes_or_no("Node: highlight", self.highlight)


@dataclass(frozen=True)
class Edge:
    """An arrow. ``operation`` puts a pill on it (DARTS cells, topologies).

    ``weight`` in [0, 1] is drawn as width *and* number; ``mixture`` holds (operation, probability)
    pairs, drawn as a bar; ``kept`` is False for an edge that discretisation would drop. The head
    of a ``level`` edge stands beside its tail across the drawing's direction, not after it. A
    ``hidden`` edge takes its place and is not drawn: what is drawn stands where it did with it.
    """

    tail: str
    head: str
    kind: EdgeKind = "data"
    label: str = ""
    operation: str = ""
    tooltip: str = ""
    weight: float | None = None
    mixture: tuple[tuple[str, float], ...] = ()
    kept: bool = True
    highlight: bool = False
    level: bool = False
    hidden: bool = False

    def __post_init__(self) -> None:
        checks.one_of("Edge: kind", self.kind, EDGE_KINDS)
        checks.keep(self, weight=_share("Edge: weight", self.weight))
        _check_texts(self, "tail", "head", "label", "operation", "tooltip")
        checks.keep(self, mixture=_mixture("Edge: mixture", self.mixture))
        for name in ("kept", "highlight", "level", "hidden"):
            checks.yes_or_no(f"Edge: {name}", getattr(self, name))


@dataclass(frozen=True)
class Cluster:
    """A rounded frame around the nodes that name it; ``inside`` nests it in another cluster."""

    id: str
    label: str
    inside: str = ""

    def __post_init__(self) -> None:
        checks.text("Cluster: id", self.id, empty=False)
        _check_texts(self, "label", "inside")


def _share(what: str, share: Any) -> float | None:
    return checks.number_or_none(what, share, least=0.0, most=1.0)


def _mixture(what: str, mixture: Any) -> tuple[tuple[str, float], ...]:
    pairs = []
    for pair in checks.several(what, mixture, '(("skip", 0.5),)'):
        option, share = checks.several(what, pair, '("skip", 0.5)')
        pairs.append((checks.text(what, option), checks.number(what, share)))
    return tuple(pairs)


def _check_texts(record: object, *names: str) -> None:
    for name in names:
        if not isinstance(getattr(record, name), str):
            checks.text(f"{type(record).__name__}: {name}", getattr(record, name))


@dataclass(frozen=True)
class Graph:
    """What a drawing shows, in reading order. ``title`` becomes the drawing's accessible name.

    Raises ValueError for repeated ids, for an edge, node or cluster that names an unknown one, and
    for a cluster inside itself.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    title: str = ""
    direction: Direction = "TB"

    def __post_init__(self) -> None:
        checks.text("Graph: title", self.title)
        checks.one_of("Graph: direction", self.direction, get_args(Direction))
        for part, some in ((Node, "nodes"), (Edge, "edges"), (Cluster, "clusters")):
            given = checks.several(f"Graph: {some}", getattr(self, some), "(Node(…),)")
            for each in given:
                checks.of_type(f"Graph: {some}", each, part)
            checks.keep(self, **{some: given})
        nodes = [node.id for node in self.nodes]
        clusters = [cluster.id for cluster in self.clusters]
        for kind, ids in (("node", nodes), ("cluster", clusters)):
            twice = [name for name, times in Counter(ids).items() if times > 1]
            if twice:
                raise ValueError(f"Graph: {kind} ids must differ, got {twice[0]!r} twice")
        known, frames = set(nodes), {*clusters, ""}
        for edge in self.edges:
            for end in (edge.tail, edge.head):
                if end not in known:
                    raise ValueError(f"Graph: edge {edge.tail}→{edge.head}: no node {end!r}")
        for node in self.nodes:
            if node.cluster not in frames:
                raise ValueError(f"Graph: node {node.id!r}: no cluster {node.cluster!r}")
        for cluster in self.clusters:
            if cluster.inside not in frames:
                raise ValueError(f"Graph: cluster {cluster.id!r}: no cluster {cluster.inside!r}")
        around = {cluster.id: cluster.inside for cluster in self.clusters}
        for name, outer in around.items():
            for _ in around:  # a way outwards has no more steps than there are clusters
                if outer == name:
                    raise ValueError(f"Graph: cluster {name!r} is inside itself")
                outer = around.get(outer, "")

    def operations(self) -> set[str]:
        """Every operation that the drawing mentions, on nodes and on edges."""
        on_edges = {name for edge in self.edges for name, _ in edge.mixture}
        named = {edge.operation for edge in self.edges} | {node.operation for node in self.nodes}
        return (named | on_edges) - {""}
