"""Notebook 12's own parts: paired curves, morphisms compared on a trained network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from test_inherited import data
from torch import nn

from workbench.exercises.weight_inheritance import PairedCurves, each_morphism, outputs_of
from workbench.spaces import BranchSpace

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
        "total": [0.2, 0.5, 0.6, 0.6],
    },
]


def test_pairs_are_counted_and_told() -> None:
    pairs = PairedCurves(ROWS)
    assert (pairs.wins("further"), pairs.wins("total")) == (1, 1)
    assert pairs.difference("further") == pytest.approx(0.0)
    assert pairs.words("total") == (
        "at equal epochs in all the child that inherited wins 1 of 2, by +0.0 points on average"
    )
    assert 'alt="A child goes on where its mother ended' in pairs._repr_html_()


def test_each_morphism_moves_no_output_and_random_weights_do() -> None:
    space = BranchSpace(max_depth=3, kernel_heights=(3,), kernel_widths=(1, 3))
    arch = space.parse("conv3x1:8-conv3x3:8/2-fc0")
    network: nn.Module = space.build(arch, data().task)
    rows = each_morphism(space, arch, network, data()).rows
    assert [row["name"].partition(":")[0] for row in rows] == [
        "deepen", "widen", "widen kernel", "branch",
    ]  # fmt: skip
    assert all(row["moved"] < 1e-5 and row["before"] == row["after"] for row in rows)
    assert outputs_of(network, data()).shape == (64, 10)
