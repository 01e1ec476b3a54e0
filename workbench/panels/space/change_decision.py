"""What an architecture becomes when a control changes one of its decisions, or its space.

The rule itself is the spaces' own (``spaces.one_decision``).
"""

from __future__ import annotations

from typing import Any, TypeVar

from workbench.protocols import SearchSpace
from workbench.spaces import one_decision
from workbench.spaces.one_decision import answers_of, completed, steps_of

A = TypeVar("A")


def changed(space: SearchSpace[A], arch: A, name: str, index: int) -> A:
    """``arch`` with one decision changed, by the rule of ``neighbours``.

    Raises ValueError where the walk does not meet a decision of that name.
    """
    steps = steps_of(space, arch)
    names = [decision.name for decision, _ in steps]
    if name not in names:
        raise ValueError(f"decision {name!r}: expected one of {names}")
    return one_decision.changed(space, steps, names.index(name), index)


def carried(old: SearchSpace[Any], arch: Any, new: SearchSpace[A]) -> A:
    """The architecture of ``new`` that answers each decision as ``arch`` does, where it can."""
    return completed(new.begin(), answers_of(steps_of(old, arch)))
