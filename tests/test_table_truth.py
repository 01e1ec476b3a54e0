"""What of a table is real: noise, an optimum without luck, a ceiling; and the file's own laws."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_table import synthetic

from workbench.estimators import TableFile
from workbench.estimators.table_file import CURVES
from workbench.estimators.table_truth import (
    best_of_all_at_once,
    held_out,
    in_words,
    pooled_deviation,
)


def test_noise_is_pooled_over_the_cells() -> None:
    scores = [np.array([0.1, 0.3]), np.array([0.5, 0.5, 0.8]), np.array([0.9])]
    # squares: 0.02 of 1 degree of freedom, 0.06 of 2
    assert pooled_deviation(scores) == pytest.approx(np.sqrt(0.08 / 3))
    assert np.isnan(pooled_deviation([np.array([0.1]), np.array([0.2])]))


def test_the_optimum_by_hand() -> None:
    scores = [
        np.array([0.80, 0.80, 0.80]),
        np.array([0.90, 0.70, 0.77]),  # chosen where one of its low ones is put aside
        np.array([0.99, 0.99]),  # too few to compete
        np.array([1.0]),
    ]
    # put aside the 1st: 0.80 against 0.735; the 2nd: 0.80 against 0.835; the 3rd: 0.80 and 0.80
    assert held_out(scores) == (0, pytest.approx((0.80 + 0.70 + 0.80) / 3))
    assert held_out(scores[2:3]) == (0, pytest.approx(0.99))
    assert held_out([np.array([0.4]), np.array([0.6])]) == (1, 0.6)


def test_where_cells_are_equal_the_optimum_does_not_fall_for_luck() -> None:
    rng = np.random.default_rng(0)
    honest, lucky = [], []
    for _ in range(60):
        scores = list(0.8 + 0.01 * rng.normal(size=(100, 3)))
        best, optimum = held_out(scores)
        honest.append(optimum)
        lucky.append(scores[best].mean())
    error = np.std(honest, ddof=1) / np.sqrt(len(honest))
    assert abs(np.mean(honest) - 0.8) < 3 * error
    assert np.mean(lucky) > 0.8 + 0.01  # the highest of 100 means


@given(st.lists(st.lists(st.integers(0, 50), min_size=1, max_size=3), min_size=1, max_size=4))
def test_the_ceiling_is_the_mean_over_all_draws(numbers: list[list[int]]) -> None:
    distinct = iter(np.linspace(0, 1e-6, 20))  # no two scores are equal
    scores = [np.array([n / 100 + next(distinct) for n in each]) for each in numbers]
    means = np.array([each.mean() for each in scores])
    found = [means[int(np.argmax(draw))] for draw in product(*scores)]
    assert best_of_all_at_once(scores, means) == pytest.approx(np.mean(found))


def test_the_words_say_what_few_seeds_cannot_tell() -> None:
    one, two, three = ([np.full(n, 0.5) + 0.01 * np.arange(n)] * 4 for n in (1, 2, 3))
    assert "nothing tells how much of it is luck" in in_words(one, 0.5, 0.5, 0.5)
    assert "two seeds each" in in_words(two, 0.5, 0.505, 0.5)
    said = in_words(three, 0.5, 0.51, 0.505)
    assert "varies by 1.00 points" in said
    assert "1.00 points are luck" in said


# ---------------------------------------------------------------- the file


@st.composite
def files(draw: Any) -> dict[str, Any]:
    """What is in one: up to four cells, up to three seeds of each, some curves absent."""
    cells = draw(st.integers(1, 4))
    pairs = draw(st.sets(st.tuples(st.integers(0, cells - 1), st.integers(0, 2)), max_size=6))
    epochs, rows = draw(st.integers(1, 3)), len(pairs)
    kept = {"validation accuracy", *draw(st.sets(st.sampled_from(CURVES)))}
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    column = {
        "cells": np.array([cell for cell, _ in sorted(pairs)], np.int64),
        "seeds": np.array([seed for _, seed in sorted(pairs)], np.int64),
        "parameters": rng.integers(0, 2**40, cells),
        "macs": rng.integers(0, 2**40, cells),
        "seconds": rng.random(rows).astype(np.float32),
    }
    texts = draw(st.sets(st.text(min_size=1).map(_plain), min_size=cells, max_size=cells))
    return dict(
        header={"format": "workbench table", "version": 1, "recipe": {"epochs": epochs}},
        keys=tuple(sorted(texts)),
        spellings=tuple(f"|{number}|" for number in range(cells)),
        curves={
            name: rng.random((rows, epochs)).astype(np.float32) for name in CURVES if name in kept
        },
        **column,
    )


def _plain(text: str) -> str:
    return "k" + text.encode("utf-8", "ignore").decode().rstrip("\0")


def same(one: TableFile, other: TableFile) -> None:
    for name in ("keys", "spellings"):
        assert getattr(one, name) == getattr(other, name)
    for name in ("parameters", "macs", "cells", "seeds", "seconds"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert list(one.curves) == list(other.curves)
    for name, curve in one.curves.items():
        np.testing.assert_array_equal(curve, other.curves[name])


@given(files())
def test_what_is_saved_is_loaded(held: dict[str, Any]) -> None:
    file = TableFile(**held)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deep" / "table.npz"
        file.save(path)
        loaded = TableFile.load(path)
        assert [p.name for p in path.parent.iterdir()] == ["table.npz"]
    assert loaded.header == file.header
    same(loaded, file)


@given(files(), st.randoms())
def test_parts_in_any_order_are_the_whole(held: dict[str, Any], rng: Any) -> None:
    file = TableFile(**held)
    owner = [rng.randrange(3) for _ in file.cells]
    parts = [
        replace(
            file,
            cells=file.cells[chosen],
            seeds=file.seeds[chosen],
            seconds=file.seconds[chosen],
            curves={name: curve[chosen] for name, curve in file.curves.items()},
        )
        for chosen in (np.array([one == each for one in owner], bool) for each in range(3))
    ]
    rng.shuffle(parts)
    same(TableFile.merged(parts), TableFile.merged([file]))


@given(st.data())
def test_a_cut_file_is_never_taken_for_a_table(data: Any) -> None:
    whole = _bytes()
    end = data.draw(st.integers(0, len(whole) - 1))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cut.npz"
        path.write_bytes(whole[:end])
        with pytest.raises(ValueError, match="not a table, or a damaged one"):
            TableFile.load(path)


def _bytes() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.npz"
        synthetic(epochs=2).save(path)
        return path.read_bytes()


def test_accuracies_are_fractions_and_seconds_a_clocks() -> None:
    file = synthetic(epochs=2)
    broken = {**file.curves, "test accuracy": 100 * file.curves["test accuracy"]}
    with pytest.raises(ValueError, match=r"test accuracy: expected fractions in \[0, 1\]"):
        replace(file, curves=broken)
    broken["test accuracy"] = np.full_like(broken["test accuracy"], np.nan)
    with pytest.raises(ValueError, match="test accuracy: expected fractions"):
        replace(file, curves=broken)
    for wrong in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="seconds: expected finite numbers from 0 on"):
            replace(file, seconds=np.full_like(file.seconds, wrong))
