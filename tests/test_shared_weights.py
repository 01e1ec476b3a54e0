"""The supernet of single paths: what a path computes, what a step moves, what is drawn."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
import torch
from thoroughness import so_many
from torch import nn
from torch.nn import functional

from workbench.records import ImageTask, TextTask
from workbench.spaces import DARTSSpace, TopologySpace
from workbench.spaces.topology import Topology
from workbench.training.path_sampling import drop_rate, dropped
from workbench.training.path_supernet import PathSupernet
from workbench.training.randomness import own_draws
from workbench.training.recalibration import recalibrate
from workbench.training.shared_weights import SharedWeights

TASK = ImageTask(1, 6, 6, 3)
TABLES = TopologySpace(channels=4, cells=1, stages=2, reduction="plain")  # as in the table
DARTS = DARTSSpace(channels=2, cells=3, nodes=3)
SPACES = pytest.mark.parametrize(
    "space",
    [
        TABLES,
        TopologySpace(channels=2, cells=1, stages=2, nodes=3),
        DARTS,
        DARTSSpace(channels=2, cells=3, nodes=2, auxiliary=True),
    ],
    ids=["plain topology", "residual topology", "darts", "auxiliary"],
)


def made(space: Any, kind: Any = PathSupernet, **settings: Any) -> Any:
    with own_draws(1):
        net = kind(space, TASK, **settings)
    generator = torch.Generator().manual_seed(2)
    for tensor in net.state_dict().values():  # scales of 1, moments of 0 would hide an exchange
        if tensor.is_floating_point():
            tensor += 0.2 * torch.rand(tensor.shape, generator=generator)
    return net


def images(n: int = 5) -> torch.Tensor:
    return torch.randn(n, 1, 6, 6, generator=torch.Generator().manual_seed(3))


@SPACES
def test_a_path_is_the_spaces_own_network_with_its_weights_copied(space: Any) -> None:
    """Both modes, each architecture in double precision: a sum's order is no difference then."""
    net, rng, x = made(space).double(), random.Random(0), images().double()
    archs = [space.sample(rng) for _ in range(so_many(3, 30))]
    if space is TABLES:  # behind a node of zeros: convolutions, whose normalisation shifts
        archs.append(Topology(("none", *("nor_conv_3x3",) * 5)))
    for arch in archs:
        network = net.network(arch)
        assert {*map(type, network.modules())} == {*map(type, space.build(arch, TASK).modules())}
        net.choose(net.path(arch))
        for training in (False, True):
            found = net.train(training)(x)
            torch.testing.assert_close(found, network.train(training)(x), rtol=1e-9, atol=1e-9)


def test_a_network_is_a_copy() -> None:
    net = made(TABLES)
    network = net.network(Topology(("skip_connect",) * 6))
    before = network.classifier.weight.clone()
    with torch.no_grad():
        net.stack.classifier.weight += 1.0
    assert torch.equal(network.classifier.weight, before)


def test_it_has_the_weights_of_all_operations_and_nothing_else() -> None:
    """PAPERS: the supernet's parameters are the sum over all operations."""
    n = len(TABLES.edges())
    alone = {
        name: sum(p.numel() for p in TABLES.build(Topology((name,) * n), TASK).parameters())
        for name in TABLES.operations
    }
    outside = alone["none"]
    whole = sum(p.numel() for p in made(TABLES).parameters())
    assert whole == outside + sum(count - outside for count in alone.values())


@SPACES
def test_what_is_not_on_the_path_has_no_gradient_and_does_not_move(space: Any) -> None:
    net = made(space)
    arch = space.sample(random.Random(5))
    net.choose(net.path(arch))
    before = {name: weight.clone() for name, weight in net.state_dict().items()}
    optimizer = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9, weight_decay=0.1)
    functional.cross_entropy(net.train()(images()), torch.arange(5) % 3).backward()
    optimizer.step()
    on_path = {
        id(w) for cell in net.cells() for part in cell.on_path(space.chosen(arch)[cell.kind])
        for w in part.parameters()
    }  # fmt: skip
    for name, weight in net.named_parameters():
        if ".edges." in name and id(weight) not in on_path:
            assert weight.grad is None
            assert torch.equal(weight, before[name])
    assert sum(w.grad is not None for w in net.parameters()) > 4


def test_a_choice_of_several_operations_is_their_sum() -> None:
    """Against two paths by hand: one edge alone, both of its operations."""
    space = TopologySpace(nodes=2, channels=3, cells=1, stages=1)
    net, x = made(space).eval(), images()
    one, other = "nor_conv_3x3", "avg_pool_3x3"
    state = net.stack.stem(x)
    layers = net.cells()[0].edges[0]
    net.choose({"normal": [(one, other)]})
    summed = net.stack.finish(layers[one](state) + layers[other](state))
    torch.testing.assert_close(net(x), net.stack.classifier(summed.mean((2, 3))))
    net.choose({"normal": [()]})
    dead = net.stack.finish(torch.zeros_like(state))
    torch.testing.assert_close(net(x), net.stack.classifier(dead.mean((2, 3))))


def test_a_reduction_without_any_way_in_is_as_small_as_it_should_be() -> None:
    net = made(DARTS)
    nothing = [()] * len(DARTS.edges())
    net.choose({"normal": nothing, "reduction": nothing})
    assert net(images()).shape == (5, 3)


# ------------------------------------------------------------------ what is drawn


def test_uniform_paths_are_uniform() -> None:
    shared, rng = made(TopologySpace(nodes=2, channels=1, cells=1), SharedWeights), random.Random(0)
    counts = Counter[str]()
    for _ in range(1000):
        shared.sample(rng)
        ((name,),) = shared.supernets["all"].cells()[0].choice
        counts[name] += 1
    expected = 1000 / 5
    assert sum((count - expected) ** 2 / expected for count in counts.values()) < 13.3  # χ², 1 %


def test_path_dropout_drops_all_ways_in_at_its_rate() -> None:
    """PAPERS: r = 0.1 is r^(1/k) = 0.1, 0.3162, 0.4642, 0.5623, 0.6310 for k = 1 … 5."""
    rates = [round(drop_rate(0.1, k), 4) for k in range(1, 6)]
    assert rates == [0.1, 0.3162, 0.4642, 0.5623, 0.631]
    space, rng = TopologySpace(nodes=3), random.Random(0)
    kept = [dropped(space, rng, rate=0.1)["normal"] for _ in range(2000)]
    for edges in ((0,), (1, 2)):  # of the second node, of the third
        empty = sum(not any(choice[e] for e in edges) for choice in kept)
        assert 150 < empty < 250  # 200 ± 4 σ
    everything = dropped(space, rng, rate=0.0)["normal"]
    assert everything == [[name for name in space.operations if name != "none"]] * 3


def test_split_at_an_edge_each_supernet_has_its_own_paths() -> None:
    few = ("none", "skip_connect", "sep_conv_3x3")
    for space in (TABLES, DARTSSpace(channels=2, cells=3, nodes=2, operations=few)):
        shared, rng = made(space, SharedWeights, split=1), random.Random(0)
        assert [*shared.supernets] == [f"all {name}" for name in space.operations]
        for dropout in (0.0, 0.1):
            for _ in range(20):
                shared.sample(rng, dropout=dropout)
                cell = shared.supernets[shared.chosen].cells()[0]
                name = (*cell.choice[1], "none")[0]
                assert shared.chosen == f"all {name}"
        arch = space.sample(rng)
        name = space.chosen(arch)["normal"][1] or "none"
        assert shared.of(arch) is shared.supernets[f"all {name}"]
        shared.choose(arch)
        torch.testing.assert_close(shared.eval()(images()), shared.network(arch).eval()(images()))


# ------------------------------------------------------------------ normalisation


def test_recalibrated_moments_are_the_means_over_the_batches() -> None:
    norm = nn.BatchNorm2d(2)
    norm.running_mean += 7.0
    network = nn.Sequential(norm, nn.Dropout(0.5))
    batches = torch.randn(3, 8, 2, 4, 4).unbind(0)
    assert sum(1 for _ in recalibrate(network, batches)) == 3
    means = torch.stack([batch.mean((0, 2, 3)) for batch in batches]).mean(0)
    variances = torch.stack([batch.var((0, 2, 3)) for batch in batches]).mean(0)
    torch.testing.assert_close(norm.running_mean, means)
    torch.testing.assert_close(norm.running_var, variances)
    assert not any(part.training for part in network.modules())
    for _ in recalibrate(network, ()):
        pytest.fail("nothing to measure on")
    torch.testing.assert_close(norm.running_mean, means)


def test_what_it_cannot_serve_is_refused() -> None:
    with pytest.raises(ValueError, match="expected ImageTask"):
        PathSupernet(TABLES, TextTask(9, 5))
    net = made(TABLES)
    net.cells()[0].choice = None
    with pytest.raises(ValueError, match=r"after net\.choose"):
        net(images())
