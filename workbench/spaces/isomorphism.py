"""Which cells are the same cell: canonical forms of topologies, by rule.

"How many unique cells" has no answer without a rule; NAS-Bench-201 (Dong & Yang 2020) counts 6,466
of 15,625. An edge is (from node, to node, operation); edges come sorted by their head.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

Rule: TypeAlias = Literal["skips", "published", "live terms", "flat sums"]
Edges: TypeAlias = tuple[tuple[int, int, str], ...]
DEAD = "#"


def is_connected(edges: Edges) -> bool:
    """Whether a path of operations other than *none* leads from the input to the output."""
    reached = {0}
    for i, j, operation in edges:  # an edge's tail is complete before the edge comes
        if i in reached and operation != "none":
            reached.add(j)
    return edges[-1][1] in reached


def canonical(edges: Edges, *, rule: Rule = "published") -> str:
    """What a cell computes, as text: cells of the same text are isomorphic under ``rule``.

    A node is the sorted sum of its terms, an operation is ``(input)@operation``, the cell's input
    is ``0``. How many of the 15,625 cells differ depends on the rule:

    - "skips": a skip is the node it reads: 12,751
    - "published" (NAS-Bench-201): besides, *none* and whatever reads a dead node are a dead term,
      ``#``. It stays in its sum, and a sum of two dead terms does not count as dead: 6,466
    - "live terms": dead terms are dropped, and a sum of nothing is dead: 5,390
    - "flat sums": besides, a skip of a sum adds that sum's terms one by one: 4,930

    All but "flat sums" join sums as text, as the published code does, so that "a+b" read through a
    skip beside "c" and "a" beside "b+c" are both "a+b+c".
    """
    sums: dict[int, list[str]] = {0: ["0"]}
    for i, j, operation in edges:
        terms = sums.setdefault(j, [])
        read = sums[i] if rule == "flat sums" else ["+".join(sorted(sums[i])) or DEAD]
        dead = rule != "skips" and (operation == "none" or read in ([], [DEAD]))
        if dead:
            terms += [DEAD] * (rule == "published")
        elif operation == "skip_connect":
            terms += read
        else:
            terms.append(f"({'+'.join(sorted(read))})@{operation}")
    return "+".join(sorted(sums[edges[-1][1]])) or DEAD
