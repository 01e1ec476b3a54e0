"""Which curve of a race is shown: what is counted of each incumbent, and how it is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.history.laps import Height
from workbench.race import Truth
from workbench.scales import ACCURACY, ScoreScale


@dataclass(frozen=True)
class Curve:
    """``of`` each incumbent (as ``bands`` counts it), as ``regret`` or as it is.

    ``title`` heads the figure, ``short`` stands in a sentence.
    """

    of: Height
    title: str
    short: str
    regret: bool = False

    def label(self, scale: ScoreScale) -> str:
        """Of the axis."""
        if self.regret:
            return f"regret ({self.unit(scale)})" if self.unit(scale) else "regret"
        name = {"test": "test accuracy", "score": f"best {scale.name}"}[self.of]
        return f"{name} ({scale.unit})" if scale.unit else name

    def unit(self, scale: ScoreScale) -> str:
        """Of a difference: accuracies differ by points."""
        return "points" if scale == ACCURACY else scale.unit

    def reference(self, truth: Truth | None) -> tuple[float, str] | None:
        """A height to compare with, in the curve's own terms, and its name; None: nothing known."""
        if truth is None:
            return None
        if self.regret:
            ceiling = truth.ceiling
            return None if ceiling is None else (truth.highest - ceiling, "noise ceiling")
        if self.of == "test":
            return None if truth.test is None else (truth.test, "best cell")
        return truth.highest, "highest mean"


REGRET = "regret in the mean"
TEST = "test accuracy of the incumbent"
SEEN = "noisy best seen"
CURVES: Mapping[str, Curve] = {
    REGRET: Curve("value", "Regret in the mean", "regret", regret=True),
    TEST: Curve("test", "Test accuracy of the incumbent", "test accuracy"),
    SEEN: Curve("score", "Best score seen, noise included", "best score seen"),
}


def offered(*, value: bool, test: bool) -> tuple[str, ...]:
    """The curves of laps that have a true ``value`` and a ``test`` score; best first."""
    there = {REGRET: value, TEST: test, SEEN: True}
    return tuple(name for name, known in there.items() if known)
