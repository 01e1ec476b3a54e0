"""The supernet against counts, a module-per-operation one, and its own architectures."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from plain_supernet import PlainSupernet
from thoroughness import so_many
from torch.nn import functional

from workbench.records import ImageTask, TextTask
from workbench.spaces import DARTSSpace, TopologySpace
from workbench.training import Supernet
from workbench.training.randomness import own_draws

CIFAR, DIGITS = ImageTask(3, 32, 32, 10), ImageTask(1, 8, 8, 10)


def made(space: Any, task: ImageTask = DIGITS, **settings: Any) -> Supernet[Any]:
    with own_draws(1):
        return Supernet(space, task, **settings)


def mixtures(space: Any, seed: int = 0) -> dict[str, torch.Tensor]:
    rng = torch.Generator().manual_seed(seed)
    shape = (len(space.edges()), len(space.operations))
    return {
        kind: torch.randn(shape, generator=rng).softmax(1).requires_grad_()
        for kind in space.cell_kinds()
    }


def images(task: ImageTask, n: int = 6) -> torch.Tensor:
    rng = torch.Generator().manual_seed(9)
    return torch.randn(n, task.channels, task.height, task.width, generator=rng)


@pytest.mark.parametrize(
    ("channels", "cells", "task", "weights"),
    [
        (4, 3, CIFAR, 72_854),
        (8, 5, CIFAR, 394_210),
        (16, 8, CIFAR, 1_930_618),
        (4, 3, DIGITS, 72_638),
        (4, 8, CIFAR, 207_094),
        (8, 3, CIFAR, 209_442),
    ],
)
def test_the_search_networks_of_the_paper_have_so_many_weights(
    channels: int, cells: int, task: ImageTask, weights: int
) -> None:
    with torch.device("meta"):
        net = Supernet(DARTSSpace(channels=channels, cells=cells), task)
    assert sum(weight.numel() for weight in net.parameters()) == weights


@pytest.mark.parametrize("channels", [2, 5])
@pytest.mark.parametrize("side", [8, 7])
def test_it_is_the_sum_of_layers_that_eq_2_says(
    channels: int, side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against a layer an operation an edge: the same losses and gradients, computed any way."""
    space = DARTSSpace(channels=channels, cells=3, nodes=3)
    task = ImageTask(2, side, side, 5)
    net, plain = made(space, task), PlainSupernet(space, task)
    plain.takes(net)
    labels = torch.arange(6) % 5
    for few, at_once in ((0, lambda x: False), (0, lambda x: True), (1000, lambda x: True)):
        monkeypatch.setattr("workbench.training.edge_convolutions.FEW", few)
        monkeypatch.setattr("workbench.training.mixed_edges.at_once", at_once)
        found = []
        for each in (net, plain):
            mixture = mixtures(space)
            loss = functional.cross_entropy(each(images(task), mixture), labels)
            parts = [*mixture.values(), each.stack.stem[0].weight, each.stack.classifier.weight]
            found.append([loss, *torch.autograd.grad(loss, parts)])
        for ours, theirs in zip(*found):
            torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("space", "settings"),
    [
        (DARTSSpace(channels=4, cells=3), {}),
        (DARTSSpace(channels=3, cells=3, nodes=2), {"affine": True}),
        (DARTSSpace(channels=2, cells=3, nodes=2), {"normed_pools": False}),
        (DARTSSpace(channels=1, cells=3, nodes=2), {}),
        (TopologySpace(channels=3, cells=1, stages=2), {}),
        (TopologySpace(channels=3, cells=1, nodes=3, reduction="plain"), {"normed_pools": True}),
    ],
    ids=["darts", "affine", "bare pools", "one channel", "topology", "plain topology"],
)
def test_a_path_is_the_architectures_own_network(space: Any, settings: dict[str, Any]) -> None:
    """In float64, where both round to 1e-15; in float32 they differ by a few times 1e-6."""
    net, rng = made(space, **settings).double(), random.Random(0)
    inputs = images(DIGITS).double()
    assert net.normed_pools == settings.get("normed_pools", isinstance(space, DARTSSpace))
    for weight in net.parameters():  # a scale of 1 and a shift of 0 would hide an exchange
        weight.data += 0.1 * torch.randn(weight.shape, dtype=torch.float64)
    for _ in range(so_many(3, 10)):
        arch = space.sample(rng)
        path = net.path(arch)
        network = net.network(arch)
        torch.testing.assert_close(net(inputs, path), network(inputs), rtol=0.0, atol=1e-12)
        before = network.classifier.weight.clone()
        with torch.no_grad():
            net.stack.classifier.weight += 1.0
        assert torch.equal(network.classifier.weight, before)  # copies


def test_a_path_is_one_hot_and_its_network_has_only_its_weights() -> None:
    space = DARTSSpace()
    arch, net = space.published()["DARTS_V2"], made(space)
    path = net.path(arch)
    for rows in path.values():
        assert (rows.shape, float(rows.sum())) == ((14, 8), 8.0)
    own = space.build(arch, DIGITS)
    scales = sum(
        p.numel()
        for cell in own.cells
        for name, p in cell.named_parameters()
        if p.ndim == 1
    )  # fmt: skip
    count = sum(p.numel() for p in net.network(arch).parameters())
    assert count == sum(p.numel() for p in own.parameters()) - scales


def test_logits_of_an_image_do_not_depend_on_the_mode() -> None:
    """Batch statistics, always: a running mean would be that of no single architecture."""
    space = DARTSSpace(cells=3, nodes=2)
    net = made(space)
    assert not list(net.buffers())
    mixture = mixtures(space)
    assert torch.equal(net(images(DIGITS), mixture), net.eval()(images(DIGITS), mixture))


def test_equal_alphas_are_the_plain_mean_and_shifts_change_nothing() -> None:
    """PAPERS: adding a number to a row of α leaves the softmax, so the output, as it was."""
    space = DARTSSpace(cells=3, nodes=2)
    net = made(space)
    zeros = {kind: torch.zeros(5, 8) for kind in space.cell_kinds()}
    shifts = {kind: torch.arange(5.0)[:, None].expand(5, 8) for kind in space.cell_kinds()}
    one, other = (
        net(images(DIGITS), {kind: alpha.softmax(1) for kind, alpha in alphas.items()})
        for alphas in (zeros, shifts)
    )
    torch.testing.assert_close(one, other)


def test_a_mixture_of_nothing_but_none_carries_nothing() -> None:
    space = DARTSSpace(cells=3, nodes=2, operations=("none", "skip_connect"))
    net = made(space)
    none = {kind: torch.tensor([[1.0, 0.0]] * 5) for kind in space.cell_kinds()}
    assert torch.equal(net(images(DIGITS), none), net.stack.classifier.bias.expand(6, 10))
    alone = made(TopologySpace(nodes=2, operations=("none", "skip_connect"), channels=2))
    assert alone(images(DIGITS), {"normal": torch.tensor([[1.0, 0.0]])}).shape == (6, 10)


@pytest.mark.parametrize("space", [DARTSSpace(cells=3, nodes=2), TopologySpace(channels=8)])
def test_partial_channels(space: Any) -> None:
    plain, one = made(space), made(space, partial=1)
    mixture = mixtures(space)
    torch.testing.assert_close(
        plain(images(DIGITS), mixture), one(images(DIGITS), mixture), rtol=1e-6, atol=1e-6
    )
    quarter = made(space, partial=4)
    assert quarter(images(DIGITS), mixture).shape == (6, 10)
    assert sum(w.numel() for w in quarter.parameters()) < sum(w.numel() for w in plain.parameters())
    with pytest.raises(ValueError, match="partial=1"):
        quarter.network(space.sample(random.Random(0)))
    with pytest.raises(ValueError, match="a divisor of the space's"):
        made(space, partial=3)


def test_what_it_cannot_serve_is_refused() -> None:
    with pytest.raises(ValueError, match="expected ImageTask"):
        Supernet(DARTSSpace(), TextTask(9, 5))
    net = made(DARTSSpace(nodes=2, cells=3))
    with pytest.raises(ValueError, match="through its supernet"):
        net.stack(images(DIGITS))
