"""Twenty children that inherited beside the same networks from scratch; for notebook 12.

``python tests/benchmarks/inheritance_pairs.py`` trains them (six minutes of one core) and keeps
their learning curves in ``workbench/recordings``. Mothers are random branched networks of two to
four layers, some of which learn, trained for eight epochs on digits; a child is one random network
morphism away. Nothing is left out.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from workbench.data import digits
from workbench.data.images import ImageData
from workbench.exercises.trained_pair import FILE, pair
from workbench.recordings import keep
from workbench.spaces import BranchSpace
from workbench.spaces.branches import Branches
from workbench.spaces.morphisms import Morph, drawn_morph

COMMAND = "python tests/benchmarks/inheritance_pairs.py"
PAIRS, EPOCHS, FURTHER = 20, 8, (2, 4, 8)


def space() -> BranchSpace:
    """Of mothers and children."""
    return BranchSpace(min_depth=2, max_depth=4)


def drawn(seed: int) -> tuple[Branches, Morph[Branches]]:
    """A mother with a layer that learns, and a morph of her."""
    rng, mothers = random.Random(seed), space()
    while True:
        mother = mothers.sample(rng)
        if any(layer.filters for layer in mother.layers):
            morph = drawn_morph(mothers, mother, rng)
            if morph is not None:
                return mother, morph


def rows(seed: int, data: ImageData, *, epochs: int, further: Sequence[int]) -> list[Any]:
    """The pairs of one mother, a row for each number of epochs further."""
    mother, morph = drawn(seed)
    found = pair(space(), data, mother, morph.child, epochs=epochs, further=further, seed=seed)
    said = {
        "morph": f"{morph.kind}: {morph.name}",
        "from": space().spell(mother),
        "to": space().spell(morph.child),
    }
    return [said | dict(row) for row in found.rows]


def rounded(row: dict[str, Any]) -> dict[str, Any]:
    """Curves to four digits."""
    return {
        name: [round(each, 4) for each in value] if isinstance(value, list | tuple) else value
        for name, value in row.items()
    }


def written(found: Sequence[dict[str, Any]], folder: Path) -> Path:
    """The rows as a file."""
    path = folder / FILE
    lines = ",\n ".join(json.dumps(rounded(row), ensure_ascii=False) for row in found)
    path.write_text(f'{{"command": {json.dumps(COMMAND)},\n"rows": [\n {lines}]}}\n', "utf-8")
    return path


def main() -> None:
    data = digits()
    found = list[dict[str, Any]]()
    for seed in range(PAIRS):
        found += rows(seed, data, epochs=EPOCHS, further=FURTHER)
        print(found[-1]["morph"], file=sys.stderr)
    with TemporaryDirectory() as folder:
        keep(written(found, Path(folder)), COMMAND)


if __name__ == "__main__":
    main()
