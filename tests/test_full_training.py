"""FullTraining: events, scores, budgets, continuing, and the untouched test split."""

from __future__ import annotations

import gc
import pickle
import subprocess
import sys
import traceback
import weakref
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import pytest
import torch

from workbench.data import Split, digits
from workbench.estimators import FullTraining
from workbench.records import Asked, Batch, Candidate, Epoch, Failed, RunError, Told
from workbench.search import finish, search, search_parallel
from workbench.settings import describe
from workbench.spaces import ChainSpace
from workbench.store import checkpoints_of, load, resume
from workbench.strategies import RandomSearch, WarmStart
from workbench.training.trainer import Trainer
from workbench.trial import answer_of

SPACE = ChainSpace()
ARCH = SPACE.parse("conv3x3:8/2-max3x3-fc0")


@pytest.fixture(scope="module")
def data():
    whole = digits()
    few = Split(whole.train.images[:200], whole.train.labels[:200])
    return replace(whole, train=few)


def estimator(data, **settings):
    settings = {"epochs": 4, "device": "cpu"} | settings
    return FullTraining(SPACE, data, **settings)


def estimated(full, candidate, *, trial=0, seed=1):
    events = []
    return events, answer_of(full.estimate(candidate, trial=trial, seed=seed), events.append)


def test_events_carry_the_trial_and_the_score_is_the_last_epochs(data):
    events, evaluation = estimated(estimator(data), Candidate(ARCH), trial=5)
    epochs = [event for event in events if isinstance(event, Epoch)]
    assert {type(event) for event in events} == {Batch, Epoch}
    assert {event.trial for event in events} == {5}
    assert [event.epoch for event in epochs] == [1, 2, 3, 4]
    assert evaluation.curve == tuple(event.score for event in epochs)
    assert evaluation.score == epochs[-1].score
    assert evaluation.measures["loss"] == epochs[-1].loss
    assert evaluation.seconds >= epochs[-1].seconds > 0
    assert not evaluation.is_failure


def test_measures_are_the_networks_parameters_and_macs(data):
    _, evaluation = estimated(estimator(data, epochs=1), Candidate(ARCH))
    network = SPACE.build(ARCH, data.task)
    assert evaluation.measures["parameters"] == sum(p.numel() for p in network.parameters())
    assert evaluation.measures["macs"] == 9 * 8 * 16 + 8 * 10  # 4 × 4 pixels; 8 × 10 at the head


def test_a_trial_is_a_function_of_its_seed(data):
    full = estimator(data)
    one = estimated(full, Candidate(ARCH), seed=1)[1]
    assert estimated(full, Candidate(ARCH), trial=9, seed=1)[1].curve == one.curve
    assert estimated(full, Candidate(ARCH), seed=2)[1].measures["loss"] != one.measures["loss"]


def test_the_global_generator_is_not_touched(data):
    before = torch.get_rng_state()
    for _ in estimator(data, epochs=1, augment=True).estimate(Candidate(ARCH), trial=0, seed=3):
        assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(torch.get_rng_state(), before)


def test_nothing_is_prepared(data):
    assert list(estimator(data).prepare(seed=0)) == []


# ---------------------------------------------------------------------- budgets, going on


@pytest.mark.parametrize("on_disk", [False, True])
@pytest.mark.parametrize("k", [1, 3])
def test_a_continued_trial_equals_one_that_never_stopped(data, tmp_path, on_disk, k):
    folder = tmp_path / "checkpoints" if on_disk else None
    whole = estimated(estimator(data), Candidate(ARCH), seed=1)[1]
    full = estimator(data, checkpoints=folder)
    short, first = estimated(full, Candidate(ARCH, epochs=k), trial=3, seed=1)
    if on_disk:
        full = estimator(data, checkpoints=folder)  # another process, another day
    rest, second = estimated(full, Candidate(ARCH, epochs=4, continues=3), trial=8, seed=77)
    assert first.curve == whole.curve[:k]
    assert second.curve == whole.curve
    assert second.measures == whole.measures
    epochs = [event.epoch for event in rest if isinstance(event, Epoch)]
    assert epochs == list(range(k + 1, 5))
    assert all(event.trial == 8 for event in rest)
    assert [event.epochs for event in short if isinstance(event, Epoch)] == [k] * k


@pytest.mark.parametrize("folder", [False, True])
def test_a_trial_that_has_nothing_left_to_train_says_what_the_earlier_one_did(
    data, folder, tmp_path
):
    full = estimator(data, checkpoints=tmp_path if folder else None)
    full.prepare(seed=0).close()
    first = estimated(full, Candidate(ARCH, epochs=2), trial=0, seed=1)[1]
    events, again = estimated(full, Candidate(ARCH, epochs=2, continues=0), trial=1, seed=2)
    assert events == []
    assert (again.score, again.curve, again.measures) == (first.score, first.curve, first.measures)
    third = estimated(full, Candidate(ARCH, epochs=2, continues=1), trial=2, seed=3)[1]
    assert third.measures == first.measures
    if folder:
        told = Told(2, Candidate(ARCH), third)
        assert full.network(told).training


def test_continuing_in_three_steps_equals_one(data):
    whole = estimated(estimator(data), Candidate(ARCH), seed=1)[1]
    full = estimator(data)
    estimated(full, Candidate(ARCH, epochs=1), trial=0, seed=1)
    estimated(full, Candidate(ARCH, epochs=2, continues=0), trial=1, seed=2)
    last = estimated(full, Candidate(ARCH, continues=1), trial=2, seed=3)[1]
    assert (last.curve, last.measures) == (whole.curve, whole.measures)


def test_what_cannot_be_continued_says_why(data, tmp_path):
    full = estimator(data)
    with pytest.raises(RunError, match=r"trial 3 left nothing .* checkpoints=folder"):
        estimated(full, Candidate(ARCH, continues=3))
    with pytest.raises(FileNotFoundError, match=r"trial-3\.safetensors: no such checkpoint"):
        estimated(estimator(data, checkpoints=tmp_path), Candidate(ARCH, continues=3))
    estimated(estimator(data, checkpoints=tmp_path), Candidate(ARCH, epochs=1), trial=3)
    other = SPACE.parse("conv3x3:16-fc0")
    with pytest.raises(RunError, match=r"belongs to another run: arch: 'conv3x3:16-fc0' here"):
        estimated(estimator(data, checkpoints=tmp_path), Candidate(other, continues=3))
    faster = estimator(data, checkpoints=tmp_path, rate=0.3)
    with pytest.raises(RunError, match=r"settings\.rate: 0\.3 here"):
        estimated(faster, Candidate(ARCH, continues=3))


def test_a_checkpoint_of_a_run_with_another_seed_is_not_continued(data, tmp_path):
    for seed in (0, 1):
        full = estimator(data, checkpoints=tmp_path)
        list(full.prepare(seed=seed))
        if seed == 0:
            estimated(full, Candidate(ARCH, epochs=1), trial=3)
    with pytest.raises(RunError, match=r"belongs to another run: run's seed: 1 here, 0 there"):
        estimated(full, Candidate(ARCH, continues=3))


class Promotes:
    """Asks for one epoch of an architecture, then for the rest."""

    def __init__(self, space):
        self.space, self._asks = space, 0

    def ask(self):
        self._asks += 1
        return Candidate(ARCH, epochs=1) if self._asks == 1 else Candidate(ARCH, continues=0)

    def tell(self, told):
        pass

    def inside(self):
        return {}


def test_a_promoted_trial_whose_checkpoint_is_gone_ends_the_run_which_can_be_resumed(
    data, tmp_path
):
    log = tmp_path / "log.jsonl"

    def run(**settings):
        full = estimator(data, epochs=2, **settings)
        return finish(resume(log, Promotes(SPACE), full, trials=2))

    kept = {"checkpoints": checkpoints_of(log)}
    whole = finish(search(Promotes(SPACE), estimator(data, epochs=2), trials=2))
    events = resume(log, Promotes(SPACE), estimator(data, epochs=2, **kept), trials=2)
    for event in events:
        if isinstance(event, Told):
            events.close()
    before = log.read_bytes()
    with pytest.raises(ValueError, match=r"checkpoints: expected a folder, got None: Promotes"):
        run()
    assert log.read_bytes() == before
    aside = tmp_path / "aside"
    checkpoints_of(log).rename(aside)
    with pytest.raises(FileNotFoundError, match="trial-0"):
        run(**kept)
    assert not any(isinstance(event, Failed) for event in load(log, SPACE).events)
    checkpoints_of(log).rmdir()
    aside.rename(checkpoints_of(log))
    history = run(**kept)
    assert [told.evaluation.curve for told in history.told] == [
        told.evaluation.curve for told in whole.told
    ]


class Says(Promotes):
    """Says so beforehand."""

    promotes = True


def test_promotions_that_nothing_is_kept_for_are_refused_before_the_first_trial(data, tmp_path):
    refused = pytest.raises(ValueError, match=r"checkpoints: expected a folder, got None: Says")
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    settings = {"trials": 2, "executor": pool, "workers": 1}
    with refused:
        next(search_parallel(Says(SPACE), estimator(data), **settings))
    with refused:
        next(resume(tmp_path / "log.jsonl", Says(SPACE), estimator(data), **settings))
    yours = WarmStart(Says(SPACE), first=(ARCH,))
    with pytest.raises(ValueError, match="got None: WarmStart"):
        next(search_parallel(yours, estimator(data), **settings))
    assert not (tmp_path / "log.jsonl").exists()
    # where it is kept, or one process does it all, nothing is refused
    kept = estimator(data, checkpoints=tmp_path)
    assert isinstance(next(search_parallel(Says(SPACE), kept, **settings)), Asked)
    pool.shutdown(cancel_futures=True)
    history = finish(search(Says(SPACE), estimator(data, epochs=2), trials=2))
    assert len(history.told) == 2
    with ThreadPoolExecutor(1) as threads:
        settings = {"trials": 2, "executor": threads, "workers": 1}
        history = finish(search_parallel(Says(SPACE), estimator(data, epochs=2), **settings))
    assert len(history.told) == 2


def test_where_checkpoints_cannot_be_written_nothing_is_trained(data, tmp_path):
    (tmp_path / "file").write_text("no folder")
    full = estimator(data, checkpoints=tmp_path / "file" / "checkpoints")
    with pytest.raises(OSError, match="file"):
        next(search(RandomSearch(SPACE), full, trials=1))


def test_home_is_expanded_in_the_folder_for_checkpoints(data, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    estimated(estimator(data, epochs=1, checkpoints="~/kept"), Candidate(ARCH), trial=3)
    assert (tmp_path / "kept" / "trial-3.safetensors").exists()


def test_a_budget_beyond_the_horizon_is_refused(data):
    with pytest.raises(ValueError, match="expected 1 … 4"):
        estimated(estimator(data), Candidate(ARCH, epochs=5))
    with pytest.raises(ValueError, match="epochs must be at least 1, got 0"):
        Candidate(ARCH, epochs=0)


# ---------------------------------------------------------------------- in a search


def told(data, **settings):
    events = search(RandomSearch(SPACE, seed=0), estimator(data, **settings), trials=3, seed=0)
    return [(e.trial, e.candidate, e.evaluation) for e in events if isinstance(e, Told)]


def test_the_test_split_makes_no_difference_to_a_search(data):
    poison = Split(torch.full_like(data.test.images, 255), (data.test.labels + 1) % 10)
    clean = told(data, epochs=1)
    poisoned = told(replace(data, test=poison), epochs=1)
    assert [(t, c, e.curve, e.measures) for t, c, e in clean] == [
        (t, c, e.curve, e.measures) for t, c, e in poisoned
    ]


def test_divergence_ends_in_failed_and_the_search_goes_on(data):
    strategy = RandomSearch(SPACE, seed=0)
    events = list(search(strategy, estimator(data, rate=1e30), trials=2, seed=0))
    failures = [event for event in events if isinstance(event, Failed)]
    assert [type(event.error) for event in failures] == [FloatingPointError] * 2
    assert sum(isinstance(event, Asked) for event in events) == 2
    assert all(e.evaluation.is_failure for e in events if isinstance(e, Told))


def test_a_failure_in_the_history_does_not_keep_its_network_in_memory(data, monkeypatch):
    networks = []

    def full_up(trainer, images, labels, done):
        networks.append(weakref.ref(trainer.network))
        raise torch.OutOfMemoryError("no room left on the device")

    monkeypatch.setattr(Trainer, "_loss", full_up)
    history = finish(search(RandomSearch(SPACE, seed=0), estimator(data), trials=2, seed=0))
    gc.collect()
    failures = [event for event in history.events if isinstance(event, Failed)]
    assert [network() for network in networks] == [None, None]
    assert all("full_up" in "".join(traceback.format_tb(e.error.__traceback__)) for e in failures)


def elsewhere(full, candidate):
    return estimated(full, candidate)[1]


def test_another_process_trains_exactly_the_same(data):
    full = estimator(data, epochs=2)
    estimated(full, Candidate(ARCH, epochs=1), trial=3)  # leaves something in memory
    here = estimated(full, Candidate(ARCH))[1]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there = pool.submit(elsewhere, full, Candidate(ARCH)).result(timeout=120)
    assert (there.curve, there.measures) == (here.curve, here.measures)
    assert len(pickle.dumps(full)) < 2 * len(pickle.dumps(data))


def test_every_argument_is_kept_for_logs_and_panels(data):
    described = describe(estimator(data, checkpoints="somewhere"))
    assert described["name"] == "FullTraining"
    assert described["space"]["name"] == "ChainSpace"
    assert described["data"]["name"] == "digits"
    assert described["epochs"] == 4
    assert "device" not in described
    assert "checkpoints" not in described


@pytest.mark.parametrize(
    "setting", [{"device": "cuda:99"}, {"weight_decay": -1.0}, {"rate": float("nan")}]
)
def test_settings_are_judged_when_they_are_given(data, setting):
    (name,) = setting
    with pytest.raises(ValueError, match=name):
        estimator(data, **setting)


def test_numpys_numbers_are_as_good_as_pythons():
    # in another process: here the signatures' types are checked, and they say int
    program = """
import json, numpy as np
from workbench.data import from_arrays
from workbench.estimators import FullTraining
from workbench.search import finish, search
from workbench.settings import describe
from workbench.spaces import ChainSpace
from workbench.strategies import RandomSearch
images = np.random.default_rng(0).normal(size=(60, 1, 4, 4))
data, space = from_arrays(images, np.arange(60) % 2), ChainSpace(max_depth=2)
full = FullTraining(space, data, epochs=np.int32(1), batch_size=np.int64(8), rate=np.float32(.25))
settings = json.loads(json.dumps(describe(full)))
assert (settings["batch_size"], settings["epochs"], settings["rate"]) == (8, 1, 0.25)
told = finish(search(RandomSearch(space), full, trials=1)).told
assert not told[0].evaluation.is_failure
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
