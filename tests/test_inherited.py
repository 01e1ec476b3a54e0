"""Weight inheritance in a search: children begin where their parents ended."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from workbench.data import digits
from workbench.estimators import FullTraining, Inherited
from workbench.records import Candidate, Epoch, Evaluation, RunError, Told
from workbench.spaces import ChainSpace
from workbench.trial import answer_of

SPACE = ChainSpace(hidden_units=(0,))
MOTHER, CHILD = (SPACE.parse(f"conv3x3:{n}/2-fc0") for n in (8, 16))
OTHER = SPACE.parse("sep3x3:16-fc0")


@cache
def data() -> Any:
    whole = digits()
    train, validation = (
        replace(split, images=split.images[:256], labels=split.labels[:256])
        for split in (whole.train, whole.validation)
    )
    return replace(whole, train=train, validation=validation)


def made(**settings: Any) -> Inherited[Any]:
    estimator = Inherited(SPACE, data(), device="cpu", **{"epochs": 2} | settings)
    for _ in estimator.prepare(seed=0):
        pass
    return estimator


def answer(estimator: Any, arch: Any, trial: int, *parents: int, **asks: Any) -> Evaluation:
    candidate = Candidate(arch, parents=parents, **asks)
    found = answer_of(estimator.estimate(candidate, trial=trial, seed=trial))
    return replace(found, seconds=0.0)


def test_a_child_begins_where_its_mother_ended() -> None:
    """It hardly learns here, so that only what it was given counts."""
    estimator = made(restart=1e-9, epochs=3)
    mother = answer(estimator, MOTHER, 0)
    child = answer(estimator, CHILD, 1, 0)
    assert child.measures["exact"] == child.measures["inherited"] == 1
    assert mother.score > 0.2
    assert abs(child.curve[0] - mother.score) < 0.05
    assert not {"exact", "inherited"} & {*mother.measures}


def test_without_parents_it_trains_as_full_training_does() -> None:
    estimator, full = made(), FullTraining(SPACE, data(), epochs=2, device="cpu")
    scratch = answer(full, CHILD, 1)
    assert answer(estimator, CHILD, 1) == scratch
    failed = Told(0, Candidate(MOTHER), Evaluation.failed())
    estimator.tell(failed)
    assert answer(estimator, CHILD, 1, 0) == scratch  # it has nothing to give


def test_of_several_parents_the_one_counts_that_gives_most() -> None:
    estimator = made(epochs=1)
    answer(estimator, OTHER, 0)
    answer(estimator, MOTHER, 1)
    child = answer(estimator, CHILD, 2, 0, 1)
    assert child.measures["exact"] == 1
    assert child == answer(estimator, CHILD, 2, 1)
    assert answer(estimator, CHILD, 2, 0).measures["exact"] == 0


def test_a_child_goes_on_from_its_own_checkpoint() -> None:
    estimator = made(epochs=2)
    answer(estimator, MOTHER, 0)
    whole = answer(estimator, CHILD, 1, 0)
    short = answer(estimator, CHILD, 1, 0, epochs=1)
    assert short.curve == whole.curve[:1]
    carried = answer(estimator, CHILD, 2, 0, continues=1)
    assert carried.curve == whole.curve


def test_weights_outlive_the_process_in_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    first = made(epochs=1, checkpoints=folder)
    answer(first, MOTHER, 0)
    whole = answer(first, CHILD, 1, 0)
    assert answer(made(epochs=1, checkpoints=folder), CHILD, 1, 0) == whole
    network = first.network(Told(1, Candidate(CHILD, parents=(0,)), whole))
    assert next(network.parameters()).shape == (16, 1, 3, 3)
    with pytest.raises(RunError, match=r"trial 0 left nothing .* say checkpoints=folder"):
        answer(made(epochs=1), CHILD, 1, 0)


def test_noise_makes_copies_differ() -> None:
    kept = []
    for noise in (0.0, 0.01):
        estimator = made(epochs=1, noise=noise, weight_decay=0.0)
        answer(estimator, MOTHER, 0)
        answer(estimator, CHILD, 1, 0)
        left = estimator._trainings.kept.earlier(1, {})
        kept.append(left.group("network")["0.0.weight"])
    plain, disturbed = kept
    pairs = torch.cdist(plain.flatten(1), plain.flatten(1)) + torch.eye(16)
    assert int((pairs.min(1).values < 1e-6).sum()) >= 8  # copies are copies still
    pairs = torch.cdist(disturbed.flatten(1), disturbed.flatten(1)) + torch.eye(16)
    assert pairs.min() > 1e-6


def test_a_child_s_events_are_its_own() -> None:
    estimator = made()
    answer(estimator, MOTHER, 0)
    child = Candidate(CHILD, parents=(0,))
    events = [e for e in estimator.estimate(child, trial=1, seed=1) if isinstance(e, Epoch)]
    assert [(event.trial, event.epoch, event.epochs) for event in events] == [(1, 1, 2), (1, 2, 2)]


def test_a_failure_of_an_earlier_search_keeps_nothing_back() -> None:
    estimator = made(epochs=1)
    estimator.tell(Told(0, Candidate(MOTHER), Evaluation.failed()))
    for _ in estimator.prepare(seed=1):
        pass
    estimator.tell(Told(0, Candidate(MOTHER), answer(estimator, MOTHER, 0)))
    assert answer(estimator, CHILD, 1, 0).measures["inherited"] == 1


def test_a_default_device_of_others_does_not_reach_what_is_handed_down() -> None:
    estimator = made(epochs=1)
    answer(estimator, MOTHER, 0)
    expected = answer(estimator, CHILD, 1, 0)
    with torch.device("meta"):  # as torch.set_default_device has it
        assert answer(estimator, CHILD, 1, 0) == expected
