"""A table of your own: scores that a benchmark publishes, or that you have measured.

Published benchmarks answer with numbers by architecture. This makes them a ``TableFile``::

    scores = {"|nor_conv_3x3~0|+|…|+|…|": (0.9161, 0.9149), …}  # two seeds; fractions, not per cent
    table_from_scores(TopologySpace(), scores).save(Path("mine.npz"))
    table = Table(path="mine.npz")
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench import checks
from workbench.estimators.table_file import ACCURACY, FORMAT, VERSION, TableFile
from workbench.settings import describe
from workbench.spaces.topology import Topology, TopologySpace

TEST = "test accuracy"


def table_from_scores(
    space: TopologySpace,
    scores: Mapping[Any, Any],
    *,
    test_scores: Mapping[Any, Any] | None = None,
    seconds: int | float = 1.0,
    source: str = "converted",
) -> TableFile:
    """A table of the validation accuracies ``scores``: architecture (or its spelling) -> numbers.

    They are a number, one for each seed, or an array (seeds, epochs) of learning curves; all of as
    many epochs. Isomorphic cells are one cell, so what a benchmark says of the second spelling are
    more seeds of the first. ``test_scores`` are of the same shape. ``seconds`` is what a training
    is said to take. Parameters and MACs are not known and entered as 0.

    Raises ValueError for an architecture that is not in the space, accuracies outside [0, 1],
    and numbers that do not fit together.
    """
    seconds = checks.number("table_from_scores: seconds", seconds, least=0.0, below=math.inf)
    source = checks.text("table_from_scores: source", source)
    trained: dict[str, list[Any]] = {}  # canonical text -> (seeds, epochs) of each spelling
    tests: dict[str, list[Any]] = {}
    spellings: dict[str, str] = {}
    for given, values in scores.items():
        arch = space.parse(given) if isinstance(given, str) else given
        space.trace(checks.instance("table_from_scores", arch, Topology))
        key = space.canonical(arch)
        spellings.setdefault(key, space.spell(arch))
        trained.setdefault(key, []).append(_curves(given, values))
        if test_scores is not None:
            if given not in test_scores:
                raise ValueError(f"test_scores: nothing for {given!r}: expected all or none")
            tests.setdefault(key, []).append(_curves(given, test_scores[given]))
    if not trained:
        raise ValueError("scores: expected at least one architecture, got none")
    keys = tuple(sorted(trained))
    runs = [sum(len(part) for part in trained[key]) for key in keys]
    nothing = np.zeros(len(keys), np.int64)
    curves = {ACCURACY: _stacked(keys, trained)}
    if test_scores is not None:
        curves[TEST] = _stacked(keys, tests)
    return TableFile(
        header={
            "format": FORMAT,
            "version": VERSION,
            "space": describe(space),
            "data": {"name": source},
            "rule": "published",
        },
        keys=keys,
        spellings=tuple(spellings[key] for key in keys),
        parameters=nothing,
        macs=nothing,
        cells=np.repeat(np.arange(len(keys)), runs).astype(np.int64),
        seeds=np.concatenate([np.arange(n) for n in runs]).astype(np.int64),
        seconds=np.full(sum(runs), checks.number("seconds", seconds, least=0.0), np.float32),
        curves=curves,
    )


def _curves(given: Any, values: Any) -> Any:
    """(seeds, epochs) of one architecture."""
    array = np.asarray(values, np.float64)
    if array.ndim > 2 or not array.size:
        raise ValueError(
            f"scores: {given!r}: expected a number, one a seed, or (seeds, epochs), got shape "
            f"{array.shape}"
        )
    return array.reshape(1, 1) if array.ndim == 0 else array.reshape(len(array), -1)


def _stacked(keys: tuple[str, ...], of: Mapping[str, list[Any]]) -> Any:
    parts = [part for key in keys for part in of[key]]
    lengths = {part.shape[1] for part in parts}
    if len(lengths) > 1:
        raise ValueError(f"scores: expected as many epochs of all, got {sorted(lengths)}")
    return np.concatenate(parts).astype(np.float32)
