"""A relaxed cell as a drawing: on every edge the softmax of its architecture weights.

Liu et al. (2019), figure 1 (b) and (c): all edges are there, each a mixture of all operations; the
ones that discretisation would keep are drawn solid, the others dashed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench import checks
from workbench.graphs import Cluster, Edge, Graph, Node, NodeKind
from workbench.spaces.edges import EdgeSpace, Table, softmax, tables

OUTPUT = "c[k]"


def relaxed_graph(space: EdgeSpace[Any], weights: Mapping[str, Table], kind: str) -> Graph:
    """The relaxed cell of one ``kind`` under the tables α ``weights``, one by kind of cell.

    Nodes and edges come in the same order whatever the weights are, so that drawings of one space
    keep their places and only what changes moves. So they do in ``discrete_graph``.

    Raises ValueError for a kind of cell that the space has not, or tables of another shape.
    """
    given, chosen = _discretised(space, weights, kind)
    edges = [
        Edge(
            _id(kind, tail),
            _id(kind, head),
            "mixture",
            mixture=tuple(zip(space.operations, softmax(row))),  # DARTS eq. 2
            kept=name is not None,
        )
        for (tail, head), row, name in zip(space.edges(), given[kind], chosen)
    ]
    kept = len(chosen) - chosen.count(None)
    return _cell(space, kind, edges, f"relaxed {kind} cell, {kept} of {len(chosen)} edges kept")


def discrete_graph(space: EdgeSpace[Any], weights: Mapping[str, Table], kind: str) -> Graph:
    """The cell to which these tables are discretised; edges that are dropped leave their room.

    Raises as ``relaxed_graph`` does.
    """
    _, chosen = _discretised(space, weights, kind)
    edges = [
        Edge(_id(kind, tail), _id(kind, head), "mixture", operation=name or "none", hidden=not name)
        for (tail, head), name in zip(space.edges(), chosen)
    ]
    return _cell(space, kind, edges, f"discrete {kind} cell")


def _discretised(
    space: EdgeSpace[Any], weights: Mapping[str, Table], kind: str
) -> tuple[dict[str, Table], tuple[str | None, ...]]:
    """The tables, and the operation that each edge of one kind would keep; None: dropped."""
    checks.one_of("relaxed cell: kind", kind, space.cell_kinds())
    given = tables("relaxed cell: weights", weights, space)
    names = space.chosen(space.discretised(given))[kind]
    return given, tuple([None if name == "none" else name for name in names])


def _cell(space: EdgeSpace[Any], kind: str, edges: list[Edge], title: str) -> Graph:
    heads = {head for _, head in space.edges()}
    states = dict.fromkeys(state for edge in space.edges() for state in edge)
    ends = space.ends()
    nodes = []
    for state in sorted(states, key=lambda state: state in heads):  # stable: the inputs first
        place: NodeKind = "state" if state in heads else "input"
        place = "output" if ends == (state,) else place
        tip = "the sum of its edges" if state in heads else "an input of the cell"
        nodes.append(Node(_id(kind, state), state, place, tooltip=tip, cluster=kind))
    if len(ends) > 1:
        out = Node(_id(kind, OUTPUT), OUTPUT, "output", detail="concatenate", cluster=kind)
        nodes.append(out)
        edges = [*edges, *(Edge(_id(kind, end), out.id) for end in ends)]
    return Graph(tuple(nodes), tuple(edges), (Cluster(kind, f"{kind} cell"),), title)


def _id(kind: str, state: str) -> str:
    return f"{kind}/{state}"
