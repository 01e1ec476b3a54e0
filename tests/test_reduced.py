"""ReducedTraining: five ways to train less, alone and together, on every kind of space."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import torch
from fakes import chains

from workbench.data import ImageData, Split, digits
from workbench.estimators import FullTraining, ReducedTraining
from workbench.estimators.reduced import reduced
from workbench.records import Candidate, Epoch, Evaluation
from workbench.spaces import (
    BranchSpace,
    ChainSpace,
    DARTSSpace,
    MacroSpace,
    NASNetSpace,
    RecurrentSpace,
    TopologySpace,
)
from workbench.spaces.chain import Chain
from workbench.spaces.layers import Layer
from workbench.spaces.macro_architecture import MacroArchitecture
from workbench.spaces.narrower import Narrower, fewer
from workbench.trial import answer_of

CELLS = TopologySpace(channels=4, cells=2, stages=2)


@cache
def few() -> ImageData:
    whole = digits()
    train, validation = (
        Split(split.images[:64], split.labels[:64]) for split in (whole.train, whole.validation)
    )
    return replace(whole, train=train, validation=validation)


def answer(estimator: Any, arch: Any, **asks: Any) -> Evaluation:
    events: list[Any] = []
    training = estimator.estimate(Candidate(arch, **asks), trial=0, seed=1)
    evaluation = answer_of(training, events.append)
    assert sum(isinstance(event, Epoch) for event in events) == len(evaluation.curve)
    return replace(evaluation, seconds=0.0)


def test_with_nothing_reduced_it_is_full_training() -> None:
    space = chains()
    arch = space.sample(random.Random(0))
    full = answer(FullTraining(space, few(), epochs=2, device="cpu"), arch)
    mine = answer(ReducedTraining(space, few(), epochs=2, device="cpu"), arch)
    assert mine.curve == full.curve
    samples = 2.0 * len(few().train)
    assert dict(mine.measures) == {
        **full.measures,
        "samples": samples,
        "training macs": samples * full.measures["macs"],
    }


def test_stopped_early_it_is_the_beginning_of_full_training() -> None:
    space = chains()
    arch = space.sample(random.Random(0))
    full = answer(FullTraining(space, few(), epochs=3, device="cpu"), arch)
    early = ReducedTraining(space, few(), epochs=3, stop_after=1, device="cpu")
    first = answer(early, arch)
    assert first.curve == full.curve[:1]
    assert first.measures["samples"] == len(few().train)
    assert answer(early, arch, epochs=3).curve == full.curve  # who asks for more gets it
    shorter = ReducedTraining(space, few(), epochs=2, device="cpu")  # a schedule of its own
    second = answer(early, arch, epochs=2)
    assert answer(shorter, arch).measures["loss"] != second.measures["loss"]


def test_a_share_of_the_images_has_its_classes_in_proportion() -> None:
    whole = digits()
    half = reduced(whole, 0.5, 1)
    assert len(half.train) == round(len(whole.train) / 2)
    assert half.validation is whole.validation
    counts, before = (torch.bincount(data.train.labels) for data in (half, whole))
    assert torch.all((counts - before / 2).abs() <= 1)
    assert half.described() != whole.described()
    assert reduced(whole, 0.5, 1).described() == half.described()
    with pytest.raises(ValueError, match="train_share: 4 training images are too few"):
        reduced(few(), 4 / 64, 1)


def test_pooled_images_are_means_of_pixels() -> None:
    small = reduced(few(), 1.0, 2)
    assert (small.task.height, small.task.width) == (4, 4)
    corner = few().train.images[0, 0, :2, :2].float().mean()
    assert small.train.images[0, 0, 0, 0] == corner
    for split in (small.train, small.validation, small.test):
        assert split.images.shape[2:] == (4, 4)


@pytest.mark.parametrize(
    ("space", "cells"),
    [
        (ChainSpace(max_depth=2, filters=(8, 16)), False),
        (BranchSpace(max_depth=3, filters=(8, 16)), False),
        (TopologySpace(channels=8, cells=4, stages=2), True),
        (DARTSSpace(channels=4, cells=8), True),
        (NASNetSpace(blocks=2, repeats=2, filters=4), True),
        (MacroSpace(DARTSSpace(), cells=(8,), filters=(8,), reductions=(2,)), True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_space_has_narrower_twins(space: Any, cells: bool) -> None:
    task = digits().task

    def parameters(built_by: Any, arch: Any) -> int:
        return sum(tensor.numel() for tensor in built_by.build(arch, task).parameters())

    thin = Narrower(space, filters_share=0.5)
    for seed in range(3):
        arch = space.sample(random.Random(seed))
        assert thin.spell(arch) == space.spell(arch)
        assert thin.decisions(arch) == space.decisions(arch)
        assert parameters(thin, arch) <= parameters(space, arch)
        if cells:
            short = Narrower(space, cells_share=0.5)
            assert parameters(short, arch) < parameters(space, arch)
            both = Narrower(space, filters_share=0.5, cells_share=0.5)
            assert parameters(both, arch) < parameters(short, arch)
    assert thin.size() == space.size()
    if not cells:
        with pytest.raises(ValueError, match=f"cells_share: {type(space).__name__} stacks no"):
            Narrower(space, cells_share=0.5)


def test_a_chain_of_sixteen_filters_is_built_as_one_of_eight() -> None:
    space = ChainSpace(filters=(8, 16))
    arch = space.parse("conv3x3:16-max3x3-conv1x1:8-fc32")
    built = Narrower(space, filters_share=0.5).build(arch, digits().task)
    other = ChainSpace(filters=(4, 8)).build(
        ChainSpace(filters=(4, 8)).parse("conv3x3:8-max3x3-conv1x1:4-fc32"), digits().task
    )
    shapes = [tuple(tensor.shape) for tensor in built.parameters()]
    assert shapes == [tuple(tensor.shape) for tensor in other.parameters()]


def test_what_the_space_cannot_build_its_twin_does_not_build_either() -> None:
    macro, chain = MacroSpace(DARTSSpace(nodes=1)), ChainSpace(filters=(8, 16))
    found = macro.sample(random.Random(0))
    for space, arch, wrong in (
        (macro, replace(found, macro=MacroArchitecture(40, 8, ())), "40 is not in this space"),
        (chain, Chain((Layer("convolution", 15),)), "15 is not in this space"),
    ):
        for built_by in (space, Narrower(space, filters_share=0.5)):
            with pytest.raises(ValueError, match=wrong):
                built_by.build(arch, digits().task)


def test_runs_of_cells_shrink_and_reductions_stay() -> None:
    short = Narrower(DARTSSpace(cells=8), cells_share=0.5)
    macro = short._macro(DARTSSpace(cells=8).macro_architecture())  # reductions 2 and 5
    assert (macro.cells, macro.reductions) == (5, (1, 3))
    staged = NASNetSpace(repeats=6).macro_architecture()
    macro = Narrower(NASNetSpace(repeats=6), cells_share=1 / 3)._macro(staged)
    assert macro == NASNetSpace(repeats=2).macro_architecture()
    assert fewer(3, 0.5) == 2
    assert fewer(1, 0.1) == 1


def test_all_together_cost_less() -> None:
    arch = CELLS.parse(
        "|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|none~0|none~1|nor_conv_3x3~2|"
    )
    full = answer(ReducedTraining(CELLS, few(), epochs=2, device="cpu"), arch)
    cheap = ReducedTraining(
        CELLS, few(), epochs=2, stop_after=1, train_share=0.5, pooling=2, filters_share=0.5,
        cells_share=0.5, device="cpu",
    )  # fmt: skip
    less = answer(cheap, arch)
    assert less.measures["samples"] == full.measures["samples"] / 4
    assert less.measures["macs"] < full.measures["macs"] / 16
    assert less.measures["training macs"] == less.measures["samples"] * less.measures["macs"]
    assert 0 <= less.score <= 1


def test_impossible_reductions_are_named() -> None:
    for wrong in (
        {"train_share": 0.0},
        {"filters_share": 1.5},
        {"cells_share": 0.5},
        {"pooling": 9},
        {"stop_after": 9},
    ):
        (name,) = wrong
        with pytest.raises(ValueError, match=name):
            ReducedTraining(chains(), few(), **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="filters_share: what the filters of RecurrentSpace"):
        Narrower(RecurrentSpace(), filters_share=0.5)
