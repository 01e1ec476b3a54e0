"""Which weights of a larger network come from where in a smaller one, so that both compute alike.

A plan without a tensor in it. It follows channels: each output channel of the child's layers is a
copy of one of the mother's, or it is new and nobody listens to it yet. From that all network
morphisms follow, alone or several at once (Chen et al. 2016, Net2Net; Wei et al. 2016; Elsken et
al. 2017): what reads a copied channel divides its weights by the number of copies, a new channel
is read with weights of zero, and a new layer may be the identity where only values of at least 0
come in: there ReLU(x) = x.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from workbench.spaces.layers import CONVOLUTIONS
from workbench.spaces.merged_channels import (
    Aligned,
    Channel,
    NotPreservedError,
    Places,
    Reading,
    Traced,
    merged,
    passing,
    shapes_of,
)
from workbench.spaces.wiring import Branches

TRIES = 2_000


@dataclass(frozen=True)
class Transfer:
    """A layer of the child: "copied" from the mother's layer ``source``, the "identity" or "new".

    ``rows`` are its outputs, ``columns`` what it reads: channels of the mother's layer, or, of an
    identity, numbers of the mother's channels that pass ``through``. None: new. ``aligned`` says,
    where it reads a sum, how each input comes in; the sum's channels are ``columns``.
    """

    how: Literal["copied", "identity", "new"]
    source: int = 0
    rows: Places = ()
    columns: Places = ()
    through: tuple[Channel, ...] = ()
    aligned: tuple[Aligned, ...] = ()


@dataclass(frozen=True)
class Correspondence:
    """A ``Transfer`` for each layer of the child; what its classifier reads, ``head``, and has as
    ``hidden`` units."""

    layers: tuple[Transfer, ...]
    head: Places
    hidden: Places


def correspondence(
    mother: Branches, child: Branches, *, channels: int = 1, seed: int = 0
) -> Correspondence:
    """How the child can compute what the mother computes, on images of ``channels`` channels.

    ``seed`` chooses which channels a wider layer copies.

    Raises NotPreservedError where it cannot, or where no way was found.
    """
    return _Matching(mother, child, channels, seed).result()


class _Matching:
    """Goes through the child's layers in order, each being the mother's next one, or new."""

    def __init__(self, mother: Branches, child: Branches, channels: int, seed: int) -> None:
        self.mother, self.child, self.seed = mother, child, seed
        self.shapes = shapes_of(mother, channels)
        self.tries, self.depth = 0, 0
        self.why = ["", ""]  # why a new layer, if there is one, is no identity; what stopped it all

    def result(self) -> Correspondence:
        """The first way that was found. Raises NotPreservedError where there is none."""
        ours, theirs = self.child.hidden_units, self.mother.hidden_units
        if len(self.child.layers) < len(self.mother.layers):
            raise NotPreservedError("the child has fewer layers")
        if bool(ours) != bool(theirs) or ours < theirs:
            raise NotPreservedError(f"classifier: {theirs} hidden units cannot become {ours}")
        image = self.shapes[0]
        pixels = tuple((0, c) for c in range(image.channels))
        found = self._from(1, 1, (Traced(pixels, image, positive=False),), ())
        if found is None:
            raise NotPreservedError("; and as a branch: ".join(filter(None, self.why)))
        return found

    def _from(
        self, i: int, k: int, values: tuple[Traced, ...], transfers: tuple[Transfer, ...]
    ) -> Correspondence | None:
        """The child's layers from ``i`` on, where the mother's before ``k`` have their place."""
        if i > len(self.child.layers):
            return self._ended(i, k, values, transfers)
        for transfer, value in self._options(i, k, values):
            after = k + (transfer.how == "copied")
            found = self._from(i + 1, after, (*values, value), (*transfers, transfer))
            if found is not None:
                return found
        return None

    def _options(
        self, i: int, k: int, values: tuple[Traced, ...]
    ) -> Iterator[tuple[Transfer, Traced]]:
        left = len(self.mother.layers) - k + 1
        ways = [self._copied] if left else []
        if len(self.child.layers) - i + 1 > left:  # enough are to come for all of the mother's
            ways += [self._new, self._identity]
        for way in ways:
            self.tries += 1
            if self.tries > TRIES:
                self.why = ["", "there are too many ways to tell which layer is which"]
                return
            try:
                yield way(i, k, values)
            except NotPreservedError as error:
                if way == self._identity:
                    self.why[0] = self.why[0] or f"layer {i}: {error}"
                else:
                    self._note(i, f"layer {i}: {error}")

    def _note(self, i: int, why: str) -> None:
        """What stopped the way that came furthest, the first of those, is what to say."""
        if i > self.depth:
            self.depth, self.why[1] = i, why

    def _ended(
        self, i: int, k: int, values: tuple[Traced, ...], transfers: tuple[Transfer, ...]
    ) -> Correspondence | None:
        old = Reading.of(self.mother, k)
        try:
            read = merged(Reading.of(self.child, i), values, old, self.shapes)
        except NotPreservedError as error:
            self._note(i, f"classifier: {error}")
            return None
        hidden = self._wider(self.mother.hidden_units, self.child.hidden_units)
        return Correspondence(transfers, read.columns, hidden)

    def _copied(self, i: int, k: int, values: tuple[Traced, ...]) -> tuple[Transfer, Traced]:
        layer, old = self.child.layers[i - 1], self.mother.layers[k - 1]
        larger = layer.height >= old.height and layer.width >= old.width
        alike = (layer.height, layer.width) == (old.height, old.width)
        if (layer.operation, layer.stride) != (old.operation, old.stride) or not (
            alike or (larger and layer.filters)
        ):
            raise NotPreservedError(f"{layer.spell()} cannot do the work of {old.spell()}")
        if layer.filters < old.filters:
            raise NotPreservedError(f"{old.filters} filters cannot become {layer.filters}")
        mine, before = Reading.of(self.child, i), Reading.of(self.mother, k)
        read = merged(mine, values, before, self.shapes)
        rows = self._wider(old.filters, layer.filters) if layer.filters else read.columns
        channels = tuple(None if row is None else (k, row) for row in rows)
        positive = read.positive or layer.operation in CONVOLUTIONS
        transfer = Transfer("copied", k, rows, read.columns, aligned=read.aligned)
        return transfer, Traced(channels, read.shape.after(layer), positive)

    def _new(self, i: int, k: int, values: tuple[Traced, ...]) -> tuple[Transfer, Traced]:
        """Whatever it computes, nobody listens."""
        layer, mine = self.child.layers[i - 1], Reading.of(self.child, i)
        shape = mine.shape([value.shape for value in values]).after(layer)
        positive = layer.operation in CONVOLUTIONS
        return Transfer("new"), Traced((None,) * shape.channels, shape, positive)

    def _identity(self, i: int, k: int, values: tuple[Traced, ...]) -> tuple[Transfer, Traced]:
        layer, mine = self.child.layers[i - 1], Reading.of(self.child, i)
        if layer.operation == "identity":
            value, aligned = passing(mine, values, most=None)
            return Transfer("identity", aligned=aligned), value
        if layer.operation not in CONVOLUTIONS or layer.stride != 1:
            raise NotPreservedError(f"{layer.spell()} cannot be the identity")
        value, aligned = passing(mine, values, most=layer.filters)
        through = tuple(dict.fromkeys(one for one in value.channels if one is not None))
        rows = self._wider(len(through), layer.filters)
        copies = tuple(through[row] for row in rows if row is not None)
        number = {channel: n for n, channel in enumerate(through)}
        columns = tuple(None if one is None else number[one] for one in value.channels)
        transfer = Transfer("identity", 0, rows, columns, through, aligned)
        return transfer, Traced(copies, value.shape.after(layer), positive=True)

    def _wider(self, few: int, many: int) -> Places:
        """Net2Wider's g: the first ones themselves, the others copies drawn at random.

        Layers that become equally much wider copy the same channels, so that where two of them are
        added a copy meets its like.
        """
        rng = random.Random(f"{self.seed} {few} {many}")
        return (*range(few), *(rng.randrange(few) for _ in range(many - few)))
