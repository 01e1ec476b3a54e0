"""From a mother's weights to her child's, tensor by tensor, as a ``Correspondence`` says."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from workbench.spaces.correspondence import Correspondence, Transfer
from workbench.spaces.layers import CONVOLUTIONS, Layer
from workbench.spaces.merged_channels import Places, Reading
from workbench.spaces.wiring import Branches
from workbench.training.learnt import Learnt, parts

STATISTICS = ("weight", "bias", "running_mean", "running_var")  # of batch normalisation


def expanded(
    weight: Float[Tensor, "out in *rest"], rows: Places, columns: Places
) -> Float[Tensor, "out2 in2 *rest"]:
    """``weight`` for copied outputs (``rows``) and inputs (``columns``); zero where there is None.

    Net2Wider (Chen et al. 2016).
    """
    chosen = weight[_numbers(rows)][:, _numbers(columns)]  # (out2, in2, …)
    # Net2Wider: what reads a unit divides by the number of its copies
    counts = [columns.count(column) if column is not None else math.inf for column in columns]
    heard = torch.tensor([row is not None for row in rows], dtype=weight.dtype)
    each = heard[:, None] / torch.tensor(counts, dtype=weight.dtype)  # (out2, in2)
    return chosen * each.reshape(*each.shape, *(1,) * (weight.dim() - 2))


def _numbers(places: Places) -> Tensor:
    return torch.tensor([place or 0 for place in places], dtype=torch.int64)


def _known(places: Places) -> Tensor:
    return torch.tensor([place is not None for place in places])


def _centred(weight: Tensor, size: tuple[int, int]) -> Tensor:
    """A kernel (…, h, w) in the middle of a larger one of this ``size``, zeros around it."""
    rows, columns = size[0] - weight.shape[2], size[1] - weight.shape[3]
    around = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
    return functional.pad(weight, around)


class Transplant:
    """Fills the state of the child's network from what the mother has learnt, by plan.

    ``state`` holds the child's initial values and is filled in place. ``noise`` as ``inherit`` has
    it.
    """

    def __init__(
        self,
        mother: Learnt,
        child: Branches,
        state: dict[str, Tensor],
        plan: Correspondence,
        *,
        noise: float,
        seed: int,
    ) -> None:
        self.mother, self.child, self.new, self.plan = mother, child, state, plan
        self.old, self.at, self.noise = mother.weights, mother.names, noise
        self.generator = torch.Generator().manual_seed(seed)
        self.names: set[str] = set()

    def done(self) -> set[str]:
        """Do it; the names of the child's tensors that hold the mother's values."""
        for i, transfer in enumerate(self.plan.layers, start=1):
            layer = self.child.layers[i - 1]
            self._merge(i, transfer)
            if layer.operation not in CONVOLUTIONS:
                continue
            if transfer.how == "copied":
                self._copy(layer, self.at.layer(i), transfer)
            elif transfer.how == "identity":
                self._pass_through(layer, self.at.layer(i), transfer)
        self._head()
        return self.names

    def _put(self, name: str, tensor: Tensor, *, inherited: bool = True) -> None:
        self.new[name] = tensor.detach().clone()
        if inherited:
            self.names.add(name)

    def _copy(self, layer: Layer, at: str, transfer: Transfer) -> None:
        source = self.at.layer(transfer.source)
        rows, columns, size = transfer.rows, transfer.columns, (layer.height, layer.width)
        mixing, norm = parts(layer)
        if mixing != "0":  # depthwise first: a filter for each channel that is read
            filters = _centred(self.old[f"{source}0.weight"], size)[_numbers(columns)]
            known = _known(columns)
            fresh = self.new[f"{at}0.weight"]  # (in, 1, h, w)
            self._put(f"{at}0.weight", torch.where(known[:, None, None, None], filters, fresh))
            size = (1, 1)
        weight = _centred(self.old[f"{source}{mixing}.weight"], size)
        self._put(f"{at}{mixing}.weight", self._disturbed(expanded(weight, rows, columns), rows))
        self._normalise(at + norm, source + norm, rows)

    def _pass_through(self, layer: Layer, at: str, transfer: Transfer) -> None:
        """Net2Deeper: the identity, batch normalisation undoing what it does (Chen et al. 2016)."""
        mixing, norm = parts(layer)
        size = (layer.height, layer.width)
        if mixing != "0":
            ones = torch.ones_like(self.new[f"{at}0.weight"][:, :, :1, :1])
            self._put(f"{at}0.weight", _centred(ones, size), inherited=False)
            size = (1, 1)
        weight = self._one_to_one(len(transfer.through), transfer.rows, transfer.columns)
        weight = self._disturbed(_centred(weight, size), transfer.rows)
        self._put(f"{at}{mixing}.weight", weight, inherited=False)
        moments = [tuple(m[c] for m in self.mother.moments[k]) for k, c in transfer.through]
        mean, variance = (torch.stack(each)[_numbers(transfer.rows)] for each in zip(*moments))
        self._undo(at + norm, mean, variance)

    def _merge(self, i: int, transfer: Transfer) -> None:
        """The projections of a sum."""
        rows = transfer.columns
        for place, aligned in enumerate(transfer.aligned):
            at = self.at.projection(i, place)
            if aligned.how == "copied":
                source = self.at.projection(transfer.source, aligned.source)
                weight = expanded(self.old[f"{source}0.weight"], rows, aligned.columns)
                self._put(f"{at}0.weight", weight)
                self._normalise(f"{at}1", f"{source}1", rows)
            elif aligned.how == "identity":
                reads = Reading.of(self.mother.arch, transfer.source).reads
                mean, variance = self.mother.moments[reads[aligned.source]]
                weight = self._one_to_one(len(mean), rows, aligned.columns)
                self._put(f"{at}0.weight", weight, inherited=False)
                self._undo(f"{at}1", mean[_numbers(rows)], variance[_numbers(rows)])
            elif aligned.how == "silent":  # γ = 0 and β = 0: zeros, and γ learns at once
                for name in ("weight", "bias"):
                    self.new[f"{at}1.{name}"].zero_()

    def _head(self) -> None:
        depths = len(self.child.layers), len(self.mother.arch.layers)
        first, second = (tuple(self.at.linear(depth, j) for depth in depths) for j in (2, 4))
        hidden = self.plan.hidden
        classes = tuple(range(len(self.old[f"{(second if hidden else first)[1]}bias"])))
        units = hidden or classes
        weight = expanded(self.old[f"{first[1]}weight"], units, self.plan.head)
        self._put(f"{first[0]}weight", self._disturbed(weight, units))
        self._put(f"{first[0]}bias", self.old[f"{first[1]}bias"][_numbers(units)])
        if hidden:
            weight = expanded(self.old[f"{second[1]}weight"], classes, hidden)
            self._put(f"{second[0]}weight", weight)
            self._put(f"{second[0]}bias", self.old[f"{second[1]}bias"])

    def _disturbed(self, weight: Tensor, rows: Places) -> Tensor:
        """Copies, which are all rows but the first of their kind, made a little different."""
        if not self.noise or weight.numel() < 2:
            return weight
        copies = torch.tensor([row in rows[:n] for n, row in enumerate(rows)])
        normal = torch.randn(weight.shape, generator=self.generator, dtype=torch.float64)
        shift = self.noise * weight.std() * normal.to(weight.dtype)
        return weight + shift * copies.reshape(-1, *(1,) * (weight.dim() - 1))

    def _one_to_one(self, n: int, rows: Places, columns: Places) -> Tensor:
        """(out, in, 1, 1): each of ``n`` channels passes, the mean of its copies."""
        return expanded(torch.eye(n, dtype=self.mother.dtype), rows, columns)[:, :, None, None]

    def _normalise(self, at: str, source: str, rows: Places) -> None:
        known = _known(rows)
        for name in STATISTICS:
            old, new = self.old[f"{source}.{name}"][_numbers(rows)], self.new[f"{at}.{name}"]
            self._put(f"{at}.{name}", torch.where(known, old, new))
        self._put(f"{at}.num_batches_tracked", self.old[f"{source}.num_batches_tracked"])

    def _undo(self, at: str, mean: Tensor, variance: Tensor) -> None:
        """Batch normalisation as the identity: γ (x − μ) / √(σ² + ε) + β = x."""
        epsilon = nn.BatchNorm2d(1).eps
        # undone: γ = √(σ² + ε), β = μ
        values = ((variance + epsilon).sqrt(), mean, mean, variance)
        for name, value in zip(STATISTICS, values):
            self._put(f"{at}.{name}", value, inherited=False)
