"""Labels that belong to their lines: at the right of the axes, in the line's colour, apart.

A line that ends inside the axes is tied to its label by dots at its own height, so that no label
stands on another line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.axes import Axes

from workbench.views.paper import GREY, HALO, POINTS

LINE = 1.3 * POINTS  # points that a line of text takes
BESIDE = 1.025  # of the axes' width: where labels begin
DARKER = {GREY: "#5E5E5E"}  # grey lines may be pale, grey words may not


@dataclass(frozen=True)
class End:
    """Where a line ends, in data coordinates, what is to be said there, and in which colour.

    ``strong``: the line that a figure is about, where others look like it.
    """

    x: int | float
    y: int | float
    said: str
    colour: str
    strong: bool = False


def label_ends(ax: Axes, ends: Sequence[End]) -> None:
    """Write each label beside the axes, as near to its line's height as the others let it.

    The limits of ``ax`` should be set: heights are shared out for what is to be seen now. An
    end outside of them is labelled at the edge that it has left by; one that is NaN is nowhere.
    """
    scale = ax.yaxis.get_transform()  # of a logarithmic axis; of a plain one nothing changes
    low, high = scale.transform(ax.get_ylim())
    ends = [end for end in ends if not math.isnan(end.y)]
    heights = [_seen(float(scale.transform(end.y)), low, high) for end in ends]
    tall = ax.bbox.height * 72 / ax.figure.dpi  # points
    point = (high - low) / tall  # in units of the axis
    order = sorted(zip(heights, ends), key=lambda both: both[0])
    sizes = [LINE * point * (1 + end.said.count("\n")) for _, end in order]
    places = spread([height for height, _ in order], sizes, low, high)
    back = scale.inverted()
    for (height, end), place in zip(order, places):
        y = float(back.transform(place))
        end = replace(end, y=float(back.transform(height)))
        ax.annotate(
            end.said, (end.x, end.y), (BESIDE, y), textcoords=("axes fraction", "data"),
            ha="left", va="center", color=DARKER.get(end.colour, end.colour),
            annotation_clip=False, path_effects=HALO, weight="bold" if end.strong else "normal",
            arrowprops={
                "arrowstyle": "-", "linestyle": (0, (1, 2)), "linewidth": 1.0,
                "color": end.colour, "relpos": (0, 0.5), "shrinkA": 0, "shrinkB": 2,
                "patchA": None,  # nothing to clip at the label: that took a tenth of a frame
            },
        )  # fmt: skip


def _seen(y: int | float, low: float, high: float) -> int | float:
    return min(max(y, low), high)  # Agg would dot its way to one that is very far off for ever


def spread(
    wanted: Sequence[int | float], sizes: Sequence[float], low: float, high: float
) -> list[float]:
    """Middles of labels ``sizes`` tall, near where they are ``wanted``, apart, in order, in view.

    ``wanted`` rises. Labels that would overlap become one group around the middle of what they
    want. Where all together are taller than ``high - low`` they stand close from ``low`` on.
    """
    groups: list[tuple[list[float], list[float], float]] = []  # wishes, sizes, middle
    for wish, size in zip(wanted, sizes):
        group = ([wish], [size], wish)
        while True:
            wishes, heights, _ = group
            tall = sum(heights)
            middle = min(max(sum(wishes) / len(wishes), low + tall / 2), high - tall / 2)
            middle = max(middle, low + tall / 2)
            group = (wishes, heights, middle)
            if not groups:
                break
            under = groups[-1]
            if middle - tall / 2 >= under[2] + sum(under[1]) / 2:
                break
            groups.pop()
            group = (under[0] + wishes, under[1] + heights, middle)
        groups.append(group)
    places = []
    for _, heights, middle in groups:
        bottom = middle - sum(heights) / 2
        for height in heights:
            places.append(bottom + height / 2)
            bottom += height
    return places
