"""The whole of a space, state by state: every decision that a walk can meet, every architecture.

A state is all that the rest of a walk depends on (``SearchSpace.state``), so each is visited once.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from workbench.protocols import SearchSpace
from workbench.records import Decision


def menu_of(space: SearchSpace[Any]) -> tuple[Decision, ...]:
    """Every decision that any walk can meet, once, with its most options, in a walk's order."""
    met: dict[str, Decision] = {}
    order: list[str] = []
    seen: set[Hashable] = set()
    ahead: list[tuple[tuple[int, ...], str | None]] = [((), None)]  # not recursion: walks are
    while ahead:  # longer than Python's stack is deep
        taken, last = ahead.pop()
        state, decision = space.state(taken), space.next_decision(taken)
        if state in seen or decision is None:
            continue
        seen.add(state)
        if decision.name in met:
            met[decision.name] = _merged(met[decision.name], decision)
        else:
            met[decision.name] = decision
            order.insert(order.index(last) + 1 if last else len(order), decision.name)
        options = reversed(range(len(decision.options)))
        ahead += [((*taken, index), decision.name) for index in options]
    return tuple(met[name] for name in order)


def size_of(space: SearchSpace[Any]) -> int:
    """How many complete walks there are."""
    counts: dict[Hashable, int] = {}
    ahead: list[tuple[int, ...]] = [()]
    while ahead:
        taken = ahead[-1]
        state, decision = space.state(taken), space.next_decision(taken)
        options = range(len(decision.options)) if decision else ()
        states = [space.state((*taken, i)) for i in options]
        missing = [i for i, after in enumerate(states) if after not in counts]
        if missing and state not in counts:
            ahead += [(*taken, i) for i in missing]
            continue
        # |𝒜|: a sum over options; Σ_{l=1}^{n} c^l where each layer has c kinds
        counts[state] = sum(counts[after] for after in states) if decision else 1
        ahead.pop()
    return counts[space.state(())]


def _merged(one: Decision, other: Decision) -> Decision:
    if set(other.options) <= set(one.options):
        return one
    options = (*one.options, *(option for option in other.options if option not in one.options))
    return Decision(one.name, options, one.kind, one.role, one.between)
