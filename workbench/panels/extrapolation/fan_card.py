"""A curve and its fan on a card: the figure that both panels of this room show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.views.fans import forecast_fan
from workbench.views.paper import axes, card, figure, picture

# places that suit every curve, as finding them anew takes half of a frame
PLACE = {"left": 0.09, "right": 0.77, "bottom": 0.16, "top": 0.97}


def fan_card(curve: Sequence[float], words: str, **drawn: Any) -> str:
    """``forecast_fan`` with what else is ``drawn``, and ``words`` that say what is to be seen."""
    made = figure(640, 300)
    made.set_layout_engine(None)
    ax = axes(made)[0]
    made.subplots_adjust(**PLACE)
    forecast_fan(curve, ax, **drawn)
    if drawn.get("fan") is None:
        return card(picture(made, f"A learning curve. {words}"))
    low, middle, high = (100 * row[-1] for row in drawn["fan"])
    ends = f"The fan ends between {low:.0f} and {high:.0f} %, median {middle:.1f} %."
    return card(picture(made, f"A learning curve and a fan of where it may end. {words} {ends}"))
