"""The simplest policy of all: a softmax for each decision, whatever the others take.

The REINFORCE of NAS-Bench-201 and NATS-Bench (Dong & Yang 2020; Dong et al. 2021): no recurrent
network, only one logit for each option, all 0 at first.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from workbench.protocols import SearchSpace
from workbench.strategies.readings import Met, Reading, drawn, log_softmax
from workbench.strategies.recurrent_steps import Heads, SoftmaxTable, Unrolling


class IndependentSoftmaxes(nn.Module):
    """Logits by decision, or by role, that are the same whatever was taken before."""

    def __init__(self, space: SearchSpace[Any], *, heads: Heads = "a decision") -> None:
        super().__init__()
        self.table = table = SoftmaxTable(space, heads=heads, attention=False)
        self.bias = nn.Parameter(torch.zeros(table.softmaxes, table.widest, dtype=torch.float64))

    def sample(self, ways: Sequence[Unrolling[Any]], rngs: Sequence[random.Random]) -> None:
        """Follow all of these to their ends; each has its own draws."""
        with torch.no_grad():
            while rows := [row for row, way in enumerate(ways) if way.place is not None]:
                places = [ways[row].place or 0 for row in rows]  # none of them is complete
                numbers, is_open, last = self.table.at(places)
                logs = log_softmax(self.bias[numbers], is_open)
                columns = drawn(logs, last, [rngs[row].random() for row in rows])
                for row, column in zip(rows, columns):
                    ways[row].take(column)

    def read(self, ways: Sequence[Unrolling[Any]]) -> Reading:
        """How likely the decisions of these complete walks are; it can be differentiated."""
        met: list[Met] = []
        places: list[int] = []
        for row, way in enumerate(ways):
            for number, (step, decision, _) in enumerate(way.met()):
                places.append(way.steps[step].place)
                columns = self.table.columns(places[-1])
                met.append(Met(row, number, step, decision, columns, way.steps[step].column))
        numbers, is_open, _ = self.table.at(places)
        return Reading(len(ways), met, log_softmax(self.bias.index_select(0, numbers), is_open))
