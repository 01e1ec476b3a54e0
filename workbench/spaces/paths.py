"""A cell's paths: what its operations do to the input, one after the other, on the way out.

White, Neiswanger & Savani (2021), BANANAS: a cell is described by the set of its paths, a path
by its sequence of operations. Cells whose nodes are numbered differently have the same paths.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from workbench.protocols import SearchSpace
from workbench.spaces.darts import DARTSSpace
from workbench.spaces.darts_cell import INPUTS
from workbench.spaces.topology import TopologySpace

Path: TypeAlias = tuple[str, ...]


def path_count(operations: int, longest: int, *, shortest: int = 0) -> int:
    """How many sequences of ``shortest`` … ``longest`` operations there are: Σ_i operations ^ i.

    NAS-Bench-101: (3, 5) gives 364; NAS-Bench-201: (5, 3, shortest=1) gives 155; DARTS: four times
    (8, 4), of two cells with two inputs each, 18,724.
    """
    return sum(operations**length for length in range(shortest, longest + 1))


def has_paths(space: SearchSpace[Any]) -> bool:
    """Whether architectures of this space have paths to speak of."""
    return isinstance(space, TopologySpace | DARTSSpace)


def paths(space: SearchSpace[Any], arch: Any) -> frozenset[Path]:
    """The paths of an architecture, each once.

    Of a topology all sequences from its input to its output; *none* is an operation as the others
    are, as in the published code, so that there are always 2 ^ (nodes − 2) ways. Of a DARTS
    architecture those from either input to the concatenation, with cell and input in front.

    Raises ValueError for a space whose architectures are no cells.
    """
    if isinstance(space, TopologySpace):
        reached: dict[int, set[Path]] = {0: {()}}
        for i, j, operation in arch.edges:  # an edge's tail is complete before the edge comes
            reached.setdefault(j, set()).update((*path, operation) for path in reached[i])
        return frozenset(reached[space.nodes - 1])
    if isinstance(space, DARTSSpace):
        found: set[Path] = set()
        for kind, cell in (("normal", arch.normal), ("reduction", arch.reduction)):
            states: dict[str, set[Path]] = {name: {(kind, name)} for name in INPUTS}
            for number, node in enumerate(cell.nodes, start=1):
                ends = (
                    (node.first, node.first_operation),
                    (node.second, node.second_operation),
                )
                here = {(*path, operation) for state, operation in ends for path in states[state]}
                states[f"n{number}"] = here
                found |= here  # every node is part of the output
        return frozenset(found)
    raise ValueError(
        f"paths: {type(space).__name__} has no path encoding, expected TopologySpace or DARTSSpace"
    )
