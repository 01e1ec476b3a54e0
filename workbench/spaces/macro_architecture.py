"""The macro-architecture: how many cells, how wide, where the image is halved. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Literal, TypeAlias

from workbench import checks
from workbench.graphs import Edge, Graph, Node

CellKind: TypeAlias = Literal["normal", "reduction"]
Stem: TypeAlias = Literal["cifar", "imagenet"]
Shape: TypeAlias = tuple[int, int, int]  # channels, height, width


@dataclass(frozen=True)
class CellPosition:
    """Where a cell stands in the stack: its number (from 0), its kind, its states' channels."""

    index: int
    kind: CellKind
    channels: int


@dataclass(frozen=True)
class MacroArchitecture:
    """A stack of ``cells`` cells, those numbered in ``reductions`` (from 0) being reductions.

    ``channels`` is the width of the first cells' states; it doubles at each reduction.

    Raises ValueError for a reduction that is not among the cells, or out of order.
    """

    cells: int
    channels: int
    reductions: tuple[int, ...]

    def __post_init__(self) -> None:
        for name in ("cells", "channels"):
            value = checks.whole(f"macro-architecture: {name}", getattr(self, name), least=1)
            checks.keep(self, **{name: value})
        given = checks.several("macro-architecture: reductions", self.reductions)
        positions = tuple([checks.whole("macro-architecture: reductions", i) for i in given])
        checks.keep(self, reductions=positions)
        if sorted(set(self.reductions) & set(range(self.cells))) != list(self.reductions):
            raise ValueError(
                "macro-architecture: reductions must be rising cell numbers from 0 to "
                f"{self.cells - 1}, got {self.reductions}"
            )

    @classmethod
    def staged(cls, *, repeats: int, channels: int, stages: int = 3) -> MacroArchitecture:
        """``repeats`` normal cells a stage, a reduction between stages (NASNet, NAS-Bench-201)."""
        reductions = tuple(stage * (repeats + 1) - 1 for stage in range(1, stages))
        return cls(stages * (repeats + 1) - 1, channels, reductions)

    @classmethod
    def thirds(cls, *, cells: int, channels: int) -> MacroArchitecture:
        """Reductions at one and at two thirds of ``cells`` (DARTS)."""
        return cls(cells, channels, tuple(sorted({cells // 3, 2 * cells // 3})))

    def positions(self, stem: Stem = "cifar") -> tuple[CellPosition, ...]:
        """Every cell's position, in order; an ImageNet stem begins with two reductions."""
        before = 2 if stem == "imagenet" else 0
        positions = [
            CellPosition(i, "reduction", max(1, self.channels >> (2 - i))) for i in range(before)
        ]
        channels = self.channels
        for i in range(self.cells):
            kind: CellKind = "reduction" if i in self.reductions else "normal"
            channels *= 2 if kind == "reduction" else 1
            positions.append(CellPosition(i + before, kind, channels))
        return tuple(positions)


def halved(shape: Shape, channels: int) -> Shape:
    """The shape after a stride of 2: half of each side, rounded up."""
    return channels, -(-shape[1] // 2), -(-shape[2] // 2)


def stack_graph(
    macro: MacroArchitecture, *, stem: Stem = "cifar", two_inputs: bool = True
) -> Graph:
    """The stack as a drawing: a box for each run of equal cells, from the image to the classifier.

    ``two_inputs``: a cell reads the last two cells; the arrow from the cell before the last is
    drawn where that cell lies outside of the boxes just joined.
    """
    runs = [list(run) for _, run in groupby(macro.positions(stem), lambda p: (p.kind, p.channels))]
    strided = ", stride 2" if stem == "imagenet" else ""
    nodes = [Node("image", "image", "input"), Node("stem", "stem", detail=f"conv 3×3{strided}")]
    edges = [Edge("image", "stem")]
    lengths = {"stem": 1}
    for run in runs:
        node = _run(run)
        before, *earlier = [*reversed(lengths)]
        edges.append(Edge(before, node.id))
        # the first cell of this run reads c[k-2]: in the box before, or in the one before that
        if two_inputs and earlier and lengths[before] == 1:
            edges.append(Edge(earlier[0], node.id, "skip", tooltip="c[k-2]"))
        lengths[node.id] = len(run)
        nodes.append(node)
    nodes.append(Node("head", "classifier", "output", detail="global average, linear"))
    edges.append(Edge(nodes[-2].id, "head"))
    reductions = len(macro.reductions)
    kind = "a reduction" if reductions == 1 else "reductions"
    title = f"{macro.cells} stacked cells, {reductions} of them {kind}"
    return Graph(tuple(nodes), tuple(edges), title=title)


def _run(run: list[CellPosition]) -> Node:
    first, last = run[0], run[-1]
    reduction = first.kind == "reduction"
    times = f" × {len(run)}" if len(run) > 1 else ""
    halves = "halves the image, " if reduction else ""
    numbers = f"cell {first.index + 1}" + (f" to {last.index + 1}" if len(run) > 1 else "")
    return Node(
        f"cell{first.index + 1}",
        f"{first.kind} cell{times}",
        "merge" if reduction else "state",
        detail=f"{halves}{first.channels} filters",
        tooltip=f"{numbers}: {first.kind}, {first.channels} filters a state",
    )
