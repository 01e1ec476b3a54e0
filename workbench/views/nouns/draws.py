"""What was drawn blindly: a dot a draw along the accuracy axis, quartiles as a band, the best."""

from __future__ import annotations

from matplotlib.axes import Axes

from workbench.protocols import Rows
from workbench.views.curves import strip
from workbench.views.nouns.scores import answered, best, score
from workbench.views.numbers_in_words import percent
from workbench.views.paper import GREEN, HALO, inked


@inked
def draws(rows: Rows, ax: Axes) -> Axes:
    """Rows with ``trial`` and ``score`` on ``ax``."""
    strip([{**row, "failed": score(row) != score(row)} for row in rows], ax)
    top = best(rows)
    if top is not None:
        ax.plot(100 * score(top), 0, "D", color=GREEN, markersize=7, markeredgecolor="white")
        ax.annotate(
            f"best: trial {top['trial']}", (100 * score(top), -0.85), ha="right", va="center",
            color=GREEN, path_effects=HALO,
        )  # fmt: skip
    return ax


def says(rows: Rows) -> str:
    """What is to be seen."""
    top, known = best(rows), answered(rows)
    if top is None:
        return f"{len(rows)} architectures drawn at random; none has an answer yet"
    return (
        f"Scores of {len(known)} architectures drawn at random, a dot each; "
        f"the best {percent(score(top))} (trial {top['trial']})"
    )
