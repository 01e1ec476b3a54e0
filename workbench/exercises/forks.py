"""A space to be finished in ``notebooks/02_multi_branch_spaces.ipynb``: one fork, two branches.

Everything but the walk is here; what the walk asks, and what an architecture answers, is the
learner's part. A fork can multiply its branches, which ``BranchSpace`` cannot say.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor, nn

from workbench.graphs import Edge, Graph, Node
from workbench.records import Decision, ImageTask, Task
from workbench.spaces.layers import classifier
from workbench.spaces.one_decision import Steps
from workbench.spaces.primitives import convolution
from workbench.spaces.walk import Space, Walk

SIGNS = {"add": "+", "multiply": "*"}
KERNELS = (1, 3, 5)


@dataclass(frozen=True)
class Fork:
    """``left`` and ``right`` are the branches' kernels; ``right`` 0: no such branch, no merge."""

    left: int
    right: int
    merge: str


class ForkParts:
    """What of the space is not the learner's part: spelling, drawing, networks of 16 filters."""

    if TYPE_CHECKING:  # a space has it

        def trace(self, arch: Fork) -> Steps: ...

    def spell(self, arch: Fork) -> str:
        """``3+5``, ``3*5``; ``3`` where there is one branch."""
        return f"{arch.left}{SIGNS[arch.merge]}{arch.right}" if arch.right else f"{arch.left}"

    def parse(self, text: str) -> Fork:
        match = re.fullmatch(r"(\d+)(?:([+*])(\d+))?", text)
        if match is None:
            raise ValueError(f"fork {text!r}: expected one kernel or two, such as '3*5'")
        merge = next((name for name, sign in SIGNS.items() if sign == match[2]), "")
        arch = Fork(int(match[1]), int(match[3] or 0), merge)
        self.trace(arch)
        return arch

    def graph(self, arch: Fork) -> Graph:
        branches = [
            Node(name, f"conv {kernel}×{kernel}", operation="convolution", detail="16 filters")
            for name, kernel in (("left", arch.left), ("right", arch.right))
            if kernel
        ]
        merge = Node("merge", SIGNS[arch.merge], "merge") if arch.merge else None
        below = [*([merge] if merge else []), Node("head", "classifier", "output")]
        edges = [Edge("image", branch.id) for branch in branches]
        edges += [Edge(branch.id, below[0].id) for branch in branches]
        edges += [Edge("merge", "head")] if merge else []
        nodes = (Node("image", "image", "input"), *branches, *below)
        return Graph(nodes, tuple(edges), title=f"fork {self.spell(arch)}")

    def build(self, arch: Fork, task: Task) -> nn.Module:
        """The network. Raises ValueError for a task of text or an architecture of another space."""
        if not isinstance(task, ImageTask):
            raise ValueError(f"forks read images: expected ImageTask, got {task}")
        self.trace(arch)
        return ForkNetwork(arch, task)


class ForkNetwork(nn.Module):
    """Both branches, their merge, the head."""

    def __init__(self, arch: Fork, task: ImageTask) -> None:
        super().__init__()
        kernels = [kernel for kernel in (arch.left, arch.right) if kernel]
        self.branches = nn.ModuleList(
            convolution(task.channels, 16, (kernel, kernel), 1) for kernel in kernels
        )
        self.multiplies = arch.merge == "multiply"
        self.head = nn.Sequential(*classifier(16, 0, task.classes))

    def forward(self, images: Tensor) -> Tensor:
        """(batch, channels, h, w) -> (batch, classes)."""
        first, *others = [branch(images) for branch in self.branches]
        for other in others:
            first = first * other if self.multiplies else first + other
        logits: Tensor = self.head(first)
        return logits


class ForkSketch(ForkParts, Space[Fork]):
    """Two branches read the image; what they found is added or multiplied. The walk is missing."""


class Forks(ForkParts, Space[Fork]):
    """A solution: the questions in order, and what a fork answers to them."""

    def walk(self) -> Walk[Fork]:
        left = yield Decision("left kernel", KERNELS)
        right = yield Decision("right kernel", (0, *KERNELS))
        merge = ""
        if right:  # without a second branch there is nothing to merge
            merge = yield Decision("merge", ("add", "multiply"))
        return Fork(left, right, merge)

    def answers(self, arch: Fork) -> Iterator[Hashable]:
        yield arch.left
        yield arch.right
        if arch.right:
            yield arch.merge
