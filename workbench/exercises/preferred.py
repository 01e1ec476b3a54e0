"""What cells are made of that supernets rank highest, beside those that the table does."""

from __future__ import annotations

import numpy as np
from IPython.display import Markdown

from workbench.exercises.shared_scores import SharedScores
from workbench.exercises.top_share import TOP, highest


def preferred(recorded: SharedScores) -> Markdown:
    """How many edges of a cell have each operation, in the mean, and what the cells are worth.

    Of the 5 % ranked highest, by the table and by the supernets after the most epochs (a mean over
    these), and of all cells.
    """
    names, best = recorded.table.space.operations, highest(recorded.truths, TOP)
    edges = np.array([[arch.operations.count(name) for name in names] for arch in recorded.archs])
    last = recorded.recalibrated[-1]
    groups = {
        f"the best {len(best)} by the table": [best],
        f"the best {len(best)} by a supernet": [highest(scores, TOP) for scores in last],
        "all cells": [np.arange(len(edges))],
    }
    lines = [
        f"| | {' | '.join(name.replace('_', ' ') for name in names)} | worth |",  # they break there
        "|:--|" + "--:|" * (1 + len(names)),
    ]
    for said, parts in groups.items():
        means = np.mean([edges[part].mean(0) for part in parts], axis=0)
        worth = 100 * np.mean([recorded.truths[part].mean() for part in parts])
        lines.append(f"| {said} | {' | '.join(f'{each:.1f}' for each in means)} | {worth:.1f} % |")
    return Markdown("\n".join(lines))  # type: ignore[no-untyped-call]
