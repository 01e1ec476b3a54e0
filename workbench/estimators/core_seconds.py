"""What a training of the table takes on one core of a processor, where a GPU trained it.

Searches on a table count its seconds as if they passed, and a cell's own are no longer to be seen
once thousands are trained together. So some cells are trained on a core for a moment, and the
seconds of all follow from what is live in them: a part that every cell has, and one an operation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

from workbench.data.images import ImageData
from workbench.estimators.abreast import live
from workbench.estimators.table_training import TableRecipe, core_seconds
from workbench.spaces.topology import Topology, TopologySpace

SAMPLE = 32  # cells


@dataclass(frozen=True)
class CoreSeconds:
    """Seconds of a core: ``always``, and ``each`` of a cell's live operations.

    ``residual`` is the standard deviation of what was measured of ``cells`` cells around it, as a
    fraction.
    """

    always: float
    each: Mapping[str, float]
    residual: float
    cells: int

    @classmethod
    def measured(
        cls,
        space: TopologySpace,
        cells: Sequence[Topology],
        data: ImageData,
        recipe: TableRecipe,
    ) -> CoreSeconds:
        """From trainings of ``cells`` on this machine, cut short and made for it."""
        seen = [core_seconds(space, arch, data, recipe) for arch in cells]
        return cls.fitted(cells, np.array(seen))

    @classmethod
    def fitted(cls, cells: Sequence[Topology], seen: Float64[np.ndarray, " cells"]) -> CoreSeconds:
        """By least squares of the relative error: ``cells`` took ``seen`` seconds each."""
        menu = sorted({name for arch in cells for name in arch.operations} - {"none"})
        counts = np.array([[1, *_counted(arch, menu)] for arch in cells], float)
        found = np.linalg.lstsq(counts / seen[:, None], np.ones(len(cells)), rcond=None)[0]
        each = {name: round(float(cost), 4) for name, cost in zip(menu, found[1:])}
        residual = float(np.std(counts @ found / seen))
        return cls(round(float(found[0]), 4), each, round(residual, 4), len(cells))

    def of(self, arch: Topology) -> float:
        """Of one training of ``arch``."""
        return self.always + float(
            np.dot(_counted(arch, [*self.each]), np.array([*self.each.values()]))
        )

    def described(self) -> dict[str, Any]:
        """As JSON values, for a table's file."""
        return asdict(self)


def _counted(arch: Topology, menu: Sequence[str]) -> list[int]:
    on_a_path = live(arch.edges)
    found = Counter(name for (_, _, name), alive in zip(arch.edges, on_a_path) if alive)
    return [found[name] for name in menu]
