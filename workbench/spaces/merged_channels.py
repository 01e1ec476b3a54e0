"""What a layer reads, followed channel by channel through its merge, in a mother and her child.

The child may read more than the mother's layer did. In a concatenation what is new is read with
weights of zero; in a sum it can only be silenced where it comes in through a projection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from workbench.spaces.merges import Shape, merged_shape
from workbench.spaces.wiring import Branches

Places: TypeAlias = tuple[int | None, ...]  # which of the mother's channels; None: a new one
Channel: TypeAlias = tuple[int, int]  # of the mother: the layer (0: the image), its output channel


class NotPreservedError(ValueError):
    """The child's function cannot be the mother's; the message says where and why."""


@dataclass(frozen=True)
class Traced:
    """An output of the child's: its channels' originals, and whether these are never below 0."""

    channels: tuple[Channel | None, ...]
    shape: Shape
    positive: bool

    @property
    def places(self) -> Places:
        """The originals' numbers in their layer."""
        return tuple(None if one is None else one[1] for one in self.channels)


@dataclass(frozen=True)
class Aligned:
    """An input of the child's sum: left "as it is", or its projection is "copied" from that of the
    mother's input ``source``, made the "identity", or "silent" (a scale γ of 0).

    ``columns``: the channels of the mother's input that come in.
    """

    how: Literal["as it is", "copied", "identity", "silent"]
    source: int = 0
    columns: Places = ()


@dataclass(frozen=True)
class Merged:
    """What a child's layer reads: each channel's place in what the mother's layer reads.

    Of a sum ``aligned`` says how each input comes in.
    """

    columns: Places
    shape: Shape
    positive: bool
    aligned: tuple[Aligned, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What a layer reads: the outputs of the layers ``reads`` (0: the image), by ``merge``."""

    reads: tuple[int, ...]
    merge: str

    @classmethod
    def of(cls, arch: Branches, i: int) -> Reading:
        """What layer ``i`` of ``arch`` reads; after the last one the classifier."""
        if i > len(arch.layers):
            return cls(arch.ends, "pad" if len(arch.ends) > 1 else "")
        return cls(arch.inputs[i - 1] or (0,), arch.merges[i - 1])

    def shape(self, shapes: Sequence[Shape]) -> Shape:
        """The merged map's, where ``shapes`` are those of the image and the layers."""
        return merged_shape(self.merge or "concatenate", [shapes[j] for j in self.reads])


def shapes_of(arch: Branches, channels: int) -> list[Shape]:
    """The shape of the image and of each layer's output."""
    shapes = [Shape(channels)]
    for i, layer in enumerate(arch.layers, start=1):
        shapes.append(Reading.of(arch, i).shape(shapes).after(layer))
    return shapes


def merged(
    mine: Reading, values: Sequence[Traced], old: Reading, shapes: Sequence[Shape]
) -> Merged:
    """What the child reads (``mine``) in the place of what the mother did (``old``).

    ``values`` are the outputs of the child's layers so far, ``shapes`` those of the mother's.

    Raises NotPreservedError where something of the mother's is missing or would change.
    """
    shape, before = mine.shape([value.shape for value in values]), old.shape(shapes)
    if shape.reduced != before.reduced:
        raise NotPreservedError("the maps read together get another size")
    if mine.merge == "add":
        return _summed(mine, values, old, shapes)
    alike = all(shapes[j].reduced == before.reduced for j in old.reads)
    if old.merge == "add" or not (alike or old.merge in ("", mine.merge)):
        raise NotPreservedError(f"{old.merge} cannot become {mine.merge or 'one input'}")
    channels = [(j, c) for j in old.reads for c in range(shapes[j].channels)]
    number = {channel: n for n, channel in enumerate(channels)}
    read = [one for j in mine.reads for one in values[j].channels]
    columns = tuple(None if one is None else number.get(one) for one in read)
    if len({*columns} - {None}) < len(channels):
        raise NotPreservedError("something that was read is not read any more")
    heard = [values[j] for j in mine.reads if not number.keys().isdisjoint(values[j].channels)]
    return Merged(columns, shape, all(value.positive for value in heard))


def passing(
    mine: Reading, values: Sequence[Traced], *, most: int | None
) -> tuple[Traced, tuple[Aligned, ...]]:
    """What a layer that the mother did not have can hand on unchanged; the rest it ignores.

    ``most``: so many channels, none ever below 0, as it ends in ReLU; None: it has no weights. The
    later inputs come first. Of a sum it is the last, the others being silent.

    Raises NotPreservedError where that is nothing.
    """
    ours, shape = [values[j] for j in mine.reads], mine.shape([value.shape for value in values])
    summed, through = mine.merge == "add", set[Channel]()
    channels: list[tuple[Channel | None, ...]] = []
    for value in reversed(ours):
        more = through.union(one for one in value.channels if one is not None)
        fits = value.shape.reduced == shape.reduced and not (summed and value is not ours[-1])
        if most is not None:
            fits = fits and value.positive and len(more) <= most
        through = more if fits else through
        channels.insert(0, value.channels if fits else (None,) * value.shape.channels)
    if most is not None and not any(value.positive for value in ours):
        raise NotPreservedError(
            "it ends in ReLU and reads what may be below 0, so it cannot be the identity; deepen "
            "only after a layer that ends in ReLU"
        )
    if not through or (summed and any(value.shape == shape for value in ours[:-1])):
        raise NotPreservedError("it cannot hand on unchanged what it reads")
    if summed:
        silent = (Aligned("silent"),) * (len(ours) - 1)
        return ours[-1], (*silent, Aligned("as it is"))
    positive = all(value.positive for value in ours)
    return Traced(tuple(one for group in channels for one in group), shape, positive), ()


def _summed(
    mine: Reading, values: Sequence[Traced], old: Reading, shapes: Sequence[Shape]
) -> Merged:
    """The child adds: each of the mother's inputs is one of its, the others must be silent."""
    if old.merge not in ("add", ""):
        raise NotPreservedError(f"{old.merge} cannot become add")
    ours = [values[j] for j in mine.reads]
    shape, before = mine.shape([value.shape for value in values]), old.shape(shapes)
    sources = _sources(ours, old, shapes)
    straight = [shapes[j] == before for j in old.reads]  # added without a projection
    base, rows = sources[-1], ours[-1].places
    if base is None or not (base == len(old.reads) - 1 or straight[base]):
        raise NotPreservedError("under add the last input decides how many channels there are")
    aligned = []
    for value, source in zip(ours, sources):
        as_it_is = value.shape == shape
        if source is None and as_it_is:
            raise NotPreservedError(
                "add between equal shapes has no weight that could be zero; use concatenate or "
                "pad, or an input of another shape: its projection can be silent"
            )
        if source is None:
            aligned.append(Aligned("silent"))
        elif not as_it_is:
            how: Literal["copied", "identity"] = "identity" if straight[source] else "copied"
            aligned.append(Aligned(how, source, value.places))
        elif straight[source] and value.places == rows:
            aligned.append(Aligned("as it is", source))
        else:
            raise NotPreservedError("a projection would vanish from the sum")
    heard = [(one, a.how) for one, a in zip(ours, aligned) if a.how != "silent"]
    positive = all(one.positive and how == "as it is" for one, how in heard)
    return Merged(rows, shape, positive, tuple(aligned))


def _sources(ours: Sequence[Traced], old: Reading, shapes: Sequence[Shape]) -> list[int | None]:
    """Which of the mother's inputs each of the child's is; None: another one."""
    sources: list[int | None] = [None] * len(ours)
    for source, j in enumerate(old.reads):
        whole = {(j, c) for c in range(shapes[j].channels)}
        holds = (n for n, value in enumerate(ours) if {*value.channels} - {None} == whole)
        place = next((n for n in holds if sources[n] is None), None)
        if place is None:
            raise NotPreservedError("something that was added is not added any more")
        sources[place] = source
    return sources
