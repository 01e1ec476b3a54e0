"""A graph of several cells as one picture: each cell laid out by itself, one below the other."""

from __future__ import annotations

from xml.etree import ElementTree

from workbench.graphs import Graph

SVG = "http://www.w3.org/2000/svg"
GAP = 16.0  # points between two sheets


def sheets(graph: Graph) -> tuple[Graph, ...]:
    """A graph for each outer frame, where all nodes are framed and no edge joins two frames."""
    outer = {cluster.id: cluster.inside for cluster in graph.clusters}

    def home(frame: str) -> str:
        while outer.get(frame):
            frame = outer[frame]
        return frame

    homes = {node.id: home(node.cluster) for node in graph.nodes}
    filled = set(homes.values())
    tops = [cluster.id for cluster in graph.clusters if cluster.id in filled]
    apart = all(homes.values()) and all(homes[e.tail] == homes[e.head] for e in graph.edges)
    if len(tops) < 2 or not apart:
        return (graph,)
    found = []
    for top in tops:
        nodes = tuple(node for node in graph.nodes if homes[node.id] == top)
        edges = tuple(edge for edge in graph.edges if homes[edge.tail] == top)
        clusters = tuple(cluster for cluster in graph.clusters if home(cluster.id) == top)
        found.append(Graph(nodes, edges, clusters, graph.title, graph.direction))
    return tuple(found)


def stacked(pictures: list[ElementTree.Element]) -> ElementTree.Element:
    """One SVG that holds others below one another, each at the left."""
    if len(pictures) == 1:
        return pictures[0]
    sizes = [[float(n) for n in picture.attrib["viewBox"].split()[2:]] for picture in pictures]
    width = max(size[0] for size in sizes)
    height = sum(size[1] for size in sizes) + GAP * (len(sizes) - 1)
    whole = ElementTree.Element(f"{{{SVG}}}svg", {"viewBox": f"0 0 {width:.2f} {height:.2f}"})
    top = 0.0
    for picture, (wide, high) in zip(pictures, sizes):
        place = {"x": "0", "y": f"{top:.2f}", "width": f"{wide:.2f}", "height": f"{high:.2f}"}
        picture.attrib.update(place)
        whole.append(picture)
        top += high + GAP
    return whole
