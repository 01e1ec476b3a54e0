"""The whole of a space, state by state: every decision that a walk can meet, every architecture.

A state is all that the rest of a walk depends on (``SearchSpace.state``), so each is visited once.
"""

from __future__ import annotations

import random
from collections.abc import Hashable
from typing import Any

from workbench.protocols import SearchSpace
from workbench.records import Decision

COUNTED = 100_000  # states that ``size`` visits at most, some seconds
LISTED = 10_000  # states that the menu visits at most
WALKS = 1_000  # random walks that look for what is left, where there are more


class _Menu:
    """Decisions as they are met: each once, with its most options, behind what led to it first."""

    def __init__(self) -> None:
        self._met: dict[str, Decision] = {}
        self._order: list[str] = []

    def add(self, decision: Decision, after: str | None) -> None:
        name = decision.name
        if name not in self._met:
            self._order.insert(self._order.index(after) + 1 if after else len(self._met), name)
        self._met[name] = _merged(self._met.get(name, decision), decision)

    def decisions(self) -> tuple[Decision, ...]:
        return tuple(self._met[name] for name in self._order)


def menu_of(space: SearchSpace[Any]) -> tuple[Decision, ...]:
    """Every decision that any walk can meet, once, with its most options.

    A decision stands right behind the one that came before it when it was first met. So the order
    may be no walk's: what only some walks ask can come after what all of them ask later.

    Of a space with more than 10,000 states (one of many decisions that does not say its ``state``):
    what is met by walks that take each option of each decision once, and by 1,000 random ones.
    """
    return _by_state(space) or _by_walks(space)


def _by_state(space: SearchSpace[Any]) -> tuple[Decision, ...] | None:
    menu = _Menu()
    seen: set[Hashable] = set()
    ahead: list[tuple[tuple[int, ...], str | None]] = [((), None)]  # not recursion: walks are
    while ahead:  # longer than Python's stack is deep
        if len(seen) > LISTED:
            return None
        taken, last = ahead.pop()
        state, decision = space.state(taken), space.next_decision(taken)
        if state in seen or decision is None:
            continue
        seen.add(state)
        menu.add(decision, last)
        options = reversed(range(len(decision.options)))
        ahead += [((*taken, index), decision.name) for index in options]
    return menu.decisions()


def _by_walks(space: SearchSpace[Any]) -> tuple[Decision, ...]:
    menu, rng = _Menu(), random.Random(0)
    seen: set[tuple[str, Hashable]] = set()
    ahead: list[tuple[int, ...]] = [()]
    left = WALKS
    while ahead or left:
        left -= not ahead
        start = iter(ahead.pop()) if ahead else None  # walk there, then on by first options
        walk = space.begin()
        taken: tuple[int, ...] = ()
        last: str | None = None
        while (decision := walk.decision) is not None:
            menu.add(decision, last)
            for index, option in enumerate(decision.options):
                if (decision.name, option) not in seen:
                    seen.add((decision.name, option))
                    ahead.append((*taken, index))
            index = next(start, 0) if start else rng.randrange(len(decision.options))
            walk.take(index)
            taken, last = (*taken, index), decision.name
    return menu.decisions()


def size_of(space: SearchSpace[Any]) -> int:
    """How many complete walks there are.

    Raises ValueError where there are too many states to count over.
    """
    counts: dict[Hashable, int] = {}
    ahead: list[tuple[int, ...]] = [()]
    while ahead:
        if len(counts) > COUNTED:
            raise ValueError(
                f"{type(space).__name__}: size: more than {COUNTED:,} states to count over: give "
                "the space a method state(taken), what the rest of a walk depends on, such as the "
                "decision that comes next"
            )
        taken = ahead[-1]
        state, decision = space.state(taken), space.next_decision(taken)
        options = range(len(decision.options)) if decision else ()
        states = [space.state((*taken, i)) for i in options]
        missing = [i for i, after in enumerate(states) if after not in counts]
        if missing and state not in counts:
            ahead += [(*taken, i) for i in missing]
            continue
        # |𝒜|: a sum over options; Σ_{l=1}^{n} q^l where each layer has q kinds
        counts[state] = sum(counts[after] for after in states) if decision else 1
        ahead.pop()
    return counts[space.state(())]


def _merged(one: Decision, other: Decision) -> Decision:
    if set(other.options) <= set(one.options):
        return one
    options = (*one.options, *(option for option in other.options if option not in one.options))
    return Decision(one.name, options, one.kind, one.role, one.between)
