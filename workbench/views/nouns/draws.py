"""What was drawn blindly: a dot a draw along the axis of scores, quartiles as a band, the best."""

from __future__ import annotations

from matplotlib.axes import Axes

from workbench.protocols import Rows
from workbench.scales import ACCURACY, ScoreScale
from workbench.views.curves import strip
from workbench.views.nouns.scores import answered, best, score
from workbench.views.numbers_in_words import many
from workbench.views.paper import GREEN, HALO, inked


@inked
def draws(rows: Rows, ax: Axes, *, scale: ScoreScale = ACCURACY) -> Axes:
    """Rows with ``trial`` and ``score`` on ``ax``."""
    strip([{**row, "failed": score(row) != score(row)} for row in rows], ax, scale=scale)
    top = best(rows)
    if top is not None:
        place = scale.times * score(top)
        ax.plot(place, 0, "D", color=GREEN, markersize=7, markeredgecolor="white")
        ax.annotate(
            f"best: trial {top['trial']}", (place, -0.85), ha="right", va="center",
            color=GREEN, path_effects=HALO,
        )  # fmt: skip
    return ax


def says(rows: Rows, *, scale: ScoreScale = ACCURACY) -> str:
    """What is to be seen."""
    top, known = best(rows), answered(rows)
    if top is None:
        return f"{many(len(rows), 'architecture')} drawn at random; none has an answer yet"
    return (
        f"Scores of {many(len(known), 'architecture')} drawn at random, a dot each; "
        f"the best {scale.named(score(top))} (trial {top['trial']})"
    )
