"""What a policy thinks of given architectures: how likely each decision was, and how open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from workbench.records import Decision

CLOSED = -1e30  # a logit whose probability is 0, and whose gradient is no NaN


@dataclass(frozen=True)
class Met:
    """A decision that an architecture met: the ``number``-th of its walk, in recurrent ``step``."""

    architecture: int  # its place among those that were read
    number: int
    step: int
    decision: Decision
    columns: tuple[int, ...]  # of the options
    taken: int  # the column


@dataclass(frozen=True)
class Reading:
    """Log-probabilities, in nats, of ``architectures`` many architectures, decision by decision.

    ``table`` has a row for each decision met and a column for each option.
    """

    architectures: int
    met: Sequence[Met]
    table: Float[Tensor, "decisions columns"]

    @property
    def owners(self) -> Int[Tensor, " decisions"]:
        """The architecture of each decision."""
        return torch.tensor([each.architecture for each in self.met], dtype=torch.int64)

    @property
    def decision_logs(self) -> Float[Tensor, " decisions"]:
        """ln p of the option taken, of each decision, given those before it."""
        taken = torch.tensor([each.taken for each in self.met], dtype=torch.int64)
        return self.table.gather(1, taken[:, None])[:, 0]

    @property
    def log_probability(self) -> Float[Tensor, " architectures"]:
        """ln π(architecture): the sum over its decisions."""
        return self._summed(self.decision_logs)

    @property
    def entropy(self) -> Float[Tensor, " architectures"]:
        """Σ H over the decisions met, H = −Σ p ln p of a softmax. Its mean over architectures that
        were drawn estimates the entropy of the policy."""
        return self._summed(-(self.table.exp() * self.table).sum(1))

    def softmaxes(self) -> Iterator[tuple[Met, list[tuple[Any, float]]]]:
        """Each decision met, in order, with its options and their probabilities."""
        shares = self.table.detach().exp().tolist()
        order = sorted(
            range(len(self.met)), key=lambda k: (self.met[k].architecture, self.met[k].number)
        )
        for k in order:
            met = self.met[k]
            yield met, [(o, shares[k][c]) for o, c in zip(met.decision.options, met.columns)]

    def _summed(self, values: Float[Tensor, " decisions"]) -> Float[Tensor, " architectures"]:
        return values.new_zeros(self.architectures).index_add(0, self.owners, values)


def log_softmax(
    logits: Float[Tensor, "decisions columns"], is_open: Bool[Tensor, "decisions columns"]
) -> Float[Tensor, "decisions columns"]:
    """ln softmax over the open columns."""
    return logits.masked_fill(~is_open, CLOSED).log_softmax(1)


def drawn(
    logs: Float[Tensor, "rows columns"], last: Int[Tensor, " rows"], uniform: Sequence[float]
) -> list[int]:
    """The column that a uniform number in [0, 1) falls into, of each row's softmax."""
    upper = logs.exp().cumsum(1)  # (rows, columns)
    at = torch.tensor(uniform, dtype=upper.dtype)[:, None] * upper[:, -1:]
    found: list[int] = torch.minimum((upper <= at).sum(1), last).tolist()
    return found
