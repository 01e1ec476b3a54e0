"""Drawing at random without asking about any architecture twice."""

from __future__ import annotations

import random
from typing import Generic, TypeVar

from workbench.protocols import SearchSpace
from workbench.records import Decision
from workbench.spaces.one_decision import steps_of

A = TypeVar("A")


class Unasked(Generic[A]):
    """What is left of a space: the architectures that nobody has asked about yet.

    ``arch in unasked`` is True for those. The walks to the others are looked at only when one of
    them is drawn again: in a space much larger than the search that never happens.
    """

    def __init__(self, space: SearchSpace[A]) -> None:
        self._space = space
        self._asked: set[A] = set()
        self._new: list[A] = []  # asked, their walks not closed yet
        self._closed: set[tuple[int, ...]] = set()  # walks, as far as taken, with no new end left

    def __contains__(self, arch: A) -> bool:
        return arch not in self._asked

    def asked(self, arch: A) -> None:
        """Somebody asked about this one."""
        if arch not in self._asked:
            self._asked.add(arch)
            self._new.append(arch)

    def draw(self, rng: random.Random) -> A | None:
        """A random one, each decision uniform over its options; None where nothing is left."""
        arch = self._space.sample(rng)
        if arch in self:
            return arch
        while self._new:
            self._close(self._new.pop())
        return None if () in self._closed else self._another(rng)

    def _another(self, rng: random.Random) -> A:
        """A random walk that keeps to options behind which something is left."""
        walk = self._space.begin()
        taken: tuple[int, ...] = ()
        while (decision := walk.decision) is not None:
            taken = (*taken, rng.choice(self._open(taken, decision)))
            walk.take(taken[-1])
        return walk.arch

    def _open(self, taken: tuple[int, ...], decision: Decision) -> list[int]:
        options = range(len(decision.options))
        return [index for index in options if (*taken, index) not in self._closed]

    def _close(self, arch: A) -> None:
        steps = steps_of(self._space, arch)
        taken = tuple([index for _, index in steps])
        self._closed.add(taken)
        for decision, _ in reversed(steps):
            taken = taken[:-1]
            if self._open(taken, decision):
                return
            self._closed.add(taken)
