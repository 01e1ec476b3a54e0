"""How an operation looks, and a strategy's line: hue never stands alone.

Of operations, hue and shape say the family, the text says the rest. Thirteen operations are not
thirteen colours: convolutions are boxes, pools ellipses, the identity is dashed, *none* dotted.
The hues are Okabe & Ito's; each is doubled by a shape or a line style.

A strategy keeps colour, dashes and marker through the whole course, by the name of its class.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from zlib import crc32

from workbench.spaces.operations import OPERATIONS
from workbench.views.paper import BLUE, GREEN, GREY, PURPLE, VERMILLION


@dataclass(frozen=True)
class Line:
    """A strategy's line in a figure: its colour, matplotlib's dashes, and a marker.

    ``shade_of``: the colour that this one is a darker shade of; "": it is none.
    """

    colour: str
    dashes: str
    marker: str
    shade_of: str = ""

    @property
    def hue(self) -> str:
        """The colour, or that which it is a shade of."""
        return self.shade_of or self.colour


@dataclass(frozen=True)
class Look:
    """A border's hue, a pale fill, a Graphviz shape and style."""

    hue: str
    fill: str
    shape: str
    style: str


def blend(hue: str, share: float, *, other: int = 255) -> str:
    """``share`` of a colour in white: 0.0 is white, 1.0 the colour itself, as ``#RRGGBB``.

    In black, if the ``other`` is 0.
    """
    parts = [int(hue[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(other + (part - other) * share):02X}" for part in parts)


FAMILIES: dict[str, Look] = {
    "convolution": Look(BLUE, blend(BLUE, 0.12), "box", "rounded,filled"),
    "separable": Look(GREEN, blend(GREEN, 0.12), "box", "rounded,filled"),
    "dilated": Look(PURPLE, blend(PURPLE, 0.18), "box", "rounded,filled"),
    "pool": Look(VERMILLION, blend(VERMILLION, 0.12), "ellipse", "filled"),
    "identity": Look(GREY, "#FFFFFF", "box", "rounded,filled,dashed"),
    "none": Look(GREY, "#FFFFFF", "box", "rounded,filled,dotted"),
}
STRANGER = Look("#444444", "#F3F3F3", "box", "filled")


def family(operation: str) -> str:
    """The family of an operation on the menu; of any other (a learner's own), guessed or ""."""
    if operation in OPERATIONS:
        return OPERATIONS[operation].family
    words = operation.lower()
    for sign, name in (
        ("pool", "pool"),
        ("sep", "separable"),
        ("dil", "dilated"),
        ("conv", "convolution"),
        ("skip", "identity"),
        ("identity", "identity"),
    ):
        if sign in words:
            return name
    return "none" if words in ("none", "zero") else ""


def look(operation: str) -> Look:
    """The look of an operation; a plain grey box for one that nobody has heard of."""
    return FAMILIES.get(family(operation), STRANGER)


def label(operation: str) -> str:
    """What a drawing calls an operation."""
    return OPERATIONS[operation].label if operation in OPERATIONS else operation


def shades(operations: tuple[str, ...]) -> list[str]:
    """A fill for each of a mixture's operations; members of one family differ in lightness."""
    seen: dict[str, int] = {}
    fills = []
    for operation in operations:
        kin = family(operation)
        seen[kin] = seen.get(kin, 0) + 1
        share = (0.9, 0.5, 0.7, 0.3)[(seen[kin] - 1) % 4]
        fills.append("#D9D9D9" if kin == "none" else blend(look(operation).hue, share))
    return fills


# Four colours have the contrast to carry lines; random search, what all others are measured
# against, has grey to itself. "D" marks the best of any strategy and is nobody's own.
STRATEGIES: dict[str, Line] = {
    "RandomSearch": Line(GREY, "--", "o"),
    "LocalSearch": Line(PURPLE, "-.", "v"),
    "WarmStart": Line(GREEN, "--", "p"),
    "ByHand": Line(PURPLE, ":", "*"),
    "BayesianOptimization": Line(BLUE, "-", "s"),
    "RegularizedEvolution": Line(GREEN, "-", "^"),
    "Reinforce": Line(VERMILLION, "-", "P"),
    "PPO": Line(VERMILLION, "--", "X"),
    "SuccessiveHalving": Line(BLUE, "--", "<"),
    "Hyperband": Line(BLUE, "-.", ">"),
    "ASHA": Line(VERMILLION, "-.", "d"),
    "DifferentiableSearch": Line(PURPLE, "-", "h"),
    "NASH": Line(GREEN, "-.", "8"),
    "LamarckianEvolution": Line(GREEN, ":", "H"),
}

_TAKEN = {(line.colour, line.dashes) for line in STRATEGIES.values()}
_PAIRS = tuple(product((BLUE, VERMILLION, GREEN, PURPLE), ("-", "--", "-.", ":")))
STRANGERS = tuple(
    Line(*pair, marker) for marker in ("x", "+", "1") for pair in _PAIRS if pair not in _TAKEN
)
"""The lines that are left for strategies that a learner wrote."""


def line(strategy: str) -> Line:
    """The line of a strategy, by its class's name ("RandomSearch") or its words ("random search").

    A name that nobody has heard of gets one of ``STRANGERS``, the same each time.
    """
    name = _bare(strategy)
    known = next((look for own, look in STRATEGIES.items() if _bare(own) == name), None)
    return known or STRANGERS[crc32(name.encode(errors="replace")) % len(STRANGERS)]


def _bare(name: str) -> str:
    """A name without what spellings of it differ in."""
    return re.sub(r"[\W_]", "", name).casefold()
