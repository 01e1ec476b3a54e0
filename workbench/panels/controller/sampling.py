"""An architecture under way: its decisions, drawn one after the other from a policy's softmaxes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, TypeAlias

from workbench.panels.controller.softmaxes import Softmax
from workbench.protocols import SearchSpace
from workbench.strategies.draws import generator

Taken: TypeAlias = tuple[int, ...]  # the options, by index
Read: TypeAlias = Callable[[Taken], tuple[Softmax, ...]]  # of each, and of the next decision


@dataclass(frozen=True)
class Decided:
    """The event of a step: the ``number``-th decision, from 0, took this ``option``."""

    number: int
    option: int


class Sampling:
    """The ``child``-th architecture that a strategy of this ``seed`` would ask about.

    Each decision has a random number of its own, so the dice stay the same where the softmaxes
    change. ``taken`` are all decisions so far, ``at`` how many of them are looked at: going back
    forgets nothing. A decision that is not drawn but given is one of ``forced``.
    """

    def __init__(self, space: SearchSpace[Any], *, seed: int, child: int) -> None:
        self.space, self.child = space, child
        self.taken: Taken = ()
        self.at = 0
        self.forced: frozenset[int] = frozenset()
        self._rng = generator(seed, child)
        self._dice: list[float] = []

    @property
    def complete(self) -> bool:
        """Whether all decisions are taken."""
        return self.space.next_decision(self.taken) is None

    @property
    def ended(self) -> bool:
        """Whether all decisions are taken and looked at."""
        return self.at == len(self.taken) and self.complete

    def step(self, read: Read) -> Decided:
        """One decision on: the next that was taken, or else a new one, drawn.

        Raises ValueError where there is none.
        """
        if self.ended:
            raise ValueError("step: the architecture is complete; begin a new one")
        if self.at == len(self.taken):
            self.taken = self.ahead(read, decisions=1)
        self.at += 1
        return Decided(self.at - 1, self.taken[self.at - 1])

    def ahead(self, read: Read, *, decisions: int | None = None) -> Taken:
        """``taken`` with so many decisions more (None: all); nothing is changed."""
        taken, wanted = self.taken, decisions
        while wanted != 0 and self.space.next_decision(taken) is not None:
            taken = (*taken, drawn(read(taken)[len(taken)], self._die(len(taken))))
            wanted = None if wanted is None else wanted - 1
        return taken

    def force(self, option: int) -> None:
        """Take this option of the decision that is looked at; later ones stay where they can.

        Raises ValueError where there is no such option.
        """
        decision = self.space.next_decision(self.taken[: self.at])
        if decision is None or not 0 <= option < len(decision.options):
            count = 0 if decision is None else len(decision.options)
            raise ValueError(f"force: expected one of {count} options, got {option}")
        now = (*self.taken[: self.at], option)
        for number in range(self.at + 1, len(self.taken)):
            before = self.space.next_decision(self.taken[:number])
            here = self.space.next_decision(now)
            if before is None or here is None or here.name != before.name:
                break
            kept = before.options[self.taken[number]]
            if kept not in here.options:
                break
            now = (*now, here.options.index(kept))
        self.forced = frozenset(n for n in (*self.forced, self.at) if n < len(now))
        self.taken = now
        self.at += 1

    def _die(self, number: int) -> float:
        while len(self._dice) <= number:
            self._dice.append(self._rng.random())
        return self._dice[number]


def drawn(softmax: Softmax, die: float) -> int:
    """The option that a number in [0, 1) falls into; an anchor says yes below its probability."""
    if softmax.decision.kind == "anchor" and softmax.decision.options == (False, True):
        return int(die < softmax.shares[1])
    upper = [*accumulate(softmax.shares)]
    at = die * upper[-1]
    return min(sum(limit <= at for limit in upper), len(upper) - 1)
