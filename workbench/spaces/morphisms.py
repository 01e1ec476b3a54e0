"""Network morphisms: larger architectures that can compute what a smaller one computes.

Chen et al. (2016), Net2Net; Wei et al. (2016), Network morphism; Elsken et al. (2017), Simple and
efficient architecture search. Here are the architectures alone; ``training.inheritance`` hands the
weights down.

Not every such change is one. A skip connection under ``add`` between equal shapes has no weight
that could be zero (``concatenate`` and ``pad`` have; ``add`` has where shapes differ: the scale γ
of the projection). A new layer ends in ReLU, so it is the identity only after another that does,
pools in between or not. A layer that the classifier read must not be read by another instead.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Generic, Literal, TypeAlias, TypeVar, get_args

from workbench import checks
from workbench.protocols import SearchSpace
from workbench.spaces.branches import BranchSpace
from workbench.spaces.chain import Chain, ChainSpace
from workbench.spaces.correspondence import correspondence
from workbench.spaces.layers import CONVOLUTIONS, Layer
from workbench.spaces.merged_channels import shapes_of
from workbench.spaces.wiring import Branches, connections

A = TypeVar("A")

Morphism: TypeAlias = Literal["deepen", "widen", "widen kernel", "skip", "branch"]
MORPHISMS: tuple[Morphism, ...] = get_args(Morphism)
MOST = 1_000  # channels of an image


@dataclass(frozen=True)
class Morph(Generic[A]):
    """A child that can compute what its mother does; ``name`` says what is new in it."""

    kind: Morphism
    name: str
    child: A


def morphs(space: SearchSpace[A], arch: A, *, channels: int = 1) -> tuple[Morph[A], ...]:
    """Every architecture of the space that one morphism makes of ``arch``, in order.

    "deepen" inserts a convolution, as the identity; "widen" gives a layer, or the classifier, more
    filters, "widen kernel" a larger kernel; "skip" lets a layer read one more earlier layer;
    "branch" puts a convolution beside a layer's input. ``channels`` are the image's.

    Raises ValueError for a space without morphisms, or an architecture that is not in it.
    """
    channels = checks.whole("morphs: channels", channels, least=1, most=MOST)
    known(space, "morphs").decisions(arch)
    found: dict[A, Morph[A]] = {}  # two ways to the same child are one morph
    for one in (one for kind in MORPHISMS for one in proposals(space, arch, kind)):
        if one.child not in found and is_preserving(space, arch, one.child, channels=channels):
            found[one.child] = one
    return tuple(found.values())


def drawn_morph(
    space: SearchSpace[A], arch: A, rng: random.Random, *, kinds: tuple[Morphism, ...] = MORPHISMS
) -> Morph[A] | None:
    """A random one: first its kind, then which of that kind. None: there is none.

    Whoever searches does not know the images: it is one for a single channel. Where a pool of the
    image is added to as many filters as the image has channels, it may be none.
    """
    for kind in rng.sample(kinds, len(kinds)):
        found = list(proposals(space, arch, kind))
        for one in rng.sample(found, len(found)):
            if is_preserving(space, arch, one.child):
                return one
    return None


def has_morphs(space: object) -> bool:
    """Whether network morphisms are defined in this space."""
    return isinstance(space, ChainSpace | BranchSpace)


def known(space: SearchSpace[A], what: str) -> SearchSpace[A]:
    """The space, if it has morphisms. Raises ValueError where it has none."""
    if not has_morphs(space):
        raise ValueError(
            f"{what}: space: expected a ChainSpace or a BranchSpace, got a {type(space).__name__}: "
            "network morphisms are defined for these"
        )
    return space


def branched(arch: Any) -> Branches:
    """A chain as the branched network that it is; any other as it is."""
    if not isinstance(arch, Chain):
        return checks.instance("morphs", arch, Branches)
    depth = len(arch.layers)
    return Branches(arch.layers, connections("chain", depth), ("",) * depth, arch.hidden_units)


def is_preserving(space: SearchSpace[A], mother: A, child: A, *, channels: int = 1) -> bool:
    """Whether ``child`` is in the space and can compute what ``mother`` does."""
    try:
        space.decisions(child)
        correspondence(branched(mother), branched(child), channels=channels)
    except ValueError:  # not in the space; NotPreservedError is one as well
        return False
    return True


def proposals(space: SearchSpace[A], arch: A, kind: Morphism) -> Iterator[Morph[A]]:
    """What a morphism of this kind might make of ``arch``, before anything is tested."""
    made = _Proposals(known(space, "morphs"), branched(arch))
    chain = isinstance(arch, Chain)
    for name, child in getattr(made, kind.replace(" ", "_"))():
        if chain:
            if child.inputs != connections("chain", len(child.layers)):
                continue
            child = Chain(child.layers, child.hidden_units)
        yield Morph(kind, name, child)


class _Proposals:
    def __init__(self, space: Any, arch: Branches) -> None:
        self.space, self.arch = space, arch
        self.kernels = tuple(product(space.kernel_heights, space.kernel_widths))
        self.convolutions = tuple(name for name in space.operations if name in CONVOLUTIONS)

    def deepen(self) -> Iterator[tuple[str, Branches]]:
        """A convolution after each layer, in the place of what others read."""
        if len(self.arch.layers) >= self.space.max_depth:
            return
        shapes = shapes_of(self.arch, 1)
        for i in range(1, len(self.arch.layers) + 1):
            for layer in self._layers(shapes[i].channels):
                inputs = [tuple(j + (j >= i) for j in reads) for reads in self.arch.inputs]
                inputs.insert(i, (i,))
                yield f"{layer.spell()} after layer {i}", self._with(i, layer, inputs)

    def branch(self) -> Iterator[tuple[str, Branches]]:
        """A convolution between two layers, read by the later one beside what it read."""
        if len(self.arch.layers) >= self.space.max_depth or isinstance(self.space, ChainSpace):
            return
        shapes = shapes_of(self.arch, 1)
        for i in range(2, len(self.arch.layers) + 1):  # the new one is layer i, the later i + 1
            if not self.arch.inputs[i - 1]:
                continue
            sources = (i - 1,) if self.space.always_chain else range(1, i)
            for j in sources:
                for layer in self._layers(shapes[j].channels):
                    inputs = [tuple(k + (k >= i) for k in reads) for reads in self.arch.inputs]
                    inputs[i - 1] = (*inputs[i - 1], i)
                    inputs.insert(i - 1, (j,))
                    name = f"{layer.spell()} from layer {j} into layer {i}"
                    yield from self._merging(name, self._with(i - 1, layer, inputs), i + 1)

    def widen(self) -> Iterator[tuple[str, Branches]]:
        """More filters; more hidden units."""
        for i, layer in enumerate(self.arch.layers, start=1):
            for filters in self.space.filters:
                if 0 < layer.filters < filters:
                    name = f"layer {i}, {layer.filters} -> {filters} filters"
                    yield name, self._changed(i, replace(layer, filters=filters))
        units = self.arch.hidden_units
        for more in self.space.hidden_units:
            if 0 < units < more:
                name = f"classifier, {units} -> {more} hidden units"
                yield name, replace(self.arch, hidden_units=more)

    def widen_kernel(self) -> Iterator[tuple[str, Branches]]:
        """Larger kernels, the smaller in their middle."""
        for i, layer in enumerate(self.arch.layers, start=1):
            old = (layer.height, layer.width)
            for height, width in self.kernels:
                larger = height >= layer.height and width >= layer.width
                if layer.filters and larger and (height, width) != old:
                    name = f"layer {i}, {layer.height}×{layer.width} -> {height}×{width}"
                    yield name, self._changed(i, replace(layer, height=height, width=width))

    def skip(self) -> Iterator[tuple[str, Branches]]:
        """One more earlier layer is read."""
        if isinstance(self.space, ChainSpace):
            return
        for i, reads in enumerate(self.arch.inputs, start=1):
            for j in range(1, i):
                if reads and j not in reads:
                    inputs = (*self.arch.inputs[: i - 1], (*reads, j), *self.arch.inputs[i:])
                    child = replace(self.arch, inputs=inputs)
                    yield from self._merging(f"layer {j} into layer {i}", child, i)

    def _layers(self, channels: int) -> Iterator[Layer]:
        """Convolutions of that many filters."""
        if channels in self.space.filters:
            for operation, (height, width) in product(self.convolutions, self.kernels):
                yield Layer(operation, channels, height, width)

    def _with(self, place: int, layer: Layer, inputs: list[tuple[int, ...]]) -> Branches:
        """With a layer that stands at this place, counted from 0."""
        layers, merges = self.arch.layers, self.arch.merges
        return Branches(
            (*layers[:place], layer, *layers[place:]),
            tuple(inputs),
            (*merges[:place], "", *merges[place:]),
            self.arch.hidden_units,
        )

    def _changed(self, i: int, layer: Layer) -> Branches:
        layers = self.arch.layers
        return replace(self.arch, layers=(*layers[: i - 1], layer, *layers[i:]))

    def _merging(self, name: str, child: Branches, i: int) -> Iterator[tuple[str, Branches]]:
        """Layer ``i`` merges as it did; where it had one input, in each way that the space has."""
        if child.merges[i - 1]:
            yield name, child
            return
        for merge in self.space.merges:
            merges = (*child.merges[: i - 1], merge, *child.merges[i:])
            yield f"{name} ({merge})", replace(child, merges=merges)
