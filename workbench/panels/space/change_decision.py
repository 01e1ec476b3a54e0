"""What an architecture becomes when a control changes one of its decisions, or its space.

The rule itself is the spaces' own (``spaces.one_decision``).
"""

from __future__ import annotations

from typing import Any, TypeVar

from workbench.protocols import SearchSpace
from workbench.spaces import one_decision
from workbench.spaces.one_decision import Steps, answers_of, completed, steps_of
from workbench.spaces.walk import Space

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


def shown_steps(space: SearchSpace[A], arch: A) -> Steps:
    """The steps of an architecture, and in their place decisions with one option that say why.

    Those are no choice, and no walk stops at them; but a learner who made the choice a moment ago
    asks where it went.
    """
    steps = steps_of(space, arch)
    if not isinstance(space, Space):  # a learner's own, of which only the protocol is known
        return steps
    chosen, found = iter(steps), Steps()
    walk, answers, option = space.walk(), space.answers(arch), None
    for answer in answers:
        try:
            decision = walk.send(option)
        except StopIteration:
            break
        if len(decision.options) > 1:
            found.append(next(chosen))
        elif decision.why:
            found.append((decision, 0))
        option = answer
    return found


def carried(old: SearchSpace[Any], arch: Any, new: SearchSpace[A]) -> A:
    """The architecture of ``new`` that answers each decision as ``arch`` does, where it can."""
    return completed(new.begin(), answers_of(steps_of(old, arch)))
