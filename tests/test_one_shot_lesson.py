"""Notebook 13: the slider and the recordings, which cells are compared, what their ranks say."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from synthetic_table import small_space, synthetic

from workbench.data import digits
from workbench.data.images import Split, assembled
from workbench.estimators import Table
from workbench.exercises.equal_steps import EqualSteps
from workbench.exercises.one_shot_models import SharedScores, TopShare, asked, preferred
from workbench.exercises.proxy_ranks import ProxyRanks
from workbench.exercises.table_images import table_images, write
from workbench.history import rank_correlation

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))
import one_shot_scores

N = 40
TRUTHS = np.linspace(0.5, 0.9, N)
SCORES = np.where(TRUTHS > 0.85, 1.4 - TRUTHS, TRUTHS - 0.4)  # the best ones are ranked upside down
COUNTS = np.full(N, 100.0)
WAYS = {"mine": SCORES, "perfect": TRUTHS}


def test_only_the_best_are_compared() -> None:
    shown = TopShare(WAYS, TRUTHS, COUNTS)
    whole, top = shown.tau(1.0)[0], shown.tau(0.1)[0]
    assert whole > 0.5
    assert top == pytest.approx(-1.0)
    assert sorted(shown.chosen(0.1)) == [36, 37, 38, 39]
    assert len(shown.chosen(0.05)) == 2
    spread = shown.interval(1.0)
    assert spread.low < spread.value < spread.high
    shown.close()


def test_what_it_would_train_is_counted_among_the_best() -> None:
    shown = TopShare(WAYS, TRUTHS, COUNTS)
    assert shown.right() == (0, 2)  # the highest two are the lowest of those turned around
    shown.way = "perfect"
    assert shown.right() == (2, 2)
    assert shown.tau(0.1)[0] == pytest.approx(1.0)
    with pytest.raises(ValueError, match="way: expected one of"):
        shown.way = "luck"
    shown.close()


def test_its_words_and_its_twin_say_both_numbers() -> None:
    shown = TopShare(WAYS, TRUTHS, COUNTS, picks=[(0.3, 0.7)])
    assert shown.words(1.0).startswith("mine, all 40 cells: τ of inherited scores 0.")
    shown.value = 0.1
    assert "the best 4 of 40 cells: τ of inherited scores −1.00" in shown._said.value
    assert "of parameter counts undefined" in shown._said.value
    twin = shown.twin()
    assert twin.count("<img") == 2
    assert "all 40 cells" in twin
    assert "the best 4 of 40" in twin
    assert 'alt="Blue dots: inherited accuracies of 10 to 54 %' in twin  # what is seen comes first
    assert 'alt="Blue dots above grey ones: inherited accuracies of 50 to 53 %' in twin
    before = shown._sheet.value
    shown.way = "perfect"
    assert "perfect, the best 4 of 40 cells: τ of inherited scores 1.00" in shown._said.value
    assert shown._sheet.value != before
    shown.way = "mine"
    assert shown._sheet.value == before
    shown.close()


@pytest.fixture
def table(tmp_path: Path) -> Table:
    synthetic(small_space()).save(tmp_path / "table.npz")
    return Table(path=tmp_path / "table.npz")


@pytest.fixture
def shared(table: Table, tmp_path: Path) -> SharedScores:
    """Of a made-up table: more epochs rank better, stale moments upside down."""
    cells = [*dict.fromkeys(table.cells)][:20]
    truths = np.array([table.mean(cell) for cell in cells])
    half = np.where(np.arange(20) % 2, truths, 1 - truths)
    np.savez(
        tmp_path / "scores.npz",
        cells=np.array([table.space.spell(cell) for cell in cells]),
        epochs=np.array([3, 10]),
        compared=np.array(3),
        recalibrated=np.array([[half, half], [truths, truths - 0.1]]),
        stale=np.array([-truths, -truths]),
        few_shot=np.array([truths, half]),
        dropout=np.array([half, half]),
    )
    return SharedScores(table, path=tmp_path / "scores.npz")


def test_the_recording_is_compared_with_the_table(shared: SharedScores) -> None:
    assert shared.taus() == [{"seed": 0, "value": 1.0}, {"seed": 1, "value": pytest.approx(1.0)}]
    assert shared.taus(3)[0]["value"] < 1.0
    assert [row["value"] for row in shared.gains("moments")] == pytest.approx([2.0, 2.0])
    split = [row["value"] for row in shared.gains("split")]
    assert split[0] > split[1] == 0.0
    assert [row["value"] for row in shared.gains("path dropout")] == [0.0, 0.0]
    with pytest.raises(ValueError, match="expected one of"):
        shared.gains("luck")
    assert shared.accuracies()[0]["stale"] < 0
    assert "After 10 epochs τ over 20 cells is 1.00 [1.00, 1.00]" in repr(shared)
    assert shared.between() == pytest.approx(1.0)
    assert "Of the 5 % ranked highest 100 % are among the best 5 %." in repr(shared)
    assert shared._repr_html_().count("<img") == 1


def test_a_training_is_compared_with_the_others_of_its_cell(shared: SharedScores) -> None:
    runs = [[shared.table.curve(arch, seed=seed)[-1] for arch in shared.archs] for seed in range(3)]
    pairs = [(runs[0], runs[1], runs[2]), (runs[1], runs[0], runs[2]), (runs[2], runs[0], runs[1])]
    taus = [rank_correlation(one, np.add(two, three)) for one, two, three in pairs]
    assert shared.trained() == pytest.approx(np.mean(taus))
    assert shared.trained(best=True) <= 1


def test_what_a_supernet_prefers_is_counted(shared: SharedScores) -> None:
    names, lines = shared.table.space.operations, preferred(shared).data.splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines]
    assert cells[0] == [*(name.replace("_", " ") for name in names), "worth"]
    by_table, by_supernet, everything = cells[2:]
    best = sorted(shared.archs, key=shared.table.mean)[-2:]
    counts = [sum(arch.operations.count(name) for arch in best) / 2 for name in names]
    assert by_table[1:-1] == [f"{each:.1f}" for each in counts]
    assert by_supernet[1:] == by_table[1:]  # of this recording the last supernets are perfect
    assert everything[-1] == f"{100 * shared.truths.mean():.1f} %"


def test_only_so_many_cells_are_read(table: Table, shared: SharedScores, tmp_path: Path) -> None:
    few = SharedScores(table, path=tmp_path / "scores.npz", cells=8)
    assert few.archs == shared.archs[:8]
    assert np.array_equal(few.recalibrated, shared.recalibrated[..., :8])
    assert "over 8 cells" in repr(few)


def test_a_next_recording_has_each_cell_once(table: Table) -> None:
    most = len(table.cells)
    cells = one_shot_scores.different(table, random.Random(0), most)
    assert len({table.space.canonical(cell) for cell in cells}) == len(cells) == most
    with pytest.raises(ValueError, match=f"at most {most}"):
        one_shot_scores.different(table, random.Random(0), most + 1)


def test_the_panel_begins_with_the_learners_own(shared: SharedScores) -> None:
    recorded = shared.top()
    assert recorded.way == "10 epochs"
    assert recorded.tau(1.0)[0] == pytest.approx(1.0)
    assert np.array_equal(recorded.ways["10, moments not measured anew"], shared.stale[0])
    recorded.close()
    own = shared.top({"yours": -shared.truths}, picks=[(0.5, 0.5)])
    assert own.way == "yours"
    assert own.tau(1.0)[0] == pytest.approx(-1.0)
    own.close()


def test_one_architecture_is_asked_about(table: Table) -> None:
    cell = table.cells[0]
    assert asked(table, cell) in [table.curve(cell, seed=s)[-1] for s in (0, 1, 2)]


def test_both_choices_of_a_seed_are_looked_up(table: Table, tmp_path: Path) -> None:
    texts = [table.space.spell(cell) for cell in table.cells[:3]]
    pairs = [(0, 1), (2, 1), (1, 1)]
    rows = [
        {"seed": seed, "steps": 1200, "ENAS": texts[one], "random search": texts[other]}
        for seed, (one, other) in enumerate(pairs)
    ]
    path = tmp_path / "enas.json"
    path.write_text(json.dumps({"rows": rows}))
    found = EqualSteps(table, path=path)
    means = [table.mean(cell) for cell in table.cells[:3]]
    gaps = [means[one] - means[other] for one, other in pairs]
    assert [row["value"] for row in found.rows] == pytest.approx(gaps)
    assert found.difference.value == pytest.approx(np.mean(gaps))
    assert min(gaps) <= found.difference.low <= found.difference.high <= max(gaps)
    assert "After 1,200 steps" in repr(found)
    assert "<img" in found._repr_html_()


def test_proxies_are_ranked_by_the_table(table: Table, tmp_path: Path) -> None:
    cells = [*dict.fromkeys(table.cells)][:20]
    truths = np.array([table.mean(cell) for cell in cells])
    silent = np.where(truths == truths.min(), np.nan, truths)  # no answer is the worst answer
    path = tmp_path / "proxies.npz"
    np.savez(
        path,
        cells=np.array([table.space.spell(cell) for cell in cells]),
        proxies=np.array(["against", "silent"]),
        values=np.stack([-truths, silent], 1),
    )
    found = ProxyRanks(table, path=path)
    assert {row["proxy"] for row in found.rows} == {"against", "silent", "parameters", "MACs"}
    assert found.rows[0]["proxy"] == "silent"
    assert found.of("silent")["rho"] == pytest.approx(1.0)
    assert found.of("against")["rho"] == pytest.approx(-1.0)
    with pytest.raises(ValueError, match="of: proxy: expected one of"):
        found.of("luck")
    assert "over 20 cells" in repr(found)
    assert "<img" in found._repr_html_()


def test_images_are_written_and_read_again(tmp_path: Path) -> None:
    whole = digits()
    parts = [
        Split(part.images[:200].float() + 1 / 16, part.labels[:200])
        for part in (whole.train, whole.validation, whole.test)
    ]
    data = assembled("some", *parts, classes=whole.classes)
    write(data, tmp_path / "images.npz")
    again = table_images(tmp_path / "images.npz")
    assert torch.equal(again.train.images, data.train.images)
    assert torch.equal(again.test.labels, data.test.labels)
    assert again.classes == data.classes


def test_the_tables_images_are_as_many_as_the_table_says() -> None:
    data, header = table_images(), Table().header["data"]
    assert data.name == header["name"]
    assert len(data.train) == header["sizes"][0]
    assert [data.task.channels, data.task.height, data.task.width, data.task.classes] == header[
        "task"
    ]
