"""How one entry of the exhaustive table is trained: a cell with several seeds at once.

A loop of its own, not ``workbench.training.train``: it trains K seeds side by side (``abreast``)
and looks at all of them after each epoch, which takes 0.6 of the time that they take one by one.
The network is ``TopologySpace.build``'s; SGD, schedule and order of images are ``train``'s.

What was tried, each on the same random connected cells with two seeds (Fashion-MNIST, 28 × 28
averaged to 7 × 7, 8 channels, one cell a stage, two stages, plain way between them, batch 100,
rate 0.1, cosine; 10,000 validation images at the end; τ: Kendall's, of the final accuracy between
the seeds; half: within the better half; E/3: accuracy after a third of the epochs against the
other seed's final one; 5–95: percentiles of the accuracy in %; s: core seconds a cell and seed, of
two at once, on a busy machine):

    training images  epochs  cells      τ    half   E/3      5–95        s
         2,000         24      30     0.70   0.09   0.51   71.8–81.7    2.9
         8,000          6      20     0.77   0.64   0.14   74.7–83.2    2.5
         4,000         12      40     0.81   0.42   0.59   71.2–82.8    2.9

With 2,000 images every good cell fits them and seeds differ by what they generalise (0.5 points);
with more of them, seen less often, cells differ by what they can compute. So: 4,000, 12 epochs,
and 500 of the cells at 48 epochs as a table of its own. One seed alone takes 1.6 times as long,
three at once 0.9 times as long as two (a step of each: 7.6, 5.0, 4.5 ms).

Sixteen different cells side by side, edges of one operation gathered into one grouped layer, do not
pay: on a machine with much else to do a step of each took 5.5 ms, beside 7.4 ms of one seed alone
and 3.9 ms of three. What fewer calls save goes into gathering, adding and feature maps that no
longer fit the cache; laid out channel by channel they are gathered faster and normalised slower.
"""

from __future__ import annotations

import math
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor
from torch.nn import functional

from workbench.data.fashion import fashion_mnist
from workbench.data.images import ImageData, Split, assembled, normalised
from workbench.estimators.abreast import SeedsAbreast, lean
from workbench.estimators.cells_at_once import CellsAtOnce
from workbench.estimators.table_file import CURVES
from workbench.spaces.topology import Topology, TopologySpace
from workbench.training.loop import cosine
from workbench.training.randomness import own_draws, spawned, undisturbed
from workbench.training.threads import threads

CHUNK = 250  # images looked at once: their feature maps stay in the processor's cache


@dataclass(frozen=True)
class TableRecipe:
    """How every entry is trained. ``watched`` validation images and a quarter as many test images
    are looked at after each epoch, all of them after the last."""

    epochs: int = 12
    batch_size: int = 100
    rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 5e-4
    watched: int = 2_000


@dataclass(frozen=True, eq=False)
class Entry:
    """What training one cell gave: of each of ``CURVES`` (seeds, epochs); ``seconds``: the core
    seconds of one seed's share, (seeds,)."""

    curves: dict[str, Float32[np.ndarray, "seeds epochs"]]
    seconds: Float32[np.ndarray, " seeds"]


def table_space() -> TopologySpace:
    """The space of the table: 15,625 cells, of which 6,466 differ."""
    return TopologySpace(channels=8, cells=1, stages=2, reduction="plain")


def table_data() -> ImageData:
    """Fashion-MNIST averaged to 7 × 7: 4,000 images to train, 10,000 to validate, 10,000 to test.

    Raises what ``fashion_mnist`` raises.
    """
    return averaged(fashion_mnist(train=4_000, validation=10_000), 4)


def averaged(data: ImageData, factor: int) -> ImageData:
    """The same images, ``factor`` × ``factor`` pixels averaged to one."""
    splits = [
        Split(functional.avg_pool2d(split.images.float(), factor), split.labels)
        for split in (data.train, data.validation, data.test)
    ]
    return assembled(
        f"{data.name} / {factor}",
        *splits,
        classes=data.classes,
        split_seed=data.split_seed,
        flip=data.flip,
    )


def moved(data: ImageData, device: torch.device) -> ImageData:
    """The same images on another device, all of them."""
    train, validation, test = (
        Split(split.images.to(device), split.labels.to(device))
        for split in (data.train, data.validation, data.test)
    )
    return replace(
        data,
        train=train,
        validation=validation,
        test=test,
        mean=data.mean.to(device),
        deviation=data.deviation.to(device),
    )


def entry_seed(key: str, seed: int) -> int:
    """The seed of a training: of the ``seed``-th one of the cell whose canonical text is ``key``.

    No two cells share initial weights or the order of images.
    """
    words = (seed, zlib.crc32(key.encode()))
    return int(np.random.SeedSequence(words).generate_state(1)[0])


def train_entry(
    space: TopologySpace,
    arch: Topology,
    data: ImageData,
    seeds: Sequence[int],
    recipe: TableRecipe,
) -> Entry:
    """Train ``arch`` with each of ``seeds`` at once, on the processor, in one thread.

    A function of its arguments (and of PyTorch and the processor, in the last bits).
    """
    streams = [spawned(seed) for seed in seeds]
    start = time.thread_time()
    networks = []
    for stream in streams:
        with own_draws(stream.weights):
            networks.append(lean(space.build(arch, data.task)))
    with undisturbed(), threads(1):
        network = SeedsAbreast(networks)
        generators = [torch.Generator().manual_seed(stream.order) for stream in streams]
        curves = _trained(network, data, generators, recipe)
    seconds = (time.thread_time() - start) / len(seeds)
    return Entry(curves, np.full(len(seeds), seconds, np.float32))


def core_seconds(
    space: TopologySpace, arch: Topology, data: ImageData, recipe: TableRecipe, *, seeds: int = 3
) -> float:
    """What one training of ``arch`` takes of a core, ``seeds`` of them abreast: from a short one.

    Of ten steps, and of as many images looked at as belong to them.
    """
    images = 10 * recipe.batch_size
    watched = min(recipe.watched, len(data.validation)) + min(recipe.watched // 4, len(data.test))
    looked = (recipe.epochs - 1) * watched + len(data.validation) + len(data.test)
    trained = recipe.epochs * len(data.train)
    looked_at = max(10, round(images * looked / trained))
    short = replace(
        data,
        train=_first(data.train, images),
        validation=_first(data.validation, looked_at * 4 // 5),
        test=_first(data.test, looked_at // 5),
    )
    with own_draws(0):
        networks = [lean(space.build(arch, data.task)) for _ in range(seeds)]
    with undisturbed(), threads(1):
        network = SeedsAbreast(networks)
        generators = [torch.Generator().manual_seed(seed) for seed in range(seeds)]
        _trained(network, short, generators, replace(recipe, epochs=1))  # caches warm up
        start = time.thread_time()
        _trained(network, short, generators, replace(recipe, epochs=1))
        taken = time.thread_time() - start
    return taken / seeds * trained / images


def _first(split: Split, many: int) -> Split:
    again = torch.arange(many) % len(split)
    return Split(split.images[again], split.labels[again])


def train_at_once(
    space: TopologySpace,
    pairs: Sequence[tuple[Topology, int]],
    data: ImageData,
    recipe: TableRecipe,
    device: torch.device,
) -> dict[str, Float32[np.ndarray, "pairs epochs"]]:
    """Train all ``pairs`` of a cell and a seed at once, on ``device``: of ``CURVES``.

    Weights and the order of images begin as in ``train_entry``, so the curves are the same up to
    rounding, which grows as a training goes on. 2,000 pairs of the table need 10 GB.

    Raises ValueError for a space whose reductions are not plain.
    """
    networks, streams = [], [spawned(seed) for _, seed in pairs]
    for (arch, _), stream in zip(pairs, streams):
        with own_draws(stream.weights):
            networks.append(lean(space.build(arch, data.task)))
    # cuDNN's normalisation is made for fewer channels than thousands of networks have
    with undisturbed(), torch.backends.cudnn.flags(enabled=False):
        network = CellsAtOnce(networks).to(device)
        generators = [torch.Generator().manual_seed(stream.order) for stream in streams]
        return _trained(network, moved(data, device), generators, recipe)


def _trained(
    network: SeedsAbreast | CellsAtOnce,
    data: ImageData,
    generators: Sequence[torch.Generator],
    recipe: TableRecipe,
) -> dict[str, Float32[np.ndarray, "seeds epochs"]]:
    images, labels = normalised(data.train.images, data.mean, data.deviation), data.train.labels
    optimizer = torch.optim.SGD(
        network.parameters(),
        lr=0.0,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
        nesterov=True,
        fused=True,
    )
    parts = math.ceil(len(labels) / recipe.batch_size)
    step, steps = 0, parts * recipe.epochs
    rows = []
    for epoch in range(1, recipe.epochs + 1):
        network.train()
        orders = [torch.randperm(len(labels), generator=generator) for generator in generators]
        order = torch.stack(orders, 1).to(labels.device)  # (images, seeds)
        sums = torch.zeros(2, len(generators), device=labels.device)
        for chosen in order.tensor_split(parts):  # (batch, seeds)
            optimizer.param_groups[0]["lr"] = cosine(recipe.rate, step, steps)
            loss, found = _looked(network, images[chosen], labels[chosen])
            optimizer.zero_grad()
            torch.autograd.backward(loss.sum() / len(chosen))  # each seed's mean, added
            optimizer.step()
            sums += found
            step += 1
        rows.append([*(sums / len(labels)), *_measured(network, data, recipe, epoch, generators)])
    return {
        name: torch.stack([row[number] for row in rows], 1).cpu().numpy().astype(np.float32)
        for number, name in enumerate(CURVES)
    }


def _looked(
    network: SeedsAbreast | CellsAtOnce,
    images: Float[Tensor, "batch seeds c h w"],
    labels: Int64[Tensor, "batch seeds"],
) -> tuple[Float[Tensor, "batch seeds"], Float[Tensor, "2 seeds"]]:
    """Cross-entropy of each image; the sums over the batch of correct answers and of losses."""
    logits = network(images)
    losses = functional.cross_entropy(
        logits.flatten(0, 1), labels.reshape(-1), reduction="none"
    ).view_as(labels)
    correct = (logits.detach().argmax(2) == labels).sum(0)
    return losses, torch.stack([correct, losses.detach().sum(0)])


def _measured(
    network: SeedsAbreast | CellsAtOnce,
    data: ImageData,
    recipe: TableRecipe,
    epoch: int,
    generators: Sequence[torch.Generator],
) -> list[Float[Tensor, " seeds"]]:
    """Validation accuracy and loss, test accuracy and loss."""
    network.eval()
    found: list[Tensor] = []
    last = epoch == recipe.epochs
    for split, watched in ((data.validation, recipe.watched), (data.test, recipe.watched // 4)):
        n = len(split) if last else min(max(1, watched), len(split))
        sums = torch.zeros(2, len(generators), device=split.labels.device)
        with torch.no_grad():
            for start in range(0, n, CHUNK):
                images = split.images[start : min(start + CHUNK, n)]
                images = normalised(images, data.mean, data.deviation)
                labels = split.labels[start : min(start + CHUNK, n)]
                seeds = len(generators)
                all_alike = images[:, None].expand(-1, seeds, -1, -1, -1)
                sums += _looked(network, all_alike, labels[:, None].expand(-1, seeds))[1]
        found += [*(sums / n)]
    return found
