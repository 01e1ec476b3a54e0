"""Ink: graphs become drawings, plain rows become curves. Nothing here knows a widget.

- ``paper``: the white card that every figure stands on, in light and in dark themes
- ``drawings``: ``draw``, a ``Graph`` as SVG · ``curves``: rows drawn on a matplotlib ``ax``
- ``fans``: a curve, and where it may go
- ``surrogates``: predictions of every architecture · ``lifelines``: who lived how long
- ``nouns``: what a strategy shows of its inside, a drawing for each noun
- ``numbers_in_words``: numbers as people say them
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.views.curves import best_so_far, learning_curves, strip
    from workbench.views.drawings import Drawing, draw
    from workbench.views.lifelines import lifelines
    from workbench.views.paper import LOCK, axes, card, figure, picture
    from workbench.views.predicted import predicted

_ROOMS = {
    "Drawing": "drawings",
    "draw": "drawings",
    "best_so_far": "curves",
    "learning_curves": "curves",
    "lifelines": "lifelines",
    "strip": "curves",
    "LOCK": "paper",
    "axes": "paper",
    "card": "paper",
    "figure": "paper",
    "picture": "paper",
    "predicted": "predicted",
}

__all__ = [
    "LOCK",
    "Drawing",
    "axes",
    "best_so_far",
    "card",
    "draw",
    "figure",
    "learning_curves",
    "lifelines",
    "picture",
    "predicted",
    "strip",
]

__getattr__ = lazy(__name__, _ROOMS)
