"""An architecture as the decisions that led to it, and what it becomes when one of them changes.

Only the protocol ``SearchSpace`` is used, so a learner's own space works as well.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, TypeVar

from workbench.protocols import SearchSpace
from workbench.records import Decision

A = TypeVar("A")


def met(space: SearchSpace[A], arch: A) -> list[tuple[Decision, int]]:
    """The decisions of an architecture's walk, each with the index chosen, in order.

    Raises ValueError where ``arch`` is not in the space.
    """
    taken = space.decisions(arch)
    found = []
    for i, index in enumerate(taken):
        decision = space.next_decision(taken[:i])
        if decision is not None:
            found.append((decision, index))
    return found


def changed(space: SearchSpace[A], arch: A, name: str, index: int) -> A:
    """``arch`` with one decision changed, by the rule of ``neighbours``.

    Later decisions are kept by name where still valid; new ones take their first option. Raises
    ValueError where the walk does not meet a decision of that name.
    """
    steps = met(space, arch)
    names = [decision.name for decision, _ in steps]
    if name not in names:
        raise ValueError(f"decision {name!r}: expected one of {names}")
    place = names.index(name)
    taken = (*(chosen for _, chosen in steps[:place]), index)
    return space.compose(_completed(space, taken, _answers(steps[place + 1 :])))


def carried(old: SearchSpace[Any], arch: Any, new: SearchSpace[A]) -> A:
    """The architecture of ``new`` that answers each decision as ``arch`` does, where it can."""
    return new.compose(_completed(new, (), _answers(met(old, arch))))


def _answers(steps: list[tuple[Decision, int]]) -> dict[str, Hashable]:
    return {decision.name: decision.options[index] for decision, index in steps}


def _completed(
    space: SearchSpace[Any], taken: tuple[int, ...], kept: Mapping[str, Hashable]
) -> tuple[int, ...]:
    while (decision := space.next_decision(taken)) is not None:
        known = decision.name in kept and kept[decision.name] in decision.options
        taken = (*taken, decision.options.index(kept[decision.name]) if known else 0)
    return taken
