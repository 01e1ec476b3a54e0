"""The supernet: every architecture of a space in one network, mixed by weights on its edges.

Liu et al. (2019), eqs. 1 and 2: state j is Σ_{i<j} Σ_o θ^{(i,j)}_o · o(state i). Where θ is a
softmax of α this is the relaxed network of DARTS, where it is one-hot a single architecture with
the weights that all share.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

import torch
from jaxtyping import Shaped
from torch import Tensor, nn

from workbench import checks
from workbench.records import Task
from workbench.spaces.cell_network import Cell, CellNetwork
from workbench.spaces.edges import EdgeSpace
from workbench.spaces.macro_architecture import CellPosition, Shape
from workbench.training.fixed_cell import FixedCell
from workbench.training.mixed_cell import MixedCell
from workbench.training.randomness import own_draws

A = TypeVar("A")


class Supernet(nn.Module, Generic[A]):
    """The network of ``space`` for ``task`` in which every edge of a cell mixes all operations.

    ``normed_pools``: whether batch normalisation follows pooling (None: as in the space's published
    search network). ``affine``: whether batch normalisation in the cells has a scale and a shift;
    outside of the cells it always has. ``partial``: the K of PC-DARTS (Xu et al. 2020): only one
    channel in K is mixed. Batch normalisation uses the batch's own mean and variance, also in
    ``eval()``: a running mean would be that of no single architecture.

    Raises ValueError for a space without edges, a task of text, or channels that K does not divide.
    """

    def __init__(
        self,
        space: EdgeSpace[A],
        task: Task,
        *,
        normed_pools: bool | None = None,
        affine: bool = False,
        partial: int = 1,
    ) -> None:
        super().__init__()
        if not isinstance(space, EdgeSpace):
            raise ValueError(
                f"Supernet: space: expected cells with an operation on each edge, as DARTSSpace's "
                f"or TopologySpace's, got {space!r}"
            )
        if normed_pools is not None:
            normed_pools = checks.yes_or_no("Supernet: normed_pools", normed_pools)
        self.space, self.task = space, task
        self.normed_pools = space.normed_pools if normed_pools is None else normed_pools
        self.affine = checks.yes_or_no("Supernet: affine", affine)
        self.partial = checks.whole("Supernet: partial", partial, least=1)
        macro = space.macro_architecture()
        if macro.channels % self.partial:
            raise ValueError(
                f"Supernet: partial: expected a divisor of the space's {macro.channels} channels, "
                f"got {partial}"
            )

        def make(position: CellPosition, previous: Shape, current: Shape) -> Cell:
            return MixedCell(
                space,
                position,
                previous,
                current,
                normed_pools=self.normed_pools,
                affine=self.affine,
                partial=self.partial,
            )

        self.stack = batch_statistics(space.stacked(macro, task, make))

    def mixed(self) -> list[MixedCell]:
        """The cells whose edges are mixed, in order."""
        return [cell for cell in self.stack.cells if isinstance(cell, MixedCell)]

    def forward(
        self,
        images: Shaped[Tensor, "batch c h w"],
        mixture: Mapping[str, Shaped[Tensor, "edges operations"]],
    ) -> Shaped[Tensor, "batch classes"]:
        """Logits; ``mixture`` holds θ by kind of cell, one row an edge."""
        for cell in self.mixed():
            cell.theta = mixture[cell.kind]
        try:
            logits: Tensor = self.stack(images.contiguous(memory_format=torch.channels_last))
        finally:
            for cell in self.mixed():
                cell.theta = None
        return logits

    def path(self, arch: A) -> dict[str, Shaped[Tensor, "edges operations"]]:
        """θ of one architecture: 1 for the operation chosen on an edge, 0 for all others."""
        names = self.space.operations
        reference = next(self.parameters())
        return {
            kind: reference.new_tensor([[float(name == one) for name in names] for one in row])
            for kind, row in self.space.chosen(arch).items()
        }

    def network(self, arch: A) -> CellNetwork:
        """The architecture as a network of its own with these weights, copied.

        Batch normalisation stays that of the search: by batch statistics, without scale in cells.

        Raises ValueError for partial channels, of which no network of the space is made.
        """
        if self.partial > 1:
            raise ValueError("Supernet: network: expected partial=1: others have no such network")
        cells = iter(self.mixed())
        chosen = self.space.chosen(arch)

        def make(position: CellPosition, previous: Shape, current: Shape) -> Cell:
            return FixedCell(next(cells), chosen[position.kind])

        macro = self.space.macro_architecture()
        with own_draws(0):  # what is drawn is overwritten, and is nobody else's
            network = batch_statistics(self.space.stacked(macro, self.task, make))
        network.to(next(self.parameters()))
        theirs = self.stack.state_dict()
        outside = {name: theirs[name] for name in network.state_dict() if name in theirs}
        network.load_state_dict(outside, strict=False)
        return network


Network = TypeVar("Network", bound=nn.Module)


def batch_statistics(network: Network) -> Network:
    """``network`` itself, its batch normalisations without a running mean and variance."""
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.track_running_stats = False
            for name in ("running_mean", "running_var", "num_batches_tracked"):
                part.register_buffer(name, None)
    return network
