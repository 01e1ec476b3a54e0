"""The same architectures, built with fewer filters or fewer cells: cheaper twins of them.

As NASNet, AmoebaNet and DARTS search with a smaller stack than they train at the end: the genotype
stays, what is built of it shrinks (Elsken et al. 2019, section 4, downscaled models).
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Hashable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

from workbench import checks
from workbench.graphs import Graph
from workbench.records import Task
from workbench.spaces.branches import BranchSpace
from workbench.spaces.chain import ChainSpace
from workbench.spaces.hierarchical import MacroSpace
from workbench.spaces.layers import Layer
from workbench.spaces.macro_architecture import MacroArchitecture
from workbench.spaces.walk import Space, Walk

if TYPE_CHECKING:
    from torch import nn

A = TypeVar("A")


class Narrower(Space[A]):
    """``space``, whose networks have only so many ``filters_share`` and ``cells_share`` of theirs.

    Shares are in (0, 1]; of filters and of each run of cells between two reductions at least one
    stays, and every reduction does. A space of cells is built in a smaller macro-architecture, of a
    ``ChainSpace`` or ``BranchSpace`` each layer's filters are fewer (the head stays as it is).

    Raises ValueError for other spaces, and for fewer cells of a space without cells.
    """

    def __init__(
        self, space: Space[A], *, filters_share: float = 1.0, cells_share: float = 1.0
    ) -> None:
        self.space = space
        self.filters_share = share("filters_share", filters_share)
        self.cells_share = share("cells_share", cells_share)
        stacks = isinstance(space, MacroSpace) or hasattr(space, "build_in")
        layered = isinstance(space, ChainSpace | BranchSpace)
        if self.cells_share < 1 and not stacks:
            raise ValueError(
                f"cells_share: {type(space).__name__} stacks no cells: expected 1, got "
                f"{self.cells_share:g}"
            )
        if self.filters_share < 1 and not (stacks or layered):
            raise ValueError(
                f"filters_share: what the filters of {type(space).__name__} are is not known: "
                f"expected 1, got {self.filters_share:g}; build_in(macro, arch, task) would say"
            )

    def walk(self) -> Walk[A]:
        return self.space.walk()

    def answers(self, arch: A) -> Iterator[Hashable]:
        return self.space.answers(arch)

    def state(self, taken: tuple[int, ...]) -> Hashable:
        return self.space.state(taken)

    def spell(self, arch: A) -> str:
        return self.space.spell(arch)

    def parse(self, text: str) -> A:
        return self.space.parse(text)

    def graph(self, arch: A) -> Graph:
        return self.space.graph(arch)

    def build(self, arch: A, task: Task) -> nn.Module:
        """The smaller network. Raises what the space's own ``build`` does."""
        space: Any = self.space
        which: Any = arch
        network: nn.Module
        if isinstance(space, MacroSpace):
            space._check(which)
            network = space.space.build_in(self._macro(which.macro), which.cell, task)
        elif hasattr(space, "build_in"):
            network = space.build_in(self._macro(space.macro_architecture()), arch, task)
        elif self.filters_share == 1:
            network = space.build(arch, task)
        else:
            space.decisions(arch)  # its twin's filters may be those of another
            network = self._twin(space).build(self._thin(which), task)
        return network

    def _macro(self, macro: MacroArchitecture) -> MacroArchitecture:
        """Fewer filters, and fewer cells in each run between two reductions."""
        ends = (-1, *macro.reductions, macro.cells)
        runs = [after - before - 1 for before, after in pairwise(ends)]
        left = [fewer(run, self.cells_share) if run else 0 for run in runs]
        reductions, place = [], -1
        for run in left[:-1]:
            place += run + 1
            reductions.append(place)
        cells = sum(left) + len(reductions)
        return MacroArchitecture(
            cells, fewer(macro.channels, self.filters_share), tuple(reductions)
        )

    def _twin(self, space: Any) -> Any:
        """A space of the same settings whose layers may have as few filters as that."""
        given = {name: getattr(space, name) for name in inspect.signature(type(space)).parameters}
        given["filters"] = tuple(
            dict.fromkeys(fewer(number, self.filters_share) for number in space.filters)
        )
        return type(space)(**given)

    def _thin(self, arch: Any) -> Any:
        return replace(arch, layers=tuple([self._thinner(layer) for layer in arch.layers]))

    def _thinner(self, layer: Layer) -> Layer:
        if not layer.filters:
            return layer
        return replace(layer, filters=fewer(layer.filters, self.filters_share))


def share(name: str, value: Any) -> float:
    """A share in (0, 1]. Raises ValueError for anything else."""
    return checks.number(name, value, above=0.0, most=1.0, cure="1 is all of it")


def fewer(number: int, share_: float) -> int:
    """This share of a number, rounded, and at least one."""
    return max(1, math.floor(number * share_ + 0.5))
