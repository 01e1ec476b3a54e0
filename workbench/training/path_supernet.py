"""A supernet of single paths: all architectures of a space share one set of weights.

Guo et al. (2020), section 3.1: an architecture is a path through the supernet, and inherits the
weights on it. Here that is to the letter: a path's weights are those of the space's own network,
and ``network`` gives it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from jaxtyping import Shaped
from torch import Tensor, nn

from workbench.records import Task
from workbench.spaces.cell_network import Cell
from workbench.spaces.edges import EdgeSpace
from workbench.spaces.macro_architecture import CellPosition, Shape
from workbench.training.path_cell import Choice, PathCell
from workbench.training.randomness import own_draws

A = TypeVar("A")


class PathSupernet(nn.Module, Generic[A]):
    """The network of ``space`` for ``task`` with every operation on every edge of its cells.

    ``choose`` says which of them are computed, until it is called again.

    Raises ValueError for a task of text.
    """

    def __init__(self, space: EdgeSpace[A], task: Task) -> None:
        super().__init__()
        self.space, self.task = space, task

        def make(position: CellPosition, previous: Shape, current: Shape) -> Cell:
            return PathCell(space, position, previous, current)

        self.stack = space.stacked(space.macro_architecture(), task, make)
        everything = (space.operations,) * len(space.edges())
        self.choose(dict.fromkeys(space.cell_kinds(), everything))

    def cells(self) -> list[PathCell]:
        """The cells in which there is something to choose, in order."""
        return [cell for cell in self.stack.cells if isinstance(cell, PathCell)]

    def choose(self, choice: Mapping[str, Choice]) -> None:
        """From now on these operations are computed, by kind of cell and edge; others do not run.

        What is not computed has no gradient, so no step moves it.
        """
        for cell in self.cells():
            cell.choice = choice[cell.kind]

    def path(self, arch: A) -> dict[str, Choice]:
        """The choice that is one architecture: one operation an edge, none on those not kept."""
        return {
            kind: [() if name is None else (name,) for name in names]
            for kind, names in self.space.chosen(arch).items()
        }

    def forward(self, images: Shaped[Tensor, "batch c h w"]) -> Shaped[Tensor, "batch classes"]:
        """Logits of what was chosen last."""
        logits: Tensor = self.stack(images)
        return logits

    def network(self, arch: A) -> nn.Module:
        """``space.build(arch, task)`` with the weights on its path, copied, moments included."""
        reference = next(self.parameters())
        with own_draws(0):  # what is drawn is overwritten, and is nobody else's
            network = self.space.build(arch, self.task).to(reference.device, reference.dtype)
        chosen = self.space.chosen(arch)
        mine = self.stack.state_dict()
        theirs = network.state_dict()
        for number, cell in enumerate(self.stack.cells):
            if isinstance(cell, PathCell):
                start = f"cells.{number}."
                on_path = nn.ModuleList(cell.on_path(chosen[cell.kind])).state_dict().values()
                names = [name for name in theirs if name.startswith(start)]
                mine |= dict(zip(names, on_path, strict=True))
        network.load_state_dict({name: mine[name] for name in theirs})
        return network
