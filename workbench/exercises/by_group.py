"""Seeds are dealt out to groups: the rows of a claim about means, where single seeds scatter."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean

from workbench import checks


def by_group(values: Iterable[int | float], groups: int) -> list[dict[str, float]]:
    """The mean ``value`` of each group, as ``claim`` takes rows.

    ``values`` are of the seeds in turn, and go round the groups as cards do; where there are fewer
    of them than groups, a group is one value. Raises ValueError for no group.
    """
    groups = checks.whole("groups", groups, least=1)
    dealt = [*values]
    return [{"value": fmean(dealt[n::groups])} for n in range(min(groups, len(dealt)))]
