"""Who comes from whom: what changed on the way from one architecture to another, family trees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from workbench.records import Evaluation, Told
from workbench.spaces.one_decision import Answers

A = TypeVar("A")

LONGEST = 120  # characters of a change, so that a reason stays one line


def change(before: Answers, after: Answers) -> str:
    """What changed, in words: "edge 0→1 none -> skip_connect".

    The first decision that was answered otherwise; how many more were (a changed depth brings
    decisions and takes others away) follows as "and 2 more".
    """
    words = [
        f"{name} {before[name]} -> {option}" if name in before else f"{name} {option}"
        for name, option in after.items()
        if name not in before or before[name] != option
    ]
    gone = [f"no {name}" for name in before if name not in after]
    changed = [*words, *gone]
    if not changed:
        return "nothing"
    more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
    first = changed[0] if len(changed[0]) <= LONGEST else changed[0][: LONGEST - 1] + "…"
    return first + more


def shown(evaluation: Evaluation) -> float | None:
    """The score for a table; None where there is no answer."""
    return evaluation.score if evaluation.has_score else None


def family(told: Mapping[int, Told[A]], of: Iterable[int]) -> list[dict[str, Any]]:
    """Rows ``child, parent, score, reason`` of these trials and all that they come from.

    Founders have the parent None. In the order of the trials; ``told`` is by trial number.
    """
    waiting, kept = list(of), set[int]()
    while waiting:
        trial = waiting.pop()
        if trial in told and trial not in kept:
            kept.add(trial)
            waiting += told[trial].candidate.parents
    return [
        {
            "child": trial,
            "parent": parent,
            "score": shown(told[trial].evaluation),
            "reason": told[trial].candidate.reason,
        }
        for trial in sorted(kept)
        for parent in told[trial].candidate.parents or (None,)
    ]
