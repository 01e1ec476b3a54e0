"""Multi-branch networks: layer i reads any of the earlier layers (Elsken et al. 2019, figure 2).

The input of layer i is ``g_i(L_{i-1}^out, …, L_0^out)``. Which outputs are read is one yes-or-no
question each: the anchors of Zoph & Le (2017). Chains, ResNets and DenseNets are special cases.
The stitching is Zoph & Le's: a layer without an input reads the image, and all outputs that
nobody read are concatenated before the classifier, smaller maps padded with zeros.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from functools import cached_property

from torch import nn

from workbench import checks
from workbench.graphs import Graph
from workbench.records import Decision, ImageTask, Task
from workbench.spaces import wiring
from workbench.spaces.layers import MENU, Layer, LayerMenu
from workbench.spaces.merges import MERGES, BranchNetwork
from workbench.spaces.walk import Space, Walk
from workbench.spaces.wiring import PATTERNS, Branches, connections

__all__ = ["BranchSpace", "Branches", "connections"]


class BranchSpace(Space[Branches]):
    """Networks of ``min_depth`` … ``max_depth`` layers, each reading any of the layers before it.

    A layer is chosen as in ``ChainSpace``; then come its anchors, one for each earlier layer, and,
    where it reads several, how they merge: one of ``merges`` ("add", "concatenate", "pad"), once
    for the network, or (``merge_per_layer``) for each layer. With ``always_chain`` every layer
    reads the one before it: 2^((n−1)(n−2)/2) patterns of connections among n layers; without, that
    is an anchor too and there are 2^(n(n−1)/2).
    With ``stride_per_side`` stride height and stride
    width are two decisions.

    Raises ValueError for an empty or impossible setting.
    """

    ADDED_LATER = frozenset({"stride_per_side"})

    def __init__(
        self,
        *,
        min_depth: int = 1,
        max_depth: int = 5,
        operations: tuple[str, ...] = MENU,
        filters: tuple[int, ...] = (8, 16, 32),
        kernel_heights: tuple[int, ...] = (1, 3, 5),
        kernel_widths: tuple[int, ...] = (1, 3, 5),
        pool_sizes: tuple[int, ...] = (3,),
        strides: tuple[int, ...] = (1, 2),
        reductions: int = 2,
        always_chain: bool = True,
        merges: tuple[str, ...] = ("add", "concatenate", "pad"),
        merge_per_layer: bool = False,
        hidden_units: tuple[int, ...] = (0,),
        stride_per_side: bool = False,
    ) -> None:
        self._layers = menu = LayerMenu(
            owner="BranchSpace",
            min_depth=min_depth,
            max_depth=max_depth,
            operations=operations,
            filters=filters,
            kernel_heights=kernel_heights,
            kernel_widths=kernel_widths,
            pool_sizes=pool_sizes,
            strides=strides,
            reductions=reductions,
            hidden_units=hidden_units,
            stride_per_side=stride_per_side,
        )
        self.min_depth, self.max_depth = menu.min_depth, menu.max_depth
        self.operations, self.filters = menu.operations, menu.filters
        self.kernel_heights, self.kernel_widths = menu.kernel_heights, menu.kernel_widths
        self.pool_sizes, self.strides = menu.pool_sizes, menu.strides
        self.reductions, self.hidden_units = menu.reductions, menu.hidden_units
        self.stride_per_side = menu.stride_per_side
        self.always_chain = checks.yes_or_no("BranchSpace: always_chain", always_chain)
        self.merge_per_layer = checks.yes_or_no("BranchSpace: merge_per_layer", merge_per_layer)
        self.merges = checks.some_of("BranchSpace: merges", merges, MERGES)

    def walk(self) -> Walk[Branches]:
        depth = yield self._layers.depth
        layers: list[Layer] = []
        inputs: list[tuple[int, ...]] = []
        merges: list[str] = []
        for i in range(1, depth + 1):
            layers.append((yield from self._layers.walk(layers)))
            inputs.append((yield from self._anchors(i)))
            merges.append((yield from self._merge(i, inputs[-1], merges)))
        units = yield self._layers.head
        return Branches(tuple(layers), tuple(inputs), tuple(merges), units)

    def _anchors(self, i: int) -> Walk[tuple[int, ...]]:
        reads = []
        for j, anchor in zip(self._optional(i), self._anchor_questions[i]):
            if (yield anchor):
                reads.append(j)
        return tuple(reads) + (i - 1,) * (self.always_chain and i > 1)

    @cached_property
    def _anchor_questions(self) -> dict[int, tuple[Decision, ...]]:
        return {
            i: tuple(
                Decision(f"layer {i} / reads layer {j}", (False, True), "anchor", "anchor", (j, i))
                for j in self._optional(i)
            )
            for i in range(1, self.max_depth + 1)
        }

    @cached_property
    def _merge_questions(self) -> dict[int, Decision]:
        starts = {i: f"layer {i} / " * self.merge_per_layer for i in range(1, self.max_depth + 1)}
        return {i: Decision(at + "merge", self.merges, role="merge") for i, at in starts.items()}

    def _optional(self, i: int) -> range:
        return range(1, i - 1 if self.always_chain else i)

    def _merge(self, i: int, reads: tuple[int, ...], before: list[str]) -> Walk[str]:
        if len(reads) < 2:
            return ""
        chosen = [merge for merge in before if merge]
        if chosen and not self.merge_per_layer:
            return chosen[0]
        merge: str = yield self._merge_questions[i]
        return merge

    def answers(self, arch: Branches) -> Iterator[Hashable]:
        checks.instance("BranchSpace", arch, Branches)
        yield len(arch.layers)
        asked = False
        for i, (layer, reads, merge) in enumerate(
            zip(arch.layers, arch.inputs, arch.merges), start=1
        ):
            yield from layer.answers(stride_per_side=self.stride_per_side)
            yield from (j in reads for j in self._optional(i))
            if merge and (self.merge_per_layer or not asked):
                asked = True
                yield merge
        yield arch.hidden_units

    def state(self, taken: tuple[int, ...]) -> Hashable:
        """The coming decision, the depth, strides spent, inputs of this layer, a merge chosen.

        One merge for all layers is the same question wherever it is asked first: then the layer.
        """
        steps, coming = self.steps(taken)
        depth = steps[0][1] if steps and steps[0][0].name == "depth" else 0
        reduced = self._layers.reductions_so_far(steps, coming)
        merged = any(step.role == "merge" for step, _ in steps) and not self.merge_per_layer
        if coming and coming.role == "merge":
            return coming, depth, reduced, merged, steps[-1][0].between
        if len(self.merges) == 1 or merged or not (coming and coming.between):
            return coming, depth, reduced, merged  # how many inputs there are does not matter
        this = coming.between[1]
        reads = sum(index for step, index in steps if step.between and step.between[1] == this)
        return coming, depth, reduced, merged, min(reads, 2)

    def spell(self, arch: Branches) -> str:
        """``conv3x3:8-conv3x3:8-max3x3[1+2]-fc0``: see ``wiring.spell``."""
        checks.instance("BranchSpace", arch, Branches)
        return wiring.spell(arch)

    def parse(self, text: str) -> Branches:
        """The architecture so spelled. Raises ValueError that names what is wrong."""
        arch = wiring.parse(text)
        self.trace(arch)  # raises where it is not in this space
        return arch

    def published(self) -> Mapping[str, Branches]:
        """The "chain", "ResNet" and "DenseNet" of ``max_depth`` layers that this space has.

        All their layers are alike: a convolution with the first number of filters and the
        smallest kernel above 1 (where there is one).
        """
        height, width = (
            min((size for size in sizes if size > 1), default=1)
            for sizes in (self.kernel_heights, self.kernel_widths)
        )
        layers = (Layer("convolution", self.filters[0], height, width),) * self.max_depth
        found = {}
        for pattern in PATTERNS:
            merges = ("concatenate" if pattern == "DenseNet" else "add",) * self.max_depth
            arch = Branches(
                layers, connections(pattern, self.max_depth), merges, self.hidden_units[0]
            )
            if arch in self:
                found[pattern] = arch
        return found

    def __contains__(self, arch: Branches) -> bool:
        try:
            self.trace(arch)
        except ValueError:
            return False
        return True

    def graph(self, arch: Branches) -> Graph:
        """Top to bottom, one box a layer; see ``wiring.graph``."""
        checks.instance("BranchSpace", arch, Branches)
        return wiring.graph(arch)

    def build(self, arch: Branches, task: Task) -> nn.Module:
        """The network: (batch, channels, height, width) -> (batch, classes) logits.

        Raises ValueError for a task of text, an architecture that is not in this space, or an
        image that a layer would shrink below one pixel (naming the layer).
        """
        if not isinstance(task, ImageTask):
            raise ValueError(
                f"BranchSpace builds networks for images: expected ImageTask, got {task}"
            )
        self.trace(arch)
        return BranchNetwork(arch, task)
