"""Notebook 12's own parts: a mother and her children, paired curves, climbs, a front, a panel."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from test_inherited import data

import workbench.exercises.hill_climbs as climbs_room
import workbench.exercises.trained_pair as pairs_room
from workbench.exercises.each_morphism import EachMorphism
from workbench.exercises.front_of_a_run import FrontOfARun, _apart
from workbench.exercises.hill_climbs import HillClimbs
from workbench.exercises.morph_panel import MOST, MorphPanel
from workbench.exercises.paired_curves import PairedCurves
from workbench.exercises.trained_mother import TrainedMother
from workbench.exercises.trained_pair import pair, recorded_pairs
from workbench.history import History
from workbench.records import Candidate, Evaluation, Told
from workbench.spaces import BranchSpace
from workbench.spaces.morphisms import MORPHISMS

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))
import hill_climbs
import inheritance_pairs

SPACE = BranchSpace(max_depth=4, kernel_heights=(3,), kernel_widths=(1, 3), filters=(8, 16))
ARCH = SPACE.parse("conv3x1:8-conv3x1:8-conv3x3:8/2-fc0")

# ------------------------------------------------------------------ a mother and her children


@cache
def mother() -> TrainedMother[Any]:
    return TrainedMother.trained(SPACE, ARCH, data(), epochs=1)


def test_a_child_of_each_kind_answers_as_its_mother_did() -> None:
    rows = EachMorphism(mother()).rows
    assert [row["name"].partition(":")[0] for row in rows] == list(MORPHISMS)
    assert all(row["moved"] < 1e-9 and row["before"] == row["after"] for row in rows)
    learning = {row["name"].partition(":")[0]: row["learning"] for row in rows}
    assert 1e-3 < learning["deepen"] < 0.5  # a new normalisation sees a batch
    assert max(learning["widen"], learning["widen kernel"]) < 1e-9


def test_at_random_what_fits_is_kept_and_the_rest_drawn() -> None:
    child = SPACE.parse("conv3x1:8-conv3x1:8-conv3x3:8-conv3x3:8/2-fc0")
    exact, drawn = (mother().child(child, weights) for weights in ("morphism", "random"))
    assert exact.parameters == drawn.parameters
    assert exact.moved(mother().answers) < 1e-9 < 0.1 < drawn.moved(mother().answers)
    same = mother().child(ARCH, "random")  # nothing is new: nothing is drawn
    assert same.moved(mother().answers) < 1e-9


def test_a_mother_is_as_she_was() -> None:
    before = {name: each.clone() for name, each in mother().network.state_dict().items()}
    mother().child(SPACE.parse("conv3x1:16-conv3x1:8-conv3x3:8/2-fc0"))
    after = mother().network.state_dict()
    assert all(torch.equal(each, after[name]) for name, each in before.items())
    with pytest.raises(ValueError, match="of the mother's network"):
        TrainedMother(SPACE, SPACE.parse("conv3x3:8-fc0"), mother().network, data())


def test_the_panel_shows_what_it_says() -> None:
    panel = MorphPanel(mother())
    assert panel.morphism.options == MORPHISMS
    for kind in MORPHISMS:
        panel.morphism.value = kind
        assert panel.morph.kind == kind
        assert 1 <= len(panel.change.options) <= MOST
        assert panel._networks.value.count("<svg") == 2
        assert f"{kind}, {panel.morph.name}" in panel._said.value.replace("&gt;", ">")
        assert "all on the diagonal" in panel._figure.value
    panel.morphism.value = "deepen"
    panel.change.index = len(panel.change.options) - 1
    last = panel.child
    panel.weights.value = "at random"
    assert panel.child == last
    assert panel.answers.moved(mother().answers) > 0.01
    assert "scattered away from the diagonal" in panel._figure.value
    alts = re.findall(r'<img alt="([^"]+)"', panel.twin())
    assert [alt.partition(" outputs, ")[2].partition(".")[0] for alt in alts[2:]] == [
        "all on the diagonal",
        "scattered away from the diagonal",
    ]
    panel.close()


# ------------------------------------------------------------------ pairs

ROWS: list[Mapping[str, Any]] = [
    {
        "mother": [0.3, 0.6],
        "child": [0.7, 0.8],
        "further": [0.4, 0.7],
        "total": [0.3, 0.6, 0.8, 0.9],
    },
    {
        "mother": [0.2, 0.5],
        "child": [0.6, 0.7],
        "further": [0.5, 0.8],
        "total": [0.2, 0.5, 0.6, 0.7],
    },
]


def test_pairs_are_counted_and_told() -> None:
    pairs = PairedCurves(ROWS)
    assert (pairs.wins("further"), pairs.wins("total")) == (1, 0)
    values = [row["value"] for row in pairs.differences("further")]
    assert values == pytest.approx([0.1, -0.1])
    assert pairs.words("total") == (
        "at equal epochs in all the child that inherited is better in 0 of 2, level in 1, by "
        "−5.0 ± 5.0 points on average (± its standard error)"
    )
    assert 'alt="Accuracies over epochs. A child' in pairs._repr_html_()
    with pytest.raises(ValueError, match="against"):
        pairs.wins("both")
    with pytest.raises(ValueError, match="got no row"):
        PairedCurves([])
    with pytest.raises(ValueError, match="got no 'total'"):
        PairedCurves([{**ROWS[0], "total": []}])


def test_a_pair_is_trained_as_often_as_it_says() -> None:
    child = SPACE.parse("conv3x1:16-conv3x1:8-conv3x3:8/2-fc0")
    found = pair(SPACE, data(), ARCH, child, epochs=2, further=(1, 2)).rows
    lengths = [
        [len(row[name]) for name in ("mother", "child", "further", "total")] for row in found
    ]
    assert lengths == [[2, 1, 1, 3], [2, 2, 2, 4]]
    assert all(row["exact"] for row in found)
    assert found[0]["mother"] == found[1]["mother"]
    with pytest.raises(ValueError, match="further"):
        pair(SPACE, data(), ARCH, child, epochs=1, further=(0,))


def test_the_recorded_pairs_are_the_benchmarks() -> None:
    for further in inheritance_pairs.FURTHER:
        rows = recorded_pairs(further).rows
        assert [row["seed"] for row in rows] == list(range(inheritance_pairs.PAIRS))
        assert {len(row["mother"]) for row in rows} == {inheritance_pairs.EPOCHS}
        assert {len(row["child"]) for row in rows} == {further}
        mother, morph = inheritance_pairs.drawn(rows[7]["seed"])
        assert inheritance_pairs.space().spell(mother) == rows[7]["from"]
        assert inheritance_pairs.space().spell(morph.child) == rows[7]["to"]
    assert recorded_pairs(2).wins("further") >= 16
    with pytest.raises(ValueError, match=r"expected one of \[2, 4, 8\], got 3"):
        recorded_pairs(3)


def test_pairs_are_written_as_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"seed": 3, "epochs": 2, **ROWS[0], "child": [1 / 3, 2 / 3]}
    path = inheritance_pairs.written([row], tmp_path)
    monkeypatch.setattr(pairs_room, "recording", lambda name: path)
    assert recorded_pairs(2).rows == [{**row, "child": [0.3333, 0.6667]}]


# ------------------------------------------------------------------ climbs


def test_climbs_are_compared_seed_by_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {
            "strategy": name, "seed": seed, "network": "conv3x3:8-fc0", "test": test,
            "parameters": 100.0, "steps": [[1.0, 0, 0.3], [2.0, 1, best], [3.0, 2, 0.2]],
        }
        for name, seed, test, best in (
            ("NASH", 0, 0.8, 0.81), ("random search", 0, 0.75, 0.8),
            ("NASH", 1, 0.7, 0.9), ("random search", 1, 0.75, 0.8),
        )
    ]  # fmt: skip
    path = hill_climbs.written(rows, tmp_path)
    monkeypatch.setattr(climbs_room, "recording", lambda name: path)
    climbs = HillClimbs()
    assert [row["value"] for row in climbs.leads()] == pytest.approx([0.05, -0.05])
    assert [row["value"] for row in climbs.leads("validation")] == pytest.approx([0.01, 0.1])
    assert "NASH: 3 trials" in climbs.words
    assert "NASH is ahead in 1 of 2 seeds" in climbs._repr_html_()


@pytest.mark.parametrize("name", ["NASH", "random search"])
def test_a_climb_ends_with_the_last_trial_in_time(name: str) -> None:
    ticks = iter(range(10_000))
    found = hill_climbs.searched(
        name, data(), seed=0, seconds=120, clock=lambda: float(next(ticks))
    )  # fmt: skip
    assert found["steps"]
    assert all(second <= 120 for second, _, _ in found["steps"])
    assert 0 <= found["test"] <= 1
    assert json.dumps(found)


# ------------------------------------------------------------------ a front


def test_the_front_of_a_run() -> None:
    told = [
        Told(trial, Candidate(f"a{trial}", parents=parents), Evaluation(score, 0.1, (), measures))
        for trial, parents, score, measures in (
            (0, (), 0.5, {"parameters": 100.0}),
            (1, (0,), 0.9, {"parameters": 300.0}),
            (2, (0,), 0.8, {"parameters": 400.0}),
            (3, (1,), 0.95, {}),
        )
    ]
    drawn = FrontOfARun(History(tuple(told)))
    assert [row["trial"] for row in drawn.front] == [0, 1]
    assert "2 arrows" in drawn._repr_html_()
    assert "the front, all with their trials" in drawn._repr_html_()
    assert drawn.words == (
        "The front of 3 networks: trial 0 with 100 parameters and 50.0 %, trial 1 with 300 "
        "parameters and 90.0 %."
    )
    with pytest.raises(ValueError, match="has succeeded"):
        FrontOfARun(History())


def test_the_best_of_a_front_is_named_where_labels_have_no_room() -> None:
    sizes = {0.5: 100.0, 0.52: 120.0, 0.54: 140.0, 0.9: 300.0, 0.91: 310.0}
    told = [
        Told(trial, Candidate(f"a{trial}"), Evaluation(score, 0.1, (), {"parameters": size}))
        for trial, (score, size) in enumerate(sizes.items())
    ]
    drawn = FrontOfARun(History(tuple(told)))
    assert [row["trial"] for row in _apart(drawn.front)] == [4, 2]
    assert "the front, some with their trials" in drawn._repr_html_()
