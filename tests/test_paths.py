"""Path encodings: how many paths there can be, and what a cell's are."""

from __future__ import annotations

import random

import numpy as np
import pytest
from fakes import chains

from workbench.spaces import DARTSSpace, Topology, TopologySpace
from workbench.spaces.paths import path_count, paths
from workbench.strategies.encodings import DecisionRows, PathRows


def test_lengths_of_the_published_encodings() -> None:
    assert path_count(3, 5) == 364  # NAS-Bench-101
    assert [path_count(5, longest, shortest=1) for longest in (1, 2, 3)] == [5, 30, 155]
    assert 4 * path_count(8, 4) == 18_724  # DARTS


def test_a_topology_has_four_paths_of_the_155() -> None:
    space, rng = TopologySpace(), random.Random(0)
    o = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
    # 0→1; 0→2, 1→2; 0→3, 1→3, 2→3: the paths are edges 3; 0, 4; 1, 5; 0, 2, 5
    arch = Topology((o[0], o[1], o[2], o[3], o[4], o[1]))
    assert paths(space, arch) == {(o[3],), (o[0], o[4]), (o[1], o[1]), (o[0], o[2], o[1])}
    met = set().union(*(paths(space, space.sample(rng)) for _ in range(5000)))
    assert len(met) == 155


def test_darts_paths_go_from_each_input_to_every_node() -> None:
    space, rng = DARTSSpace(nodes=2), random.Random(1)
    arch = space.sample(rng)
    found = paths(space, arch)
    assert {path[:2] for path in found} <= {
        (kind, name) for kind in ("normal", "reduction") for name in ("c[k-2]", "c[k-1]")
    }
    first = arch.normal.nodes[0]
    assert ("normal", first.first, first.first_operation) in found
    assert max(map(len, found)) <= 2 + 2


def test_rows_lie_as_far_apart_as_architectures_differ() -> None:
    space, rng = chains(), random.Random(3)  # conditional: not every decision is met
    archs = [space.sample(rng) for _ in range(20)]
    rows, owners = DecisionRows(space).rows(archs)
    distances = ((rows[:, None] - rows[None]) ** 2).sum(-1)

    def answers(arch: object) -> dict[str, object]:
        return {d.name: d.options[i] for d, i in space.trace(arch)}

    names = [decision.name for decision in space.menu()]
    for i, one in enumerate(archs):
        for j, other in enumerate(archs):
            differ = sum(answers(one).get(n) != answers(other).get(n) for n in names)
            assert distances[i, j] == pytest.approx(differ)
    assert set(owners) == set(range(len(names)))


def test_path_rows_lie_as_far_apart_as_paths_differ() -> None:
    space, rng = TopologySpace(), random.Random(3)
    archs = [space.sample(rng) for _ in range(10)]
    rows, _ = PathRows(space).rows(archs)
    for i, one in enumerate(archs):
        for j, other in enumerate(archs):
            differ = len(paths(space, one) ^ paths(space, other))
            assert np.sum((rows[i] - rows[j]) ** 2) == differ


def test_chains_have_no_path_encoding() -> None:
    with pytest.raises(ValueError, match=r"encoding 'paths' needs cells .* use encoding="):
        PathRows(chains())
    with pytest.raises(ValueError, match="ChainSpace has no path encoding"):
        paths(chains(), chains().sample(random.Random(0)))
