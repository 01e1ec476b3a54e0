"""What a score is called, in which unit it is said, and where its range ends.

Standard library only. A score is whatever an estimator answers, higher is better; only an accuracy
is a fraction in [0, 1] that people say in per cent.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from workbench import checks

FIGURES = 4  # significant ones of a number whose scale says nothing
LONGEST = 1e9  # from here on a number is written with its exponent, whatever its scale says


@dataclass(frozen=True)
class ScoreScale:
    """How a score is said and drawn: ``times`` it, in ``unit``, on an axis called ``label``.

    ``low`` and ``high`` are the ends of the score itself, before it is multiplied; an infinite
    one: there is no end. ``digits`` stand after the point; None: about four significant ones.
    ``window`` are the ends of axes that are to be compared, in the score itself; None: they fit
    what is drawn. Two scales that differ in it alone are equal: they say the same.

    Raises ValueError for an empty name, ``times`` that is not positive, ends that are not in
    order, or ``digits`` outside of 0 … 12.
    """

    name: str = "validation accuracy"
    unit: str = "%"
    times: int | float = 100.0
    low: int | float = 0.0
    high: int | float = 1.0
    digits: int | None = 1
    window: tuple[float, float] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        checks.text("ScoreScale: name", self.name, empty=False, cure="say what the score is")
        checks.text("ScoreScale: unit", self.unit)
        for name in ("low", "high"):
            checks.number(f"ScoreScale: {name}", getattr(self, name))
        # a negative one would make lower better
        checks.number("ScoreScale: times", self.times, above=0.0, below=math.inf)
        if not self.low < self.high:
            raise ValueError(
                f"ScoreScale: low must be below high, got {self.low} and {self.high}; an end that "
                "is not there is -math.inf or math.inf"
            )
        if self.digits is not None:
            checks.whole("ScoreScale: digits", self.digits, least=0, most=12, cure="or None")
        if self.window is not None:
            ends = checks.numbers("ScoreScale: window", self.window)
            if len(ends) != 2 or not -math.inf < ends[0] < ends[1] < math.inf:
                raise ValueError(
                    f"ScoreScale: window must be two numbers in order, got {self.window!r}; or None"
                )

    @property
    def label(self) -> str:
        """Of an axis: "validation accuracy (%)"."""
        return f"{self.name} ({self.unit})" if self.unit else self.name

    def number(self, score: int | float | None) -> str:
        """A score without its unit: "92.4", "−22463.8", "∞"; "–" where there is none."""
        if score is None or math.isnan(score):
            return "–"
        return _written(self.times * score, self.digits).replace("-", "−")

    def say(self, score: int | float | None, *, spread: int | float | None = None) -> str:
        """A score as people say it: "92.4 %"; with ``spread`` "92.4 ± 3.0 %"; "–": none."""
        said = self.number(score)
        if said == "–":
            return said
        said += "" if spread is None else f" ± {self.number(spread)}"
        return f"{said} {self.unit}" if self.unit else said

    def named(self, score: int | float | None, *, spread: int | float | None = None) -> str:
        """As a sentence says it: by name, "score −22463.8", where no unit tells what it is."""
        said = self.say(score, spread=spread)
        return said if self.unit else f"{self.name} {said}"


ACCURACY = ScoreScale()
PLAIN = ScoreScale("score", "", 1.0, -math.inf, math.inf, None)


def fitting(scale: ScoreScale | None, scores: Iterable[int | float]) -> ScoreScale:
    """``scale``, where one is declared; else accuracy as long as all ``scores`` can be that.

    NaN is no score; any other outside of [0, 1] is none of an accuracy, and all are plain numbers.
    """
    if scale is not None:
        return scale
    strange = any(not 0 <= score <= 1 for score in scores if not math.isnan(score))
    return PLAIN if strange else ACCURACY


def _written(value: int | float, digits: int | None) -> str:
    size = abs(value)
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if size >= LONGEST or (digits is None and 0 < size < 1e-4):
        front, exponent = f"{value:.{FIGURES - 1}e}".split("e")
        return f"{front}e{int(exponent)}"
    if digits is not None:
        return f"{value:z.{digits}f}"
    places = max(1, FIGURES - 1 - math.floor(math.log10(size))) if size else 1
    return f"{value:z.{places}f}".rstrip("0").rstrip(".")
