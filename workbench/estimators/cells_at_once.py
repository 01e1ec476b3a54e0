"""Many networks of different topologies, each with a seed of its own, trained at once on a GPU.

A GPU is idle while one network of eight channels trains. Thousands of them keep it busy, whatever
their cells: on each edge those with the same operation are gathered, computed by one call, and put
back. Feature maps are (networks, channels, images, height, width). Convolutions of thousands of
groups are slow on a GPU, so each is a product of matrices: kernels, and the windows of the maps.

No number passes from network to network, so each is trained as if it were alone, up to rounding.

Images come before pixels, not after them: laid out so, average pooling with padding has a wrong
gradient on a GPU (``spaces.primitives.averaged`` says more), and nothing but the table shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from jaxtyping import Int64, Shaped
from torch import Tensor, nn
from torch.nn import functional

from workbench.estimators.abreast import LiveCell
from workbench.spaces.cell_network import CellNetwork
from workbench.spaces.topology_reduction import PlainReduction


class CellsAtOnce(nn.Module):
    """(images, networks, c, h, w) -> (images, networks, classes): each network on its own images.

    ``networks`` are what a ``TopologySpace`` with plain reductions builds, after ``lean``: alike
    but for the operations on their edges. Their weights are copied.

    Raises ValueError for networks with another part than these have.
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        super().__init__()
        alike = [network for network in networks if isinstance(network, CellNetwork)]
        if not alike or len(alike) < len(networks):
            raise ValueError("networks: expected stacks of cells, at least one, and nothing else")
        self.stem = _convolved_and_normed([network.stem for network in alike])
        stacks = [list(network.cells) for network in alike]
        self.cells = nn.ModuleList(_cells(cells) for cells in zip(*stacks, strict=True))
        self.norm = _Norms([next(network.finish.children()) for network in alike])
        lines = [network.classifier for network in alike]
        self.weight = nn.Parameter(torch.stack([line.weight.detach() for line in lines]))
        self.bias = nn.Parameter(torch.stack([line.bias.detach() for line in lines]))

    def forward(self, images: Shaped[Tensor, "b n c h w"]) -> Shaped[Tensor, "b n classes"]:
        """Logits of the b images of each of the n networks."""
        maps = self.stem(images.permute(1, 2, 0, 3, 4).contiguous())  # (n, c, b, h, w)
        for cell in self.cells:
            maps = cell(maps)
        features = functional.relu(self.norm(maps)).mean((3, 4))  # (n, c, b)
        return torch.baddbmm(self.bias[:, :, None], self.weight, features).permute(2, 0, 1)


def _cells(cells: Sequence[nn.Module]) -> nn.Module:
    """What stands at one position of the stack."""
    live = [cell for cell in cells if isinstance(cell, LiveCell)]
    if len(live) == len(cells):
        return _Topologies(live)
    plain = [cell for cell in cells if isinstance(cell, PlainReduction)]
    if len(plain) == len(cells):
        return nn.Sequential(_layer([cell.widen for cell in plain]), _Pooled(plain[0].pool))
    raise ValueError(
        f"networks: {sorted({type(cell).__name__ for cell in cells})} cannot be trained at once; "
        "expected lean topology cells, and plain reductions between stages"
    )


class _Topologies(nn.Module):
    """A cell of each network; an edge that is not live in a network gives it zeros."""

    def __init__(self, cells: Sequence[LiveCell]) -> None:
        super().__init__()
        self.last = cells[0].last
        on_edges = [dict(zip(cell.ends, cell.operations)) for cell in cells]
        somewhere = {ends for edges in on_edges for ends in edges}
        self.ends = sorted(somewhere, key=lambda ends: (ends[1], ends[0]))
        self.edges = nn.ModuleList(
            _Edge([edges.get(ends) for edges in on_edges]) for ends in self.ends
        )

    def forward(self, maps: Shaped[Tensor, "n c b h w"]) -> Shaped[Tensor, "n c b h w"]:
        states = {0: maps}
        for (i, j), edge in zip(self.ends, self.edges):
            read = edge(states[i])
            states[j] = states[j] + read if j in states else read
        return states[self.last] if self.ends else maps * 0.0


class _Edge(nn.Module):
    """Networks in order of the operation on one edge, each run of the same one computed at once."""

    def __init__(self, operations: Sequence[nn.Module | None]) -> None:
        super().__init__()
        kinds = [_kind(operation) for operation in operations]
        groups = [[n for n, one in enumerate(kinds) if one == kind] for kind in sorted(set(kinds))]
        self.sizes = [len(group) for group in groups]
        self.order: Tensor
        self.back: Tensor
        order = torch.tensor([n for group in groups for n in group])
        self.register_buffer("order", order)
        self.register_buffer("back", order.argsort())
        self.layers = nn.ModuleList(_layer([operations[n] for n in group]) for group in groups)

    def forward(self, maps: Shaped[Tensor, "n c b h w"]) -> Shaped[Tensor, "n c b h w"]:
        runs = _reordered(maps, self.order, self.back).split(self.sizes)
        found = torch.cat([layer(run) for layer, run in zip(self.layers, runs)])
        return _reordered(found, self.back, self.order)


def _kind(operation: nn.Module | None) -> str:
    if isinstance(operation, nn.Sequential):
        return f"convolution {operation[1].kernel_size}"
    return type(operation).__name__


def _layer(alike: Sequence[nn.Module | None]) -> nn.Module:
    """One layer for operations of one kind; None is no edge."""
    first = alike[0]
    if first is None:
        return _Nothing()
    if isinstance(first, nn.Identity):
        return first
    if isinstance(first, nn.AvgPool2d):
        return _Pooled(first)
    chains = [each for each in alike if isinstance(each, nn.Sequential)]
    if len(chains) == len(alike) and isinstance(chains[0][0], nn.ReLU):
        pairs = [(each[1], each[2]) for each in chains]
        return nn.Sequential(nn.ReLU(), _convolved_and_normed(pairs))
    raise ValueError(f"networks: a {type(first).__name__} on an edge cannot be trained at once")


def _convolved_and_normed(pairs: Sequence[Iterable[nn.Module]]) -> nn.Sequential:
    convolutions, norms = zip(*pairs)
    return nn.Sequential(_Convolutions(convolutions), _Norms(norms))


class _Convolutions(nn.Module):
    """A convolution of each network, of stride 1, padded to keep the size."""

    def __init__(self, convolutions: Sequence[nn.Module]) -> None:
        super().__init__()
        plain = [one for one in convolutions if isinstance(one, nn.Conv2d) and _is_plain(one)]
        if len(plain) < len(convolutions):
            raise ValueError(
                f"networks: {convolutions[0]} cannot be trained at once; expected convolutions of "
                "stride 1, padded to keep the size, without bias"
            )
        self.weight = nn.Parameter(torch.stack([one.weight.detach() for one in plain]))

    def forward(self, maps: Shaped[Tensor, "n c b h w"]) -> Shaped[Tensor, "n c2 b h w"]:
        found: Tensor = _Convolved.apply(maps, self.weight)  # type: ignore[no-untyped-call]
        return found


def _is_plain(one: nn.Conv2d) -> bool:
    height, width = one.kernel_size
    asked: tuple[object, ...] = (one.stride, one.padding, one.dilation, one.groups, one.bias)
    return height == width and asked == ((1, 1), (height // 2,) * 2, (1, 1), 1, None)


class _Norms(nn.Module):
    """Batch normalisation of each network: every channel of every network has its own numbers."""

    def __init__(self, norms: Sequence[nn.Module]) -> None:
        super().__init__()
        parts = [norm for norm in norms if isinstance(norm, nn.BatchNorm2d)]
        states = [norm.state_dict() for norm in parts]
        self.eps, self.momentum = parts[0].eps, parts[0].momentum or 0.0
        self.weight = nn.Parameter(torch.cat([norm.weight.detach() for norm in parts]))
        self.bias = nn.Parameter(torch.cat([norm.bias.detach() for norm in parts]))
        self.mean: Tensor
        self.variance: Tensor
        self.register_buffer("mean", torch.cat([state["running_mean"] for state in states]))
        self.register_buffer("variance", torch.cat([state["running_var"] for state in states]))

    def forward(self, maps: Shaped[Tensor, "n c b h w"]) -> Shaped[Tensor, "n c b h w"]:
        n, c = maps.shape[:2]
        normed = functional.batch_norm(
            maps.reshape(1, n * c, -1),
            self.mean,
            self.variance,
            self.weight,
            self.bias,
            self.training,
            self.momentum,
            self.eps,
        )
        return normed.view_as(maps)


class _Pooled(nn.Module):
    """The same pooling of all maps."""

    def __init__(self, pool: nn.Module) -> None:
        super().__init__()
        self.pool = pool

    def forward(self, maps: Shaped[Tensor, "n c b h w"]) -> Shaped[Tensor, "n c b h2 w2"]:
        found: Tensor = self.pool(maps.flatten(0, 1)).unflatten(0, maps.shape[:2])
        return found


class _Nothing(nn.Module):
    def forward(self, maps: Shaped[Tensor, "n c b h w"]) -> Shaped[Tensor, "n c b h w"]:
        return torch.zeros_like(maps)


def _reordered(
    maps: Shaped[Tensor, "n c b h w"], order: Int64[Tensor, " n"], back: Int64[Tensor, " n"]
) -> Shaped[Tensor, "n c b h w"]:
    found: Tensor = _Reordered.apply(maps, order, back)  # type: ignore[no-untyped-call]
    return found


class _Reordered(torch.autograd.Function):
    """Networks in another order; its gradient is put back in order, not added up."""

    @staticmethod
    def forward(
        ctx: Any,
        maps: Shaped[Tensor, "n c b h w"],
        order: Int64[Tensor, " n"],
        back: Int64[Tensor, " n"],
    ) -> Shaped[Tensor, "n c b h w"]:
        ctx.save_for_backward(back)
        return maps.index_select(0, order)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        (back,) = ctx.saved_tensors
        return gradients[0].index_select(0, back), None, None


class _Convolved(torch.autograd.Function):
    """A convolution of each network as a product of its kernels and the windows of its maps.

    Windows are k² times as large as maps, so they are not kept, but made again for the gradient.
    """

    @staticmethod
    def forward(
        ctx: Any, maps: Shaped[Tensor, "n c b h w"], weight: Shaped[Tensor, "n o c k k"]
    ) -> Shaped[Tensor, "n o b h w"]:
        ctx.save_for_backward(maps, weight)
        return _product(weight, maps)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        maps, weight = ctx.saved_tensors
        size, into = weight.shape[-1], gradients[0].contiguous()
        of_weight = torch.bmm(into.flatten(2), windows(maps, size).transpose(1, 2))
        of_maps = None
        if ctx.needs_input_grad[0]:
            of_maps = _product(weight.flip(3, 4).transpose(1, 2), into)
        return of_maps, of_weight.view_as(weight)


def _product(
    weight: Shaped[Tensor, "n o c k k"], maps: Shaped[Tensor, "n c b h w"]
) -> Shaped[Tensor, "n o b h w"]:
    found = torch.bmm(weight.flatten(2), windows(maps, weight.shape[-1]))
    return found.view(len(maps), -1, *maps.shape[2:])


def windows(maps: Shaped[Tensor, "n c b h w"], size: int) -> Shaped[Tensor, "n ck2 bhw"]:
    """What a kernel of ``size`` × ``size`` taps sees around each pixel, zeros beyond the rim."""
    n, c, b, h, w = maps.shape
    if size == 1:
        return maps.reshape(n, c, b * h * w)
    rim = size // 2
    wide = functional.pad(maps, (rim, rim, rim, rim))
    seen = wide.unfold(3, size, 1).unfold(4, size, 1)  # (n, c, b, h, w, size, size)
    return seen.permute(0, 1, 5, 6, 2, 3, 4).reshape(n, c * size * size, b * h * w)
