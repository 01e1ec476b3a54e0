"""What a child has not from its parent, marked in its drawing; for notebook 06."""

from __future__ import annotations

from dataclasses import replace

from workbench.graphs import Graph


def mutant(child: Graph, parent: Graph) -> Graph:
    """The drawing of ``child``: boxes and arrows that are not its ``parent``'s stand out.

    Boxes go by their ids. The title, which is read aloud, says what changed, in the words of the
    boxes' tooltips.
    """
    before = {node.id: node for node in parent.nodes}
    operations = {id_: node.operation for id_, node in before.items()}
    nodes = tuple(
        replace(node, highlight=node.operation != operations.get(node.id)) for node in child.nodes
    )
    edges = tuple(replace(edge, highlight=edge not in parent.edges) for edge in child.edges)
    changes = [
        f"“{before[node.id].tooltip}” became “{node.tooltip}”"
        for node in child.nodes
        if node.id in before and node.tooltip != before[node.id].tooltip
    ]
    title = "; ".join([child.title, *changes])
    return replace(child, nodes=nodes, edges=edges, title=title)
