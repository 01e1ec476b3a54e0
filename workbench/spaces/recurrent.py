"""Recurrent cells: a tree of additions and multiplications (Zoph & Le 2017, section 3.4).

The leaves of the tree read x_t and h_{t−1}, each by a weight matrix of its own; the nodes above
combine two values each, without weights; the root is h_t. A second memory c, as in an LSTM, is
injected at one node and taken from another.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from functools import cached_property

from torch import nn

from workbench import checks
from workbench.graphs import Edge, Graph, Node
from workbench.records import Decision, Task, TextTask
from workbench.spaces.recurrent_network import (
    ACTIVATIONS,
    COMBINATIONS,
    RecurrentCell,
    RecurrentNetwork,
    TreeNode,
)
from workbench.spaces.walk import Space, Walk

SIGNS = {"add": "+", "multiply": "*"}
TIMES = {"add": "+", "multiply": "⊙"}  # on drawings
MOST = 64  # leaves
WORKED = RecurrentCell(  # the paper's example of base 2
    (TreeNode("add", "tanh"), TreeNode("multiply", "relu"), TreeNode("multiply", "sigmoid")),
    inject=TreeNode("add", "relu"),
    inject_at=0,
    cell_from=1,
)


class RecurrentSpace(Space[RecurrentCell]):
    """Cells whose tree has ``base`` leaves, so 2·base − 1 nodes; the paper searched with 8.

    For each node, and for where c_{t−1} is injected, one of ``combinations`` ("add", "multiply"
    element for element) and one of ``activations`` ("identity", "tanh", "sigmoid", "relu"); then
    the cell indices: the node whose value, before its activation, becomes c_t, and the node where
    c_{t−1} enters. With n nodes there are 8ⁿ · 8 · n² cells: 36,864 with base 2, 6.3e16 with 8.

    ``units`` is the size of embedding, h and c: a setting, not searched.

    Raises ValueError for an impossible setting.
    """

    def __init__(
        self,
        *,
        base: int = 2,
        combinations: tuple[str, ...] = (*COMBINATIONS,),
        activations: tuple[str, ...] = (*ACTIVATIONS,),
        units: int = 64,
    ) -> None:
        self.base = checks.whole("RecurrentSpace: base", base, least=2, most=MOST)
        what = "RecurrentSpace: combinations"
        self.combinations = checks.some_of(what, combinations, (*COMBINATIONS,))
        what = "RecurrentSpace: activations"
        self.activations = checks.some_of(what, activations, (*ACTIVATIONS,))
        self.units = checks.whole("RecurrentSpace: units", units, least=1)

    @cached_property
    def _questions(self) -> tuple[tuple[Decision, Decision], ...]:
        """Combination and activation of each node, and last of the injection."""
        places = [*(f"node {i}" for i in range(2 * self.base - 1)), "cell inject"]
        return tuple(
            (
                Decision(f"{at} / combination", self.combinations, "operation", "combination"),
                Decision(f"{at} / activation", self.activations, "operation", "activation"),
            )
            for at in places
        )

    @cached_property
    def _indices(self) -> tuple[Decision, Decision]:
        nodes = tuple(range(2 * self.base - 1))
        taken = Decision("cell index / c[t] from node", nodes, "input", "cell index")
        return taken, Decision("cell index / c[t-1] at node", nodes, "input", "cell index")

    def walk(self) -> Walk[RecurrentCell]:
        chosen = []
        for combination, activation in self._questions:
            how = yield combination
            chosen.append(TreeNode(how, (yield activation)))
        cell_from = yield self._indices[0]
        inject_at = yield self._indices[1]
        return RecurrentCell(tuple(chosen[:-1]), chosen[-1], inject_at, cell_from)

    def answers(self, arch: RecurrentCell) -> Iterator[Hashable]:
        checks.instance("RecurrentSpace", arch, RecurrentCell)
        for node in (*arch.nodes, arch.inject):
            yield node.combination
            yield node.activation
        yield arch.cell_from
        yield arch.inject_at

    def state(self, taken: tuple[int, ...]) -> Hashable:
        """How many decisions are taken: none depends on another."""
        return len(taken)

    def spell(self, arch: RecurrentCell) -> str:
        """``tanh(x+h) relu(x*h) sigmoid(0*1) | relu(0+c) | c=1``: nodes, injection, c_t.

        ``*`` multiplies element for element; numbers are nodes, of which the last is h_t.
        """
        checks.instance("RecurrentSpace", arch, RecurrentCell)
        words = [
            _spelled(node, *(arch.reads(i) or ("x", "h"))) for i, node in enumerate(arch.nodes)
        ]
        inject = _spelled(arch.inject, arch.inject_at, "c")
        return f"{' '.join(words)} | {inject} | c={arch.cell_from}"

    def parse(self, text: str) -> RecurrentCell:
        nodes = [
            TreeNode(next(name for name, sign in SIGNS.items() if sign == how), what)
            for what, how in re.findall(r"\b(\w+)\(\w+([+*])\w+\)", text)
            if what in ACTIVATIONS
        ]
        places = re.fullmatch(r".* \| \w+\((\d+)[+*]c\) \| c=(\d+)", text, re.ASCII)
        if places is None or len(nodes) != 2 * self.base:
            raise ValueError(f"cell {text!r}: expected {2 * self.base - 1} nodes, {self._such}")
        arch = RecurrentCell(tuple(nodes[:-1]), nodes[-1], int(places[1]), int(places[2]))
        if self.spell(arch) != text:
            raise ValueError(f"cell {text!r}: reads as {self.spell(arch)!r}, {self._such}")
        self.trace(arch)  # raises, naming the decision, for what is not in this space
        return arch

    @property
    def _such(self) -> str:
        return f"spelled as in {self.spell(self._such_a_cell)!r}"

    @cached_property
    def _such_a_cell(self) -> RecurrentCell:
        node = TreeNode(self.combinations[0], self.activations[0])
        return RecurrentCell((node,) * (2 * self.base - 1), node, 0, 0)

    def published(self) -> Mapping[str, RecurrentCell]:
        """The paper's "worked example", where this space has it: its base is 2."""
        try:
            self.trace(WORKED)
        except ValueError:
            return {}
        return {"worked example": WORKED}

    def graph(self, arch: RecurrentCell) -> Graph:
        """Top to bottom: x, h and c come in, a box for each node says what it does, h and c go."""
        checks.instance("RecurrentSpace", arch, RecurrentCell)
        nodes = [
            Node("x", "x[t]", "input", tooltip="the embedding of this token"),
            Node("h", "h[t-1]", "state", tooltip="the hidden state of the step before"),
            Node("c", "c[t-1]", "state", tooltip="the cell state of the step before"),
        ]
        edges: list[Edge] = []
        ends: dict[int, str] = {}  # the box that gives a node's value to those who read it
        for i, node in enumerate(arch.nodes):
            read = arch.reads(i)
            tails = ("x", "h") if read is None else (ends[read[0]], ends[read[1]])
            nodes.append(_box(f"node{i}", node, f"node {i}", *_read(i, read)))
            edges += [Edge(tail, f"node{i}") for tail in tails]
            ends[i] = f"node{i}"
            if i == arch.inject_at:
                nodes.append(_box("inject", arch.inject, "cell inject", f"node {i}", "c"))
                edges += [Edge(ends[i], "inject"), Edge("c", "inject")]
                ends[i] = "inject"
        nodes.append(Node("new h", "h[t]", "output", tooltip="also what the output layer reads"))
        nodes.append(Node("new c", "c[t]", "output", tooltip="the new cell state"))
        edges.append(Edge(ends[len(arch.nodes) - 1], "new h"))
        before = f"before {arch.nodes[arch.cell_from].activation}"
        edges.append(Edge(f"node{arch.cell_from}", "new c", label=before))
        title = f"recurrent cell, a tree of {arch.base} leaves: {self.spell(arch)}"
        return Graph(tuple(nodes), tuple(edges), title=title)

    def build(self, arch: RecurrentCell, task: Task) -> nn.Module:
        """The language model: (batch, time) tokens -> (batch, time, vocabulary) logits.

        Raises ValueError for a task of images, or a cell that is not in this space.
        """
        self.trace(arch)
        if not isinstance(task, TextTask):
            raise ValueError(
                f"RecurrentSpace builds networks for text: expected TextTask, got {task}"
            )
        return RecurrentNetwork(arch, task, self.units)


def _spelled(node: TreeNode, one: object, other: object) -> str:
    return f"{node.activation}({one}{SIGNS[node.combination]}{other})"


def _read(i: int, read: tuple[int, int] | None) -> tuple[str, str]:
    """What node ``i`` combines, in words."""
    if read is not None:
        return f"node {read[0]}", f"node {read[1]}"
    return f"W{2 * i + 1} x", f"W{2 * i + 2} h"  # the paper's numbers


def _box(name: str, node: TreeNode, place: str, one: str, other: str) -> Node:
    what = f"{one} {TIMES[node.combination]} {other}"
    return Node(
        name,
        node.activation,
        operation=node.activation,
        detail=what,
        tooltip=f"{place}: {node.activation} of {what}",
    )
