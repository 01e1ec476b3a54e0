"""Every noun that has a drawing, with the columns that its rows must have.

A strategy shows tables by name in ``inside()``: ``{"population": rows}``, a mapping a row. Is the
name one of these and has every row the columns, it is drawn; else it stays a table. More columns
do no harm. What follows a colon or a comma tells tables of one noun apart ("mixture: normal
cell"). At most the last 200 rows are shown. Probabilities are fractions, accuracies too; a score
that is None or NaN belongs to a trial without an answer.

==============  =========================================================================
draws           ``trial score``: what was drawn blindly, one dot each
population      ``trial score`` and ``born`` (the trial or step of its birth; ``age`` instead:
                so many steps ago); optional ``sampled``: drawn in the last tournament;
                ``dies`` where it is not the oldest who dies next: true for one row, or none
family          ``child parent score reason``: a row for each parent, whose ``parent`` is None
                for founders
posterior       ``x`` (a number, or a text; ``architecture`` instead) ``mean deviation
                acquisition`` (in the score's unit); optional ``score``: what was measured
                there, else None; ``trial``: which one it was; ``parent``: the trial whose
                mutant it would be
probabilities   ``decision option probability``; optional ``update``: how they changed
controller      ``step decision option probability chosen``: softmaxes one after the other;
                optional ``recurrent step``: those of one network step have it in common
brackets        ``bracket rung epochs trial score state``: a row for each rung that a trial
                reached; states "promoted", "stopped", "running", "finished", "waiting";
                optional ``start``: trials that carry each other on have it in common
mixture         ``edge operation weight``: softmax over the operations of each edge
history         ``step value``; optional ``series``: a line for each
==============  =========================================================================
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from matplotlib.figure import Figure

from workbench.protocols import Rows
from workbench.scales import ACCURACY, ScoreScale
from workbench.views.drawings import draw
from workbench.views.nouns import (
    brackets,
    controller,
    draws,
    family,
    history,
    mixture,
    population,
    posterior,
    probabilities,
)
from workbench.views.nouns.noun import Noun
from workbench.views.paper import LOCK, axes, figure, picture

MOST = 200  # rows of one table: what is older is in the log
WIDTH, GROWN = 390, 480  # CSS pixels of a figure, and to which it may grow
TRIED = {"left": 0.2, "right": 0.8, "bottom": 0.2, "top": 0.8}  # shares of a figure, to begin with
EDGE = 0.05  # inches around a figure that stay white

NOUNS: Mapping[str, Noun] = {
    "draws": Noun(("trial", "score"), draws.says, figure=draws.draws, scored=True, height=200),
    "population": Noun(
        ("trial", "born|age", "score"),
        population.says,
        figure=population.population,
        scored=True,
    ),
    "family": Noun(
        ("child", "parent", "score", "reason"), family.says, graph=family.family, scored=True
    ),
    "posterior": Noun(
        ("x|architecture", "mean", "deviation", "acquisition"),
        posterior.says,
        figure=posterior.posterior,
        scored=True,
        height=340,
    ),
    "probabilities": Noun(
        ("decision", "option", "probability"),
        probabilities.says,
        figure=probabilities.probabilities,
        height=320,
    ),
    "controller": Noun(
        ("step", "decision", "option", "probability", "chosen"),
        controller.says,
        graph=controller.controller,
    ),
    "brackets": Noun(
        ("bracket", "rung", "epochs", "trial", "score", "state"),
        brackets.says,
        figure=brackets.brackets,
        scored=True,
        height=300,
    ),
    "mixture": Noun(
        ("edge", "operation", "weight"), mixture.says, figure=mixture.mixture, height=400
    ),
    "history": Noun(("step", "value"), history.says, figure=history.history, height=236),
}


def noun(name: str, rows: Rows) -> Noun | None:
    """What draws a table of this name and these rows; None: it stays a table."""
    found = NOUNS.get(re.split("[:,]", name)[0].strip())
    return found if found is not None and rows and found.lacks(rows) is None else None


def fit(made: Figure) -> None:
    """Make room around the axes for labels and numbers: laid out once, not until it settles."""
    made.subplots_adjust(**TRIED)
    wide, high = made.get_figwidth(), made.get_figheight()  # inches, as the box
    box = made.get_tightbbox()
    left = TRIED["left"] - (box.x0 - EDGE) / wide
    bottom = TRIED["bottom"] - (box.y0 - EDGE) / high
    made.subplots_adjust(  # however long a label is, something is left of the axes
        left=min(left, 0.7),
        right=max(TRIED["right"] + (wide - box.x1 - EDGE) / wide, min(left, 0.7) + 0.2),
        bottom=min(bottom, 0.7),
        top=max(TRIED["top"] + (high - box.y1 - EDGE) / high, min(bottom, 0.7) + 0.2),
    )


def pictured(
    name: str, rows: Rows, *, still: bool = False, scale: ScoreScale = ACCURACY
) -> str | None:
    """A table of ``inside()`` as markup; None where it has no drawing and stays a table.

    ``still``: as ``<img>``, graphs too. ``scale`` is that of the scores in the rows. Raises what
    drawing raises for values that no drawing expects.
    """
    found, shown = noun(name, rows), rows[-MOST:]
    if found is None:
        return None
    scaled = {"scale": scale} if found.scored else {}
    said = found.says(shown, **scaled)
    left = f" The last {MOST} of {len(rows):,} rows." if len(rows) > MOST else ""
    if found.graph is not None:
        drawing = draw(found.graph(shown, **scaled))
        picture_ = drawing.image() if still else drawing.html()
        return f'{picture_}<p style="margin:4px 0 0;font-size:13px">{escape(said + left)}</p>'
    with LOCK:
        made = figure(WIDTH, found.height)
        made.set_layout_engine(None)  # it lays out several times; once is enough here
        if found.figure is not None:
            found.figure(shown, axes(made)[0], **scaled)
            fit(made)
        html = picture(made, said + left)
    return html.replace(f"max-width:{WIDTH}", f"max-width:{GROWN}")
