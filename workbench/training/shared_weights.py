"""The weights that all architectures of a space share: one supernet, or a few split at one edge.

Zhao et al. (2021), few-shot NAS: what disturbs a supernet is that very different paths train the
same weights. Split at an edge, each supernet holds the paths with one operation there.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Generic, TypeVar, cast

from jaxtyping import Shaped
from torch import Tensor, nn

from workbench.records import Task
from workbench.spaces.edges import EdgeSpace
from workbench.training.path_cell import Choice
from workbench.training.path_sampling import dropped
from workbench.training.path_supernet import PathSupernet

A = TypeVar("A")


class SharedWeights(nn.Module, Generic[A]):
    """One supernet of ``space``, or with ``split``, an edge's row, one for each operation on it.

    The edge is that of the first kind of cell; an edge that is not kept counts as *none*.
    """

    def __init__(self, space: EdgeSpace[A], task: Task, *, split: int | None = None) -> None:
        super().__init__()
        self.space, self.split, self.kind = space, split, space.cell_kinds()[0]
        places = ["all"]
        if split is not None:
            places = [f"all {name}" for name in dict.fromkeys((*space.operations, "none"))]
        self.supernets = nn.ModuleDict({place: PathSupernet(space, task) for place in places})
        self.chosen = next(iter(self.supernets))

    def place(self, arch: A) -> str:
        """Which supernet the architecture's weights are in."""
        if self.split is None:
            return "all"
        return f"all {self.space.chosen(arch)[self.kind][self.split] or 'none'}"

    def of(self, arch: A) -> PathSupernet[A]:
        """The supernet that holds the architecture."""
        return cast("PathSupernet[A]", self.supernets[self.place(arch)])

    def choose(self, arch: A, choice: Mapping[str, Choice] | None = None) -> None:
        """The architecture's path from now on; or a ``choice``, in its supernet."""
        self.chosen, supernet = self.place(arch), self.of(arch)
        supernet.choose(supernet.path(arch) if choice is None else choice)

    def sample(self, rng: random.Random, *, dropout: float = 0.0) -> None:
        """A path uniformly at random; with ``dropout`` what that leaves of all paths."""
        arch = self.space.sample(rng)
        if dropout == 0.0:
            self.choose(arch)
            return
        choice = dropped(self.space, rng, rate=dropout)
        if self.split is not None:  # the supernet has this operation alone
            name = self.space.chosen(arch)[self.kind][self.split]
            rows = list(choice[self.kind])
            rows[self.split] = () if name is None else (name,)
            choice[self.kind] = rows
        self.choose(arch, choice)

    def forward(self, images: Shaped[Tensor, "batch c h w"]) -> Shaped[Tensor, "batch classes"]:
        """Logits of what was chosen last."""
        logits: Tensor = self.supernets[self.chosen](images)
        return logits

    def network(self, arch: A) -> nn.Module:
        """The space's own network of the architecture, with a copy of its weights."""
        return self.of(arch).network(arch)
