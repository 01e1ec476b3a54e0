"""A gradient-based search under way: weights, α, both optimisers, and the steps that move them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

import torch
from jaxtyping import Int64, Shaped
from torch import Tensor
from torch.func import functional_call
from torch.nn import functional
from torch.nn.utils import clip_grad_norm_

from workbench.data.images import normalised, stratified
from workbench.strategies.gradient_based.alpha_gradient import (
    Loss,
    Tensors,
    detached,
    first_order,
    gradient,
    second_order,
)
from workbench.strategies.gradient_based.perturbation import perturbed, strength
from workbench.strategies.gradient_based.relaxations import RELAXATIONS, expected
from workbench.training.device import choose_device
from workbench.training.loop import batches_of, cosine
from workbench.training.metrics import CHUNK
from workbench.training.randomness import own_draws, spawned, undisturbed
from workbench.training.supernet import Supernet
from workbench.training.threads import threads
from workbench.training.trainer import SMALL

Examples: TypeAlias = tuple[Tensor, Tensor]  # images, labels
Pair: TypeAlias = tuple[Int64[Tensor, " n"], Int64[Tensor, " m"]]  # of training, of held-out images


class Descent:
    """What ``DifferentiableSearch.events`` drives; it moves only inside ``turn()``.

    The weights learn from one half of the training images, α from the other, both halves with the
    classes in proportion (data may lie in the order of its classes). Small images are computed by
    one thread of the processor, as ``Trainer`` does.
    """

    def __init__(self, search: Any, seed: int) -> None:
        # ``search`` is the DifferentiableSearch: its settings, its space, its data
        self.search, self.seed, self.seconds, self.epoch = search, seed, 0.0, 0
        self.device, data = choose_device(search.device), search.data
        small = data.task.height * data.task.width <= SMALL
        self.threads = 1 if small and self.device.type == "cpu" else None
        streams = spawned(seed)
        self.order = torch.Generator().manual_seed(streams.order)
        self.draws = torch.Generator().manual_seed(streams.other)
        with self.turn():
            with own_draws(streams.weights):
                net = Supernet(
                    search.space,
                    data.task,
                    normed_pools=search.normed_pools,
                    affine=search.affine,
                    partial=search.partial,
                )
            self.net = net.to(self.device)
            self.weights = dict(net.named_parameters())
            shape = len(search.space.edges()), len(search.space.operations)
            self.alphas = {
                kind: (search.alpha_noise * torch.randn(shape, generator=self.draws))
                .to(self.device)
                .requires_grad_()
                for kind in search.space.cell_kinds()
            }
            self.weight_optimizer = torch.optim.SGD(
                net.parameters(),
                lr=search.rate,
                momentum=search.momentum,
                weight_decay=search.weight_decay,
            )
            self.alpha_optimizer = torch.optim.Adam(
                [*self.alphas.values()],
                lr=search.alpha_rate,
                betas=(search.alpha_beta, 0.999),
                weight_decay=search.alpha_decay,
            )
            self.images = data.train.images.to(self.device)
            self.labels = data.train.labels.to(self.device)
            self.mean, self.deviation = data.mean.to(self.device), data.deviation.to(self.device)
            self.losses = torch.zeros(2, device=self.device)  # of training, of held-out images
        first, second = stratified(
            data.train.labels.cpu(), len(data.train) // 2, seed=data.split_seed
        )
        self.halves = torch.from_numpy(first), torch.from_numpy(second)
        if not search.bilevel:
            self.halves = torch.arange(len(data.train)), self.halves[1][:0]

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Work inside, stand still outside: the clock runs, and PyTorch is set as it should be."""
        start = time.perf_counter()
        try:
            with threads(self.threads), undisturbed():
                yield
        finally:
            self.seconds += time.perf_counter() - start

    def begin(self, epoch: int) -> list[Pair]:
        """The batches of an epoch: indices of training images and of held-out ones."""
        self.epoch = epoch
        self.losses.zero_()
        search = self.search
        self.rate = search.least_rate + cosine(
            search.rate - search.least_rate, epoch - 1, search.epochs
        )
        self.weight_optimizer.param_groups[0]["lr"] = self.rate
        batches = batches_of(len(self.halves[0]), search.batch_size)
        parts = [
            half[torch.randperm(len(half), generator=self.order)].tensor_split(batches)
            for half in self.halves
        ]
        return list(zip(*parts))

    def optimizer_of(self, name: str) -> torch.optim.Optimizer:
        """Whose a tensor of ``weights`` or ``alphas`` is."""
        return self.alpha_optimizer if name in self.alphas else self.weight_optimizer

    @property
    def progress(self) -> float:
        """How far the search is, from 0 to 1."""
        return (self.epoch - 1) / max(1, int(self.search.epochs) - 1)

    def step(self, pair: Pair) -> None:
        """A step of α on held-out images, then one of the weights on training images.

        Joint instead: both move by the gradients of one loss on training images.

        Raises FloatingPointError where a loss is not finite any more; on a graphics card ``look``
        does, once an epoch.
        """
        train = self._examples(pair[0])
        seeds = torch.randint(2**62, (2,), generator=self.draws).tolist()
        if not self.search.bilevel:
            self._joint_step(train, seeds[0])
        else:
            held_out = self._examples(pair[1])
            if self.search.alpha_first:
                self._alpha_step(train, held_out, seeds[0])
                self._weight_step(train, seeds[1])
            else:
                self._weight_step(train, seeds[1])
                self._alpha_step(train, held_out, seeds[0])
        if self.device.type == "cpu":  # a graphics card would wait for its result
            self.look()

    def look(self) -> None:
        """Raise FloatingPointError where a loss of this epoch is not finite any more."""
        if not math.isfinite(float(self.losses.sum())):
            raise FloatingPointError(
                f"the loss stopped being finite in epoch {self.epoch}: the search diverged. Try a "
                "smaller rate or alpha_rate"
            )

    def _alpha_step(self, train: Examples, held_out: Examples, seed: int) -> None:
        search = self.search
        if self.epoch <= search.warm_up:
            return
        on_held_out = self._loss(held_out, seed)
        if search.order == 1:
            found = first_order(on_held_out, self.weights, self.alphas)
        else:
            state = self.weight_optimizer.state
            momenta = {
                name: state[weight]["momentum_buffer"]
                for name, weight in self.weights.items()
                if state.get(weight, {}).get("momentum_buffer") is not None
            }
            found = second_order(
                self._loss(train, seed),
                on_held_out,
                self.weights,
                self.alphas,
                xi=self.rate if search.xi is None else search.xi,
                momenta=momenta,
                momentum=search.momentum,
                decay=search.weight_decay,
                epsilon=search.epsilon,
            )
        self.losses[1] += found.validation * len(held_out[1])
        self._move_alphas(found.total())

    def _weight_step(self, train: Examples, seed: int) -> None:
        loss = self._loss(train, seed, shaken=True)(self.weights, detached(self.alphas))
        self._move_weights(gradient(loss, self.weights))
        self.losses[0] += loss.detach() * len(train[1])

    def _joint_step(self, train: Examples, seed: int) -> None:
        """The paper's ablation (section 3.1): α and w by gradient descent on one loss."""
        loss = self._loss(train, seed, shaken=True)(self.weights, self.alphas)
        moving = {} if self.epoch <= self.search.warm_up else self.alphas
        found = torch.autograd.grad(loss, [*self.weights.values(), *moving.values()])
        self._move_weights(dict(zip(self.weights, found)))
        if moving:
            self._move_alphas(dict(zip(moving, found[len(self.weights) :])))
        self.losses += loss.detach() * len(train[1])

    def _move_alphas(self, gradients: Tensors) -> None:
        for name, alpha in self.alphas.items():
            alpha.grad = gradients[name]
        self.alpha_optimizer.step()

    def _move_weights(self, gradients: Tensors) -> None:
        for name, weight in self.weights.items():
            weight.grad = gradients[name]
        if self.search.clip is not None:
            clip_grad_norm_(self.weights.values(), self.search.clip)
        self.weight_optimizer.step()

    def _loss(self, examples: Examples, seed: int, *, shaken: bool = False) -> Loss:
        """The loss of these images as a function of weights and α.

        What it draws depends on ``seed`` alone, so all passes of a step meet the same mixture.
        """

        def loss(weights: Tensors, alphas: Tensors) -> Tensor:
            mixture = self._mixture(alphas, seed, shaken)
            logits = functional_call(self.net, dict(weights), (examples[0], mixture))
            return functional.cross_entropy(logits, examples[1])

        return loss

    def _mixture(self, alphas: Tensors, seed: int, shaken: bool) -> dict[str, Tensor]:
        generator = torch.Generator(self.device).manual_seed(seed)
        relax, epsilon = RELAXATIONS[self.search.relaxation], self.search.perturbation
        found = {kind: relax(alpha, generator, self.progress) for kind, alpha in alphas.items()}
        if shaken and epsilon > 0.0:
            now = strength(epsilon, self.progress)
            found = {kind: perturbed(theta, now, generator) for kind, theta in found.items()}
        return found

    def _examples(self, indices: Int64[Tensor, " n"]) -> Examples:
        at = indices.to(self.device)
        images = normalised(self.images[at], self.mean, self.deviation)
        return images.contiguous(memory_format=torch.channels_last), self.labels[at]

    # ------------------------------------------------------------------ what is reported

    def mean_losses(self) -> tuple[float, float]:
        """Of this epoch, in nats an image: on training images, on held-out ones (NaN: none)."""
        train, held_out = (float(total) for total in self.losses)
        other = self.halves[0] if not self.search.bilevel else self.halves[1]
        still = self.search.bilevel and self.epoch <= self.search.warm_up
        return train / len(self.halves[0]), math.nan if still else held_out / len(other)

    def relaxed(self, alphas: Tensors | None = None) -> dict[str, Tensor]:
        """The mean mixture at α: what the supernet is judged by."""
        given = self.alphas if alphas is None else alphas
        return {kind: expected(alpha, self.search.relaxation) for kind, alpha in given.items()}

    def judged(self, indices: Int64[Tensor, " n"]) -> Callable[[Tensors], Tensor]:
        """The loss of these images as a function of α, at the weights as they are."""
        images, labels = self._examples(indices)
        fixed = detached(self.weights)

        def loss(alphas: Tensors) -> Tensor:
            logits = functional_call(self.net, fixed, (images, self.relaxed(alphas)))
            return functional.cross_entropy(logits, labels)

        return loss

    def tables(self) -> dict[str, tuple[tuple[float, ...], ...]]:
        """α as plain numbers."""
        return {kind: tuple(map(tuple, alpha.tolist())) for kind, alpha in self.alphas.items()}

    def correct(self, mixture: Mapping[str, Shaped[Tensor, "edges operations"]]) -> Iterator[int]:
        """How many images of each chunk of ``data.validation`` the supernet classifies rightly."""
        split = self.search.data.validation
        chunks = batches_of(len(split), CHUNK)
        for images, labels in zip(
            split.images.tensor_split(chunks), split.labels.tensor_split(chunks)
        ):
            with torch.no_grad():
                values = normalised(images.to(self.device), self.mean, self.deviation)
                logits = self.net(values, mixture)
            yield int((logits.argmax(1) == labels.to(self.device)).sum())
