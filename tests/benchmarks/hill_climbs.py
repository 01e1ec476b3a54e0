"""NASH beside random search for equal seconds of one core; for notebook 12.

``python tests/benchmarks/hill_climbs.py`` (ten minutes of one core) lets both search branched
networks on Fashion-MNIST averaged to 7 × 7, where a minute is far from enough, and keeps in
``workbench/recordings`` what each trial came to and when, and the best one's test accuracy.
NASH's children, three morphisms each, inherit their mother's weights and are trained for three
epochs. Random search trains a network for twelve, as many as NASH's has after three moves. Other
settings are the same. Seconds are of the processor: what else runs does not count.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from workbench.data.images import ImageData
from workbench.estimators import FullTraining, Inherited
from workbench.estimators.table_training import table_data
from workbench.exercises.hill_climbs import FILE
from workbench.recordings import keep
from workbench.records import Told
from workbench.search import search
from workbench.spaces import BranchSpace
from workbench.strategies import NASH, RandomSearch
from workbench.verdict import open_test_images

COMMAND = "python tests/benchmarks/hill_climbs.py"
SEEDS, SECONDS, MOST = 5, 60.0, 10_000
SEARCHES: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "NASH": (partial(NASH, morphisms=3), partial(Inherited, epochs=3)),
    "random search": (RandomSearch, partial(FullTraining, epochs=12)),
}


def space() -> BranchSpace:
    """In which both search."""
    return BranchSpace(max_depth=5, merge_per_layer=True)


def searched(
    name: str, data: ImageData, *, seed: int, seconds: float, clock: Callable[[], float]
) -> dict[str, Any]:
    """A search that ends with the last trial told within ``seconds``.

    ``steps``: after which second which trial was told, and its validation accuracy; ``test``: that
    of the best one's network.
    """
    with TemporaryDirectory() as folder:
        searches, trains = SEARCHES[name]
        strategy = searches(space(), seed=seed)
        estimator = trains(
            space(), data, batch_size=100, device="cpu", checkpoints=Path(folder)
        )  # fmt: skip
        begun, told = clock(), list[tuple[float, Told[Any]]]()
        events = search(strategy, estimator, trials=MOST, seed=seed)
        for event in events:
            now = clock() - begun
            if now > seconds:
                events.close()  # type: ignore[attr-defined]
                break
            if isinstance(event, Told):
                told.append((now, event))
        best = max((each for _, each in told), key=lambda each: each.evaluation.sort_key)
        test = open_test_images(estimator, data, best).score
    steps = [[round(t, 2), each.trial, round(each.evaluation.score, 4)] for t, each in told]
    found = {"network": space().spell(best.candidate.arch), "test": round(test, 4)}
    found["parameters"] = best.evaluation.measures["parameters"]
    return {"strategy": name, "seed": seed, **found, "steps": steps}


def written(rows: list[dict[str, Any]], folder: Path) -> Path:
    """The rows as a file."""
    path = folder / FILE
    about = {"command": COMMAND, "seconds": SECONDS, "images": "fashion 7 × 7"}
    head = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in about.items())
    lines = ",\n ".join(json.dumps(row) for row in rows)
    path.write_text(f'{{{head},\n"rows": [\n {lines}]}}\n', encoding="utf-8")
    return path


def main() -> None:
    data, rows = table_data(), list[dict[str, Any]]()
    for seed in range(SEEDS):
        for name in SEARCHES:
            rows.append(
                searched(name, data, seed=seed, seconds=SECONDS, clock=time.process_time)
            )  # fmt: skip
            print(name, seed, rows[-1]["steps"][-1], rows[-1]["test"], file=sys.stderr)
    with TemporaryDirectory() as folder:
        keep(written(rows, Path(folder)), COMMAND)


if __name__ == "__main__":
    main()
