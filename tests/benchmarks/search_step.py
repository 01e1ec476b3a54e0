"""Seconds of a search step: ours, and the way the published code is organised, in turns.

Run as a program: ``python search_step.py CHANNELS CELLS SIDE BATCH ROUNDS``; it prints one JSON
object. Both compute the same: losses and gradients are compared first, those of order 2 in float64.
In float32 a difference quotient makes of rounding at kinks (ReLU, max pooling) up to 3e-3 at
16 channels: there either is as far from its own value in float64 as from the other's.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch
from plain_supernet import PlainSupernet
from plain_supernet import second_order as published
from torch import Tensor
from torch.func import functional_call
from torch.nn import functional

from workbench.records import ImageTask
from workbench.spaces import DARTSSpace
from workbench.strategies.gradient_based.alpha_gradient import first_order, gradient, second_order
from workbench.training import Supernet
from workbench.training.randomness import own_draws

XI = 0.025


Step = Callable[[int], tuple[Tensor, list[Tensor]]]  # of an order: the loss, the gradient of α


def steps(
    channels: int, cells: int, side: int, batch: int, dtype: torch.dtype
) -> tuple[Step, Step]:
    """Ours and theirs, on the same weights, α and batches."""
    space, task = DARTSSpace(channels=channels, cells=cells), ImageTask(3, side, side, 10)
    with own_draws(0):
        ours, plain = Supernet(space, task), PlainSupernet(space, task)
    plain.takes(ours)
    ours, plain = ours.to(dtype), plain.to(dtype)
    rng = torch.Generator().manual_seed(1)
    batches = [
        (torch.randn(batch, 3, side, side, generator=rng).to(dtype), torch.arange(batch) % 10)
        for _ in range(2)
    ]
    laid = [(images.contiguous(memory_format=torch.channels_last), y) for images, y in batches]
    shape = len(space.edges()), len(space.operations)
    alphas = {
        kind: (1e-3 * torch.randn(shape, generator=rng)).to(dtype).requires_grad_()
        for kind in space.cell_kinds()
    }
    weights, table = dict(ours.named_parameters()), [*alphas.values()]
    optimizer = torch.optim.SGD(plain.parameters(), XI, 0.9, weight_decay=3e-4)

    def mixture() -> dict[str, Tensor]:
        return {kind: alpha.softmax(1) for kind, alpha in alphas.items()}

    def loss(batch: int) -> Callable[[Any, Any], Tensor]:
        def of(weights: Any, alphas: Any) -> Tensor:
            mixed = {kind: alpha.softmax(1) for kind, alpha in alphas.items()}
            logits = functional_call(ours, dict(weights), (laid[batch][0], mixed))
            return functional.cross_entropy(logits, laid[batch][1])

        return of

    def mine(order: int) -> tuple[Tensor, list[Tensor]]:
        if order == 1:
            found = first_order(loss(1), weights, alphas)
        else:
            found = second_order(loss(0), loss(1), weights, alphas, xi=XI, momentum=0.9, decay=3e-4)
        train = loss(0)(weights, {kind: alpha.detach() for kind, alpha in alphas.items()})
        gradient(train, weights)
        return train.detach(), [*found.total().values()]

    def theirs(order: int) -> tuple[Tensor, list[Tensor]]:
        if order == 1:
            images, labels = batches[1]
            found = functional.cross_entropy(plain(images, mixture()), labels)
            plain.zero_grad()
            found.backward()  # the published alpha step asks for the weights' gradients too
            alpha = [each.grad for each in table]
            for each in table:
                each.grad = None
        else:
            alpha = published(plain, optimizer, table, mixture, *batches, XI)
        plain.zero_grad()
        images, labels = batches[0]
        train = functional.cross_entropy(plain(images, mixture()), labels)
        train.backward()
        for each in table:
            each.grad = None
        return train.detach(), alpha  # type: ignore[return-value]

    return mine, theirs


def compared(mine: Step, theirs: Step, order: int) -> None:
    (one, mine_alpha), (other, their_alpha) = mine(order), theirs(order)
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)
    for a, b in zip(mine_alpha, their_alpha):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


def measured(channels: int, cells: int, side: int, batch: int, rounds: int) -> dict[str, Any]:
    torch.set_num_threads(1)
    sizes = channels, cells, side, batch
    compared(*steps(*sizes, torch.float64), order=2)
    mine, theirs = steps(*sizes, torch.float32)
    compared(mine, theirs, order=1)
    row: dict[str, Any] = {"channels": channels, "cells": cells, "side": side, "batch": batch}
    for order in (1, 2):
        seconds: dict[str, list[float]] = {"ours": [], "plain": []}
        for _ in range(rounds):
            for name, step in (("ours", mine), ("plain", theirs)):
                begun = time.process_time()
                step(order)
                seconds[name].append(time.process_time() - begun)
        best = {name: min(values) for name, values in seconds.items()}
        row[f"order {order}"] = best | {"times": best["plain"] / best["ours"]}
    return row | {"load": os.getloadavg()[0]}


if __name__ == "__main__":
    print(json.dumps(measured(*map(int, sys.argv[1:]))))
