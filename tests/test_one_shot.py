"""``OneShot``: inherited scores, recalibration, ENAS's steps, resumed runs; what it refuses."""

from __future__ import annotations

import pickle
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from workbench.data import ImageData, Split
from workbench.data.images import assembled, numbered
from workbench.estimators import OneShot
from workbench.estimators.inherited_accuracy import some
from workbench.records import Batch, Candidate, Evaluation, RunError, Told
from workbench.search import finish, search, search_parallel
from workbench.spaces import DARTSSpace, TopologySpace
from workbench.spaces.topology import Topology
from workbench.store import resume
from workbench.strategies import RandomSearch, Reinforce
from workbench.training.metrics import accuracy
from workbench.training.recalibration import recalibrate
from workbench.trial import answer_of

SPACE = TopologySpace(nodes=3, channels=4, cells=1, stages=1)
ARCH = Topology(("nor_conv_3x3", "skip_connect", "avg_pool_3x3"))


def easy() -> ImageData:
    """Three classes: which third of the image is bright."""
    rng = torch.Generator().manual_seed(0)
    labels = torch.arange(90) % 3
    images = torch.randint(0, 90, (90, 1, 6, 6), dtype=torch.uint8, generator=rng)
    for image, label in zip(images, labels.tolist()):
        image[0, 2 * label : 2 * label + 2] += 150
    split = Split(images, labels)
    return assembled("easy", split, split, split, classes=numbered(3))


DATA = easy()


def made(space: Any = SPACE, **settings: Any) -> OneShot[Any]:
    small: dict[str, Any] = {"epochs": 10, "batch_size": 30, "device": "cpu", "calibration": 60}
    return OneShot(space, DATA, **(small | settings))


def prepared(**settings: Any) -> OneShot[Any]:
    estimator = made(**settings)
    for _ in estimator.prepare(seed=0):
        pass
    return estimator


@cache
def ready() -> OneShot[Any]:
    """Prepared once; nothing here trains it on."""
    return prepared()


def answer(estimator: Any, arch: Any = ARCH, trial: int = 0, seed: int = 1) -> Evaluation:
    found = answer_of(estimator.estimate(Candidate(arch), trial=trial, seed=seed))
    return replace(found, seconds=0.0)


def test_a_score_is_the_accuracy_of_the_inherited_network_recalibrated() -> None:
    """By hand: the shared weights in the space's network, moments of one batch, accuracy."""
    estimator = ready()
    network = estimator._shared.training.shared.network(ARCH)
    chosen = some(DATA.train, 60, seed=0).images.float()
    batch = (chosen - DATA.mean[:, None, None]) / DATA.deviation[:, None, None]
    for _ in recalibrate(network, (batch,)):
        pass
    expected = accuracy(network, DATA.validation, DATA, torch.device("cpu"))
    found = answer(estimator)
    assert found.score == expected > 0.5
    assert found.measures == {
        "parameters": sum(p.numel() for p in SPACE.build(ARCH, DATA.task).parameters())
    }
    judged = estimator.network(Told(0, Candidate(ARCH), found))
    assert accuracy(judged, DATA.validation, DATA, torch.device("cpu")) == expected


def test_judging_changes_nothing_and_depends_on_no_seed() -> None:
    estimator = ready()
    before = {n: t.clone() for n, t in estimator._shared.training.shared.state_dict().items()}
    assert answer(estimator, seed=1) == answer(estimator, seed=2, trial=7)
    after = estimator._shared.training.shared.state_dict()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())


def test_settings_of_judging_share_a_training(tmp_path: Path) -> None:
    """A supernet on the disk serves any of them; another training is refused."""
    with_new_moments = prepared(checkpoints=tmp_path)
    stale = made(checkpoints=tmp_path, recalibrate=False)
    assert list(stale.prepare(seed=0)) == []
    assert answer(with_new_moments) == answer(ready())
    network = stale._shared.training.shared.network(ARCH)
    expected = accuracy(network, DATA.validation, DATA, torch.device("cpu"))
    assert answer(stale).score == expected
    few = made(checkpoints=tmp_path, images=30)
    assert list(few.prepare(seed=0)) == []
    judged = few._shared.judge.validation
    assert torch.bincount(judged.labels).tolist() == [10, 10, 10]
    with pytest.raises(ValueError, match="another training: epochs: 5 here, 10 there"):
        list(made(checkpoints=tmp_path, epochs=5).prepare(seed=0))


def test_prepared_again_it_trains_nothing() -> None:
    estimator = ready()
    assert list(estimator.prepare(seed=0)) == []
    running = estimator.prepare(seed=5)
    assert isinstance(next(running), Batch)
    running.close()
    with pytest.raises(RunError, match="nothing is trained yet"):
        answer(estimator)
    ready.cache_clear()


def test_the_space_of_darts() -> None:
    space = DARTSSpace(channels=2, cells=3, nodes=1)
    estimator = prepared(space=space, epochs=1, split=0)
    assert 0.0 <= answer(estimator, space.sample(random.Random(0))).score <= 1.0


# ------------------------------------------------------------------ steps: ENAS


def enas(**settings: Any) -> OneShot[Any]:
    return made(epochs=0, steps=2, same_images=False, images=30, **settings)


def told(events: Any) -> list[Any]:
    return [replace(event.evaluation, seconds=0.0) for event in events if isinstance(event, Told)]


def controller() -> Reinforce[Any]:
    return Reinforce(SPACE, children=3, hidden_size=8)


def test_with_steps_the_asked_path_learns_and_a_stopped_trial_leaves_nothing() -> None:
    estimator = prepared(epochs=0, steps=2)

    def weights() -> dict[str, torch.Tensor]:
        return {n: t.clone() for n, t in estimator._shared.training.shared.named_parameters()}

    first = weights()
    running = estimator.estimate(Candidate(ARCH), trial=0, seed=1)
    for _ in range(2):
        next(running)
    trained = weights()
    running.close()
    moved = {name for name in first if not torch.equal(first[name], trained[name])}
    assert {"edges.0.nor_conv_3x3" in name for name in moved if ".edges." in name} == {True}
    assert all(torch.equal(tensor, weights()[name]) for name, tensor in first.items())
    answer(estimator)
    assert all(torch.equal(trained[name], weights()[name]) for name in first)


def test_a_resumed_run_trains_again_what_the_log_says(tmp_path: Path) -> None:
    """Bit for bit, in a new process or after one that died between two trials."""
    whole = finish(search(controller(), enas(), trials=6))
    for _ in resume(tmp_path / "run.jsonl", controller(), enas(), trials=4):
        pass
    resumed = resume(tmp_path / "run.jsonl", controller(), enas(), trials=6)
    assert told(resumed) == told(whole.events)


def test_shared_weights_are_trained_in_one_process() -> None:
    """A copy elsewhere learns, the next trial knows nothing of it: refused, not wrong."""
    estimator = enas()
    strategy = RandomSearch(SPACE)
    with Elsewhere(1) as executor:
        running = search_parallel(strategy, estimator, trials=2, executor=executor, workers=1)
        with pytest.raises(RunError, match="trial 0 was not trained here"):
            list(running)


class Elsewhere(ThreadPoolExecutor):
    """A worker that gets copies, as one in another process does."""

    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> Any:
        copies = pickle.loads(pickle.dumps(arguments))  # noqa: S301  (made in this line)
        return super().submit(function, *copies, **named)


def test_what_it_refuses() -> None:
    with pytest.raises(RunError, match=r"for _ in estimator\.prepare\(seed=0\)"):
        answer(made())
    with pytest.raises(ValueError, match="epochs: expected 1 at least where steps is 0"):
        made(epochs=0)
    with pytest.raises(ValueError, match=r"split must be 0 … 2, got 3"):
        made(split=3)
    with pytest.raises(RunError, match="trained on since"):
        enas().network(Told(0, Candidate(ARCH), Evaluation(0.5, 1.0)))
    with pytest.raises(ValueError, match="does not say"):
        answer(ready(), Topology(("none",)))


def test_a_default_device_of_others_does_not_reach_the_images_that_judge() -> None:
    expected = some(DATA.validation, 20, seed=3)
    with torch.device("meta"):  # as torch.set_default_device has it
        found = some(DATA.validation, 20, seed=3)
    assert torch.equal(found.images, expected.images)
