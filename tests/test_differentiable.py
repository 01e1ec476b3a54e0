"""``DifferentiableSearch``: a method, its order of steps, its parts in every combination."""

from __future__ import annotations

import itertools
import math
import os
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from thoroughness import so_many

from workbench.data import ImageData, Split
from workbench.data.images import assembled, numbered
from workbench.history import History, ledger
from workbench.protocols import Method
from workbench.records import Asked, Batch, Epoch, Event, Mixture, Told
from workbench.search import finish
from workbench.settings import arguments, presets
from workbench.spaces import DARTSSpace, TopologySpace
from workbench.store import header, load, progress_of, resume
from workbench.strategies import DifferentiableSearch
from workbench.strategies.gradient_based.descent import Descent
from workbench.strategies.gradient_based.relaxations import RELAXATIONS
from workbench.strategies.gradient_based.stopping import RULES

SPACE = DARTSSpace(
    channels=2, cells=3, nodes=1, operations=("none", "skip_connect", "sep_conv_3x3")
)


def few() -> ImageData:
    rng = torch.Generator().manual_seed(0)

    def split(n: int) -> Split:
        images = torch.randint(0, 256, (n, 1, 8, 8), dtype=torch.uint8, generator=rng)
        return Split(images, torch.arange(n) // (n // 3))  # in the order of their classes

    return assembled("few", split(48), split(12), split(12), classes=numbered(3))


DATA = few()


def made(space: Any = SPACE, **settings: Any) -> DifferentiableSearch[Any]:
    small: dict[str, Any] = {"epochs": 3, "batch_size": 8, "device": "cpu"}
    return DifferentiableSearch(space, DATA, **(small | settings))


def without_clock(events: Any) -> list[Any]:
    """All that must be the same bit for bit: seconds are not."""
    found = []
    for event in events:
        if isinstance(event, Epoch):
            event = replace(event, seconds=0.0)
        if isinstance(event, Told):
            event = replace(event, evaluation=replace(event.evaluation, seconds=0.0))
        found.append(repr(event))
    return found


def logged(events: Any) -> list[Any]:
    return [event for event in events if not isinstance(event, Batch)]


@pytest.fixture(scope="module")
def whole() -> list[Event[Any]]:
    return list(made(order=2).events(seed=4))


def test_each_epoch_is_paid_once(whole: list[Event[Any]]) -> None:
    bill, epochs = ledger(History(tuple(whole))), [e for e in whole if isinstance(e, Epoch)]
    assert bill[-1]["epochs"] == len(epochs) == 3
    assert bill[-1]["seconds"] == epochs[-1].seconds


# ------------------------------------------------------------------ a method


def test_it_is_a_method_that_ends_in_one_trial(whole: list[Event[Any]]) -> None:
    search = made(order=2)
    assert isinstance(search, Method)
    kinds = [type(event) for event in logged(whole)]
    assert kinds == [Epoch, Mixture] * 3 + [Asked, Told]
    *_, mixture, asked, told = whole
    assert isinstance(mixture, Mixture)
    assert isinstance(told, Told)
    assert isinstance(asked, Asked)
    assert told.candidate == asked.candidate
    assert told.candidate.arch == SPACE.discretised(mixture.weights)
    epochs = [event for event in whole if isinstance(event, Epoch)]
    assert told.evaluation.curve == tuple(epoch.score for epoch in epochs)
    assert told.evaluation.score == epochs[-1].score
    assert set(told.evaluation.measures) == {"parameters", "macs"}
    assert {"supernet", "held-out loss", "entropy", "skip connections"} <= set(epochs[0].measures)
    assert all(event.trial is None for event in whole if isinstance(event, Batch))
    assert len([e for e in whole if isinstance(e, Batch) and e.epoch == 1]) == 3 + 2


def test_it_is_a_function_of_settings_and_seed(whole: list[Event[Any]]) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(99)
        assert without_clock(made(order=2).events(seed=4)) == without_clock(whole)
    assert without_clock(made(order=2).events(seed=5)) != without_clock(whole)
    assert without_clock(made(order=1).events(seed=4)) != without_clock(whole)


def test_it_leaves_the_global_generator_and_threads_alone() -> None:
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    events = made(epochs=1).events(seed=0)
    next(events)
    assert torch.get_num_threads() == threads
    list(events)
    assert torch.equal(torch.get_rng_state(), before)


def test_what_is_shown_is_the_mixture(whole: list[Event[Any]]) -> None:
    search = made(epochs=1)
    assert search.inside() == {}
    list(search.events(seed=0))
    rows = search.inside()["mixture"]
    assert len(rows) == 2 * 2 * 3
    assert rows[0]["edge"] == "normal: c[k-2] → n1"
    assert math.fsum(row["weight"] for row in rows) == pytest.approx(4.0)


# ------------------------------------------------------------------ stopped and killed


def run(path: Path, **settings: Any) -> Iterator[Event[Any]]:
    return resume(path, made(order=2, **settings), seed=4)


@pytest.mark.parametrize("pulls", [1, 4, 6, 7, 8, 11, 14, 15, 21, 22, 23])
def test_stopped_after_any_event_it_goes_on_bit_for_bit(
    tmp_path: Path, pulls: int, whole: list[Event[Any]]
) -> None:
    path = tmp_path / "log.jsonl"
    events = run(path)
    got = [event for _, event in zip(range(pulls), events)]
    events.close()
    assert len(got) == pulls
    history = finish(run(path))
    assert without_clock(history.events) == without_clock(logged(whole))
    assert without_clock(load(path, SPACE).events) == without_clock(logged(whole))
    assert header(path)["settings"]["method"]["order"] == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forks of one process: needs os.fork")
def test_killed_at_any_batch_it_ends_in_the_same_alphas(
    tmp_path: Path, whole: list[Event[Any]]
) -> None:
    rng = random.Random(0)
    for number in range(so_many(2, 8)):
        path = tmp_path / f"{number}.jsonl"
        for _ in range(2):
            last = rng.randrange(1, 22)
            child = os.fork()
            if not child:
                for _ in zip(range(last), run(path)):
                    pass
                os._exit(9)  # no clean-up, as when killed
            os.waitpid(child, 0)
        assert without_clock(finish(run(path)).events) == without_clock(logged(whole))


@pytest.mark.parametrize("length", [0, 200])
def test_a_torn_checkpoint_is_begun_again(
    tmp_path: Path, length: int, whole: list[Event[Any]]
) -> None:
    path = tmp_path / "log.jsonl"
    events = run(path)
    for _ in zip(range(14), events):
        pass
    events.close()
    checkpoint = progress_of(path)
    checkpoint.write_bytes(checkpoint.read_bytes()[:length])
    assert without_clock(finish(run(path)).events) == without_clock(logged(whole))


def test_a_checkpoint_of_another_run_is_an_error(tmp_path: Path) -> None:
    progress = tmp_path / "method.safetensors"
    list(made(epochs=1).events(seed=1, progress=progress))
    with pytest.raises(ValueError, match="checkpoint of another run: seed: 2 here, 1 there"):
        list(made(epochs=1).events(seed=2, progress=progress))
    with pytest.raises(ValueError, match=r"another run: settings\.rate: 0\.05 here, 0\.1 there"):
        list(made(epochs=1, rate=0.05).events(seed=1, progress=progress))


def test_one_that_stopped_early_is_resumed_to_the_same_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RULES, "skips", lambda noted: 1 if len(noted) == 2 else None)
    path = tmp_path / "log.jsonl"
    expected = logged(made(order=2, stopping="skips").events(seed=4))
    assert [type(event) for event in expected].count(Epoch) == 2
    told = expected[-1]
    assert "after epoch 1, stopped in epoch 2" in told.candidate.reason
    assert told.evaluation.curve == (expected[0].score,)
    assert told.candidate.arch == SPACE.discretised(expected[1].weights)
    for pulls in (14, 15):
        events = run(path, stopping="skips")
        for _ in zip(range(pulls), events):
            pass
        events.close()
    found = finish(run(path, stopping="skips")).events
    assert without_clock(found) == without_clock(expected)


@pytest.mark.gpu
@pytest.mark.parametrize("order", [1, 2])
def test_a_graphics_card_searches_and_carries_on(tmp_path: Path, order: int) -> None:
    path, settings = tmp_path / "log.jsonl", {"order": order, "device": "cuda", "curvature": True}
    before = torch.cuda.get_rng_state()
    events = resume(path, made(**settings), seed=4)
    for _ in zip(range(8), events):  # into the second epoch
        pass
    events.close()
    found = finish(resume(path, made(**settings), seed=4)).events
    assert [type(event) for event in found] == [Epoch, Mixture] * 3 + [Asked, Told]
    epochs = [event for event in found if isinstance(event, Epoch)]
    assert all(math.isfinite(epoch.loss) for epoch in epochs)
    assert all(math.isfinite(value) for epoch in epochs for value in epoch.measures.values())
    assert torch.equal(torch.cuda.get_rng_state(), before)


# ------------------------------------------------------------------ the steps


class Watched(Descent):
    """Notes what is looked at, in order."""

    def __init__(self, search: Any, seed: int) -> None:
        super().__init__(search, seed)
        self.seen: list[str] = []

    def _alpha_step(self, *given: Any) -> None:
        self.seen.append("alpha")
        super()._alpha_step(*given)

    def _weight_step(self, *given: Any) -> None:
        self.seen.append("weights")
        super()._weight_step(*given)


def values(tensors: Any) -> torch.Tensor:
    return torch.cat([tensor.detach().flatten().clone() for tensor in tensors.values()])


@pytest.mark.parametrize("alpha_first", [True, False])
def test_the_steps_come_in_the_published_order(alpha_first: bool) -> None:
    watched = Watched(made(alpha_first=alpha_first), 0)
    watched.step(watched.begin(1)[0])
    order = ["alpha", "weights"]
    assert watched.seen == (order if alpha_first else order[::-1])


def test_each_half_serves_one_of_both_and_has_all_classes() -> None:
    """Labels lie in order here: halves cut in the middle would lack a class."""
    descent = Descent(made(), 0)
    first, second = descent.halves
    assert sorted([*first.tolist(), *second.tolist()]) == list(range(48))
    for half in (first, second):
        assert DATA.train.labels[half].bincount().tolist() == [8, 8, 8]
    pairs = descent.begin(1)
    for place, half in enumerate((first, second)):
        seen = torch.cat([pair[place] for pair in pairs])
        assert sorted(seen.tolist()) == sorted(half.tolist())
    held_out = [tuple(pair[1].tolist()) for pair in pairs]
    assert len(set(held_out)) == len(held_out)  # not one batch again and again
    assert [tuple(pair[1].tolist()) for pair in descent.begin(2)] != held_out


def test_an_alpha_step_is_adams_and_leaves_the_weights() -> None:
    descent = Descent(made(alpha_rate=0.1), 0)
    pair = descent.begin(1)[0]
    alphas, weights = values(descent.alphas), values(descent.weights)
    descent._alpha_step(descent._examples(pair[0]), descent._examples(pair[1]), 0)
    moved = values(descent.alphas) - alphas
    # Adam's first step is its rate in the gradient's direction
    torch.testing.assert_close(moved.abs(), torch.full_like(moved, 0.1), rtol=1e-2, atol=0)
    assert torch.equal(values(descent.weights), weights)
    group = descent.alpha_optimizer.param_groups[0]
    assert (group["betas"], group["weight_decay"]) == ((0.5, 0.999), 1e-3)


def test_a_weight_step_is_clipped_and_leaves_alpha() -> None:
    descent = Descent(made(clip=1e-3, weight_decay=0.0, rate=0.5), 0)
    pair = descent.begin(1)[0]
    alphas, weights = values(descent.alphas), values(descent.weights)
    descent._weight_step(descent._examples(pair[0]), 0)
    moved = values(descent.weights) - weights
    assert float(moved.norm()) == pytest.approx(0.5e-3, rel=1e-2)
    assert torch.equal(values(descent.alphas), alphas)


def test_warm_up_lets_alpha_stand_still() -> None:
    mixtures = [e for e in made(warm_up=2).events(seed=0) if isinstance(e, Mixture)]
    assert mixtures[0].weights == mixtures[1].weights != mixtures[2].weights


def test_joint_learning_never_touches_a_second_batch() -> None:
    descent = Watched(made(bilevel=False), 0)
    pairs = descent.begin(1)
    assert all(len(pair[1]) == 0 for pair in pairs)
    assert sorted(torch.cat([pair[0] for pair in pairs]).tolist()) == list(range(48))
    alphas, weights = values(descent.alphas), values(descent.weights)
    descent.step(pairs[0])
    assert descent.seen == []
    assert not torch.equal(values(descent.alphas), alphas)
    assert not torch.equal(values(descent.weights), weights)


def test_the_rate_falls_by_epochs_to_its_least() -> None:
    descent = Descent(made(epochs=4, rate=0.025, least_rate=0.001), 0)
    rates = [descent.begin(epoch) and descent.rate for epoch in (1, 2, 3, 4)]
    expected = [0.001 + 0.024 * (1 + math.cos(math.pi * e / 4)) / 2 for e in range(4)]
    assert rates == pytest.approx(expected)


def test_divergence_says_what_to_try() -> None:
    with pytest.raises(FloatingPointError, match="smaller rate or alpha_rate"):
        list(made(rate=1e30, clip=None, epochs=3).events(seed=0))


class Card(str):
    """The processor, in the place of a graphics card."""

    type = "cuda"


def test_on_a_graphics_card_it_diverges_no_later_than_its_epoch_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A look at each step would make a card wait; α stands still and is finite to the end."""
    chooser = "workbench.strategies.gradient_based.descent.choose_device"
    monkeypatch.setattr(chooser, lambda name: Card("cpu"))
    events = made(rate=1e30, clip=None, warm_up=3).events(seed=0)
    with pytest.raises(FloatingPointError, match=r"in epoch 1.*smaller rate or alpha_rate"):
        list(events)


# ------------------------------------------------------------------ the parts combine

COMBINATIONS = [
    *itertools.product(sorted(RELAXATIONS), (1, 2), (0.0, 0.3), ("order 1", "order 2", "joint"))
]


@pytest.mark.parametrize(("relaxation", "partial", "perturbation", "mode"), COMBINATIONS)
def test_every_combination_of_parts_takes_three_steps(
    relaxation: Any, partial: int, perturbation: float, mode: str
) -> None:
    search = made(
        relaxation=relaxation, partial=partial, perturbation=perturbation,
        bilevel=mode != "joint", order=2 if mode == "order 2" else 1,
    )  # fmt: skip
    descent = Descent(search, 0)
    alphas, weights = values(descent.alphas), values(descent.weights)
    for pair in descent.begin(2)[:3]:
        descent.step(pair)
    assert torch.isfinite(values(descent.alphas)).all()
    assert not torch.equal(values(descent.alphas), alphas)
    assert not torch.equal(values(descent.weights), weights)


@pytest.mark.parametrize("bilevel", [True, False])
def test_weights_learn_under_a_shaken_mixture(bilevel: bool) -> None:
    found = []
    for perturbation in (0.0, 0.3):
        descent = Descent(made(perturbation=perturbation, bilevel=bilevel), 0)
        for pair in descent.begin(2)[:2]:
            descent.step(pair)
        found.append(values(descent.weights))
    assert not torch.equal(*found)


@pytest.mark.parametrize("stopping", sorted(RULES))
def test_every_rule_ends_in_a_trial(stopping: Any) -> None:
    events = list(made(stopping=stopping, epochs=2).events(seed=0))
    assert isinstance(events[-1], Told)
    measured = ["dominant eigenvalue" in e.measures for e in events if isinstance(e, Epoch)]
    assert measured[0] is (stopping == "eigenvalue")


def test_it_searches_topologies_too() -> None:
    space = TopologySpace(nodes=3, channels=2, cells=1, stages=2)
    events = list(made(space, epochs=1, curvature=True).events(seed=0))
    mixture, told = events[-3], events[-1]
    assert isinstance(mixture, Mixture)
    assert isinstance(told, Told)
    assert told.candidate.arch == space.discretised(mixture.weights)


# ------------------------------------------------------------------ settings


def test_presets_and_their_sources() -> None:
    paper = presets(DifferentiableSearch)["paper"]
    published = {
        "epochs": 50, "batch_size": 64, "rate": 0.025, "momentum": 0.9, "weight_decay": 3e-4,
        "clip": 5.0, "alpha_rate": 3e-4, "alpha_beta": 0.5, "alpha_decay": 1e-3,
        "least_rate": 0.001, "epsilon": 0.01, "affine": False, "alpha_first": True,
    }  # fmt: skip
    assert {name: paper[name] for name in published} == published
    assert presets(DifferentiableSearch)["lesson"]["alpha_rate"] > 10 * paper["alpha_rate"]
    assert "seed" not in arguments(DifferentiableSearch)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="order: expected 1 where bilevel is False"):
        made(order=2, bilevel=False)
    with pytest.raises(ValueError, match="partial: expected a divisor of 2 channels"):
        made(partial=4)


def test_history_reads_it(whole: list[Event[Any]]) -> None:
    history = History(tuple(logged(whole)))
    assert history.best is not None
    assert history.best.trial == 0
