"""A line through a cell space, of ``notebooks/05_bayesian_optimization.ipynb``: 28 cells in a row.

Neighbours on the line differ in a single edge, so "close" means "alike", and a Gaussian process
can be drawn along it. The line was laid by hand so that it climbs, falls and climbs again. Its
cells were trained beforehand, three seeds each; ``Measured`` looks the mean up.
"""

from __future__ import annotations

from collections.abc import Generator, Hashable, Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from torch import nn

from workbench import checks
from workbench.graphs import Graph
from workbench.protocols import SearchSpace
from workbench.records import Candidate, Decision, Evaluation, Event, Task, Told
from workbench.scales import ACCURACY
from workbench.spaces.topology import Topology, TopologySpace
from workbench.spaces.walk import Space, Walk

LETTERS = MappingProxyType(
    {
        "a": "avg_pool_3x3",
        "s": "skip_connect",
        "o": "nor_conv_1x1",
        "c": "nor_conv_3x3",
    }
)
EPOCHS, SEEDS = 3, (0, 1, 2)
# The six edges of each cell, in order, and its validation accuracy on the digits: mean of SEEDS.
LINE: tuple[tuple[str, float], ...] = (
    ("aaaaaa", 0.6676),
    ("aaasaa", 0.6954),
    ("aaasao", 0.7280),
    ("aaasac", 0.8255),
    ("aaosac", 0.8310),
    ("aoosac", 0.8580),
    ("ooosac", 0.8849),
    ("ooosoc", 0.8552),
    ("ooosoo", 0.6360),
    ("ososoo", 0.5144),
    ("osssoo", 0.6379),
    ("osssso", 0.5803),
    ("ssssso", 0.5618),
    ("ssssss", 0.4726),
    ("sssass", 0.5599),
    ("sssasa", 0.6723),
    ("assasa", 0.7010),
    ("ossasa", 0.7103),
    ("cssasa", 0.8997),
    ("cosasa", 0.9155),
    ("ccsasa", 0.9099),
    ("ccoasa", 0.9461),
    ("cccasa", 0.9267),
    ("cccosa", 0.9387),
    ("cccssa", 0.9295),
    ("ccassa", 0.8997),
    ("acassa", 0.8282),
    ("aaassa", 0.6899),
)


def line_space() -> TopologySpace:
    """The cell space that the line runs through: narrow networks, two cells deep."""
    return TopologySpace(
        operations=tuple(LETTERS.values()), channels=4, cells=1, stages=2, reduction="plain"
    )


class CellLine(Space[Topology]):
    """One decision: the place on the line, 0, 1, … An architecture is the cell that stands there.

    Everything else is as in ``line_space``.
    """

    def __init__(self) -> None:
        self.cells = tuple(Topology(tuple(LETTERS[each] for each in word)) for word, _ in LINE)
        self._whole = line_space()
        self._places = {cell: place for place, cell in enumerate(self.cells)}

    def walk(self) -> Walk[Topology]:
        place = yield Decision("place on the line", tuple(range(len(self.cells))))
        return self.cells[place]

    def answers(self, arch: Topology) -> Iterator[Hashable]:
        checks.instance("CellLine", arch, Topology)
        yield self.place(arch)

    def place(self, arch: Topology) -> int:
        """Where on the line a cell stands. Raises ValueError for a cell that is not on it."""
        if arch not in self._places:
            raise ValueError(f"CellLine: expected one of its {len(self.cells)} cells, got {arch}")
        return self._places[arch]

    def spell(self, arch: Topology) -> str:
        return self._whole.spell(arch)

    def parse(self, text: str) -> Topology:
        arch = self._whole.parse(text)
        self.place(arch)
        return arch

    def graph(self, arch: Topology) -> Graph:
        return self._whole.graph(arch)

    def build(self, arch: Topology, task: Task) -> nn.Module:
        self.place(arch)
        return self._whole.build(arch, task)


class Measured:
    """Says what was measured: the mean accuracy of a cell on the line, after 3 epochs, 3 seeds.

    Nothing is trained, so an answer takes no time and is the same each time.
    """

    scale = replace(ACCURACY, window=(0.3, 1.1))  # panels of several rules are compared

    def __init__(self, space: CellLine, data: object = None) -> None:
        self.space: SearchSpace[Topology] = space
        self.data, self._line = data, space

    def prepare(self, *, seed: int) -> Generator[Event[Topology], None, None]:
        """Nothing to prepare."""
        yield from ()

    def estimate(
        self, candidate: Candidate[Topology], *, trial: int, seed: int
    ) -> Generator[Event[Topology], None, Evaluation]:
        """The mean over the seeds. Raises ValueError for a cell that is not on the line."""
        yield from ()
        return Evaluation(self.mean(candidate.arch), 0.0)

    def mean(self, arch: Topology) -> float:
        """What is looked up, a fraction."""
        return LINE[self._line.place(arch)][1]

    def tell(self, told: Told[Any]) -> None:
        """Nothing to learn."""
