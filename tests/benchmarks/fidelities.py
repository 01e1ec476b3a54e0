"""The same cells at many fidelities, trained on the digits: what notebook 10's panel shows.

``python tests/benchmarks/fidelities.py`` trains 48 random cells in full, twice, and at thirteen
settings of the five knobs (some twelve minutes on one core), and keeps scores and costs in
``workbench/recordings``. Costs are forward multiply-accumulates of all images.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from workbench.data import ImageData, digits
from workbench.estimators import Fidelity
from workbench.panels.fidelity.live_study import LiveStudy
from workbench.recordings import keep
from workbench.spaces import TopologySpace

FILE = "digits-fidelities.json"
COMMAND = "python tests/benchmarks/fidelities.py"
CELLS, EPOCHS = 48, 8
SPACE = TopologySpace(channels=8, cells=2, stages=2, reduction="plain")
ALONE = (
    *(Fidelity(epochs) for epochs in (1, 2, 4)),
    *(Fidelity(EPOCHS, train_share=share) for share in (0.25, 0.5)),
    Fidelity(EPOCHS, pooling=2),
    *(Fidelity(EPOCHS, filters_share=share) for share in (0.25, 0.5)),
    Fidelity(EPOCHS, cells_share=0.5),
)
TOGETHER = tuple(
    Fidelity(4, train_share=images, filters_share=0.5, cells_share=cells)
    for images, cells in product((0.5, 1.0), (0.5, 1.0))
)


def study(
    space: TopologySpace,
    data: ImageData,
    fidelities: Sequence[Fidelity],
    *,
    cells: int,
    epochs: int,
) -> dict[str, Any]:
    """What ``read_study`` reads: full training is judged by another full training."""
    live = LiveStudy(space, data, epochs=epochs, cells=cells, seed=0)
    for fidelity in (Fidelity(epochs), *fidelities):
        for _ in live.events(fidelity):
            pass
        print(fidelity.words, flush=True)
    truth, *columns = [
        live.told[start : start + cells] for start in range(0, len(live.told), cells)
    ]
    rows = [
        {
            "knobs": fidelity.knobs,
            "scores": [round(told.evaluation.score, 6) for told in column],
            "costs": [round(told.evaluation.measures["training macs"]) for told in column],
        }
        for fidelity, column in zip((Fidelity(epochs), *fidelities), columns, strict=True)
    ]
    return {
        "command": COMMAND,
        "source": f"{cells} cells, {epochs} epochs on {data.name}",
        "truth": [round(told.evaluation.score, 6) for told in truth],
        "cost": rows[0]["costs"],
        "parameters": [round(told.evaluation.measures["parameters"]) for told in truth],
        "fidelities": rows,
    }


if __name__ == "__main__":
    found = study(SPACE, digits(), (*ALONE, *TOGETHER), cells=CELLS, epochs=EPOCHS)
    with TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        path.write_text(json.dumps(found) + "\n", encoding="utf-8")
        print(keep(path, COMMAND))
