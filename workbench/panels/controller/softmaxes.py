"""What a policy thinks of each decision of a walk, given the decisions before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from workbench.protocols import Rows, SearchSpace
from workbench.records import Decision
from workbench.strategies.policy_rows import said
from workbench.strategies.policy_search import Policy
from workbench.strategies.recurrent_steps import walked


@dataclass(frozen=True)
class Softmax:
    """The ``number``-th decision of a walk, from 0, and the probability of each of its options.

    ``step`` is the recurrent step that it belongs to, from 0: the yes-or-no questions of an anchor
    point share one.
    """

    number: int
    decision: Decision
    shares: tuple[float, ...]
    step: int

    @property
    def likeliest(self) -> int:
        """The option with the highest probability, the first of equals."""
        return self.shares.index(max(self.shares))

    def said(self, option: int) -> str:
        """An option as a word."""
        return said(self.decision, self.decision.options[option])

    def rows(self, taken: int | None) -> Rows:
        """As ``views.nouns`` takes them: an option a row; ``taken`` None: it is still open."""
        return [
            {
                "step": self.number + 1,
                "decision": self.decision.name,
                "option": self.said(option),
                "probability": share,
                "chosen": option == taken,
                "recurrent step": self.step + 1,
            }
            for option, share in enumerate(self.shares)
        ]


def softmaxes(policy: Policy, space: SearchSpace[Any], taken: Sequence[int]) -> tuple[Softmax, ...]:
    """Of each decision ``taken``, by option index, and of the next one where there is one.

    What a controller thinks of a decision depends on those before it alone. So the walk is finished
    by first options, and read as a whole.
    """
    whole = tuple(taken)
    while space.next_decision(whole) is not None:
        whole = (*whole, 0)
    way = walked(policy.table, space, space.compose(whole), depth=False)
    with torch.no_grad():
        found = [*policy.read([way]).softmaxes()]
    return tuple(
        Softmax(met.number, met.decision, tuple(share for _, share in shares), met.step)
        for met, shares in found[: len(taken) + 1]
    )
