"""Whose randomness: what other threads and the caller do changes no training, nor ours theirs."""

from __future__ import annotations

import copy
import random
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from thoroughness import so_many
from torch import nn

from workbench.data import from_arrays
from workbench.estimators import FullTraining
from workbench.exercises.contract import contract
from workbench.panels import SearchPanel
from workbench.records import Batch, Candidate, Epoch, Failed, ImageTask
from workbench.search import search
from workbench.spaces import DARTSSpace, NASNetSpace, TopologySpace
from workbench.spaces.final_training import DropPath
from workbench.strategies import RandomSearch
from workbench.training import train
from workbench.training.inspection import Inspection, inspected
from workbench.training.randomness import own_draws, spawned

TASK = ImageTask(1, 8, 8, 10)
CPU = torch.device("cpu")


def few() -> Any:
    labels = np.arange(120) % 2
    dark = np.random.default_rng(0).normal(size=(120, 1, 6, 6))
    return from_arrays(dark + labels[:, None, None, None], labels)


def scores(*, augment: bool = True) -> list[Any]:
    """Two trials of a space with drop-path, as numbers that must be equal bit for bit."""
    space = DARTSSpace(nodes=1, cells=2, channels=4, drop_path=0.3)
    estimator = FullTraining(space, few(), epochs=2, augment=augment, device="cpu")
    events = list(search(RandomSearch(space, seed=1), estimator, trials=2, seed=3))
    assert not [event.error for event in events if isinstance(event, Failed)]
    return [(e.trial, e.loss, e.score) for e in events if isinstance(e, Epoch)]


@contextmanager
def beside(work: Callable[[], None], threads: int = 1) -> Iterator[None]:
    """``work`` again and again in other threads; what it raises is raised at the end."""
    end, errors = threading.Event(), []

    def again() -> None:
        while not end.is_set():
            try:
                work()
            except BaseException as error:
                errors.append(error)
                return

    running = [threading.Thread(target=again) for _ in range(threads)]
    for thread in running:
        thread.start()
    try:
        yield
    finally:
        end.set()
        for thread in running:
            thread.join()
    if errors:
        raise errors[0]


def hammer() -> None:
    torch.manual_seed(1)
    torch.rand(100)


def test_two_threads_on_the_global_generator_change_no_training() -> None:
    quiet = scores()
    with beside(hammer, threads=2):
        assert all(scores() == quiet for _ in range(5))


def test_what_another_thread_draws_is_its_own() -> None:
    torch.manual_seed(5)
    expected = torch.rand(64)

    def draw() -> None:
        torch.manual_seed(5)
        assert torch.equal(torch.rand(64), expected)

    with beside(draw):
        scores()


def cell() -> list[Any]:
    """What a learner's cell draws from a seed of its own.

    Not from Python's global generator: the type checks of these tests draw from that (beartype).
    """
    torch.manual_seed(7)
    np.random.seed(7)
    return [
        *torch.rand(8).tolist(),
        *torch.randperm(8).tolist(),
        *torch.nn.functional.dropout(torch.ones(8)).tolist(),
        *np.random.normal(size=8).tolist(),
    ]


def test_a_panel_trains_while_a_cell_draws_random_numbers_in_a_loop(tmp_path: Path) -> None:
    """25 trials, five tries by the deep profile: equal to a quiet run's, bit for bit."""
    trials, tries = so_many(8, 25), so_many(1, 5)

    def scores() -> list[Any]:
        panel = SearchPanel(
            DARTSSpace(nodes=1, cells=2, channels=4, drop_path=0.3),
            few(),
            trials=trials,
            seed=3,
            settings={"epochs": 1, "augment": True, "device": "cpu"},
            log=tmp_path,
        )
        try:
            panel.run()
            panel.wait()
            return [
                (told.evaluation.score, told.evaluation.measures) for told in panel.history.told
            ]
        finally:
            panel.close()

    quiet, drawn, rounds = scores(), cell(), [0]
    assert len(quiet) == trials
    assert not any("failed" in measures for _, measures in quiet)
    assert len({measures["loss"] for _, measures in quiet}) > trials / 2  # no two need be equal

    def draws() -> None:
        assert cell() == drawn
        rounds[0] += 1

    for _ in range(tries):
        before = rounds[0]
        with beside(draws):
            assert scores() == quiet
        assert rounds[0] > before + trials  # the cell did draw, all the time


@contextmanager
def double_precision() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize(
    "around",
    [
        double_precision,
        torch.no_grad,
        torch.inference_mode,
        lambda: torch.device("meta"),
        lambda: torch.autocast("cpu", torch.bfloat16),
    ],
    ids=["double precision", "no_grad", "inference_mode", "default device", "autocast"],
)
def test_what_the_caller_has_set_changes_no_training(around: Callable[[], Any]) -> None:
    quiet = scores()
    with around():
        assert scores() == quiet


# ---------------------------------------------------------------- networks built


class Shares(nn.Module):
    """Two layers of one weight, and a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(36, 36), nn.Linear(36, 36)
        self.second.weight = self.first.weight
        self.last, self.norm = nn.Linear(36, 2), nn.BatchNorm1d(36)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        found = self.second(self.norm(self.first(images.flatten(1)).relu())).relu()
        answer: torch.Tensor = self.last(found)
        return answer


@pytest.mark.parametrize("trained_inside", [False, True])
def test_a_network_built_in_inference_mode_is_trained_as_any_other(trained_inside: bool) -> None:
    def trained(network: nn.Module) -> list[Any]:
        events = train(network, few(), epochs=2, device="cpu", seed=1)
        return [(each.loss, each.score) for each in events if isinstance(each, Epoch)]

    with torch.inference_mode():
        torch.manual_seed(0)
        network = Shares()
        assert network.first.weight.is_inference()
        weights = copy.deepcopy(network.state_dict())
        found = trained(network) if trained_inside else []
    found = found or trained(network)
    plain = Shares()
    plain.load_state_dict(weights)
    assert found == trained(plain)
    assert network.second.weight is network.first.weight  # still one


class Drops(TopologySpace):
    """Its networks draw from the global generator while they train."""

    def build(self, arch: Any, task: Any) -> nn.Module:
        return nn.Sequential(nn.Dropout(0.3), super().build(arch, task))


@pytest.mark.parametrize("kind", [TopologySpace, Drops])
def test_the_contract_of_spaces_leaves_the_global_generator_alone(
    kind: type[TopologySpace], monkeypatch: pytest.MonkeyPatch
) -> None:
    space = kind(channels=4, cells=1, stages=2)
    (builds,) = (case for case in contract() if "learns" in case.name)
    torch.manual_seed(2)
    before = torch.get_rng_state()
    if kind is TopologySpace:  # not even for a moment: another thread may draw in it
        for name in ("manual_seed", "set_rng_state"):
            monkeypatch.setattr(torch.random, name, lambda *_: pytest.fail("it was set"))
            monkeypatch.setattr(torch, name, lambda *_: pytest.fail("it was set"))
    assert builds.judge(space) == ""
    assert torch.equal(torch.get_rng_state(), before)


def parts() -> list[nn.Module]:
    return [
        nn.Linear(3, 4),
        nn.Conv2d(3, 4, 3),
        nn.ConvTranspose1d(3, 4, 3),
        nn.Embedding(5, 4),
        nn.LSTM(3, 4),
        nn.GRUCell(3, 4),
        nn.MultiheadAttention(4, 2),
        nn.Bilinear(2, 3, 4),
        nn.PReLU(),
    ]


def every_draw() -> list[torch.Tensor]:
    """Each way to draw that a learner's ``build`` may use."""
    square = torch.empty(6, 6)
    ways = ("uniform_", "normal_", "trunc_normal_", "xavier_uniform_", "xavier_normal_")
    ways += ("kaiming_uniform_", "kaiming_normal_", "orthogonal_")
    drawn = [getattr(nn.init, way)(square.clone()) for way in ways]
    drawn += [nn.init.sparse_(square.clone(), 0.2), torch.rand(3), torch.randn(3)]
    drawn += [torch.randperm(9), torch.randint(9, (3,)), torch.randint(2, 9, (3,))]
    drawn += [torch.rand_like(square), torch.randn_like(square), torch.randint_like(square, 9)]
    drawn += [torch.bernoulli(torch.full((3,), 0.5)), torch.multinomial(torch.ones(9), 3)]
    drawn += [torch.normal(0.0, 1.0, (3,)), torch.normal(torch.zeros(3), torch.ones(3))]
    drawn += [torch.poisson(torch.ones(3)), square.clone().exponential_(), torch.empty(3).random_()]
    drawn += [torch.distributions.Normal(0.0, 1.0).sample((3,))]
    drawn += [torch.distributions.Beta(1.0, 2.0).sample((3,))]
    return drawn + [tensor.detach() for part in parts() for tensor in part.parameters()]


def test_every_way_to_draw_draws_from_the_seed_alone() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    with own_draws(7):
        one = every_draw()
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    with own_draws(7):
        two = every_draw()
    with own_draws(8):
        other = every_draw()
    assert all(torch.equal(a, b) for a, b in zip(one, two))
    assert sum(not torch.equal(a, b) for a, b in zip(one, other)) > len(one) - 4  # PReLU, zeros


def test_what_is_drawn_is_what_a_global_generator_of_that_seed_gives() -> None:
    with own_draws(7):
        one = nn.Linear(3, 4).weight
    torch.manual_seed(7)
    assert torch.equal(one, nn.Linear(3, 4).weight)


def test_in_double_precision_the_weights_are_those_of_single_precision() -> None:
    with own_draws(7):
        single = parts()
    with double_precision(), own_draws(7):
        double = parts()
        assert torch.tensor([1.5]).dtype == torch.float32
        assert torch.tensor(np.ones(2)).dtype == torch.float64  # said by the array
    for one, other in zip(single, double):
        for a, b in zip(one.parameters(), other.parameters()):
            assert a.dtype == b.dtype == torch.float32
            assert torch.equal(a, b)


def test_seeds_of_one_trial_are_spawned_not_equal() -> None:
    first, second = spawned(0), spawned(1)
    seeds = [first.weights, first.order, first.paths, first.other]
    seeds += [second.weights, second.order, second.paths, second.other]
    assert len(set(seeds)) == 8
    assert spawned(0) == first
    with pytest.raises(ValueError, match="seed: expected a whole number of at least 0, got -1"):
        spawned(-1)


def test_drop_path_draws_from_the_generator_it_is_given() -> None:
    part, path = DropPath().train(), torch.ones(50, 2, 1, 1)
    part.drop = 0.5
    part.generator = torch.Generator().manual_seed(3)
    before = torch.get_rng_state()
    one = part(path)
    assert torch.equal(torch.get_rng_state(), before)
    part.generator.manual_seed(3)
    assert torch.equal(part(path), one)
    assert set(one.flatten().tolist()) == {0.0, 2.0}


# ---------------------------------------------------------------- a learner's network


class Views(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer, self.head = nn.Conv2d(1, 4, 3, padding=1), nn.Linear(4 * 36, 2)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.head(self.layer(images).view(len(images), -1))


class Items(Views):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        scale = images.abs().mean().item()  # no value on the meta device
        return self.head((self.layer(images) * scale).flatten(1))


def plain(*more: nn.Module) -> nn.Module:
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    return nn.Sequential(nn.Conv2d(1, 4, 3, 2, 1), nn.ReLU(), *more, *head)


def lazy() -> nn.Module:
    return nn.Sequential(nn.LazyConv2d(3, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(2))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (plain, Inspection(True, False, False)),
        (lambda: plain(nn.Dropout()), Inspection(True, False, True)),
        (lambda: plain(nn.Conv2d(4, 4, 1, 2)), Inspection(True, True, False)),
        (lambda: plain(nn.Conv2d(4, 4, 1, 1)), Inspection(True, False, False)),
        (lambda: plain(nn.Conv2d(4, 4, 3, 2)), Inspection(True, False, False)),
        (Views, Inspection(False, False, False)),
        (Items, Inspection(False, False, None)),
    ],
    ids=["plain", "dropout", "fragile", "1×1", "3×3 / 2", "view", "item"],
)
def test_a_network_is_looked_through(make: Callable[[], nn.Module], expected: Inspection) -> None:
    network, before = make(), torch.get_rng_state()
    assert inspected(network, ImageTask(1, 6, 6, 2)) == expected
    assert torch.equal(torch.get_rng_state(), before)
    first = Inspection(channels_last=True, fragile=True)
    assert first.layout(CPU) == torch.contiguous_format
    assert first.layout(torch.device("cuda")) == torch.channels_last


@pytest.mark.parametrize("space", [DARTSSpace(), NASNetSpace(), TopologySpace(channels=4, cells=1)])
def test_our_own_networks_are_what_is_said_of_them_unseen(space: Any) -> None:
    class Learners(nn.Module):  # a class that inspection does not know
        def __init__(self, network: nn.Module) -> None:
            super().__init__()
            self.network = network

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return self.network(images)

    network = space.build(space.sample(random.Random(0)), TASK)
    assert inspected(network, TASK) == inspected(Learners(network), TASK)


@pytest.mark.parametrize("make", [Views, Items, lazy, lambda: plain(nn.Dropout())])
def test_a_learners_network_trains(make: Callable[[], nn.Module]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        events = list(train(make(), few(), epochs=1, batch_size=16, device="cpu"))
    assert isinstance(events[-1], Epoch)
    assert {type(event) for event in events[:-1]} == {Batch}


def test_that_the_global_generator_is_lent_is_said_once() -> None:
    with own_draws(0):
        network = nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(36, 2))
    ends = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        with pytest.warns(UserWarning, match="global generator") as said:
            events = list(train(copy.deepcopy(network), few(), epochs=2, device="cpu"))
        ends.append(events[-1].loss)
        assert len(said) == 1
    assert ends[0] == ends[1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quiet = nn.Sequential(nn.Flatten(), nn.Linear(36, 2))
        list(train(quiet, few(), epochs=1, device="cpu"))


def test_a_candidate_is_built_alike_in_whatever_the_caller_has_set() -> None:
    space = TopologySpace(channels=4, cells=1, stages=1)
    full = FullTraining(space, few(), epochs=1, device="cpu")
    arch = space.sample(random.Random(0))
    with torch.inference_mode():
        _, cost = full._trainings.built(Candidate(arch).arch, 3)
        network, again = full._trainings.built(Candidate(arch).arch, 3)
    assert cost == again
    assert not any(parameter.is_inference() for parameter in network.parameters())
