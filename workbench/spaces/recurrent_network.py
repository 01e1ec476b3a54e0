"""A recurrent cell as a network for text: embedding, the cell unrolled over time, output layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from workbench import checks
from workbench.records import TextTask

Values: TypeAlias = Float[Tensor, "batch units"]
State: TypeAlias = tuple[Values, Values]  # hidden state h, cell state c

COMBINATIONS: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "add": torch.add,
    "multiply": torch.mul,  # element for element
}
ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda values: values,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
}


@dataclass(frozen=True)
class TreeNode:
    """What a node does with its two inputs: a ``combination``, then an ``activation``."""

    combination: str
    activation: str

    def __post_init__(self) -> None:
        checks.one_of("TreeNode: combination", self.combination, (*COMBINATIONS,))
        checks.one_of("TreeNode: activation", self.activation, (*ACTIVATIONS,))


@dataclass(frozen=True)
class RecurrentCell:
    """A cell's genotype: a tree over ``base`` leaves, and where the cell state enters and leaves.

    Nodes 0 … base − 1 are leaves, which read x_t and h_{t−1}; every later one reads two nodes (see
    ``reads``), and the last one's value is h_t. ``inject`` combines the value of node ``inject_at``
    with c_{t−1}; c_t is the value of node ``cell_from`` before its activation.

    Raises ValueError where this is no tree, or a node is named that it does not have.
    """

    nodes: tuple[TreeNode, ...]
    inject: TreeNode
    inject_at: int
    cell_from: int

    def __post_init__(self) -> None:
        given = checks.several("RecurrentCell: nodes", self.nodes, "(TreeNode('add', 'tanh'),) * 3")
        for node in given:
            checks.of_type("RecurrentCell: nodes", node, TreeNode)
        if len(given) < 3 or len(given) % 2 == 0:
            raise ValueError(
                "RecurrentCell: nodes: a tree of n leaves has 2n − 1 nodes, and n is at least 2, "
                f"got {len(given)} nodes"
            )
        checks.keep(self, nodes=given)
        checks.of_type("RecurrentCell: inject", self.inject, TreeNode)
        for name in ("inject_at", "cell_from"):
            place, most = getattr(self, name), len(given) - 1
            checks.whole(f"RecurrentCell: {name}", place, least=0, most=most)

    @property
    def base(self) -> int:
        """How many leaves the tree has."""
        return (len(self.nodes) + 1) // 2

    def reads(self, node: int) -> tuple[int, int] | None:
        """The two nodes that a node reads; None: it is a leaf."""
        first = 2 * (node - self.base)
        return (first, first + 1) if node >= self.base else None

    def step(self, from_input: list[Values], from_state: list[Values], cell: Values) -> State:
        """One time step: h_t and c_t out of W x_t and W h_{t−1} of each leaf, and c_{t−1}."""
        values: list[Values] = []
        kept = cell
        for number, node in enumerate(self.nodes):
            read = self.reads(number)
            one, other = (
                (from_input[number], from_state[number])
                if read is None
                else (values[read[0]], values[read[1]])
            )
            before = COMBINATIONS[node.combination](one, other)
            kept = before if number == self.cell_from else kept
            value = ACTIVATIONS[node.activation](before)
            if number == self.inject_at:
                with_cell = COMBINATIONS[self.inject.combination](value, cell)
                value = ACTIVATIONS[self.inject.activation](with_cell)
            values.append(value)
        return values[-1], kept


class RecurrentNetwork(nn.Module):
    """A cell of ``units`` units as a language model; each leaf has two weight matrices, no bias."""

    def __init__(self, cell: RecurrentCell, task: TextTask, units: int) -> None:
        super().__init__()
        self.cell, self.units = cell, units
        self.embedding = nn.Embedding(task.vocabulary, units)
        # the leaves' matrices one below the other: W1, W3, …; W2, W4, …
        self.from_input = nn.Linear(units, cell.base * units, bias=False)
        self.from_state = nn.Linear(units, cell.base * units, bias=False)
        self.head = nn.Linear(units, task.vocabulary)

    def begin(self, batch: int) -> State:
        """The state before the first token: zeros."""
        zeros = self.head.weight.new_zeros(batch, self.units)
        return zeros, zeros

    def unrolled(
        self, tokens: Int64[Tensor, "batch time"], state: State
    ) -> tuple[Float[Tensor, "batch time vocabulary"], State]:
        """Logits of the token after each of ``tokens``, and the state after the last of them."""
        hidden, cell = state
        seen = self.from_input(self.embedding(tokens))  # (batch, time, base · units)
        outputs: list[Values] = []
        for now in seen.unbind(1):
            from_state = self.from_state(hidden)  # (batch, base · units)
            hidden, cell = self.cell.step(
                list(now.split(self.units, 1)), list(from_state.split(self.units, 1)), cell
            )
            outputs.append(hidden)
        return self.head(torch.stack(outputs, 1)), (hidden, cell)

    def forward(
        self, tokens: Int64[Tensor, "batch time"]
    ) -> Float[Tensor, "batch time vocabulary"]:
        """(batch, time) tokens of a text's beginning -> (batch, time, vocabulary) logits."""
        return self.unrolled(tokens, self.begin(len(tokens)))[0]
