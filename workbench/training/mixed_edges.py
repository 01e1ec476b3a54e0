"""The edges that leave one state of a relaxed cell, computed together.

Liu et al. (2019), eq. 2: an edge gives Σ_o θ_o · o(x), a mixture of all operations of one input x.
The edges that leave a state read the same x, so what they share (ReLU, pooling and its batch
normalisation without scale) is computed once, and with few channels their convolutions are one
convolution with as many times the channels. Each operation's weights lie on top of one another, an
edge a slice: slice e holds the very tensors that the operation, as a layer of its own, would have
on edge e.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import torch
from jaxtyping import Shaped
from torch import Tensor, nn
from torch.nn import functional

from workbench.spaces.operations import OPERATIONS
from workbench.spaces.primitives import Kernel, averaged
from workbench.training.edge_convolutions import (
    at_once,
    halving,
    interleaved,
    phases,
    pointwise_after,
    shared_separable,
)

FREE = frozenset({"none", "skip_connect", "max_pool_3x3", "avg_pool_3x3"})  # no weights, stride 1


class MixedEdges(nn.Module):
    """``edges`` edges from one state of ``channels`` channels, each a mixture of ``operations``.

    ``stride`` is 2 from an input of a reduction cell. ``affine``: whether batch normalisation has
    a scale and a shift (it has none in a search, see ``without_affine``); ``normed_pools``: whether
    one follows pooling.
    """

    def __init__(
        self,
        operations: Sequence[str],
        edges: int,
        channels: int,
        stride: int,
        *,
        normed_pools: bool,
        affine: bool,
    ) -> None:
        super().__init__()
        self.operations, self.edges, self.channels = tuple(operations), edges, channels
        self.stride, self.normed_pools, self.affine = stride, normed_pools, affine
        self.stacked = nn.ModuleDict()
        for name in self.operations:
            layers = [self.layer(name) for _ in range(edges)]
            slices = zip(*[layer.parameters() for layer in layers])
            self.stacked[name] = nn.ParameterList(torch.stack(same) for same in slices)

    def layer(self, name: str) -> nn.Module:
        """An operation of an edge as a layer of its own, with new weights."""
        made = OPERATIONS[name].make(self.channels, self.channels, self.stride, affine=self.affine)
        if name.endswith("pool_3x3") and self.normed_pools:
            made = nn.Sequential(made, nn.BatchNorm2d(self.channels, affine=self.affine))
        return made

    def _stacked(self, name: str) -> nn.ParameterList:
        return cast(nn.ParameterList, self.stacked[name])

    def copy_into(self, layer: nn.Module, name: str, edge: int) -> None:
        """The weights of an operation on an edge, copied into such a layer."""
        with torch.no_grad():
            for mine, other in zip(self._stacked(name), layer.parameters()):
                other.copy_(mine[edge])

    def forward(
        self, x: Shaped[Tensor, "batch c h w"], mixture: Shaped[Tensor, "edges operations"]
    ) -> list[Shaped[Tensor, "batch c h2 w2"]]:
        """What each edge carries; ``mixture`` holds θ, one row an edge."""
        positive = functional.relu(x)
        shared: list[tuple[Tensor, Tensor, Tensor | None]] = []  # values, scales (e, c), shifts
        for o, name in enumerate(self.operations):
            theta = mixture[:, o : o + 1]
            if name == "skip_connect" and self.stride == 1:
                shared.append((x, theta.expand(-1, self.channels), None))
            elif OPERATIONS[name].family == "pool":
                weights = iter(self._stacked(name) if self.normed_pools else ())
                shared.append((self._pool(name, x), *self._scaled(theta, weights)))
        convolved: list[Tensor | None]
        if at_once(x):
            convolved = self._convolved(positive, None, mixture, slice(None))
        else:
            apart, convolved = self._apart(positive), []
            for e in range(self.edges):
                convolved += self._convolved(positive, apart, mixture, slice(e, e + 1))
        return [self._edge(e, each, shared, positive) for e, each in enumerate(convolved)]

    def _convolved(
        self, positive: Tensor, apart: Tensor | None, mixture: Tensor, edges: slice
    ) -> list[Tensor | None]:
        """Of each of ``edges``, Σ_o θ_o · o(x) of the operations with convolutions.

        Dilated ones read ``apart``, where it is there; their sum is put together again.
        """
        total: Tensor | None = None  # (batch, edges · c, h, w)
        dilated: Tensor | None = None
        for o, name in enumerate(self.operations):
            if name in FREE and not (name == "skip_connect" and self.stride == 2):
                continue
            theta, weights = mixture[edges, o : o + 1], (w[edges] for w in self._stacked(name))
            if apart is not None and OPERATIONS[name].family == "dilated":
                z = shared_separable(apart, next(weights), next(weights), 1, 1)
                z = self._weighted(z, theta, weights)
                dilated = z if dilated is None else dilated + z
            else:
                z = self._weighted(self._layers(name, positive, weights), theta, weights)
                total = z if total is None else total + z
        if dilated is not None:
            dilated = interleaved(dilated) if self.stride == 1 else dilated
            total = dilated if total is None else total + dilated
        if total is None:
            return [None] * len(mixture[edges])
        return [*total.split(self.channels, 1)]

    def _apart(self, positive: Tensor) -> Tensor | None:
        """What a dilated convolution reads as if it were a plain one of stride 1."""
        if not any(OPERATIONS[name].family == "dilated" for name in self.operations):
            return None
        if self.stride == 2:  # its taps are two pixels apart, its windows too: the others are idle
            even = positive[:, :, ::2, ::2]
            return even.contiguous(memory_format=torch.channels_last)
        return None if positive.shape[2] % 2 or positive.shape[3] % 2 else phases(positive)

    def _edge(
        self,
        e: int,
        total: Tensor | None,
        shared: list[tuple[Tensor, Tensor, Tensor | None]],
        x: Tensor,
    ) -> Tensor:
        """Σ_o θ_o · o(x) of edge e (DARTS eq. 2); ``total``: that of what has convolutions."""
        for values, scales, shifts in shared:
            scale = scales[e, :, None, None]
            total = values * scale if total is None else torch.addcmul(total, values, scale)
            if shifts is not None:
                total = total + shifts[e, :, None, None]
        if total is None:  # nothing but *none*
            total = torch.zeros_like(x[:, :, :: self.stride, :: self.stride])
        return total

    def _scaled(self, theta: Tensor, weights: Iterator[Tensor]) -> tuple[Tensor, Tensor | None]:
        """θ times a last batch normalisation's own scale and shift, where it has them: (e, c)."""
        if not self.affine or (scale := next(weights, None)) is None:
            return theta.expand(-1, self.channels), None
        return theta * scale, theta * next(weights)

    def _pool(self, name: str, x: Tensor) -> Tensor:
        if name == "max_pool_3x3":
            pooled = functional.max_pool2d(x, 3, self.stride, 1)
        else:
            pooled = averaged(x, 3, self.stride, 1)
        return _normed(pooled, None, None) if self.normed_pools else pooled

    def _layers(self, name: str, positive: Tensor, weights: Iterator[Tensor]) -> Tensor:
        """An operation with convolutions before its last normalisation, of some edges."""
        kernel, stride = OPERATIONS[name].kernel, self.stride
        match OPERATIONS[name].family:
            case "identity":
                return halving(positive, *self._halves(weights))
            case "dilated":
                return shared_separable(positive, next(weights), next(weights), stride, 2)
            case "separable":
                z = shared_separable(positive, next(weights), next(weights), stride, 1)
                z = functional.relu(_normed(z, *self._own(weights)))
                return pointwise_after(z, next(weights), next(weights))
            case _:
                return _dense(positive, next(weights), kernel, stride)

    def _weighted(self, z: Tensor, theta: Tensor, weights: Iterator[Tensor]) -> Tensor:
        """θ times the last normalisation of some edges."""
        scale, shift = self._scaled(theta, weights)
        flat = scale.flatten().contiguous()  # one edge's θ, expanded, is one number in memory:
        # the backward pass of batch normalisation reads a number a channel, whatever the stride
        return _normed(z, flat, None if shift is None else shift.flatten())

    def _halves(self, weights: Iterator[Tensor]) -> tuple[Tensor | None, Tensor]:
        """A factorised reduction of one channel has odd pixels alone."""
        return (next(weights) if self.channels > 1 else None), next(weights)

    def _own(self, weights: Iterator[Tensor]) -> tuple[Tensor | None, Tensor | None]:
        """Scale and shift of a batch normalisation inside an operation."""
        return (next(weights).flatten(), next(weights).flatten()) if self.affine else (None, None)


def _normed(z: Tensor, scale: Tensor | None, shift: Tensor | None) -> Tensor:
    """Batch normalisation by the batch's own mean and variance."""
    return functional.batch_norm(z, None, None, scale, shift, training=True)


def _dense(x: Tensor, weights: Tensor, kernel: Kernel, stride: int) -> Tensor:
    """All edges' full convolutions of one input: weights (e, c, c, k, k)."""
    padding = (kernel[0] // 2, kernel[1] // 2)
    return functional.conv2d(x, weights.flatten(0, 1), None, stride, padding)
