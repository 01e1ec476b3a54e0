"""The exhaustive table: seeds side by side, parts that resume, a file that can be trusted."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from workbench.data import from_arrays
from workbench.estimators import table_maker, table_work
from workbench.estimators.abreast import abreast, lean, live
from workbench.estimators.table_file import CURVES, TableFile
from workbench.estimators.table_maker import Made, cells_with, make_table, unique_cells
from workbench.estimators.table_parts import header_of, merge_parts
from workbench.estimators.table_training import TableRecipe, averaged, entry_seed, train_entry
from workbench.estimators.table_work import TableWork
from workbench.records import Epoch, ImageTask
from workbench.spaces import TopologySpace
from workbench.training import train
from workbench.training.randomness import own_draws, spawned

TASK = ImageTask(1, 7, 7, 10)
RECIPE = TableRecipe(epochs=2, batch_size=20, watched=30)


def small_space() -> TopologySpace:
    """64 cells, fewer where isomorphic."""
    menu = ("none", "skip_connect", "nor_conv_1x1", "avg_pool_3x3")
    return TopologySpace(nodes=3, operations=menu, channels=2, cells=1, stages=2, reduction="plain")


def few(n: int = 200) -> Any:
    labels = np.arange(n) % 2
    noise = np.random.default_rng(0).normal(size=(n, 1, 7, 7))
    return from_arrays(noise + labels[:, None, None, None], labels)


def networks(space: TopologySpace, arch: Any, seeds: range) -> list[torch.nn.Module]:
    made = []
    for seed in seeds:
        with own_draws(seed):
            made.append(space.build(arch, TASK))
    return made


# ---------------------------------------------------------------- seeds side by side


@pytest.mark.parametrize("number", range(12))
@pytest.mark.parametrize("training", [True, False])
def test_a_group_computes_what_its_network_computes(number: int, training: bool) -> None:
    space = TopologySpace(channels=4, cells=1, stages=2, reduction="plain")
    arch = space.sample(random.Random(number))
    single = networks(space, arch, range(3))
    for network in single:
        network.train(training)
    whole = abreast([lean(network) for network in networks(space, arch, range(3))])
    whole.train(training)
    draw = torch.Generator().manual_seed(number)
    images = torch.randn(8, 3, 7, 7, generator=draw)  # (batch, seeds · channels, h, w)
    found = whole(images).view(8, 3, 10)
    for k, network in enumerate(single):
        torch.testing.assert_close(found[:, k], network(images[:, k : k + 1]))


def test_what_is_live_lies_on_a_path() -> None:
    space = TopologySpace()
    arch = space.parse(
        "|none~0|+|nor_conv_1x1~0|nor_conv_3x3~1|+|skip_connect~0|none~1|avg_pool_3x3~2|"
    )
    names = [op for (_, _, op), alive in zip(arch.edges, live(arch.edges)) if alive]
    assert names == ["nor_conv_1x1", "skip_connect", "avg_pool_3x3"]


def test_what_cannot_stand_side_by_side_is_named() -> None:
    with pytest.raises(ValueError, match="0: a PReLU cannot stand side by side"):
        abreast([torch.nn.Sequential(torch.nn.PReLU())] * 2)


def test_an_entry_is_trained_as_train_trains_it_and_whatever_stands_beside_it() -> None:
    space, data = small_space(), few()
    arch = space.parse("|nor_conv_1x1~0|+|nor_conv_1x1~0|skip_connect~1|")
    pair = train_entry(space, arch, data, [5, 9], RECIPE)
    for k, seed in enumerate((5, 9)):
        with own_draws(spawned(seed).weights):
            network = space.build(arch, data.task)
        settings = {"epochs": 2, "batch_size": 20, "rate": 0.1, "device": "cpu", "seed": seed}
        events = [e for e in train(network, data, **settings) if isinstance(e, Epoch)]
        losses = [event.loss for event in events]
        np.testing.assert_allclose(pair.curves["train loss"][k], losses, rtol=1e-3)
        assert pair.curves["validation accuracy"][k][-1] == pytest.approx(events[-1].score)
    assert set(pair.curves) == set(CURVES)
    assert all(curve.shape == (2, 2) for curve in pair.curves.values())
    assert (pair.seconds > 0).all()


def test_averaged_images_are_means_of_squares() -> None:
    images = np.arange(10 * 16.0).reshape(10, 1, 4, 4)
    data = from_arrays(images, np.arange(10) % 2)
    smaller = averaged(data, 2)
    assert smaller.task == ImageTask(1, 2, 2, 2)
    expected = data.train.images[:, :, :2, :2].mean((1, 2, 3))
    torch.testing.assert_close(smaller.train.images[:, 0, 0, 0], expected)


# ---------------------------------------------------------------- which cells


def test_every_class_of_isomorphic_cells_is_there_once_by_its_leanest_member() -> None:
    space = TopologySpace()
    cells = unique_cells(space)
    assert len(cells) == len({key for key, _ in cells}) == 6_466
    assert all(space.canonical(arch) == key for key, arch in cells[:200])
    chosen = dict(cells)
    for number in range(300):
        arch = space.sample(random.Random(number))
        leanest = chosen[space.canonical(arch)]
        assert leanest.operations.count("nor_conv_3x3") <= arch.operations.count("nor_conv_3x3")


def test_any_prefix_is_a_fair_sample() -> None:
    first = Counter(
        op for _, arch in unique_cells(TopologySpace())[:1000] for op in arch.operations
    )
    whole = Counter(op for _, arch in unique_cells(TopologySpace()) for op in arch.operations)
    for name, count in whole.items():
        assert first[name] / 1000 == pytest.approx(count / 6466, abs=0.1)


def test_no_two_trainings_share_a_seed() -> None:
    keys = [key for key, _ in unique_cells(TopologySpace())[:500]]
    assert len({entry_seed(key, seed) for key in keys for seed in range(3)}) == 1500


# ---------------------------------------------------------------- parts


def made_in(folder: Path, **wishes: Any) -> list[Made]:
    space, data = small_space(), few()
    return list(make_table(folder, space, data, recipe=RECIPE, **wishes))


def pairs_in(folder: Path) -> set[tuple[str, int]]:
    """Of every training its cell and seed; merging has refused one that is there twice."""
    whole = merge_parts(folder)
    return {(whole.keys[cell], int(seed)) for cell, seed in zip(whole.cells, whole.seeds)}


def test_parts_are_made_resumed_and_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_maker, "PART", 8)
    cells = [key for key, _ in unique_cells(small_space())[:6]]
    made = made_in(tmp_path, seeds=(0, 1), cells=6)
    assert [(m.done, m.wanted, m.trained) for m in made] == [(8, 12, 8), (12, 12, 4)]
    assert made[-1].left == 0
    whole = merge_parts(tmp_path)
    assert set(whole.keys) == set(cells)
    assert whole.epochs == 2

    made[0].path.unlink()
    again = made_in(tmp_path, seeds=(0, 1), cells=6)
    assert [(m.path, m.done, m.trained) for m in again] == [(made[0].path, 12, 8)]
    same = merge_parts(tmp_path)
    assert same.keys == whole.keys
    for name in CURVES:
        np.testing.assert_array_equal(same.curves[name], whole.curves[name])
    assert made_in(tmp_path, seeds=(0, 1), cells=6) == []
    assert not list(tmp_path.glob("*.claim"))


def test_any_order_of_wishes_makes_the_same_table(tmp_path: Path) -> None:
    cells = [key for key, _ in unique_cells(small_space())[:4]]
    made_in(tmp_path / "one", seeds=(0, 1, 2), cells=4)
    two = tmp_path / "two"
    made_in(two / "seeds-0-1", seeds=(1,), cells=2)  # in a folder of its own, as parts once were
    made_in(two, seeds=(0, 2), cells=3)
    assert pairs_in(two) == {(key, s) for key in cells[:3] for s in (0, 2)} | {
        (key, 1) for key in cells[:2]
    }
    made_in(two, seeds=(0, 1, 2), cells=4)
    one, mixed = merge_parts(tmp_path / "one"), merge_parts(two)
    assert (mixed.keys, mixed.seeds.tolist()) == (one.keys, one.seeds.tolist())
    for name in CURVES:
        np.testing.assert_allclose(mixed.curves[name], one.curves[name], rtol=1e-3)


def test_cells_of_fewer_operations(tmp_path: Path) -> None:
    space = TopologySpace()
    four = cells_with(space, ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3"))
    assert len(four) == 1_236
    assert four == [cell for cell in unique_cells(space) if cell in set(four)]
    made_in(tmp_path, seeds=(0,), operations=("none", "skip_connect"), cells=3)
    assert not any("conv" in text or "pool" in text for text in merge_parts(tmp_path).spellings)
    with pytest.raises(ValueError, match="operations: expected some of"):
        made_in(tmp_path, operations=("none", "max_pool_3x3"))


def test_more_seeds_for_the_best(tmp_path: Path) -> None:
    made_in(tmp_path, seeds=(0, 1), cells=5)
    whole = merge_parts(tmp_path)
    means = whole.curves["validation accuracy"][:, -1].reshape(5, 2).mean(1)
    best = {whole.keys[number] for number in np.argsort(-means, kind="stable")[:2]}
    cut = np.sort(means)[-2]
    made_in(tmp_path, seeds=(0, 1, 2), best=2)
    chosen = {key for key, seed in pairs_in(tmp_path) if seed == 2}
    assert len(chosen) == 2
    assert {means[whole.keys.index(key)] >= cut for key in chosen | best} == {True}


def test_what_a_living_process_is_at_is_left_to_it(tmp_path: Path) -> None:
    header = header_of(small_space(), few(), RECIPE)
    wanted = [(key, 0) for key, _ in unique_cells(small_space())[:4]]
    claim = TableWork(tmp_path, header).claim(wanted, 3)
    assert claim is not None
    assert claim.pairs == tuple(wanted[:3])
    assert [(m.done, m.wanted) for m in made_in(tmp_path, seeds=(0,), cells=4)] == [(1, 4)]
    assert pairs_in(tmp_path) == {wanted[3]}
    assert TableWork(tmp_path, header).claim(wanted, 3) is None
    claim.file.close()  # what the system does for a process that dies: its claim binds nobody
    assert [m.done for m in made_in(tmp_path, seeds=(0,), cells=4)] == [4]
    assert pairs_in(tmp_path) == set(wanted)


def test_a_process_claims_nothing_twice_even_without_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_work, "fcntl", None)
    work = TableWork(tmp_path, header_of(small_space(), few(), RECIPE))
    wanted = [(key, 0) for key, _ in unique_cells(small_space())[:3]]
    first, second = work.claim(wanted, 2), work.claim(wanted, 2)
    assert first is not None
    assert second is not None
    assert (first.pairs, second.pairs) == (tuple(wanted[:2]), tuple(wanted[2:]))
    assert first.path != second.path
    work.release(first)
    again = work.claim(wanted, 2)
    assert again is not None
    assert (again.pairs, again.path) == (first.pairs, first.path)


def test_parts_of_another_table_are_refused(tmp_path: Path) -> None:
    space, data = small_space(), few()
    list(make_table(tmp_path, space, data, seeds=(0,), recipe=RECIPE, cells=2))
    other = replace(RECIPE, rate=0.2)
    with pytest.raises(ValueError, match=r"parts of different tables: recipe\.rate"):
        list(make_table(tmp_path, space, data, seeds=(0,), recipe=other, cells=2))
    with pytest.raises(ValueError, match=r"parts of different tables: data"):
        list(make_table(tmp_path, space, few(100), seeds=(0,), recipe=RECIPE, cells=2))
    with pytest.raises(ValueError, match="jobs must be at least 1"):
        list(make_table(tmp_path, space, data, seeds=(0, 0)))


@pytest.fixture(scope="module")
def a_part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    (made,) = make_table(folder, small_space(), few(), seeds=(0,), recipe=RECIPE, cells=3)
    return made.path


def test_the_header_says_what_was_done(a_part: Path) -> None:
    header = TableFile.load(a_part).header
    assert header["recipe"]["epochs"] == 2
    assert header["space"]["reduction"] == "plain"
    assert header["data"]["fingerprint"] == few().fingerprint
    assert header["code"]
    assert header["machine"]["torch"] == torch.__version__


def test_a_damaged_or_foreign_file_is_refused(a_part: Path, tmp_path: Path) -> None:
    whole, path = a_part.read_bytes(), tmp_path / "part.npz"
    for damaged in (whole[:-30], whole[:100], b"", b"not a zip"):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"part\.npz: not a table, or a damaged one"):
            TableFile.load(path)
    np.savez(path, accuracies=np.zeros(3))
    with pytest.raises(ValueError, match="not a table"):
        TableFile.load(path)
    np.savez(path, header=np.array({"format": "workbench table"}, dtype=object))
    with pytest.raises(ValueError, match="not a table"):
        TableFile.load(path)
    with pytest.raises(FileNotFoundError, match="no such table"):
        TableFile.load(tmp_path / "absent.npz")


def test_a_flipped_byte_is_found_or_does_no_harm(a_part: Path, tmp_path: Path) -> None:
    whole, path, table = a_part.read_bytes(), tmp_path / "part.npz", TableFile.load(a_part)
    refused = 0
    for place in range(7, len(whole), len(whole) // 50):
        flipped = bytearray(whole)
        flipped[place] ^= 0xFF
        path.write_bytes(bytes(flipped))
        try:
            read = TableFile.load(path)
        except ValueError:
            refused += 1
            continue
        assert (read.header, read.keys) == (table.header, table.keys)
        for name in CURVES:
            np.testing.assert_array_equal(read.curves[name], table.curves[name])
    assert refused > 25


def test_arrays_must_fit_together(a_part: Path) -> None:
    table = TableFile.load(a_part)
    with pytest.raises(ValueError, match="keys: a cell is there twice"):
        replace(table, keys=table.keys[:1] * 3)
    with pytest.raises(ValueError, match="a training is there twice"):
        TableFile.merged([table, table])
    with pytest.raises(ValueError, match="spellings: expected 3 values, got 2"):
        replace(table, spellings=table.spellings[:2])
    with pytest.raises(ValueError, match="curves: expected some of"):
        replace(table, curves={"train loss": table.curves["train loss"]})


def test_two_processes_make_the_same_numbers(
    tmp_path: Path, a_part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_maker, "PART", 2)
    made = made_in(tmp_path, seeds=(0,), cells=3, jobs=2)
    assert sorted(m.trained for m in made) == [1, 2]
    one, two = TableFile.load(a_part), merge_parts(tmp_path)
    order = [one.keys.index(key) for key in two.keys]
    for name in CURVES:
        np.testing.assert_array_equal(one.curves[name][order], two.curves[name])
