"""The table on a GPU: many cells at once compute and learn what each computes and learns alone."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from test_table_maker import RECIPE, TASK, few, small_space
from torch import nn

from workbench.estimators import cell_classes, table_maker
from workbench.estimators.abreast import lean
from workbench.estimators.cells_at_once import CellsAtOnce, windows
from workbench.estimators.core_seconds import CoreSeconds
from workbench.estimators.table_file import CURVES, TableFile
from workbench.estimators.table_maker import make_table
from workbench.estimators.table_parts import header_of, make_part, merge_parts
from workbench.estimators.table_training import (
    TableRecipe,
    core_seconds,
    entry_seed,
    train_at_once,
    train_entry,
)
from workbench.spaces import Topology, TopologySpace, topology
from workbench.training.randomness import own_draws

SPACE = TopologySpace(channels=4, cells=1, stages=2, reduction="plain")
NOTHING = Topology(("none",) * 6)
POOLS = Topology(("avg_pool_3x3",) * 6)  # all that stands between its gradient and the images
CORE = CoreSeconds(1.0, {"nor_conv_3x3": 0.5, "skip_connect": 0.1}, 0.0, 1)


def cells() -> list[Topology]:
    """Random ones, one that no path leads through, and one of a single operation."""
    return [NOTHING, POOLS, *(SPACE.sample(random.Random(number)) for number in range(9))]


def networks() -> list[nn.Module]:
    made = []
    for seed, arch in enumerate(cells()):
        with own_draws(seed):
            made.append(lean(SPACE.build(arch, TASK)))
    return made


@pytest.mark.parametrize("training", [True, False])
def test_each_network_computes_what_it_computes_alone_gradients_too(training: bool) -> None:
    alone = [network.double().train(training) for network in networks()]
    whole = CellsAtOnce(alone).train(training)
    draw = torch.Generator().manual_seed(0)
    images = torch.randn(6, len(alone), 1, 7, 7, generator=draw, dtype=torch.double)
    found = whole(images)
    each = [network(images[:, number]) for number, network in enumerate(alone)]
    torch.testing.assert_close(found, torch.stack(each, 1))
    if training:
        stem = whole.get_parameter("stem.0.weight")
        (ours,) = torch.autograd.grad(found.square().sum(), [stem])
        for number, network in enumerate(alone):
            loss = each[number].square().sum()
            weight = network.get_parameter("stem.0.weight")
            theirs = torch.autograd.grad(loss, [weight], allow_unused=True)[0]
            expected = torch.zeros_like(weight) if theirs is None else theirs
            torch.testing.assert_close(ours[number], expected)


def test_windows_are_what_a_convolution_reads() -> None:
    maps = torch.randn(2, 3, 6, 5, 4, dtype=torch.double)  # (n, c, b, h, w)
    expected = nn.functional.unfold(maps[1].transpose(0, 1), 3, padding=1)  # (b, c · 9, h · w)
    found = windows(maps, 3)[1].view(27, 6, 20)
    torch.testing.assert_close(found, expected.permute(1, 0, 2))


def test_the_gradient_of_a_convolution_is_its_difference_quotient() -> None:
    maps = torch.randn(2, 2, 3, 3, 2, dtype=torch.double, requires_grad=True)
    layer = CellsAtOnce([network.double() for network in networks()[:2]]).stem[0]
    layer.weight = nn.Parameter(torch.randn(2, 3, 2, 3, 3, dtype=torch.double))
    assert torch.autograd.gradcheck(layer, (maps,))


def test_trained_at_once_is_trained_one_by_one() -> None:
    data = few()
    seeded = [(arch, SPACE.canonical(arch)) for arch in cells()[::2]]
    pairs = [(arch, entry_seed(key, seed)) for arch, key in seeded for seed in (0, 1)]
    found = train_at_once(SPACE, pairs, data, RECIPE, torch.device("cpu"))
    assert set(found) == set(CURVES)
    for number, (arch, seed) in enumerate(pairs):
        alone = train_entry(SPACE, arch, data, [seed], RECIPE)
        for name, curve in alone.curves.items():
            # one of 30 images may fall to the other side of a border by rounding
            np.testing.assert_allclose(found[name][number], curve[0], atol=0.04, rtol=1e-2)


@pytest.mark.gpu
def test_a_gpu_trains_what_the_processor_trains(tmp_path: Path) -> None:
    data = few()
    pairs = [(arch, seed) for arch in cells()[::2] for seed in (0, 1)]
    found = train_at_once(SPACE, pairs, data, RECIPE, torch.device("cuda"))
    again = train_at_once(SPACE, pairs, data, RECIPE, torch.device("cpu"))
    for name, curve in again.items():
        np.testing.assert_allclose(found[name], curve, atol=0.04, rtol=1e-2)
    space, wishes = small_space(), {"seeds": (0, 1), "recipe": RECIPE, "cells": 5}
    made = list(make_table(tmp_path, space, data, device="cuda", **wishes))
    assert made[-1].done == 10
    table = merge_parts(tmp_path)
    assert "device" in table.header["machine"][0]
    assert (table.seconds > 0).all()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (TopologySpace(channels=2, cells=1, stages=2), "ResidualReduction"),
        (nn.Sequential(nn.ReLU()), "expected stacks of cells"),
    ],
)
def test_other_networks_are_refused(wrong: Any, said: str) -> None:
    network = wrong.build(NOTHING, TASK) if isinstance(wrong, TopologySpace) else wrong
    with pytest.raises(ValueError, match=said):
        CellsAtOnce([lean(network)])


def test_the_cells_of_a_space_are_listed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed, canonical = [], topology.canonical

    def counted(edges: Any, **rule: Any) -> str:
        listed.append(edges)
        return canonical(edges, **rule)

    for room in (topology, cell_classes):
        monkeypatch.setattr(room, "canonical", counted)
    monkeypatch.setattr(table_maker, "choose_device", torch.device)
    monkeypatch.setattr(table_maker, "header_of", lambda space, data, recipe, _: {})
    monkeypatch.setattr(CoreSeconds, "measured", lambda *_: CORE)
    space = TopologySpace(nodes=3, operations=("skip_connect", "none"), stages=2, reduction="plain")
    assert [*make_table(tmp_path, space, few(), cells=0, device="cuda")] == []
    assert len(listed) <= space.size() == 8


# ---------------------------------------------------------------- what it takes on a core


def test_core_seconds_are_of_what_is_live() -> None:
    dead = "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_3x3~2|"
    assert CORE.of(NOTHING) == 1.0
    assert CORE.of(SPACE.parse(dead)) == pytest.approx(1.1)  # neither convolution is on a path


def test_a_model_of_seconds_is_found_again() -> None:
    each = {"nor_conv_1x1": 0.3, "nor_conv_3x3": 0.5, "skip_connect": 0.05}
    truth = CoreSeconds(0.7, each, 0.0, 1)
    archs = [SPACE.sample(random.Random(number)) for number in range(40)]
    seen = np.array([truth.of(arch) for arch in archs])
    found = CoreSeconds.fitted(archs, seen)
    assert found.always == pytest.approx(0.7, abs=1e-3)
    assert found.residual == pytest.approx(0, abs=1e-3)
    for name, seconds in found.each.items():
        assert seconds == pytest.approx(truth.each.get(name, 0.0), abs=1e-3)


def test_a_short_training_tells_the_seconds_of_a_long_one() -> None:
    recipe, data = TableRecipe(epochs=4, batch_size=20, watched=100), few(1_000)
    arch = SPACE.sample(random.Random(1))
    short = min(core_seconds(SPACE, arch, data, recipe) for _ in range(2))
    whole = train_entry(SPACE, arch, data, [0, 1, 2], recipe).seconds[0]
    assert 0.3 < short / whole < 3  # what else runs on the machine is in both


def test_measuring_seconds_draws_nothing_of_others() -> None:
    before = torch.get_rng_state()
    core_seconds(SPACE, NOTHING, few(20), RECIPE)
    assert torch.equal(torch.get_rng_state(), before)


# ---------------------------------------------------------------- parts of both


def test_parts_of_a_gpu_take_the_seconds_of_the_processors(tmp_path: Path) -> None:
    data, chosen = few(), table_maker.unique_cells(SPACE)[:6]
    given: dict[str, Any] = {"cells": dict(chosen), "space": SPACE, "data": data, "recipe": RECIPE}
    header = header_of(SPACE, data, RECIPE)
    keys = [key for key, _ in chosen]
    make_part(tmp_path / "part-0.npz", [(key, 0) for key in keys], header, **given)
    own = header | {"seconds": CORE.described(), "machine": {"device": "some GPU"}}
    pairs = [(key, 1) for key in keys]
    make_part(tmp_path / "part-1.npz", pairs, own, core=CORE, **given)
    alone = TableFile.load(tmp_path / "part-1.npz")
    assert alone.seconds == pytest.approx([CORE.of(arch) for _, arch in chosen], abs=1e-6)
    both = merge_parts(tmp_path)
    (model,) = both.header["seconds"]
    assert model["cells"] == 6
    fitted = CoreSeconds(**model)
    archs = dict(chosen)
    for cell, seed, seconds in zip(both.cells, both.seeds, both.seconds):
        if seed == 1:
            assert seconds == pytest.approx(fitted.of(archs[both.keys[cell]]), rel=1e-5)
    assert {"device": "some GPU"} in both.header["machine"]
    assert both.curves["train loss"].shape == (12, 2)
